"""Which interpreter a program goes on in, where the one that started it lacks a package that the program needs."""

import importlib.util
import os
import sys
from pathlib import Path

from comparison.failure import UNAVAILABLE, Failure


def enter(package, python):
    """Starts the script again in `python` (a path) where this interpreter cannot import the package.

    What is installed there is taken as it is; nothing is built.
    """
    if importlib.util.find_spec(package):
        return
    python = Path(python)
    if Path(sys.prefix) == python.parent.parent:
        raise Failure(UNAVAILABLE, f"{python} has no package {package}; run Tools/python/install.")
    if not os.access(python, os.X_OK):
        raise Failure(
            UNAVAILABLE, f"neither {sys.executable} nor {python} has the package {package}; run Tools/python/install."
        )
    sys.stdout.flush()
    os.execv(python, [str(python), *sys.argv])
