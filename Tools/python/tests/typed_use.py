"""Every call with its types, for mypy --strict; test_package.py runs the checker, nobody runs this."""

import uuid
from pathlib import Path
from typing import Any, assert_type

import numpy
from numpy.typing import NDArray

import likeness

vectors: NDArray[numpy.float32] = numpy.zeros((10, 4), numpy.float32)
halves: NDArray[numpy.float16] = vectors.astype(numpy.float16)


def indexes(path: Path) -> None:
    index = likeness.Index.build(vectors, numpy.arange(10), kind="hnsw", metric="l2", threads=2, m=16, seed=7)
    assert_type(index, likeness.Index)
    ids, distances = index.search(halves, k=3, threads=2, ef_search=30)
    assert_type(ids, NDArray[numpy.uint64])
    assert_type(distances, NDArray[numpy.float32])
    index.search([0.0, 1.0, 2.0, 3.0], numpy.int64(5), recall=0.95)
    index.add([[1.0, 2.0, 3.0, 4.0]], [11])
    index.remove(11)
    index.remove(ids[0])
    index.settle(threads=2)
    index.tune(vectors, threads=2)
    assert_type(index.operating_points, dict[str, Any] | None)
    assert_type(index.stats.rebuilds, dict[str, int])
    assert_type(index.stats.codes_fit, bool)
    index.save(path)
    assert_type(len(index) + index.count + index.dimension + index.memory_bytes, int)
    assert_type(index.kind + index.metric + index.stats.kind, str)
    assert_type(index.stats.codes, str | None)
    assert_type(index.stats.fault, str | None)
    with likeness.Index.open(str(path)) as opened:
        assert_type(opened.ids, NDArray[numpy.uint64])


def stores(path: Path) -> None:
    with likeness.Store(path, writable=True) as store:
        store.upsert("pictures", [1, uuid.uuid4()], vectors[:2], field="pixels", payloads=[{"label": "cat"}, None])
        store.build_index("pictures", kind="hnsw", m=8, measure_recall=False)
        store.tune_index("pictures", vectors, threads=1)
        ids, distances = store.search("pictures", vectors[0], k=3, ef_search=20)
        assert_type(ids, NDArray[numpy.object_])
        assert_type(distances, NDArray[numpy.float32])
        for point in store.get("pictures", ids):
            if point is not None:
                print(point["payload"])
        all_ids, all_vectors = store.vectors("pictures", "pixels")
        assert_type(all_vectors, NDArray[numpy.float32])
        store.delete("pictures", all_ids)
        store.delete_index("pictures", kind="hnsw")
        assert_type(store.collections, list[str])
        assert_type(store.count("pictures"), int)
        store.delete_collection("pictures")
