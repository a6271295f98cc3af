"""VSAG's HGraph: a graph over integer codes, with a float32 re-ranking.

Parameters are those of its own benchmark files: degree 32 and 400 candidates for SIFT, and codes of 8 bits or RaBitQ. For the
inner product, 8 bits with a scale for each number, and float32.
"""

import json

from comparison.library import Library, Run


class VSAG(Library):
    name = "vsag"
    distribution = "pyvsag"
    module = "pyvsag"
    requirements = ("pyvsag==0.18.5", "packaging==26.3", "numpy==2.4.6")
    instructions = "chosen when run; the wheel has code for AVX2 and AVX-512"
    normalises = False
    has_batch = False

    def runs(self, shape):
        settings = shape.ef_settings("ef_search")
        forms = [{"base_quantization_type": "sq8_uniform"}]
        if shape.metric == "innerProduct":
            # `sq8_uniform` has one scale for all numbers, by which long vectors leave nothing of the others.
            forms = [{"base_quantization_type": "sq8"}, {"base_quantization_type": "fp32", "use_reorder": False}]
        forms.append({"base_quantization_type": "rabitq", "rabitq_use_fht": True})
        shared = {"max_degree": 32, "ef_construction": 400, "precise_quantization_type": "fp32", "use_reorder": True}
        return [
            Run("hgraph", f"{form['base_quantization_type']}, degree 32", shared | form, settings) for form in forms
        ]

    def make(self, run, shape, threads):
        import pyvsag

        pyvsag.set_logger_off()
        metric = {"l2": "l2", "cosine": "cosine", "innerProduct": "ip"}[shape.metric]
        parameters = {
            "dtype": "float32", "metric_type": metric, "dim": shape.dimension,
            "index_param": run.build | {"build_thread_count": threads},
        }  # fmt: skip
        return pyvsag.Index("hgraph", json.dumps(parameters))

    def build(self, vectors, run, shape, threads, folder):
        import numpy

        self.index = self.make(run, shape, threads)
        self.index.build(vectors.ravel(), numpy.arange(len(vectors)), len(vectors), shape.dimension)

    def save(self, folder):
        self.index.save(str(folder / "index"))

    def load(self, folder, run, shape):
        self.index = self.make(run, shape, 1)
        self.index.load(str(folder / "index"))

    def set(self, setting):
        self.parameters = json.dumps({"hgraph": setting})

    def single(self, query, k):
        return self.index.knn_search(query, k, self.parameters)[0]
