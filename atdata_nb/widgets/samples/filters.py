"""Filters: a query as an expression over the columns that can be asked for."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from atdata_nb.views.text import one_line

if TYPE_CHECKING:
    from collections.abc import Collection

    from atdata_nb.errors import ExpressionError
    from atdata_nb.queries import Expression

_NAMED: Final = 12


def expression_of(
    query: str, scalars: Collection[str], columns: Collection[str]
) -> Expression | None:
    """Return a query as an expression; None for an empty one.

    Args:
        query: the query.
        scalars: the columns that it may ask for.
        columns: all columns, so that the error can say why another is not one of these.

    Raises:
        ExpressionError: it is none, or asks for another column.
    """
    if not query.strip():
        return None
    from atdata_nb.queries import parse

    expression = parse(query)
    for name in sorted(expression.fields):
        if name not in scalars:
            raise _stranger(query, name, scalars, columns)
    return expression


def _stranger(
    query: str, name: str, scalars: Collection[str], columns: Collection[str]
) -> ExpressionError:
    from atdata_nb.errors import ExpressionError

    known = ", ".join(one_line(each, 40) for each in islice(scalars, _NAMED)) or "none"
    shown = one_line(name, 40)
    fault = (
        f"{shown} is no column of numbers, text or booleans"
        if name in columns
        else f"there is no column {shown}"
    )
    place = query.find(name)
    return ExpressionError(
        f"{fault}; there are: {known}", text=query, position=None if place < 0 else place
    )
