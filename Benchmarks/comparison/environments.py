"""A Python environment for each library, `Benchmarks/.env-peers/NAME`, made on first use with pinned packages.

Each has its own, so that one that cannot be installed, or that wants another numpy, is in nobody's way. Ours is the one
that the Python package's own tests use.
"""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

from comparison.failure import UNAVAILABLE, Failure

CHECKOUT = Path(__file__).resolve().parent.parent.parent
HOME = CHECKOUT / "Benchmarks" / ".env-peers"
# What this command itself runs with.
OWN = ("numpy==2.4.6", "h5py==3.16.0")
OURS = CHECKOUT / "Tools" / ".setup" / "python" / "bin" / "python"


class NotInstalled(Exception):
    """A library that is left out, and why."""


def enter():
    """Goes on inside this command's own environment: makes it if it is missing, and starts the script again in it."""
    if Path(sys.prefix) == HOME / "own":
        return
    try:
        python = made("own", OWN)
    except NotInstalled as error:
        raise Failure(UNAVAILABLE, f"the environment of this command cannot be made: {error}") from None
    sys.stdout.flush()
    os.execv(python, [str(python), *sys.argv])


class Installed:
    """The interpreters of the libraries' environments, each installed when it is first asked for."""

    def __init__(self, as_installed=False):
        self.as_installed = as_installed
        self.known = {}

    def python_of(self, library):
        """A library's interpreter and None, or None and why there is none."""
        if library.name not in self.known:
            try:
                self.known[library.name] = (self.install(library), None)
            except NotInstalled as error:
                self.known[library.name] = (None, str(error))
        return self.known[library.name]

    def install(self, library):
        if library.name == "likeness":
            return OURS if self.as_installed and is_ours_there() else our_python()
        if library.from_source:
            check_compiler()
        return made(library.name, library.requirements, library.from_source)


def is_ours_there():
    """Whether our package is installed, be it as this checkout has it or older."""
    return any(OURS.parent.parent.glob("lib/python3*/site-packages/likeness/__init__.py"))


def identity(library):
    """Which package a library is: the pinned one or, for ours, the digest of its machine code."""
    if library.name != "likeness":
        return library.requirements[0]
    digest = hashlib.sha256()
    for file in sorted(OURS.parent.parent.glob("lib/python3*/site-packages/likeness/**/*.so*")):
        digest.update(file.read_bytes())
    return f"likeness {digest.hexdigest()[:16]}"


def is_made(name, requirements):
    """Whether an environment is there, and was made from these packages."""
    stamp = HOME / name / ".made"
    return stamp.exists() and stamp.read_text() == stamp_of(requirements)


def stamp_of(requirements):
    return hashlib.sha256("\n".join((sys.version, *requirements)).encode()).hexdigest()


def made(name, requirements, from_source=False):
    """The interpreter of an environment with these packages."""
    if not is_made(name, requirements):
        HOME.mkdir(exist_ok=True)
        with (HOME / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # two commands at once make it once
            if not is_made(name, requirements):
                make(name, requirements, from_source)
    return HOME / name / "bin" / "python"


def make(name, requirements, from_source):
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        raise NotInstalled("Python's venv is missing; run: apt-get install python3-venv")
    print(f"peers: making {HOME / name}", file=sys.stderr)
    shutil.rmtree(HOME / name, ignore_errors=True)
    try:
        venv.create(HOME / name, with_pip=True, symlinks=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise NotInstalled(f"{HOME / name} cannot be made: {error}") from None
    command = [HOME / name / "bin" / "python", "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    command += ["--no-binary", name] if from_source else ["--only-binary", ":all:"]
    done = subprocess.run(
        [*map(str, command), *requirements], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode != 0:
        raise NotInstalled(f"pip could not install {requirements[0]}: {last_line(done.stdout)}")
    (HOME / name / ".made").write_text(stamp_of(requirements))


def check_compiler():
    missing = [] if shutil.which("g++") else ["g++"]
    if not Path(sysconfig.get_path("include"), "Python.h").exists():
        missing.append("python3-dev")
    if missing:
        raise NotInstalled(f"it is compiled for this machine; run: apt-get install {' '.join(missing)}")


def our_python():
    """The environment of the Python package's tests, with the package as this checkout has it."""
    script = CHECKOUT / "Tools" / "python" / "install"
    if not script.exists():
        raise NotInstalled(f"{script} is not in this checkout, so there is no Python package to measure")
    done = subprocess.run([str(script)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise NotInstalled(f"{script} failed: {last_line(done.stdout)}")
    return OURS


def last_line(text):
    """The last line that says something."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"
