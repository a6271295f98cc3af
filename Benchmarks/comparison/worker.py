"""The process that builds or searches one index: `worker.py build|search JOB`, in the library's environment.

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
import statistics

import numpy

from comparison import libraries, memory, truth
from comparison.library import Run, Shape

# A pass over the queries that has taken this long ends, and the queries asked so far are those of the setting.
PASS_SECONDS = 10
# Passes that count: so many, or as many as begin within this time.
PASSES, TIMED_SECONDS = 3, 1.0
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
    queries = vectors_of(JOB["queries"], library, shape)
    keys = numpy.load(JOB["keys"])
    importlib.import_module(library.module)
    before = memory.resident()
    library.load(folder, run, shape)
    found = {"instructions": library.instructions_in_use(), "points": []}
    for setting in run.settings:
        point = measure(library, setting, queries, keys, shape)
        found["points"].append(point)
        # After the first answers, so that what is mapped has been read.
        found["index_bytes"] = max(found.get("index_bytes", 0), memory.resident() - before)
        write(found)
        if point["recall"] >= ENOUGH:
            break


def measure(library, setting, queries, keys, shape):
    """Recall over all queries, and queries a second over the first of them, in batches and in single calls."""
    library.set(setting)
    ids = answers(library, queries, shape.k)
    few = queries[: min(len(ids), JOB["timed_queries"])]
    point = {
        "setting": setting,
        "recall": truth.recall(ids, keys[keys < len(ids) * shape.count], shape.count, shape.k),
        "queries": len(ids),
        "timed_queries": len(few),
    }
    asked = library.single_queries(few)
    ask, k = library.single, shape.k

    def single_calls():
        for query in asked:
            ask(query, k)

    point["single"] = rates(single_calls, len(few))
    point["batch"] = rates(lambda: library.batch(few, shape.k), len(few)) if library.has_batch else None
    best = [way["best"] for way in (point["single"], point["batch"]) if way]
    return point | {"queries_per_second": max(best)}


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


def rates(run, count):
    """Queries a second of the fastest pass, and of the median one."""
    gc.collect()
    gc.disable()
    seconds = []
    begun = time.perf_counter()
    while len(seconds) < PASSES and (not seconds or time.perf_counter() - begun < TIMED_SECONDS):
        started = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - started)
    gc.enable()
    return {"best": count / min(seconds), "median": count / statistics.median(seconds), "passes": len(seconds)}


def main():
    library = libraries.named(JOB["library"])
    run, shape = Run(**JOB["run"]), Shape(**JOB["shape"])
    {"build": build, "search": search}[sys.argv[1]](library, run, shape, Path(JOB["folder"]))


main()
