"""Amounts: counts, sizes, shapes and numbers as people write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_UNITS = ("bytes", "KB", "MB", "GB", "TB", "PB")
_STEP = 1_000
_TEN = 10
_LARGEST_INT = 10**21


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


def shaped(shape: Sequence[int | None]) -> str:
    """Return a shape; an open axis is ``?``.

    >>> shaped((64, 64, 3)), shaped((None, 2)), shaped(())
    ('64×64×3', '?×2', 'scalar')
    """
    return "×".join("?" if n is None else str(n) for n in shape) or "scalar"


def number(value: float) -> str:
    """Return a number short enough for a table cell.

    >>> number(4.5902), number(1e-9), number(12)
    ('4.59', '1e-09', '12')
    """
    if isinstance(value, int):
        return str(value) if abs(value) < _LARGEST_INT else f"{value.bit_length():,}-bit integer"
    plain = abs(value) < 10_000 or abs(value) >= 1e15  # noqa: PLR2004 - where digits stop helping
    return f"{value:.4g}" if plain else f"{value:.10g}"
