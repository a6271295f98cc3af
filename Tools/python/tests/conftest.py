"""Data that the tests share. Set LIKENESS_SEED to the printed number to repeat a run."""

import os
import random

import numpy
import pytest

import likeness

KINDS = [kind["kind"] for kind in likeness.kinds]
EXACT = [kind["kind"] for kind in likeness.kinds if kind["exact"]]

SEED = int(os.environ.get("LIKENESS_SEED") or random.SystemRandom().randrange(2**32))


def pytest_report_header():
    return f"LIKENESS_SEED={SEED}"


@pytest.fixture
def generator():
    return numpy.random.default_rng(SEED)


@pytest.fixture(scope="session")
def vectors():
    """1,000 vectors of 24 numbers."""
    return numpy.random.default_rng(SEED + 1).normal(size=(1000, 24)).astype(numpy.float32)


@pytest.fixture(scope="session")
def queries():
    """20 queries for them."""
    return numpy.random.default_rng(SEED + 2).normal(size=(20, 24)).astype(numpy.float32)


def distances_of(metric, queries, vectors):
    """All distances in float64, of shape (n, m), by their definitions."""
    a, b = queries.astype(numpy.float64)[:, None], vectors.astype(numpy.float64)[None]
    if metric == "l2":
        return numpy.sqrt(((a - b) ** 2).sum(axis=2))
    if metric == "l2Squared":
        return ((a - b) ** 2).sum(axis=2)
    if metric == "l1":
        return numpy.abs(a - b).sum(axis=2)
    if metric == "innerProduct":
        return -(a * b).sum(axis=2)
    if metric == "cosine":
        return 1 - (a * b).sum(axis=2) / numpy.linalg.norm(a, axis=2) / numpy.linalg.norm(b, axis=2)
    assert metric == "minkowski:3"
    return (numpy.abs(a - b) ** 3).sum(axis=2) ** (1 / 3)


def assert_nearest(ids, all_distances, tolerance=1e-5):
    """Asserts that each row of ids holds different vectors, nearest first, and that no other vector is nearer.

    Shapes: ids (k,) beside distances (m,), or (n, k) beside (n, m). Vectors as far as each other in float32 may stand in
    either order, as the order in which a kernel sums is the machine's affair.
    """
    ids = numpy.asarray(ids).astype(int)
    assert all(len(set(row)) == len(row) for row in ids.reshape(-1, ids.shape[-1]).tolist())
    found = numpy.take_along_axis(all_distances, ids, axis=-1)
    nearest = numpy.sort(all_distances, axis=-1)[..., : ids.shape[-1]]
    numpy.testing.assert_allclose(found, nearest, rtol=tolerance, atol=tolerance)


def recall_of(distances, all_distances, tolerance=1e-4):
    """The share of results that are as near as the true k-th neighbour."""
    limits = numpy.sort(all_distances, axis=1)[:, distances.shape[1] - 1]
    return float((distances <= limits[:, None] + tolerance * (1 + abs(limits[:, None]))).mean())
