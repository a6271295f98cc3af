"""ScaNN: a tree of leaves, 4-bit codes scanned in registers, and a float32 re-ranking.

Leaves, dimensions in a block and pairs of (leaves to search, vectors to re-rank) are those of its configuration in
ann-benchmarks, where it is used with 60,000 vectors and with a million; the sweeps go on to where recall is complete.
"""

from comparison.library import Library, Run

FEW_LEAVES = (
    (2, 20),
    (3, 20),
    (3, 30),
    (4, 30),
    (5, 40),
    (8, 80),
    (12, 100),
    (16, 140),
    (24, 200),
    (40, 300),
    (60, 500),
)
SOME_LEAVES = (
    (3, 30), (4, 40), (6, 60), (8, 74), (10, 82), (13, 100), (16, 120), (20, 140), (30, 180), (35, 240), (50, 360),
    (80, 500), (120, 800), (200, 1000),
)  # fmt: skip
MANY_LEAVES = (
    (4, 30), (8, 60), (10, 100), (15, 140), (25, 160), (35, 190), (45, 220), (60, 250), (80, 400), (120, 600),
    (200, 900), (400, 1000),
)  # fmt: skip


class ScaNN(Library):
    name = distribution = "scann"
    module = "scann"
    requirements = ("scann==1.4.2", "protobuf==7.36.2", "numpy==2.4.6")
    instructions = "chosen when run; the wheel has code for AVX2 and AVX-512"

    def runs(self, shape):
        forms = [(100, 4, FEW_LEAVES), (600, 2, SOME_LEAVES), (2000, 4, MANY_LEAVES)]
        if shape.metric == "cosine":
            forms = [(100, 2, FEW_LEAVES), (400, 1, SOME_LEAVES), (1000, 1, MANY_LEAVES), (2000, 2, MANY_LEAVES)]
        # A leaf holds a few dozen vectors at least.
        forms = [form for form in forms if form[0] * 40 <= shape.count] or [(max(2, shape.count // 40), 2, FEW_LEAVES)]
        return [
            self.run(leaves, block, [pair for pair in pairs if pair[0] <= leaves])
            for leaves, block, pairs in forms[-2:]
        ]

    def run(self, leaves, block, pairs):
        settings = [{"leaves": searched, "reorder": reorder} for searched, reorder in pairs]
        build = {"leaves": leaves, "dimensions_per_block": block}
        return Run("tree-ah", f"{leaves} leaves, {block} dimensions a block", build, settings)

    def build(self, vectors, run, shape, threads, folder):
        import scann

        cosine, products = shape.metric == "cosine", shape.metric != "l2"
        builder = scann.scann_ops_pybind.builder(vectors, shape.k, "dot_product" if products else "squared_l2")
        builder = builder.set_n_training_threads(threads)
        builder = builder.tree(
            run.build["leaves"], 1, training_sample_size=len(vectors), spherical=cosine, quantize_centroids=True
        )
        threshold = 0.2 if products else float("nan")
        builder = builder.score_ah(run.build["dimensions_per_block"], anisotropic_quantization_threshold=threshold)
        self.index = builder.reorder(100).build()

    def save(self, folder):
        self.index.serialize(str(folder))

    def load(self, folder, run, shape):
        import scann

        self.index = scann.scann_ops_pybind.load_searcher(str(folder))
        self.index.set_num_threads(1)

    def set(self, setting):
        self.reorder, self.leaves = setting["reorder"], setting["leaves"]

    def batch(self, queries, k):
        return self.index.search_batched(queries, k, self.reorder, self.leaves)[0]

    def single(self, query, k):
        return self.index.search(query, k, self.reorder, self.leaves)[0]
