"""Pruning: what an expression may say of a shard's samples, by what its manifest says of them."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from atdata_nb.manifests.facts import ColumnFacts
from atdata_nb.queries.expressions import (
    And,
    Compare,
    Ends,
    Expression,
    In,
    Missing,
    Not,
    Or,
    Starts,
    Truth,
)
from atdata_nb.queries.matching import PYTHON, check_comparable, family, not_a_truth
from atdata_nb.queries.operands import MIRRORED, Field, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atdata_nb.queries.operands import Operator

# True, False, and None for neither: what may come out for some sample.
Outcomes: TypeAlias = frozenset[bool | None]
ANY: Final[Outcomes] = frozenset({True, False, None})
_FAMILIES: Final[Mapping[str, str]] = {
    "int": "a number",
    "float": "a number",
    "text": "text",
    "bool": "true or false",
    "bytes": "bytes",
    "array": "an array",
    "list": "a list",
    "map": "a sample or dict",
}


def outcomes(expression: Expression, facts: Mapping[str, ColumnFacts], samples: int) -> Outcomes:
    """Return what an expression may say of any sample; more, where it can't be known.

    Args:
        expression: the condition.
        facts: what is known of each field; one that is not there is in no sample.
        samples: number of samples.

    Raises:
        ComparisonError: there are values that can't be compared with what they are compared with.

    Example:
        >>> from atdata_nb.queries import parse
        >>> n = ColumnFacts("n", {"int": 5}, low=1, high=9)
        >>> [outcomes(parse(text), {"n": n}, 5) for text in ("n > 9", "n < 10")]
        [frozenset({False}), frozenset({True})]
    """
    match expression:
        case And(parts):
            return reduce(_and, (outcomes(part, facts, samples) for part in parts))
        case Or(parts):
            contraries = (_contrary(outcomes(part, facts, samples)) for part in parts)
            return _contrary(reduce(_and, contraries))
        case Not(part):
            return _contrary(outcomes(part, facts, samples))
        case _:
            return _test(expression, facts, samples)


def _contrary(found: Outcomes) -> Outcomes:
    return frozenset(None if one is None else not one for one in found)


def _and(a: Outcomes, b: Outcomes) -> Outcomes:
    return frozenset(_least(x, y) for x in a for y in b)


def _least(x: bool | None, y: bool | None) -> bool | None:  # noqa: FBT001
    if x is False or y is False:
        return False
    return None if x is None or y is None else True


def _test(expression: Expression, facts: Mapping[str, ColumnFacts], samples: int) -> Outcomes:
    fields = [one for one in expression.operands() if isinstance(one, Field)]
    if len(fields) != 1 or len(fields[0].path) != 1:
        return ANY
    (field,) = fields
    name = field.path[0]
    column = facts.get(name) or ColumnFacts(name, missing=samples, absent=samples)
    if isinstance(expression, Missing):
        return _of((column.missing > 0, True), (column.count > 0, False))
    if not column.count:
        return frozenset({None})
    found = _of_values(expression, field, column)
    return found | {None} if column.missing else found


def _of(*pairs: tuple[bool, bool]) -> Outcomes:
    return frozenset(verdict for possible, verdict in pairs if possible)


def _of_values(expression: Expression, field: Field, column: ColumnFacts) -> Outcomes:
    match expression:
        case Compare(Literal() as left, operator, Field() as right):
            return _compared(column, right, MIRRORED[operator], left)
        case Compare(Field() as left, operator, Literal() as right):
            return _compared(column, left, operator, right)
        case In(_, literals):
            each = [_compared(column, field, "==", literal) for literal in literals]
            return frozenset({False}).union(*each) if len(each) > 1 else each[0]
        case Starts(_, text) | Ends(_, text):
            _check(column, field, "==", Literal(text))
            return _starts(column, text) if isinstance(expression, Starts) else ANY
        case Truth():
            wrong = column.kinds.keys() - {"bool"}
            if wrong:
                raise not_a_truth(field, _FAMILIES.get(min(wrong), "something else"))
            return _compared(column, field, "==", Literal(value=True))
        case _:
            return ANY


def _check(column: ColumnFacts, field: Field, operator: Operator, literal: Literal) -> None:
    for kind in column.kinds:
        if kind in _FAMILIES:
            check_comparable(field, _FAMILIES[kind], operator, literal, family(literal.value))


def _compared(column: ColumnFacts, field: Field, operator: Operator, literal: Literal) -> Outcomes:
    _check(column, field, operator, literal)
    test, value = PYTHON[operator], literal.value
    nan = _of((column.nan > 0, operator == "!="))
    if column.count == column.nan:
        return nan
    if column.complete:
        return nan | {bool(test(one, value)) for one, _ in column.top}
    return nan | _in_range(column.low, column.high, operator, value)


def _in_range(low: Any, high: Any, operator: Operator, value: Any) -> Outcomes:
    below = low is None or low < value
    above = high is None or high > value
    inside = (low is None or low <= value) and (high is None or high >= value)
    # There are values in the range that are not the one asked for, unless it is all there is.
    other = low is None or high is None or not low == high == value
    match operator:
        case "==":
            return _of((inside, True), (other, False))
        case "!=":
            return _of((other, True), (inside, False))
        case "<":
            return _of((below, True), (high is None or high >= value, False))
        case "<=":
            return _of((low is None or low <= value, True), (above, False))
        case ">":
            return _of((above, True), (low is None or low <= value, False))
        case _:
            return _of((high is None or high >= value, True), (below, False))


def _starts(column: ColumnFacts, text: str) -> Outcomes:
    if not isinstance(column.low, str) or not isinstance(column.high, str):
        return ANY
    # What begins with the text stands between it and whatever follows all that begin with it.
    possible = column.high >= text and column.low[: len(text)] <= text
    return ANY if possible else frozenset({False})
