"""A full disk: a small tmpfs, seen only by a process of our own and what is run beside it."""
import errno
import os
import pathlib
import shutil
import signal
import subprocess

from . import state as states
from .scenarios import vectors
from .tool import Failure, Tool

LONG, SHORT = True, True
PART = "full_disk"


def namespace():
    """How a process gets mounts of its own."""
    return ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]


def unavailable():
    for program in ("unshare", "nsenter"):
        if not shutil.which(program):
            return f"there is no {program}; install the package util-linux"
    command = [*namespace(), "sh", "-c", "mount -t tmpfs -o size=1m tmpfs /mnt"]
    done = subprocess.run(command, capture_output=True, text=True)
    return None if done.returncode == 0 else f"no tmpfs can be mounted here: {done.stderr.strip()[:200]}"


class SmallDisk:
    """A file system of so many bytes at a folder; other processes do not see it."""

    def __init__(self, folder, size):
        folder.mkdir(parents=True)
        self.folder = folder
        script = 'mount -t tmpfs -o size="$1" tmpfs "$2" && echo ready && exec sleep infinity'
        self.holder = subprocess.Popen(
            [*namespace(), "sh", "-c", script, "sh", str(size), str(folder)], stdout=subprocess.PIPE, text=True
        )
        if self.holder.stdout.readline() != "ready\n":
            self.holder.wait()
            raise Failure(f"no tmpfs could be mounted at {folder}")
        self.seen = f"/proc/{self.holder.pid}/root{folder}"
        user = [] if os.geteuid() == 0 else ["--user", "--preserve-credentials"]
        self.prefix = ("nsenter", "--target", self.holder.pid, *user, "--mount", "--")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.holder.send_signal(signal.SIGKILL)
        self.holder.wait()
        self.holder.stdout.close()

    def free(self):
        found = os.statvfs(self.seen)
        return found.f_bavail * found.f_bsize

    def fill(self, leaving=0):
        """Takes all the space but so much."""
        try:
            with open(f"{self.seen}/filler", "ab", buffering=0) as file:
                left = max(0, self.free() - leaving)
                while left > 0:
                    left -= file.write(b"x" * min(left, 1 << 16))
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise

    def release(self):
        pathlib.Path(self.seen, "filler").unlink(missing_ok=True)


class ToolOnDisk(Tool):
    """The program, run where the small disk is seen."""

    def __init__(self, program, disk):
        super().__init__(program, disk.folder / "store")
        self.disk = disk

    def end(self, *words, prefix=(), **options):
        return super().end(*words, prefix=(*self.disk.prefix, *prefix), **options)


def run(campaign, _):
    base = campaign.folder / "disk"
    base.mkdir()
    generator = campaign.generator("disk")
    rows = vectors(14_000 if campaign.short else 60_000, 128, generator)
    some, many = base / "some.npy", base / "many.npy"
    states.write_npy(some, rows[:1_000])
    states.write_npy(many, rows)
    sizes = (8,) if campaign.short else (8, 16, 32)

    def one(number, title, size):
        with SmallDisk(base / f"disk-{size}", size << 20) as disk:
            Filling(campaign, disk, some, many, base / f"aside-{size}").run(title)

    campaign.each(PART, [(f"{size} MiB", size) for size in sizes], one)


class Filling:
    """What is done on one small disk."""

    def __init__(self, campaign, disk, some, many, aside):
        self.campaign, self.disk = campaign, disk
        self.some, self.many, self.aside = some, many, aside
        self.tool = ToolOnDisk(campaign.program, disk)
        self.counts = {"steps": 0, "refused": 0, "went on": 0, "failures": 0}
        aside.mkdir()

    def state(self):
        return states.state(self.tool, self.aside)

    def full(self, *words):
        """A command on a full disk: a sentence that says so, or success; what was there stays."""
        before = self.state()
        ended = self.tool.end(*words)
        self.counts["steps"] += 1
        ended.require_sentence()
        now = self.state()
        if ended.status == 0:
            self.counts["went on"] += 1
        elif ended.status not in (69, 74):
            raise Failure(f"the disk is full: {ended}")
        else:
            self.counts["refused"] += 1
            lost = [
                f"{name} {point}"
                for name, part in before.items()
                for point in part["points"]
                if now.get(name, {}).get("points", {}).get(point) != part["points"][point]
            ]
            if lost:
                raise Failure(f"{ended}; then {len(lost)} points are lost or changed, such as {lost[0]}")
        return ended

    def must(self, *words):
        """A command that must succeed on a full disk."""
        self.counts["steps"] += 1
        self.counts["went on"] += 1
        self.tool.run(*words)

    def must_refuse(self, *words):
        if self.full(*words).status == 0:
            raise Failure(f"`{' '.join(map(str, words))}` ended with 0 where there was no room")

    def run(self, title):
        try:
            self.steps()
        except Failure as failure:
            self.counts["failures"] += 1
            self.campaign.failed(PART, title, failure)
        self.campaign.report.add(PART, title, self.counts)

    def steps(self):
        take = ("ingest", "vectors")
        self.tool.run(*take, self.some, "-c", "kept", "--vector", "v")
        self.tool.run(*take, self.some, "-c", "other", "--vector", "v", "--metric", "cosine")
        self.tool.run("index", "build", "kept", "--kind", "hnsw", "--threads", 1)
        first = self.state()
        # Full while data come in.
        self.must_refuse(*take, self.many, "-c", "big", "--vector", "v")
        self.disk.fill()
        self.must_refuse("index", "build", "kept", "--kind", "flat")
        self.must_refuse("snapshot", self.disk.folder / "new.snapshot")
        self.full("compact")
        if os.path.exists(f"{self.disk.seen}/new.snapshot"):
            raise Failure("a snapshot that found no room is there under its name")
        # Answers, checks and deletes need no room.
        self.must("search", "kept", "--id", 3, "--kind", "hnsw")
        self.must("verify")
        for point in range(5):
            self.must("point", "delete", "other", point)
        self.must("collection", "delete", "other")
        self.must("index", "delete", "kept", "--all")
        # Full, with some room left: building.
        self.disk.release()
        self.tool.end("collection", "delete", "big")
        for leaving in (64 << 10, 256 << 10, 400 << 10, 600 << 10):
            self.disk.fill(leaving)
            self.full("index", "build", "kept", "--kind", "hnsw", "--threads", 1)
            self.disk.release()
        # With room again everything goes on and ends right.
        self.tool.run("index", "build", "kept", "--kind", "hnsw", "--threads", 1)
        self.tool.run(*take, self.some, "-c", "other", "--vector", "v", "--metric", "cosine")
        if self.state() != first:
            raise Failure("with room again it does not end as it was")
