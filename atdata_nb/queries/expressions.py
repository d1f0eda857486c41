"""Expression: a condition on a sample, as a frozen tree.

::

    Expression
    ├── And, Or, Not
    ├── Compare      label == 3, low < high
    ├── In           label in [1, 2]
    ├── Contains     "abc" in name
    ├── Starts, Ends startswith(name, "a")
    ├── Missing      name is missing
    └── Truth        valid

Its operands are `Field` and `Literal`. ``str`` of an expression is text that parses to it again.

A condition on a missing value is neither true nor false, and ``not`` changes nothing about that:
only ``is missing`` tells. NaN compares as IEEE 754 says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from atdata_nb.errors import ExpressionError
from atdata_nb.queries.operands import Field, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np

    from atdata_nb.queries.operands import Operand, Operator, Scalar

    Booleans: TypeAlias = np.ndarray[Any, np.dtype[np.bool_]]


class Expression:
    """A condition on a sample: see the module for its kinds.

    Example:
        >>> from atdata_nb.queries import parse
        >>> high = parse("score > .5")
        >>> str(high & ~parse("label in [1, 2]"))
        'score > 0.5 and not label in [1, 2]'
        >>> high.fields, high.matches({"score": 0.75})
        (('score',), True)
    """

    __slots__ = ()

    def operands(self) -> Iterator[Operand]:
        """Fields and literals, from left to right."""
        raise NotImplementedError

    @property
    def paths(self) -> tuple[tuple[str, ...], ...]:
        """Paths of the fields it asks for, each once."""
        found = (one.path for one in self.operands() if isinstance(one, Field))
        return tuple(dict.fromkeys(found))

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the sample's fields it asks for, each once: the columns that `mask` needs."""
        return tuple(dict.fromkeys(path[0] for path in self.paths))

    def mask(self, columns: Mapping[str, Any]) -> Booleans:
        """Return which rows match.

        Args:
            columns: each of `fields` with its values: a numpy or Arrow array, or a list. Values
                that are None, or null, are missing.

        Raises:
            ExpressionError: a field is not among them.
            ComparisonError: values can't be compared with each other.

        Example:
            >>> from atdata_nb.queries import parse
            >>> parse("n > 1 or n is missing").mask({"n": [1, 2, None]}).tolist()
            [False, True, True]
        """
        from atdata_nb.queries.masks import mask

        return mask(self, columns)

    def matches(self, sample: Any) -> bool:
        """Whether a sample, or a mapping of its fields, matches.

        Raises:
            ExpressionError: the sample's type has no such field.
            ComparisonError: values can't be compared with each other.
        """
        from atdata_nb.queries.matching import verdict

        return verdict(self, sample) is True

    def __and__(self, other: Expression) -> Expression:
        from atdata_nb.queries.typed import as_expression

        return And((self, as_expression(other)))

    def __or__(self, other: Expression) -> Expression:
        from atdata_nb.queries.typed import as_expression

        return Or((self, as_expression(other)))

    def __invert__(self) -> Expression:
        return Not(self)

    def __bool__(self) -> bool:
        message = (
            "a condition is neither true nor false before it meets a sample: join conditions with "
            "&, | and ~ in parentheses, instead of `and`, `or`, `not` and chains like a < b < c"
        )
        raise TypeError(message)

    def __repr__(self) -> str:
        return f"<{self}>"


def _in_parentheses(part: Expression, *loose: type[Expression]) -> str:
    return f"({part})" if isinstance(part, loose) else str(part)


class _Several(Expression):
    __slots__ = ()
    parts: tuple[Expression, ...]

    def _flatten(self) -> None:
        flat: list[Expression] = []
        for part in self.parts:
            flat += part.parts if isinstance(part, type(self)) else (part,)
        object.__setattr__(self, "parts", tuple(flat))

    def operands(self) -> Iterator[Operand]:
        for part in self.parts:
            yield from part.operands()


