"""Exact answers, and the share of an answer that is right.

A result is right if its distance, computed in float64 from the vectors that every library was given, is at most that
of the true k-th nearest: ties count. float32 products only choose the candidates, by a bound on their rounding that no
right row can fall through; what is right is then decided in float64.

The one slack left is what float64 sums may differ by where the same distance is computed along another order: a sum of
d terms has a relative error of at most d·2⁻⁵³, which is below `TOLERANCE` up to 4,500 dimensions. Two vectors whose
distances differ by more are different answers, also where float32 could not tell them apart. Under the inner product the
largest product is the nearest, so its distance is the negated product; there the error is relative to the lengths.
"""

import numpy

TOLERANCE = 1e-12
SINGLE = 2.0**-24
CHUNK = 256


def right_answers(base, queries, k, metric):
    """All right rows of each query, as sorted keys `query * n + row` (int64).

    `base` and `queries` are float32 of shapes (n, d) and (m, d); the metric is `l2`, `cosine` or `innerProduct`. Needs a
    copy of the vectors, and 512 · n floats.
    """
    return right_answers_of_each(base, queries, [k], metric)[k]


def right_answers_of_each(base, queries, ks, metric):
    """The keys of `right_answers` for each k, in one pass."""
    most = min(max(ks), len(base))
    screen = Screen(base, metric)
    keys = {k: [] for k in ks}
    for start in range(0, len(queries), CHUNK):
        part = queries[start : start + CHUNK]
        for offset, rows in enumerate(screen.candidates(part, most)):
            vectors, query = base[rows].astype(numpy.float64), part[offset].astype(numpy.float64)
            distances = exact_distances(vectors, query, metric)
            scale = scale_of(vectors, query, metric)
            ascending = numpy.sort(distances)
            for k in ks:
                limit = ascending[min(k, most) - 1]
                right = rows[distances <= limit + TOLERANCE * (limit if scale is None else scale)]
                keys[k].append((start + offset) * len(base) + right)
    return {k: numpy.concatenate(each).astype(numpy.int64) for k, each in keys.items()}


def exact_distances(rows, query, metric):
    """Squared distances, 1 - cosine, or negated products, of float64 vectors; of shape (n,)."""
    if metric == "l2":
        return numpy.square(rows - query).sum(axis=1)
    products = (rows * query).sum(axis=1)
    if metric == "innerProduct":
        return -products
    return 1.0 - products / (numpy.linalg.norm(rows, axis=1) * numpy.linalg.norm(query))


def scale_of(rows, query, metric):
    """What the rounding of a distance is relative to, or None where that is the distance itself."""
    if metric == "innerProduct":
        return numpy.linalg.norm(rows, axis=1).max() * numpy.linalg.norm(query)
    return None if metric == "l2" else 1.0


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
        self.base = normalised(base) if metric == "cosine" else base
        lengths = lengths_of(self.base)
        self.longest = lengths.max()
        # What is added to -2 q·x to rank by it; nothing for the inner product.
        self.squares = {
            "l2": numpy.square(lengths).astype(numpy.float32),
            "cosine": numpy.float32(2),
            "innerProduct": numpy.float32(0),
        }[metric]

    def candidates(self, queries, k):
        """A list of ascending row numbers for each query.

        A row's float32 nearness, |x|² - 2 q·x (for the inner product -2 q·x), is off by at most `error`. So k rows have an
        exact one of at most the k-th float32 nearness plus `error`, and whatever is as near has a float32 nearness of at
        most that plus twice `error`.
        """
        queries = normalised(queries) if self.metric == "cosine" else queries
        nearness = queries @ self.base.T
        nearness *= -2
        nearness += self.squares
        # The rounding of a product of d terms in any order, of its inputs, and of the two sums after it.
        terms = (queries.shape[1] + 8) * SINGLE
        reach = lengths_of(queries) * self.longest
        largest = reach if self.metric == "innerProduct" else self.longest**2
        error = 2 * terms / (1 - terms) * reach + 4 * SINGLE * largest
        kth = numpy.partition(nearness, k - 1, axis=1)[:, k - 1].astype(numpy.float64)
        limits = kth + 2 * error + TOLERANCE * (largest if self.metric == "innerProduct" else max(largest, 1))
        return [numpy.flatnonzero(row <= limit) for row, limit in zip(nearness, limits, strict=True)]


def recall(ids, keys, count, k):
    """The share of right results among the k wanted ones; a row that comes twice counts once.

    `ids` has the shape (m, up to k), for the first m queries that `keys` were computed for, of `count` rows.
    """
    return float(recalls(ids, keys, count, k).mean())


def recalls(ids, keys, count, k):
    """The recall of each query, of shape (m,)."""
    ids = numpy.asarray(ids).astype(numpy.int64, copy=False)
    inside = (ids >= 0) & (ids < count)
    found = numpy.unique((numpy.arange(len(ids))[:, None] * count + ids)[inside])
    places = numpy.searchsorted(keys, found)
    places[places == len(keys)] = 0
    right = found[keys[places] == found]
    return numpy.bincount(right // count, minlength=len(ids)) / min(k, count)
