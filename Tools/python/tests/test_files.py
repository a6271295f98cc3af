"""Indexes in files: mapped and loaded, copied and pickled."""

import copy
import multiprocessing
import os
import pickle
from pathlib import Path

import likeness
import numpy
import pytest
from likeness import Index
from numpy.testing import assert_array_equal

KINDS = [kind["kind"] for kind in likeness.kinds]


def same_answers(one, other, queries):
    for mine, its in zip(one.search(queries), other.search(queries), strict=True):
        assert_array_equal(mine, its)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("load", [False, True])
def test_open_after_the_file_is_gone(kind, load, vectors, queries, tmp_path):
    index = Index.build(vectors, kind=kind)
    index.save(tmp_path / "a")
    opened = Index.open(tmp_path / "a", load=load)
    os.remove(tmp_path / "a")
    same_answers(index, opened, queries)
    opened.remove([1, 2])
    opened.upsert(vectors[:1] + 100, [0])
    assert 0 not in opened.search(vectors[0], k=5, exact=True)[0]
    assert opened.search(vectors[0] + 100, k=1, exact=True)[0] == [0]
    assert opened.count == 998


@pytest.mark.parametrize("kind", KINDS)
def test_a_large_file_is_checked_while_it_is_used(kind, tmp_path, generator):
    """Damage behind what is checked first is found, by searches as by everything else."""
    count = 2300 if kind == "matrix" else 45_000
    vectors = generator.standard_normal((count, 200 if kind != "matrix" else 8)).astype(numpy.float32)
    options = {"m": 4, "ef_construction": 10, "codes": "f32", "measure_recall": False} if kind == "hnsw" else {}
    index = Index.build(vectors, kind=kind, threads=0, **options)
    path = tmp_path / "large"
    index.save(path)
    size = path.stat().st_size
    assert size > 32 << 20
    with open(path, "r+b") as file:
        file.seek(size // 2)
        byte = file.read(1)[0]
        file.seek(size // 2)
        file.write(bytes([byte ^ 1]))
    with pytest.raises(likeness.InvalidDataError):
        Index.open(path, load=True)
    opened = Index.open(path)
    with pytest.raises(likeness.InvalidDataError, match="checksum|list"):
        opened.save(tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
    for call in (
        lambda: opened.search(vectors[0]),
        lambda: opened.vectors([1]),
        lambda: opened.add(vectors[:1]),
        lambda: pickle.dumps(opened),
    ):
        with pytest.raises(likeness.InvalidDataError):
            call()
    assert "checksum" in opened.stats.fault or "list" in opened.stats.fault


def private_bytes():
    """What this process has in memory that is no page of a file."""
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("Private_Dirty"))


def open_and_search(path, query, load):
    before = private_bytes()
    index = Index.open(path, load=load)
    index.search(query)
    index.search(query, exact=True)
    return private_bytes() - before


@pytest.mark.parametrize("load", [False, True])
def test_processes_share_a_mapped_index(tmp_path, generator, load):
    vectors = generator.standard_normal((60_000, 200)).astype(numpy.float32)
    Index.build(vectors, threads=0, m=4, ef_construction=10, codes="f32", measure_recall=False).save(tmp_path / "a")
    size = (tmp_path / "a").stat().st_size
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        private = pool.apply(open_and_search, (str(tmp_path / "a"), vectors[0], load))
    assert private > 0.9 * size if load else private < 0.1 * size


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("metric", ["l2", "cosine"])
def test_copies_are_whole_and_apart(kind, metric, vectors, queries):
    index = Index.build(vectors, numpy.arange(1000) * 7, kind=kind, metric=metric)
    index.remove([7])
    index.add(vectors[:1], [3])
    for make in (copy.copy, copy.deepcopy, lambda index: pickle.loads(pickle.dumps(index))):
        other = make(index)
        assert other.metric == metric and other.kind == kind
        assert sorted(other.ids) == sorted(index.ids)
        for mine, its in zip(index.search(queries, exact=True), other.search(queries, exact=True), strict=True):
            assert_array_equal(mine, its)
        other.remove([3])
        assert index.count == 1000 and other.count == 999


def test_a_pickle_that_was_altered_is_refused(vectors):
    data = bytearray(pickle.dumps(Index.build(vectors, kind="flat")))
    data[len(data) // 2] ^= 1
    with pytest.raises(likeness.InvalidDataError):
        pickle.loads(bytes(data))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("metric", ["l2", "cosine", "innerProduct"])
def test_vectors_are_read_back(kind, metric, vectors):
    given = numpy.arange(1000)[::-1] * 2
    index = Index.build(vectors, given, kind=kind, metric=metric)
    expected = vectors
    if metric == "cosine" and kind == "hnsw":
        expected = vectors / numpy.linalg.norm(vectors, axis=1, keepdims=True)
    numpy.testing.assert_allclose(index.vectors(), expected, rtol=1e-6)
    numpy.testing.assert_allclose(index.vectors([4, 0, 4]), expected[[997, 999, 997]], rtol=1e-6)
    assert index.vectors([]).shape == (0, 24)
    index.remove([4])
    index.add(vectors[:1] * 2, [5])
    with pytest.raises(likeness.NotFoundError, match="id 4 at position 1"):
        index.vectors([0, 4])
    read = index.vectors([5])
    if not (metric == "cosine" and kind == "hnsw"):
        assert_array_equal(read, vectors[:1] * 2)
    assert index.vectors().shape == (1000, 24)
    some = numpy.random.default_rng(1).permutation(index.ids)
    order = {id: place for place, id in enumerate(index.ids.tolist())}
    assert_array_equal(index.vectors(some), index.vectors()[[order[id] for id in some.tolist()]])
