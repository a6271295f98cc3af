"""Many threads on one index, and Python's lock."""

import sys
import threading

import numpy
import pytest
from conftest import KINDS, SEED

import likeness
from likeness import Index


def run_together(*workers):
    """Runs each in a thread of its own; what one of them raises is raised here."""
    failures = []

    def run(worker):
        try:
            worker()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(worker,)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for failure in failures:
        raise failure


@pytest.mark.parametrize("kind", KINDS)
def test_searches_see_an_index_before_or_after_a_change(kind, vectors, queries):
    # Blocks of 100 come and go whole, so every search must see whole blocks.
    index = Index.build(vectors[:100], kind=kind)
    done = threading.Event()

    def change():
        try:
            for round in range(150):
                block = 1 + round % 5
                ids = numpy.arange(block * 100, block * 100 + 100)
                index.add(vectors[block * 100 : block * 100 + 100], ids)
                if round % 2:
                    index.remove(ids)
                else:
                    index.remove(ids[::-1])
        finally:
            done.set()

    def search():
        rounds = 0
        while not done.is_set() or rounds == 0:
            ids, distances = index.search(queries, k=1000, threads=1 + rounds % 2)
            assert ids.shape[1] in (100, 200)
            blocks = numpy.unique(ids // 100, return_counts=True)
            assert (blocks[1] == len(queries) * 100).all() and blocks[0][0] == 0
            assert numpy.isfinite(distances).all()
            assert len(index) in (100, 200)
            rounds += 1

    run_together(change, search, search, search)
    assert len(index) == 100


@pytest.mark.parametrize("kind", KINDS)
def test_closing_while_others_search(kind, vectors, queries):
    for _ in range(20):
        index = Index.build(vectors[:200], kind=kind)
        begun = threading.Barrier(4)

        def search(index=index, begun=begun):
            expected = None
            begun.wait()
            try:
                for _ in range(10_000):
                    ids, _ = index.search(queries)
                    expected = ids if expected is None else expected
                    assert (ids == expected).all()
            except likeness.ClosedError:
                return
            raise AssertionError("the index was never closed")

        def close(index=index, begun=begun):
            begun.wait()
            index.close()

        run_together(search, search, search, close)


def test_saving_while_others_add(vectors, tmp_path):
    index = Index.build(vectors[:100], kind="flat")

    def add():
        for i in range(100, 300):
            index.add(vectors[i : i + 1], [i])

    def save():
        for round in range(10):
            path = tmp_path / f"{round}-{threading.get_ident()}"
            index.save(path)
            with Index.open(path) as opened:
                assert opened.ids.tolist() == list(range(len(opened)))

    run_together(add, save, save)
    assert len(index) == 300


def test_ids_are_those_of_one_moment(vectors):
    index = Index.build(vectors[:100], kind="flat")
    done = threading.Event()

    def change():
        try:
            for _ in range(300):
                index.add(vectors[100:150], numpy.arange(100, 150))
                index.remove(numpy.arange(100, 150))
        finally:
            done.set()

    def read():
        while not done.is_set():
            assert index.ids.tolist() in (list(range(100)), list(range(150)))

    run_together(change, read, read)


@pytest.fixture
def one_thread_at_a_time():
    """Lets a thread run until it gives up Python's lock by itself."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1000)
    yield
    sys.setswitchinterval(interval)


CALLS = {
    "build": lambda index, vectors: Index.build(vectors, threads=1),
    "batch": lambda index, vectors: index.search(vectors, k=50),
    "exact batch": lambda index, vectors: index.search(vectors, k=50, exact=True),
}


@pytest.mark.parametrize("call", CALLS)
def test_other_threads_run_during_a_call(call, one_thread_at_a_time):
    vectors = numpy.random.default_rng(SEED).normal(size=(8000, 32)).astype(numpy.float32)
    index = Index.build(vectors[:5000], kind="flat")
    for _ in range(10):
        started = threading.Event()
        ended = []

        def work(started=started, ended=ended):
            started.set()
            CALLS[call](index, vectors)
            ended.append(True)

        worker = threading.Thread(target=work)
        worker.start()
        # Only a call that lets go of the lock lets this thread go on before its end.
        started.wait()
        is_beside = not ended
        worker.join()
        if is_beside:
            return
    raise AssertionError(f"in 10 rounds no other thread ran during '{call}'")
