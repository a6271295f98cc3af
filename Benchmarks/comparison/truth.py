"""Exact answers, and the share of an answer that is right.

A result is right if its distance, computed in float64 from the vectors that every library was given, is at most that
of the true k-th nearest: ties count. float32 products only choose the candidates, by a bound on their rounding that no
right row can fall through; what is right is then decided in float64.

The one slack left is what float64 sums may differ by where the same distance is computed along another order: a sum of
d terms has a relative error of at most d·2⁻⁵³, which is below `TOLERANCE` up to 4,500 dimensions. Two vectors whose
distances differ by more are different answers, also where float32 could not tell them apart.
"""

import numpy

TOLERANCE = 1e-12
SINGLE = 2.0**-24
CHUNK = 256


def right_answers(base, queries, k, metric):
    """All right rows of each query, as sorted keys `query * n + row` (int64).

    `base` and `queries` are float32 of shapes (n, d) and (m, d). Needs a copy of the vectors, and 512 · n floats.
    """
    k = min(k, len(base))
    screen = Screen(base, metric)
    keys = []
    for start in range(0, len(queries), CHUNK):
        part = queries[start : start + CHUNK]
        for offset, rows in enumerate(screen.candidates(part, k)):
            distances = exact_distances(base[rows], part[offset], metric)
            limit = numpy.partition(distances, k - 1)[k - 1]
            slack = TOLERANCE * (limit if metric == "l2" else 1.0)
            keys.append((start + offset) * len(base) + rows[distances <= limit + slack])
    return numpy.concatenate(keys).astype(numpy.int64)


def exact_distances(rows, query, metric):
    """Squared distances, or 1 - cosine, in float64."""
    rows, query = rows.astype(numpy.float64), query.astype(numpy.float64)
    if metric == "l2":
        return numpy.square(rows - query).sum(axis=1)
    lengths = numpy.linalg.norm(rows, axis=1) * numpy.linalg.norm(query)
    return 1.0 - (rows * query).sum(axis=1) / lengths


def lengths_of(vectors):
    """The Euclidean lengths of rows, in float64."""
    return numpy.sqrt(numpy.einsum("ij,ij->i", vectors, vectors, dtype=numpy.float64))


def normalised(vectors):
    """The rows at length 1, rounded to float32 once."""
    return (vectors / lengths_of(vectors)[:, None]).astype(numpy.float32)


class Screen:
    """Chooses, by float32 products, the rows that can be among a query's k nearest."""

    def __init__(self, base, metric):
        self.metric = metric
        self.base = base if metric == "l2" else normalised(base)
        lengths = lengths_of(self.base)
        self.longest = lengths.max()
        self.squares = numpy.square(lengths).astype(numpy.float32) if metric == "l2" else numpy.float32(2)

    def candidates(self, queries, k):
        """A list of ascending row numbers for each query.

        A row's float32 nearness, |x|² - 2 q·x, is off by at most `error`. So k rows have an exact one of at most the
        k-th float32 nearness plus `error`, and whatever is as near has a float32 nearness of at most that plus twice
        `error`.
        """
        queries = queries if self.metric == "l2" else normalised(queries)
        nearness = queries @ self.base.T
        nearness *= -2
        nearness += self.squares
        # The rounding of a product of d terms in any order, of its inputs, and of the two sums after it.
        terms = (queries.shape[1] + 8) * SINGLE
        error = 2 * terms / (1 - terms) * lengths_of(queries) * self.longest + 4 * SINGLE * self.longest**2
        kth = numpy.partition(nearness, k - 1, axis=1)[:, k - 1].astype(numpy.float64)
        limits = kth + 2 * error + TOLERANCE * max(self.longest**2, 1)
        return [numpy.flatnonzero(row <= limit) for row, limit in zip(nearness, limits, strict=True)]


def recall(ids, keys, count, k):
    """The share of right results among the k wanted ones; a row that comes twice counts once.

    `ids` has the shape (m, up to k), for the first m queries that `keys` were computed for, of `count` rows.
    """
    ids = numpy.asarray(ids).astype(numpy.int64, copy=False)
    inside = (ids >= 0) & (ids < count)
    found = numpy.unique((numpy.arange(len(ids))[:, None] * count + ids)[inside])
    places = numpy.searchsorted(keys, found)
    places[places == len(keys)] = 0
    right = (keys[places] == found).sum()
    return float(right / (len(ids) * min(k, count)))
