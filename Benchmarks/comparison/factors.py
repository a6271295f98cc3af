"""How many times as many queries a second each graph of ours answers as the best graph of the other libraries."""

from comparison import table

# Kinds that are no graphs: exact scans, and inverted files.
OTHERS = ("flat", "matrix", "ivf", "tree")
# What a graph must reach for its build to count.
COMPLETE = table.TARGETS[-1]


def graphs(records):
    """The rows of graphs that were searched, ours and the others'."""
    rows = [row for row in records if row.get("points") and not row["run"]["kind"].startswith(OTHERS)]
    ours = [row for row in rows if row["run"]["library"] == "likeness"]
    return ours, [row for row in rows if row not in ours]


def build_seconds(record, way):
    """How long a graph that reaches `COMPLETE` took to be built, or None."""
    return record["build_seconds"] if table.best_rate(record, COMPLETE, way) else None


def best(records, figure, choose):
    """The chosen figure of those that have one, and its row."""
    found = [(value, record) for record in records if (value := figure(record)) is not None]
    return choose(found, key=lambda pair: pair[0], default=(None, None))


def factors(records, way):
    """A Markdown table of a data set, a row for each graph of ours; empty where there is nothing to compare.

    Rows of different sessions did not take turns, so they are not compared.
    """
    ours, others = graphs(records)
    if not ours or not others:
        return ""
    if len({record["session"] for record in ours + others}) > 1:
        return "No quotients: not all of these graphs took turns with each other; --again lets them.\n"
    fastest = [best(others, lambda row, target=target: table.best_rate(row, target, way), max) for target in table.TARGETS]
    quickest = best(others, lambda row: build_seconds(row, way), min)
    run = records[0]["run"]
    heads = [f"{run['data']}, recall@{run['k']}", *(f"{each:.2f}" for each in table.TARGETS), "built"]
    rows = []
    for record in ours:
        rates = [
            quotient(table.best_rate(record, target, way), theirs)
            for target, (theirs, _) in zip(table.TARGETS, fastest, strict=True)
        ]
        rows.append([table.name_of(record["run"]), *rates, quotient(quickest[0], build_seconds(record, way))])
    rows.append(["over", *(table.name_of(row["run"]) if row else "–" for _, row in [*fastest, quickest])])
    return table.markdown(heads, rows) + (
        "\nQueries a second of ours over those of the best graph of the others; and the build seconds of their quickest that"
        f" reaches {COMPLETE:.2f} over those of ours.\n"
    )


def quotient(upper, lower):
    return f"{upper / lower:.2f}" if upper and lower else "–"
