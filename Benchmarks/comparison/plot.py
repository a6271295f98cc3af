"""Recall against queries a second as an SVG: for each library and kind the settings that no other one of it beats."""

import math
from html import escape

from comparison import table

WIDTH, HEIGHT = 1000, 620
LEFT, RIGHT, TOP, BOTTOM = 96, 260, 56, 64
# Recalls near 1 matter most, so the axis is the logarithm of what is missed.
TICKS = (0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999)
MOST = 0.9995  # what finds more is drawn here, at the right edge
OURS = "#d4351c"
COLOURS = {
    "hnswlib": "#1d70b8", "faiss": "#003078", "usearch": "#00703c", "voyager": "#85994b", "scann": "#b58840",
    "ngt": "#f47738", "svs": "#4c2c92", "rabitqlib": "#d53880", "vsag": "#28a197", "hannoy": "#6f777b",
}  # fmt: skip
DASHES = ("", "7 4", "2 3", "9 3 2 3", "1 5")


def frontiers(records, way):
    """For each library and kind its points (recall, rate), by rising recall and falling rate."""
    points = {}
    for record in records:
        name = (record["run"]["library"], record["run"]["kind"])
        if record["run"]["rows"]:  # of fewer vectors, so not on the same footing
            continue
        for point in record.get("points", ()):
            if table.rate(point, way) and point["recall"] >= TICKS[0]:
                points.setdefault(name, []).append((point["recall"], table.rate(point, way)))
    return {name: frontier(each) for name, each in points.items()}


def frontier(points):
    kept, best = [], 0
    for recall, rate in sorted(points, reverse=True):
        if rate > best:
            kept.append((recall, rate))
            best = rate
    return kept[::-1]


class Axes:
    """Where a recall and a rate lie on the picture."""

    def __init__(self, curves):
        points = [point for curve in curves for point in curve]
        least = min(recall for recall, _ in points)
        self.start = max((tick for tick in TICKS if tick <= least), default=TICKS[0])
        self.low = 10 ** math.floor(math.log10(min(rate for _, rate in points)))
        self.high = 10 ** math.ceil(math.log10(max(rate for _, rate in points) * 1.01))

    def x(self, recall):
        missed = [math.log(1 - min(each, MOST)) for each in (self.start, max(recall, self.start), MOST)]
        return LEFT + (WIDTH - LEFT - RIGHT) * (missed[0] - missed[1]) / (missed[0] - missed[2])

    def y(self, rate):
        share = math.log(rate / self.low) / math.log(self.high / self.low)
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share


def svg(records, way):
    """The picture of one data set, or None where nothing was measured."""
    curves = frontiers(records, way)
    if not curves:
        return None
    axes, run = Axes(curves.values()), records[0]["run"]
    title = f"{run['data']}: {table.vector_count(records):,} × {run['dimension']}, {run['metric']}, one thread"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        text(LEFT, 32, title, "start", size=18),
        *grid(axes, run["k"]),
    ]
    # The best at high recall first, as the eye meets them; ours are drawn last, over the others.
    order = sorted(curves, key=lambda name: -max((rate for recall, rate in curves[name] if recall >= 0.95), default=0))
    drawn = sorted(order, key=lambda name: name[0] == "likeness")
    parts += [curve(axes, name, curves[name], style_of(name, curves)) for name in drawn]
    parts += [legend(place, name, style_of(name, curves)) for place, name in enumerate(order)]
    return "\n".join([*parts, "</svg>"]) + "\n"


def style_of(name, curves):
    """Colour by library, dashes by kind, and thickness for ours."""
    library, kind = name
    kinds = sorted({other for each, other in curves if each == library}, key=lambda other: ("hnsw" not in other, other))
    colour = OURS if library == "likeness" else COLOURS.get(library, "black")
    dash = DASHES[kinds.index(kind) % len(DASHES)]
    return f'stroke="{colour}" fill="{colour}" stroke-width="{3.2 if library == "likeness" else 1.6}"', dash


def text(x, y, words, anchor, size=13, more=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" {more}>{escape(words)}</text>'


def grid(axes, k):
    parts = []
    for tick in TICKS:
        if tick >= axes.start:
            x = axes.x(tick)
            parts.append(f'<path d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#ddd"/>')
            parts.append(text(x, HEIGHT - BOTTOM + 20, f"{tick:g}", "middle"))
    parts.append(text(axes.x(MOST), HEIGHT - BOTTOM + 20, "1", "middle"))
    decade = axes.low
    while decade <= axes.high:
        for factor in (1, 2, 5):
            if decade * factor <= axes.high:
                y = axes.y(decade * factor)
                parts.append(
                    f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="{"#bbb" if factor == 1 else "#eee"}"/>'
                )
                parts.append(text(LEFT - 8, y + 4, f"{decade * factor:,.0f}", "end", size=13 if factor == 1 else 10))
        decade *= 10
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(text(middle, HEIGHT - 16, f"recall@{k}", "middle", size=15))
    turned = f'transform="rotate(-90 18 {(TOP + HEIGHT - BOTTOM) / 2})"'
    parts.append(text(18, (TOP + HEIGHT - BOTTOM) / 2, "queries a second", "middle", 15, turned))
    return parts


def curve(axes, name, points, style):
    places = [(axes.x(recall), axes.y(rate)) for recall, rate in points]
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.6" stroke="none"/>' for x, y in places)
    attributes, dash = style
    line = f'<path d="{path}" fill="none" stroke-dasharray="{dash}" stroke-linejoin="round"/>'
    return f"<g {attributes}><title>{escape(' '.join(name))}</title>{line}{dots}</g>"


def legend(place, name, style):
    x, y = WIDTH - RIGHT + 18, TOP + 14 + 22 * place
    attributes, dash = style
    weight = 'font-weight="bold"' if name[0] == "likeness" else ""
    line = f'<path d="M{x} {y}h30" {attributes} stroke-dasharray="{dash}"/>'
    return line + text(x + 38, y + 4, " ".join(name), "start", 13, weight)
