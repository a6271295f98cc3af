"""Little memory, and numbers that ask for much."""
import shutil
import struct

from . import state as states
from .scenarios import kinds, vectors
from .tool import Failure, Tool

LONG, SHORT = True, True
PART = "memory"
HUGE = 9_000_000_000_000_000_000
# Less than this the loader cannot map the program, and says so itself.
LOADER = "error while loading shared libraries"


def unavailable():
    return None if shutil.which("prlimit") else "there is no prlimit; install the package util-linux"


def run(campaign, _):
    base = campaign.folder / "memory"
    base.mkdir()
    generator = campaign.generator("memory")
    data = base / "data.npy"
    states.write_npy(data, vectors(500, 32, generator))
    tool = Tool(campaign.program, base / "store")
    tool.run("ingest", "vectors", data, "-c", "things", "--vector", "v")
    for kind in kinds(campaign.program):
        tool.run("index", "build", "things", "--kind", kind)
    limits(campaign, base, data)
    numbers(campaign, base, data)


def limits(campaign, base, data):
    """The same commands with less and less address space."""
    sizes = (200, 3000) if campaign.short else (50, 100, 150, 200, 250, 300, 400, 500, 600, 700, 800, 1000, 1100)
    sizes += () if campaign.short else (1200, 1300, 1400, 1500, 1600, 1800, 2000, 2500, 2700, 2800, 3000, 4000, 6000)
    commands = {
        "collection list": ("collection", "list", "--json"),
        "search --exact": ("search", "things", "--id", 3, "--exact", "--json"),
        **{f"search --kind {kind}": ("search", "things", "--id", 3, "--kind", kind, "--json") for kind in kinds(campaign.program)},
        "index build hnsw": ("index", "build", "things", "--kind", "hnsw", "--threads", 1, "--json"),
        "ingest vectors": ("ingest", "vectors", data, "-c", "more", "--vector", "v", "--json"),
    }

    def one(number, title, words):
        counts = {"runs": 0, "answered": 0, "refused": 0, "not loaded": 0, "failures": 0}
        right = None
        if words[0] in ("collection", "search"):
            right = Tool(campaign.program, base / "store").run(*words).object
        for size in sizes:
            place = campaign.folder / f"memory-{number}"
            shutil.rmtree(place, ignore_errors=True)
            shutil.copytree(base / "store", place)
            tool = Tool(campaign.program, place)
            counts["runs"] += 1
            try:
                ended = tool.end(*words, prefix=("prlimit", f"--as={size * 1_000_000}"), limit=60)
                if ended.status == 127 and LOADER in ended.errors:
                    counts["not loaded"] += 1
                    continue
                ended.require_sentence()
                if ended.status == 0:
                    counts["answered"] += 1
                    if right is not None and ended.object != right:
                        raise Failure(f"a wrong answer: {ended.output[:300]}")
                else:
                    counts["refused"] += 1
                tool.run("index", "verify")
            except Failure as failure:
                counts["failures"] += 1
                campaign.failed(PART, title, f"with {size} MB of address space: {failure}")
        campaign.report.add(PART, f"{title}, little memory", counts)

    campaign.each(PART, list(commands.items()), one)


def array(path, shape, size):
    """A .npy file whose header promises more than there is."""
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}"
    header += " " * (127 - (10 + len(header)) % 64 - 64) + "\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + bytes(size))
    return path


def numbers(campaign, base, data):
    """Numbers that ask for more than there is: the right answer, or a sentence."""
    take = ("ingest", "vectors")
    new = ("-c", "new", "--vector", "v")
    wide = base / "wide.npy"
    states.write_npy(wide, [[float(column % 7) for column in range(200_000)] for _ in range(3)])
    fvecs = base / "wide.fvecs"
    fvecs.write_bytes(struct.pack("<i", 2**31 - 1) + bytes(64))
    idx = base / "wide-idx3-ubyte"
    idx.write_bytes(struct.pack(">BBBBIII", 0, 0, 8, 3, 2**31 - 1, 2**31 - 1, 2**31 - 1) + bytes(64))
    search = ("search", "things", "--id", 3)
    build = ("index", "build", "things", "--kind")
    asked = [
        ("all", (*search, "--exact", "-k", 500)),
        *(("-k", (*search, "--exact", "-k", k)) for k in (0, -1, 10**9, HUGE, 10**30)),
        *(("-k of an index", (*search, "--kind", kind, "-k", k)) for kind in kinds(campaign.program) for k in (10**9, HUGE)),
        *(("--ef-search", (*search, "--kind", "hnsw", "--ef-search", n)) for n in (0, -1, 10**9, HUGE)),
        ("batch", ("search", "things", "--vector-file", data, "-k", HUGE)),
        *(("--m", (*build, "hnsw", "--m", n)) for n in (0, -1, 10**6, 10**9, HUGE)),
        *(("--ef-construction", (*build, "hnsw", "--ef-construction", n)) for n in (0, -1, 10**9, HUGE)),
        *(("--threads", (*build, "flat", "--threads", n)) for n in (0, -1, 10**6, HUGE)),
        *(("--byte-limit", (*build, "matrix", "--byte-limit", n)) for n in (1, "0", "9999999999999G", "-5")),
        *(("--first-id", (*take, data, *new, "--first-id", n)) for n in (-1, 2**63, 2**64 - 2, 2**64)),
        ("wide vectors", (*take, wide, "-c", "wide", "--vector", "v")),
        ("wide vectors", ("search", "wide", "--id", 1, "--exact")),
        ("wide vectors", ("index", "build", "wide", "--kind", "hnsw")),
        ("wide .npy", (*take, array(base / "1.npy", f"(1, {2**31})", 64), *new)),
        ("wide .npy", (*take, array(base / "2.npy", f"({2**40}, {2**40})", 64), *new)),
        ("wide .npy", (*take, array(base / "3.npy", f"({2**62}, 4)", 64), *new)),
        ("wide .npy", (*take, array(base / "4.npy", f"(0, {2**62})", 0), *new)),
        ("wide .npy", (*take, array(base / "5.npy", f"({2**62}, 0)", 0), *new)),
        ("wide .fvecs", (*take, fvecs, *new)),
        ("wide IDX", (*take, idx, *new)),
    ]
    counts = {}
    for title, words in asked:
        row = counts.setdefault(title, {"runs": 0, "answered": 0, "refused": 0, "not loaded": 0, "failures": 0})
        row["runs"] += 1
        try:
            ended = Tool(campaign.program, base / "store").end(*words, "--json", prefix=("prlimit", f"--as={8 << 30}"))
            ended.require_sentence()
            row["answered" if ended.status in (0, 2) else "refused"] += 1
            if ended.status == 0 and "-k" in words and words[1] == "things" and "--id" in words:
                found = len(ended.object["answers"][0]["hits"])
                if found != min(499, int(words[words.index("-k") + 1])):
                    raise Failure(f"`{' '.join(map(str, words))}` answers with {found} results")
            if ended.status == 2:
                raise Failure(str(ended))
        except Failure as failure:
            row["failures"] += 1
            campaign.failed(PART, title, failure)
    for title, row in counts.items():
        campaign.report.add(PART, f"{title}, much", row)
