"""The Python environment of the benchmarks, `Benchmarks/.env`, made on first use with pinned packages.

hnswlib is compiled then, for the machine it runs on: that needs g++ and Python's headers (Debian: g++ python3-dev).
"""

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

PACKAGES = ["hnswlib==0.8.0", "numpy==2.4.6", "onnx==1.23.2", "onnxruntime==1.32.0", "pillow==13.0.0"]
CHECKOUT = Path(__file__).resolve().parent.parent
HOME = CHECKOUT / "Benchmarks" / ".env"


def enter():
    """Goes on inside the environment: makes it if it is missing, and starts the running script again in it."""
    python = HOME / "bin" / "python"
    if Path(sys.prefix) == HOME:
        return
    stamp = HOME / ".made"
    if not stamp.exists() or stamp.read_text().split() != PACKAGES:
        print(f"making {HOME}", file=sys.stderr)
        shutil.rmtree(HOME, ignore_errors=True)
        venv.create(HOME, with_pip=True)
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES],
            check=True,
            stdout=sys.stderr,
        )
        stamp.write_text("\n".join(PACKAGES))
    sys.stdout.flush()
    os.execv(python, [str(python), *sys.argv])


def likeness_path():
    """The release build of the tool."""
    return CHECKOUT / ".build" / "release" / "likeness"
