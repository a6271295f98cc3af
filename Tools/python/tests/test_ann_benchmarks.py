"""The algorithm folder of ann-benchmarks, driven as their runner drives it."""

import importlib
import itertools
import sys
import types
from pathlib import Path

import numpy
import pytest
import yaml
from conftest import distances_of

FOLDER = Path(__file__).resolve().parents[3] / "Benchmarks" / "ann-benchmarks" / "likeness"
METRICS = {"euclidean": "l2", "angular": "cosine", "ip": "innerProduct"}


class BaseANN:
    """What their base class gives to algorithms that leave it as it is."""

    def done(self):
        pass

    def get_additional(self):
        return {}

    def __str__(self):
        return self.name


@pytest.fixture
def algorithms(monkeypatch):
    """A package that looks like `ann_benchmarks.algorithms`, with our folder in it."""
    parent = types.ModuleType("ann_benchmarks.algorithms")
    parent.__path__ = [str(FOLDER.parent)]
    base = types.ModuleType("ann_benchmarks.algorithms.base.module")
    base.BaseANN = BaseANN
    modules = {
        "ann_benchmarks": types.ModuleType("ann_benchmarks"),
        "ann_benchmarks.algorithms": parent,
        "ann_benchmarks.algorithms.base": types.ModuleType("ann_benchmarks.algorithms.base"),
        "ann_benchmarks.algorithms.base.module": base,
    }
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    yield
    for name in [name for name in sys.modules if name.startswith("ann_benchmarks")]:
        del sys.modules[name]


def combinations(arguments):
    """Every choice out of a list, or out of a dictionary's lists."""
    if isinstance(arguments, dict):
        choices = [value if isinstance(value, list) else [value] for value in arguments.values()]
        return [dict(zip(arguments, chosen, strict=True)) for chosen in itertools.product(*choices)]
    return [list(chosen) for chosen in itertools.product(*(v if isinstance(v, list) else [v] for v in arguments))]


def definitions(metric):
    """Module, constructor, its arguments and the groups of query arguments, for every run that the file asks for."""
    for algorithm in yaml.safe_load((FOLDER / "config.yml").read_text())["float"]["any"]:
        assert {"name", "docker_tag", "module", "constructor"} <= set(algorithm)
        for group in algorithm["run_groups"].values():
            groups = [combinations(part) if isinstance(part, dict) else part for part in group["arg_groups"]]
            for chosen in combinations(groups):
                arguments = [metric if part == "@metric" else part for part in algorithm["base_args"]] + chosen
                yield algorithm, arguments, combinations(group.get("query_args", [])) if "query_args" in group else [[]]


def run(algorithm, arguments, query_groups, train, test, count, batch):
    """One run of their runner; yields the algorithm's name and its answers for each group of query arguments."""
    module = importlib.import_module(algorithm["module"] + ".module")
    algo = getattr(module, algorithm["constructor"])(*arguments)
    try:
        before = algo.get_memory_usage()
        algo.fit(train)
        assert algo.get_memory_usage() - before >= train.nbytes / 1024
        for group in query_groups:
            if group:
                algo.set_query_arguments(*group)
            if batch:
                algo.batch_query(test, count)
                answers = algo.get_batch_results()
            else:
                answers = [algo.query(query, count) for query in test]
            yield str(algo), [[int(row) for row in answer] for answer in answers]
            assert algo.get_additional() == {}
    finally:
        algo.done()


@pytest.mark.parametrize("batch", [False, True])
@pytest.mark.parametrize("metric", METRICS)
def test_every_definition_runs(metric, batch, algorithms, vectors, queries):
    expected = distances_of(METRICS[metric], queries, vectors)
    true = [set(row) for row in expected.argsort(axis=1)[:, :10].tolist()]
    names, recalls = [], {}
    for algorithm, arguments, query_groups in definitions(metric):
        groups = [query_groups[0], query_groups[-1]] if len(query_groups) > 1 else query_groups
        for name, answers in run(algorithm, arguments, groups, vectors, queries, 10, batch):
            assert [len(answer) for answer in answers] == [10] * len(queries)
            names.append(name)
            recalls[name] = sum(len(set(a) & t) for a, t in zip(answers, true, strict=True)) / 10 / len(queries)
    assert len(set(names)) == len(names) > 10
    assert min(recalls.values()) > 0.3 and max(recalls.values()) > 0.99
    flat = [recall for name, recall in recalls.items() if "flat" in name]
    assert flat and min(flat) > 0.99


def test_other_distances_are_refused(algorithms):
    module = importlib.import_module("ann_benchmarks.algorithms.likeness.module")
    with pytest.raises(ValueError, match="not under hamming"):
        module.Likeness("hamming", "flat", {})
