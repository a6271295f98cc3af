"""Runs one index: a process that builds it on all cores, then one that loads and searches it on one core.

Processes, so that a crash or a time-out is the loss of one run, and so that no library meets another's threads,
allocator or OpenMP. Memory is what loading adds to the searching process, so no scratch memory of the build counts.
"""

import json
import os
import shutil
import signal
import subprocess
import tempfile
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
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


def execute(python, library, run, shape, files, description, options):
    """Builds and searches one index, and gives the record of it; `description` is its `run` member."""
    record = {"run": description, "date": datetime.now(UTC).isoformat(timespec="seconds")}
    cores = sorted(os.sched_getaffinity(0))
    work = Path(tempfile.mkdtemp(prefix="work.", dir=options.output))
    try:
        (work / "index").mkdir()
        job = Job(
            library.name, asdict(run), asdict(shape), *map(str, files), str(work / "index"), str(work / "found"),
            len(cores), cores[-1], options.timed_queries,
        )  # fmt: skip
        (work / "job").write_text(json.dumps(asdict(job)))
        record |= {"status": "done", "build_threads": len(cores), "load_before": os.getloadavg()[0]}
        record |= step("build", python, work, len(cores), options.time_limit)
        found = {}
        try:
            found = step("search", python, work, 1, options.time_limit)
        except Stopped:
            found = read(work / "found")
            raise
        finally:
            record |= found
            if "index_bytes" in found:
                record["bytes_per_vector"] = found["index_bytes"] / shape.count
    except Stopped as error:
        record |= {"status": error.status, "reason": str(error)}
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return record


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
