"""The program under test: runs it, and judges how it ended."""
import json
import os
import pathlib
import signal
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

# What the tool's page promises; anything else is a crash or a status that nobody can act on.
STATUSES = (0, 1, 2, 64, 65, 69, 74, 75, 130)
TIME_LIMIT = 120
CRASH_WORDS = ("Fatal error", "Assertion", "mdb.c:", "terminate called", "Segmentation", "Backtrace")


class Failure(Exception):
    """What was expected did not hold."""


class Unavailable(Exception):
    """Something that is needed is not on this machine."""


class Ended:
    """How a run of the tool ended."""

    def __init__(self, words, status, output, errors):
        self.words = words
        self.status = status
        self.output = output
        self.errors = errors

    def __str__(self):
        text = self.errors.strip().splitlines()
        return f"`{' '.join(self.words[1:])}` ended with {self.status}: {' / '.join(text[-3:])[:400]}"

    @property
    def object(self):
        """What it printed with --json, but for times, which differ from run to run."""
        try:
            return without_times(json.loads(self.output))
        except ValueError:
            raise Failure(f"`{' '.join(self.words[1:])}` printed no JSON: {self.output[:200]!r}") from None

    @property
    def was_killed(self):
        return self.status == -signal.SIGKILL

    def require_sentence(self):
        """A failure says why in a sentence, ends with a status of the table, and is no crash."""
        if self.status not in STATUSES:
            raise Failure(f"crash, hang or unknown status: {self}")
        if any(word in self.errors for word in CRASH_WORDS):
            raise Failure(f"a crash's words: {self}")
        if self.status not in (0, 2) and not any(
            line.startswith("likeness: ") and len(line) > 20 for line in self.errors.splitlines()
        ):
            raise Failure(f"no sentence: {self}")


def without_times(value):
    """The same value without members that measure time."""
    if isinstance(value, list):
        return [without_times(item) for item in value]
    if isinstance(value, dict):
        return {
            name: without_times(item)
            for name, item in value.items()
            if not (name.endswith("seconds") or name.endswith("_per_second"))
        }
    return value


class Tool:
    """The program on one store."""

    def __init__(self, program, store, environment=None):
        self.program = str(program)
        self.store = pathlib.Path(store)
        self.environment = {**os.environ, "NO_COLOR": "1", "LIKENESS_STORE": str(self.store), **(environment or {})}

    def command(self, *words):
        return [self.program, *map(str, words)]

    def end(self, *words, prefix=(), environment=None, limit=TIME_LIMIT):
        """Runs to the end, whatever that is; a run that takes too long is killed and is a failure."""
        command = self.command(*words)
        process = subprocess.Popen(
            [*map(str, prefix), *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            errors="replace",
            env={**self.environment, **(environment or {})},
            start_new_session=True,
        )
        try:
            output, errors = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            stop(process)
            raise Failure(f"hang: `{' '.join(command[1:])}` had not ended after {limit} s") from None
        return Ended(command, process.returncode, output, errors)

    def run(self, *words, expect=(0,)):
        ended = self.end(*words)
        if ended.status not in expect:
            raise Failure(f"{ended} (expected {expect})")
        ended.require_sentence()
        return ended

    def json(self, *words, expect=(0,)):
        return self.run(*words, "--json", expect=expect).object

    def kill_after(self, delay, *words):
        """Starts a command and kills it after so many seconds."""
        process = subprocess.Popen(
            self.command(*words),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment,
        )
        try:
            _, errors = process.communicate(timeout=delay)
        except subprocess.TimeoutExpired:
            process.kill()
            _, errors = process.communicate()
        return Ended(self.command(*words), process.returncode, "", errors)


def stop(process):
    """Ends a process that was started as the leader of a session, with its children."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.communicate()


def say(*words):
    print(*words, flush=True)
    sys.stdout.flush()
