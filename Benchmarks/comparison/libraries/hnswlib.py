"""hnswlib: HNSW over float32."""

from comparison.library import Library, Run


class Hnswlib(Library):
    name = distribution = "hnswlib"
    module = "hnswlib"
    requirements = ("hnswlib==0.8.0", "numpy==2.4.6")
    from_source = True
    instructions = "compiled here with -march=native"
    normalises = False  # its cosine space does so itself

    def runs(self, shape):
        settings = shape.ef_settings("ef")
        return [Run("hnsw", f"M={m}", {"M": m, "ef_construction": 200}, settings) for m in (16, 32)]

    def make(self, shape):
        import hnswlib

        return hnswlib.Index({"l2": "l2", "cosine": "cosine", "innerProduct": "ip"}[shape.metric], shape.dimension)

    def build(self, vectors, run, shape, threads, folder):
        self.index = self.make(shape)
        self.index.init_index(len(vectors), random_seed=1, **run.build)
        self.index.add_items(vectors, num_threads=threads)

    def save(self, folder):
        self.index.save_index(str(folder / "index"))

    def load(self, folder, run, shape):
        self.index = self.make(shape)
        self.index.load_index(str(folder / "index"))

    def set(self, setting):
        self.index.set_ef(setting["ef"])

    def batch(self, queries, k):
        return self.index.knn_query(queries, k, num_threads=1)[0]

    def single(self, query, k):
        return self.index.knn_query(query, k, num_threads=1)[0][0]
