"""Asks indexes of several build seeds for a recall, and counts what held-out queries get."""

import sys

import likeness
import numpy

from comparison import truth
from comparison.contents import Contents
from comparison.promise import Promise

KS = (1, 10, 100)
ASKED = (0.8, 0.9, 0.95, 0.99)


def promises(data, options):
    """The promises of a set, by k and R; `options` are those of `Benchmarks/unseen`."""
    keys = None
    found = {(k, way): [] for k in KS for way in ("cheapest", *ASKED)}
    name = data.name + (", half replaced" if options.replaced else "")
    for seed in range(1, options.seeds + 1):
        contents = Contents(len(data.base), options.replaced, seed)
        if keys is None or options.replaced:
            keys = truth.right_answers_of_each(data.base[contents.present], data.queries, KS, data.metric)
        with contents.index(data, options.threads) as index:
            for (k, way), recalls in found.items():
                setting = {"ef_search": k} if way == "cheapest" else {"recall": way}
                recalls.append(recalls_of(index, data.queries, k, setting, contents, keys[k], options.threads))
        print(f"unseen: {name}: seed {seed} of {options.seeds} is done", file=sys.stderr)
    arrays = {key: numpy.array(each) for key, each in found.items()}
    return [Promise(name, k, asked, arrays[k, asked], arrays[k, "cheapest"]) for k in KS for asked in ASKED]


def recalls_of(index, queries, k, setting, contents, keys, threads):
    """The recall of each query, of shape (m,); NaN where the index says that it cannot reach what is asked for."""
    try:
        ids = index.search(queries, k=k, threads=threads, **setting)[0]
    except likeness.InvalidArgumentError as error:
        if "recall" not in setting:
            raise
        print(f"unseen: recall={setting['recall']} at k={k} was refused: {error}", file=sys.stderr)
        return numpy.full(len(queries), numpy.nan)
    return truth.recalls(contents.place[ids], keys, len(contents.present), k)
