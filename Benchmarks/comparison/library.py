"""What a library must be able to do to be compared; one file of `libraries` has the classes of each.

The methods from `build` on are called in a process of their own, in the library's environment; only there may it be
imported. Rows are given in the data set's order, and added in it. Vectors and queries are float32, at length 1 where the
metric is cosine and `normalises` says so.
"""

import math
from dataclasses import dataclass, field

# Candidates that a graph search keeps: from the least that k = 10 allows to what hard sets need.
EF_GRID = (10, 12, 16, 20, 24, 32, 40, 48, 64, 80, 120, 160, 200, 300, 400, 600, 800)


@dataclass
class Run:
    """An index to build, and the settings to search it with, the fastest first."""

    kind: str
    # What tells this run from the others of its kind.
    label: str
    build: dict
    settings: list = field(default_factory=lambda: [{}])
    # How many of the vectors go in, from the first; None for all.
    rows: int | None = None
    # Whether it takes part only where --thorough says that the time is there.
    thorough: bool = False


@dataclass
class Shape:
    """What the parameters of a library may depend on."""

    metric: str
    count: int
    dimension: int
    k: int

    def ef_settings(self, name):
        """The usual sweep of a parameter that may not be below k."""
        return [{name: ef} for ef in EF_GRID if ef >= self.k] or [{name: self.k}]

    def power_of_two_lists(self):
        """The power of two that is nearest to 4·√n: the usual size of an inverted file."""
        return 2 ** max(2, round(math.log2(4 * self.count**0.5)))


class Library:
    """One library: how it is installed, built, saved, loaded and asked."""

    name = ""
    # What pip installs, pinned; of which of it the version is told; what Python imports.
    requirements = ()
    distribution = ""
    module = ""
    # Whether pip compiles it here, for this machine's instructions, in place of taking a wheel.
    from_source = False
    # Which instructions the package uses, as far as it says or its code shows.
    instructions = ""
    # Whether the harness brings vectors and queries to length 1 where the metric is cosine.
    normalises = True
    # The metrics in whose data sets it takes no part, and why.
    lacks = {}
    # Whether many queries can be asked in one call.
    has_batch = True

    def runs(self, shape):
        """The runs that make up its row in the comparison."""
        raise NotImplementedError

    def build(self, vectors, run, shape, threads, folder):
        """Builds an index; this is what is timed. `folder` is empty and its own."""
        raise NotImplementedError

    def save(self, folder):
        """Writes the index to `folder`; nothing to do where `build` did."""

    def load(self, folder, run, shape):
        """Loads what `save` wrote, for searches on one thread."""
        raise NotImplementedError

    def set(self, setting):
        """Takes a setting of the run for the searches to come."""

    def batch(self, queries, k):
        """Ids of shape (m, k); what was not found is no valid row."""
        raise NotImplementedError

    def single(self, query, k):
        """Ids of one query, of shape (up to k,)."""
        raise NotImplementedError

    def single_queries(self, queries):
        """The queries in the form that `single` takes, made before the clock starts."""
        return list(queries)

    def instructions_in_use(self):
        """What the loaded library says of the instructions that it uses here, or `instructions`."""
        return self.instructions
