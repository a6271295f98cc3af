"""The command line of the campaign, and what its parts share."""
import argparse
import concurrent.futures
import json
import os
import pathlib
import random
import shutil
import sys
import tempfile
import threading

from . import calls, disk, flips, forks, kills, living, memory, power
from .recorder import Recorder
from .scenarios import Scenarios
from .tool import ROOT, Failure, say

DESCRIPTION = """\
Breaks the tool in every way that it must survive, and checks what is left.

  --kills N     SIGKILL at random moments and at the n-th change of a file, in every phase of every command that writes
  --living N    SIGKILL of a process that changes vectors under a graph, which it searches and builds anew
  --forks N     forks of a process whose threads search, change, build and save; what the children do
  --power N     power losses: recorded writes are dropped, torn and reordered since what was last synced
  --calls       the n-th system call of a kind fails, for n = 1, 2, 3 … until none does
  --full-disk   a small disk fills up, is freed, and is used again
  --flips N     bits flip, pages are zeroed, swapped and cut off, in every kind of file
  --memory      little memory, and numbers that ask for much

Where none of these is given, all run. After every fault the store must open, verify, and have everything that was
acknowledged; the same command again must end as if nothing had happened; and every refusal must be a sentence with its
exit status. Needs strace and a C compiler; --full-disk needs to mount a tmpfs, as root or in a user namespace.
"""

PARTS = {"kills": kills, "living": living, "forks": forks, "power": power, "calls": calls, "full_disk": disk, "flips": flips, "memory": memory}


class Report:
    """Rows of counts, by part."""

    def __init__(self):
        self.parts = {}
        self.failures = []
        self.skipped = {}
        self.lock = threading.Lock()

    def add(self, part, title, counts):
        with self.lock:
            self.parts.setdefault(part, []).append({"what": title, **counts})

    def fail(self, part, title, reason):
        with self.lock:
            self.failures.append({"part": part, "what": title, "reason": str(reason)})
            say(f"FAILED {part}: {title}: {reason}")

    def skip(self, part, what, reason):
        self.skipped[f"{part}: {what}" if what else part] = str(reason)
        say(f"{part}: {what + ': ' if what else ''}skipped: {reason}")

    def table(self, part):
        rows = self.parts.get(part, [])
        columns = list(dict.fromkeys(name for row in rows for name in row))
        numbers = [name for name in columns if name != "what"]
        total = {"what": "all", **{name: sum(row.get(name, 0) for row in rows) for name in numbers}}
        lines = [[part.replace("_", " "), *numbers]]
        lines += [[str(row.get(name, 0 if name != "what" else "")) for name in columns] for row in [*rows, total]]
        widths = [max(len(line[column]) for line in lines) for column in range(len(columns))]
        for line in lines:
            cells = [cell.ljust(width) if not at else cell.rjust(width) for at, (cell, width) in enumerate(zip(line, widths))]
            say("  ".join(cells))

    def total(self, part, name):
        return sum(row.get(name, 0) for row in self.parts.get(part, []))


class Campaign:
    """What every part is given."""

    def __init__(self, arguments, folder):
        self.program = pathlib.Path(arguments.tool).resolve()
        self.folder = folder
        self.seed = arguments.seed
        self.short = arguments.short
        self.small = arguments.small or arguments.short
        self.chosen = arguments.phases.split(",") if arguments.phases else None
        self.jobs = arguments.jobs
        self.keep = pathlib.Path(arguments.keep).resolve() if arguments.keep else None
        self.report = Report()
        self._recorder = None
        self._recorder_lock = threading.Lock()
        self._scenarios = None

    def generator(self, name):
        """Random numbers of one piece of work, whatever runs beside it."""
        return random.Random(f"{self.seed} {name}")

    @property
    def recorder(self):
        # Built once: a library that is written anew while another job's command loads it would not be loaded.
        with self._recorder_lock:
            if self._recorder is None:
                self._recorder = Recorder(self.folder)
            return self._recorder

    def scenarios(self, part):
        """The commands to interrupt; what cannot run here is reported as skipped."""
        if self._scenarios is None:
            self._scenarios = Scenarios(self.program, self.folder, self.generator("data"), self.small)
        found, skipped = self._scenarios.all(self.chosen)
        for what, reason in skipped:
            self.report.skip(part, what, reason)
        return found

    def readers(self):
        found = self._scenarios.readers()
        return [one for one in found if not self.chosen or any(one.name.startswith(name) for name in self.chosen)]

    def sample(self, part, items, most):
        """Some of the items, which ones depending on the seed."""
        return self.generator(part).sample(items, min(len(items), max(1, most)))

    def work(self, part, number):
        place = self.folder / f"{part}-{number}"
        place.mkdir()
        return place / "work"

    def each(self, part, items, function):
        """Calls a function with the number and each of the items, several at a time; failures are reported."""

        def guarded(numbered):
            number, (title, item) = numbered
            try:
                function(number, title, item)
            except Failure as failure:
                self.report.fail(part, title, failure)

        with concurrent.futures.ThreadPoolExecutor(self.jobs) as pool:
            list(pool.map(guarded, enumerate(items)))

    def failed(self, part, title, reason, work=None):
        """Reports a failure, and keeps what it left where that was asked for."""
        if self.keep and work and work.exists():
            place = self.keep / f"{part}-{len(self.report.failures)}"
            shutil.copytree(work, place, dirs_exist_ok=True)
            reason = f"{reason} (kept in {place})"
        self.report.fail(part, title, reason)


