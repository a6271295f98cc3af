"""The n-th system call of a kind fails."""
import itertools
import re
import shutil
import subprocess

from . import state as states
from .kills import Calm
from .tool import Failure

LONG, SHORT = True, True
PART = "calls"

# Which errors are given, by call. Only calls on files below the work's folder fail.
ERRORS = {
    "openat": ("EIO", "EMFILE", "ENOSPC"),
    "read": ("EIO",),
    "pread64": ("EIO",),
    "write": ("ENOSPC", "EIO"),
    "writev": ("ENOSPC", "EIO"),
    "pwrite64": ("ENOSPC", "EIO"),
    "pwritev": ("ENOSPC", "EIO"),
    "fsync": ("EIO", "ENOSPC"),
    "fdatasync": ("EIO", "ENOSPC"),
    "ftruncate": ("ENOSPC", "EIO"),
    "fallocate": ("ENOSPC",),
    "mmap": ("ENOMEM",),
    "mkdir": ("ENOSPC", "EIO"),
    "mkdirat": ("ENOSPC",),
    "rename": ("EIO", "ENOSPC"),
    "renameat": ("EIO",),
    "renameat2": ("EIO",),
    "unlink": ("EIO",),
    "unlinkat": ("EIO",),
    "fcntl": ("ENOLCK",),
    "flock": ("EINTR", "ENOLCK"),
    "newfstatat": ("EIO", "EACCES"),
    "fstat": ("EIO",),
    "getdents64": ("EIO",),
    "statfs": ("EIO",),
    "copy_file_range": ("EIO",),
    "sendfile": ("EIO",),
}
SHORT_CALLS = ("fdatasync", "fsync", "pwrite64", "rename", "writev")
SHORT_SCENARIOS = ("ingest vectors", "point delete", "index build flat")


def unavailable():
    if not shutil.which("strace"):
        return "there is no strace; run Tools/setup, or apt-get install strace"
    tried = subprocess.run(["strace", "-qq", "-e", "trace=none", "true"], capture_output=True, text=True)
    if tried.returncode != 0:
        return f"strace cannot trace here: {tried.stderr.strip()[:200]}"
    return None


def run(campaign, _):
    scenarios = [scenario for scenario in campaign.scenarios(PART) if not scenario.name.startswith("ingest images, ")]
    scenarios += campaign.readers()
    if campaign.short:
        scenarios = [scenario for scenario in scenarios if scenario.name in SHORT_SCENARIOS]

    def one(number, title, scenario):
        inject(campaign, campaign.work(PART, number), scenario)

    campaign.each(PART, [(scenario.name, scenario) for scenario in scenarios], one)


def observed(scenario, work, log):
    """How often a command makes each call on files below its folder, and which files."""
    tool, words = scenario.fresh(work), scenario.command(work)
    ended = tool.end(*words, prefix=("strace", "-f", "-qq", "-y", "-s", "4096", "-o", log, "-e", f"trace={','.join(ERRORS)}"))
    ended.require_sentence()
    counts, paths = {}, {str(work)}
    pattern = re.compile(re.escape(str(work)) + r"[^\">,]*")
    for line in log.read_text(errors="replace").splitlines():
        found = pattern.findall(line)
        call = re.match(r"\d+\s+(\w+)\(", line)
        if found and call:
            counts[call.group(1)] = counts.get(call.group(1), 0) + 1
            paths.update(path.rstrip("/") for path in found)
    return counts, sorted(path.removesuffix(" (deleted)") for path in paths)


def inject(campaign, work, scenario):
    calm = Calm(scenario, work)
    log = work.with_name("trace")
    made, paths = observed(scenario, work, log)
    followed = [word for path in paths for word in ("-P", path)]
    counts = {"calls": 0, "faults": 0, "refused": 0, "went on": 0, "failures": 0}
    for call, errors in ERRORS.items():
        if call not in made or (campaign.short and call not in SHORT_CALLS):
            continue
        counts["calls"] += 1
        for error in errors[:1] if campaign.short else errors:
            # One by one until the command makes no more of them; `when` counts for each thread.
            for when in itertools.count(1):
                prefix = ("strace", "-f", "-qq", "--seccomp-bpf", "-o", log, *followed)
                prefix += ("-e", f"trace={call}", "-e", f"inject={call}:error={error}:when={when}")
                try:
                    if not fail_once(scenario, work, calm, log, prefix, counts):
                        break
                except Failure as failure:
                    counts["failures"] += 1
                    text = f"{call} number {when} of a thread gives {error}: {failure}"
                    campaign.failed(PART, scenario.name, text, work)
    campaign.report.add(PART, scenario.name, counts)


def fail_once(scenario, work, calm, log, prefix, counts):
    """Runs the command with one fault; returns whether it was met."""
    tool = scenario.fresh(work)
    log.unlink(missing_ok=True)
    ended = tool.end(*scenario.command(work), prefix=prefix)
    if "(INJECTED)" not in log.read_text(errors="replace"):
        return False
    counts["faults"] += 1
    ended.require_sentence()
    if scenario.reads:
        # Nothing can have changed but for an index file that was set aside.
        counts["went on" if ended.status == 0 else "refused"] += 1
        if ended.status == 0 and ended.object != calm.said:
            raise Failure("it ended with 0 and said something else")
        again = tool.run(*scenario.command(work))
        if again.object != calm.said:
            raise Failure(f"{ended}; run again, it says something else")
        return True
    if ended.status == 2:
        # Done in part, and said so: a snapshot without an index file that could not be read.
        counts["refused"] += 1
        states.require_sound(tool)
        return True
    now = scenario.observe(work)
    if ended.status == 0:
        counts["went on"] += 1
        if now != calm.after:
            raise Failure("it ended with 0 and has not done what it should")
    else:
        counts["refused"] += 1
        reason = scenario.wrong(calm.before, calm.after, now)
        if reason:
            raise Failure(f"{ended}; then {reason}")
    calm.require_same_end(scenario, work, now)
    return True
