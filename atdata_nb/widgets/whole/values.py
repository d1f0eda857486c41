"""Values: the items inside a nested value, by number, without listing them all."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def is_nested(value: Any) -> bool:
    """Whether a value has items of its own.

    >>> is_nested([1, 2]), is_nested({"a": 1}), is_nested("text")
    (True, True, False)
    """
    return isinstance(value, (list, tuple, Mapping)) or _fields(value) is not None


def item_count(value: Any) -> int:
    """Return how many items a nested value has."""
    fields = _fields(value)
    return len(value if fields is None else fields)


def items(value: Any, first: int, count: int) -> Iterator[tuple[str, Any]]:
    """Iterate over names and values of some items of a nested value.

    >>> list(items({"a": 1, 2: "b"}, 1, 5)), list(items([7, 8], 0, 1))
    ([('2', 'b')], [('0', 7)])
    """
    fields = _fields(value)
    if fields is not None:
        for name in fields[first : first + count]:
            yield name, _get(value, name)
    elif isinstance(value, Mapping):
        for name, item in islice(value.items(), first, first + count):
            yield name if isinstance(name, str) else repr(name), item
    else:
        for i, item in enumerate(value[first : first + count], first):
            yield str(i), item


def value_at(value: Any, path: Sequence[int]) -> Any:
    """Return the value that numbers of items lead to.

    Raises:
        LookupError: nothing is there.
    """
    for number in path:
        if not is_nested(value):
            raise LookupError("this value has no items")
        found = next(items(value, number, 1), None)
        if found is None:
            message = f"this value has {item_count(value):,} items, and no item {number}"
            raise LookupError(message)
        value = found[1]
    return value


def _fields(value: Any) -> list[str] | None:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [field.name for field in dataclasses.fields(value)]
    if not isinstance(value, Mapping) and hasattr(value, "keys"):
        return [str(name) for name in value.keys()]  # noqa: SIM118 - DictSample is no Mapping
    return None


def _get(value: Any, name: str) -> Any:
    return getattr(value, name, None) if dataclasses.is_dataclass(value) else value[name]
