"""Voyager: HNSW, grown from hnswlib."""

from comparison.library import Library, Run


class Voyager(Library):
    name = distribution = "voyager"
    module = "voyager"
    requirements = ("voyager==2.2.3", "numpy==2.4.6")
    instructions = "SSE; the wheel's code has nothing wider"
    normalises = False

    def runs(self, shape):
        settings = shape.ef_settings("query_ef")
        return [Run("hnsw", f"M={m}", {"M": m, "ef_construction": 200}, settings, thorough=m == 32) for m in (16, 32)]

    def build(self, vectors, run, shape, threads, folder):
        import voyager

        spaces = {"l2": "Euclidean", "cosine": "Cosine", "innerProduct": "InnerProduct"}
        space = getattr(voyager.Space, spaces[shape.metric])
        self.index = voyager.Index(space, shape.dimension, random_seed=1, max_elements=len(vectors), **run.build)
        self.index.add_items(vectors, num_threads=threads)

    def save(self, folder):
        self.index.save(str(folder / "index"))

    def load(self, folder, run, shape):
        import voyager

        self.index = voyager.Index.load(str(folder / "index"))

    def set(self, setting):
        self.ef = setting["query_ef"]

    def batch(self, queries, k):
        return self.index.query(queries, k, num_threads=1, query_ef=self.ef)[0]

    def single(self, query, k):
        return self.index.query(query, k, num_threads=1, query_ef=self.ef)[0]
