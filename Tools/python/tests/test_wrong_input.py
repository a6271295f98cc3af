"""Whatever is wrong raises an exception with a sentence, and leaves the index as it was."""


import numpy
import pytest
from conftest import KINDS
from numpy.testing import assert_array_equal

import likeness
from likeness import Index

NAN, INFINITY = float("nan"), float("inf")

# An exception, its superclass in Python, and the calls that raise it; `i` is a flat index of `v`, `q` a query.
WRONG = {
    # dtype
    "int64 queries": (likeness.InvalidTypeError, lambda i, v, q: i.search(q.astype(numpy.int64))),
    "int32 vectors": (likeness.InvalidTypeError, lambda i, v, q: Index.build(v.astype(numpy.int32))),
    "complex vectors": (likeness.InvalidTypeError, lambda i, v, q: i.add(v.astype(complex))),
    "objects": (likeness.InvalidTypeError, lambda i, v, q: i.search(q.astype(object))),
    "long doubles": (likeness.InvalidTypeError, lambda i, v, q: i.search(q.astype(numpy.longdouble))),
    "texts": (likeness.InvalidTypeError, lambda i, v, q: i.search(["a"] * 24)),
    "dates": (likeness.InvalidTypeError, lambda i, v, q: i.search(numpy.zeros(24, "datetime64[s]"))),
    "records": (likeness.InvalidTypeError, lambda i, v, q: i.search(numpy.zeros(24, [("x", "f4")]))),
    "ids of floats": (likeness.InvalidTypeError, lambda i, v, q: Index.build(v, numpy.arange(1000.0))),
    "a list of floats as ids": (likeness.InvalidTypeError, lambda i, v, q: Index.build(v[:2], [0.5, 1.5])),
    "texts as ids": (likeness.InvalidTypeError, lambda i, v, q: i.remove(["a"])),
    # shape
    "three dimensions": (likeness.InvalidArgumentError, lambda i, v, q: i.search(v[None])),
    "a number": (likeness.InvalidArgumentError, lambda i, v, q: i.search(1.0)),
    "None": (likeness.Error, lambda i, v, q: i.search(None)),
    "ragged lists": (likeness.InvalidTypeError, lambda i, v, q: i.search([[1, 2], [3]])),
    "one vector to build from": (likeness.InvalidArgumentError, lambda i, v, q: Index.build(q)),
    "one vector to add": (likeness.InvalidArgumentError, lambda i, v, q: i.add(q)),
    "ids in two dimensions": (likeness.InvalidArgumentError, lambda i, v, q: i.remove(numpy.array([[1]]))),
    "fewer ids than vectors": (likeness.InvalidArgumentError, lambda i, v, q: Index.build(v, range(999))),
    "more ids than vectors": (likeness.InvalidArgumentError, lambda i, v, q: i.add(v[:1], [5000, 5001])),
    # dimension
    "short queries": (likeness.InvalidDataError, lambda i, v, q: i.search(v[:, :23])),
    "a long query": (likeness.InvalidDataError, lambda i, v, q: i.search(numpy.zeros(25, numpy.float32))),
    "short vectors to add": (likeness.InvalidDataError, lambda i, v, q: i.add(v[:, 1:])),
    "queries of no numbers": (ValueError, lambda i, v, q: i.search(v[:, :0])),
    "vectors of no numbers": (ValueError, lambda i, v, q: Index.build(v[:, :0])),
    # numbers that are none
    "NaN in a query": (likeness.InvalidDataError, lambda i, v, q: i.search(numpy.where(q > 0, q, NAN).astype("f4"))),
    "NaN in a batch": (likeness.InvalidDataError, lambda i, v, q: i.search(numpy.where(v > 3, NAN, v).astype("f4"))),
    "an infinity": (likeness.InvalidDataError, lambda i, v, q: i.search([INFINITY] * 24)),
    "a double too large": (likeness.InvalidDataError, lambda i, v, q: i.search(numpy.full((2, 24), 1e300))),
    "NaN to build from": (likeness.InvalidDataError, lambda i, v, q: Index.build([[1, 2], [3, NAN]])),
    "NaN to add": (likeness.InvalidDataError, lambda i, v, q: i.add(numpy.full((3, 24), NAN))),
    # how many, how hard
    "k = 0": (likeness.InvalidArgumentError, lambda i, v, q: i.search(q, k=0)),
    "negative k": (likeness.InvalidArgumentError, lambda i, v, q: i.search(q, k=-1)),
    "k beyond 64 bits": (likeness.InvalidArgumentError, lambda i, v, q: i.search(q, k=2**70)),
    "a fraction as k": (likeness.InvalidTypeError, lambda i, v, q: i.search(q, k=2.5)),
    "None as k": (likeness.InvalidTypeError, lambda i, v, q: i.search(q, k=None)),
    "negative threads": (likeness.InvalidArgumentError, lambda i, v, q: i.search(q, threads=-1)),
    "negative threads to build": (likeness.InvalidArgumentError, lambda i, v, q: Index.build(v, threads=-1)),
    "negative threads to settle": (likeness.InvalidArgumentError, lambda i, v, q: i.settle(-1)),
    "threads as text": (likeness.InvalidTypeError, lambda i, v, q: i.settle("2")),
    "ef_search = 0": (likeness.InvalidArgumentError, lambda i, v, q: i.search(q, ef_search=0)),
    "a negative setting": (likeness.InvalidArgumentError, lambda i, v, q: i.search(q, setting=-3)),
    "recall = 0": (likeness.InvalidArgumentError, lambda i, v, q: i.search(q, recall=0)),
    "recall above 1": (likeness.InvalidArgumentError, lambda i, v, q: i.search(q, recall=1.01)),
    "recall NaN": (likeness.InvalidArgumentError, lambda i, v, q: i.search(q, recall=NAN)),
    "recall as text": (likeness.InvalidTypeError, lambda i, v, q: i.search(q, recall="0.9")),
    "recall and ef_search": (likeness.InvalidArgumentError, lambda i, v, q: i.search(q, recall=0.9, ef_search=30)),
    "a dictionary as filter": (likeness.InvalidTypeError, lambda i, v, q: i.search(q, filter={})),
    "texts as filter": (likeness.InvalidTypeError, lambda i, v, q: i.search(q, filter=["a"])),
    "a filter of bool for fewer": (likeness.InvalidArgumentError, lambda i, v, q: i.search(q, filter=[True] * 3)),
    "a distance that is text": (likeness.InvalidTypeError, lambda i, v, q: i.search(q, within="far")),
    "a distance NaN": (likeness.InvalidArgumentError, lambda i, v, q: i.search(q, within=NAN)),
    # names and parameters
    "an unknown kind": (likeness.InvalidArgumentError, lambda i, v, q: Index.build(v, kind="tree")),
    "a number as kind": (likeness.InvalidTypeError, lambda i, v, q: Index.build(v, kind=3)),
    "a zero in a name": (likeness.InvalidArgumentError, lambda i, v, q: Index.build(v, kind="fl\0at")),
    "half a letter in a name": (likeness.InvalidArgumentError, lambda i, v, q: Index.build(v, metric="\ud800")),
    "an unknown metric": (likeness.InvalidArgumentError, lambda i, v, q: Index.build(v, metric="l3")),
    "an unknown parameter": (likeness.InvalidArgumentError, lambda i, v, q: Index.build(v, ef_constuction=9)),
    "another kind's parameter": (likeness.InvalidArgumentError, lambda i, v, q: Index.build(v, kind="flat", m=9)),
    "a parameter out of range": (likeness.InvalidArgumentError, lambda i, v, q: Index.build(v, m=0)),
    "a parameter that is text": (likeness.InvalidArgumentError, lambda i, v, q: Index.build(v, m="many")),
    "a parameter without JSON": (likeness.InvalidTypeError, lambda i, v, q: Index.build(v, m={1})),
    "unknown codes": (likeness.InvalidArgumentError, lambda i, v, q: Index.build(v, codes="rq3")),
    "codes that turn, and l1": (likeness.Error, lambda i, v, q: Index.build(v, metric="l1", codes="rq8")),
    "a parameter NaN": (likeness.InvalidArgumentError, lambda i, v, q: Index.build(v, m=NAN)),
    # ids
    "an unknown id": (likeness.NotFoundError, lambda i, v, q: i.remove([3, 1000])),
    "a negative id": (likeness.InvalidArgumentError, lambda i, v, q: i.remove([3, -1])),
    "a negative id in an array": (likeness.InvalidArgumentError, lambda i, v, q: i.add(v[:2], numpy.array([2000, -1]))),
    "an id beyond 64 bits": (likeness.InvalidArgumentError, lambda i, v, q: i.remove(2**64)),
    "an id that is there": (likeness.InvalidArgumentError, lambda i, v, q: i.add(v[:2], [2000, 999])),
    "an id twice": (likeness.InvalidArgumentError, lambda i, v, q: Index.build(v[:2], [5, 5])),
    # files
    "no file": (FileNotFoundError, lambda i, v, q: Index.open("/no/such/file")),
    "a number as path": (likeness.InvalidTypeError, lambda i, v, q: Index.open(3)),
    "a zero in a path": (likeness.InvalidArgumentError, lambda i, v, q: Index.open("a\0b")),
    "bytes that are no path": (likeness.InvalidArgumentError, lambda i, v, q: Index.open(b"\xff\xfe")),
    "a folder": (likeness.Error, lambda i, v, q: Index.open("/tmp")),
    "nowhere to save": (likeness.Error, lambda i, v, q: i.save("/no/such/folder/index")),
    # objects
    "an index without vectors": (likeness.InvalidTypeError, lambda i, v, q: Index()),
}


