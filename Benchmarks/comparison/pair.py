"""Two builds of the Python package that take turns on one data set, each in a process of its own."""

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

from comparison import curve, environments, table
from comparison.failure import UNAVAILABLE, Failure

WORKER = Path(__file__).resolve().parent / "paired_worker.py"
SIDES = ("before", "after")
WAYS = ("single", "batch")
K = 10
# Candidates that searches keep; near each other, so that little is interpolated.
EF_GRID = (
    10, 11, 12, 14, 16, 18, 20, 23, 26, 30, 34, 39, 44, 50, 57, 65, 75, 85, 100, 115, 130, 150, 170, 200, 230, 260, 300,
    350, 400, 460, 530, 600, 700, 800, 1000, 1200,
)  # fmt: skip
# How long a pass is, by the rate that it is expected to have; how many passes a side has for each setting of a round; and
# how many of the queries a pass asks.
PASS_SECONDS, PASSES = 0.05, 4
FEWEST, MOST = 100, 2_000


class Side:
    """The process of one interpreter."""

    def __init__(self, name, python, folder, processor_time=False):
        self.name, self.python = name, python
        self.log = (folder / name).open("w+")
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        command = [python, WORKER, *(["--processor-time"] if processor_time else [])]
        try:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True, cwd=folder,
                env=environment,
            )  # fmt: skip
        except OSError as error:
            raise Failure(UNAVAILABLE, f"{python} cannot be run: {error.strerror}.") from None
        self.about = self.ask("about")

    def ask(self, do, **words):
        """What the worker answers; it works meanwhile, and alone."""
        try:
            print(json.dumps({"do": do, **words}), file=self.process.stdin, flush=True)
        except BrokenPipeError:
            pass
        answer = self.process.stdout.readline()
        if not answer:
            self.log.seek(0)
            said = environments.last_line(self.log.read()[-10_000:])
            raise Failure(UNAVAILABLE, f"{self.name}, {self.python}, ended in {do}: {said}")
        return json.loads(answer)

    def end(self):
        self.process.kill()
        self.process.wait()
        self.log.close()


class Round:
    """What one turn of both sides found at a recall: queries a second by side, None where it was not reached."""

    def __init__(self, way, target, recall, rates):
        self.way, self.target, self.recall, self.rates = way, target, recall, rates


class Pair:
    """Both sides and one data set."""

    def __init__(self, sides, options):
        self.sides, self.options = sides, options
        self.seconds = {name: [] for name in SIDES}
        self.rounds = []

    def turns(self, number):
        """The sides, the other one first in every other round."""
        return self.sides if number % 2 == 0 else self.sides[::-1]

    def measure(self, data, files):
        """Builds with several seeds, and lets the sides take turns in searching each pair of indexes."""
        base, queries, keys = map(str, files)
        for side in self.sides:
            side.ask("load", base=base, queries=queries, keys=keys, metric=data.metric, k=K)
        builds = self.options.builds
        for build in range(builds):
            for side in self.turns(build):
                self.seconds[side.name].append(side.ask("build", threads=self.options.build_threads, seed=build + 1))
            curves, targets = self.sweep()
            for number in range(build, self.options.rounds, builds):
                self.take_turns(curves, targets, len(data.queries), number // builds)
            print(f"paired: {data.name}: build {build + 1} of {builds} is done", file=sys.stderr)

    def sweep(self):
        """The recalls of both sides by rising efSearch, with the rates of the sweep, and the recalls to compare at."""
        curves = {side.name: [side.ask("recall", ef=EF_GRID[0])] for side in self.sides}
        floor = max(points[0][0] for points in curves.values())
        targets = curve.equal_recalls(table.TARGETS, floor)
        for side in self.sides:
            points = curves[side.name]
            while points[-1][0] < max(targets.values()) and len(points) < len(EF_GRID):
                points.append(side.ask("recall", ef=EF_GRID[len(points)]))
        return curves, targets

    def take_turns(self, curves, targets, queries, number):
        """One round: each way and each setting that is needed, one side right after the other."""
        recalls = {name: [recall for recall, _ in points] for name, points in curves.items()}
        needed = {name: curve.needed(each, targets.values()) for name, each in recalls.items()}
        for way in WAYS:
            points = {name: [] for name in SIDES}
            for turn, place in enumerate(sorted(set.union(*needed.values()))):
                expected = statistics.mean(points[place][1] for points in curves.values() if place < len(points))
                count = min(queries, MOST, max(FEWEST, round(expected * PASS_SECONDS)))
                repeats = max(1, round(expected * PASS_SECONDS / count))
                asked = {side.name: [] for side in self.sides if place in needed[side.name]}
                for again in range(PASSES):
                    for side in self.turns(number + turn + again):
                        if side.name in asked:
                            rate = side.ask("rate", ef=EF_GRID[place], way=way, queries=count, passes=repeats)
                            asked[side.name].append(rate)
                for name, rates in asked.items():
                    points[name].append((recalls[name][place], statistics.harmonic_mean(rates)))
            for target, recall in targets.items():
                rates = {name: curve.rate_at(each, recall) for name, each in points.items()}
                self.rounds.append(Round(way, target, recall, rates))
