"""Damaged files: every command answers exactly right, or refuses in a sentence."""
import shutil
import struct
import subprocess

from . import state as states
from .scenarios import kinds, vectors
from .tool import Failure, Tool

LONG, SHORT = 1_000, 25
PART = "flips"
PAGE = 4096


def unavailable():
    return None


# --- where to damage


def page_kind(page):
    """What LMDB keeps in a page, by its flags."""
    flags = struct.unpack_from("<H", page, 10)[0]
    for bit, name in ((8, "meta"), (4, "overflow"), (1, "branch"), (2, "leaf")):
        if flags & bit:
            return name
    return "other"


def used(data, start):
    """A part of a page that means something: its header, the list of its records, or the records."""
    lower, upper = struct.unpack_from("<HH", data, start + 12)
    if page_kind(data[start : start + PAGE]) in ("branch", "leaf") and 16 <= lower <= upper < PAGE:
        return [(start, 16), (start, lower), (start + upper, PAGE - upper), (start + upper, PAGE - upper)]
    return [(start, 16), (start, 168), (start, PAGE)]


def pages(path):
    """The pages of a data file by kind; those of an overflow value after its first have no header of their own."""
    data, found, number = path.read_bytes(), {}, 0
    while (number + 1) * PAGE <= len(data):
        page = data[number * PAGE : (number + 1) * PAGE]
        kind, length = page_kind(page), 1
        if struct.unpack_from("<Q", page)[0] != number:
            kind = "free"
        elif kind == "overflow":
            length = max(1, struct.unpack_from("<I", page, 12)[0])
        for inside in range(length):
            found.setdefault(f"data.mdb {kind}", []).append((number + inside) * PAGE)
        number += length
    return found


def sections(path):
    """The parts of an index file: (name, offset, length)."""
    data = path.read_bytes()
    count = struct.unpack_from("<I", data, 12)[0]
    parts = [("header", 0, 128), ("section table", 128, 32 * count), ("header's end", 4092, 4)]
    for section in range(count):
        name = data[128 + 32 * section : 136 + 32 * section].rstrip(b"\0").decode()
        offset, length = struct.unpack_from("<QQ", data, 136 + 32 * section)
        if length:
            parts.append((name, offset, length))
    return parts


# --- how to damage


class Damage:
    """A change of the bytes of one file."""

    def __init__(self, path, what, change):
        self.path, self.what, self.change = path, what, change

    def apply(self):
        # In place of the file, for LMDB's map of another process must not see it.
        data = bytearray(self.path.read_bytes())
        data = self.change(data)
        self.path.unlink()
        self.path.write_bytes(data)


def flip(generator, start, length):
    place, bit = start + generator.randrange(length), generator.randrange(8)

    def change(data):
        data[place] ^= 1 << bit
        return data

    return f"bit {bit} of byte {place}", change


def garbage(generator, start, length):
    """A few bytes in a row get other values."""
    place, size = start + generator.randrange(length), generator.choice((1, 2, 4, 8, 64))
    size = min(size, start + length - place)
    bytes_ = generator.randbytes(size)

    def change(data):
        data[place : place + size] = bytes_
        return data

    return f"{size} bytes of garbage at {place}", change


def zeroed(_generator, start, _length):
    def change(data):
        end = min(start + PAGE, len(data))
        data[start:end] = bytes(end - start)
        return data

    return f"zeros at {start}", change


def swapped(generator, start, _length, others):
    other = generator.choice(others)

    def change(data):
        data[start : start + PAGE], data[other : other + PAGE] = data[other : other + PAGE], data[start : start + PAGE]
        return data

    return f"pages at {start} and {other} swapped", change


