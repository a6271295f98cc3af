"""The file of finished runs, a JSON object a line: what was run, where, and what was found."""

import fcntl
import json
import os
import platform

from comparison.failure import BUSY, WRONG_DATA, Failure


class Results:
    """All runs in `results.jsonl` of a folder, which one command at a time may add to.

    The file is replaced as a whole, so that whoever is killed leaves no half line.
    """

    def __init__(self, folder):
        self.path = folder / "results.jsonl"
        self.lock = (folder / ".lock").open("w")
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.lock.close()
            raise Failure(BUSY, f"another command is writing to {folder}; wait for it, or give --output.") from None
        self.records = {}
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        for number, line in enumerate(lines, 1):
            try:
                record = json.loads(line)
                self.records[key_of(record["run"])] = record
            except (ValueError, KeyError, TypeError):
                raise Failure(
                    WRONG_DATA, f"line {number} of {self.path} is no finished run; remove that line, or give --output."
                ) from None

    def finished(self, run):
        """The record of a run that needs no other attempt, or None.

        What failed is tried again; what took too long is not.
        """
        record = self.records.get(key_of(run))
        return record if record and record["status"] in ("done", "timed out") else None

    def add(self, records):
        self.records |= {key_of(record["run"]): record for record in records}
        aside = self.path.with_suffix(".new")
        with aside.open("w") as file:
            for each in self.records.values():
                file.write(json.dumps(each) + "\n")
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self.path)


def key_of(run):
    """All that makes a run another one: machine, data, library and its version, parameters."""
    return json.dumps(run, sort_keys=True)


def machine():
    """The processor, what it can, and how many cores this process may use."""
    model, flags = platform.machine(), set()
    with open("/proc/cpuinfo") as file:
        for line in file:
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                model = value.strip()
            elif name.strip() in ("flags", "Features"):
                flags = set(value.split())
    known = ["sse4_2", "avx", "avx2", "fma", "avx512f", "avx512bw", "avx512_vnni", "avx512_bf16", "asimd", "sve"]
    return {
        "processor": model,
        "instructions": [flag for flag in known if flag in flags],
        "cores": len(os.sched_getaffinity(0)),
        "kernel": platform.release(),
    }
