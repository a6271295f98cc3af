"""Points of a store: their ids, payloads and groups, as callers have them and as the library does."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy
from numpy.typing import NDArray

from likeness._arguments import id_array, id_number, json_text
from likeness._errors import InvalidTypeError

PointID: TypeAlias = int | uuid.UUID
"""A point's id: a number from 0 to 2^64 - 1, or a UUID."""

PointIDs: TypeAlias = NDArray[Any] | Iterable[PointID] | PointID

POINT_ID = numpy.dtype([("number", numpy.uint64), ("uuid", numpy.uint8, 16), ("is_uuid", numpy.bool_)], align=True)


def point_array(ids: PointIDs) -> NDArray[numpy.void]:
    """Ids as the library reads them."""
    if isinstance(ids, numpy.ndarray) and ids.dtype != object:
        numbers = id_array(ids)
        points = numpy.zeros(numbers.size, POINT_ID)
        points["number"] = numbers
        return points
    values = list(ids) if isinstance(ids, Iterable) and not isinstance(ids, str) else [ids]
    points = numpy.zeros(len(values), POINT_ID)
    for position, value in enumerate(values):
        if isinstance(value, uuid.UUID):
            points[position] = (0, tuple(value.bytes), True)
        elif isinstance(value, str):
            raise InvalidTypeError(f"the id at position {position} is text; ids are integers or uuid.UUID.")
        else:
            points[position] = (id_number(value, position), (0,) * 16, False)
    return points


def id_objects(points: NDArray[numpy.void]) -> NDArray[numpy.object_]:
    """What the library wrote, as integers and UUIDs in an array of the same shape."""
    ids = points["number"].astype(object)
    for position in zip(*points["is_uuid"].nonzero(), strict=True):
        ids[position] = uuid.UUID(bytes=points["uuid"][position].tobytes())
    return ids


@dataclass(frozen=True, slots=True)
class Group:
    """Points that were found and have a value in common, nearest first."""

    value: str | int | bool
    """The value."""
    ids: NDArray[numpy.object_]
    """Their ids, of shape (n,)."""
    distances: NDArray[numpy.float32]
    """Their distances, of shape (n,)."""


def payload_text(payload: Mapping[str, Any] | None, position: int) -> str | None:
    return None if payload is None else json_text(payload, f"the payload at position {position}")


def group_of(found: dict[str, Any]) -> Group:
    matches = found["matches"]
    ids = numpy.empty(len(matches), object)
    for place, match in enumerate(matches):
        ids[place] = uuid.UUID(match["id"]) if isinstance(match["id"], str) else match["id"]
    return Group(found["value"], ids, numpy.array([match["distance"] for match in matches], numpy.float32))
