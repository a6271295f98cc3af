"""Loss of power: of what was not synced, any part may be on the disk."""
import filecmp
import os
import shutil
import subprocess

from . import recorder as calls
from .kills import shares, unavailable  # noqa: F401 (the recorder needs the same)
from .replay import Disk
from .tool import Failure

LONG, SHORT = 400, 12
PART = "power"


class Sequence:
    """Commands one after another in one folder, and what is seen after each."""

    def __init__(self, campaign, work, scenario, commands):
        self.scenario, self.work, self.commands = scenario, work, commands
        self.kept = work.with_name("kept")
        tool = scenario.fresh(work)
        shutil.rmtree(self.kept, ignore_errors=True)
        subprocess.run(["cp", "-a", str(work), str(self.kept)], check=True)
        self.start = Disk(work, self.kept)
        self.records, self.ends, self.seen = [], [0], [self.observe_copy()]
        for words in commands:
            before = self.seen[-1]
            ended, records = campaign.recorder.record(tool, work, work.with_name("log"), *words)
            if ended.status != 0:
                raise Failure(str(ended))
            self.records += records
            self.ends.append(len(self.records))
            self.seen.append(self.observe_copy())
            if self.seen[-1] == before and scenario.changes:
                raise Failure(f"`{' '.join(words)}` changed nothing")
        self.files = scenario.files(work)
        self.final_lock = work.with_name("lock.mdb")
        if (work / "store/lock.mdb").exists():
            shutil.copyfile(work / "store/lock.mdb", self.final_lock)
        self.require_all_recorded()

    def observe_copy(self):
        """What is seen, in a copy: looking, too, may make or change a file, such as the table of readers."""
        copy = self.work.with_name("copy")
        subprocess.run(["cp", "-a", "--sparse=always", str(self.work), str(copy)], check=True)
        seen = self.scenario.observe(copy)
        shutil.rmtree(copy)
        return seen

    def fresh_disk(self):
        return self.start.copy()

    def require_all_recorded(self):
        """What the records make of the first folder is the last one, so nothing was missed."""
        disk = self.fresh_disk()
        for record in self.records:
            disk.play(record)
        image = self.work.with_name("image")
        disk.image(image, lambda change: True)
        odd = differences(image, self.work)
        shutil.rmtree(image)
        if odd:
            raise Failure(f"the recorder missed changes of {', '.join(odd[:5])}")

    def points(self, amount, generator):
        """How many calls were made when the power is lost: around each sync, and anywhere."""
        syncs = [at for at, record in enumerate(self.records) if record.operation == calls.SYNC]
        around = sorted({point for at in syncs for point in (at, at + 1)} | set(self.ends))
        generator.shuffle(around)
        chosen = around[: amount * 2 // 3]
        while len(chosen) < amount:
            chosen.append(generator.randrange(len(self.records) + 1))
        return sorted(chosen)

    def acknowledged(self, point):
        """How many of the commands had ended."""
        return sum(1 for end in self.ends[1:] if end <= point)


def differences(one, other):
    """Names of files that two folders do not have alike; the table of readers lies in a map."""
    odd = []
    for first, second in ((one, other), (other, one)):
        for folder, folders, files in os.walk(first):
            inside = os.path.relpath(folder, first)
            for name in folders + files:
                if not os.path.exists(os.path.join(second, inside, name)):
                    odd.append(os.path.join(inside, name))
    for folder, _, files in os.walk(one):
        inside = os.path.relpath(folder, one)
        for name in files:
            path = os.path.join(other, inside, name)
            if name != "lock.mdb" and os.path.exists(path):
                if not filecmp.cmp(os.path.join(folder, name), path, shallow=False):
                    odd.append(os.path.join(inside, name))
    return sorted(set(odd))


def choices(generator):
    """A way in which the changes that were not synced reach the disk: (name, which, sectors)."""
    share = generator.choice((0.2, 0.5, 0.8))
    return generator.choice(
        (
            ("none", lambda change: False, None),
            ("all", lambda change: True, None),
            ("some", lambda change: generator.random() < share, None),
            ("names only", lambda change: hasattr(change, "names"), None),
            ("contents only", lambda change: not hasattr(change, "names"), None),
            ("torn", lambda change: generator.random() < 0.9, lambda: generator.random() < share),
            ("torn", lambda change: True, lambda: generator.random() < 0.95),
        )
    )


def run(campaign, amount):
    work = sequences(campaign)
    if campaign.short:
        work = campaign.sample(PART, work, amount // 2)
    if not work:
        return
    parts = [(title, (*item, share)) for (title, item), share in zip(work, shares(amount, len(work))) if share]

    def one(number, title, item):
        lose(campaign, campaign.work(PART, number), *item)

    campaign.each(PART, parts, one)


def sequences(campaign):
    """Each command alone, and many one after another on a store that begins with nothing."""
    scenarios = campaign.scenarios(PART)
    found = [(scenario.name, (scenario, [scenario.words])) for scenario in scenarios]
    by_name = {scenario.name: scenario for scenario in scenarios}
    names = ("index build flat", "ingest vectors, more", "index build flat", "point delete", "index build hnsw")
    names += ("index delete", "collection delete")
    if all(name in by_name for name in (*names, "ingest vectors")):
        first = by_name["ingest vectors"]
        found.insert(0, ("a life", (first, [first.words, *(by_name[name].words for name in names)])))
    return found


def lose(campaign, work, scenario, commands, amount):
    commands = [[str(word).replace("{work}", str(work)) for word in words] for words in commands]
    sequence = Sequence(campaign, work, scenario, commands)
    generator = campaign.generator(f"power {scenario.name} {len(commands)}")
    title = scenario.name if len(commands) == 1 else "a life"
    counts = {"losses": 0, "calls": sum(record.is_call for record in sequence.records), "failures": 0}
    disk, played = sequence.fresh_disk(), 0
    for point in sequence.points(amount, generator):
        while played < point:
            disk.play(sequence.records[played])
            played += 1
        name, choose, sectors = choices(generator)
        final = sequence.final_lock if sequence.final_lock.exists() and generator.random() < 0.5 else None
        disk.image(work, choose, sectors, final)
        counts["losses"] += 1
        try:
            check(sequence, point)
        except Failure as failure:
            counts["failures"] += 1
            last = sequence.records[point - 1] if point else "nothing"
            text = f"power lost after call {point} of {len(sequence.records)} ({last}), {name} of the rest kept: {failure}"
            disk.image(work, choose, sectors, final)
            campaign.failed(PART, title, text, work)
            if counts["failures"] >= 5:
                break
    campaign.report.add(PART, title, counts)


def check(sequence, point):
    """Everything acknowledged is there, nothing partial is, and the commands that were not can be run."""
    scenario, work = sequence.scenario, sequence.work
    done = sequence.acknowledged(point)
    before = sequence.seen[done]
    is_between = point > sequence.ends[done]
    after = sequence.seen[done + 1] if is_between else before
    now = scenario.observe(work)
    reason = scenario.wrong(before, after, now)
    if reason:
        raise Failure(reason)
    for words in sequence.commands[done:]:
        again = scenario.tool(work).end(*words)
        again.require_sentence()
        # What was done already when the power was lost may be refused.
        if again.status != 0 and not (now == after and words == sequence.commands[done]):
            raise Failure(f"then {again}")
    if scenario.observe(work) != sequence.seen[-1]:
        raise Failure("the commands that were left do not end as undisturbed ones")
