"""Likeness as an algorithm of ann-benchmarks."""

import likeness
import numpy

from ..base.module import BaseANN

METRICS = {"euclidean": "l2", "angular": "cosine", "ip": "innerProduct"}


class Likeness(BaseANN):
    """One kind of index with the parameters that it is built with."""

    def __init__(self, metric, kind, parameters):
        if metric not in METRICS:
            raise ValueError(f"Likeness runs under {', '.join(METRICS)}, not under {metric}.")
        self._metric, self._kind, self._parameters = METRICS[metric], kind, parameters
        self._index, self._results, self._ef_search = None, None, None

    def fit(self, X):
        vectors = numpy.asarray(X, numpy.float32)
        self._index = likeness.Index.build(vectors, kind=self._kind, metric=self._metric, **self._parameters)

    def set_query_arguments(self, ef_search):
        self._ef_search = ef_search

    def query(self, q, n):
        return self._index.search(q, n, ef_search=self._ef_search)[0]

    def batch_query(self, X, n):
        self._results = self._index.search(X, n, threads=0, ef_search=self._ef_search)[0]

    def get_batch_results(self):
        return self._results

    def get_memory_usage(self):
        """Kilobytes of the index; the runner asks before it is built, too, and takes the difference."""
        return 0 if self._index is None else self._index.memory_bytes / 1024

    def done(self):
        if self._index is not None:
            self._index.close()

    def __str__(self):
        settings = dict(self._parameters)
        if self._ef_search is not None:
            settings["ef_search"] = self._ef_search
        return f"Likeness({self._kind}, {self._metric}, {settings})"
