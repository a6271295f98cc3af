"""Tests of the exact answers that recall is measured against."""

import unittest

from testing import SEED, own


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
            elif metric == "innerProduct":
                distances = -(wide @ query)
            else:
                distances = 1 - wide @ query / self.numpy.sqrt((wide**2).sum(axis=1) * (query**2).sum())
            limit = self.numpy.sort(distances)[k - 1] + 1e-15
            keys += [number * len(base) + row for row in self.numpy.flatnonzero(distances <= limit)]
        return keys

    def test_equal_those_of_the_slow_way(self):
        for metric in ("l2", "cosine", "innerProduct"):
            for scale in (1, 1e-3, 1e4):
                base = (self.random.standard_normal((700, 19)) * scale + scale).astype("f4")
                queries = (self.random.standard_normal((300, 19)) * scale + scale).astype("f4")
                found = self.truth.right_answers(base, queries, 5, metric)
                self.assertEqual(found.tolist(), self.expected(base, queries, 5, metric), f"{metric}, {scale}")

    def test_of_the_inner_product_are_the_largest_products_whatever_the_lengths(self):
        base = self.random.standard_normal((900, 16)) * self.random.lognormal(0, 3, (900, 1))
        queries = self.random.standard_normal((60, 16)) * self.random.lognormal(0, 3, (60, 1))
        base, queries = base.astype("f4"), queries.astype("f4")
        found = self.truth.right_answers(base, queries, 4, "innerProduct")
        self.assertEqual(found.tolist(), self.expected(base, queries, 4, "innerProduct"))
        products = queries[0].astype("f8") @ base.T.astype("f8")
        self.assertEqual(set(found[:4].tolist()), set(self.numpy.argsort(-products)[:4].tolist()))

    def test_of_several_k_are_those_of_each(self):
        base = self.random.integers(-2, 3, (300, 6)).astype("f4") + self.numpy.float32(0.5)
        queries = self.random.integers(-2, 3, (40, 6)).astype("f4") + self.numpy.float32(0.5)
        for metric in ("l2", "cosine", "innerProduct"):
            found = self.truth.right_answers_of_each(base, queries, (1, 10, 1000), metric)
            for k, keys in found.items():
                alone = self.truth.right_answers(base, queries, k, metric)
                self.assertEqual(keys.tolist(), alone.tolist(), f"{metric}, {k}")
            self.assertEqual(len(found[1000]), 300 * 40)

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

    def test_recalls_are_of_each_query(self):
        keys = self.numpy.array([0, 1, 2, 10, 11, 12])
        found = self.truth.recalls([[0, 1, 9], [9, 8, 7]], keys, 10, 3)
        self.assertEqual(found.tolist(), [2 / 3, 0])

    def test_fewer_vectors_than_neighbours(self):
        base = self.random.standard_normal((4, 3)).astype("f4")
        keys = self.truth.right_answers(base, base, 10, "l2")
        self.assertEqual(self.truth.recall([[0, 1, 2, 3]] * 4, keys, 4, 10), 1)
