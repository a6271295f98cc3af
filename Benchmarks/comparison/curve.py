"""Queries a second at a recall that lies between two measured settings."""

import math


def rate_at(points, recall):
    """Queries a second at `recall`: the logarithm of the rate is taken as linear in the recall between two settings.

    `points` are pairs (recall, rate) by rising efSearch. None where the recall lies outside of what was measured.
    """
    place = reaching([each for each, _ in points], recall)
    if place is None:
        return None
    upper, fast = points[place]
    if upper == recall:
        return fast
    if place == 0:
        return None
    lower, faster = points[place - 1]
    share = (recall - lower) / (upper - lower)
    return math.exp((1 - share) * math.log(faster) + share * math.log(fast))


def reaching(recalls, recall):
    """The place of the first setting that reaches `recall`, or None."""
    return next((place for place, each in enumerate(recalls) if each >= recall), None)


def needed(recalls, targets):
    """The places of the settings between which the targets lie."""
    places = set()
    for target in targets:
        place = reaching(recalls, target)
        if place is not None:
            places |= {place, max(place - 1, 0)}
    return places


def equal_recalls(targets, floor):
    """The recalls to compare at, by target: no lower than `floor`, which the cheapest setting of each side reaches.

    A target is left out where the next one lies below the floor as well.
    """
    kept = [each for each in targets if each > floor]
    if len(kept) < len(targets):
        kept.insert(0, targets[len(targets) - len(kept) - 1])
    return {target: max(target, floor) for target in kept}
