"""What is interrupted: commands, each on a store that a preparation makes, with what may be seen of it afterwards."""
import hashlib
import json
import os
import pathlib
import random
import re
import shutil
import subprocess

from . import state as states
from .tool import ROOT, Failure, Tool, Unavailable

STAMPS = pathlib.Path("/usr/share/tuxpaint/stamps")
SHARED = ROOT.parent / "shared"
OLD_STORES = ROOT / "Tests/Fixtures/stores"


class Scenario:
    """A command in a folder of its own, called `work`, that a copy of `prepared` makes."""

    def __init__(self, name, words, prepared=None, grows=False, program=None, environment=None, reads=False):
        self.name = name
        self.words = words
        self.prepared = prepared
        # Whether states between those before and after may be seen, point by point.
        self.grows = grows
        # Whether what is seen is different afterwards.
        self.changes = not reads and name != "compact"
        self.reads = reads
        self.program = program
        self.variables = environment or {}
        self.known = {}
        # Those of known contents whose format is an older one, which `verify` says.
        self.old = set()

    def fresh(self, work):
        """Makes the folder as it is before the command, and returns the tool in it."""
        if work.exists():
            shutil.rmtree(work)
        if self.prepared:
            # `cp` keeps a sparse file sparse; -a keeps times, which an ingest compares.
            subprocess.run(["cp", "-a", "--sparse=always", str(self.prepared), str(work)], check=True)
        else:
            work.mkdir(parents=True)
        return self.tool(work)

    def tool(self, work):
        variables = {name: value.replace("{work}", str(work)) for name, value in self.variables.items()}
        return Tool(self.program, work / "store", variables)

    def command(self, work):
        return [str(word).replace("{work}", str(work)) for word in self.words]

    def observe(self, work):
        """All that can be seen in the folder; whatever is visible must be whole."""
        tool = self.tool(work)
        # The same bytes look the same, but for the files of locks, with which the store must still open.
        key = contents(work)
        if key in self.known:
            if self.known[key]["store"] is not None:
                states.require_sound(tool, finding=key in self.old)
            return self.known[key]
        aside = work.with_name(work.name + "-aside")
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir()
        try:
            found = {"store": states.state(self.upgraded(tool, aside), aside)}
            for snapshot in work.glob("*.snapshot"):
                found[snapshot.name] = states.restored(self.program, snapshot, aside)
                shutil.rmtree(aside / "restored.store")
            if (work / "models").is_dir():
                listed = tool.json("models", "list")["models"]
                own = [model for model in listed if str(work) in model["path"]]
                found["models"] = sorted(json.dumps(model).replace(str(work), "") for model in own)
            self.known[key] = found
            if (aside / "upgraded.store").exists():
                self.old.add(key)
            return found
        finally:
            shutil.rmtree(aside)

    def upgraded(self, tool, aside):
        """The tool on the store, or on an upgraded copy of it where it has an older format."""
        listed = tool.end("collection", "list")
        if listed.status != 65 or "likeness compact" not in listed.errors:
            return tool
        copy = Tool(self.program, aside / "upgraded.store")
        subprocess.run(["cp", "-a", "--sparse=always", str(tool.store), str(copy.store)], check=True)
        copy.run("compact")
        return copy

    @staticmethod
    def files(work):
        """What lies where, by name and kind: nothing may be left over."""
        names = []
        for path in work.rglob("*"):
            # An index's file is named for when it was built.
            name = re.sub(r"-s\d+-[a-z]+(?=\.index)", "", str(path.relative_to(work)))
            names.append(name)
        return sorted(names)

    def wrong(self, before, after, now):
        """Why what is seen after an interruption is neither as before, as after, nor on the way; or None."""
        if now == before or now == after:
            return None
        if not self.grows:
            return f"{describe(now)}, which is neither as before ({describe(before)}) nor as after ({describe(after)})"
        for part in now:
            if part == "store":
                reason = states.between(before["store"], after["store"], now["store"])
                if reason:
                    return reason
            elif now[part] not in (before.get(part), after.get(part)):
                return f"{part} is neither as before nor as after"
        return None


