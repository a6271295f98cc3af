"""How many times as many queries a second our graph answers as the best graph of each other library."""

from comparison import table

# Kinds that are no graphs: exact scans, and inverted files.
OTHERS = ("flat", "matrix", "ivf", "tree")
# What a graph must reach for its build to count.
COMPLETE = table.TARGETS[-1]


def graphs(records):
    """The rows of graphs that were searched, by library."""
    found = {}
    for record in records:
        if record.get("points") and not record["run"]["kind"].startswith(OTHERS):
            found.setdefault(record["run"]["library"], []).append(record)
    return found


def best_rate(records, target, way):
    """The most queries a second at a recall, and whose they are, or None."""
    points = [(table.fastest(record, target, way), record) for record in records]
    rates = [(table.rate(point, way), table.name_of(record["run"])) for point, record in points if point]
    return max(rates, default=None)


def shortest_build(records, way):
    """The fewest seconds of those that reach `COMPLETE`, and whose they are, or None."""
    builds = [
        (record["build_seconds"], table.name_of(record["run"]))
        for record in records
        if table.fastest(record, COMPLETE, way)
    ]
    return min(builds, default=None)


def factors(records, way):
    """A Markdown table of a data set, a row for each other library and one for the best; empty without ours."""
    others = graphs(records)
    ours = others.pop("likeness", None)
    if not ours or not others:
        return ""
    heads = [f"likeness hnsw over graphs, {records[0]['run']['data']}", *(f"{each:.2f}" for each in table.TARGETS), "built"]
    rows = [[name, *cells(ours, theirs, way, False)] for name, theirs in sorted(others.items())]
    everyone = [record for theirs in others.values() for record in theirs]
    rows.append(["the best", *cells(ours, everyone, way, True)])
    return table.markdown(heads, rows)


def cells(ours, theirs, way, are_named):
    """The quotients at each recall, and that of the build seconds; – where one of both does not get there."""
    pairs = [(best_rate(ours, target, way), best_rate(theirs, target, way)) for target in table.TARGETS]
    pairs.append((shortest_build(theirs, way), shortest_build(ours, way)))
    texts = []
    for place, (more, less) in enumerate(pairs):
        other = more if place == len(table.TARGETS) else less
        name = f", {other[1]}" if are_named and other else ""
        texts.append(f"{more[0] / less[0]:.2f}{name}" if more and less else "–")
    return texts
