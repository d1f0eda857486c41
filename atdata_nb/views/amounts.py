"""Amounts: what a cell says of counts, sizes, shapes and numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atdata_nb.amounts import counted, size

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["counted", "number", "shaped", "size"]

_LARGEST_INT = 10**21


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
