"""NGT: ONNG, a neighbourhood graph whose degrees were adjusted.

Degrees are those of its configuration in ann-benchmarks and VIBE. NGT's fastest kind, the quantised graph, is left out:
the tool that builds one, `qbg`, is not in the package, and the Python interface only searches it.
"""

import shutil

from comparison.library import Library, Run

EPSILONS = (-0.4, -0.2, -0.1, -0.05, -0.02, 0.0, 0.01, 0.02, 0.03, 0.04, 0.05, 0.07, 0.1, 0.15, 0.2)


class NGT(Library):
    name = distribution = "ngt"
    module = "ngtpy"
    requirements = ("ngt==2.8.0.post1", "numpy==2.4.6")
    lacks = {"innerProduct": "the parameters published for ONNG are of L2 and cosine alone"}
    instructions = "SSE; the wheel's code has nothing wider"

    def runs(self, shape):
        build = {"edge": 100, "outdegree": 64, "indegree": 120}
        return [Run("onng", "edges 64/120", build, [{"epsilon": epsilon} for epsilon in EPSILONS])]

    def build(self, vectors, run, shape, threads, folder):
        import ngtpy

        first, adjusted = str(folder / "anng"), str(folder / "onng")
        edges = run.build["edge"]
        ngtpy.create(first, shape.dimension, edge_size_for_creation=edges, edge_size_for_search=0, distance_type="L2")
        index = ngtpy.Index(first, log_disabled=True)
        index.batch_insert(vectors, num_threads=threads)
        index.save()
        index.close()
        outgoing, incoming = run.build["outdegree"], run.build["indegree"]
        optimizer = ngtpy.Optimizer(num_of_outgoings=outgoing, num_of_incomings=incoming, log_disabled=True)
        optimizer.set_processing_modes(
            shortcut_reduction=True,
            search_parameter_optimization=False,
            prefetch_parameter_optimization=True,
            accuracy_table_generation=False,
        )
        optimizer.execute(first, adjusted)
        shutil.rmtree(first)

    def load(self, folder, run, shape):
        import ngtpy

        self.results = ngtpy.BatchResults
        self.index = ngtpy.Index(str(folder / "onng"), read_only=True, log_disabled=True)

    def set(self, setting):
        self.index.set(epsilon=setting["epsilon"])

    def batch(self, queries, k):
        results = self.results()
        self.index.batch_search(queries, results, k, False)
        return results.get_ids()

    def single(self, query, k):
        return self.index.search(query, k, with_distance=False)
