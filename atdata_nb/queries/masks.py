"""Mask: which rows of columns an expression matches, all at once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

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
)
from atdata_nb.queries.matching import PYTHON, check_comparable, decide, family, not_a_truth
from atdata_nb.queries.operands import MIRRORED, Field, Literal
from atdata_nb.queries.values import FAMILIES, Values, values_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from atdata_nb.queries.expressions import Booleans
    from atdata_nb.queries.operands import Operator

# A float64 holds every integer up to here.
_EXACT: Final = 1 << 53


@dataclass(frozen=True, slots=True)
class _Verdicts:
    """Which rows an expression says yes to, and which no; to the others neither."""

    yes: Booleans
    no: Booleans


def mask(expression: Expression, columns: Mapping[str, Any]) -> Booleans:
    """Return which rows match; see `Expression.mask`."""
    found: dict[tuple[str, ...], Values] = {}

    def values(field: Field) -> Values:
        if field.path not in found:
            found[field.path] = values_at(columns, field.path)
        return found[field.path]

    return _verdicts(expression, values).yes


def _verdicts(expression: Expression, values: Callable[[Field], Values]) -> _Verdicts:
    match expression:
        case And(parts):
            all_of = [_verdicts(part, values) for part in parts]
            return _Verdicts(_every(v.yes for v in all_of), _some(v.no for v in all_of))
        case Or(parts):
            any_of = [_verdicts(part, values) for part in parts]
            return _Verdicts(_some(v.yes for v in any_of), _every(v.no for v in any_of))
        case Not(part):
            inner = _verdicts(part, values)
            return _Verdicts(inner.no, inner.yes)
        case Missing(field):
            present = values(field).present
            return _Verdicts(~present, present)
        case Compare(Field() as left, operator, Field() as right):
            return _with_column(expression, values(left), operator, values(right))
        case Contains(whole):
            return _one_by_one(expression, values, len(values(whole)))
        case _:
            return _of_one(expression, values)


def _of_one(expression: Expression, values: Callable[[Field], Values]) -> _Verdicts:
    """Test one column alone."""
    field = next(one for one in expression.operands() if isinstance(one, Field))
    column = values(field)
    if not column.present.any():
        return _Verdicts(np.zeros(len(column), np.bool_), np.zeros(len(column), np.bool_))
    if column.kind == "objects":
        return _one_by_one(expression, values, len(column))
    match expression:
        case Compare(Literal() as left, operator, right):
            turned = Compare(right, MIRRORED[operator], left)
            hit = _compared(column, turned)
        case Compare():
            hit = _compared(column, expression)
        case In(_, literals):
            hit = _in(column, field, literals)
        case Starts(_, text) | Ends(_, text):
            hit = _at_end(column, expression, text)
        case _:
            if column.kind != "truth":
                raise not_a_truth(field, FAMILIES[column.kind])
            hit = column.data
    return _known(hit, column.present)


def _every(masks: Iterable[Booleans]) -> Booleans:
    found: Booleans = np.logical_and.reduce(list(masks))
    return found


def _some(masks: Iterable[Booleans]) -> Booleans:
    found: Booleans = np.logical_or.reduce(list(masks))
    return found


def _known(hit: Any, present: Booleans) -> _Verdicts:
    hit = np.asarray(hit, np.bool_)
    return _Verdicts(hit & present, ~hit & present)


def _one_by_one(expression: Expression, values: Callable[[Field], Values], rows: int) -> _Verdicts:
    """Ask of each row what `matching` says: for values of several kinds."""
    columns = [
        [one.value] * rows if isinstance(one, Literal) else values(one).objects()
        for one in expression.operands()
    ]
    found = [decide(expression, list(row)) for row in zip(*columns, strict=True)]
    yes = np.fromiter((verdict is True for verdict in found), np.bool_, rows)
    no = np.fromiter((verdict is False for verdict in found), np.bool_, rows)
    return _Verdicts(yes, no)


# ---- a column and constants ---------------------------------------------------------------------


def _compared(values: Values, test: Compare) -> Any:
    assert isinstance(test.right, Literal)  # noqa: S101 - turned so that the field comes first
    operator, value = test.operator, test.right.value
    check_comparable(test.left, FAMILIES[values.kind], operator, test.right, family(value))
    if values.kind == "text":
        compare = PYTHON[operator]
        return [one is not None and compare(one, value) for one in values.data]
    return _number(values, operator, value)


def _number(values: Values, operator: Operator, value: Any) -> Any:
    if values.kind == "int" and isinstance(value, float):
        return _int_with_float(values.data, operator, value)
    if values.kind == "float":
        return _float_with_number(values.data, operator, value)
    return PYTHON[operator](values.data, value)


def _constant(operator: Operator, data: Any, *, above: bool) -> Booleans:
    """Compare with something above, or below, all that a column can hold."""
    hit = operator == "!=" or operator in ({"<", "<="} if above else {">", ">="})
    return np.full(len(data), hit)


def _int_with_float(data: Any, operator: Operator, value: float) -> Any:
    """Compare integers exactly: numpy would round them to float64 first."""
    if math.isinf(value):
        return _constant(operator, data, above=value > 0)
    if value.is_integer():
        return PYTHON[operator](data, int(value))
    if operator in {"==", "!="}:
        return np.full(len(data), operator == "!=")
    # Between two integers there is no other.
    below = math.floor(value)
    return data <= below if operator in {"<", "<="} else data > below


def _float_with_number(data: Any, operator: Operator, value: float) -> Any:
    try:
        near = float(value)
    except OverflowError:
        near = math.inf if value > 0 else -math.inf
    if near == value:
        return PYTHON[operator](data, near)
    if operator in {"==", "!="}:
        return np.full(len(data), operator == "!=")
    # An integer that is no float lies between two that are.
    low = near if near < value else math.nextafter(near, -math.inf)
    return data <= low if operator in {"<", "<="} else data > low


def _in(values: Values, field: Field, literals: tuple[Literal, ...]) -> Any:
    check_comparable(field, FAMILIES[values.kind], "==", literals[0], family(literals[0].value))
    wanted = {literal.value for literal in literals}
    if values.kind in {"int", "float"}:
        return np.isin(values.data, _exactly(wanted, values.data.dtype))
    data = values.data.tolist() if values.kind == "truth" else values.data
    return [one in wanted for one in data]


def _exactly(numbers: Iterable[Any], dtype: np.dtype[Any]) -> Any:
    """Return those numbers that a column can hold, so that none is rounded to another."""
    held = []
    for number in numbers:
        try:
            one = dtype.type(number)
        except (OverflowError, ValueError):
            continue
        if one.item() == number:
            held.append(one)
    return np.array(held, dtype)


def _at_end(values: Values, test: Starts | Ends, text: str) -> Any:
    check_comparable(test.field, FAMILIES[values.kind], "==", Literal(text), "text")
    is_there = str.startswith if isinstance(test, Starts) else str.endswith
    return [one is not None and is_there(one, text) for one in values.data]


# ---- two columns --------------------------------------------------------------------------------


def _with_column(
    expression: Expression, left: Values, operator: Operator, right: Values
) -> _Verdicts:
    present = left.present & right.present
    kinds = {left.kind, right.kind}
    numbers = kinds <= {"int", "float"}
    if kinds == {"int", "float"}:
        whole = left if left.kind == "int" else right
        numbers = bool(np.all((whole.data >= -_EXACT) & (whole.data <= _EXACT)))
    if numbers:
        return _known(PYTHON[operator](left.data, right.data), present)
    pair = iter((left, right))
    return _one_by_one(expression, lambda _: next(pair), len(present))
