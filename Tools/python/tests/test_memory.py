"""References and memory stay as they are over many calls."""

import gc
import sys

import numpy
import pytest

import likeness
from likeness import Index


def resident_bytes():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096


def failing(call):
    def run():
        with pytest.raises(likeness.Error):
            call()

    return run


@pytest.fixture
def index(vectors):
    return Index.build(vectors[:50], kind="flat")


@pytest.fixture
def calls(index, vectors, queries, tmp_path):
    """Every way through the extension, right and wrong."""
    query, odd, path = queries[0], queries.astype(">f8"), tmp_path / "index"
    index.save(path)
    ids = numpy.arange(5000, 5010)

    def change():
        index.add(vectors[:10], ids)
        index.remove(ids)

    return {
        "single": lambda: index.search(query, k=5),
        "batch": lambda: index.search(queries, k=5),
        "narrow": lambda: index.search(queries, k=500),
        "large k": lambda: index.search(queries, k=10**9),
        "copied": lambda: index.search(odd, k=5),
        "list": lambda: index.search([0.5] * 24),
        "stats": lambda: index.stats,
        "ids": lambda: index.ids,
        "change": change,
        "build": lambda: Index.build(vectors[:10], ids, kind="flat"),
        "build a graph": lambda: Index.build(vectors[:10], ids, m=8),
        "open": lambda: Index.open(path),
        "save": lambda: index.save(path),
        "NaN": failing(lambda: index.search([float("nan")] * 24)),
        "dtype": failing(lambda: index.search(queries.astype(int))),
        "shape": failing(lambda: index.search(queries[None])),
        "dimension": failing(lambda: index.search(queries[:, 1:])),
        "ragged": failing(lambda: index.search([[1], [1, 2]])),
        "k": failing(lambda: index.search(query, k=-1)),
        "recall": failing(lambda: index.search(query, recall=2)),
        "unknown id": failing(lambda: index.remove([77])),
        "ids twice": failing(lambda: Index.build(vectors[:2], [1, 1])),
        "ids too few": failing(lambda: Index.build(vectors[:3], [1, 2])),
        "bad build": failing(lambda: Index.build(vectors, kind="tree")),
        "settle": index.settle,
        "bad threads": failing(lambda: Index.build(vectors, threads=-1)),
        "no file": failing(lambda: Index.open("/no/such/file")),
    }


def test_no_reference_is_lost_or_kept(calls, vectors, queries):
    watched = [vectors, queries, None, True, False, Ellipsis, numpy.dtype("f4"), numpy.dtype("u8"), likeness.Error]
    for name, call in calls.items():
        call()
        gc.collect()
        before = [sys.getrefcount(value) for value in watched]
        for _ in range(30):
            call()
        gc.collect()
        after = [sys.getrefcount(value) for value in watched]
        # Caches of the interpreter may move a count by a few, a leak by 30.
        assert all(abs(a - b) < 15 for a, b in zip(after, before, strict=True)), (name, before, after)


# How often each is called, so that 100,000 searches and some of everything take seconds.
MANY = {"single": 100_000, "narrow": 10_000, "copied": 10_000, "dtype": 10_000, "NaN": 10_000, "stats": 20_000}


def test_memory_does_not_grow(calls):
    def go_through(share):
        for name, call in calls.items():
            for _ in range(MANY.get(name, 200) // share):
                call()
        gc.collect()

    go_through(10)
    before = resident_bytes()
    go_through(1)
    grown = resident_bytes() - before
    # 16 bytes lost in each of 100,000 calls would be 1.6 MB, and an array lost in one of 10,000 as much.
    assert grown < 1_500_000, f"{grown} bytes more"


def test_results_outlive_the_index(vectors, queries):
    index = Index.build(vectors, kind="flat")
    ids, distances = index.search(queries)
    copies = ids.copy(), distances.copy()
    del index
    gc.collect()
    assert ids.flags.owndata and (ids == copies[0]).all() and (distances == copies[1]).all()
