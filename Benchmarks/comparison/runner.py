"""Runs one step of one index in a process of its own: its build on all cores, or a turn of searches on one core.

Processes, so that a crash or a time-out is the loss of one run, and so that no library meets another's threads,
allocator or OpenMP. Memory is what loading adds to the searching process, so no scratch memory of the build counts.
"""

import json
import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from comparison import environments

WORKER = Path(__file__).resolve().parent / "worker.py"
THREAD_VARIABLES = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS", "NUMEXPR_NUM_THREADS",
)  # fmt: skip


class Stopped(Exception):
    """A process that did not do its work: how it ended, and why."""

    def __init__(self, status, reason):
        super().__init__(reason)
        self.status = status


@dataclass
class Job:
    """What the worker is told, paths as strings."""

    library: str
    run: dict
    shape: dict
    base: str
    queries: str
    keys: str
    folder: str
    found: str
    threads: int
    cpu: int
    timed_queries: int
    # What the first turn measured, whose settings a later one takes; none in the first.
    points: list


def read(path):
    """What a worker wrote, or nothing."""
    return json.loads(path.read_text()) if path.exists() else {}


def step(verb, python, work, threads, limit):
    """Runs the worker, and gives what it found."""
    (work / "found").unlink(missing_ok=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    # Threads that wait by spinning take the cores from those that work, where others need them too.
    environment |= dict.fromkeys(THREAD_VARIABLES, str(threads)) | {"OMP_WAIT_POLICY": "passive"}
    with (work / "log").open("w+") as log:
        process = subprocess.Popen(
            [python, WORKER, verb, work / "job"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=work, env=environment, start_new_session=True,
        )  # fmt: skip
        try:
            status = process.wait(limit)
        except subprocess.TimeoutExpired:
            raise Stopped("timed out", f"the {verb} did not end within {limit} s") from None
        finally:
            end(process)
        log.seek(0)
        said = environments.last_line(log.read()[-10_000:])
    if status < 0:
        raise Stopped("failed", f"the {verb} ended by {signal.Signals(-status).name}: {said}")
    if status > 0 or not (work / "found").exists():
        raise Stopped("failed", f"the {verb} failed: {said}")
    return read(work / "found")


def end(process):
    """Ends a process and what it started, and waits for it."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
