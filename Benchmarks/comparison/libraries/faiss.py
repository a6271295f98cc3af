"""Faiss: the exact scan, HNSW over vectors and over 8-bit codes, and an inverted file of 4-bit product codes that is scanned in registers and refined."""

from comparison.library import Library, Run


class Faiss(Library):
    name = "faiss"
    distribution = "faiss-cpu"
    module = "faiss"
    requirements = ("faiss-cpu==1.15.1", "numpy==2.4.6")

    def runs(self, shape):
        runs = [Run("flat", "", {"factory": "Flat"})]
        for m in (16, 32):
            build = {"factory": f"HNSW{m},Flat", "efConstruction": 200}
            runs.append(Run("hnsw", f"M={m}", build, shape.ef_settings("efSearch")))
        for m in (16, 32):
            build = {"factory": f"HNSW{m},SQ8", "efConstruction": 200}
            runs.append(Run("hnsw-sq8", f"M={m}", build, shape.ef_settings("efSearch")))
        lists = shape.power_of_two_lists()
        probes = [2**i for i in range(10) if 2**i <= lists // 2]
        settings = [{"nprobe": nprobe, "k_factor": factor} for nprobe in probes for factor in (4, 16)]
        if shape.dimension % 2 == 0:
            factory = f"IVF{lists},PQ{shape.dimension // 2}x4fsr,RFlat"
            runs.append(Run("ivf-pqfs", factory, {"factory": factory}, settings))
        factory = f"RR{shape.dimension},IVF{lists},RaBitQfs4,RFlat"
        runs.append(Run("ivf-rabitq", factory, {"factory": factory}, settings))
        return runs

    def build(self, vectors, run, shape, threads, folder):
        import faiss

        faiss.omp_set_num_threads(threads)
        metric = faiss.METRIC_L2 if shape.metric == "l2" else faiss.METRIC_INNER_PRODUCT
        self.index = faiss.index_factory(shape.dimension, run.build["factory"], metric)
        if run.kind.startswith("hnsw"):
            self.index.hnsw.efConstruction = run.build["efConstruction"]
        self.index.train(vectors)
        self.index.add(vectors)

    def save(self, folder):
        import faiss

        faiss.write_index(self.index, str(folder / "index"))

    def load(self, folder, run, shape):
        import faiss

        faiss.omp_set_num_threads(1)
        self.kind = run.kind
        self.index = faiss.read_index(str(folder / "index"))
        if run.kind.startswith("ivf"):
            refined = faiss.downcast_index(self.index)
            self.lists = faiss.extract_index_ivf(faiss.downcast_index(refined.base_index))

    def set(self, setting):
        if self.kind.startswith("hnsw"):
            self.index.hnsw.efSearch = setting["efSearch"]
        elif self.kind.startswith("ivf"):
            self.lists.nprobe = setting["nprobe"]
            self.index.k_factor = setting["k_factor"]

    def batch(self, queries, k):
        return self.index.search(queries, k)[1]

    def single(self, query, k):
        return self.index.search(query, k)[1][0]

    def single_queries(self, queries):
        return [query[None] for query in queries]

    def instructions_in_use(self):
        import faiss

        return f"{faiss.get_compile_options().strip()} (its compile options)"
