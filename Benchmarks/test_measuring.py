"""Tests of what `unseen` and `paired` work out, and short runs of both on vectors of a recipe."""

import json
import tempfile
import unittest
from pathlib import Path

from comparison import curve, environments
from testing import likeness, own, run


class Curves(unittest.TestCase):
    """Points are pairs (recall, queries a second)."""

    points = ((0.8, 10_000), (0.9, 1_000), (1.0, 100))

    def test_the_logarithm_of_the_rate_is_linear_between_two_settings(self):
        self.assertAlmostEqual(curve.rate_at(self.points, 0.85), 10**3.5)
        self.assertAlmostEqual(curve.rate_at(self.points, 0.975), 10**2.25)
        self.assertEqual(curve.rate_at(self.points, 0.9), 1_000)

    def test_nothing_is_guessed_outside_of_what_was_measured(self):
        self.assertIsNone(curve.rate_at(self.points, 0.79))
        self.assertIsNone(curve.rate_at(self.points[:2], 0.95))
        self.assertEqual(curve.rate_at(self.points, 0.8), 10_000)

    def test_only_settings_around_a_target_are_needed(self):
        recalls = [0.8, 0.85, 0.91, 0.94, 0.97, 0.99]
        self.assertEqual(curve.needed(recalls, [0.9, 0.95, 0.999]), {1, 2, 3, 4})
        self.assertEqual(curve.needed(recalls, [0.7]), {0})

    def test_recalls_below_what_both_sides_reach_with_the_cheapest_setting_are_raised(self):
        targets = (0.9, 0.95, 0.99)
        self.assertEqual(curve.equal_recalls(targets, 0.5), {0.9: 0.9, 0.95: 0.95, 0.99: 0.99})
        self.assertEqual(curve.equal_recalls(targets, 0.92), {0.9: 0.92, 0.95: 0.95, 0.99: 0.99})
        self.assertEqual(curve.equal_recalls(targets, 0.96), {0.95: 0.96, 0.99: 0.99})
        self.assertEqual(curve.equal_recalls(targets, 0.995), {0.99: 0.995})


@own
class Promises(unittest.TestCase):
    """A promise holds between two bounds, both widened by two standard errors."""

    def promise(self, asked, recalls, cheapest=((0.5, 0.5),)):
        import numpy
        from comparison.promise import Promise

        return Promise("any", 10, asked, numpy.array(recalls), numpy.array(cheapest))

    def test_the_standard_error_is_of_queries_not_of_seeds(self):
        promise = self.promise(0.9, [[1, 0.8, 0.9, 0.9], [0.8, 1, 0.9, 0.9]])
        self.assertAlmostEqual(promise.mean, 0.9)
        self.assertAlmostEqual(promise.error, 0)
        promise = self.promise(0.9, [[1, 0.8], [1, 0.8]])
        self.assertAlmostEqual(promise.error, 0.1)

    def test_too_low_too_high_and_neither(self):
        for recall, verdict in ((0.889, "too low"), (0.891, "yes"), (0.929, "yes"), (0.931, "too high")):
            self.assertEqual(self.promise(0.9, [[recall, recall]]).verdict, verdict, recall)
        wide = self.promise(0.9, [[0.9, 0.86], [0.9, 0.86]])  # its standard error is 0.02
        self.assertEqual((wide.verdict, round(wide.least, 6), round(wide.most, 6)), ("yes", 0.85, 0.97))

    def test_where_the_cheapest_setting_finds_more_the_bound_lies_above_that(self):
        self.assertEqual(self.promise(0.8, [[0.95, 0.95]], [[0.94, 0.94]]).verdict, "yes")
        self.assertEqual(self.promise(0.8, [[0.98, 0.98]], [[0.94, 0.94]]).verdict, "too high")
        self.assertEqual(self.promise(0.8, [[0.85, 0.85]], [[0.82, 0.82]]).verdict, "too high")

    def test_what_is_refused_does_not_hold(self):
        promise = self.promise(0.8, [[float("nan")] * 2])
        self.assertEqual((promise.verdict, promise.holds), ("refused", False))
        self.assertIsNone(json.loads(json.dumps(promise.record(), allow_nan=False))["recall"])


@own
class Pairs(unittest.TestCase):
    def rows(self, before, after, seconds=((1, 2, 3), (1, 2, 3))):
        """Rows of a pair that took a turn for each rate; 0 where the recall was not reached."""
        from types import SimpleNamespace

        from comparison import paired_table
        from comparison.pair import Round

        rounds = [
            Round("single", 0.9, 0.9, {"before": a or None, "after": b or None})
            for a, b in zip(before, after, strict=True)
        ]
        return paired_table.rows(
            "any", SimpleNamespace(rounds=rounds, seconds=dict(zip(("before", "after"), seconds, strict=True)))
        )

    def test_the_ratio_is_the_median_of_the_rounds_and_not_of_medians(self):
        row = self.rows([100, 200, 400], [110, 190, 440])[0]
        self.assertEqual((row.before, row.after, round(row.ratio, 6), row.verdict), (200, 190, 1.1, "yes"))
        self.assertEqual(self.rows([100, 100], [96, 96])[0].verdict, "slower")

    def test_builds_are_better_where_they_take_less(self):
        row = self.rows([1], [1], ((1, 2, 3), (2, 4, 6)))[-1]
        self.assertEqual((row.before, row.after, row.ratio, row.verdict), (2, 4, 0.5, "slower"))

    def test_a_recall_that_only_the_side_before_reaches_is_a_loss(self):
        self.assertEqual(self.rows([100], [0])[0].verdict, "not reached")
        self.assertEqual([self.rows([0], [each])[0].holds for each in (0, 100)], [True, True])


@own
@likeness
class ShortRuns(unittest.TestCase):
    def test_unseen_prints_a_line_for_each_k_and_recall(self):
        with tempfile.TemporaryDirectory() as folder:
            words = ["--sets", "made", "--limit", 2000, "--queries", 100, "--seeds", 2, "--threads", 1]
            for more in ([], ["--replaced"]):
                status, table, said = run("unseen", *words, *more, "--json", f"{folder}/found")
                self.assertIn(status, (0, 1), said)
                found = json.loads(Path(folder, "found").read_text())
                self.assertEqual([(each["k"], each["asked"]) for each in found], [
                    (k, asked) for k in (1, 10, 100) for asked in (0.8, 0.9, 0.95, 0.99)
                ])  # fmt: skip
                self.assertEqual(len(table.splitlines()), 2 + 12 + 2)
                self.assertEqual(status, 1 if any(each["verdict"] != "yes" for each in found) else 0)
                self.assertTrue(all(len(each["recall_of_seeds"]) == 2 for each in found))

    def test_paired_compares_a_package_with_itself(self):
        with tempfile.TemporaryDirectory() as folder:
            words = ["--before", environments.OURS, "--sets", "made", "--limit", 2000, "--rounds", 3, "--output", folder]
            status, table, said = run("paired", *words)
            self.assertIn(status, (0, 1), said)
            for row in ("made[:2000], single", "made[:2000], batch", "made[:2000], build s"):
                self.assertIn(row, table)

    def test_sets_that_are_not_there_are_skipped(self):
        status, _, said = run("unseen", "--sets", "mnist")
        self.assertEqual((status, "there is no data set 'mnist'" in said), (64, True), said)
        status, _, said = run("paired", "--before", "/nowhere/python", "--sets", "made")
        self.assertEqual((status, "cannot be run" in said), (69, True), said)
