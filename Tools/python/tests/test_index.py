"""What an index answers, against distances computed by their definitions."""

from dataclasses import astuple, replace

import numpy
import pytest
from conftest import EXACT, KINDS, assert_nearest, distances_of, recall_of
from numpy.testing import assert_allclose, assert_array_equal

import likeness
from likeness import Index

METRICS = ["l2", "l2Squared", "cosine", "innerProduct", "l1", "minkowski:3"]


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("kind", KINDS)
def test_answers_are_the_nearest(kind, metric, vectors, queries):
    ids = numpy.arange(len(vectors)) * 3 + 7
    index = Index.build(vectors, ids, kind=kind, metric=metric)
    expected = distances_of(metric, queries, vectors)
    for exact in (False, True):
        found, distances = index.search(queries, k=10, exact=exact)
        assert found.shape == distances.shape == (20, 10)
        assert found.dtype == numpy.uint64 and distances.dtype == numpy.float32
        rows = (found.astype(numpy.int64) - 7) // 3
        assert_allclose(distances, numpy.take_along_axis(expected, rows, axis=1), rtol=1e-4, atol=1e-4)
        assert recall_of(distances, expected) >= (1 if exact or kind in EXACT else 0.9)
        assert (numpy.diff(distances, axis=1) >= 0).all()


def test_a_matrix_answers_for_its_own_vectors(vectors):
    index = Index.build(vectors, kind="matrix", byte_limit=2**28)
    found, distances = index.search(vectors[:20], k=5)
    expected = distances_of("l2", vectors[:20], vectors)
    assert_allclose(distances, numpy.sort(expected, axis=1)[:, :5], rtol=1e-4, atol=1e-3)
    assert_array_equal(found[:, 0], numpy.arange(20))


def test_one_query_is_a_batch_of_one(vectors, queries):
    index = Index.build(vectors)
    ids, distances = index.search(queries, k=7)
    for i, query in enumerate(queries):
        one, its = index.search(query, 7)
        assert one.shape == its.shape == (7,)
        assert_array_equal(one, ids[i])
        assert_allclose(its, distances[i], rtol=1e-6)


def test_threads_do_not_change_the_answer(vectors, queries):
    index = Index.build(vectors, kind="hnsw", threads=1)
    alone = index.search(queries, threads=1)
    for threads in (0, 2, 5):
        together = index.search(queries, threads=threads)
        assert_array_equal(together[0], alone[0])
        assert_array_equal(together[1], alone[1])


def test_results_are_as_narrow_as_the_index(vectors, queries):
    index = Index.build(vectors[:4], kind="flat")
    for k in (5, 100, 2**40, 2**63 - 1):
        ids, distances = index.search(queries, k=k)
        assert ids.shape == distances.shape == (20, 4)
        assert index.search(queries[0], k=k)[0].shape == (4,)
    assert ids.flags.owndata and ids.flags.c_contiguous
    assert [part.shape for part in index.search(queries[:0], k=3)] == [(0, 3), (0, 3)]


