"""Stores on disk, held to a dictionary."""

import os
import subprocess
import sys
import threading
import uuid
import warnings

import numpy
import pytest
from conftest import EXACT, KINDS, assert_nearest, distances_of
from numpy.testing import assert_allclose, assert_array_equal

import likeness
from likeness import Store


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "pictures.store") as opened:
        yield opened


@pytest.fixture
def filled(store, vectors):
    store.upsert("pictures", numpy.arange(1000), vectors, field="pixels")
    return store


def test_points_come_back(store, vectors):
    ids = [0, 2**64 - 1, uuid.UUID(int=1), uuid.uuid4()]
    deep = {"label": "Katze", "n": 2**63, "deep": {"a": [1, 1.5, None, True]}}
    payloads = [deep, None, {}, {"ü": numpy.float32(0.5)}]
    store.upsert("pictures", ids, vectors[:4], field="pixels", metric="cosine", payloads=payloads)
    expected = [payloads[0], {}, {}, {"ü": 0.5}]
    got = store.get("pictures", [*ids, 77])
    assert got.pop() is None
    for point, id, payload in zip(got, ids, expected, strict=True):
        assert point == {"id": id, "payload": payload, "vectors": {"pixels": 24}}
        assert type(point["id"]) is type(id)
    assert store.collections == ["pictures"] and store.count("pictures") == 4
    read_ids, read = store.vectors("pictures")
    assert set(read_ids) == set(ids) and read.dtype == numpy.float32
    for id, vector in zip(ids, vectors, strict=False):
        assert_array_equal(read[list(read_ids).index(id)], vector)


def test_upsert_replaces_what_it_names(store, vectors):
    store.upsert("c", [1, 2], vectors[:2], payloads=[{"a": 1}, {"a": 2}])
    store.upsert("c", [2, 3], vectors[2:4], payloads=[None, {"a": 3}])
    store.upsert("c", 1, vectors[:1, :5], field="other")
    assert [point["payload"] for point in store.get("c", [1, 2, 3])] == [{"a": 1}, {"a": 2}, {"a": 3}]
    ids, read = store.vectors("c", "vector")
    assert ids.tolist() == [1, 2, 3]
    assert_array_equal(read, vectors[[0, 2, 3]])
    assert store.get("c", 1)[0]["vectors"] == {"vector": 24, "other": 5}
    assert store.count("c", "other") == 1


def test_of_an_id_that_is_there_twice_the_last_one_holds(store):
    store.upsert("c", [1, 2, 1], [[1, 2], [3, 4], [5, 6]], payloads=[{"a": 1}, None, {"a": 2}])
    assert store.get("c", [1])[0]["payload"] == {"a": 2}
    assert store.vectors("c")[1].tolist() == [[5, 6], [3, 4]]


def test_searching(filled, queries, vectors):
    expected = numpy.sort(distances_of("l2", queries, vectors), axis=1)[:, :10]
    for build in (None, "flat", "hnsw"):
        if build:
            filled.build_index("pictures", "pixels", kind=build)
        for exact in (False, True):
            ids, distances = filled.search("pictures", queries, exact=exact, threads=2)
            assert ids.shape == distances.shape == (20, 10) and ids.dtype == object
            rows = ids.astype(numpy.int64)
            own = numpy.take_along_axis(distances_of("l2", queries, vectors), rows, axis=1)
            assert_allclose(distances, own, rtol=1e-4)
            assert (distances <= expected[:, -1:] * 1.0001).mean() > 0.9
            if exact or build != "hnsw":
                assert_allclose(distances, expected, rtol=1e-4)
    one = filled.search("pictures", queries[0], k=3, kind="hnsw", ef_search=100)
    assert one[0].shape == one[1].shape == (3,)
    assert_allclose(one[1], expected[0, :3], rtol=1e-4)
    assert filled.search("pictures", queries[:2], k=10**9)[0].shape == (2, 1000)
    kinds = {index["kind"] for index in filled.describe()[0]["indexes"]}
    assert kinds == {"flat", "hnsw"}
    filled.delete_index("pictures", "pixels", kind="hnsw")
    assert [index["kind"] for index in filled.describe()[0]["indexes"]] == ["flat"]


