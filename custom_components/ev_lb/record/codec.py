"""Records of the core become JSON, and JSON becomes the same records again, field by field.

The types of the fields say how to read them. What is infinite is told as text: JSON has no such
number.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from math import isfinite
from types import NoneType, UnionType
from typing import Any, cast, get_args, get_origin, get_type_hints

type Told = Any
"""What JSON can say, or what was read of it."""

type Read = Callable[[Told], Any]


def encoded(value: object, without: tuple[type, ...] = ()) -> Told:
    """Return a value as JSON can say it; fields of the types in `without` are left out."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if isfinite(value) else str(value)
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value):
        told = ((name, getattr(value, name)) for name in names_of(type(value)))
        return {name: encoded(of, without) for name, of in told if not isinstance(of, without)}
    if isinstance(value, Mapping):
        return {
            str(key): encoded(of, without)
            for key, of in cast(Mapping[object, object], value).items()
        }
    if isinstance(value, set | frozenset):
        return sorted(encoded(of, without) for of in cast(Iterable[object], value))
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [encoded(of, without) for of in cast(Iterable[object], value)]
    return value


def decoded[T](kind: type[T], told: Told) -> T:
    """Return the record of a kind that was told.

    What is missing has its default, and what is not known is passed over. Raises KeyError: where
    there is no default; TypeError, ValueError: where something else was told.
    """
    return reader(kind)(told)


@cache
def names_of(kind: type) -> tuple[str, ...]:
    """Return the names of a dataclass's fields."""
    return tuple(each.name for each in fields(kind))


@cache
def reader(kind: type[Any]) -> Read:
    """Return what reads a type: a record, a number, a text, an enum, or a collection of them."""
    origin, parts = get_origin(kind), get_args(kind)
    if origin is None:  # bool, int, float, str and enums read what they were told as
        return record_reader(kind) if is_dataclass(kind) else kind
    if origin is UnionType:
        (read,) = (reader(part) for part in parts if part is not NoneType)
        return lambda told: None if told is None else read(told)
    read = reader(parts[-1] if issubclass(origin, Mapping) else parts[0])
    if issubclass(origin, Mapping):
        read_key = reader(parts[0])
        return lambda told: {read_key(key): read(of) for key, of in told.items()}
    make: Callable[[Iterable[Any]], Collection[Any]] = origin
    return lambda told: make([read(of) for of in told])


def record_reader(kind: type) -> Read:
    """Return what reads a dataclass; what it computes of the rest, and so never compares, stays."""
    hints = get_type_hints(kind)
    readers = {each.name: reader(hints[each.name]) for each in fields(kind) if each.init}
    later = {
        each.name: reader(hints[each.name])
        for each in fields(kind)
        if each.compare and not each.init
    }

    def read(told: Told) -> object:
        record = kind(**{name: of(told[name]) for name, of in readers.items() if name in told})
        for name, of in later.items():
            setattr(record, name, of(told[name]))
        return record

    return read
