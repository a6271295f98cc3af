"""Every kind of index by its table: what may be chosen, how hard it looks, and what a store does with it."""

import inspect
import re
import threading

import numpy
import pytest
from conftest import KINDS, SEED, assert_nearest, distances_of, recall_of
from numpy.testing import assert_array_equal

import likeness
from likeness import Index, Store

TABLE = {kind["kind"]: kind for kind in likeness.kinds}
COUNT, DIMENSION = 1500, 160


@pytest.fixture(scope="module")
def drawn():
    """Clustered vectors, and queries that are not among them."""
    generator = numpy.random.default_rng(SEED)
    centres = generator.normal(size=(40, DIMENSION))
    both = centres[generator.integers(40, size=COUNT + 50)] + 0.4 * generator.normal(size=(COUNT + 50, DIMENSION))
    return both[:COUNT].astype("f4"), both[COUNT:].astype("f4")


def python_name(name):
    return re.sub("[A-Z]", lambda letter: "_" + letter[0].lower(), name)


def samples(parameter):
    """Values that a parameter can have, and some that it cannot."""
    if parameter["type"] == "number":
        least, most = parameter["least"], parameter["most"]
        wrong = [most + 1] if most < 2**64 - 1 else []
        return [least, parameter["default"]], [*wrong, *([least - 1] if least else []), -1, "many", 1.5]
    if parameter["type"] == "bytes":
        return [parameter["default"]], [-1, "many"]
    if parameter["type"] == "choice":
        return [], ["no such", 3]
    assert parameter["type"] == "flag"
    return [True, False], ["yes", 1]


@pytest.mark.parametrize("kind", KINDS)
def test_parameters_are_as_the_table_says(kind, vectors):
    for parameter in TABLE[kind]["parameters"]:
        name = python_name(parameter["name"])
        if name in inspect.signature(Index.build).parameters:
            continue  # it is of a store's indexes
        right, wrong = samples(parameter)
        for value in right:
            assert len(Index.build(vectors[:50], kind=kind, **{name: value})) == 50
        for value in wrong:
            with pytest.raises(likeness.Error, match=parameter["name"]):
                Index.build(vectors[:50], kind=kind, **{name: value})
    with pytest.raises(likeness.InvalidArgumentError, match=f"{kind} has no parameter noSuch"):
        Index.build(vectors[:50], kind=kind, no_such=1)


@pytest.mark.parametrize("kind", KINDS)
def test_unseen_queries_find_the_nearest(kind, drawn, tmp_path):
    vectors, queries = drawn
    index = Index.build(vectors, kind=kind)
    expected = distances_of("l2", queries, vectors)
    assert_nearest(index.search(queries, k=10, exact=True)[0], expected)
    assert recall_of(index.search(queries, k=10)[1], expected) >= (1 if TABLE[kind]["exact"] else 0.9)
    setting = TABLE[kind]["setting"]
    assert (setting is None) == TABLE[kind]["exact"]
    if setting:
        name = python_name(setting["name"])
        recalls = [recall_of(index.search(queries, k=10, **{name: n})[1], expected) for n in (1, 100, COUNT)]
        assert recalls[0] <= recalls[1] + 0.01 and recalls[1] <= recalls[2] and recalls[2] > 0.999
        with pytest.raises(likeness.InvalidArgumentError, match="at least 1"):
            index.search(queries, **{name: 0})
    for others in TABLE.values():
        if setting and others["setting"] and others["setting"]["name"] != setting["name"]:
            with pytest.raises(likeness.InvalidArgumentError, match=name):
                index.search(queries, **{python_name(others["setting"]["name"]): 5})
    before = index.search(queries, k=10)
    index.save(tmp_path / "index")
    with Index.open(tmp_path / "index") as opened:
        assert opened.kind == kind
        for mine, its in zip(before, opened.search(queries, k=10), strict=True):
            assert_array_equal(mine, its)


@pytest.mark.parametrize("kind", KINDS)
def test_a_store_keeps_and_searches_it(kind, drawn, tmp_path):
    vectors, queries = drawn
    expected = distances_of("l2", queries, vectors)
    few = numpy.arange(COUNT) % 10 == 3
    filter = {"must": {"key": "n", "match": {"value": 3}}}
    path = tmp_path / "things.store"
    with Store(path) as store:
        store.upsert("things", numpy.arange(COUNT), vectors, payloads=[{"n": i % 10} for i in range(COUNT)])
        store.build_index("things", kind=kind)
        assert [index["kind"] for index in store.describe()[0]["indexes"]] == [kind]
        with pytest.raises(likeness.InvalidArgumentError, match=f"{kind} has no parameter noSuch"):
            store.build_index("things", kind=kind, no_such=1)
    for _ in range(2):
        with Store(path) as store:
            _, distances = store.search("things", queries, kind=kind)
            assert recall_of(distances, expected) >= (1 if TABLE[kind]["exact"] else 0.9)
            ids, distances = store.search("things", queries, kind=kind, filter=filter)
            assert ids.shape == (50, 10) and few[ids.astype(int)].all()
            assert recall_of(distances, numpy.where(few, expected, numpy.inf)) >= 0.9
            within = float(numpy.sort(expected[0])[30] + 1e-4)
            ids, _ = store.search("things", queries[0], k=COUNT, kind=kind, within=within)
            assert sorted(ids) == (expected[0] <= within).nonzero()[0].tolist()


@pytest.mark.parametrize("kind", KINDS)
def test_a_store_changes_under_search(kind, drawn, tmp_path):
    vectors, queries = drawn
    done, failures = threading.Event(), []
    # These points get the place of a query each.
    moved = {1000 + i: queries[i] for i in range(20)}
    with Store(tmp_path / "things.store") as store:
        store.upsert("things", numpy.arange(1200), vectors[:1200])
        store.build_index("things", kind=kind)

        def search():
            try:
                while not done.is_set():
                    ids, distances = store.search("things", queries[:5], k=10, kind=kind, threads=2)
                    assert ids.shape == (5, 10) and (numpy.diff(distances, axis=1) >= 0).all()
                    assert all(len(set(row)) == 10 for row in ids)
            except BaseException as error:
                failures.append(error)

        searchers = [threading.Thread(target=search) for _ in range(3)]
        for searcher in searchers:
            searcher.start()
        try:
            for start in range(1200, COUNT, 50):
                store.upsert("things", numpy.arange(start, start + 50), vectors[start : start + 50])
                store.delete("things", list(range(start - 1200, start - 1150)))
            for point, vector in moved.items():
                store.upsert("things", [point], vector[None])
                assert store.search("things", vector, k=1, kind=kind)[0].tolist() == [point]
        finally:
            done.set()
            for searcher in searchers:
                searcher.join()
        assert not failures, failures
        now = vectors.copy()
        now[list(moved)] = list(moved.values())
        expected = distances_of("l2", queries, now)
        expected[:, :300] = numpy.inf
        ids, distances = store.search("things", queries, kind=kind)
        assert (ids.astype(int) >= 300).all()
        assert recall_of(distances, expected) >= (1 if TABLE[kind]["exact"] else 0.9)
