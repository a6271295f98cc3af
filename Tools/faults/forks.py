"""fork of a process whose threads search, change, build and save all the while: what its children can do."""
import json
import os
import signal
import subprocess

from .living import PYTHON, unavailable
from .tool import ROOT

__all__ = ["LONG", "SHORT", "run", "unavailable"]

LONG, SHORT = 200, 24
PART = "forks"
CHILD = ROOT / "Tools/faults/forks_child.py"


def run(campaign, forks):
    work = campaign.work(PART, 0)
    work.mkdir()
    seed = campaign.generator(PART).randrange(1 << 30)
    words = [str(word) for word in (PYTHON, CHILD, work, forks, seed)]
    # Children that hang are ended by the program itself; this is for the program.
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
    try:
        output, errors = process.communicate(timeout=120 + 70 * forks)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, errors = process.communicate()
    counts = {}
    for line in output.splitlines():
        said = json.loads(line)
        count = counts.setdefault(said["action"], {"forks": 0, "failures": 0})
        count["forks"] += 1
        if said["wrong"]:
            count["failures"] += 1
            campaign.failed(PART, said["action"], said["wrong"], work)
    for action, count in counts.items():
        campaign.report.add(PART, action, count)
    done = sum(count["forks"] for count in counts.values())
    if process.returncode != 0 or done != forks:
        campaign.failed(PART, "parent", f"it ended with {process.returncode} after {done} forks: {errors[-2000:]}", work)
