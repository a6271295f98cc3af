"""The process that builds one index, or takes a turn in searching it: `worker.py build|search JOB`, in the library's
environment.

JOB is a JSON file that the command wrote. What is found goes to the file that it names, replaced after every setting,
so that a crash or a time-out loses no setting that was measured.
"""

import ctypes
import json
import os
import signal
import sys
import time
from pathlib import Path

PR_SET_PDEATHSIG = 1
ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # who measures for nobody would be in the next one's way
JOB = json.loads(Path(sys.argv[2]).read_text())
if sys.argv[1] == "search":
    os.sched_setaffinity(0, {JOB["cpu"]})  # before anything counts the cores
sys.path[0] = str(Path(__file__).resolve().parent.parent)

import gc
import importlib
import importlib.metadata

import numpy

from comparison import libraries, memory, truth
from comparison.library import Run, Shape

# The pass that tells the recall ends after this long, and the queries asked so far are those of the setting.
PASS_SECONDS = 10
# How long a way of asking is timed in a turn: passes over the timed queries are repeated until they take this long, and
# single calls are of no more queries. Batches are of all, since some libraries are faster in large ones.
TURN_SECONDS = 0.1
FEWEST_SINGLE = 100
CHUNK = 250
# A sweep ends with the first setting that finds this share of the answers.
ENOUGH = 0.998


def write(found):
    """Replaces the file that the command reads."""
    path = Path(JOB["found"])
    path.with_suffix(".new").write_text(json.dumps(found))
    path.with_suffix(".new").rename(path)


def vectors_of(path, library, shape, rows=None):
    vectors = numpy.load(path)[:rows]
    return truth.normalised(vectors) if library.normalises and shape.metric == "cosine" else vectors


def build(library, run, shape, folder):
    vectors = vectors_of(JOB["base"], library, shape, run.rows)
    importlib.import_module(library.module)
    started = time.perf_counter()
    library.build(vectors, run, shape, JOB["threads"], folder)
    seconds = time.perf_counter() - started
    library.save(folder)
    version = importlib.metadata.version(library.distribution)
    write({"build_seconds": seconds, "version": version})


def search(library, run, shape, folder):
    """A turn: the settings of the run, or those of an earlier turn with their rates alone."""
    queries = vectors_of(JOB["queries"], library, shape)
    keys = numpy.load(JOB["keys"])
    importlib.import_module(library.module)
    before = memory.resident()
    library.load(folder, run, shape)
    found = {"instructions": library.instructions_in_use(), "points": []}
    for known in JOB["points"] or [{"setting": setting} for setting in run.settings]:
        library.set(known["setting"])
        if "recall" in known:
            # Warms up; first of all so that what is mapped is read.
            answers(library, queries[: 2 * CHUNK] if found["points"] else queries[: known["timed_queries"]], shape.k)
        else:
            known |= recall_of(library, queries, keys, shape)
        found["points"].append(known | rates_of(library, queries, known, shape.k))
        if not JOB["points"]:
            # After the first answers, so that what is mapped has been read.
            found["index_bytes"] = max(found.get("index_bytes", 0), memory.resident() - before)
        write(found)
        if known["recall"] >= ENOUGH:
            break


def recall_of(library, queries, keys, shape):
    """Recall over all queries, and how many of them are to be timed."""
    started = time.perf_counter()
    ids = answers(library, queries, shape.k)
    each = (time.perf_counter() - started) / len(ids)
    timed = min(len(ids), JOB["timed_queries"])
    return {
        "recall": truth.recall(ids, keys[keys < len(ids) * shape.count], shape.count, shape.k),
        "queries": len(ids),
        "timed_queries": timed,
        "timed_single_queries": min(timed, max(FEWEST_SINGLE, int(TURN_SECONDS / each))),
    }


def rates_of(library, queries, known, k):
    """Queries a second in single calls and, where there are such, in a batch."""
    few = queries[: known["timed_queries"]]
    asked, ask = library.single_queries(few[: known["timed_single_queries"]]), library.single

    def single_calls():
        for query in asked:
            ask(query, k)

    return {
        "single": rate(single_calls, len(asked)),
        "batch": rate(lambda: library.batch(few, k), len(few)) if library.has_batch else None,
    }


def answers(library, queries, k):
    """Ids of shape (m, k), -1 where fewer came; this pass warms up, too."""
    ids = numpy.full((len(queries), k), -1, numpy.int64)
    begun = time.perf_counter()
    for start in range(0, len(queries), CHUNK):
        part = queries[start : start + CHUNK]
        if library.has_batch:
            found = library.batch(part, k)
            ids[start : start + len(part), : found.shape[1]] = found
        else:
            for offset, query in enumerate(library.single_queries(part)):
                found = library.single(query, k)
                ids[start + offset, : len(found)] = found
        if time.perf_counter() - begun > PASS_SECONDS:
            return ids[: start + len(part)]
    return ids


def rate(run, count):
    """Queries a second over as many passes as begin within `TURN_SECONDS`."""
    gc.collect()
    gc.disable()
    passes, started = 0, time.perf_counter()
    while (taken := time.perf_counter() - started) < TURN_SECONDS:
        run()
        passes += 1
    gc.enable()
    return passes * count / taken


def main():
    library = libraries.named(JOB["library"])
    run, shape = Run(**JOB["run"]), Shape(**JOB["shape"])
    {"build": build, "search": search}[sys.argv[1]](library, run, shape, Path(JOB["folder"]))


main()
