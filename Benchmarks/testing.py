"""What the tests of the Python benchmarks share: their environment, what may be missing, and how a program is run.

What needs an environment that is not made says that it is skipped. `Benchmarks/peers --quick --peers hnswlib` makes those
environments.
"""

import os
import subprocess
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from comparison import environments
from comparison.libraries.hnswlib import Hnswlib

OWN = environments.HOME / "own" / "bin" / "python"
SEED = 7

is_made = environments.is_made("own", environments.OWN)
if is_made and Path(sys.prefix) != environments.HOME / "own":
    os.execv(OWN, [str(OWN), *sys.argv])

own = unittest.skipUnless(is_made, f"{OWN} is not made; run Benchmarks/peers --quick")
hnswlib = unittest.skipUnless(
    environments.is_made("hnswlib", Hnswlib.requirements),
    "hnswlib's environment is not made; run Benchmarks/peers --quick",
)
likeness = unittest.skipUnless(
    environments.is_ours_there(), "the Python package is not installed in Tools/.setup/python; run Tools/python/install"
)


def command(program, *words):
    """How a program of this folder is started."""
    return [sys.executable, str(HERE / program), *map(str, words)]


def run(program, *words):
    """Runs a program of this folder, and gives its exit status and what it said on both streams."""
    done = subprocess.run(command(program, *words), capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout, done.stderr