def cut(generator, size):
    length = generator.choice((0, generator.randrange(size), generator.randrange(size) // PAGE * PAGE, size - 1))
    return f"cut to {length} bytes", lambda data: data[:length]


def damages(store, generator):
    """Yields damage after damage: through all kinds of places in turn."""
    data = store / "data.mdb"
    files = sorted((store / "indexes").iterdir())
    snapshot = store.parent / "kept.snapshot"
    while True:
        for kind, places in sorted(pages(data).items()):
            for how in (flip, flip, flip, garbage, zeroed, swapped):
                start = generator.choice(places)
                if how is swapped:
                    words, change = swapped(generator, start, PAGE, [at for all_ in pages(data).values() for at in all_])
                elif how is flip:
                    words, change = flip(generator, *generator.choice(used(data.read_bytes(), start)))
                else:
                    words, change = how(generator, start, PAGE)
                yield kind, Damage(data, words, change)
        yield "data.mdb cut", Damage(data, *cut(generator, data.stat().st_size))
        for path in files:
            kind = path.name.split("-")[2]
            for name, offset, length in sections(path):
                how = generator.choice((flip, flip, garbage, zeroed))
                yield f"index {kind} {name}", Damage(path, *how(generator, offset, length))
            yield f"index {kind} cut", Damage(path, *cut(generator, path.stat().st_size))
        if len(files) > 1:
            one, other = generator.sample(files, 2)
            content = other.read_bytes()
            yield "index file of another", Damage(one, f"has what {other.name} has", lambda _: bytearray(content))
        foreign = store.parent / "foreign"
        for path in files:
            for other in foreign.glob(f"*{path.name.split('-')[2]}*"):
                content = other.read_bytes()
                yield "index of another store", Damage(path, "is of another store", lambda _, c=content: bytearray(c))
        for _ in range(6):
            size = snapshot.stat().st_size
            how = generator.choice((flip, flip, garbage, zeroed))
            words, change = how(generator, generator.randrange(size) // PAGE * PAGE, min(PAGE, size))
            if how is flip:
                words, change = flip(generator, 0, generator.choice((256, size)))
            elif how is garbage:
                words, change = garbage(generator, generator.randrange(size - 64), 64)
            yield "snapshot", Damage(snapshot, words, change)
        yield "snapshot cut", Damage(snapshot, *cut(generator, snapshot.stat().st_size))


# --- what is asked


def questions(program, folder):
    """The commands, each with whether an index answers it."""
    words = [
        ("collection", "list"),
        ("collection", "show", "things"),
        ("point", "count", "things"),
        ("point", "get", "things", 3),
        ("point", "get", "others", 90),
        ("search", "things", "--vector-file", states.queries(folder, 12), "--exact"),
        ("search", "others", "--id", 5, "--exact"),
        *(("search", "things", "--id", 3, "--kind", kind) for kind in kinds(program)),
    ]
    return [(*map(str, line), "--json") for line in words]


class Judge:
    """Knows the right answers, and holds damaged stores to them."""

    def __init__(self, campaign, base):
        self.program = campaign.program
        self.base = base
        self.lines = questions(self.program, campaign.folder)
        tool = Tool(self.program, base / "store")
        self.answers = [tool.run(*line).object for line in self.lines]
        self.exports = {}
        for name, field in (("things", "v"), ("others", "w")):
            out = base / "export.npy"
            tool.run("export", name, "--vector", field, out)
            self.exports[name, field] = out.read_bytes()
            out.unlink()
        # The answers of indexes must be the exact ones, so that either is right when an index is set aside.
        exact = tool.run("search", "things", "--id", 3, "--exact", "--json").object
        for line, answer in zip(self.lines, self.answers):
            if "--kind" in line and hits(answer) != hits(exact):
                raise Failure(f"`{' '.join(line)}` does not answer exactly, undamaged")

    def judge(self, work, damage):
        """Whether a damage was `detected`, or is `harmless`; a wrong answer or a crash is a failure."""
        subprocess.run(["cp", "-a", "--sparse=always", str(self.base), str(work)], check=True)
        moved = Damage(work / damage.path.relative_to(self.base), damage.what, damage.change)
        moved.apply()
        if moved.path.read_bytes() == damage.path.read_bytes():
            return "no change"
        tool = Tool(self.program, work / "store")
        if damage.path.suffix == ".snapshot":
            return self.judge_snapshot(tool, work)
        told = self.verify(tool)
        refused = False
        for line, right in zip(self.lines, self.answers):
            ended = tool.end(*line)
            ended.require_sentence()
            if ended.status in (65, 74):
                refused = True
            elif ended.status in (0, 2):
                self.compare(ended, right)
                refused = refused or ended.status == 2
            else:
                raise Failure(f"neither an answer nor a refusal of damage: {ended}")
        for (name, field), right in self.exports.items():
            out = work / "export.npy"
            ended = tool.end("export", name, "--vector", field, out)
            ended.require_sentence()
            if ended.status == 0:
                if out.read_bytes() != right:
                    raise Failure(f"export {name} ended with 0 and other vectors")
            elif ended.status in (65, 74):
                refused = True
            else:
                raise Failure(f"neither vectors nor a refusal of damage: {ended}")
        if refused and not told:
            raise Failure("a command noticed damage that `verify` and `index verify` did not")
        return "refused" if refused else "verify only" if told else "harmless"

    def verify(self, tool):
        """Whether the commands that look for damage find some."""
        told = False
        for words in (("verify",), ("index", "verify")):
            ended = tool.end(*words)
            ended.require_sentence()
            if ended.status not in (0, 2, 65, 74):
                raise Failure(str(ended))
            told = told or ended.status != 0
        return told

    def compare(self, ended, right):
        found = ended.object
        if found == right:
            return
        # An index that is set aside leaves an exact answer and a warning, with distances in the last digits.
        if ended.status == 2 and "answers" in right and found.get("warnings") and hits(found) == hits(right):
            return
        raise Failure(f"a wrong answer: `{' '.join(ended.words[1:])}` ended with {ended.status}: {ended.output[:300]}")

    def judge_snapshot(self, tool, work):
        """A damaged snapshot leaves nothing behind, and `verify` says so."""
        checked = tool.end("verify", work / "kept.snapshot")
        checked.require_sentence()
        shutil.rmtree(work / "store")
        before = sorted(path.name for path in work.iterdir())
        ended = tool.end("restore", work / "kept.snapshot")
        ended.require_sentence()
        if ended.status == 0:
            for line, right in zip(self.lines, self.answers):
                self.compare(tool.run(*line), right)
            if checked.status != 0:
                raise Failure(f"verify finds fault with what restores: {checked}")
            return "harmless"
        if sorted(path.name for path in work.iterdir()) != before:
            raise Failure("a restore that was refused left something behind")
        if ended.status not in (65, 74) or checked.status not in (2, 65, 74):
            raise Failure(f"{ended}; {checked}")
        return "refused"


def hits(answer):
    return [[(hit["id"], hit["payload"], round(hit["distance"], 4)) for hit in one["hits"]] for one in answer["answers"]]


def prepare(campaign):
    """A store with everything in it, its snapshot, and index files of another store."""
    base = campaign.folder / "flips-base"
    base.mkdir()
    generator = campaign.generator("flips data")
    for name, count, dimension in (("a", 160, 12), ("b", 120, 600)):
        states.write_npy(base / f"{name}.npy", vectors(count, dimension, generator))
    foreign = Tool(campaign.program, base / "other")
    for tool in (Tool(campaign.program, base / "store"), foreign):
        tool.run("ingest", "vectors", base / "a.npy", "-c", "things", "--vector", "v")
        tool.run("ingest", "vectors", base / "b.npy", "-c", "others", "--vector", "w", "--metric", "cosine")
        tool.run("point", "delete", "others", 7)
        for kind in kinds(campaign.program):
            tool.run("index", "build", "things", "--kind", kind)
        tool.run("point", "delete", "things", 100)
    (base / "foreign").mkdir()
    for path in (foreign.store / "indexes").iterdir():
        shutil.copy(path, base / "foreign")
    shutil.rmtree(foreign.store)
    kept = Tool(campaign.program, base / "store")
    # So that there are few free pages.
    kept.run("compact")
    kept.run("snapshot", base / "kept.snapshot")
    return base


def run(campaign, amount):
    base = prepare(campaign)
    judge = Judge(campaign, base)
    generator = campaign.generator("flips")
    stream = damages(base / "store", generator)
    work = [next(stream) for _ in range(amount)]
    counts = {}

    def one(number, title, damage):
        place = campaign.work(PART, number)
        try:
            outcome = judge.judge(place, damage)
        except Failure as failure:
            outcome = "failures"
            campaign.failed(PART, title, f"{damage.path.name}, {damage.what}: {failure}", place)
        counts.setdefault(title, []).append(outcome)
        shutil.rmtree(place.parent)

    campaign.each(PART, work, one)
    for title, outcomes in sorted(counts.items()):
        row = {"faults": len(outcomes)}
        for name in ("refused", "verify only", "harmless", "no change", "failures"):
            row[name] = outcomes.count(name)
        campaign.report.add(PART, title, row)
