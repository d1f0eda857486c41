"""Column: the typed form of an expression's fields, as in ``col.label == 3``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atdata_nb.errors import ExpressionError
from atdata_nb.queries.expressions import (
    Compare,
    Contains,
    Ends,
    Expression,
    In,
    Missing,
    Not,
    Starts,
    Truth,
)
from atdata_nb.queries.operands import Field, Literal
from atdata_nb.queries.parsing import parse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from atdata_nb.queries.operands import Operand, Operator


class Column:
    """A field that conditions are made of: ``col.label``, ``col.image.width``, ``col["my name"]``.

    Conditions are joined with ``&``, ``|`` and ``~``, each in parentheses. A column alone is the
    condition that it is true.

    Example:
        >>> (col.label == 3) & ~col.name.startswith("a")
        <label == 3 and not startswith(name, "a")>
    """

    __slots__ = ("_path",)

    def __init__(self, path: tuple[str, ...]) -> None:
        self._path = path

    def __getattr__(self, name: str) -> Column:
        if name.startswith("__"):
            raise AttributeError(name)
        return Column((*self._path, name))

    def __getitem__(self, name: str) -> Column:
        return Column((*self._path, name))

    def _field(self) -> Field:
        if not self._path:
            raise ExpressionError("name a field: col.label, or col['label']")
        return Field(self._path)

    def _compare(self, operator: Operator, other: Any) -> Expression:
        return Compare(self._field(), operator, _operand(other))

    def __eq__(self, other: object) -> Expression:  # type: ignore[override]
        return self._compare("==", other)

    def __ne__(self, other: object) -> Expression:  # type: ignore[override]
        return self._compare("!=", other)

    def __lt__(self, other: object) -> Expression:
        return self._compare("<", other)

    def __le__(self, other: object) -> Expression:
        return self._compare("<=", other)

    def __gt__(self, other: object) -> Expression:
        return self._compare(">", other)

    def __ge__(self, other: object) -> Expression:
        return self._compare(">=", other)

    __hash__ = None  # type: ignore[assignment]

    def isin(self, values: Iterable[Any]) -> Expression:
        """One of several values of one kind."""
        return In(self._field(), tuple(Literal(_plain(value)) for value in values))

    def contains(self, part: Any) -> Expression:
        """Text that has a part, or a list that has an item."""
        return Contains(self._field(), _operand(part))

    def startswith(self, text: str) -> Expression:
        """Text that begins so."""
        return Starts(self._field(), text)

    def endswith(self, text: str) -> Expression:
        """Text that ends so."""
        return Ends(self._field(), text)

    def is_missing(self) -> Expression:
        """No value."""
        return Missing(self._field())

    def __and__(self, other: Any) -> Expression:
        return as_expression(self) & as_expression(other)

    def __or__(self, other: Any) -> Expression:
        return as_expression(self) | as_expression(other)

    def __invert__(self) -> Expression:
        return Not(as_expression(self))

    def __bool__(self) -> bool:
        return as_expression(self).__bool__()

    def __iter__(self) -> Any:
        raise TypeError("a column has no values before it meets samples")

    def __contains__(self, item: object) -> bool:
        raise TypeError("write col.name.contains(…), or col.label.isin([…])")

    def __repr__(self) -> str:
        return f"<{Field(self._path)}>" if self._path else "<fields>"


def _operand(value: Any) -> Operand:
    return value._field() if isinstance(value, Column) else Literal(_plain(value))  # noqa: SLF001


def _plain(value: Any) -> Any:
    # What comes out of an array is a numpy scalar.
    item = getattr(value, "item", None)
    return item() if callable(item) and getattr(value, "ndim", None) == 0 else value


def as_expression(condition: Any) -> Expression:
    """Return a condition given as text, as an expression, or as a column that is true or false.

    Raises:
        ExpressionError: it is none of these, or text that says nothing.
    """
    if isinstance(condition, Expression):
        return condition
    if isinstance(condition, Column):
        return Truth(condition._field())  # noqa: SLF001
    if isinstance(condition, str):
        return parse(condition)
    raise ExpressionError(
        f"a {type(condition).__qualname__} is no condition: give text like 'label == 3', or "
        "at.col.label == 3"
    )


col = Column(())
