"""Tests of `Benchmarks/peers` as a whole: short runs, which are resumed, killed, and cut short."""

import contextlib
import json
import os
import re
import signal
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree
from pathlib import Path

from testing import OWN, SEED, command, hnswlib, likeness, own, run


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
        status, table, said = run("peers", *self.words, "--kinds", "none", "--peers", "hnswlib")
        self.assertEqual(status, 0, said)
        records = self.check("hnswlib", 2)
        self.assertEqual(len(re.findall(r"^\| hnswlib hnsw", table, re.MULTILINE)), 2)
        self.assertEqual((self.folder / "out" / "results.md").read_text(), table.removesuffix("\n"))
        picture = xml.etree.ElementTree.parse(self.folder / "out" / "normal.svg").getroot()
        self.assertTrue(
            any("hnswlib" in (text.text or "") for text in picture.iter("{http://www.w3.org/2000/svg}text"))
        )
        self.assertEqual(run("peers", *self.words, "--kinds", "none", "--peers", "hnswlib")[:2], (0, table))
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
            command("peers", *words), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
        ) as process:
            for line in process.stderr:
                if b"round 1 of 2" in line and self.is_there("results.jsonl"):
                    break
            process.kill()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        first = self.check("hnswlib", 2)
        self.assertTrue(self.is_there("work.*"))
        status, _, said = run("peers", *words)
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

    def test_asks_for_the_largest_inner_products_and_says_which_library_has_none(self):
        words = ["log-normal", *self.words[1:], "--kinds", "none", "--peers", "hnswlib,hannoy"]
        status, table, said = run("peers", *words)
        self.assertEqual(status, 0, said)
        self.assertIn("- hannoy hnsw (M=16): hannoy has no inner product", table)
        found = [record for record in self.records() if record["status"] == "done"]
        self.assertEqual({record["run"]["metric"] for record in found}, {"innerProduct"})
        self.assertEqual([record["points"][-1]["recall"] > 0.99 for record in found], [True, True])

    @likeness
    def test_measures_ours(self):
        status, _, said = run("peers", *self.words, "--as-installed", "--peers", "none")
        self.assertEqual(status, 0, said)
        found = self.check("likeness", 5)
        exact = [point["recall"] for record in found for point in record["points"] if record["run"]["kind"] != "hnsw"]
        self.assertEqual(exact, [1, 1])
