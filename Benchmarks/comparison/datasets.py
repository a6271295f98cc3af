"""The data sets that indexes are compared on.

Every library gets the same float32 vectors; bytes and float16 become float32 without loss, float64 is rounded once. The
queries are shuffled once with a fixed seed, so that the first of them are a fair sample of all.
"""

import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy

from comparison import lengths, made, ordered
from comparison.environments import CHECKOUT
from comparison.failure import MISSING_INPUT, UNAVAILABLE, WRONG_DATA, WRONG_USAGE, Failure

SHARED = CHECKOUT.parent / "shared" / "data" / "vectors"
FASHION = Path("/usr/share/datasets/fashion-mnist")
FASHION_FILES = [FASHION / f"{part}-images-idx3-ubyte.gz" for part in ("train", "t10k")]

SHARED_SETS = {"sift128": ("u8", "l2"), "cnn1280": ("f16", "cosine"), "text384": ("f16", "cosine")}
# Made anew wherever they are asked for.
RECIPES = {"made": (made, "l2"), "ordered": (ordered, "l2"), "log-normal": (lengths, "innerProduct")}
NAMES = ["fashion-mnist", *SHARED_SETS, *RECIPES]
METRICS_OF_HDF5 = {"euclidean": "l2", "angular": "cosine"}


@dataclass
class DataSet:
    """Vectors to index, of shape (n, d), in the order in which they are given; queries of shape (m, d); both float32. The
    metric is `l2`, `cosine` or `innerProduct`."""

    name: str
    metric: str
    base: numpy.ndarray
    queries: numpy.ndarray


def available():
    """The names of the sets that this machine has."""
    return [name for name in NAMES if name_is_there(name)]


def name_is_there(name):
    if name in RECIPES:
        return True
    files = FASHION_FILES if name == "fashion-mnist" else shared_files(name)
    return all(file.exists() for file in files)


def shared_files(name):
    element, _ = SHARED_SETS[name]
    return [SHARED / f"{name}_{part}_{element}.npy" for part in ("base", "query")]


def check_name(name):
    """Refuses what is neither a set's name nor has the form of a path, and sets and files that are not there."""
    if name.endswith((".hdf5", ".h5")):
        if not Path(name).is_file():
            raise Failure(MISSING_INPUT, f"{name} is not a file that can be read.")
    elif name not in NAMES:
        raise Failure(
            WRONG_USAGE,
            f"there is no data set '{name}'; there are {', '.join(NAMES)}, and files whose names end in .hdf5.",
        )
    elif name == "fashion-mnist" and not name_is_there(name):
        raise Failure(UNAVAILABLE, f"{FASHION} is missing; install Debian's dataset-fashion-mnist, or run Tools/setup.")
    elif not name_is_there(name):
        raise Failure(
            MISSING_INPUT, f"{name} is not in {SHARED}; leave it out, or put the project's shared folder there."
        )


def load(name, base_limit=None, query_limit=None):
    """Reads a set by its name or, where it has the form of a path, an ann-benchmarks file."""
    check_name(name)
    if name in NAMES:
        data = named(name)
    else:
        data = hdf5(Path(name))
    order = numpy.random.default_rng(1).permutation(len(data.queries))
    data.queries = data.queries[order][:query_limit]
    if base_limit is not None and base_limit < len(data.base):
        data.name = f"{data.name}[:{base_limit}]"
        data.base = data.base[:base_limit]
    data.base, data.queries = (numpy.ascontiguousarray(part, numpy.float32) for part in (data.base, data.queries))
    check(data)
    return data


def named(name):
    if name in RECIPES:
        recipe, metric = RECIPES[name]
        return DataSet(name, metric, *recipe.vectors())
    return fashion() if name == "fashion-mnist" else shared(name)


def check(data):
    """Refuses what no index could answer."""
    for what, vectors in (("vectors", data.base), ("queries", data.queries)):
        if vectors.ndim != 2 or 0 in vectors.shape:
            raise Failure(
                WRONG_DATA, f"the {what} of {data.name} are no rows of numbers: their shape is {vectors.shape}."
            )
        if not numpy.isfinite(vectors).all():
            raise Failure(WRONG_DATA, f"the {what} of {data.name} have numbers that are not finite; remove those rows.")
        if numpy.abs(vectors).max() > 1e15:
            raise Failure(
                WRONG_DATA, f"the {what} of {data.name} are so long that float32 squares overflow; scale them."
            )
        if data.metric == "cosine" and not vectors.any(axis=1).all():
            raise Failure(WRONG_DATA, f"the {what} of {data.name} have a row of zeros, which has no angle; remove it.")
    if data.base.shape[1] != data.queries.shape[1]:
        raise Failure(
            WRONG_DATA,
            f"the vectors of {data.name} have {data.base.shape[1]} numbers and its queries {data.queries.shape[1]}.",
        )


def fashion():
    return DataSet("fashion-mnist", "l2", *map(idx, FASHION_FILES))


def idx(path):
    """The pictures of a gzipped IDX file of bytes, a row each."""
    data = gzip.decompress(path.read_bytes())
    dimensions = data[3]
    shape = [int.from_bytes(data[4 + 4 * i : 8 + 4 * i], "big") for i in range(dimensions)]
    return numpy.frombuffer(data, numpy.uint8, offset=4 + 4 * dimensions).reshape(shape[0], -1)


def shared(name):
    _, metric = SHARED_SETS[name]
    return DataSet(name, metric, *map(numpy.load, shared_files(name)))


def hdf5(path):
    """An ann-benchmarks file: `train` and `test`, and an attribute `distance`. Its own neighbours are not used."""
    import h5py  # only here, because no other set needs it

    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise Failure(WRONG_DATA, f"{path} is no HDF5 file, or a damaged one: {error}.") from None
    with file:
        missing = [name for name in ("train", "test") if not isinstance(file.get(name), h5py.Dataset)]
        if missing:
            raise Failure(WRONG_DATA, f"{path} has no '{missing[0]}'; an ann-benchmarks file has 'train' and 'test'.")
        distance = file.attrs.get("distance")
        distance = distance.decode() if isinstance(distance, bytes) else distance
        if distance not in METRICS_OF_HDF5:
            raise Failure(
                WRONG_DATA,
                f"{path} has the distance {distance!r}; {' and '.join(METRICS_OF_HDF5)} can be compared here.",
            )
        try:
            base, queries = (file[name][()].astype(numpy.float32) for name in ("train", "test"))
        except (OSError, TypeError, ValueError) as error:
            raise Failure(WRONG_DATA, f"the vectors in {path} cannot be read: {error}.") from None
    return DataSet(path.stem, METRICS_OF_HDF5[distance], base, queries)
