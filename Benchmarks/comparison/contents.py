"""What an index has when it is asked: all rows of a set as they were built, or what is left after half were replaced.

When replaced, two thirds of the rows in a random order are built; then a random half of those are removed, the last third is
added a thousand at a time, and the index settles. So half of what is there in the end came after the build.
"""

import likeness
import numpy

BATCH = 1_000


class Contents:
    """Which rows are built, removed and added, and which are there in the end: arrays of row numbers.

    Which rows go and come depends on the seed: one choice of them, five times, would be one.
    """

    def __init__(self, count, replaced, seed):
        self.seed = seed
        random = numpy.random.default_rng(seed)
        rows = random.permutation(count) if replaced else numpy.arange(count)
        first = count * 2 // 3 if replaced else count
        self.built, self.added = rows[:first], rows[first:]
        self.removed = random.permutation(self.built)[: first // 2] if replaced else rows[:0]
        self.present = numpy.sort(numpy.concatenate([numpy.setdiff1d(self.built, self.removed), self.added]))
        # The place of each row among those that are there; -1 for the others.
        self.place = numpy.full(count, -1)
        self.place[self.present] = numpy.arange(len(self.present))

    def index(self, data, threads):
        """An index of what is there, its ids row numbers."""
        index = likeness.Index.build(
            data.base[self.built], ids=self.built, metric=data.metric, seed=self.seed, threads=threads
        )
        if len(self.removed):
            index.remove(self.removed)
            for start in range(0, len(self.added), BATCH):
                batch = self.added[start : start + BATCH]
                index.add(data.base[batch], ids=batch)
            index.settle(threads)
        return index