def test_an_index_is_tuned_with_queries(filled, queries):
    with pytest.raises(likeness.NotFoundError, match="likeness index build"):
        filled.tune_index("pictures", queries, "pixels")
    for kind in EXACT:
        with pytest.raises(likeness.UnsupportedError, match="exact"):
            filled.tune_index("pictures", queries, "pixels", kind=kind)
    filled.build_index("pictures", "pixels", measure_recall=False)
    (built,) = filled.describe()[0]["indexes"]
    assert built["operating_points"] is None and built["measuring_seconds"] == 0 and built["build_seconds"] > 0
    filled.tune_index("pictures", queries, "pixels", threads=1)
    (tuned,) = filled.describe()[0]["indexes"]
    assert tuned["operating_points"]["source"] == "queries" and tuned["operating_points"]["query_count"] == len(queries)
    assert tuned["build_seconds"] == built["build_seconds"]
    ids, _ = filled.search("pictures", queries, kind="hnsw", recall=0.9)
    assert ids.shape == (20, 10)
    with pytest.raises(likeness.InvalidDataError):
        filled.tune_index("pictures", queries[:, :3], "pixels")
    with pytest.raises(likeness.InvalidArgumentError):
        filled.tune_index("pictures", queries[:0], "pixels")


def test_a_damaged_index_is_warned_of(tmp_path, vectors, queries):
    path = tmp_path / "damaged.store"
    searches = {
        "search": lambda store: store.search("c", queries, k=5)[0].tolist(),
        "groups": lambda store: [group.value for group in store.search_groups("c", queries[0], "n", k=5)],
    }
    with Store(path) as store:
        store.upsert("c", numpy.arange(1000), vectors, payloads=[{"n": i} for i in range(1000)])
        exact = {name: search(store) for name, search in searches.items()}
    for name, search in searches.items():
        with Store(path) as store:
            store.build_index("c", kind="hnsw")
            search(store)
        (file,) = (path / "indexes").glob("*.index")
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
        with Store(path) as store:
            for _ in range(2):
                with pytest.warns(RuntimeWarning, match="It was set aside, and the answer is exact.") as warned:
                    assert search(store) == exact[name]
                assert [warning.filename for warning in warned] == [__file__]
            with pytest.raises(RuntimeWarning), warnings.catch_warnings(action="error"):
                search(store)
            store.build_index("c", kind="hnsw")
            search(store)


def test_uuids_are_found(store, vectors):
    ids = [uuid.uuid4() if i % 2 else i for i in range(50)]
    store.upsert("mixed", ids, vectors[:50])
    found, _ = store.search("mixed", vectors[:50], k=1)
    assert found[:, 0].tolist() == ids
    store.delete("mixed", [ids[1], ids[2]])
    assert store.get("mixed", ids[:4])[1:3] == [None, None]
    assert store.search("mixed", vectors[1], k=50)[0].shape == (48,)


def test_writes_are_all_or_nothing(filled, vectors):
    with pytest.raises(likeness.InvalidDataError):
        filled.upsert("pictures", [5000, 5001], [vectors[0], vectors[1] * numpy.nan], field="pixels")
    with pytest.raises(likeness.NotFoundError):
        filled.delete("pictures", [1, 2, 5000])
    assert filled.get("pictures", [5000]) == [None]
    assert filled.count("pictures") == 1000


def test_what_is_written_is_there_after_a_kill(tmp_path, vectors):
    path = tmp_path / "killed.store"
    program = f"""if True:
        import likeness, numpy, os
        store = likeness.Store({str(path)!r})
        store.upsert("c", [1, 2], numpy.ones((2, 3)))
        os.kill(os.getpid(), 9)"""
    assert subprocess.run([sys.executable, "-c", program]).returncode == -9
    with Store(path, writable=False) as store:
        assert store.vectors("c")[1].tolist() == [[1, 1, 1], [1, 1, 1]]


def test_reading_beside_a_writer(filled, tmp_path):
    program = """if True:
        import likeness, sys
        with likeness.Store(sys.argv[1], writable=False) as store:
            print(store.count("pictures"))
            try:
                store.upsert("pictures", [7000], store.vectors("pictures")[1][:1])
            except likeness.Error as error:
                print(error)
        try:
            likeness.Store(sys.argv[1])
        except likeness.BusyError as error:
            print(error)"""
    command = [sys.executable, "-c", program, str(tmp_path / "pictures.store")]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    assert printed[0] == "1000" and len(printed) == 3, printed
    assert filled.count("pictures") == 1000


