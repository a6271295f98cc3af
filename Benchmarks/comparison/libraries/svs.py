"""Intel's Scalable Vector Search: a Vamana graph over float32, float16, and LVQ codes of 4 + 8 bits.

Degree, window and alpha are those of its configuration in VIBE. LVQ is closed and refuses to run on other than Intel's
processors; it is tried all the same, and what it says is told.
"""

from comparison.library import Library, Run


class SVS(Library):
    name = "svs"
    distribution = "scalable-vs"
    module = "svs"
    requirements = ("scalable-vs==0.5.0", "archspec==0.2.7", "toml==0.10.2", "numpy==2.4.6")
    instructions = "chosen when run; the wheel has code for AVX2 and AVX-512"

    def runs(self, shape):
        settings = shape.ef_settings("search_window_size")
        alpha = 0.95 if shape.metric == "innerProduct" else 1.2  # its documentation: at most 1 for the inner product
        return [
            Run(
                "vamana",
                f"{codes}, degree 64",
                {"codes": codes, "graph_max_degree": 64, "alpha": alpha, "window_size": 128},
                settings,
            )
            for codes in ("f32", "f16", "lvq4x8")
        ]

    def build(self, vectors, run, shape, threads, folder):
        import numpy
        import svs

        degree, alpha, window = (run.build[name] for name in ("graph_max_degree", "alpha", "window_size"))
        parameters = svs.VamanaBuildParameters(graph_max_degree=degree, alpha=alpha, window_size=window)
        distance = self.distance(shape)
        data = vectors
        if run.build["codes"] == "f16":
            data = vectors.astype(numpy.float16)
        elif run.build["codes"] == "lvq4x8":
            data = self.compressed(vectors, shape, folder)
        self.index = svs.Vamana.build(parameters, data, distance, num_threads=threads)

    def distance(self, shape):
        import svs

        return svs.DistanceType.MIP if shape.metric == "innerProduct" else svs.DistanceType.L2

    def compressed(self, vectors, shape, folder):
        import svs

        path = str(folder / "vectors.fvecs")
        svs.write_vecs(vectors, path)
        loader = svs.VectorDataLoader(path, svs.DataType.float32, dims=shape.dimension)
        return svs.LVQLoader(loader, primary=4, residual=8, strategy=svs.LVQStrategy.Turbo, padding=32)

    def save(self, folder):
        self.index.save(*(str(folder / part) for part in ("config", "graph", "data")))

    def load(self, folder, run, shape):
        import svs

        config, graph, data = (str(folder / part) for part in ("config", "graph", "data"))
        if run.build["codes"] == "lvq4x8":
            loader = svs.LVQLoader(data, strategy=svs.LVQStrategy.Turbo, padding=32)
        else:
            element = {"f32": svs.DataType.float32, "f16": svs.DataType.float16}[run.build["codes"]]
            loader = svs.VectorDataLoader(data, element, dims=shape.dimension)
        self.index = svs.Vamana(config, svs.GraphLoader(graph), loader, distance=self.distance(shape), num_threads=1)

    def set(self, setting):
        self.index.search_window_size = setting["search_window_size"]

    def batch(self, queries, k):
        return self.index.search(queries, k)[0]

    def single(self, query, k):
        return self.index.search(query, k)[0][0]
