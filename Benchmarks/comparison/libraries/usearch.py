"""USearch: HNSW over float32, and over the bfloat16 that it chooses itself where the processor multiplies them."""

from comparison.library import Library, Run


class USearch(Library):
    name = distribution = "usearch"
    module = "usearch.index"
    requirements = ("usearch==2.26.6", "numkong==7.8.6", "tqdm==4.70.1", "numpy==2.4.6")
    normalises = False

    def runs(self, shape):
        settings = shape.ef_settings("expansion_search")
        return [
            Run(
                "hnsw",
                f"{dtype} M={m}",
                {"dtype": dtype, "connectivity": m, "expansion_add": 200},
                settings,
                thorough=dtype == "f32",
            )
            for dtype, m in (("f32", 16), ("bf16", 16), ("bf16", 32))
        ]

    def build(self, vectors, run, shape, threads, folder):
        import numpy
        from usearch.index import Index

        metric = {"l2": "l2sq", "cosine": "cos", "innerProduct": "ip"}[shape.metric]
        self.index = Index(ndim=shape.dimension, metric=metric, **run.build)
        self.index.add(numpy.arange(len(vectors), dtype=numpy.uint64), vectors, threads=threads)

    def save(self, folder):
        self.index.save(str(folder / "index"))

    def load(self, folder, run, shape):
        from usearch.index import Index

        self.index = Index.restore(str(folder / "index"))

    def set(self, setting):
        self.index.expansion_search = setting["expansion_search"]

    def batch(self, queries, k):
        return self.index.search(queries, k, threads=1).keys

    def single(self, query, k):
        return self.index.search(query, k, threads=1).keys

    def instructions_in_use(self):
        return f"{self.index.hardware_acceleration} (chosen when run, as it says)"
