"""The indexes of one data set, which are built and then searched in turns.

A machine's speed changes while it measures, so that what is measured minutes apart cannot be compared. Each index has
a turn in each round, and its figures are the medians of its turns.
"""

import json
import os
import shutil
import statistics
import sys
import tempfile
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from comparison import table
from comparison.runner import Job, Stopped, read, step

# An index is built again in the next round of builds while its builds have taken less than this, at most so often.
BUILD_SECONDS, BUILDS = 30, 3


class Trial:
    """One index: built, searched in turns, and described by a record; `description` is that one's `run` member."""

    def __init__(self, python, library, run, shape, files, description, options):
        self.python, self.shape, self.limit = python, shape, options.time_limit
        self.record = {
            "run": description, "date": datetime.now(UTC).isoformat(timespec="seconds"), "status": "done",
        }  # fmt: skip
        self.cores = sorted(os.sched_getaffinity(0))
        self.work = Path(tempfile.mkdtemp(prefix="work.", dir=options.output))
        base, queries, keys = map(str, files)
        self.job = Job(
            library.name, asdict(run), asdict(shape), base, queries, keys, str(self.work / "index"),
            str(self.work / "found"), len(self.cores), self.cores[-1], options.timed_queries, [],
        )  # fmt: skip
        self.builds, self.turns = [], []

    @property
    def is_going_on(self):
        return self.record["status"] == "done"

    @property
    def wants_building(self):
        return self.is_going_on and len(self.builds) < BUILDS and sum(self.builds) < BUILD_SECONDS

    def build(self):
        """Builds it, in place of what it built before."""
        shutil.rmtree(self.work / "index", ignore_errors=True)
        (self.work / "index").mkdir()
        found = self.step("build", len(self.cores))
        if found:
            self.builds.append(found["build_seconds"])
            self.record |= {
                "version": found["version"], "build_threads": len(self.cores),
                "build_seconds": statistics.median(self.builds), "builds": self.builds,
            }  # fmt: skip

    def search(self):
        """Takes a turn: the first finds recall and memory, each the rates."""
        found = self.step("search", 1)
        if not self.turns:
            self.job.points = found.get("points", [])
            if "index_bytes" in found:
                self.record |= {key: found[key] for key in ("index_bytes", "instructions")}
                self.record["bytes_per_vector"] = found["index_bytes"] / self.shape.count
        if found.get("points"):
            self.turns.append(found["points"])
            self.record["points"] = [merged(point, self.turns) for point in self.job.points]

    def step(self, verb, threads):
        """What the step found, as much as there is where it stopped."""
        (self.work / "job").write_text(json.dumps(asdict(self.job)))
        try:
            return step(verb, self.python, self.work, threads, self.limit)
        except Stopped as error:
            self.record |= {"status": error.status, "reason": str(error)}
            return read(self.work / "found")

    def said(self):
        """What became of the last build, for the one who waits."""
        name = table.name_of(self.record["run"])
        if self.is_going_on:
            return f"{name}: built in {self.builds[-1]:.1f} s, time {len(self.builds)}"
        return f"{name}: {self.record['status']}: {self.record['reason']}"

    def end(self):
        shutil.rmtree(self.work, ignore_errors=True)


def merged(point, turns):
    """A point of the first turn, with the medians of the rates of all turns that have its setting."""
    same = [other for turn in turns for other in turn if other["setting"] == point["setting"]]
    rates = {
        way: {"median": statistics.median(each), "turns": each} if (each := [p[way] for p in same if p[way]]) else None
        for way in ("single", "batch")
    }
    best = max(rate["median"] for rate in rates.values() if rate)
    return point | rates | {"queries_per_second": best}


def take_turns(trials, rounds):
    """Builds all, then lets each search once a round; gives their records, which name the session."""
    session = datetime.now(UTC).isoformat()
    try:
        for trial in trials:
            trial.record["session"] = session
        while waiting := [trial for trial in trials if trial.wants_building]:
            for trial in waiting:
                trial.build()
                print(f"peers: {trial.said()}", file=sys.stderr)
        os.sync()  # or what was built is written out while the first are searched
        for number in range(rounds):
            # Each round begins elsewhere, so that no two turns of an index follow each other.
            first = number * len(trials) // rounds
            for trial in trials[first:] + trials[:first]:
                if trial.is_going_on:
                    trial.search()
            print(f"peers: round {number + 1} of {rounds} is done", file=sys.stderr)
    finally:
        for trial in trials:
            trial.end()
    return [trial.record for trial in trials]
