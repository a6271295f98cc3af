#!/usr/bin/env python3
"""Tests of `Benchmarks/peers`: exact answers, results that survive, wrong input, and a short run of the whole command.

Run it as a script; what needs an environment that is not made says that it is skipped. `Benchmarks/peers --quick
--peers hnswlib` makes those environments.
"""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from comparison import environments
from comparison.libraries.hnswlib import Hnswlib

OWN = environments.HOME / "own" / "bin" / "python"
COMMAND = [sys.executable, str(HERE / "peers")]
SEED = 7

is_made = environments.is_made("own", environments.OWN)
if is_made and Path(sys.prefix) != environments.HOME / "own":
    os.execv(OWN, [str(OWN), *sys.argv])

own = unittest.skipUnless(is_made, f"{OWN} is not made; run Benchmarks/peers --quick")
hnswlib = unittest.skipUnless(
    environments.is_made("hnswlib", Hnswlib.requirements),
    "hnswlib's environment is not made; run Benchmarks/peers --quick",
)
likeness = unittest.skipUnless(
    environments.is_ours_there(), "the Python package is not installed in Tools/.setup/python; run Tools/python/install"
)


def run(*words):
    """Runs the command, and gives its exit status and what it said on both streams."""
    done = subprocess.run([*COMMAND, *map(str, words)], capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout, done.stderr


@own
class ExactAnswers(unittest.TestCase):
    def setUp(self):
        import numpy
        from comparison import truth

        self.numpy, self.truth = numpy, truth
        self.random = numpy.random.default_rng(SEED)
        print(f"seed {SEED}")

    def expected(self, base, queries, k, metric):
        """Right answers the slow way, in extended precision."""
        wide, asked = (part.astype(self.numpy.longdouble) for part in (base, queries))
        keys = []
        for number, query in enumerate(asked):
            if metric == "l2":
                distances = ((wide - query) ** 2).sum(axis=1)
            else:
                distances = 1 - wide @ query / self.numpy.sqrt((wide**2).sum(axis=1) * (query**2).sum())
            limit = self.numpy.sort(distances)[k - 1] + 1e-15
            keys += [number * len(base) + row for row in self.numpy.flatnonzero(distances <= limit)]
        return keys

    def test_equal_those_of_the_slow_way(self):
        for metric in ("l2", "cosine"):
            for scale in (1, 1e-3, 1e4):
                base = (self.random.standard_normal((700, 19)) * scale + scale).astype("f4")
                queries = (self.random.standard_normal((300, 19)) * scale + scale).astype("f4")
                found = self.truth.right_answers(base, queries, 5, metric)
                self.assertEqual(found.tolist(), self.expected(base, queries, 5, metric), f"{metric}, {scale}")

    def test_count_all_ties(self):
        base = self.random.integers(0, 3, (500, 4)).astype("f4")
        queries = base[:20]
        keys = self.truth.right_answers(base, queries, 3, "l2")
        self.assertEqual(keys.tolist(), self.expected(base, queries, 3, "l2"))
        self.assertGreater(len(keys), 3 * len(queries))
        # Any three of a query's right rows are a full answer.
        last = self.numpy.array([[key % 500 for key in keys if key // 500 == query][-3:] for query in range(20)])
        self.assertEqual(self.truth.recall(last, keys, 500, 3), 1)

    def test_tell_near_ones_apart_that_float32_cannot(self):
        base = self.numpy.full((40, 8), 4096, "f4")
        base[:, 0] += (
            self.numpy.arange(40, dtype="f4") / 2048
        )  # far from the query, and from each other by next to nothing
        query = self.numpy.zeros((1, 8), "f4")
        self.assertEqual(self.truth.right_answers(base, query, 3, "l2").tolist(), [0, 1, 2])

    def test_recall_counts_no_row_twice_and_no_row_that_is_not_there(self):
        keys = self.numpy.array([0, 1, 2, 10, 11, 12])  # of two queries, rows 0 to 2 of 10
        recall = self.truth.recall
        self.assertEqual(recall([[0, 1, 2], [2, 1, 0]], keys, 10, 3), 1)
        self.assertEqual(recall([[0, 0, 0], [1, 1, 2]], keys, 10, 3), 0.5)
        self.assertEqual(recall([[-1, 10, 4294967295], [2**63 - 1, 3, 0]], keys, 10, 3), 1 / 6)
        self.assertEqual(recall(self.numpy.array([[2**64 - 1, 1, 0], [9, 8, 7]], "u8"), keys, 10, 3), 2 / 6)

    def test_fewer_vectors_than_neighbours(self):
        base = self.random.standard_normal((4, 3)).astype("f4")
        keys = self.truth.right_answers(base, base, 10, "l2")
        self.assertEqual(self.truth.recall([[0, 1, 2, 3]] * 4, keys, 4, 10), 1)


@own
class WrongInput(unittest.TestCase):
    def refused(self, status, words, sentence):
        found = run(*words)
        self.assertEqual(found[0], status, found)
        self.assertEqual(found[1], "")
        self.assertIn(sentence, found[2].splitlines()[-1])
        self.assertNotIn("Traceback", found[2])

    def test_names(self):
        self.refused(64, ["mnist"], "there is no data set 'mnist'")
        self.refused(64, ["--peers", "faizz"], "there is no peer 'faizz'")
        self.refused(64, ["--kinds", "tree"], "there is no kind of ours 'tree'")
        self.refused(64, ["--k", "0"], "--k")
        self.refused(64, ["--frob"], "--frob")
        self.refused(64, ["--kinds", "none", "--peers", "none"], "nothing is left to compare")

    def test_files(self):
        import h5py
        import numpy

        with tempfile.TemporaryDirectory() as folder:
            self.refused(66, [f"{folder}/none.hdf5"], "not a file")
            path = f"{folder}/broken.hdf5"
            Path(path).write_bytes(b"no HDF5 at all")
            self.refused(65, [path, "--output", folder], "no HDF5 file")
            vectors = numpy.ones((20, 4), "f4")
            for attribute, members, sentence in (
                ("euclidean", {"train": vectors}, "has no 'test'"),
                ("hamming", {"train": vectors, "test": vectors}, "'hamming'"),
                (None, {"train": vectors, "test": vectors}, "distance None"),
                ("euclidean", {"train": vectors, "test": vectors[:, :3]}, "its queries 3"),
                ("euclidean", {"train": vectors * numpy.nan, "test": vectors}, "not finite"),
                ("angular", {"train": vectors, "test": vectors * 0}, "row of zeros"),
                ("euclidean", {"train": vectors[:0], "test": vectors}, "no rows"),
            ):
                with h5py.File(path, "w") as file:
                    for name, member in members.items():
                        file[name] = member
                    if attribute:
                        file.attrs["distance"] = attribute
                self.refused(65, [path, "--output", folder], sentence)

    def test_output(self):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "file").write_text("")
            self.refused(74, ["fashion-mnist", "--output", f"{folder}/file"], "cannot be read or written")
            Path(folder, "results.jsonl").write_text('{"run": {"library":')
            self.refused(65, ["fashion-mnist", "--output", folder], "line 1 of")


@own
class TheMadeSet(unittest.TestCase):
    def test_is_the_same_each_time_and_its_queries_are_new(self):
        import numpy
        from comparison import datasets, made

        first, second = (datasets.load("made", base_limit=5000) for _ in range(2))
        self.assertEqual((first.base.shape, first.queries.shape), ((5000, made.DIMENSION), (made.QUERIES, made.DIMENSION)))
        numpy.testing.assert_array_equal(first.base, second.base)
        numpy.testing.assert_array_equal(first.queries, second.queries)
        rows = {row.tobytes() for row in first.base}
        self.assertEqual(len(rows), 5000)
        self.assertFalse(any(row.tobytes() in rows for row in first.queries))


@own
class Results(unittest.TestCase):
    def setUp(self):
        from comparison import results

        self.results = results
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def opened(self):
        """The results of the folder; they are let go of when the test ends."""
        opened = self.results.Results(self.folder)
        self.addCleanup(opened.lock.close)
        return opened

    def test_are_kept_and_found_again(self):
        first = self.opened()
        for status in ("done", "failed", "timed out", "skipped"):
            first.add([{"run": {"library": status}, "status": status}])
        first.lock.close()
        again = self.opened()
        found = {status: again.finished({"library": status}) for status in ("done", "failed", "timed out", "skipped")}
        self.assertEqual([status for status, record in found.items() if record], ["done", "timed out"])
        self.assertIsNone(again.finished({"library": "done", "k": 1}))

    def test_belong_to_one_command_at_a_time(self):
        self.opened()
        with self.assertRaisesRegex(Exception, "another command"):
            self.results.Results(self.folder)


class Factors(unittest.TestCase):
    """How rows are compared; of records with what that needs."""

    def record(self, library, kind, seconds, **rates):
        points = [
            {"recall": float(recall.replace("r", "0.")), "queries_per_second": rate} for recall, rate in rates.items()
        ]
        run = {"library": library, "kind": kind, "label": "", "rows": None, "data": "made", "k": 10}
        return {"run": run, "points": points, "build_seconds": seconds, "session": 1}

    def test_are_over_the_best_graphs_at_equal_recall(self):
        from comparison import factors

        ours = [
            self.record("likeness", "hnsw", 2, r91=300, r96=200, r995=90),
            self.record("likeness", "hnsw", 1, r96=210),
            self.record("likeness", "flat", 0, r999=1000),
        ]
        theirs = [
            self.record("faiss", "hnsw", 8, r92=100, r98=50, r991=45),
            self.record("faiss", "hnsw-sq8", 3, r92=150),
            self.record("faiss", "ivf", 1, r999=900),
            self.record("vsag", "hgraph", 5, r97=60),
        ]
        table = factors.factors(ours + theirs, "best")
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:5]]
        self.assertEqual(
            rows,
            [
                ["likeness hnsw", "2.00", "3.33", "2.00", "4.00"],
                ["likeness hnsw", "1.40", "3.50", "–", "–"],
                ["over", "faiss hnsw-sq8", "vsag hgraph", "faiss hnsw", "faiss hnsw"],
            ],
        )
        self.assertEqual(factors.factors(ours, "best"), "")
        self.assertEqual(factors.factors(theirs, "best"), "")
        theirs[0]["session"] = 2
        self.assertIn("--again", factors.factors(ours + theirs, "best"))


@own
@hnswlib
class WholeCommand(unittest.TestCase):
    """A short run on vectors of its own; the second run of the same command measures nothing again."""

    def setUp(self):
        import h5py
        import numpy

        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        random = numpy.random.default_rng(SEED)
        self.path = self.folder / "normal.hdf5"
        with h5py.File(self.path, "w") as file:
            file["train"] = random.standard_normal((2000, 16)).astype("f4")
            file["test"] = random.standard_normal((100, 16)).astype("f4")
            file.attrs["distance"] = "angular"
        self.words = [self.path, "--quick", "--output", self.folder / "out"]

    def records(self):
        return [json.loads(line) for line in (self.folder / "out" / "results.jsonl").read_text().splitlines()]

    def check(self, library, count):
        records = self.records()
        self.assertEqual([record["status"] for record in records], ["done"] * count, records)
        for record in records:
            self.assertEqual(record["run"]["library"], library)
            self.assertGreater(record["bytes_per_vector"], 4 * 16)
            for point in record["points"]:
                self.assertGreater(point["recall"], 0.9)
                for way in ("single", "batch"):
                    turns = point[way]["turns"]
                    self.assertEqual(len(turns), 2)
                    self.assertEqual(point[way]["median"], sum(turns) / 2)
                    self.assertGreater(min(turns), 0)
                self.assertEqual(
                    point["queries_per_second"], max(point["single"]["median"], point["batch"]["median"])
                )
                self.assertEqual(point["queries"], 100)
        return records

    def test_measures_and_resumes(self):
        status, table, said = run(*self.words, "--kinds", "none", "--peers", "hnswlib")
        self.assertEqual(status, 0, said)
        records = self.check("hnswlib", 2)
        self.assertEqual(len(re.findall(r"^\| hnswlib hnsw", table, re.MULTILINE)), 2)
        self.assertEqual((self.folder / "out" / "results.md").read_text(), table.removesuffix("\n"))
        picture = xml.etree.ElementTree.parse(self.folder / "out" / "normal.svg").getroot()
        self.assertTrue(
            any("hnswlib" in (text.text or "") for text in picture.iter("{http://www.w3.org/2000/svg}text"))
        )
        self.assertEqual(run(*self.words, "--kinds", "none", "--peers", "hnswlib")[:2], (0, table))
        self.assertEqual(self.records(), records)
        self.assertFalse(self.is_there("work.*"))

    def test_loses_one_index_only_where_a_library_takes_too_long_or_crashes(self):
        from comparison import runner

        with tempfile.TemporaryDirectory() as work:
            (Path(work) / "job").write_text("{}")
            with self.assertRaises(runner.Stopped) as stopped:
                runner.step("build", OWN, Path(work), 1, 0.001)
            self.assertEqual(stopped.exception.status, "timed out")
            with self.assertRaises(runner.Stopped) as stopped:
                runner.step("build", OWN, Path(work), 1, 60)
            self.assertEqual(stopped.exception.status, "failed")
            self.assertIn("KeyError", str(stopped.exception))

    def test_keeps_the_sets_that_are_finished_where_it_is_killed(self):
        other = self.folder / "other.hdf5"
        other.write_bytes(self.path.read_bytes())
        words = [self.path, other, *self.words[1:], "--kinds", "none", "--peers", "hnswlib"]
        with subprocess.Popen(
            [*COMMAND, *map(str, words)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
        ) as process:
            for line in process.stderr:
                if b"round 1 of 2" in line and self.is_there("results.jsonl"):
                    break
            process.kill()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        first = self.check("hnswlib", 2)
        self.assertTrue(self.is_there("work.*"))
        status, _, said = run(*words)
        self.assertEqual(status, 0, said)
        self.assertEqual(self.check("hnswlib", 4)[:2], first)
        self.assertFalse(self.is_there("work.*"))

    def is_there(self, name):
        return any((self.folder / "out").glob(name))

    def test_takes_the_median_of_turns_and_keeps_those_before_a_library_stopped(self):
        from types import SimpleNamespace
        from unittest import mock

        from comparison import runner, turns
        from comparison.library import Run, Shape

        def turn(*rates):
            points = [{"setting": ef, "recall": 0.5, "single": rate, "batch": None} for ef, rate in enumerate(rates)]
            return {"points": points, "index_bytes": 80, "instructions": "any"}

        built = {"build_seconds": 31, "version": "1"}
        found = [built, turn(9, 5), turn(9, 1), turn(9, 3), runner.Stopped("failed", "it stopped")]
        description = {"library": "any", "kind": "hnsw", "label": "", "rows": None}
        options = SimpleNamespace(output=self.folder, time_limit=1, timed_queries=1)
        trial = turns.Trial(
            OWN, SimpleNamespace(name="any"), Run("hnsw", "", {}), Shape("l2", 8, 2, 1), "bqk", description, options
        )  # fmt: skip
        with mock.patch("comparison.turns.step", side_effect=found), contextlib.redirect_stderr(None):
            record = turns.take_turns([trial], 9)[0]
        self.assertEqual((record["status"], record["reason"]), ("failed", "it stopped"))
        self.assertEqual((record["build_seconds"], record["bytes_per_vector"]), (31, 10))
        self.assertEqual(
            record["points"][1],
            {"setting": 1, "recall": 0.5, "single": {"median": 3, "turns": [5, 1, 3]}, "batch": None,
             "queries_per_second": 3},
        )  # fmt: skip
        self.assertEqual(list(self.folder.glob("work.*")), [])

    @likeness
    def test_measures_ours(self):
        status, _, said = run(*self.words, "--as-installed", "--peers", "none")
        self.assertEqual(status, 0, said)
        found = self.check("likeness", 5)
        exact = [point["recall"] for record in found for point in record["points"] if record["run"]["kind"] != "hnsw"]
        self.assertEqual(exact, [1, 1])


if __name__ == "__main__":
    unittest.main(verbosity=2)
