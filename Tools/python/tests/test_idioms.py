"""Runs every row of the README's tables with the real hnswlib and Faiss, and with Likeness, and compares."""

import re
from pathlib import Path

import faiss
import hnswlib
import numpy
import pytest
from conftest import distances_of
from numpy.testing import assert_allclose, assert_array_equal

import likeness

README = Path(__file__).parents[1] / "README.md"
LIBRARIES = {"hnswlib": hnswlib, "Faiss": faiss}


def rows_of(library):
    """The pairs of code in the table under `## From library`."""
    section = README.read_text().split(f"## From {library}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    rows = [re.fullmatch(r"\| `([^`]+)` \| `([^`]+)` \|", line) for line in lines]
    assert all(rows) and len(rows) > 10
    return [(row[1], row[2]) for row in rows]


def neighbours(names):
    """The ids among the values of a row, and the distances as both sides count them."""
    distances = names.get("products", names.get("distances", names.get("D")))
    return numpy.atleast_2d(names.get("labels", names.get("I"))).astype(numpy.int64), numpy.atleast_2d(distances)


@pytest.mark.parametrize("library", LIBRARIES)
def test_every_row_does_the_same(library, vectors, queries, tmp_path):
    ids = numpy.arange(1000) * 7 + 2
    common = {"numpy": numpy, "vectors": vectors, "queries": queries, "d": 24, "n": 1000, "ids": ids}
    their_names = {**common, library.lower(): LIBRARIES[library], "path": str(tmp_path / "theirs")}
    our_names = {**common, "Index": likeness.Index, "path": str(tmp_path / "ours")}
    kept = {name: value.copy() for name, value in common.items() if isinstance(value, numpy.ndarray)}
    compared = 0
    for theirs, ours in rows_of(library):
        print(theirs, "|", ours)
        assert "\n" not in ours and not re.search(r"\bimport\b", ours)
        results = []
        for code, names in ((theirs, their_names), (ours, our_names)):
            for name in ("labels", "distances", "I", "D", "products", "count", "dimension", "known", "rows"):
                names.pop(name, None)
            exec(code, names)
            results.append(set(names) & {"count", "dimension", "known", "rows", "labels", "I"})
        assert results[0] == results[1], "both sides give the same things"
        for name in results[0] & {"count", "dimension", "known", "rows"}:
            assert_array_equal(their_names[name], our_names[name])
            compared += 1
        if results[0] & {"labels", "I"}:
            their_ids, their_distances = neighbours(their_names)
            our_ids, our_distances = neighbours(our_names)
            assert their_ids.shape == our_ids.shape
            # Graphs are not exact, and hnswlib's differ from build to build, so that one query alone says little;
            # distances of the same neighbour are alike always.
            same = their_ids[:, :, None] == our_ids[:, None]
            graph = 0.6 if len(their_ids) > 1 else 0
            assert same.any(axis=2).mean() > (0.999 if our_names["index"].kind == "flat" else graph)
            row, theirs_at, ours_at = same.nonzero()
            assert_allclose(their_distances[row, theirs_at], our_distances[row, ours_at], rtol=1e-4, atol=1e-4)
            compared += 1
    assert compared >= 7
    for name, value in kept.items():
        assert_array_equal(common[name], value)


def test_fewer_than_k(vectors, queries):
    """What the README says of the one thing that differs."""
    theirs = hnswlib.Index("l2", 24)
    theirs.init_index(3)
    theirs.add_items(vectors[:3])
    with pytest.raises(RuntimeError):
        theirs.knn_query(queries, k=5)
    flat = faiss.IndexFlatL2(24)
    flat.add(vectors[:3])
    assert (flat.search(queries, 5)[1][:, 3:] == -1).all()
    ids, distances = likeness.Index.build(vectors[:3], metric="l2Squared").search(queries, 5)
    assert ids.shape == (20, 3)
    assert_allclose(distances, numpy.sort(distances_of("l2Squared", queries, vectors[:3])), rtol=1e-4)


def test_the_quick_start_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names = {}
    for block in re.findall(r"```python\n(.*?)```", README.read_text(), re.S):
        exec(block, names)
    assert names["ids"].shape == (100, 10) and "cat" in capsys.readouterr().out
    assert (names["ids"] % 2 == 0).all()
    assert [group.value for group in names["groups"]] == ["cat", "dog"]
    assert {path.name for path in tmp_path.iterdir()} == {"vectors.index", "my.store"}