def test_opening_twice_in_one_process(filled, tmp_path):
    with pytest.raises(likeness.BusyError, match="open"):
        Store(tmp_path / "pictures.store", writable=False)


def test_many_threads(store, vectors, queries):
    failures = []

    def write(start):
        for i in range(start, start + 200, 20):
            store.upsert("c", range(i, i + 20), vectors[i : i + 20])

    def read():
        try:
            while any(writer.is_alive() for writer in writers):
                if "c" in store.collections:
                    ids, distances = store.search("c", queries, k=5)
                    assert (numpy.diff(distances, axis=1) >= 0).all() and None not in ids
                    read_ids, read_vectors = store.vectors("c")
                    assert len(read_ids) % 20 == 0
                    assert_array_equal(read_vectors, vectors[read_ids.astype(int)])
        except BaseException as error:
            failures.append(error)

    writers = [threading.Thread(target=write, args=(start,)) for start in (0, 200, 400)]
    readers = [threading.Thread(target=read) for _ in range(2)]
    for thread in writers + readers:
        thread.start()
    for thread in writers + readers:
        thread.join()
    assert not failures, failures
    assert store.count("c") == 600


# An exception and the call that raises it; `s` is a store with 1,000 `pictures`, `v` their vectors.
WRONG = {
    "another dimension": (likeness.InvalidDataError, lambda s, v: s.upsert("pictures", [1], v[:1, :5], field="pixels")),
    "another dimension to search": (likeness.InvalidDataError, lambda s, v: s.search("pictures", v[:, :5])),
    "NaN": (likeness.InvalidDataError, lambda s, v: s.upsert("c", [1], [[numpy.nan]])),
    "NaN to search": (likeness.InvalidDataError, lambda s, v: s.search("pictures", [numpy.nan] * 24)),
    "int64": (likeness.InvalidTypeError, lambda s, v: s.upsert("c", [1], v[:1].astype(int))),
    "a shape": (likeness.InvalidArgumentError, lambda s, v: s.upsert("c", [1], v[0])),
    "a shape to search": (likeness.InvalidArgumentError, lambda s, v: s.search("pictures", v[None])),
    "fewer ids": (likeness.InvalidArgumentError, lambda s, v: s.upsert("c", [1], v[:2])),
    "fewer payloads": (likeness.InvalidArgumentError, lambda s, v: s.upsert("c", [1, 2], v[:2], payloads=[{}])),
    "a list as payload": (likeness.Error, lambda s, v: s.upsert("c", [1], v[:1], payloads=[[1]])),
    "a payload without JSON": (likeness.InvalidTypeError, lambda s, v: s.upsert("c", 1, v[:1], payloads=[{"a": {1}}])),
    "a payload NaN": (likeness.InvalidArgumentError, lambda s, v: s.upsert("c", 1, v[:1], payloads=[{"a": numpy.nan}])),
    "a negative id": (likeness.InvalidArgumentError, lambda s, v: s.get("pictures", [-1])),
    "text as id": (likeness.InvalidTypeError, lambda s, v: s.get("pictures", str(uuid.uuid4()))),
    "texts as ids": (likeness.InvalidTypeError, lambda s, v: s.delete("pictures", ["a"])),
    "a fraction as id": (likeness.InvalidTypeError, lambda s, v: s.get("pictures", [1.5])),
    "an unknown id": (likeness.NotFoundError, lambda s, v: s.delete("pictures", 4000)),
    "an unknown collection": (likeness.NotFoundError, lambda s, v: s.search("nothing", v[0])),
    "an unknown collection to read": (likeness.NotFoundError, lambda s, v: s.get("nothing", [1])),
    "an unknown collection to delete": (likeness.NotFoundError, lambda s, v: s.delete_collection("nothing")),
    "an unknown field": (likeness.NotFoundError, lambda s, v: s.vectors("pictures", "nothing")),
    "an unknown field to index": (likeness.NotFoundError, lambda s, v: s.build_index("pictures", "nothing")),
    "no such index": (likeness.NotFoundError, lambda s, v: s.search("pictures", v[0], kind="hnsw")),
    "no such index to delete": (likeness.NotFoundError, lambda s, v: s.delete_index("pictures", kind="hnsw")),
    "an unknown kind": (likeness.InvalidArgumentError, lambda s, v: s.build_index("pictures", kind="tree")),
    "an unknown metric": (likeness.InvalidArgumentError, lambda s, v: s.search("pictures", v[0], metric="l3")),
    "an unknown parameter": (likeness.InvalidArgumentError, lambda s, v: s.build_index("pictures", colour="red")),
    "negative k": (likeness.InvalidArgumentError, lambda s, v: s.search("pictures", v[0], k=-1)),
    "a fraction as k": (likeness.InvalidTypeError, lambda s, v: s.search("pictures", v[0], k=1.5)),
    "negative threads": (likeness.InvalidArgumentError, lambda s, v: s.search("pictures", v[0], threads=-1)),
    "exact and a kind": (likeness.InvalidArgumentError, lambda s, v: s.search("pictures", v, kind="flat", exact=True)),
    "a filter that is none": (likeness.InvalidArgumentError, lambda s, v: s.search("pictures", v[0], filter={"most": 1})),
    "a filter that is no JSON": (likeness.InvalidArgumentError, lambda s, v: s.search("pictures", v[0], filter="{")),
    "a list as filter": (likeness.InvalidTypeError, lambda s, v: s.search("pictures", v[0], filter=[1])),
    "a filter without JSON": (likeness.InvalidTypeError, lambda s, v: s.count_points("pictures", {"must": {1}})),
    "a distance that is text": (likeness.InvalidTypeError, lambda s, v: s.search("pictures", v[0], within="far")),
    "a distance NaN": (likeness.InvalidArgumentError, lambda s, v: s.search("pictures", v[0], within=float("nan"))),
    "a negative offset": (likeness.InvalidArgumentError, lambda s, v: s.search("pictures", v[0], offset=-1)),
    "groups of nothing": (likeness.InvalidArgumentError, lambda s, v: s.search_groups("pictures", v[0], "a", size=0)),
    "groups of many queries": (likeness.InvalidArgumentError, lambda s, v: s.search_groups("pictures", v[:2], "a")),
    "groups by no path": (likeness.InvalidArgumentError, lambda s, v: s.search_groups("pictures", v[0], "a[")),
    "an unknown type": (likeness.InvalidArgumentError, lambda s, v: s.create_payload_index("pictures", "a", "text")),
    "no payload index": (likeness.NotFoundError, lambda s, v: s.delete_payload_index("pictures", "a")),
    "a number as name": (likeness.InvalidTypeError, lambda s, v: s.get(3, [1])),
    "an empty name": (likeness.Error, lambda s, v: s.upsert("", [1], v[:1])),
    "pickling": (likeness.InvalidTypeError, lambda s, v: __import__("pickle").dumps(s)),
}


