"""The extension: handles of the C library, with every argument given."""

from typing import SupportsIndex, final

import numpy
from numpy.typing import ArrayLike, NDArray

kinds: str
version: str

def build(
    vectors: ArrayLike,
    ids: NDArray[numpy.uint64] | None,
    kind: str | None,
    metric: str | None,
    threads: int,
    parameters: str | None,
    /,
) -> Index: ...
def open(path: str, load: bool, /) -> Index: ...
def open_store(path: str, writable: bool, /) -> Store: ...
@final
class Index:
    @property
    def address(self) -> int: ...
    def save(self, path: str, /) -> None: ...
    def add(self, vectors: ArrayLike, ids: NDArray[numpy.uint64] | None, /) -> None: ...
    def upsert(self, vectors: ArrayLike, ids: NDArray[numpy.uint64], /) -> None: ...
    def remove(self, ids: NDArray[numpy.uint64], /) -> None: ...
    def settle(self, threads: int, /) -> None: ...
    def tune(self, queries: ArrayLike, threads: int, /) -> None: ...
    def operating_points(self) -> str | None: ...
    def rebuilds(self) -> str: ...
    def search(
        self,
        queries: ArrayLike,
        k: SupportsIndex,
        threads: int,
        setting: int | None,
        recall: float | None,
        exact: bool,
        allowed: NDArray[numpy.uint64] | NDArray[numpy.bool_] | None,
        within: float | None,
        /,
    ) -> tuple[NDArray[numpy.uint64], NDArray[numpy.float32]]: ...
    def stats(self) -> tuple[int, int, int, str, str, str | None, str | None, bool]: ...
    def ids(self) -> NDArray[numpy.uint64]: ...
    def vectors(self, ids: NDArray[numpy.uint64], /) -> NDArray[numpy.float32]: ...
    def close(self) -> None: ...

@final
class Store:
    def upsert(
        self,
        collection: str,
        field: str | None,
        metric: str | None,
        vectors: ArrayLike,
        ids: NDArray[numpy.void],
        payloads: list[str | None] | None,
        /,
    ) -> None: ...
    def delete_points(self, collection: str, ids: NDArray[numpy.void], /) -> None: ...
    def delete_collection(self, collection: str, /) -> None: ...
    def get_points(self, collection: str, ids: NDArray[numpy.void], /) -> str: ...
    def count_vectors(self, collection: str, field: str | None, /) -> tuple[int, int]: ...
    def get_vectors(
        self, collection: str, field: str | None, ids: NDArray[numpy.void], vectors: NDArray[numpy.float32], /
    ) -> int: ...
    def describe(self) -> str: ...
    def build_index(
        self,
        collection: str,
        field: str | None,
        kind: str | None,
        metric: str | None,
        threads: int,
        parameters: str | None,
        /,
    ) -> None: ...
    def tune_index(
        self,
        collection: str,
        field: str | None,
        kind: str | None,
        metric: str | None,
        queries: ArrayLike,
        threads: int,
        /,
    ) -> None: ...
    def delete_index(
        self, collection: str, field: str | None, kind: str | None, metric: str | None, /
    ) -> None: ...
    def search(
        self,
        collection: str,
        field: str | None,
        kind: str | None,
        metric: str | None,
        queries: ArrayLike,
        k: SupportsIndex,
        threads: int,
        setting: int | None,
        recall: float | None,
        exact: bool,
        filter: str | None,
        within: float | None,
        offset: SupportsIndex,
        /,
    ) -> tuple[NDArray[numpy.uint8], NDArray[numpy.float32], NDArray[numpy.uintp], bool]: ...
    def search_groups(
        self,
        collection: str,
        field: str | None,
        kind: str | None,
        metric: str | None,
        query: ArrayLike,
        key: str,
        k: SupportsIndex,
        size: SupportsIndex,
        threads: int,
        setting: int | None,
        recall: float | None,
        exact: bool,
        filter: str | None,
        within: float | None,
        /,
    ) -> str: ...
    def count_points(self, collection: str, filter: str | None, /) -> int: ...
    def create_payload_index(self, collection: str, key: str, type: str, /) -> None: ...
    def delete_payload_index(self, collection: str, key: str, /) -> None: ...
    def close(self) -> None: ...
