"""Whether `recall=R` holds: what was measured, its standard error, and the bounds around R."""

import math
from dataclasses import dataclass

import numpy

# How far the mean may fall below what was asked for, and how far it may lie above it.
BELOW, ABOVE = 0.01, 0.03
HEADS = ("set", "k", "R", "recall", "std. error", "cheapest", "holds")
WIDTHS = (32, 3, 4, 6, 10, 8, 8)


@dataclass
class Promise:
    """One k and one R of a set. Recalls are shares; arrays have the shape (seeds, queries), NaN where R was refused."""

    name: str
    k: int
    asked: float
    recalls: numpy.ndarray
    # With the cheapest setting, efSearch = k.
    cheapest_recalls: numpy.ndarray

    @property
    def mean(self):
        return float(self.recalls.mean())

    @property
    def cheapest(self):
        return float(self.cheapest_recalls.mean())

    @property
    def error(self):
        """The standard error of the query file: other queries of its kind would move the mean by about so much."""
        of_queries = self.recalls.mean(axis=0)
        return float(of_queries.std(ddof=1) / math.sqrt(len(of_queries))) if len(of_queries) > 1 else math.inf

    @property
    def least(self):
        return self.asked - BELOW - 2 * self.error

    @property
    def most(self):
        """Where even the cheapest setting finds more than was asked for, the bound lies above what that one finds."""
        start = self.cheapest if self.cheapest > self.asked + ABOVE else self.asked
        return start + ABOVE + 2 * self.error

    @property
    def verdict(self):
        if math.isnan(self.mean):
            return "refused"
        if self.mean < self.least:
            return "too low"
        return "too high" if self.mean > self.most else "yes"

    @property
    def holds(self):
        return self.verdict == "yes"

    def cells(self):
        return [
            self.name, str(self.k), f"{self.asked:g}", shown(self.mean), shown(self.error), shown(self.cheapest),
            self.verdict,
        ]  # fmt: skip

    def record(self):
        """All of it, for a JSON file."""
        return {
            "set": self.name, "k": self.k, "asked": self.asked, "queries": self.recalls.shape[1],
            "recall": known(self.mean), "recall_of_seeds": [known(each) for each in self.recalls.mean(axis=1)],
            "standard_error": known(self.error), "cheapest": self.cheapest, "least": known(self.least),
            "most": known(self.most), "verdict": self.verdict,
        }  # fmt: skip


def known(number):
    """A number as JSON has it, None in place of what is not finite."""
    return float(number) if math.isfinite(number) else None


def shown(share):
    return f"{share:.4f}" if math.isfinite(share) else "–"
