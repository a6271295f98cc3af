#!/usr/bin/env python3
"""Tests of the programs in Python: `peers`, its exact answers, `unseen` and `paired`. Run it as a script.

Those of `peers` are here: its data sets, wrong input, results that survive, and quotients. The other files' tests run too.
"""

import tempfile
import unittest
from pathlib import Path

import test_measuring
import test_peers_command
import test_truth
from testing import own, run

OTHERS = (test_truth, test_measuring, test_peers_command)


@own
class WrongInput(unittest.TestCase):
    def refused(self, status, words, sentence):
        found = run("peers", *words)
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
class MadeSets(unittest.TestCase):
    def test_are_the_same_each_time_and_their_queries_are_new(self):
        import numpy
        from comparison import datasets

        shapes = {"made": 256, "ordered": 96, "log-normal": 64}
        self.assertEqual(set(shapes), set(datasets.RECIPES))
        for name, dimension in shapes.items():
            first, second = (datasets.load(name) for _ in range(2))
            self.assertEqual((first.base.shape, first.queries.shape), ((100_000, dimension), (2_000, dimension)))
            numpy.testing.assert_array_equal(first.base, second.base)
            numpy.testing.assert_array_equal(first.queries, second.queries)
            rows = {row.tobytes() for row in first.base}
            self.assertEqual(len(rows), 100_000)
            self.assertFalse(any(row.tobytes() in rows for row in first.queries))

    def test_ordered_gives_a_group_after_another_and_queries_of_each(self):
        import numpy
        from comparison import ordered, truth

        base, queries = ordered.vectors()
        groups = base.reshape(ordered.GROUPS, ordered.MEMBERS, ordered.DIMENSION)
        within = groups.std(axis=1, ddof=1).mean()
        between = groups.mean(axis=1).std(axis=0, ddof=1).mean()
        self.assertAlmostEqual(within, 1, delta=0.02)
        self.assertAlmostEqual(between, ordered.APART, delta=0.05)
        nearest = truth.right_answers(base, queries[::50], 1, "l2") % len(base)
        own_group = numpy.arange(len(queries))[::50] // ordered.QUERIES_OF_EACH
        self.assertEqual((nearest // ordered.MEMBERS).tolist(), own_group.tolist())

    def test_log_normal_has_the_lengths_that_it_says(self):
        import numpy
        from comparison import datasets, lengths

        data = datasets.load("log-normal")
        self.assertEqual(data.metric, "innerProduct")
        logarithms = numpy.log(numpy.linalg.norm(data.base, axis=1))
        self.assertAlmostEqual(logarithms.mean(), 0, delta=0.02)
        self.assertAlmostEqual(logarithms.std(), lengths.SIGMA, delta=0.02)
        self.assertAlmostEqual(float(numpy.abs(data.base.mean(axis=0)).max()), 0, delta=0.1)


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


def load_tests(loader, tests, pattern):
    """The tests of the other files with those of this one."""
    return unittest.TestSuite([tests, *(loader.loadTestsFromModule(each) for each in OTHERS)])


if __name__ == "__main__":
    unittest.main(verbosity=2)
