"""Vectors whose lengths differ much, as those of recommenders do: 100,000 and 2,000 queries, of 64 numbers, under the
inner product.

Directions are even. Lengths are log-normal with σ 1.5, so one vector in a hundred is over 30 times as long as the median,
and a few long vectors are the answers to most queries. Queries are drawn like the vectors and are not among them.
"""

import numpy

COUNT, QUERIES, DIMENSION = 100_000, 2_000, 64
SIGMA = 1.5
SEED = 22


def vectors():
    """The vectors (100,000 × 64) and the queries (2,000 × 64), float32."""
    random = numpy.random.default_rng(SEED)
    everything = random.standard_normal((COUNT + QUERIES, DIMENSION))
    everything *= random.lognormal(0, SIGMA, len(everything))[:, None] / numpy.linalg.norm(everything, axis=1)[:, None]
    everything = everything.astype(numpy.float32)
    return everything[:COUNT], everything[COUNT:]
