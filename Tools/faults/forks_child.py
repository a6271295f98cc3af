"""What Tools/faults/forks.py runs: FOLDER FORKS SEED.

Threads search, change, build and save without a break while the process forks; it says of every child in a line of JSON
what it did and what was wrong.
"""
import json
import os
import pathlib
import random
import signal
import sys
import threading
import time
import traceback

import likeness
import numpy

DIMENSION, STAYING, TIME_LIMIT = 48, 4000, 60
COLLECTION = "c"


class Parent:
    """An index and a store, and threads that use both until the end."""

    def __init__(self, folder, seed):
        self.folder = folder
        self.vectors = numpy.random.default_rng(seed).normal(size=(2 * STAYING, DIMENSION)).astype(numpy.float32)
        self.staying = self.vectors[:STAYING]
        self.index = likeness.Index.build(self.staying)
        self.store = likeness.Store(folder / "store")
        self.store.upsert(COLLECTION, numpy.arange(STAYING), self.staying)
        self.store.build_index(COLLECTION, kind="hnsw")
        self.is_over = False
        self.faults = []
        work = (self.search, self.change_index, self.change_store, self.build, self.save)
        self.threads = [threading.Thread(target=self.repeat, args=(one, seed + n)) for n, one in enumerate(work)]
        for thread in self.threads:
            thread.start()

    def repeat(self, work, seed):
        generator = random.Random(seed)
        try:
            while not self.is_over:
                work(generator)
        except Exception:
            self.faults.append(traceback.format_exc())

    def end(self):
        self.is_over = True
        for thread in self.threads:
            thread.join()
        self.store.close()
        assert not self.faults, self.faults

    def search(self, generator):
        check_index(self.index, self.staying, generator)
        check_store(self.store, self.staying, generator)

    def change_index(self, generator):
        ids = numpy.array(generator.sample(range(STAYING, 2 * STAYING), generator.randrange(1, 200)))
        self.index.upsert(self.vectors[ids], ids)
        self.index.remove(ids[: len(ids) // 2])
        time.sleep(0.01)

    def change_store(self, generator):
        ids = numpy.array(generator.sample(range(STAYING, 2 * STAYING), generator.randrange(1, 50)))
        self.store.upsert(COLLECTION, ids, self.vectors[ids])

    def build(self, generator):
        kind = generator.choice(("hnsw", "flat", "matrix"))
        likeness.Index.build(self.staying[: generator.randrange(100, 1000)], kind=kind)

    def save(self, generator):
        self.index.save(self.folder / f"parent-{generator.randrange(3)}.index")


def check_index(index, vectors, generator):
    check(vectors, generator, lambda queries: index.search(queries, k=3, ef_search=200))


def check_store(store, vectors, generator):
    kind = generator.choice(("hnsw", None))
    check(vectors, generator, lambda queries: store.search(COLLECTION, queries, k=3, kind=kind, ef_search=200)[:2])


def check(vectors, generator, search):
    """What stays is found whatever else changes; a graph may miss one."""
    rows = numpy.array(generator.sample(range(len(vectors)), 10))
    ids, distances = search(vectors[rows])
    found = (ids[:, 0] == rows) & (distances[:, 0] < 1e-3)
    assert found.sum() >= 9, (rows, ids, distances)


# What children do. Whatever they do is right, or refused with a sentence of ours.


def searches(parent, generator):
    for _ in range(5):
        check_index(parent.index, parent.staying, generator)


def changes(parent, generator):
    for _ in range(3):
        parent.change_index(generator)
        check_index(parent.index, parent.staying, generator)
    parent.index.settle()
    check_index(parent.index, parent.staying, generator)


def builds(parent, generator):
    built = likeness.Index.build(parent.staying[:1500])
    check_index(built, parent.staying[:1500], generator)


def saves(parent, generator):
    path = parent.folder / f"child-{os.getpid()}.index"
    parent.index.save(path)
    check_index(likeness.Index.open(path), parent.staying, generator)
    path.unlink()


def reads_store(parent, generator):
    for _ in range(5):
        check_store(parent.store, parent.staying, generator)


def writes_store(parent, generator):
    if generator.random() < 0.5:
        check_store(parent.store, parent.staying, generator)
    try:
        parent.store.upsert(COLLECTION, [1], parent.staying[:1])
    except likeness.BusyError as error:
        assert "forked" in str(error), error
    else:
        raise AssertionError("two processes wrote to a store")
    check_store(parent.store, parent.staying, generator)


def closes_store(parent, generator):
    parent.store.close()
    try:
        check_store(parent.store, parent.staying, generator)
    except likeness.ClosedError:
        pass
    else:
        raise AssertionError("a closed store answered")
    with likeness.Store(parent.folder / "store", writable=False) as store:
        check_store(store, parent.staying, generator)


def forgets(parent, generator):
    del parent.store
    del parent.index


ACTIONS = (searches, changes, builds, saves, reads_store, writes_store, closes_store, forgets)


def fork(parent, action, seed):
    """Has a child do something, and returns what was wrong or None."""
    errors = parent.folder / "errors"
    errors.unlink(missing_ok=True)
    child = os.fork()
    if child == 0:
        signal.alarm(TIME_LIMIT)
        try:
            action(parent, random.Random(seed))
        except BaseException:
            errors.write_text(traceback.format_exc())
            os._exit(1)
        # Half of them end as programs do, with all that is torn down then.
        if seed % 2:
            os._exit(0)
        sys.exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return f"signal {os.WTERMSIG(status)}" + (" (the time limit)" if os.WTERMSIG(status) == signal.SIGALRM else "")
    if os.WEXITSTATUS(status) != 0:
        return errors.read_text() if errors.exists() else f"status {os.WEXITSTATUS(status)}"
    return None


def main():
    folder, forks, seed = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    parent = Parent(folder, seed)
    generator = random.Random(seed)
    for number in range(forks):
        action = ACTIONS[number % len(ACTIONS)]
        time.sleep(generator.uniform(0, 0.1))
        wrong = fork(parent, action, generator.randrange(1 << 30))
        print(json.dumps({"action": action.__name__.replace("_", " "), "wrong": wrong}), flush=True)
    parent.end()


if __name__ == "__main__":
    main()
