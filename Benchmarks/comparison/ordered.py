"""Vectors that arrive group by group, as pictures of bursts and frames of films do: 100,000 and 2,000 queries, of 96
numbers, under L2.

1,000 groups of 100 lie around centres whose numbers are drawn with 1.5 times the standard deviation of the groups' own. The
groups follow each other, so whoever takes rows as they come sees one group after another, and no library is given another
order. Two queries of each group are drawn like its vectors and are not among them.
"""

import numpy

GROUPS, MEMBERS, QUERIES_OF_EACH, DIMENSION = 1_000, 100, 2, 96
APART = 1.5
SEED = 21


def vectors():
    """The vectors (100,000 × 96), a group after another, and the queries (2,000 × 96), float32."""
    random = numpy.random.default_rng(SEED)
    centres = APART * random.standard_normal((GROUPS, 1, DIMENSION))
    each = centres + random.standard_normal((GROUPS, MEMBERS + QUERIES_OF_EACH, DIMENSION))
    base, queries = numpy.split(each.astype(numpy.float32), [MEMBERS], axis=1)
    return base.reshape(-1, DIMENSION), queries.reshape(-1, DIMENSION)
