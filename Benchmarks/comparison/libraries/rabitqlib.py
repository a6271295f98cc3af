"""RaBitQ-Library: SymphonyQG (a graph whose links carry 1-bit codes), HNSW and an inverted file over RaBitQ codes.

Degrees, bits and candidates are those of its configuration in VIBE.
"""

from comparison.library import Library, Run


class RaBitQ(Library):
    name = distribution = "rabitqlib"
    module = "rabitqlib"
    requirements = ("rabitqlib==0.7.1", "numpy==2.4.6")
    instructions = "the wheel has code for AVX2 and AVX-512"

    def runs(self, shape):
        settings = shape.ef_settings("ef")
        lists = shape.power_of_two_lists()
        probes = [{"nprobe": 2**i} for i in range(10) if 2**i <= lists // 2]
        return [
            self.symphony("degree 32", 32, 0, settings),
            self.symphony("degree 64", 64, 0, settings, thorough=True),
            self.symphony("degree 32, 8 bits", 32, 8, settings, thorough=True),
            Run("hnsw", "M=16, 5 bits", {"M": 16, "ef_construction": 400, "nbits": 5, "num_clusters": 16}, settings),
            Run("ivf", f"{lists} lists, 5 bits", {"num_clusters": lists, "nbits": 5}, probes),
        ]

    def symphony(self, label, degree, bits, settings, thorough=False):
        build = {"max_degree": degree, "ef_construction": 400, "quantization_bits": bits}
        return Run("symphonyqg", label, build, settings, thorough=thorough)

    def build(self, vectors, run, shape, threads, folder):
        import rabitqlib

        self.kind = run.kind
        metric = "l2" if shape.metric == "l2" else "ip"
        if run.kind == "symphonyqg":
            degree, bits = run.build["max_degree"], run.build["quantization_bits"]
            self.index = rabitqlib.SymqgIndex(shape.dimension, degree, metric, bits)
            self.index.build(vectors, run.build["ef_construction"], num_threads=threads)
            return
        clusters = run.build["num_clusters"]
        centroids, places = self.clusters(vectors, clusters, threads)
        if run.kind == "hnsw":
            m, ef, bits = (run.build[name] for name in ("M", "ef_construction", "nbits"))
            self.index = rabitqlib.HnswIndex(shape.dimension, len(vectors), m, ef, bits, metric)
        else:
            self.index = rabitqlib.IvfIndex(shape.dimension, len(vectors), clusters, run.build["nbits"], metric)
        self.index.build(vectors, centroids, places, num_threads=threads)

    def clusters(self, vectors, count, threads):
        import numpy
        import rabitqlib

        means = rabitqlib.RaBitQKMeans(vectors.shape[1], count, num_threads=threads, seed=1)
        means.train(vectors)
        return numpy.ascontiguousarray(means.centroids, numpy.float32), means.assignments.astype(numpy.uint32)

    def save(self, folder):
        self.index.save(str(folder / "index"))

    def load(self, folder, run, shape):
        import rabitqlib

        self.kind = run.kind
        kinds = {"symphonyqg": rabitqlib.SymqgIndex, "hnsw": rabitqlib.HnswIndex, "ivf": rabitqlib.IvfIndex}
        self.index = kinds[run.kind].load(str(folder / "index"))

    def set(self, setting):
        self.setting = setting

    def batch(self, queries, k):
        return self.index.search(queries, k, num_threads=1, **self.setting)[0]

    def single(self, query, k):
        return self.index.search(query, k, num_threads=1, **self.setting)[0][0]

    def single_queries(self, queries):
        return [query[None] for query in queries]