@pytest.fixture(scope="module")
def wronged(tmp_path_factory, vectors):
    with Store(tmp_path_factory.mktemp("wrong") / "pictures.store") as store:
        store.upsert("pictures", numpy.arange(1000), vectors, field="pixels")
        yield store


@pytest.mark.parametrize("name", WRONG)
def test_wrong_input_raises_a_sentence(name, wronged, vectors):
    expected, call = WRONG[name]
    with pytest.raises(expected) as raised:
        call(wronged, vectors)
    assert isinstance(raised.value, likeness.Error)
    sentence = str(raised.value)
    assert (sentence.endswith(".") or "likeness index build" in sentence) and len(sentence.split()) > 3, sentence
    assert wronged.collections == ["pictures"] and wronged.count("pictures") == 1000


USES = {
    "upsert": lambda s, v: s.upsert("c", [1], v[:1]),
    "delete": lambda s, v: s.delete("pictures", [1]),
    "delete_collection": lambda s, v: s.delete_collection("pictures"),
    "get": lambda s, v: s.get("pictures", [1]),
    "count": lambda s, v: s.count("pictures"),
    "vectors": lambda s, v: s.vectors("pictures"),
    "describe": lambda s, v: s.describe(),
    "build_index": lambda s, v: s.build_index("pictures"),
    "tune_index": lambda s, v: s.tune_index("pictures", v),
    "delete_index": lambda s, v: s.delete_index("pictures"),
    "search": lambda s, v: s.search("pictures", v),
    "large k": lambda s, v: s.search("pictures", v, k=10**6),
}


