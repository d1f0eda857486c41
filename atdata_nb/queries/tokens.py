"""Token: the words, signs, numbers and quoted text that a condition is written with."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from atdata_nb.errors import ExpressionError

_TOKEN: Final = re.compile(
    r"""\s*(?:
      (?P<number> (?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?(?!\w) )
    | (?P<text> "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*' )
    | (?P<quoted> `(?:[^`\\]|\\.)*` )
    | (?P<word> [^\W\d]\w* )
    | (?P<sign> == | != | <= | >= | && | \|\| | <> | [<>()\[\],.=!&|~-] )
    | (?P<end> \Z )
    )""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE: Final = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", re.DOTALL)
_ESCAPED: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


@dataclass(frozen=True, slots=True)
class Token:
    """One of them, and where it begins."""

    kind: str
    text: str
    at: int


def tokens(text: str) -> list[Token]:
    """Return the tokens of a text; the last is its end.

    Raises:
        ExpressionError: a character belongs to none.
    """
    found: list[Token] = []
    at = 0
    while True:
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            place = len(text) - len(text[at:].lstrip())
            sign = text[place]
            reason = f"{sign!r} is nothing that may stand here"
            if sign in "\"'`":
                reason = f"what begins with {sign} does not end"
            elif sign.isdigit():
                reason = "a number that goes on as a name"
            raise ExpressionError(reason, text=text, position=place)
        kind = match.lastgroup
        found.append(Token(kind, match[kind], match.start(kind)))
        if kind == "end":
            return found
        at = match.end()


def unescaped(token: Token, text: str) -> str:
    """Return what text in quotes stands for.

    Raises:
        ExpressionError: an escape stands for nothing.
    """

    def plain(match: re.Match[str]) -> str:
        code = match[1]
        if code[0] in "uU" and len(code) > 1:
            number = int(code[1:], 16)
            if number > 0x10FFFF:  # noqa: PLR2004 - the last of Unicode
                raise ExpressionError(
                    "no character has that number", text=text, position=token.at + match.start() + 1
                )
            return chr(number)
        if code.isalnum() and code not in _ESCAPED:
            raise ExpressionError(
                f"\\{code} stands for nothing: write \\\\ for a backslash",
                text=text,
                position=token.at + match.start() + 1,
            )
        return _ESCAPED.get(code, code)

    return _ESCAPE.sub(plain, token.text[1:-1])