def contents(folder):
    """A digest of all names and bytes below a folder, but for those of locks."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.name not in ("lock.mdb", "writer.lock"):
            digest.update(f"{path.relative_to(folder)}\0".encode())
            digest.update(path.read_bytes() if path.is_file() else b"/")
    return digest.digest()


def describe(seen):
    parts = [states.summary(seen["store"])] + [f"with {name}" for name in seen if name != "store"]
    return " ".join(parts)


def vectors(count, dimension, generator):
    """Vectors around a few centres."""
    centres = [[generator.gauss(0, 3) for _ in range(dimension)] for _ in range(16)]
    return [[value + generator.random() for value in centres[row % 16]] for row in range(count)]


def pictures(count):
    """Paths of pictures that are on this machine, with the folder that they are in."""
    for source in (STAMPS, SHARED / "data/iconic200"):
        found = sorted(path for path in source.rglob("*") if path.suffix in (".png", ".jpg"))
        if len(found) >= count:
            return source, found[:: len(found) // count][:count]
    raise Unavailable("pictures are needed: install the package tuxpaint-stamps-default")


def copy_pictures(target, count):
    source, found = pictures(count)
    for picture in found:
        place = target / picture.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(picture, place)
    return sorted(target.rglob("*.*g"))


def kinds(program):
    """The kinds of index that the tool can build."""
    text = subprocess.run([program, "index", "build", "--help"], capture_output=True, text=True).stdout
    found = re.search(r"--kind <kind>.*?\(values:\s*([^)]*)\)", text, re.DOTALL)
    if not found:
        raise Failure("`index build --help` names no kinds")
    return re.split(r"[,\s]+", found.group(1).strip())


def has_models(program):
    done = subprocess.run([program, "models", "list", "--json"], capture_output=True, text=True)
    return done.returncode == 0 and bool(json.loads(done.stdout)["models"])


class Scenarios:
    """Makes the stores that the scenarios begin with, each once."""

    def __init__(self, program, folder, generator, small):
        self.program = program
        self.folder = folder
        self.generator = generator
        self.small = small
        self.bases = folder / "bases"
        self.bases.mkdir()
        # The tool reads these, and never changes them.
        self.many = folder / "many.npy"
        self.some = folder / "some.npy"
        states.write_npy(self.many, vectors(3_000 if small else 20_000, 24, generator))
        states.write_npy(self.some, vectors(300 if small else 2_000, 24, generator))

    def scenario(self, name, words, prepared=None, grows=False, environment=None):
        return Scenario(name, words, prepared, grows, self.program, environment)

    def base(self, name, *commands, start=None):
        """A folder with a store in which commands have been run."""
        place = self.bases / name
        if place.exists():
            return place
        if start:
            subprocess.run(["cp", "-a", str(start), str(place)], check=True)
        else:
            place.mkdir()
        tool = Tool(self.program, place / "store")
        for words in commands:
            tool.run(*[str(word).replace("{work}", str(place)) for word in words])
        return place

    def filled(self):
        """A store of two collections of vectors, with indexes."""
        builds = [("index", "build", "things", "--kind", kind, "--threads", 1) for kind in kinds(self.program)]
        return self.base(
            "filled",
            ("ingest", "vectors", self.some, "-c", "things", "--vector", "v"),
            ("ingest", "vectors", self.some, "-c", "others", "--vector", "w", "--metric", "cosine"),
            ("point", "delete", "others", 7),
            *builds,
            ("point", "delete", "things", 11),
        )

    def of_vectors(self):
        words = ("ingest", "vectors", self.many, "-c", "things", "--vector", "v")
        yield self.scenario("ingest vectors", words, None, grows=True)
        bare = self.base("bare", ("ingest", "vectors", self.some, "-c", "things", "--vector", "v"))
        more = ("ingest", "vectors", self.many, "-c", "things", "--vector", "v", "--first-id", 5_000)
        yield self.scenario("ingest vectors, more", more, bare, grows=True)
        # One thread, for only then a seed gives the same graph again.
        for kind in kinds(self.program):
            words = ("index", "build", "things", "--kind", kind, "--threads", 1)
            yield self.scenario(f"index build {kind}", words, bare)
            yield self.scenario(f"index build {kind}, again", words, self.filled())
        yield self.scenario("point delete", ("point", "delete", "things", 5), self.filled())
        yield self.scenario("collection delete", ("collection", "delete", "things"), self.filled())
        yield self.scenario("index delete", ("index", "delete", "things", "--all"), self.filled())

    def of_stores(self):
        yield self.scenario("snapshot", ("snapshot", "{work}/new.snapshot"), self.filled())
        kept = self.base("kept", ("snapshot", "{work}/old.snapshot"), start=self.filled())
        again = ("snapshot", "{work}/old.snapshot", "--replace")
        changed = self.base("changed", ("point", "delete", "things", 9), start=kept)
        yield self.scenario("snapshot --replace", again, changed)
        saved = self.base("saved", start=kept)
        shutil.rmtree(saved / "store", ignore_errors=True)
        yield self.scenario("restore", ("restore", "{work}/old.snapshot"), saved)
        gone = self.base("gone", ("collection", "delete", "others"), start=self.filled())
        yield self.scenario("compact", ("compact",), gone)
        for old in sorted(OLD_STORES.glob("format-*")):
            base = self.bases / old.name
            if not base.exists():
                base.mkdir()
                subprocess.run(["cp", "-r", str(old), str(base / "store")], check=True)
                subprocess.run(["chmod", "-R", "u+w", str(base)], check=True)
            words = ("ingest", "vectors", self.some, "-c", "added", "--vector", "v")
            yield self.scenario(f"upgrade from {old.name}", words, base, grows=True)

    def of_images(self):
        if not has_models(self.program):
            raise Unavailable("the default model is needed; run Tools/setup")
        source = self.bases / "new pictures"
        source.mkdir(exist_ok=True)
        copy_pictures(source / "pictures", 24 if self.small else 80)
        words = ("ingest", "images", "{work}/pictures", "-c", "pictures", "--pooling", "avg", "--pooling", "max")
        yield self.scenario("ingest images", words, source, grows=True)
        # A store's folder of images is absolute, so it is moved to where the work will be by ingesting there.
        for title, change, options in (
            ("changed", change_pictures, ()),
            ("moved", move_pictures, ()),
            ("--prune", remove_pictures, ("--prune",)),
        ):
            yield Images(self, f"ingest images, {title}", (*words, *options), source, change)

    def of_models(self):
        network = SHARED / "models/squeezenet1_1.onnx"
        if not network.exists():
            raise Unavailable("an ONNX network is needed: ../shared/models/squeezenet1_1.onnx")
        empty = self.bases / "no models"
        (empty / "models").mkdir(parents=True, exist_ok=True)
        folder = {"LIKENESS_MODELS": "{work}/models"}
        add = ("models", "add", network, "--name", "own")
        yield self.scenario("models add", add, empty, environment=folder)
        full = self.bases / "models"
        if not full.exists():
            subprocess.run(["cp", "-a", str(empty), str(full)], check=True)
            Tool(self.program, full / "store", {"LIKENESS_MODELS": str(full / "models")}).run(*add)
        yield self.scenario("models remove", ("models", "remove", "own"), full, environment=folder)

    def readers(self):
        """Commands that only read; with --json, so that what they say can be compared."""
        filled = self.filled()
        queries = states.queries(self.folder, 24)
        for title, words in (
            ("collection show", ("collection", "show", "things")),
            ("point get", ("point", "get", "things", 3)),
            ("export", ("export", "things", "--vector", "v", "{work}/out.npy")),
            ("search --exact", ("search", "things", "--vector-file", queries, "--exact")),
            *((f"search --kind {kind}", ("search", "things", "--id", 3, "--kind", kind)) for kind in kinds(self.program)),
            ("index verify", ("index", "verify")),
            ("verify", ("verify",)),
        ):
            yield Scenario(title, (*words, "--json"), filled, program=self.program, reads=True)

    def all(self, chosen=None):
        """Every scenario whose name begins with one of the chosen ones, and what was skipped, why."""
        found, skipped = [], []
        for part in (self.of_images, self.of_vectors, self.of_stores, self.of_models):
            try:
                found += part()
            except Unavailable as reason:
                skipped.append((part.__name__.removeprefix("of_"), str(reason)))
        if chosen:
            found = [scenario for scenario in found if any(scenario.name.startswith(name) for name in chosen)]
            skipped = []
        return found, skipped


class Images(Scenario):
    """An ingest of a folder that has changed since the last one; the store keeps where the folder is."""

    def __init__(self, scenarios, name, words, source, change):
        super().__init__(name, words, source, grows=True, program=scenarios.program)
        self.change = change
        self.seed = scenarios.generator.random()

    def fresh(self, work):
        """Every run has its store at the same place as far as the tool can see."""
        base = work.with_name(work.name + "-ingested")
        if not base.exists():
            tool = super().fresh(work)
            tool.run("ingest", "images", work / "pictures", "-c", "pictures", "--pooling", "avg", "--pooling", "max")
            self.change(sorted((work / "pictures").rglob("*.*g")), random.Random(self.seed))
            shutil.move(work, base)
        if work.exists():
            shutil.rmtree(work)
        subprocess.run(["cp", "-a", "--sparse=always", str(base), str(work)], check=True)
        return self.tool(work)


def change_pictures(paths, generator):
    """Gives every third picture another's pixels, and a later time."""
    for path in paths[::3]:
        other = generator.choice([found for found in paths if found.suffix == path.suffix and found != path])
        data = other.read_bytes()
        before = path.stat()
        path.write_bytes(data)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 5_000_000_000))


def move_pictures(paths, _generator):
    """Moves every third picture into another folder under another name."""
    for number, path in enumerate(paths[::3]):
        place = path.parents[0].parent / "moved" / f"{number}{path.suffix}"
        place.parent.mkdir(exist_ok=True)
        path.rename(place)


def remove_pictures(paths, _generator):
    for path in paths[::3]:
        path.unlink()
