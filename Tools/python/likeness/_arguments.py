"""Arguments as the library takes them: ids, paths, parameters."""

import json
import operator
import os
import re
from collections.abc import Iterable, Mapping
from typing import Any, SupportsIndex, TypeAlias

import numpy
from numpy.typing import NDArray

from likeness import _native
from likeness._errors import InvalidArgumentError, InvalidTypeError

Path: TypeAlias = str | bytes | os.PathLike[str] | os.PathLike[bytes]
IDs: TypeAlias = NDArray[numpy.integer[Any]] | Iterable[SupportsIndex] | SupportsIndex

_LARGEST = 2**64 - 1


def path_text(path: Path) -> str:
    """A path as text that can be written in UTF-8."""
    try:
        text = os.fsdecode(path)
        text.encode()
    except TypeError:
        raise InvalidTypeError(f"the path must be text or a path, not {path!r}.") from None
    except UnicodeEncodeError:
        raise InvalidArgumentError(f"the path {path!r} is not UTF-8; rename the file.") from None
    if "\0" in text:
        raise InvalidArgumentError(f"the path {path!r} has a zero in it.")
    return text


def check_texts(**texts: object) -> None:
    """Raises unless each is None or text that C can read."""
    for name, text in texts.items():
        if text is None:
            continue
        if not isinstance(text, str):
            raise InvalidTypeError(f"{name} must be text, not {text!r}.")
        if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
            raise InvalidArgumentError(f"{name} is {text!r}; it must be UTF-8 without zeros.")


def id_number(value: object, position: int) -> int:
    """One id as a number from 0 to 2^64 - 1."""
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise InvalidTypeError(f"the id at position {position} is {value!r}; ids are integers.") from None
    if not 0 <= number <= _LARGEST:
        raise InvalidArgumentError(f"the id at position {position} is {number}; ids are from 0 to {_LARGEST}.")
    return number


def id_array(ids: IDs) -> NDArray[numpy.uint64]:
    """Ids as the one-dimensional, contiguous array of uint64 that the library reads; one id is an array of one."""
    if isinstance(ids, numpy.ndarray):
        return _checked(ids)
    if not isinstance(ids, Iterable):
        return numpy.array([id_number(ids, 0)], numpy.uint64)
    numbers = [id_number(value, position) for position, value in enumerate(ids)]
    return numpy.array(numbers, numpy.uint64)


def _checked(ids: NDArray[Any]) -> NDArray[numpy.uint64]:
    if ids.ndim != 1:
        raise InvalidArgumentError(f"ids must have the shape (n,), not {ids.shape}.")
    if ids.dtype.kind == "i" and ids.size and ids.min() < 0:
        position = int((ids < 0).argmax())
        raise InvalidArgumentError(f"the id at position {position} is {ids[position]}; ids are from 0 to {_LARGEST}.")
    if ids.dtype.kind not in "iu" and ids.size:
        raise InvalidTypeError(f"ids of {ids.dtype} are not taken; give integers, such as numpy.uint64.")
    return numpy.require(ids, numpy.uint64, ["C", "A"])


def parameter_json(parameters: Mapping[str, Any]) -> str | None:
    """The parameters of a kind as JSON, their names as the library writes them: `ef_search` is `efSearch`."""
    if not parameters:
        return None
    named = {re.sub(r"_([a-z0-9])", lambda found: found[1].upper(), name): v for name, v in parameters.items()}
    return json_text(named, "the parameters")


KINDS: dict[str, dict[str, Any]] = {kind["kind"]: kind for kind in json.loads(_native.kinds)}
"""What each kind of index is, by name: as `likeness.kinds` tells it."""


def snake_case(name: str) -> str:
    """A name of the library as Python writes it: `efSearch` is `ef_search`."""
    return re.sub(r"[A-Z]", lambda found: "_" + found[0].lower(), name)


_SETTINGS = {kind: snake_case(about["setting"]["name"]) if about["setting"] else None for kind, about in KINDS.items()}


def chosen_setting(setting: int | None, named: Mapping[str, int | None], kind: str | None) -> int | None:
    """How hard to look: `setting`, or what was given under the name that the setting of a kind has.

    Exact kinds have no setting and ignore one of another kind, as a search does whose kind is not known before.
    """
    for name, value in named.items():
        if name not in _SETTINGS.values():
            known = ", ".join(sorted(name for name in set(_SETTINGS.values()) if name))
            raise InvalidArgumentError(f"there is no setting {name}; there is {known}.")
        if kind is not None and _SETTINGS.get(kind) not in (None, name):
            raise InvalidArgumentError(f"an index of kind {kind} has no setting {name}, but {_SETTINGS[kind]}.")
        if value is None:
            continue
        if setting is not None:
            raise InvalidArgumentError(f"{name} and another setting exclude each other; give one of them.")
        setting = value
    return setting


def json_text(value: object, what: str) -> str:
    """A value as JSON, numpy's numbers included."""
    try:
        return json.dumps(value, allow_nan=False, default=_plain)
    except TypeError as error:
        raise InvalidTypeError(f"{what} cannot be written as JSON: {error}.") from None
    except (ValueError, RecursionError) as error:
        raise InvalidArgumentError(f"{what} cannot be written as JSON: {error}.") from None


def _plain(value: object) -> object:
    if isinstance(value, numpy.generic | numpy.ndarray):
        return value.tolist()
    raise TypeError(f"there is no JSON for {type(value).__name__}")


def filter_text(filter: Mapping[str, Any] | str | None) -> str | None:
    """A filter as the JSON that the library reads."""
    if filter is None:
        return None
    if isinstance(filter, str):
        check_texts(filter=filter)
        return filter
    if not isinstance(filter, Mapping):
        raise InvalidTypeError(f"a filter must be a dictionary or JSON as text, not {filter!r}.")
    return json_text(filter, "the filter")


def allowed_vectors(filter: object) -> NDArray[numpy.uint64] | NDArray[numpy.bool_]:
    """What a search of an index may find: ids, or a mask with a place for each vector."""
    if isinstance(filter, Mapping | str | bytes):
        raise InvalidTypeError("the filter of an index is an array of ids or of bool; stores take dictionaries.")
    values = list(filter) if isinstance(filter, Iterable) and not isinstance(filter, numpy.ndarray) else filter
    array = numpy.asarray(values)
    if array.dtype != numpy.bool_ or array.ndim == 0:
        return id_array(values)  # type: ignore[arg-type]
    if array.ndim != 1:
        raise InvalidArgumentError(f"a filter of bool must have a place for each vector, not the shape {array.shape}.")
    return numpy.ascontiguousarray(array)