@pytest.fixture(scope="module")
def index(vectors):
    return Index.build(vectors, kind="flat")


@pytest.mark.parametrize("name", WRONG)
def test_wrong_input_raises_a_sentence(name, index, vectors, queries):
    expected, call = WRONG[name]
    before = index.search(queries)
    with pytest.raises(expected) as raised:
        call(index, vectors, queries[0])
    assert isinstance(raised.value, likeness.Error)
    sentence = str(raised.value)
    assert sentence.endswith(".") and len(sentence.split()) > 3, sentence
    assert len(index) == 1000
    assert_array_equal(index.search(queries)[0], before[0])


USES = {
    "search": lambda i, v, p: i.search(v[0]),
    "batch": lambda i, v, p: i.search(v),
    "large k": lambda i, v, p: i.search(v, k=10**6),
    "add": lambda i, v, p: i.add(v),
    "remove": lambda i, v, p: i.remove([1]),
    "settle": lambda i, v, p: i.settle(),
    "tune": lambda i, v, p: i.tune(v),
    "operating_points": lambda i, v, p: i.operating_points,
    "save": lambda i, v, p: i.save(p / "index"),
    "stats": lambda i, v, p: i.stats,
    "len": lambda i, v, p: len(i),
    "ids": lambda i, v, p: i.ids,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("use", USES)
def test_a_closed_index_says_so(use, kind, vectors, tmp_path):
    index = Index.build(vectors, kind=kind)
    index.close()
    with pytest.raises(likeness.ClosedError) as raised:
        USES[use](index, vectors, tmp_path)
    assert isinstance(raised.value, ValueError) and str(raised.value).endswith(".")
    assert not list(tmp_path.iterdir())


def test_files_that_are_no_index(vectors, tmp_path, generator):
    path = tmp_path / "index"
    Index.build(vectors, kind="flat").save(path)
    whole = path.read_bytes()
    flipped = bytearray(whole)
    flipped[generator.integers(len(whole))] ^= 1 << int(generator.integers(8))
    contents = [b"", b"x", b"\x93NUMPY", generator.bytes(5000), whole[:-1], whole[: len(whole) // 2], bytes(flipped)]
    for content in contents:
        path.write_bytes(content)
        with pytest.raises(likeness.InvalidDataError) as raised:
            Index.open(path)
        assert str(raised.value).endswith(".")


def test_a_failed_save_leaves_the_file(vectors, tmp_path):
    path = tmp_path / "index"
    Index.build(vectors, kind="flat").save(path)
    before = path.read_bytes()
    closed = Index.build(vectors[:5], kind="flat")
    closed.close()
    with pytest.raises(likeness.ClosedError):
        closed.save(path)
    assert path.read_bytes() == before
