"""What two builds of the package differ by, as a Markdown table: a row for each way and recall, and one for the builds."""

import statistics
from dataclasses import dataclass

from comparison import table
from comparison.pair import SIDES, WAYS

# What speed may be lost to chance.
ENOUGH = 0.97
HEADS = ["set", "recall@10", "before", "after", "ratio", "quartiles", "holds"]


@dataclass
class Row:
    """A figure of both sides, in queries a second or seconds, and how many times as fast `after` is, round by round."""

    name: str
    recall: float | None
    before: float | None
    after: float | None
    ratios: list

    @property
    def ratio(self):
        return statistics.median(self.ratios) if self.ratios else None

    @property
    def verdict(self):
        """`–` where the side before does not reach the recall either, so that nothing is lost."""
        if self.ratio is None:
            return "–" if self.before is None else "not reached"
        return "yes" if self.ratio >= ENOUGH else "slower"

    @property
    def holds(self):
        return self.verdict in ("yes", "–")

    def cells(self):
        number = "{:,.0f}" if self.recall else "{:,.2f}"
        figures = [number.format(each) if each is not None else "–" for each in (self.before, self.after)]
        ratio = f"{self.ratio:.3f}" if self.ratios else "–"
        recall = f"{self.recall:.3f}" if self.recall else "–"
        return [self.name, recall, *figures, ratio, spread(self.ratios), self.verdict]


def spread(ratios):
    """The quartiles of the rounds' ratios."""
    if len(ratios) < 2:
        return "–"
    low, _, high = statistics.quantiles(ratios, n=4, method="inclusive")
    return f"{low:.2f}–{high:.2f}"


def rows(name, pair):
    """The rows of a set: single calls and batches by target, then the builds."""
    found = []
    for way in WAYS:
        for target in table.TARGETS:
            rounds = [each for each in pair.rounds if (each.way, each.target) == (way, target)]
            if rounds:
                found.append(row_of_rounds(f"{name}, {way}", rounds))
    seconds = [statistics.median(pair.seconds[side]) for side in SIDES]
    ratios = [before / after for before, after in zip(*pair.seconds.values(), strict=True)]
    return [*found, Row(f"{name}, build s", None, *seconds, ratios)]


def row_of_rounds(name, rounds):
    """Medians of the rounds that reach the recall; the ratios are of those where both sides do."""
    rates = {side: [rate for each in rounds if (rate := each.rates[side])] for side in SIDES}
    medians = [statistics.median(rates[side]) if rates[side] else None for side in SIDES]
    both = [each.rates for each in rounds if all(each.rates.values())]
    recall = statistics.mean(each.recall for each in rounds)
    return Row(name, recall, *medians, [each["after"] / each["before"] for each in both])


def text(rows):
    return table.markdown(HEADS, [row.cells() for row in rows])
