"""Verdict: what an expression says of one sample – true, false, or None for neither."""

from __future__ import annotations

import operator as python
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from atdata_nb.errors import ComparisonError, ExpressionError
from atdata_nb.queries.expressions import (
    And,
    Compare,
    Contains,
    Ends,
    Expression,
    In,
    Missing,
    Not,
    Or,
    Starts,
    Truth,
)
from atdata_nb.queries.operands import Field, Literal
from atdata_nb.samples import DictSample, field_specs, is_packable

if TYPE_CHECKING:
    from collections.abc import Callable

    from atdata_nb.queries.operands import Operand, Operator

PYTHON: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "==": python.eq,
    "!=": python.ne,
    "<": python.lt,
    "<=": python.le,
    ">": python.gt,
    ">=": python.ge,
}
_FAMILIES: Final[tuple[tuple[Any, str], ...]] = (
    (bool, "true or false"),
    ((int, float), "a number"),
    (str, "text"),
    ((bytes, bytearray, memoryview), "bytes"),
    (np.ndarray, "an array"),
    ((list, tuple), "a list"),
)


def family(value: Any) -> str:
    """What kind of value it is, in words; values of one of the first three can be compared."""
    return next((name for kind, name in _FAMILIES if isinstance(value, kind)), "a sample or dict")


def plain(value: Any) -> Any:
    """Return a numpy scalar as the Python value it is."""
    return value.item() if isinstance(value, np.generic) else value


def refuse(left: str, mine: str, right: str, theirs: str) -> ComparisonError:
    """Return the error that says why two operands can't be compared."""
    return ComparisonError(
        f"{left} is {mine}, {right} is {theirs}: compare text with text, numbers with numbers, "
        "and what is true or false by == and !="
    )


def check_comparable(
    left: Operand, mine: str, operator: Operator, right: Operand, theirs: str
) -> None:
    """Check that operands of two families can be compared.

    Raises:
        ComparisonError: they can't.
    """
    alike = mine == theirs and mine in {"a number", "text", "true or false"}
    if not alike or (mine == "true or false" and operator not in {"==", "!="}):
        raise refuse(str(left), mine, str(right), theirs)


def verdict(expression: Expression, sample: Any) -> bool | None:
    """Return what an expression says of a sample: true, false, or neither.

    Raises:
        ExpressionError: the sample's type has no such field.
        ComparisonError: values can't be compared with each other.
    """
    match expression:
        case And(parts):
            return _least([verdict(part, sample) for part in parts])
        case Or(parts):
            return _contrary(_least([_contrary(verdict(part, sample)) for part in parts]))
        case Not(part):
            return _contrary(verdict(part, sample))
        case Missing(field):
            return value_of(sample, field) is None
        case _:
            values = [
                one.value if isinstance(one, Literal) else value_of(sample, one)
                for one in expression.operands()
            ]
            return decide(expression, values)


def _least(verdicts: list[bool | None]) -> bool | None:
    if False in verdicts:
        return False
    return None if None in verdicts else True


def _contrary(found: bool | None) -> bool | None:  # noqa: FBT001
    return None if found is None else not found


def decide(expression: Expression, values: list[Any]) -> bool | None:
    """Return what a test says of the values of its operands.

    Raises:
        ComparisonError: they can't be compared with each other.
    """
    if any(value is None for value in values):
        return None
    match expression:
        case Compare(left, operator, right):
            check_comparable(left, family(values[0]), operator, right, family(values[1]))
            return bool(PYTHON[operator](values[0], values[1]))
        case In(field, literals):
            check_comparable(field, family(values[0]), "==", literals[0], family(values[1]))
            return values[0] in values[1:]
        case Contains(whole, part):
            return _contains(whole, part, values[1], values[0])
        case Starts(field, text) | Ends(field, text):
            check_comparable(field, family(values[0]), "==", Literal(text), "text")
            is_there = str.startswith if isinstance(expression, Starts) else str.endswith
            return is_there(values[0], text)
        case Truth(field):
            if not isinstance(values[0], bool):
                raise not_a_truth(field, family(values[0]))
            return values[0]
    message = f"no test: {expression!r}"
    raise TypeError(message)


def not_a_truth(field: Field, found: str) -> ComparisonError:
    """Return the error for a field that is no condition by itself."""
    return ComparisonError(f"{field} is {found}: compare it with something, as in {field} == …")


def _contains(whole: Field, part: Operand, value: Any, item: Any) -> bool:
    if isinstance(value, list | tuple):
        kind = family(item)
        items = (plain(one) for one in value)
        return any(family(one) == kind and one is not None and bool(one == item) for one in items)
    if isinstance(value, str) and isinstance(item, str):
        return item in value
    if isinstance(value, str):
        raise refuse(str(whole), family(value), str(part), family(item))
    raise ComparisonError(f"{whole} is {family(value)}: `in` looks into text and lists")


def value_of(sample: Any, field: Field) -> Any:
    """Return the value of a field of a sample; None where it is missing.

    Raises:
        ExpressionError: the sample's type has no such field.
    """
    value = sample
    for depth, name in enumerate(field.path):
        if value is None:
            return None
        value = step(value, name, Field(field.path[:depth]))
    return plain(value)


def step(value: Any, name: str, where: Field) -> Any:
    """Return one field of a sample or mapping; None where a mapping has it not.

    Raises:
        ExpressionError: it is neither, or its type has no such field.
    """
    if isinstance(value, Mapping | DictSample):
        return value.get(name)
    if is_packable(type(value)):
        # Only what is stored: a name is never looked up on the class.
        names = [spec.name for spec in field_specs(type(value))]
        if name not in names:
            raise no_field(name, where, names)
        return getattr(value, name)
    if hasattr(value, "packed") and not where.path:
        return DictSample.from_bytes(value.packed).get(name)
    inside = f"{where} is {family(value)}" if where.path else f"a {type(value).__qualname__}"
    raise ExpressionError(f"{inside}: it has no field {name!r}")


def no_field(name: str, where: Field, names: list[str]) -> ExpressionError:
    """Return the error for a name that is no field."""
    inside = f" in {where}" if where.path else ""
    return ExpressionError(f"no field {name!r}{inside}; there are: {', '.join(names) or 'none'}")
