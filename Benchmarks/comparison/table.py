"""The comparison as a Markdown table, which reads well on a terminal too."""

TARGETS = (0.90, 0.95, 0.99)
WAYS = {"best": "the better of batches and single calls", "batch": "in batches", "single": "in single calls"}


def rate(point, way):
    """A point's queries a second, asked in one way, or None."""
    if way == "best":
        return point["queries_per_second"]
    return point[way]["median"] if point[way] else None


def best_rate(record, target, way):
    """The most queries a second of the settings whose recall is at least the target, or None."""
    rates = [rate(point, way) for point in record.get("points", ()) if point["recall"] >= target]
    return max(filter(None, rates), default=None)


def vector_count(records):
    """How many vectors the data set has; some kinds are built over fewer."""
    return max(record["run"]["vectors"] for record in records)


def name_of(run):
    """What a row is called: library, kind, and what tells it from others of the kind."""
    label = f" ({run['label']})" if run["label"] else ""
    rows = f", the first {run['rows']:,} vectors" if run["rows"] else ""
    return f"{run['library']} {run['kind']}{label}{rows}"


def cells(record, way):
    """The cells of a row after its name."""
    best = [best_rate(record, target, way) for target in TARGETS]
    rates = [f"{each:,.0f}" if each else "–" for each in best]
    seconds, size = record.get("build_seconds"), record.get("bytes_per_vector")
    return [*rates, f"{seconds:,.1f}" if seconds is not None else "–", f"{size:,.0f}" if size is not None else "–"]


def in_a_line(record, way):
    """A run and what was found, for the one who waits."""
    rates = ", ".join(f"{cell}/s at {target:.2f}" for cell, target in zip(cells(record, way), TARGETS, strict=False))
    found = f": {rates}, built in {record['build_seconds']:.1f} s" if record.get("points") else ""
    return (
        name_of(record["run"])
        + found
        + ("" if record["status"] == "done" else f": {record['status']}: {record['reason']}")
    )


def table(records, way):
    """The table of one data set, those that found the most at 0.99, 0.95, 0.90 first, and what is missing under it."""
    run = records[0]["run"]
    heads = [
        f"{run['data']}, recall@{run['k']}",
        *(f"{target:.2f}" for target in TARGETS),
        "built in s",
        "bytes/vector",
    ]
    shown = [record for record in records if record.get("points")]

    def order(record):
        return [best_rate(record, target, way) or 0 for target in reversed(TARGETS)]

    rows = [[name_of(record["run"]), *cells(record, way)] for record in sorted(shown, key=order, reverse=True)]
    lines = [markdown(heads, rows), caption(run, records, way)]
    lines += [f"- {name_of(record['run'])}: {record['reason']}" for record in records if record["status"] != "done"]
    return "\n".join(lines) + "\n"


def markdown(heads, rows):
    """A table whose first column is of words and whose others are of numbers."""
    widths = [max(len(row[column]) for row in (heads, *rows)) for column in range(len(heads))]
    return "\n".join([*head(heads, widths), *(line(row, widths) for row in rows)]) + "\n"


def head(heads, widths):
    """The first two lines of a table."""
    rule = f"|{'-' * (widths[0] + 2)}|" + "".join(f"{'-' * (width + 1)}:|" for width in widths[1:])
    return [line(heads, widths), rule]


def line(row, widths):
    return (
        "| "
        + " | ".join([row[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True))])
        + " |"
    )


def caption(run, records, way):
    """What the figures are."""
    threads = max((record.get("build_threads", 1) for record in records), default=1)
    missing = any(record["status"] != "done" for record in records)
    vectors = f"{vector_count(records):,} × {run['dimension']} vectors, {run['metric']}"
    return (
        f"Queries a second on one thread at the recall of the column, {WAYS[way]}; {vectors};"
        f" built on {threads} threads; medians of {run['rounds']} turns; {run['machine']['processor']}."
        + (" Left out, or not complete:" if missing else "")
    )
