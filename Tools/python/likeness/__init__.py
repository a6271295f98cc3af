"""Likeness: nearest neighbours among vectors, and collections of them on disk.

`Index` finds the nearest of many vectors in memory; `Store` keeps points with payloads and vectors on disk, with
indexes over them. All that goes wrong raises a subclass of `Error` whose message is one sentence.
"""

from typing import Any

from likeness._errors import (
    BusyError,
    ClosedError,
    Error,
    InputOutputError,
    InvalidArgumentError,
    InvalidDataError,
    InvalidTypeError,
    MissingFileError,
    NotFoundError,
    UnavailableError,
    UnsupportedError,
)

try:
    from likeness import _native
except ImportError as error:
    raise ImportError(
        f"{error}; Likeness needs libopenblas, liblmdb, libjpeg, libpng and zlib from the system (Debian: apt-get "
        "install libopenblas0 liblmdb0 libjpeg62-turbo libpng16-16 zlib1g)."
    ) from error

from likeness._arguments import KINDS
from likeness._index import Index, IndexStats
from likeness._points import Group, PointID
from likeness._store import Store

kinds: list[dict[str, Any]] = list(KINDS.values())
"""The kinds of index there are, the usual one first: `kind`, `summary`, `exact`, `setting` (None, or its `name` and `help`),
and `parameters` of `build` (`name`, `type`, `default`, `help`, and what values there are), in the library's names."""

__version__: str = _native.version
"""The library's version."""

__all__ = [
    "BusyError",
    "ClosedError",
    "Error",
    "Group",
    "Index",
    "IndexStats",
    "InputOutputError",
    "InvalidArgumentError",
    "InvalidDataError",
    "InvalidTypeError",
    "MissingFileError",
    "NotFoundError",
    "PointID",
    "Store",
    "UnavailableError",
    "UnsupportedError",
    "__version__",
    "kinds",
]
