"""Vectors made by a recipe, so that everybody has the same set: 100,000 and 2,000 queries, of 256 numbers, under L2.

500 clusters lie at random in a space of 48 dimensions. Their sizes fall like 1/√rank, and their widths differ by a factor
of four, so some places are dense and others empty. A random turn spreads those dimensions over 192 numbers, as features of
one cause do; the other 64 numbers are noise that tells nothing. Queries are drawn like the vectors and are not among them.
"""

import numpy

COUNT, QUERIES, DIMENSION = 100_000, 2_000, 256
CLUSTERS, LATENT, TELLING = 500, 48, 192
NOISE = 0.1
SEED = 20


def vectors():
    """The vectors and the queries, float32."""
    random = numpy.random.default_rng(SEED)
    centres = random.standard_normal((CLUSTERS, LATENT))
    widths = random.uniform(0.2, 0.8, CLUSTERS)
    sizes = numpy.arange(1, CLUSTERS + 1) ** -0.5
    turn, _ = numpy.linalg.qr(random.standard_normal((TELLING, LATENT)))
    cluster = random.choice(CLUSTERS, COUNT + QUERIES, p=sizes / sizes.sum())
    latent = centres[cluster] + widths[cluster, None] * random.standard_normal((COUNT + QUERIES, LATENT))
    noise = NOISE * random.standard_normal((COUNT + QUERIES, DIMENSION - TELLING))
    everything = numpy.hstack([latent @ turn.T, noise]).astype(numpy.float32)
    return everything[:COUNT], everything[COUNT:]
