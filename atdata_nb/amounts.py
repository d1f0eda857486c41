"""Amounts: counts and sizes as people write them."""

from __future__ import annotations

_UNITS = ("bytes", "KB", "MB", "GB", "TB", "PB")
_STEP = 1_000
_TEN = 10


def counted(number: int, noun: str) -> str:
    """Return a number with its noun.

    >>> counted(1797, "sample"), counted(1, "sample")
    ('1,797 samples', '1 sample')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def size(count: int) -> str:
    """Return a number of bytes in decimal units.

    >>> size(5), size(61_234), size(1_100_000)
    ('5 bytes', '61 KB', '1.1 MB')
    """
    amount, unit = float(count), 0
    while amount >= _STEP - 0.5 and unit < len(_UNITS) - 1:
        amount, unit = amount / _STEP, unit + 1
    if unit == 0:
        return counted(count, "byte")
    return (
        f"{amount:.1f} {_UNITS[unit]}" if amount < _TEN - 0.05 else f"{amount:.0f} {_UNITS[unit]}"
    )
