"""The process of one interpreter in `Benchmarks/paired`, which stays alive: `paired_worker.py [--processor-time]`.

It does what each line on its standard input says, a JSON object whose `do` names a method of `Worker` and whose other
members are its arguments, and answers each with a line of JSON.
"""

import ctypes
import json
import os
import signal
import sys
import time
from pathlib import Path

PR_SET_PDEATHSIG = 1
ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # what a library prints is no answer
sys.path[0] = str(Path(__file__).resolve().parent.parent)

import gc
import importlib.metadata

import likeness
import numpy

from comparison import truth

clock = time.process_time if "--processor-time" in sys.argv else time.perf_counter
CORES = sorted(os.sched_getaffinity(0))
# What a turn begins with, after the other side used the caches.
WARMING = 100


class Worker:
    """One index at a time, of vectors of shape (n, d), and the held-out queries, of shape (m, d), both float32."""

    def __init__(self):
        self.index = None
        self.leave_out = {"measure_recall": False} if self.knows("measure_recall") else {}

    def knows(self, parameter):
        """Whether this package's builds take a parameter; the small build warms the code up as well."""
        vectors = numpy.random.default_rng(1).standard_normal((500, 8)).astype("f4")
        try:
            likeness.Index.build(vectors, **{parameter: False}).close()
        except (likeness.Error, TypeError):
            likeness.Index.build(vectors).close()
            return False
        return True

    def about(self):
        return {
            "version": importlib.metadata.version("likeness"),
            "folder": str(Path(likeness.__file__).parent),
            "leaves_out": list(self.leave_out),
        }

    def load(self, base, queries, keys, metric, k):
        self.base, self.queries, self.keys = (numpy.load(path) for path in (base, queries, keys))
        self.metric, self.k = metric, k

    def build(self, threads, seed):
        """Seconds that a build takes; the index takes the place of the last one."""
        if self.index:
            self.index.close()
        os.sched_setaffinity(0, CORES)
        gc.collect()
        started = clock()
        self.index = likeness.Index.build(
            self.base, metric=self.metric, threads=threads, seed=seed, **self.leave_out
        )
        return clock() - started

    def recall(self, ef):
        """Recall over all queries, and queries a second while it was measured."""
        os.sched_setaffinity(0, CORES[-1:])
        started = clock()
        ids = self.index.search(self.queries, self.k, threads=1, ef_search=ef)[0]
        rate = len(ids) / (clock() - started)
        return truth.recall(ids, self.keys, len(self.base), self.k), rate

    def rate(self, ef, way, queries, passes):
        """Queries a second of passes over the first `queries`, in single calls or in batches, on one core."""
        few, k, search = self.queries[:queries], self.k, self.index.search
        search(few[:WARMING], k, threads=1, ef_search=ef)
        each = list(few) if way == "single" else [few]
        gc.collect()
        gc.disable()
        started = clock()
        for _ in range(passes):
            for query in each:
                search(query, k, threads=1, ef_search=ef)
        seconds = clock() - started
        gc.enable()
        return passes * len(few) / seconds


def main():
    worker = Worker()
    for line in sys.stdin:
        words = json.loads(line)
        found = getattr(worker, words.pop("do"))(**words)
        print(json.dumps(found), file=answers, flush=True)


main()
