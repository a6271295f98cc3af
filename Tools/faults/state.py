"""All that can be seen of a store, so that two stores can be compared."""
import hashlib
import random
import struct

from .tool import Failure, Tool

# What depends on when and how often a command ran, not on what it left.
OWN = ("path", "sequence", "changes_since")


def write_npy(path, rows):
    """Writes a .npy array of f32."""
    count, dimension = len(rows), len(rows[0])
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({count}, {dimension}), }}"
    header += " " * (63 - (10 + len(header)) % 64) + "\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
        for row in rows:
            file.write(struct.pack(f"<{dimension}f", *row))


def read_npy(path):
    """The rows of a .npy array of f32, each as its bytes."""
    data = path.read_bytes()
    start = 10 + struct.unpack("<H", data[8:10])[0]
    shape = data[10:start].decode().split("(")[1].split(")")[0].split(",")
    count, size = int(shape[0]), 4 * int(shape[1])
    if len(data) != start + count * size:
        raise Failure(f"{path} has {len(data)} bytes, which its header does not say")
    return [data[start + row * size : start + (row + 1) * size] for row in range(count)]


def order(identifier):
    """Numbers before UUIDs, as the store orders them."""
    return (isinstance(identifier, str), identifier)


def queries(folder, dimension):
    """A file with a few queries of a dimension, the same ones each time."""
    path = folder / f"queries-{dimension}.npy"
    if not path.exists():
        generator = random.Random(dimension)
        write_npy(path, [[generator.random() for _ in range(dimension)] for _ in range(3)])
    return path


def points(tool, folder, name, shown):
    """Every point of a collection: its payload, and a digest of each of its vectors."""
    found = {}
    for field in shown["fields"]:
        if not field["count"]:
            continue
        out = folder / "export.npy"
        tool.run("export", name, "--vector", field["name"], out)
        rows = read_npy(out)
        out.unlink()
        # A search for as many as there are lists every point with its payload.
        words = ["--vector-file", queries(folder, field["dimension"]), "--exact", "-k", field["count"]]
        answer = tool.json("search", name, "--vector", field["name"], *words)["answers"][0]
        hits = {hit["id"]: hit["payload"] for hit in answer["hits"]}
        if not len(rows) == len(hits) == field["count"]:
            raise Failure(f"{name}/{field['name']} counts {field['count']}, lists {len(hits)}, exports {len(rows)}")
        for identifier, row in zip(sorted(hits, key=order), rows):
            point = found.setdefault(identifier, {"payload": hits[identifier], "vectors": {}})
            point["vectors"][field["name"]] = hashlib.sha256(row).hexdigest()
    return found


def indexes(tool, folder, name, shown):
    """Every published index, and what it answers."""
    found = {}
    dimensions = {field["name"]: field["dimension"] for field in shown["fields"]}
    for index in tool.json("index", "list", name)["indexes"]:
        what = ("--vector", index["vector"], "--kind", index["kind"], "--metric", index["metric"])
        key = " ".join(what[1::2])
        if key in found:
            raise Failure(f"{name} lists the index {key} twice")
        asked = tool.json("search", name, *what, "--vector-file", queries(folder, dimensions[index["vector"]]))
        hits = [[(hit["id"], hit["distance"]) for hit in answer["hits"]] for answer in asked["answers"]]
        found[key] = {"answers": hits, **{k: v for k, v in index.items() if k not in OWN}}
    return found


def state(tool, folder):
    """What is in a store, by collection, or None where there is no store yet; all of it sound."""
    listed = tool.end("collection", "list", "--json")
    if listed.status == 1:
        listed.require_sentence()
        return None
    if listed.status != 0:
        raise Failure(str(listed))
    found = {}
    for shown in listed.object["collections"]:
        name = shown["name"]
        found[name] = {
            "points": points(tool, folder, name, shown),
            "fields": {field["name"]: {k: v for k, v in field.items() if k != "count"} for field in shown["fields"]},
            "root": shown["root"],
            "count": shown["point_count"],
            "indexes": indexes(tool, folder, name, shown),
        }
    require_sound(tool)
    return found


def require_sound(tool, finding=False):
    """The store opens, and `verify` finds nothing in it, nor in its index files, but for what it must find."""
    verified = tool.end("verify")
    if verified.status != (2 if finding else 0):
        raise Failure(f"{verified}; {verified.output.strip()[-400:]}")


def restored(program, snapshot, folder):
    """What is in a snapshot, once restored."""
    tool = Tool(program, folder / "restored.store")
    tool.run("restore", snapshot)
    return state(tool, folder)


def summary(found):
    """A state in a few words, for a report."""
    if found is None:
        return "no store"
    return ", ".join(
        f"{name}: {len(part['points'])} points, {len(part['indexes'])} indexes" for name, part in found.items()
    ) or "no collections"


def between(before, after, now):
    """Why a state is not one on the way from one to another, point by point, or None."""
    before, after, now = before or {}, after or {}, now or {}
    for name in sorted(set(before) | set(after) | set(now)):
        old, new, found = before.get(name), after.get(name), now.get(name)
        if found in (old, new):
            continue
        if found is None:
            return f"the collection {name} is gone"
        if old is None and new is None:
            return f"a collection {name} has appeared"
        for part in ("points", "fields", "indexes"):
            was, will = (old or {}).get(part, {}), (new or {}).get(part, {})
            for key in sorted(set(was) | set(will) | set(found[part]), key=str):
                if found[part].get(key) not in (was.get(key), will.get(key)):
                    return f"{part} {key} of {name} are neither as before nor as after: {str(found[part].get(key))[:200]}"
        if found["points"] and found["count"] != len(found["points"]):
            return f"{name} counts {found['count']} points and has {len(found['points'])}"
    return None
