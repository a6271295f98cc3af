"""Stores on disk."""

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, NoReturn, Self, SupportsIndex, TypeAlias

import numpy
from numpy.typing import ArrayLike, NDArray

from likeness import _native
from likeness._arguments import Path, check_texts, chosen_setting, filter_text, parameter_json, path_text
from likeness._errors import ClosedError, InvalidTypeError, MissingFileError, NotFoundError
from likeness._points import (
    POINT_ID,
    Group,
    PointID,
    PointIDs,
    group_of,
    id_objects,
    payload_text,
    point_array,
)

Filter: TypeAlias = Mapping[str, Any] | str
"""A filter in the language of Qdrant's, as a dictionary or as JSON."""


class Store:
    """Collections of points on disk, each with an id, a payload (a JSON object) and vectors in named fields.

    One process writes at a time, others read beside it. What a call has written when it returns survives a crash and a
    loss of power. Any number of threads may use a store at once; Python's lock is let go of during every call.

    Ids are integers from 0 to 2^64 - 1 or `uuid.UUID`, one or many; where ids are returned, an array of dtype object
    has them. Vectors are taken as `Index` takes them. `field` may be None where a collection has only one.

    Args:
        path: The store's folder.
        writable: Whether to write; the store is made where there is none.

    Raises:
        MissingFileError: There is no store, and `writable` is false.
        BusyError: Another process writes.
    """

    __slots__ = ("_handle", "_path")

    def __init__(self, path: Path, writable: bool = True) -> None:
        self._path = path_text(path)
        try:
            self._handle = _native.open_store(self._path, writable)
        except NotFoundError as error:
            raise MissingFileError(str(error)) from None

    @property
    def collections(self) -> list[str]:
        """The names of all collections."""
        return [collection["name"] for collection in self.describe()]

    def describe(self) -> list[dict[str, Any]]:
        """Describes all collections.

        Returns:
            A dictionary for each, with `name`, `points`, `fields` (`name`, `dimension`, `element`, `metric`,
            `extractor`, `vectors`), `indexes` (`field`, `kind`, `metric`, `vectors`, `bytes`, `parameters`,
            `build_seconds`, `measuring_seconds`, `operating_points`, as `Index.operating_points` has them) and
            `payload_indexes` (`key`, `type`, `entries`, `complete`).
        """
        described: list[dict[str, Any]] = json.loads(self._handle.describe())
        return described

    def upsert(
        self,
        collection: str,
        ids: PointIDs,
        vectors: ArrayLike,
        *,
        field: str = "vector",
        metric: str | None = None,
        payloads: Sequence[Mapping[str, Any] | None] | None = None,
    ) -> None:
        """Writes points and waits until they are on disk: all of them or none.

        Makes the collection and the field where they are missing. Other fields of points that are there stay. Where
        an id is there twice, the last one holds.

        Args:
            collection: The collection's name.
            ids: An id for each vector.
            vectors: An array of shape (n, d).
            field: The field that the vectors go into.
            metric: The metric of a new field; None is `"l2"`.
            payloads: None, or for each point a payload, or None to leave the one that is there.

        Raises:
            InvalidDataError: Another dimension than the field's, NaN or an infinity.
            InvalidArgumentError: Not one id, or not one payload, for each vector.
        """
        check_texts(collection=collection, field=field, metric=metric)
        texts = None if payloads is None else [payload_text(payload, i) for i, payload in enumerate(payloads)]
        self._handle.upsert(collection, field, metric, vectors, point_array(ids), texts)

    def delete(self, collection: str, ids: PointIDs) -> None:
        """Deletes points with all that they have: all of them or, where one is unknown, none.

        Raises:
            NotFoundError: No such collection, or an id that it does not have.
        """
        check_texts(collection=collection)
        self._handle.delete_points(collection, point_array(ids))

    def delete_collection(self, collection: str) -> None:
        """Deletes a collection with its points and indexes.

        Raises:
            NotFoundError: No such collection.
        """
        check_texts(collection=collection)
        self._handle.delete_collection(collection)

    def get(self, collection: str, ids: PointIDs) -> list[dict[str, Any] | None]:
        """Reads points.

        Returns:
            For each id `{"id": ..., "payload": {...}, "vectors": {field: dimension}}`, or None where it is unknown.

        Raises:
            NotFoundError: No such collection.
        """
        check_texts(collection=collection)
        points: list[dict[str, Any] | None] = json.loads(self._handle.get_points(collection, point_array(ids)))
        for point in points:
            if point is not None and isinstance(point["id"], str):
                point["id"] = uuid.UUID(point["id"])
        return points

    def count(self, collection: str, field: str | None = None) -> int:
        """Counts the points that have a vector in a field.

        Raises:
            NotFoundError: No such collection or field.
        """
        check_texts(collection=collection, field=field)
        return self._handle.count_vectors(collection, field)[0]

    def vectors(
        self, collection: str, field: str | None = None
    ) -> tuple[NDArray[numpy.object_], NDArray[numpy.float32]]:
        """Reads all vectors of a field.

        Returns:
            Ids of shape (n,) in their order, and the vectors of shape (n, d).

        Raises:
            NotFoundError: No such collection or field.
        """
        check_texts(collection=collection, field=field)
        while True:
            count, dimension = self._handle.count_vectors(collection, field)
            points = numpy.zeros(count, POINT_ID)
            vectors = numpy.empty((count, dimension), numpy.float32)
            try:
                found = self._handle.get_vectors(collection, field, points, vectors)
            except ValueError:
                # Another thread may have written more meanwhile; then there is more room in the next round.
                if self._handle.count_vectors(collection, field)[0] <= count:
                    raise
                continue
            return id_objects(points[:found]), vectors[:found]

    def build_index(
        self,
        collection: str,
        field: str | None = None,
        *,
        kind: str = "hnsw",
        metric: str | None = None,
        threads: int = 0,
        **parameters: Any,
    ) -> None:
        """Builds an index over a field and publishes it in the store; searches go on meanwhile.

        Args:
            collection: The collection's name.
            field: The field's name.
            kind: As for `Index.build`, as are `threads` and `parameters`; of `"hnsw"` there is also `vectors`:
                `"store"` reads the vectors that codes find from the store instead of keeping them (`"index"`).
            metric: None is the field's own.

        Raises:
            NotFoundError: No such collection or field.
            InvalidArgumentError: A kind, metric or parameter that does not exist.
        """
        check_texts(collection=collection, field=field, kind=kind, metric=metric)
        self._handle.build_index(collection, field, kind, metric, threads, parameter_json(parameters))

    def tune_index(
        self,
        collection: str,
        queries: ArrayLike,
        field: str | None = None,
        *,
        kind: str = "hnsw",
        metric: str | None = None,
        threads: int = 0,
    ) -> None:
        """Measures with queries like those that will be asked how well searches by a published `"hnsw"` index find, and
        keeps that in its file; from then on searches that ask for a `recall`, of any process, go by those alone.

        Args:
            collection: The collection's name.
            queries: As for `Index.tune`, as is `threads`.
            field: The field's name.
            kind: Only `"hnsw"`; the others are exact.
            metric: None is the field's own.

        Raises:
            NotFoundError: No such collection, field or index.
            UnsupportedError: A kind that is exact.
            InvalidDataError: Queries of another dimension, NaN or an infinity.
            InvalidArgumentError: No queries, or vectors that have changed so much that the index must be built again.
            BusyError: Another index was published meanwhile.
        """
        check_texts(collection=collection, field=field, kind=kind, metric=metric)
        self._handle.tune_index(collection, field, kind, metric, queries, threads)

    def delete_index(
        self, collection: str, field: str | None = None, *, kind: str = "hnsw", metric: str | None = None
    ) -> None:
        """Deletes an index of a field.

        Raises:
            NotFoundError: No such collection, field or index.
        """
        check_texts(collection=collection, field=field, kind=kind, metric=metric)
        self._handle.delete_index(collection, field, kind, metric)

    def search(
        self,
        collection: str,
        queries: ArrayLike,
        k: SupportsIndex = 10,
        *,
        field: str | None = None,
        kind: str | None = None,
        metric: str | None = None,
        threads: int = 1,
        setting: int | None = None,
        recall: float | None = None,
        exact: bool = False,
        filter: Filter | None = None,
        within: float | None = None,
        offset: SupportsIndex = 0,
        **named: int | None,
    ) -> tuple[NDArray[numpy.object_], NDArray[numpy.float32]]:
        """Finds the nearest points of one query or of many.

        Args:
            collection: The collection's name.
            queries: An array of shape (n, d), or (d,) for one query.
            k: How many results are wanted, at least 1.
            field: The field's name.
            kind: The kind of index that answers; None is the best that there is, or an exact scan.
            metric: None is the field's own.
            threads: As for `Index.search`, as are `setting`, its own name, `recall` and `exact`.
            filter: What points must fulfil, such as `{"must": {"key": "label", "match": {"value": "cat"}}}`: clauses are
                must, should, must_not and min_should; conditions has_id, is_empty, is_null, and key with match (value,
                any, except, text), range or values_count. There are always min(k, matches) results.
            within: The largest distance that a result has, itself included. The answer is then exact.
            offset: How many of the nearest are left out, as those of the pages before.

        Returns:
            Ids and distances (float32), nearest first, both of shape (n, k), or (k,) for one query; narrower where
            there are fewer points. A row with fewer results than the others ends with None and infinity.

        Warns:
            RuntimeWarning: Something went wrong without spoiling the answer, such as a damaged index that was set aside, so
                that the answer is exact and slow until it is built again.

        Raises:
            NotFoundError: No such collection, field or index.
            InvalidDataError: Queries of another dimension, NaN or an infinity.
            InvalidArgumentError: A number that is out of range, a filter that cannot be read, or settings that do not go
                together.
        """
        check_texts(collection=collection, field=field, kind=kind, metric=metric)
        points, distances, found, is_single = self._handle.search(
            collection,
            field,
            kind,
            metric,
            queries,
            k,
            threads,
            chosen_setting(setting, named, kind),
            recall,
            exact,
            filter_text(filter),
            within,
            offset,
        )
        width = int(found.max(initial=0))
        ids = id_objects(points.view(POINT_ID)[:, :width, 0])
        distances = distances[:, :width].copy()
        beyond = numpy.arange(width) >= found[:, None]
        ids[beyond], distances[beyond] = None, numpy.inf
        return (ids[0], distances[0]) if is_single else (ids, distances)

    def pages(
        self,
        collection: str,
        query: ArrayLike,
        size: int = 100,
        *,
        field: str | None = None,
        metric: str | None = None,
        threads: int = 1,
        filter: Filter | None = None,
        within: float | None = None,
    ) -> Iterator[tuple[NDArray[numpy.object_], NDArray[numpy.float32]]]:
        """Gives all results for one query, nearest first, `size` at a time, each point once.

        Every page is an exact search of its own. What others write meanwhile may move points from page to page; none is
        given twice.

        Args:
            collection: As for `search`, as are `field`, `metric`, `threads`, `filter` and `within`.
            query: An array of shape (d,).
            size: How many results a page has.

        Raises:
            NotFoundError: As for `search`, as are the other errors.
        """
        offset = 0
        given: set[PointID] = set()
        while True:
            ids, distances = self.search(
                collection,
                numpy.asarray(query).reshape(-1),
                size,
                field=field,
                metric=metric,
                threads=threads,
                exact=True,
                filter=filter,
                within=within,
                offset=offset,
            )
            fresh = [place for place, point in enumerate(ids) if point not in given]
            if fresh:
                given.update(ids[fresh])
                yield ids[fresh], distances[fresh]
            if len(ids) < size:
                return
            offset += size

    def search_groups(
        self,
        collection: str,
        query: ArrayLike,
        key: str,
        k: SupportsIndex = 10,
        size: SupportsIndex = 3,
        *,
        field: str | None = None,
        kind: str | None = None,
        metric: str | None = None,
        threads: int = 1,
        setting: int | None = None,
        recall: float | None = None,
        exact: bool = False,
        filter: Filter | None = None,
        within: float | None = None,
        **named: int | None,
    ) -> list[Group]:
        """Finds the groups of points, with one value of a payload's key in common, whose nearest points are nearest.

        Args:
            collection: As for `search`, as are the settings.
            query: An array of shape (d,).
            key: A path into payloads, such as `"label"` or `"a[].b"`; strings, integers and bools make groups. A point
                whose value is a list is in several.
            k: How many groups are wanted, at least 1.
            size: How many points of a group are wanted at most, at least 1.

        Raises:
            InvalidArgumentError: No such path, or as for `search`, as are the other errors and the warnings.
        """
        check_texts(collection=collection, field=field, kind=kind, metric=metric, key=key)
        found = self._handle.search_groups(
            collection,
            field,
            kind,
            metric,
            query,
            key,
            k,
            size,
            threads,
            chosen_setting(setting, named, kind),
            recall,
            exact,
            filter_text(filter),
            within,
        )
        return [group_of(group) for group in json.loads(found)]

    def count_points(self, collection: str, filter: Filter | None = None) -> int:
        """Counts the points of a collection, or those that fulfil a filter.

        Raises:
            NotFoundError: No such collection.
            InvalidArgumentError: A filter that cannot be read.
        """
        check_texts(collection=collection)
        return self._handle.count_points(collection, filter_text(filter))

    def create_payload_index(self, collection: str, key: str, type: str) -> None:
        """Makes an index over a key of payloads, so that filters on it need not read payloads.

        It is kept up with every change, and changes no answer.

        Args:
            collection: The collection's name.
            key: A path into payloads, such as `"label"` or `"a[].b"`.
            type: `"keyword"` (strings), `"integer"` (matches and ranges of integers) or `"float"` (ranges of numbers).

        Raises:
            NotFoundError: No such collection.
            InvalidArgumentError: No such path or type.
            InvalidDataError: The key has an index of another type.
        """
        check_texts(collection=collection, key=key, type=type)
        self._handle.create_payload_index(collection, key, type)

    def delete_payload_index(self, collection: str, key: str) -> None:
        """Deletes the index over a key of payloads; the payloads stay.

        Raises:
            NotFoundError: No such collection or index.
        """
        check_texts(collection=collection, key=key)
        self._handle.delete_payload_index(collection, key)

    def close(self) -> None:
        """Closes the store once the calls of other threads have ended; using it after raises ClosedError."""
        self._handle.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        try:
            return f"<likeness.Store {self._path}: {', '.join(self.collections) or 'no collections'}>"
        except ClosedError:
            return f"<likeness.Store {self._path}, closed>"

    def __reduce__(self) -> NoReturn:
        raise InvalidTypeError("a store is not pickled or copied; open it again by its path.")
