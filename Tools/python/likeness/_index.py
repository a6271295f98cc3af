"""Indexes in memory."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self, SupportsIndex, TypeVar

import numpy
from numpy.typing import ArrayLike, NDArray

from likeness import _native
from likeness._arguments import IDs, Path, allowed_vectors, check_texts, chosen_setting, id_array, parameter_json, path_text
from likeness._errors import ClosedError, InvalidTypeError, MissingFileError, NotFoundError

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class IndexStats:
    """What an index is, at one moment."""

    count: int
    """How many vectors can be found."""
    dimension: int
    """How many numbers a vector has."""
    memory_bytes: int
    """Bytes of memory, anonymous and mapped, that the index takes."""
    kind: str
    """`"hnsw"`, `"flat"` or `"matrix"`."""
    metric: str
    """The metric's name."""
    codes: str | None
    """What the graph of `"hnsw"` compares: `"f32"`, `"f16"`, `"rq8"` or `"sq8"`; None for other kinds."""
    fault: str | None
    """Why the last work in the background failed, or None. Answers are right all the same, but searches become slower, as
    what is not in the graph is scanned. Later changes begin the work again, and `Index.settle` does it at once. Of an opened
    index that has not changed: what is wrong with its file; then nothing is answered."""
    codes_fit: bool
    """Whether the codes that the graph compares still tell near vectors from far ones; True where there are none. Where they
    do not, as after vectors of another model came, answers are exact and slow until the index has been built anew in the
    background; `Index.settle` does it at once."""
    rebuilds: dict[str, int]
    """How often the index was built anew in the background since it was built or opened, by reason: `"codesDoNotFit"`,
    `"codesFitAgain"`, `"misfits"` (many vectors lay where the graph could not hold them), `"lengthsDiffer"` (under the inner
    product, where they had been alike), `"grown"` and `"shrunk"`. Nothing needs to be done about it."""


