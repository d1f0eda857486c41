"""Strangers' text: made visible, cut to length, and never able to act on the page around it."""

from __future__ import annotations

import re

# Control characters, direction overrides, zero-width and tag characters, lone surrogates: what
# changes how *other* text looks, cannot be seen, or cannot be sent as UTF-8. U+200C and U+200D
# stay, as Persian and emoji need them.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
# More than a few combining marks on one letter only serve to paint over the lines around it.
_STACKED_MARKS = re.compile(
    "([\u0300-\u036f\u0483-\u0489\u20d0-\u20ff]{4})[\u0300-\u036f\u0483-\u0489\u20d0-\u20ff]+"
)
_NEWLINES = re.compile(r"\s*[\n\t]\s*")


def visible(text: object, limit: int = 2_000) -> str:
    r"""Return text that looks like what it holds, at most ``limit`` characters and a mark.

    >>> visible("name\u202egpj.exe")
    'name\\u202egpj.exe'
    >>> visible("abcdef", 3)
    'abc…'
    """
    whole = text if isinstance(text, str) else _plain(text)
    # Most text; a schema of thousands of fields has no time for the expressions below.
    if len(whole) <= limit and whole.isascii() and whole.isprintable():
        return whole
    shown = _INVISIBLE.sub(_escape, whole[:limit].replace("\r\n", "\n"))
    shown = _STACKED_MARKS.sub(r"\1", shown)
    return f"{shown}…" if len(whole) > limit else shown


def one_line(text: object, limit: int = 120) -> str:
    r"""Return ``visible`` text on one line.

    >>> one_line("two\n  lines")
    'two ⏎ lines'
    """
    shown = visible(text, limit).strip()
    return shown if shown.isprintable() else _NEWLINES.sub(" ⏎ ", shown)


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code <= 0xFF:  # noqa: PLR2004 - the reach of \x
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004 - and of \u


def _plain(value: object) -> str:
    # repr() of a stranger's object could show its address, or run anything.
    if value is None or isinstance(value, (int, float, complex, bool)):
        return str(value)
    return f"<{type(value).__name__}>"
