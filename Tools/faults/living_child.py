"""What Tools/faults/living.py kills, and what looks at the store afterwards.

change STORE STATE   changes vectors, searches and builds the index for ever, and says what it does
check STORE FILE     compares the store, and the graph's answers, with what must be there
"""
import json
import random
import sys
import time

import likeness
import numpy

DIMENSION, IDS, CLUSTERS = 32, 3000, 20
COLLECTION = "c"


def vector(name, generation):
    """The vector that an id has in a generation."""
    generator = numpy.random.default_rng([int(name), generation])
    center = numpy.random.default_rng(int(name) % CLUSTERS).normal(size=DIMENSION) * 3
    return (center + generator.normal(size=DIMENSION)).astype(numpy.float32)


def say(what, **more):
    print(json.dumps({"what": what, **more}), flush=True)


def change(path, state):
    there, seed = state["there"], state["seed"]
    generator = random.Random(seed)
    store = likeness.Store(path)

    def upsert(names):
        generations = {name: there.get(name, generator.randrange(1000) * 1000) + 1 for name in names}
        say("begin", phase="upsert", upserted=generations)
        vectors = numpy.stack([vector(*item) for item in generations.items()])
        store.upsert(COLLECTION, [int(name) for name in generations], vectors)
        there.update(generations)
        say("end")

    def delete(names):
        say("begin", phase="delete", deleted=names)
        store.delete(COLLECTION, [int(name) for name in names])
        for name in names:
            del there[name]
        say("end")

    def fold():
        """A search takes in what has changed, and a thread puts it into the graph from then on."""
        say("begin", phase="fold")
        store.search(COLLECTION, vector("1", 0), kind="hnsw")
        time.sleep(0.05)
        say("end")

    def rebuild():
        say("begin", phase="rebuild")
        store.build_index(COLLECTION, kind="hnsw", m=8, ef_construction=60, codes="rq8")
        say("end")

    if COLLECTION not in store.collections:
        upsert([str(name) for name in range(IDS // 2)])
    if not any(index["kind"] == "hnsw" for index in indexes(store)):
        rebuild()
    while True:
        upsert([str(name) for name in generator.sample(range(IDS), generator.randrange(50, 400))])
        delete(generator.sample(sorted(there), min(len(there) // 2, generator.randrange(50, 300))))
        fold()
        if generator.random() < 0.3:
            rebuild()


def indexes(store):
    return [index for collection in store.describe() for index in collection["indexes"]]


def check(path, expected):
    """What the store has of a change that was not acknowledged, it has wholly or not at all."""
    there, doubtful = expected["there"], expected["doubtful"] or {}
    wrong = []
    store = likeness.Store(path)
    names, vectors = store.vectors(COLLECTION) if COLLECTION in store.collections else ([], [])
    found = dict(zip(map(str, names), vectors))

    def is_present(name, generation):
        return name in found and numpy.array_equal(found[name], vector(name, generation))

    after = {**there, **doubtful.get("upserted", {})}
    for name in doubtful.get("deleted", ()):
        del after[name]
    candidates = [state for state in (there, after) if len(state) == len(found)]
    matching = [state for state in candidates if all(is_present(*item) for item in state.items())]
    if not matching:
        lost = [item for item in there.items() if not is_present(*item) and item[0] not in doubtful.get("deleted", ())]
        wrong.append(f"{len(found)} vectors are there; acknowledged were {len(there)}, of which {len(lost)} are not there")
    if found and any(index["kind"] == "hnsw" for index in indexes(store)):
        wrong += searched(store, found)
    say("checked", wrong=wrong, there=matching[0] if matching else there)


def searched(store, found):
    queries = numpy.stack([vector(str(name), -1 & 0xFFFF) for name in range(40)])
    exact = store.search(COLLECTION, queries, exact=True)
    wrong = []
    for _ in range(3):
        # Between the rounds a thread puts into the graph what has changed.
        nearest = store.search(COLLECTION, queries, kind="hnsw", ef_search=1000)
        for row, (names, distances) in enumerate(zip(*nearest)):
            if len(names) != min(10, len(found)) or len(set(names)) != len(names):
                wrong.append(f"an answer has {len(names)} points, {len(set(names))} different ones")
            elif not numpy.allclose(distances, exact[1][row], rtol=1e-5):
                wrong.append(f"an answer is {distances.tolist()}, by a scan {exact[1][row].tolist()}")
        time.sleep(0.1)
    return wrong[:5]


if __name__ == "__main__":
    what, path, file = sys.argv[1:]
    with open(file, encoding="utf-8") as opened:
        {"change": change, "check": check}[what](path, json.load(opened))
