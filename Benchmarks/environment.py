"""The Python environment of the benchmarks, `Benchmarks/.env`, made on first use with pinned packages."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGES = ["numpy==2.4.6", "onnx==1.23.2", "onnxruntime==1.32.0", "pillow==13.0.0"]
CHECKOUT = Path(__file__).resolve().parent.parent
HOME = CHECKOUT / "Benchmarks" / ".env"


def check_system():
    """Ends the script with one sentence if the system lacks what the environment is made with."""
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        sys.exit(f"{HOME} cannot be made without python3-venv; run: apt-get install python3-venv")


def enter():
    """Goes on inside the environment: makes it if it is missing, and starts the running script again in it."""
    python = HOME / "bin" / "python"
    if Path(sys.prefix) == HOME:
        return
    stamp = HOME / ".made"
    if not stamp.exists() or stamp.read_text().split() != PACKAGES:
        check_system()
        print(f"making {HOME}", file=sys.stderr)
        shutil.rmtree(HOME, ignore_errors=True)
        import venv  # here, because a system may lack it

        venv.create(HOME, with_pip=True)
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES]
        if subprocess.run(install, stdout=sys.stderr).returncode != 0:
            sys.exit("pip could not install what the benchmarks need; its last lines say why.")
        stamp.write_text("\n".join(PACKAGES))
    sys.stdout.flush()
    os.execv(python, [str(python), *sys.argv])


def likeness_path():
    """The release build of the tool."""
    return CHECKOUT / ".build" / "release" / "likeness"
