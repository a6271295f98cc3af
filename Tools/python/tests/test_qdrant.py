"""Filters, held to the engine of Qdrant where `qdrant-edge-py` is installed: `pip install qdrant-edge-py`."""

import random

import numpy
import pytest
from conftest import SEED

from likeness import Store

edge = pytest.importorskip("qdrant_edge", reason="qdrant-edge-py is not installed, so nothing was compared")

WORDS = ["cat", "dog", "Cat food", "bird-house", "", "ÄÖ 3"]
KEYS = ["label", "size", "score", "tags", "tags[]", "tags[0]", "box.a", "list[].b", "list", "flag", "absent"]
COUNT = 300


def scalar(choice):
    kind = choice.randrange(7)
    if kind == 0:
        return None
    if kind == 1:
        return choice.random() < 0.5
    if kind == 2:
        return [choice.choice(WORDS), choice.randint(-3, 6)]
    if kind == 3:
        return choice.randint(-6, 12) / 2
    return choice.choice(WORDS) if choice.random() < 0.5 else choice.randint(-3, 6)


def payload(choice):
    made = {
        "label": choice.choice(WORDS),
        "size": choice.randint(-3, 6),
        "score": choice.choice([choice.randint(-3, 6), choice.randint(-6, 12) / 2]),
        "tags": [scalar(choice) for _ in range(choice.randrange(4))],
        "box": {"a": scalar(choice)},
        "list": [{"b": scalar(choice)} if choice.random() < 0.5 else {"c": 1} for _ in range(choice.randrange(3))],
        "flag": scalar(choice),
    }
    return {key: value for key, value in made.items() if choice.random() < 0.85}


def condition(choice, depth):
    """A condition as JSON, and as the engine takes it."""
    key = choice.choice(KEYS)
    kind = choice.randrange(11 if depth else 10)
    if kind == 0:
        ids = [choice.randrange(COUNT) for _ in range(choice.randrange(20))]
        return {"has_id": ids}, edge.HasIdCondition(set(ids))
    if kind == 1:
        return {"is_empty": {"key": key}}, edge.IsEmptyCondition(key)
    if kind == 2:
        return {"is_null": {"key": key}}, edge.IsNullCondition(key)
    if kind in (3, 4):
        values = [choice.choice(WORDS) for _ in range(choice.randrange(4))]
        if kind == 4:
            values = [choice.randint(-3, 6) for _ in values]
        name, match = choice.choice([("any", edge.MatchAny), ("except", edge.MatchExcept)])
        return {"key": key, "match": {name: values}}, edge.FieldCondition(key, match=match(values))
    if kind == 5:
        text = choice.choice(WORDS)
        return {"key": key, "match": {"text": text}}, edge.FieldCondition(key, match=edge.MatchText(text))
    if kind in (6, 7):
        bounds = {name: choice.randint(-6, 12) / 2 for name in ("gt", "gte", "lt", "lte") if choice.random() < 0.4}
        return {"key": key, "range": bounds}, edge.FieldCondition(key, range=edge.RangeFloat(**bounds))
    if kind == 8:
        bounds = {name: choice.randrange(4) for name in ("gt", "gte", "lt", "lte") if choice.random() < 0.4}
        return {"key": key, "values_count": bounds}, edge.FieldCondition(key, values_count=edge.ValuesCount(**bounds))
    if kind == 9:
        # The engine's binding reads True as 1, so truth values are left to the unit tests.
        value = choice.choice([choice.choice(WORDS), choice.randint(-3, 6)])
        return {"key": key, "match": {"value": value}}, edge.FieldCondition(key, match=edge.MatchValue(value))
    return filters(choice, depth - 1)


def filters(choice, depth):
    """A filter as JSON, and as the engine takes it."""
    ours, theirs = {}, {}
    for clause in ("must", "should", "must_not"):
        if choice.random() < 0.5:
            made = [condition(choice, depth) for _ in range(choice.randrange(1, 3))]
            ours[clause], theirs[clause] = [one for one, _ in made], [one for _, one in made]
    if choice.random() < 0.25:
        made = [condition(choice, depth) for _ in range(choice.randrange(1, 4))]
        count = choice.randrange(4)
        ours["min_should"] = {"conditions": [one for one, _ in made], "min_count": count}
        theirs["min_should"] = edge.MinShould([one for _, one in made], count)
    return ours, edge.Filter(**theirs)


def test_filters_mean_what_the_engine_says(tmp_path):
    choice = random.Random(SEED)
    payloads = [payload(choice) for _ in range(COUNT)]
    (tmp_path / "shard").mkdir()
    shard = edge.EdgeShard.create(
        str(tmp_path / "shard"), edge.EdgeConfig(vectors=edge.EdgeVectorParams(size=1, distance=edge.Distance.Euclid))
    )
    points = [edge.Point(id=i, vector=[float(i)], payload=one) for i, one in enumerate(payloads)]
    shard.update(edge.UpdateOperation.upsert_points(points))
    with Store(tmp_path / "store") as store:
        store.upsert("c", numpy.arange(COUNT), numpy.arange(COUNT, dtype="f4")[:, None], payloads=payloads)
        for key, kind in (("label", "keyword"), ("size", "integer"), ("score", "float"), ("tags", "keyword")):
            for _ in range(150):
                ours, theirs = filters(choice, 2)
                found, _ = shard.scroll(edge.ScrollRequest(limit=COUNT, filter=theirs))
                expected = sorted(point.id for point in found)
                ids, _ = store.search("c", [0.0], k=COUNT, filter=ours)
                assert sorted(ids) == expected, ours
                assert store.count_points("c", ours) == len(expected)
            store.create_payload_index("c", key, kind)
