"""Parse: the text of a condition as an expression, or an error that says where and what may stand.

::

    condition  = all {"or" all}
    all        = one {"and" one}
    one        = "not" one | "(" condition ")" | test
    test       = operand {comparison operand}
               | operand ["not"] "in" (list | field)
               | field "is" ["not"] "missing"
               | ("startswith" | "endswith" | "contains") "(" field "," operand ")"
               | field
    operand    = field | number | text | "true" | "false"
    field      = name {"." name}          name = letters, or anything in `backticks`
    list       = "[" operand {"," operand} "]"
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from atdata_nb.errors import ExpressionError
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
from atdata_nb.queries.operands import MAX_DEPTH, OPERATORS, WORDS, Field, Literal, Operand
from atdata_nb.queries.tokens import tokens, unescaped

if TYPE_CHECKING:
    from collections.abc import Callable

    from atdata_nb.queries.tokens import Token

MAX_TEXT: Final = 10_000
# No field holds more than twenty.
MAX_DIGITS: Final = 400
_HINTS: Final = {
    "=": "two values are compared with `==`",
    "&": "conditions are joined with `and`",
    "&&": "conditions are joined with `and`",
    "|": "conditions are joined with `or`",
    "||": "conditions are joined with `or`",
    "!": "the contrary is said with `not`",
    "~": "the contrary is said with `not`",
    "<>": "`!=` says that values differ",
    "None": "a value that is not there is found by `is missing`",
    "null": "a value that is not there is found by `is missing`",
}
_TRUTHS: Final = {"true": True, "True": True, "false": False, "False": False}
_FUNCTIONS: Final = ("startswith", "endswith", "contains")
_OPERAND: Final = "a field, a number, text in quotes, true or false"


def parse(text: str) -> Expression:
    """Return the condition that a text says.

    Raises:
        ExpressionError: it says none; the error has the position, and what may stand there.

    Example:
        >>> parse("label==3 and 0 < score<=.5")
        <label == 3 and 0 < score and score <= 0.5>
        >>> parse("label = 3")
        Traceback (most recent call last):
            ...
        atdata_nb.errors.ExpressionError: character 7: "=" here: two values are compared with `==`
    """
    if len(text) > MAX_TEXT:
        raise ExpressionError(f"longer than {MAX_TEXT:,} characters", text=text, position=MAX_TEXT)
    parser = _Parser(text)
    found = parser.condition(0)
    parser.expect("end", "`and`, `or` or the end")
    return found


class _Parser:
    def __init__(self, text: str) -> None:
        self._text, self._tokens, self._at = text, tokens(text), 0

    # ---- tokens --------------------------------------------------------------------------------

    @property
    def _now(self) -> Token:
        return self._tokens[self._at]

    def _is(self, *texts: str, ahead: int = 0) -> bool:
        token = self._tokens[min(self._at + ahead, len(self._tokens) - 1)]
        return token.kind in {"word", "sign"} and token.text in texts

    def _take(self, *texts: str) -> bool:
        if self._is(*texts):
            self._at += 1
            return True
        return False

    def expect(self, what: str, allowed: str) -> None:
        if (self._now.kind == "end") if what == "end" else self._is(what):
            self._at += 1
            return
        raise self._fault(allowed)

    def _fault(self, allowed: str) -> ExpressionError:
        token = self._now
        hint = _HINTS.get(token.text) if token.kind in {"word", "sign"} else None
        found = "the text ends" if token.kind == "end" else f'"{token.text[:40]}" here'
        return self._error(f"{found}: {hint or f'expected {allowed}'}", token.at)

    def _error(self, reason: str, at: int) -> ExpressionError:
        return ExpressionError(reason, text=self._text, position=at)

    def _made(self, at: int, make: Callable[[], Expression]) -> Expression:
        try:
            return make()
        except ExpressionError as error:
            if error.position is not None:
                raise
            raise self._error(error.reason, at) from None

    # ---- conditions ----------------------------------------------------------------------------

    def condition(self, depth: int) -> Expression:
        parts = [self._all(depth)]
        while self._take("or"):
            parts.append(self._all(depth))
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _all(self, depth: int) -> Expression:
        parts = [self._one(depth)]
        while self._take("and"):
            parts.append(self._one(depth))
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _one(self, depth: int) -> Expression:
        if depth > MAX_DEPTH:
            raise self._error(f"more than {MAX_DEPTH} conditions inside each other", self._now.at)
        if self._take("not"):
            return Not(self._one(depth + 1))
        if self._take("("):
            inner = self.condition(depth + 1)
            self.expect(")", "`and`, `or` or `)`")
            return inner
        return self._test()

    def _test(self) -> Expression:
        start = self._now.at
        if self._now.kind == "word" and self._is("(", ahead=1):
            return self._call()
        left = self._operand()
        if self._is(*OPERATORS):
            return self._chain(left, start)
        contrary = self._is("not") and self._is("in", ahead=1) and self._take("not")
        if self._take("in"):
            found = self._made(start, lambda: self._in(left))
            return Not(found) if contrary else found
        if not isinstance(left, Field):
            raise self._fault("`in`, or one of == != < <= > >=, after a value")
        if self._take("is"):
            contrary = self._take("not")
            self.expect("missing", "`missing`")
            return Not(Missing(left)) if contrary else Missing(left)
        if self._now.kind != "end" and not self._is("and", "or", ")"):
            raise self._fault("`in`, `is`, `and`, `or`, or one of == != < <= > >=")
        return Truth(left)

    def _chain(self, left: Operand, start: int) -> Expression:
        links: list[Expression] = []
        while self._is(*OPERATORS):
            operator = next(one for one in OPERATORS if self._is(one))
            self._at += 1
            right = self._operand()
            pair = left, right
            links.append(self._made(start, lambda p=pair, o=operator: Compare(p[0], o, p[1])))  # type: ignore[misc]
            left = right
        return links[0] if len(links) == 1 else And(tuple(links))

    def _in(self, left: Operand) -> Expression:
        if not self._take("["):
            at = self._now.at
            whole = self._operand()
            if not isinstance(whole, Field):
                raise self._error("expected a list in [ ], or a field that has text or a list", at)
            return Contains(whole, left)
        if not isinstance(left, Field):
            raise ExpressionError("a condition needs a field: this compares constants")
        values = [self._literal()]
        while self._take(","):
            if self._is("]"):
                break
            values.append(self._literal())
        self.expect("]", "`,` or `]`")
        return In(left, tuple(values))

    def _call(self) -> Expression:
        name, at = self._now.text, self._now.at
        if name not in _FUNCTIONS:
            raise self._error(
                f"there is no function {name!r}; there are: {', '.join(_FUNCTIONS)}", at
            )
        self._at += 2
        where = self._now.at
        field = self._operand()
        if not isinstance(field, Field):
            raise self._error("expected a field", where)
        self.expect(",", "`,`")
        where = self._now.at
        text = self._operand()
        self.expect(")", "`)`")
        if name == "contains":
            return Contains(field, text)
        if not (isinstance(text, Literal) and isinstance(text.value, str)):
            raise self._error("expected text in quotes", where)
        return (Starts if name == "startswith" else Ends)(field, text.value)

    # ---- operands ------------------------------------------------------------------------------

    def _literal(self) -> Literal:
        at = self._now.at
        found = self._operand()
        if isinstance(found, Field):
            raise self._error("expected a number, text in quotes, true or false", at)
        return found

    def _operand(self) -> Operand:
        if self._take("-"):
            if self._now.kind != "number":
                raise self._fault("a number")
            return Literal(-self._number())
        token = self._now
        if token.kind == "number":
            return Literal(self._number())
        if token.kind == "text":
            self._at += 1
            return Literal(unescaped(token, self._text))
        if token.kind == "word" and token.text in _TRUTHS:
            self._at += 1
            return Literal(_TRUTHS[token.text])
        names = [self._name(_OPERAND)]
        while self._take("."):
            names.append(self._name("the name of a field"))
        return Field(tuple(names))

    def _name(self, allowed: str) -> str:
        token = self._now
        if token.kind == "quoted":
            self._at += 1
            return re.sub(r"\\(.)", r"\1", token.text[1:-1], flags=re.DOTALL)
        if token.kind != "word" or token.text in WORDS:
            raise self._fault(allowed)
        self._at += 1
        return token.text

    def _number(self) -> float:
        token = self._now
        self._at += 1
        digits = token.text.replace("_", "")
        if set(digits) & set(".eE"):
            return float(digits)
        if len(digits) > MAX_DIGITS:
            raise self._error("a number of that many digits", token.at)
        return int(digits)
