"""Processes that were forked from one that uses the package, and those that multiprocessing starts."""

import multiprocessing
import os
import subprocess
import sys
import time

import numpy
import pytest
from numpy.testing import assert_array_equal

import likeness
from likeness import Index, Store

TIME_LIMIT = 60


def in_child(body):
    """What a forked process says: the text that `body` returns, or its error."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        try:
            text = body() or "fine"
        except BaseException as error:
            text = f"{type(error).__name__}: {error}"
        os.write(write, text.encode())
        os._exit(0)
    os.close(write)
    until = time.monotonic() + TIME_LIMIT
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            break
        if time.monotonic() > until:
            os.kill(child, 9)
            os.waitpid(child, 0)
            pytest.fail("the child hangs")
        time.sleep(0.01)
    assert status == 0
    with os.fdopen(read) as pipe:
        return pipe.read()


@pytest.fixture
def store(tmp_path, vectors):
    with Store(tmp_path / "s.store") as opened:
        opened.upsert("c", numpy.arange(1000), vectors)
        opened.build_index("c", kind="hnsw")
        yield opened


def nearest(searched, query):
    return searched.search("c", query, k=1)[0].tolist()


def test_a_child_reads_a_writable_store(store, vectors):
    def body():
        assert nearest(store, vectors[7]) == [7]
        assert store.count("c") == 1000

    assert in_child(body) == "fine"
    assert nearest(store, vectors[8]) == [8]


def test_a_child_sees_what_the_parent_writes_later(store, vectors):
    ready, go = os.pipe(), os.pipe()

    def body():
        assert store.count("c") == 1000
        os.write(ready[1], b"x")
        os.read(go[0], 1)
        assert store.count("c") == 1001 and nearest(store, vectors[3] * 9) == [5000]

    child = os.fork()
    if child == 0:
        try:
            body()
            os._exit(0)
        finally:
            os._exit(1)
    os.read(ready[0], 1)
    store.upsert("c", 5000, vectors[3:4] * 9)
    os.write(go[1], b"x")
    assert os.waitpid(child, 0)[1] == 0


@pytest.mark.parametrize("reads_first", [False, True])
def test_a_child_may_not_write_while_the_parent_does(reads_first, store, vectors):
    def body():
        if reads_first:
            assert nearest(store, vectors[7]) == [7]
        with pytest.raises(likeness.BusyError, match="forked"):
            store.upsert("c", 1, vectors[:1])
        # It goes on reading, as it was told.
        assert nearest(store, vectors[7]) == [7]

    assert in_child(body) == "fine"
    store.upsert("c", 2000, vectors[:1])


def test_a_child_closes_and_ends_and_the_parent_goes_on(store, vectors):
    def body():
        store.close()
        with pytest.raises(likeness.ClosedError):
            store.count("c")
        with Store(store_path, writable=False) as again:
            assert again.count("c") == 1000

    store_path = store._path
    assert in_child(body) == "fine"
    # What the child closed is not what the parent has.
    program = f"import likeness; likeness.Store({store_path!r})"
    other = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "BusyError" in other.stderr
    store.upsert("c", 2000, vectors[:1])


@pytest.mark.parametrize("signal", [9, 15])
def test_a_child_that_a_parent_leaves_alone_goes_on(signal, tmp_path):
    """As a daemon does: the process that opened the store is gone."""
    path, note = str(tmp_path / "d.store"), tmp_path / "note"
    program = f"""if True:
        import os, sys, time
        import likeness, numpy

        vectors = numpy.random.default_rng(1).normal(size=(200, 8)).astype("f4")
        store = likeness.Store({path!r})
        store.upsert("c", numpy.arange(200), vectors)
        store.build_index("c", kind="hnsw")
        index = likeness.Index.build(vectors)
        parent = os.getpid()
        if os.fork() == 0:
            while os.getppid() == parent:
                time.sleep(0.01)
            try:
                import threading
                wrong = []

                def search():
                    try:
                        for _ in range(200):
                            assert store.search("c", vectors[3], k=1)[0].tolist() == [3]
                    except BaseException as error:
                        wrong.append(repr(error))

                # They read while the store is opened again for writing.
                threads = [threading.Thread(target=search) for _ in range(3)]
                for thread in threads:
                    thread.start()
                store.upsert("c", [200], vectors[:1] + 9)
                for thread in threads:
                    thread.join()
                assert not wrong, wrong
                assert store.search("c", vectors[0] + 9, k=1)[0].tolist() == [200]
                index.add(vectors[:1] + 9, ids=[200])
                assert index.search(vectors[0] + 9, k=1)[0].tolist() == [200]
                index.settle()
                store.close()
                text = "fine"
            except BaseException as error:
                text = repr(error)
            with open({str(note) + ".new"!r}, "w") as file:
                file.write(text)
            os.rename({str(note) + ".new"!r}, {str(note)!r})
        else:
            os.kill(parent, {signal})
    """
    subprocess.run([sys.executable, "-c", program], stdout=subprocess.DEVNULL, timeout=TIME_LIMIT)
    until = time.monotonic() + TIME_LIMIT
    while not note.exists():
        assert time.monotonic() < until, "the child hangs"
        time.sleep(0.05)
    assert note.read_text() == "fine"
    with Store(path) as store:
        assert store.count("c") == 201


def test_a_child_of_a_parent_that_is_killed_does_not_keep_its_lock(tmp_path, vectors):
    path = str(tmp_path / "k.store")
    program = f"""if True:
        import os, signal, time
        import likeness

        store = likeness.Store({path!r})
        store.upsert("c", [1], [[1.0, 2.0]])
        child = os.fork()
        if child == 0:
            time.sleep(60)
            os._exit(0)
        print(child, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)"""
    started = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    child = int(started.stdout.readline())
    started.wait()
    try:
        with Store(path) as store:
            store.upsert("c", [2], [[1.0, 2.0]])
    finally:
        os.kill(child, 9)
        started.stdout.close()


def test_a_child_changes_builds_and_saves(tmp_path, generator):
    vectors = generator.normal(size=(5000, 48)).astype(numpy.float32)
    index = Index.build(vectors[:2500], ef_construction=40)
    # Work in the background is under way where it is forked.
    index.add(vectors[2500:])
    index.remove(numpy.arange(500))

    def body():
        index.remove(numpy.arange(500, 600))
        index.save(tmp_path / "child.index")
        index.settle()
        Index.build(vectors[:500], ef_construction=20)
        assert len(index) == 4400

    for _ in range(3):
        assert in_child(body) == "fine"
        opened = Index.open(tmp_path / "child.index")
        assert len(opened) == 4400
        assert_array_equal(opened.search(vectors[4000:4020], k=1, exact=True)[0][:, 0], numpy.arange(4000, 4020))
    index.settle()
    assert len(index) == 4500


def test_children_end_as_programs_do(tmp_path):
    """What is torn down at the end of a program is torn down in a child too, with a store and work in the background."""
    program = f"""if True:
        import os, signal, sys
        import likeness, numpy

        vectors = numpy.random.default_rng(1).normal(size=(3000, 40)).astype("f4")
        store = likeness.Store({str(tmp_path / "e.store")!r})
        store.upsert("c", numpy.arange(3000), vectors)
        index = likeness.Index.build(vectors[:1500], ef_construction=30)
        index.add(vectors[1500:])
        for number in range(6):
            child = os.fork()
            if child == 0:
                signal.alarm({TIME_LIMIT})
                if number % 3 == 1:
                    del store, index
                sys.exit(0)
            assert os.waitpid(child, 0)[1] == 0, number
        assert store.count("c") == 3000"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=6 * TIME_LIMIT)
    assert done.returncode == 0, done.stderr


def work(path, vectors, rows):
    """What a worker of multiprocessing does, in whatever way it was started."""
    with Store(path, writable=False) as store:
        found = [nearest(store, vectors[row])[0] for row in rows]
    index = Index.build(vectors[:200])
    return found, index.search(vectors[5], k=1)[0].tolist()


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_workers_of_multiprocessing(method, store, vectors):
    with multiprocessing.get_context(method).Pool(2) as pool:
        jobs = [pool.apply_async(work, (store._path, vectors, range(start, start + 5))) for start in (0, 100, 200, 300)]
        for start, job in zip((0, 100, 200, 300), jobs, strict=True):
            assert job.get(TIME_LIMIT) == (list(range(start, start + 5)), [5])
    store.upsert("c", 3000, vectors[:1])