@dataclass(frozen=True, slots=True, repr=False)
class And(_Several):
    """Every part."""

    parts: tuple[Expression, ...]

    def __post_init__(self) -> None:
        self._flatten()

    def __str__(self) -> str:
        return " and ".join(_in_parentheses(part, Or) for part in self.parts)


@dataclass(frozen=True, slots=True, repr=False)
class Or(_Several):
    """Any part."""

    parts: tuple[Expression, ...]

    def __post_init__(self) -> None:
        self._flatten()

    def __str__(self) -> str:
        return " or ".join(map(str, self.parts))


@dataclass(frozen=True, slots=True, repr=False)
class Not(Expression):
    """The contrary; of what is neither true nor false, nothing."""

    part: Expression

    def operands(self) -> Iterator[Operand]:
        return self.part.operands()

    def __str__(self) -> str:
        return f"not {_in_parentheses(self.part, And, Or)}"


class _OfTwo(Expression):
    __slots__ = ()

    def _check(self, *operands: Operand) -> None:
        if not any(isinstance(one, Field) for one in operands):
            raise ExpressionError("a condition needs a field: this compares constants")


@dataclass(frozen=True, slots=True, repr=False)
class Compare(_OfTwo):
    """Two operands by their order."""

    left: Operand
    operator: Operator
    right: Operand

    def __post_init__(self) -> None:
        self._check(self.left, self.right)

    def operands(self) -> Iterator[Operand]:
        yield from (self.left, self.right)

    def __str__(self) -> str:
        return f"{self.left} {self.operator} {self.right}"


@dataclass(frozen=True, slots=True, repr=False)
class In(Expression):
    """A field that is one of several values of one kind."""

    field: Field
    values: tuple[Literal, ...]

    def __post_init__(self) -> None:
        kinds = {_kind(literal.value) for literal in self.values}
        if len(kinds) != 1:
            reason = "is empty" if not kinds else f"has {' and '.join(sorted(kinds))}"
            raise ExpressionError(f"the list {reason}: give values of one kind")

    def operands(self) -> Iterator[Operand]:
        yield self.field
        yield from self.values

    def __str__(self) -> str:
        return f"{self.field} in [{', '.join(map(str, self.values))}]"


def _kind(value: Scalar) -> str:
    if isinstance(value, bool):
        return "truths"
    return "text" if isinstance(value, str) else "numbers"


@dataclass(frozen=True, slots=True, repr=False)
class Contains(_OfTwo):
    """Text that has a part, or a list that has an item."""

    whole: Field
    part: Operand

    def operands(self) -> Iterator[Operand]:
        yield from (self.part, self.whole)

    def __str__(self) -> str:
        return f"{self.part} in {self.whole}"


class _AtEnd(Expression):
    __slots__ = ()
    field: Field
    text: str

    def operands(self) -> Iterator[Operand]:
        yield from (self.field, Literal(self.text))


@dataclass(frozen=True, slots=True, repr=False)
class Starts(_AtEnd):
    """Text that begins with some text."""

    field: Field
    text: str

    def __str__(self) -> str:
        return f"startswith({self.field}, {Literal(self.text)})"


@dataclass(frozen=True, slots=True, repr=False)
class Ends(_AtEnd):
    """Text that ends with some text."""

    field: Field
    text: str

    def __str__(self) -> str:
        return f"endswith({self.field}, {Literal(self.text)})"


@dataclass(frozen=True, slots=True, repr=False)
class Missing(Expression):
    """A field that has no value."""

    field: Field

    def operands(self) -> Iterator[Operand]:
        yield self.field

    def __str__(self) -> str:
        return f"{self.field} is missing"


@dataclass(frozen=True, slots=True, repr=False)
class Truth(Expression):
    """A field that is itself true or false."""

    field: Field

    def operands(self) -> Iterator[Operand]:
        yield self.field

    def __str__(self) -> str:
        return str(self.field)
