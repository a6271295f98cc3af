"""kill -9, at random moments and at the n-th change of a file."""
import time

from .tool import Failure

LONG, SHORT = 500, 20
PART = "kills"


def unavailable():
    from .recorder import compiler_path

    return None if compiler_path() else "there is no C compiler; install gcc or clang"


def shares(total, parts):
    """Splits a number as evenly as it goes, the later parts getting what is over."""
    return [(total * (part + 1)) // parts - (total * part) // parts for part in range(parts)]


class Calm:
    """What a command does when nothing disturbs it."""

    def __init__(self, scenario, work, recorder=None):
        tool = scenario.fresh(work)
        self.before = scenario.observe(work)
        words = scenario.command(work)
        started = time.monotonic()
        ended = tool.run(*words)
        self.said = ended.object if scenario.reads else None
        self.seconds = time.monotonic() - started
        self.after = scenario.observe(work)
        self.files = scenario.files(work)
        if self.before == self.after and scenario.changes:
            raise Failure("the command changed nothing")
        self.records = []
        if recorder:
            _, records = recorder.record(scenario.fresh(work), work, work.with_name("log"), *words)
            self.records = [record for record in records if record.is_call]
            if scenario.observe(work) != self.after:
                raise Failure("two undisturbed runs end differently")

    def require_same_end(self, scenario, work, seen):
        """The command again, on what a fault left, must end as if nothing had happened."""
        again = scenario.tool(work).end(*scenario.command(work))
        again.require_sentence()
        # What has been done already may be refused, such as deleting what is gone.
        if again.status != 0 and seen != self.after:
            raise Failure(f"run again: {again}")
        if scenario.observe(work) != self.after:
            raise Failure("run again, it does not end as an undisturbed run")
        if again.status == 0 and scenario.files(work) != self.files:
            odd = sorted(set(scenario.files(work)) ^ set(self.files))
            raise Failure(f"run again, the files differ: {', '.join(odd)}")


def run(campaign, kills):
    scenarios = campaign.scenarios(PART)
    if campaign.short:
        scenarios = campaign.sample(PART, scenarios, kills // 2)
    if not scenarios:
        return
    work = [
        (scenario.name, (scenario, share))
        for scenario, share in zip(scenarios, shares(kills, len(scenarios)))
        if share
    ]

    def one(number, title, item):
        interrupt(campaign, campaign.work(PART, number), *item)

    campaign.each(PART, work, one)


def interrupt(campaign, work, scenario, kills):
    """Kills one command so many times."""
    calm = Calm(scenario, work, campaign.recorder)
    generator = campaign.generator(f"kills {scenario.name}")
    counts = {"kills": 0, "at a moment": 0, "at a call": 0, "stores": 0, "too late": 0, "failures": 0}
    # Short critical sections are hit by going through the calls one by one, in a random order.
    calls = list(range(1, len(calm.records) + 1))
    generator.shuffle(calls)
    tries = 0
    while counts["kills"] < kills and tries < 20 * kills:
        scenario.fresh(work)
        history, seen = [], calm.before
        try:
            for _ in range(min(generator.choice((1, 1, 2, 3)), kills - counts["kills"])):
                tries += 1
                seen = kill(campaign, scenario, work, calm, seen, calls, generator, counts, history)
            calm.require_same_end(scenario, work, seen)
        except Failure as failure:
            counts["failures"] += 1
            campaign.failed(PART, scenario.name, f"after kills {', '.join(history)}: {failure}", work)
            if counts["failures"] >= 5:
                break
        counts["stores"] += 1
    campaign.report.add(PART, scenario.name, counts)


def kill(campaign, scenario, work, calm, seen, calls, generator, counts, history):
    """Kills the command once, checks what is left, and returns what is seen of it."""
    tool, words = scenario.tool(work), scenario.command(work)
    if calls and generator.random() < 0.6:
        call = calls.pop()
        calls.insert(0, call)
        torn = generator.randrange(2)
        record = calm.records[call - 1]
        history.append(f"{'within' if torn else 'before'} call {call} ({record})")
        ended = tool.end(*words, environment=campaign.recorder.environment(work, kill=call, torn=torn))
        how = "at a call"
    else:
        delay = generator.uniform(0, calm.seconds)
        history.append(f"at {delay:.3f} s")
        ended = tool.kill_after(delay, *words)
        how = "at a moment"
    if ended.was_killed:
        counts["kills"] += 1
        counts[how] += 1
    else:
        counts["too late"] += 1
        ended.require_sentence()
        # What an earlier, killed run has done already may be refused.
        if ended.status != 0 and seen != calm.after:
            raise Failure(str(ended))
    now = scenario.observe(work)
    reason = scenario.wrong(seen, calm.after, now)
    if reason:
        raise Failure(reason)
    return now