@pytest.mark.parametrize("dtype", ["f8", "f2", "u1", "i1", "i2", "u2", "?"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_dtype_is_taken(dtype, kind, vectors, queries):
    base, asked = (abs(array * 20).astype(dtype) for array in (vectors, queries))
    expected = Index.build(base.astype(numpy.float32), kind=kind).search(asked.astype(numpy.float32))
    index = Index.build(base, kind=kind)
    assert_array_equal(index.search(asked)[0], expected[0])
    assert_array_equal(index.search(asked)[1], expected[1])
    assert_array_equal(index.search(asked[0])[0], expected[0][0])


def test_every_layout_is_taken(vectors, queries):
    index = Index.build(vectors, kind="flat")
    expected = index.search(queries)
    wide = numpy.zeros((20, 60), numpy.float32)
    wide[:, 12:36] = queries
    bytes_between = numpy.zeros((20, 97), numpy.uint8)
    unaligned = bytes_between[:, 1:].view(numpy.float32)
    unaligned[...] = queries
    read_only = queries.copy()
    read_only.flags.writeable = False
    layouts = [
        wide[:, 12:36],
        numpy.asfortranarray(queries),
        unaligned,
        queries.astype(">f4"),
        read_only,
        queries.tolist(),
        tuple(map(tuple, queries.tolist())),
        memoryview(queries),
        numpy.repeat(queries, 2, axis=1)[:, ::2],
    ]
    for layout in layouts:
        assert_array_equal(index.search(layout)[0], expected[0])
    assert_array_equal(index.search(queries[::-1])[0], expected[0][::-1])
    assert_array_equal(index.search(numpy.broadcast_to(queries[3], (5, 24)))[0], expected[0][[3] * 5])
    gapped, dense = Index.build(vectors[::2]), Index.build(vectors[::2].copy())
    assert_array_equal(gapped.search(queries)[1], dense.search(queries)[1])


def test_lists_of_integers_are_vectors():
    index = Index.build([[0, 0], [3, 4], [6, 8]], kind="flat")
    ids, distances = index.search([0, 0], k=3)
    assert ids.tolist() == [0, 1, 2] and distances.tolist() == [0, 5, 10]


@pytest.mark.parametrize(
    "ids",
    [[2**64 - 2, 0, 5], numpy.array([9, 8, 7], numpy.int16), (numpy.uint64(2**63), 1, 2), range(3), iter([4, 5, 6])],
)
def test_ids_are_any_integers(ids, vectors):
    expected = list(ids) if not hasattr(ids, "__next__") else [4, 5, 6]
    index = Index.build(vectors[:3], iter(expected) if hasattr(ids, "__next__") else ids, kind="flat")
    assert index.ids.dtype == numpy.uint64
    assert index.ids.tolist() == expected
    assert index.search(vectors[1], k=1)[0].tolist() == [expected[1]]


@pytest.mark.parametrize("kind", KINDS)
def test_adding_and_removing(kind, vectors, queries):
    index = Index.build(vectors[:500], kind=kind)
    index.add(vectors[500:])
    whole = Index.build(vectors, kind="flat")
    assert_array_equal(index.ids, numpy.arange(1000))
    assert_array_equal(index.search(queries, exact=True)[0], whole.search(queries)[0])
    index.remove(numpy.arange(0, 1000, 2))
    index.remove(1)
    assert len(index) == index.count == 499
    assert_array_equal(index.ids, numpy.arange(3, 1000, 2))
    kept = distances_of("l2", queries, vectors[3::2])
    assert_allclose(index.search(queries, exact=True)[1], numpy.sort(kept, axis=1)[:, :10], rtol=1e-5)
    index.add(vectors[:1], [10**12])
    assert index.search(vectors[0], k=1)[0].tolist() == [10**12]
    index.upsert(vectors[1:3], [3, 10**12])
    assert len(index) == 500
    assert index.search(vectors[1], k=1)[0].tolist() == [3]
    assert index.search(vectors[2], k=1)[0].tolist() == [10**12]


def test_settings_have_the_names_of_their_kinds(vectors, queries):
    index = Index.build(vectors)
    expected = index.search(queries, ef_search=80)
    for same in (index.search(queries, setting=80), index.search(queries, 10, setting=None, ef_search=80)):
        assert (same[0] == expected[0]).all() and (same[1] == expected[1]).all()
    with pytest.raises(likeness.InvalidArgumentError, match="ef_search"):
        index.search(queries, probes=3)
    with pytest.raises(likeness.InvalidArgumentError, match="exclude"):
        index.search(queries, setting=3, ef_search=3)
    Index.build(vectors, kind="flat").search(queries, ef_search=3)


def test_kinds_are_told():
    kinds = {kind["kind"]: kind for kind in likeness.kinds}
    assert likeness.kinds[0]["kind"] == "hnsw" and kinds["flat"]["exact"] and kinds["flat"]["parameters"] == []
    parameters = {parameter["name"]: parameter for parameter in kinds["hnsw"]["parameters"]}
    assert (parameters["m"]["least"], parameters["m"]["most"], parameters["m"]["default"]) == (2, 512, 16)
    assert parameters["codes"]["choices"] == ["f32", "f16", "rq8", "sq8"] and parameters["codes"]["default"] is None
    assert kinds["hnsw"]["setting"]["name"] == "efSearch" and kinds["matrix"]["setting"] is None


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_changes(kind, vectors, tmp_path):
    index = Index.build(vectors[:100], kind=kind)
    index.add(vectors[100:200])
    index.remove(range(50))
    index.upsert(vectors[:10], range(190, 200))
    assert len(index) == 150
    index.save(tmp_path / "index")
    for changed in (index, Index.open(tmp_path / "index")):
        assert sorted(changed.ids.tolist()) == list(range(50, 200))
        assert changed.search(vectors[150], k=1)[0].tolist() == [150]
        assert changed.search(vectors[3], k=1)[0].tolist() == [193]


def test_more_candidates_find_more(vectors, queries):
    index = Index.build(vectors, m=4, ef_construction=20, seed=3)
    expected = distances_of("l2", queries, vectors)
    recalls = [recall_of(index.search(queries, ef_search=ef)[1], expected) for ef in (10, 500)]
    assert recalls[0] < recalls[1] and recalls[1] > 0.95


@pytest.mark.parametrize("codes", ["f32", "f16", "rq8"])
def test_a_graph_over_codes_finds_as_much(vectors, queries, codes):
    index = Index.build(vectors, codes=codes)
    expected = distances_of("l2", queries, vectors)
    _, distances = index.search(queries, ef_search=200)
    assert recall_of(distances, expected) > 0.97
    assert index.memory_bytes > Index.build(vectors, kind="flat").memory_bytes


def test_a_recall_can_be_asked_for(vectors):
    index = Index.build(vectors)
    expected = distances_of("l2", vectors, vectors)
    _, distances = index.search(vectors, k=10, recall=0.95)
    assert recall_of(distances, expected) >= 0.9
    assert recall_of(index.search(vectors, k=10, exact=True)[1], expected) == 1


def test_operating_points_are_of_vectors_that_were_held_out(vectors, tmp_path):
    index = Index.build(vectors)
    points = index.operating_points
    assert points["source"] == "heldOut" and points["query_count"] == 100 and points["vector_count"] == 900
    for point in points["points"]:
        assert point["setting"] >= point["k"] >= 1 and 0 < point["recall"] <= 1 and point["error"] >= 0
        assert 0 < point["query_count"] <= 100
    assert {1, 10, 100} <= {point["k"] for point in points["points"]}
    index.save(tmp_path / "index")
    assert Index.open(tmp_path / "index").operating_points == points
    for kind in EXACT:
        assert Index.build(vectors, kind=kind).operating_points is None


def test_the_measuring_can_be_left_out_and_done_later(generator):
    centres = generator.normal(size=(50, 16)) * 3
    vectors, queries = (
        (centres[generator.integers(50, size=n)] + generator.normal(size=(n, 16))).astype("f4") for n in (6000, 300)
    )
    index = Index.build(vectors, measure_recall=False)
    assert index.operating_points is None
    with pytest.raises(likeness.InvalidArgumentError, match="measured"):
        index.search(queries, recall=0.9)
    with pytest.raises(likeness.InvalidArgumentError, match="measureRecall"):
        Index.build(vectors[:10], measure_recall="no")
    index.tune(queries, threads=2)
    points = index.operating_points
    assert points["source"] == "queries" and points["query_count"] == 300 and points["vector_count"] == 6000
    expected = distances_of("l2", queries, vectors)
    assert recall_of(index.search(queries, k=10, recall=0.95)[1], expected) >= 0.93
    assert points["seen_query_count"] == 0
    # What comes later does not count beside the user's own queries.
    index.add(vectors[:500] + numpy.float32(0.01))
    index.settle()
    assert index.operating_points["source"] == "queries"
    index.tune(numpy.concatenate([vectors[1000:1100], queries]))
    assert index.operating_points["seen_query_count"] == 100


def test_only_a_graph_is_tuned(vectors, queries):
    for kind in EXACT:
        with pytest.raises(likeness.UnsupportedError, match="exact"):
            Index.build(vectors, kind=kind).tune(queries)
    index = Index.build(vectors)
    with pytest.raises(likeness.InvalidArgumentError):
        index.tune(queries[:0])
    with pytest.raises(likeness.InvalidDataError):
        index.tune(queries[:, :5])
    with pytest.raises(likeness.InvalidDataError):
        index.tune(queries * numpy.nan)
    assert index.operating_points["source"] == "heldOut"


def test_stats_say_that_the_index_was_built_anew(generator):
    vectors = generator.normal(size=(2000, 48)).astype("f4")
    index = Index.build(vectors, codes="rq8")
    assert index.stats.codes_fit and index.stats.rebuilds == {}
    # Another model's vectors take the place of all.
    others = (vectors * 1000 + 50_000).astype("f4")
    index.upsert(others, numpy.arange(2000))
    index.settle()
    assert index.stats.codes_fit and sum(index.stats.rebuilds.values()) >= 1, index.stats
    expected = distances_of("l2", others[:50], others)
    assert recall_of(index.search(others[:50], k=10, ef_search=200)[1], expected, tolerance=1e-3) > 0.9


def test_stats(vectors):
    index = Index.build(vectors, kind="flat", metric="cosine")
    assert astuple(index.stats) == (1000, 24, index.memory_bytes, "flat", "cosine", None, None, True, {})
    assert (index.count, index.dimension, index.kind, index.metric) == (1000, 24, "flat", "cosine")
    assert index.memory_bytes >= vectors.nbytes
    assert repr(index) == "<likeness.Index flat cosine 1000 × 24>"


@pytest.mark.parametrize(("metric", "codes"), [("l2", "f32"), ("l2", "f16"), ("cosine", "rq8"), ("l1", "sq8")])
def test_stats_say_which_codes_are_compared(vectors, metric, codes, tmp_path):
    index = Index.build(vectors, metric=metric, codes=codes)
    assert index.stats.codes == codes
    index.save(tmp_path / "saved.index")
    assert Index.open(tmp_path / "saved.index").stats.codes == codes


@pytest.mark.parametrize("kind", KINDS)
def test_saved_indexes_answer_alike(kind, vectors, tmp_path):
    index = Index.build(vectors, numpy.arange(1000)[::-1], kind=kind, metric="l1")
    path = tmp_path / "Größe 1.index"
    index.save(path)
    for name in (path, str(path), str(path).encode()):
        with Index.open(name) as opened:
            assert replace(opened.stats, memory_bytes=0) == replace(index.stats, memory_bytes=0)
            assert_array_equal(opened.ids, index.ids)
            for mine, its in zip(index.search(vectors[:50]), opened.search(vectors[:50]), strict=True):
                assert_array_equal(mine, its)
    index.save(path)


def test_closing(vectors):
    with Index.build(vectors) as index:
        assert len(index) == 1000
    assert repr(index) == "<likeness.Index, closed>"
    index.close()


@pytest.mark.parametrize("kind", KINDS)
def test_a_filter_leaves_only_what_it_allows(kind, vectors, queries):
    given = numpy.arange(1000, dtype=numpy.uint64) * 3 + 5
    index = Index.build(vectors, given, kind=kind)
    all_distances = distances_of("l2", queries, vectors)
    mask = numpy.random.default_rng(4).random(1000) < 0.1
    for filter in (mask, mask.tolist(), given[mask], [*given[mask].tolist(), 1]):
        ids, distances = index.search(queries, k=7, filter=filter)
        rows = (ids.astype(int) - 5) // 3
        assert rows.shape == (20, 7)
        assert_nearest(rows, numpy.where(mask, all_distances, numpy.inf))
        assert_allclose(distances, numpy.take_along_axis(all_distances, rows, axis=1), rtol=1e-5)
    few, _ = index.search(queries[0], k=7, filter=given[:3])
    assert sorted(few) == given[:3].tolist()
    assert index.search(queries[0], filter=[])[0].shape == (0,)
    assert index.search(queries, filter=numpy.zeros(1000, bool))[0].shape == (20, 0)


@pytest.mark.parametrize("kind", KINDS)
def test_all_within_a_distance_are_found(kind, vectors, queries):
    index = Index.build(vectors, kind=kind)
    all_distances = distances_of("l2", queries, vectors)
    within = float(numpy.sort(all_distances[0])[30] + 1e-4)
    ids, distances = index.search(queries, k=1000, within=within)
    for row, found in enumerate(ids):
        near = (all_distances[row] <= within).nonzero()[0]
        assert set(found[: len(near)]) == set(near)
        assert (found[len(near) :] == 2**64 - 1).all()
        assert numpy.isinf(distances[row, len(near) :]).all()
    single, _ = index.search(queries[0], k=1000, within=within)
    assert len(single) == 31
    assert len(index.search(queries[0], k=4, within=within)[0]) == 4
