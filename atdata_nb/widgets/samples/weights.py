"""Weight: about how many bytes of memory a sample takes."""

from __future__ import annotations

import dataclasses
from typing import Any

_SMALL = 64


def weight(value: Any) -> int:
    """Return about how many bytes a value takes; a few are as good as none.

    >>> weight(b"12345678"), weight(None)
    (72, 64)
    """
    if hasattr(value, "nbytes"):
        return _SMALL + int(value.nbytes)
    if isinstance(value, (str, bytes, bytearray)):
        return _SMALL + len(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _SMALL + sum(weight(getattr(value, f.name)) for f in dataclasses.fields(value))
    if hasattr(value, "to_dict"):
        value = value.to_dict()
    if isinstance(value, dict):
        return _SMALL + sum(map(weight, value.values()))
    if isinstance(value, (list, tuple)):
        return _SMALL + sum(map(weight, value))
    return _SMALL