class Parser(argparse.ArgumentParser):
    """Ends wrong usage as the tool does: 2, argparse's own status, would say that something was found damaged."""

    def error(self, message):
        print(f"soak: {message}; see Tools/soak --help.", file=sys.stderr)
        sys.exit(64)


def main():
    parser = Parser(
        prog="soak", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, metavar="N")
    parser.add_argument("--living", type=int, metavar="N")
    parser.add_argument("--forks", type=int, metavar="N")
    parser.add_argument("--power", type=int, metavar="N")
    parser.add_argument("--calls", action="store_true", default=None)
    parser.add_argument("--full-disk", action="store_true", default=None)
    parser.add_argument("--flips", type=int, metavar="N")
    parser.add_argument("--memory", action="store_true", default=None)
    parser.add_argument("--phases", help="only commands whose title begins with one of these, with commas between")
    parser.add_argument("--seed", type=int, help="what all is drawn from (default: a new one, printed)")
    parser.add_argument("--small", action="store_true", help="less data")
    parser.add_argument("--short", action="store_true", help="a few of everything, for a test; skips what cannot run here")
    parser.add_argument("--jobs", type=int, default=1, help="how much is done at a time (default: 1)")
    parser.add_argument("--json", metavar="FILE", help="write all counts and failures to a file")
    parser.add_argument("--keep", metavar="FOLDER", help="keep there what every failure left")
    parser.add_argument("--tool", default=ROOT / ".build/release/likeness", help="the program")
    arguments = parser.parse_args()
    wanted = {name: getattr(arguments, name) for name in PARTS}
    if all(value is None for value in wanted.values()):
        wanted = {name: part.SHORT if arguments.short else part.LONG for name, part in PARTS.items()}
    wanted = {name: value for name, value in wanted.items() if value}
    if any(value < 1 for value in wanted.values()) or arguments.jobs < 1:
        parser.error("the numbers are 1 or more")
    if not os.access(arguments.tool, os.X_OK):
        parser.error(f"there is no program at {arguments.tool}; run swift build -c release")
    for name in wanted:
        reason = PARTS[name].unavailable()
        if reason and not arguments.short:
            print(f"soak: --{name.replace('_', '-')} cannot run: {reason}", file=sys.stderr)
            return 69
    if arguments.seed is None:
        arguments.seed = random.SystemRandom().randrange(1_000_000)
    say(f"soak: seed {arguments.seed}")
    with tempfile.TemporaryDirectory(prefix="likeness-soak-") as folder:
        return run(Campaign(arguments, pathlib.Path(folder)), wanted, arguments)


def run(campaign, wanted, arguments):
    """Runs the parts, prints their tables and returns the exit status."""
    report = campaign.report
    for name, amount in wanted.items():
        reason = PARTS[name].unavailable()
        if reason:
            report.skip(name, None, reason)
            continue
        try:
            PARTS[name].run(campaign, amount)
        except Failure as failure:
            report.fail(name, "preparation", failure)
        report.table(name)
    if arguments.json:
        found = {"seed": campaign.seed, "parts": report.parts, "skipped": report.skipped, "failures": report.failures}
        pathlib.Path(arguments.json).write_text(json.dumps(found, indent=1) + "\n")
    if report.failures:
        say(f"soak: {len(report.failures)} failures, seed {campaign.seed}")
        return 1
    say(f"soak: everything held, seed {campaign.seed}")
    return 0
