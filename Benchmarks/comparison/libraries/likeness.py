"""Likeness itself, through its Python package as this checkout has it: every kind of index."""

from comparison.library import Library, Run

# The matrix holds 8 · n² bytes; it is built over as many vectors as fit these.
MATRIX_BYTES = 2 << 30


class Likeness(Library):
    name = distribution = "likeness"
    module = "likeness"
    instructions = "chosen when run: AVX-512 with VNNI and BF16, AVX2, or scalar"
    normalises = False

    def runs(self, shape):
        settings = shape.ef_settings("ef_search")
        fitting = int((MATRIX_BYTES / 8) ** 0.5)
        return [
            Run("flat", "", {}),
            Run("matrix", "", {"byte_limit": MATRIX_BYTES}, rows=fitting if fitting < shape.count else None),
            Run("hnsw", "M=16", {"m": 16, "ef_construction": 100}, settings),
            Run("hnsw", "M=32", {"m": 32, "ef_construction": 100}, settings),
            Run("hnsw", "M=16, efConstruction=200", {"m": 16, "ef_construction": 200}, settings),
        ]

    def build(self, vectors, run, shape, threads, folder):
        import likeness

        self.index = likeness.Index.build(vectors, kind=run.kind, metric=shape.metric, threads=threads, **run.build)

    def save(self, folder):
        self.index.save(str(folder / "index"))

    def load(self, folder, run, shape):
        import likeness

        self.index = likeness.Index.open(str(folder / "index"))

    def set(self, setting):
        self.setting = setting

    def batch(self, queries, k):
        return self.index.search(queries, k, threads=1, **self.setting)[0]

    def single(self, query, k):
        return self.index.search(query, k, threads=1, **self.setting)[0]
