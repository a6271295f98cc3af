"""kill -9 of a process that changes vectors under a graph, which it searches and builds anew."""
import json
import subprocess
import threading
import time

from .tool import ROOT, Failure

LONG, SHORT = 200, 8
PART = "living"
PHASES = ("upsert", "delete", "fold", "rebuild")
PYTHON = ROOT / "Tools/.setup/python/bin/python"
CHILD = ROOT / "Tools/faults/living_child.py"
TIME_LIMIT = 120


def unavailable():
    done = subprocess.run([PYTHON, "-c", "import likeness"], capture_output=True) if PYTHON.exists() else None
    return None if done and done.returncode == 0 else "the Python package is missing; run Tools/python/install"


class Child:
    """A process that says what it begins and what is done, a JSON object a line."""

    def __init__(self, *words):
        words = [str(word) for word in (PYTHON, CHILD, *words)]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def line(self):
        limit = threading.Timer(TIME_LIMIT, self.process.kill)
        limit.start()
        text = self.process.stdout.readline()
        limit.cancel()
        if not text:
            raise Failure(f"it ended, or said nothing for {TIME_LIMIT} s: {self.process.stderr.read()[-2000:]}")
        return json.loads(text)

    def end(self):
        """Kills it, and returns what it had said that was not read yet."""
        self.process.kill()
        # What was read ahead of the last line is in there too.
        rest = self.process.stdout.read()
        self.process.wait()
        self.process.stderr.close()
        return [json.loads(text) for text in rest.split("\n")[:-1]]


def run(campaign, kills):
    generator = campaign.generator(PART)
    work = campaign.work(PART, 0)
    work.mkdir()
    expected = work / "expected.json"
    # What was acknowledged: the generation of every id that is there.
    there = {}
    counts = {phase: dict.fromkeys(("kills", "acknowledged", "failures"), 0) for phase in PHASES}
    for number in range(kills):
        phase = PHASES[number % len(PHASES)]
        count = counts[phase]
        count["kills"] += 1
        try:
            doubtful, acknowledged = interrupt(work, there, phase, generator)
            count["acknowledged"] += acknowledged
            expected.write_text(json.dumps({"there": there, "doubtful": doubtful}))
            checker = Child("check", work / "store", expected)
            found = checker.line()
            checker.end()
        except Failure as failure:
            campaign.failed(PART, phase, f"kill {number + 1}: {failure}", work)
            count["failures"] += 1
            break
        for wrong in found["wrong"]:
            campaign.failed(PART, phase, f"kill {number + 1}: {wrong}", work)
            count["failures"] += 1
        there = found["there"]
    for phase in PHASES:
        campaign.report.add(PART, phase, counts[phase])


def interrupt(work, there, phase, generator):
    """Lets a process change the store, and kills it in a phase.

    Returns what may have been changed or not, and how many changes were acknowledged, which are made in `there`.
    """
    state = work / "state.json"
    state.write_text(json.dumps({"there": there, "seed": generator.randrange(1 << 30)}))
    child = Child("change", work / "store", state)
    begun, seconds, acknowledged = None, {}, 0
    # Later rounds find a graph that has been changed already.
    rounds = generator.randrange(1, 4)
    while True:
        said = child.line()
        if said["what"] == "end":
            seconds[begun["phase"]] = time.monotonic() - since
            acknowledged += accept(begun, there)
            begun = None
            continue
        begun, since = said, time.monotonic()
        if begun["phase"] != phase:
            continue
        rounds -= 1
        if rounds <= 0:
            time.sleep(generator.uniform(0, seconds.get(phase, 0.05)))
            break
    for said in child.end():
        if said["what"] == "end":
            acknowledged += accept(begun, there)
            begun = None
        else:
            begun = said
    return begun, acknowledged


def accept(begun, there):
    """Makes a change that was acknowledged."""
    there.update(begun.get("upserted", {}))
    for name in begun.get("deleted", ()):
        del there[name]
    return 1 if begun["phase"] in ("upsert", "delete") else 0
