"""Check: whether an expression can be asked of a sample type at all, before any sample is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

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
from atdata_nb.queries.matching import (
    check_comparable,
    family,
    no_field,
    not_a_truth,
    refuse,
)
from atdata_nb.queries.operands import Field, Literal
from atdata_nb.samples import field_specs, is_packable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atdata_nb.queries.operands import Operand
    from atdata_nb.samples import TypeSpec

_FAMILIES: Final[Mapping[str, str]] = {
    "int": "a number",
    "float": "a number",
    "str": "text",
    "bool": "true or false",
    "bytes": "bytes",
    "ndarray": "an array",
    "list": "a list",
    "dict": "a sample or dict",
    "packable": "a sample or dict",
}
# Of a value whose type nobody declared, only the values tell.
_ANY: Final = "anything"


def check(expression: Expression, sample_type: type) -> None:
    """Check that a sample type has the fields, and that they can be compared.

    Of a type that declares no fields, like DictSample, nothing is known: its values are checked
    when they are looked at.

    Raises:
        ExpressionError: there is no such field.
        ComparisonError: the fields' types can't be compared with what they are compared with.

    Example:
        >>> from atdata_nb.queries import parse
        >>> from atdata_nb.samples import packable
        >>> @packable
        ... class Word:
        ...     text: str
        >>> check(parse("text > 3"), Word)
        Traceback (most recent call last):
            ...
        atdata_nb.errors.ComparisonError: text is text, 3 is a number: compare text with text, ...
    """
    if is_packable(sample_type):
        _check(expression, sample_type)


def _check(expression: Expression, cls: type) -> None:
    match expression:
        case And(parts) | Or(parts):
            for part in parts:
                _check(part, cls)
        case Not(part):
            _check(part, cls)
        case Missing(field):
            _spec(field, cls)
        case Truth(field):
            found = _family(field, cls)
            if found not in {_ANY, "true or false"}:
                raise not_a_truth(field, found)
        case Compare(left, operator, right):
            mine, theirs = _family(left, cls), _family(right, cls)
            if _ANY not in {mine, theirs}:
                check_comparable(left, mine, operator, right, theirs)
        case _:
            _check_inside(expression, cls)


def _check_inside(expression: Expression, cls: type) -> None:
    match expression:
        case In(field, literals):
            _check(Compare(field, "==", literals[0]), cls)
        case Starts(field, text) | Ends(field, text):
            _check(Compare(field, "==", Literal(text)), cls)
        case Contains(whole, part):
            found, item = _family(whole, cls), _family(part, cls)
            if found == "text" and item not in {"text", _ANY}:
                raise refuse(str(whole), found, str(part), item)
            if found not in {"text", "a list", _ANY}:
                raise ComparisonError(f"{whole} is {found}: `in` looks into text and lists")


def _family(operand: Operand, cls: type) -> str:
    if isinstance(operand, Literal):
        return family(operand.value)
    spec = _spec(operand, cls)
    return _ANY if spec is None else _FAMILIES.get(spec.kind, _ANY)


def _spec(field: Field, cls: type) -> TypeSpec | None:
    """Return the type of a field; None where nothing is declared."""
    spec: TypeSpec | None = None
    inside: type | None = cls
    for depth, name in enumerate(field.path):
        where = Field(field.path[:depth])
        if inside is not None:
            specs = {one.name: one.type for one in field_specs(inside)}
            if name not in specs:
                raise no_field(name, where, list(specs))
            spec = specs[name]
        elif spec is not None and spec.kind == "dict":
            spec = spec.items
        elif spec is not None and spec.kind != "any":
            raise ExpressionError(f"{where} is {_FAMILIES[spec.kind]}: it has no field {name!r}")
        inside = spec.sample_type if spec is not None and spec.kind == "packable" else None
    return spec
