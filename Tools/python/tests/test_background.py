"""What a thread of an index does in the background: what changes have left for later."""

import subprocess
import sys

import numpy
import pytest
from conftest import KINDS
from numpy.testing import assert_allclose

from likeness import Index


@pytest.mark.parametrize("kind", KINDS)
def test_settling_does_what_was_left_for_later(kind, vectors, queries):
    index = Index.build(vectors[:600], kind=kind)
    index.add(vectors[600:])
    index.remove(numpy.arange(400))
    _, expected = index.search(queries, exact=True)
    for threads in (0, 1):
        index.settle(threads)
        assert_allclose(index.search(queries, exact=True)[1], expected, rtol=1e-6)
        # All that is left is in it, and nothing else.
        assert_allclose(index.search(queries, setting=600)[1], expected, rtol=1e-6)
        assert index.stats.fault is None


def test_stats_say_why_the_work_failed():
    """The graph is copied before it is changed, and there is no memory for that until the limit is lifted."""
    program = """if True:
        import resource, time
        import likeness, numpy

        vectors = numpy.random.default_rng(1).normal(size=(20_000, 4)).astype("f4")
        index = likeness.Index.build(vectors, m=256, ef_construction=16)
        index.remove(0)

        def wait(holds):
            until = time.monotonic() + 60
            while not holds():
                assert time.monotonic() < until, index.stats
                time.sleep(0.01)

        with open("/proc/self/statm") as file:
            pages = int(file.read().split()[0])
        limit = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + (16 << 20), limit[1]))
        index.remove(range(1, 401))
        wait(lambda: index.stats.fault)
        assert "memory" in index.stats.fault and index.stats.fault.endswith("."), index.stats.fault
        ids, distances = index.search(vectors[:1000], k=1)
        assert (ids[401:, 0] == numpy.arange(401, 1000)).mean() > 0.99 and (ids > 400).all()

        resource.setrlimit(resource.RLIMIT_AS, limit)
        index.settle()
        index.remove(range(401, 801))
        wait(lambda: index.stats.fault is None)
        assert (index.search(vectors[:1000], k=1)[0] > 800).all()"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