@pytest.mark.parametrize("use", USES)
def test_a_closed_store_says_so(use, store, vectors):
    store.upsert("pictures", [1], vectors[:1])
    assert repr(store).endswith(": pictures>")
    store.close()
    store.close()
    with pytest.raises(likeness.ClosedError) as raised:
        USES[use](store, vectors)
    assert str(raised.value).endswith(".")
    assert repr(store).endswith(", closed>")


def test_what_is_no_store(tmp_path, vectors):
    with pytest.raises(FileNotFoundError):
        Store(tmp_path / "nothing", writable=False)
    assert not os.path.exists(tmp_path / "nothing")
    foreign = tmp_path / "file"
    foreign.write_bytes(b"not a store" * 100)
    with pytest.raises(likeness.Error) as raised:
        Store(foreign)
    assert str(raised.value).endswith(".")
    assert foreign.read_bytes() == b"not a store" * 100
    index = tmp_path / "index"
    likeness.Index.build(vectors, kind="flat").save(index)
    with pytest.raises(likeness.Error):
        Store(index, writable=False)


LABELS = ["cat", "dog", "bird", None]


@pytest.fixture
def labelled(store, vectors):
    payloads = [{"label": LABELS[i % 4], "size": i % 10} for i in range(1000)]
    store.upsert("pictures", numpy.arange(1000), vectors, payloads=payloads)
    return store


@pytest.mark.parametrize("kind", [None, *KINDS])
def test_a_filter_keeps_to_what_it_says(labelled, vectors, queries, kind):
    filter = {"must": [{"key": "label", "match": {"any": ["cat", "dog"]}}], "must_not": {"key": "size", "range": {"gt": 3}}}
    rows = numpy.arange(1000)
    allowed = rows[numpy.isin(rows % 4, [0, 1]) & (rows % 10 <= 3)]
    allowed_distances = numpy.full((20, 1000), numpy.inf)
    allowed_distances[:, allowed] = distances_of("l2", queries, vectors[allowed])
    if kind:
        labelled.build_index("pictures", kind=kind)
    for indexed in (False, True):
        if indexed:
            labelled.create_payload_index("pictures", "label", "keyword")
            labelled.create_payload_index("pictures", "size", "integer")
        assert labelled.count_points("pictures", filter) == len(allowed)
        ids, distances = labelled.search("pictures", queries, k=9, kind=kind, filter=filter)
        assert ids.shape == (20, 9)
        assert_nearest(ids, allowed_distances)
        assert (numpy.diff(distances, axis=1) >= 0).all()
        assert labelled.search("pictures", queries, k=1000, kind=kind, filter=filter)[0].shape == (20, len(allowed))
    described = labelled.describe()[0]["payload_indexes"]
    assert [index["key"] for index in described] == ["label", "size"] and all(index["complete"] for index in described)
    labelled.delete_payload_index("pictures", "size")
    assert labelled.count_points("pictures", filter) == len(allowed)
    assert labelled.count_points("pictures") == 1000


def test_bounds_pages_and_groups(labelled, vectors, queries):
    distances = distances_of("l2", queries[:1], vectors)[0]
    within = float(numpy.sort(distances)[40:42].mean())
    ids, _ = labelled.search("pictures", queries[0], k=1000, within=within)
    assert len(ids) == 41
    assert_nearest(ids, distances)
    following, _ = labelled.search("pictures", queries[0], k=5, offset=10)
    assert_nearest(numpy.concatenate([ids[:10], following]), distances)
    pages = list(labelled.pages("pictures", queries[0], size=300))
    assert [len(ids) for ids, _ in pages] == [300, 300, 300, 100]
    assert_nearest(numpy.concatenate([ids for ids, _ in pages]), distances)
    cats = {"must": {"key": "label", "match": {"value": "cat"}}}
    assert sum(len(ids) for ids, _ in labelled.pages("pictures", queries[0], 60, filter=cats)) == 250
    groups = labelled.search_groups("pictures", queries[0], "label", k=10, size=2)
    assert sorted(group.value for group in groups) == ["bird", "cat", "dog"]
    nearest = [group.distances[0] for group in groups]
    assert nearest == sorted(nearest)
    for group in groups:
        of_group = numpy.where([LABELS[row % 4] == group.value for row in range(1000)], distances, numpy.inf)
        assert group.ids.shape == (2,)
        assert_nearest(group.ids, of_group)
