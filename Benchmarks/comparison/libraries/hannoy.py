"""hannoy: HNSW over vectors in LMDB, mapped into memory."""

from comparison.library import Library, Run


class Hannoy(Library):
    name = distribution = "hannoy"
    module = "hannoy"
    requirements = ("hannoy==0.1.3", "numpy==2.4.6")
    instructions = "chosen when run; the wheel has code for AVX with FMA, nothing wider"
    normalises = False
    lacks = {"innerProduct": "hannoy has no inner product"}

    def runs(self, shape):
        settings = shape.ef_settings("ef_search")
        return [Run("hnsw", f"M={m}", {"m": m, "ef": 200}, settings, thorough=m == 32) for m in (16, 32)]

    def open(self, folder, shape):
        import hannoy

        metric = hannoy.Metric.EUCLIDEAN if shape.metric == "l2" else hannoy.Metric.COSINE
        # The map is address space, not memory; vectors, links and room for the pages that a commit replaces.
        return hannoy.Database(
            str(folder), metric, env_size=16 * shape.count * (4 * shape.dimension + 1024) + (1 << 30)
        )

    def build(self, vectors, run, shape, threads, folder):
        # Its threads are rayon's, which the environment limits.
        with self.open(folder, shape).writer(shape.dimension, **run.build) as writer:
            writer.add_items(list(range(len(vectors))), vectors)

    def load(self, folder, run, shape):
        self.database = self.open(folder, shape)
        self.index = self.database.reader()

    def set(self, setting):
        self.ef = setting["ef_search"]

    def batch(self, queries, k):
        return self.ask(queries, (len(queries), k))

    def single(self, query, k):
        return self.ask(query, (k,))

    def ask(self, queries, shape):
        import numpy

        ids, distances = numpy.empty(shape, numpy.uint32), numpy.empty(shape, numpy.float32)
        self.index.by_array(queries, n=shape[-1], ef_search=self.ef, out=(ids, distances))
        return ids
