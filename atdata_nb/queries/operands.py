"""Operands: what a condition compares – fields of a sample, and constants."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import Final, TypeAlias
from typing import Literal as OneOf

from atdata_nb.errors import ExpressionError

Operator: TypeAlias = OneOf["==", "!=", "<", "<=", ">", ">="]
Scalar: TypeAlias = bool | int | float | str

OPERATORS: Final[tuple[Operator, ...]] = ("==", "!=", "<", "<=", ">", ">=")
# What an operator is with its operands in the other order.
MIRRORED: Final[dict[Operator, Operator]] = {
    "==": "==",
    "!=": "!=",
    "<": ">",
    "<=": ">=",
    ">": "<",
    ">=": "<=",
}
WORDS: Final = frozenset(
    {"and", "or", "not", "in", "is", "missing", "true", "false", "True", "False", "None", "null"}
)
MAX_DEPTH: Final = 64
_PLAIN: Final = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the sample, or of a sample or dict in it.

    Attributes:
        path: its name; behind names of fields that it lies in.
    """

    path: tuple[str, ...]

    def __str__(self) -> str:
        return ".".join(map(_spelled, self.path))


def _spelled(name: str) -> str:
    if _PLAIN.fullmatch(name) and name not in WORDS:
        return name
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, text, true or false."""

    value: Scalar

    def __post_init__(self) -> None:
        if not isinstance(self.value, bool | int | float | str):
            raise ExpressionError(
                f"{type(self.value).__qualname__} can't be compared with: give a number, text, "
                "true or false; a value that is not there is found by `is missing`"
            )
        if isinstance(self.value, float) and math.isnan(self.value):
            raise ExpressionError("NaN equals nothing: a field x that is NaN is found by `x != x`")

    def __eq__(self, other: object) -> bool:
        # To Python, True == 1 == 1.0.
        return isinstance(other, Literal) and (type(self.value), self.value) == (
            type(other.value),
            other.value,
        )

    def __hash__(self) -> int:
        return hash((type(self.value), self.value))

    def __str__(self) -> str:
        if isinstance(self.value, bool):
            return "true" if self.value else "false"
        if isinstance(self.value, str):
            return json.dumps(self.value, ensure_ascii=False)
        if isinstance(self.value, float) and math.isinf(self.value):
            return "1e999" if self.value > 0 else "-1e999"
        return repr(self.value)


Operand: TypeAlias = Field | Literal