class Index:
    """Vectors in memory with an id each, and the means to find the nearest of them.

    Make one with `Index.build` or `Index.open`. Any number of threads may use an index at once: a search sees it
    either before or after a change. Python's lock is let go of during every call that works.

    Vectors are rows of an array of shape (n, d). Rows of float32, float64, float16, uint8 and int8 are read where they
    lie, if a row's numbers follow each other; others are copied first. bool, int16 and uint16 become float32, and
    lists of Python's numbers float64. Other types raise `InvalidTypeError`. Do not write to an array during a call.
    """

    __slots__ = ("_handle", "_kind")
    _handle: _native.Index
    _kind: str

    def __init__(self) -> None:
        raise InvalidTypeError("an index is made with Index.build(vectors) or Index.open(path).")

    @classmethod
    def _of(cls, handle: _native.Index) -> Self:
        index = cls.__new__(cls)
        index._handle = handle
        index._kind = IndexStats(*handle.stats(), {}).kind
        return index

    @classmethod
    def build(
        cls,
        vectors: ArrayLike,
        ids: IDs | None = None,
        kind: str = "hnsw",
        metric: str = "l2",
        threads: int = 0,
        **parameters: Any,
    ) -> Self:
        """Builds an index.

        Args:
            vectors: An array of shape (n, d).
            ids: One id a vector, each once, integers from 0 to 2^64 - 1; None for 0, 1, 2 ...
            kind: `"hnsw"` (a graph), `"flat"` (exact) or `"matrix"` (all distances, computed beforehand).
            metric: `"l2"`, `"l2Squared"`, `"cosine"`, `"innerProduct"`, `"l1"` or `"minkowski:P"`. Smaller distances
                are nearer: that of `"cosine"` is 1 - cosine, computed as half the squared distance of the vectors at
                length 1, that of `"innerProduct"` the negated product.
            threads: How many threads build; 0 is all cores.
            parameters: The kind's own. Of `"hnsw"`: `m` (16), `ef_construction` (100), `ef_search` (64), `seed` (1),
                `codes` (`"f32"`, `"f16"`, `"rq8"` or `"sq8"`; without it, what does better is measured),
                `measure_recall` (True: a sample of the vectors is asked for before it is in the graph, so that searches
                can ask for a `recall`; that takes at most half as long as the rest of the build, or a second). Of
                `"matrix"`: `byte_limit` (4 GiB).

        Raises:
            InvalidDataError: NaN or an infinity.
            InvalidArgumentError: A wrong shape, kind, metric or parameter; an id that is there twice; numbers so large
                that float32 does not hold the distances.
            InvalidTypeError: Vectors or ids of a type that is not taken.
        """
        check_texts(kind=kind, metric=metric)
        numbers = None if ids is None else id_array(ids)
        return cls._of(_native.build(vectors, numbers, kind, metric, threads, parameter_json(parameters)))

    @classmethod
    def open(cls, path: Path, *, load: bool = False) -> Self:
        """Opens an index that was saved.

        It lies in the pages of the file, which processes share. Header and structure are checked first, and so is
        everything where the file has at most 32 MiB; else the rest is checked in the background, and calls raise
        `InvalidDataError` once damage is found. An index that changes is loaded into memory first.

        Args:
            path: The file.
            load: Whether to read the index into memory of its own, in huge pages where there are some, and to check all
                of it first. Searches of large indexes are faster there.

        Raises:
            MissingFileError: There is no such file (a `FileNotFoundError` too).
            InvalidDataError: It is not an index, or damaged.
        """
        try:
            return cls._of(_native.open(path_text(path), load))
        except NotFoundError as error:
            raise MissingFileError(str(error)) from None

    def save(self, path: Path) -> None:
        """Saves the index; the file appears when it is complete and synced, and replaces what was there.

        Raises:
            InputOutputError: The system refused to write.
        """
        self._handle.save(path_text(path))

    def add(self, vectors: ArrayLike, ids: IDs | None = None) -> None:
        """Adds vectors, an array of shape (n, d), under new ids: all of them or, on failure, none.

        Ids go on after the largest one where None is given.

        Raises:
            InvalidDataError: Another dimension, NaN or an infinity.
            InvalidArgumentError: An id that is there already.
        """
        self._handle.add(vectors, None if ids is None else id_array(ids))

    def upsert(self, vectors: ArrayLike, ids: IDs) -> None:
        """Puts vectors, an array of shape (n, d), in the place of those that have the same ids, and adds those
        whose ids are new: all of them or, on failure, none.

        A search on another thread finds the old vector of an id or the new one, never both or none.

        Raises:
            InvalidDataError: Another dimension, NaN or an infinity.
            InvalidArgumentError: An id that is given twice.
        """
        self._handle.upsert(vectors, id_array(ids))

    def remove(self, ids: IDs) -> None:
        """Removes vectors by their ids: all of them or, where one of the ids is unknown, none.

        Raises:
            NotFoundError: An id that the index does not have.
        """
        self._handle.remove(id_array(ids))

    def settle(self, threads: int = 0) -> None:
        """Does at once what changes have left for later; searches and changes on other threads go on meanwhile.

        Added vectors are put into the graph of `"hnsw"`, and removed ones taken out of it, which else a thread does in the
        background. Other kinds of this version have nothing to do.

        Args:
            threads: How many threads work; 0 is all cores.

        Raises:
            InputOutputError: There is no memory.
        """
        self._handle.settle(threads)

    def tune(self, queries: ArrayLike, threads: int = 0) -> None:
        """Measures with queries like those that will be asked how well searches of `"hnsw"` find; from then on searches that
        ask for a `recall` go by those alone.

        They are kept with the index, when it is saved too, and asked again in the background once a quarter of the vectors
        has changed. Searches and changes on other threads go on meanwhile.

        Args:
            queries: An array of shape (n, d), n at least 1; not vectors of the index, which are easier to find. Of more
                than 1,000 so many are taken, evenly.
            threads: How many threads work; 0 is all cores.

        Raises:
            UnsupportedError: Another kind, which is exact.
            InvalidDataError: Queries of another dimension, NaN or an infinity.
            InvalidArgumentError: There are no queries.
        """
        self._handle.tune(queries, threads)

    @property
    def operating_points(self) -> dict[str, Any] | None:
        """Which recall searches of `"hnsw"` reach with which setting, for queries that are not in the index.

        A dictionary with `source` (`"heldOut"`: a random sample that was not in the graph yet when it was built,
        `"changes"`: a sample of what was there after changes, or `"queries"`: those that `tune` got), `query_count`, `seen_query_count` (how many
        of those that `tune` got are vectors of the index, which are easier to find than new ones), `vector_count` (how many
        vectors there were then) and `points`, a list of dictionaries with `setting`, `k`, `recall`, `error` (the standard
        error of the recall) and `query_count`. None where nothing was measured, and for other kinds, which are exact.
        """
        text = self._handle.operating_points()
        points: dict[str, Any] | None = None if text is None else json.loads(text)
        return points

    def search(
        self,
        queries: ArrayLike,
        k: SupportsIndex = 10,
        *,
        threads: int = 1,
        setting: int | None = None,
        recall: float | None = None,
        exact: bool = False,
        filter: IDs | NDArray[numpy.bool_] | None = None,
        within: float | None = None,
        **named: int | None,
    ) -> tuple[NDArray[numpy.uint64], NDArray[numpy.float32]]:
        """Finds the nearest vectors of one query or of many.

        Args:
            queries: An array of shape (n, d), or (d,) for one query.
            k: How many results are wanted, at least 1.
            threads: How many threads answer a batch; 0 is all cores.
            setting: How hard to look in the kind's own terms, which `likeness.kinds` names; None is the index's own choice.
            recall: The recall@k to reach, above 0 and at most 1, in place of a setting. The setting is read from
                `operating_points`; nothing is measured by a search.
            exact: Whether the answer is exact, whatever the kind.
            filter: Which vectors may be found: their ids, or an array of bool with a place for each vector, in the order
                in which they were given (that of `ids`). A graph is walked for them or they are scanned, whichever is
                predicted to cost less.
            within: The largest distance that a result has, itself included. The answer is then exact.
            named: The setting under its own name, such as `ef_search=64` of `"hnsw"`. Exact kinds ignore it.

        Returns:
            Ids (uint64) and distances (float32), nearest first, ties in the order in which the vectors were given,
            both of shape (n, k), or (k,) for one query. Where fewer than k vectors can be found, they are as narrow as
            their count. With `within` a row that has fewer results than the longest ends with 2^64 - 1 and infinity.

        Raises:
            InvalidDataError: Queries of another dimension, NaN or an infinity.
            InvalidArgumentError: A number that is out of range, settings that do not go together, a recall that no setting
                reaches or that was never measured, a filter of bool of another length, or a setting that the kind does not
                have.
        """
        allowed = None if filter is None else allowed_vectors(filter)
        if named:
            setting = chosen_setting(setting, named, self._kind)
        return self._handle.search(queries, k, threads, setting, recall, exact, allowed, within)

    @property
    def stats(self) -> IndexStats:
        """What the index is now."""
        return IndexStats(*self._handle.stats(), json.loads(self._handle.rebuilds()))

    @property
    def count(self) -> int:
        """How many vectors can be found."""
        return self.stats.count

    @property
    def dimension(self) -> int:
        """How many numbers a vector has."""
        return self.stats.dimension

    @property
    def kind(self) -> str:
        """`"hnsw"`, `"flat"` or `"matrix"`."""
        return self.stats.kind

    @property
    def metric(self) -> str:
        """The metric's name."""
        return self.stats.metric

    @property
    def memory_bytes(self) -> int:
        """Bytes of memory, anonymous and mapped, that the index takes."""
        return self.stats.memory_bytes

    @property
    def ids(self) -> NDArray[numpy.uint64]:
        """The ids of all vectors, in the order in which they were given, of shape (count,)."""
        return self._handle.ids()

    def vectors(self, ids: IDs | None = None) -> NDArray[numpy.float32]:
        """The vectors with some ids, of shape (n, d) and in the order of the ids; all, in the order of `ids`, where None is
        given.

        They are as they came, as float32, but `"hnsw"` has normalised them under `"cosine"`.

        Raises:
            NotFoundError: An id that the index does not have.
        """
        return self._handle.vectors(self._handle.ids() if ids is None else id_array(ids))

    def close(self) -> None:
        """Gives up the index's memory once the calls of other threads have ended; using it after raises ClosedError."""
        self._handle.close()

    def __len__(self) -> int:
        return self.count

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        try:
            stats = self.stats
        except ClosedError:
            return "<likeness.Index, closed>"
        return f"<likeness.Index {stats.kind} {stats.metric} {stats.count} × {stats.dimension}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _index_of_bytes, (type(self), self._saved(_read))

    def __copy__(self) -> Self:
        return self._saved(lambda path: type(self).open(path, load=True))

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self.__copy__()

    def _saved(self, use: Callable[[str], Result]) -> Result:
        """Calls `use` with the path of a file that has the index, until it returns."""
        with TemporaryDirectory(prefix="likeness-") as folder:
            path = f"{folder}/index"
            self.save(path)
            return use(path)


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _index_of_bytes(kind: type[Index], data: bytes) -> Index:
    """What a pickled index becomes: one that lies in memory, and is checked as a file is."""
    with TemporaryDirectory(prefix="likeness-") as folder:
        path = f"{folder}/index"
        with open(path, "wb") as file:
            file.write(data)
        return kind.open(path, load=True)
