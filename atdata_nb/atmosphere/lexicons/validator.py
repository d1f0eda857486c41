"""Validator: whether a record is what its lexicon says.

It knows the part of the language that the documents here use; a test holds the two together.
https://atproto.com/specs/lexicon
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from atdata_nb.atmosphere.data_model import MAX_DEPTH, read_bytes
from atdata_nb.atmosphere.lexicons.documents import definition
from atdata_nb.atmosphere.lexicons.formats import FORMATS
from atdata_nb.errors import RecordError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Definition = dict[str, Any]


def check_lexicon(record: Mapping[str, Any]) -> bool:
    """Check a record against the lexicon of its ``$type``; return whether there is one here.

    What a lexicon does not name is let pass, as the protocol has it: later versions add fields.

    Raises:
        RecordError: it is not what its lexicon says; names the field.

    Example:
        >>> check_lexicon({"$type": "science.alt.dataset.label", "name": "digits"})
        Traceback (most recent call last):
            ...
        atdata_nb.errors.RecordError: datasetUri: missing, and science.alt.dataset.label needs it
        >>> check_lexicon({"$type": "org.example.note"})
        False
    """
    kind = record.get("$type")
    found = definition(kind) if isinstance(kind, str) and "#" not in kind else None
    if found is None or found["type"] != "record":
        return False
    _object(record, found["record"], _Place(str(kind), "", 0))
    return True


class _Place:
    """Where in a record, and where in the documents."""

    __slots__ = ("depth", "document", "path")

    def __init__(self, document: str, path: str, depth: int) -> None:
        self.document, self.path, self.depth = document, path, depth
        if depth > MAX_DEPTH:
            raise RecordError(f"{path:.200}: nested deeper than {MAX_DEPTH}")

    def field(self, name: str) -> _Place:
        return _Place(self.document, f"{self.path}.{name}" if self.path else name, self.depth + 1)

    def item(self, place: int) -> _Place:
        return _Place(self.document, f"{self.path}[{place}]", self.depth + 1)

    def follow(self, ref: str) -> tuple[Definition | None, _Place]:
        """Return what a reference of this document names, and the place in that document."""
        full = self.document + ref if ref.startswith("#") else ref
        return definition(full), _Place(full.partition("#")[0], self.path, self.depth)

    def fail(self, why: str) -> RecordError:
        return RecordError(f"{self.path or 'record'}: {why}")


def _check(value: Any, rule: Definition, place: _Place) -> None:
    _CHECKS[rule["type"]](value, rule, place)


def _object(value: Any, rule: Definition, place: _Place) -> None:
    if not isinstance(value, dict):
        raise place.fail("a map stands there")
    for name in rule["required"]:
        if name not in value:
            raise place.field(name).fail(f"missing, and {place.document} needs it")
    for name, inner in rule["properties"].items():
        if name in value:
            _check(value[name], inner, place.field(name))


def _array(value: Any, rule: Definition, place: _Place) -> None:
    if not isinstance(value, list):
        raise place.fail("a list stands there")
    _bounds(len(value), rule, place, "items")
    for number, item in enumerate(value):
        _check(item, rule["items"], place.item(number))


def _string(value: Any, rule: Definition, place: _Place) -> None:
    if not isinstance(value, str):
        raise place.fail("text stands there")
    if "const" in rule and value != rule["const"]:
        raise place.fail(f"{rule['const']!r} stands there, not {value!r:.100}")
    # Lexicon counts bytes; a lone surrogate has none, and is refused elsewhere.
    _bounds(len(value.encode(errors="replace")), rule, place, "bytes")
    most = rule.get("maxGraphemes")
    if most is not None and len(value) > most:
        # Never more graphemes than code points: only long text has to be taken apart.
        count = _graphemes(value)
        if count > most:
            raise place.fail(f"at most {most:,} characters, got {count:,}")
    form = rule.get("format")
    if form is not None and not FORMATS[form](value):
        raise place.fail(f"{value!r:.100} is no {form}")


def _graphemes(text: str) -> int:
    from wcwidth import iter_graphemes

    return sum(1 for _ in iter_graphemes(text))


def _integer(value: Any, rule: Definition, place: _Place) -> None:
    if type(value) is not int:
        raise place.fail("a whole number stands there")
    if value < rule.get("minimum", value):
        raise place.fail(f"at least {rule['minimum']}, got {value}")


def _boolean(value: Any, _: Definition, place: _Place) -> None:
    if type(value) is not bool:
        raise place.fail("true or false stands there")


def _bytes(value: Any, rule: Definition, place: _Place) -> None:
    _bounds(len(read_bytes(value, place.path)), rule, place, "bytes")


def _blob(value: Any, rule: Definition, place: _Place) -> None:
    # Its parts are checked by the data model; a blob of before 2023 has none of them.
    if not isinstance(value, dict) or value.get("$type") != "blob":
        raise place.fail("a blob stands there")
    size, kind = value.get("size"), str(value.get("mimeType"))
    if type(size) is not int or size > rule["maxSize"]:
        raise place.fail(f"at most {rule['maxSize']:,} bytes, got {size!r:.40}")
    if not any(_accepts(pattern, kind) for pattern in rule["accept"]):
        raise place.fail(f"of type {' or '.join(rule['accept'])}, not {kind:.100}")


def _accepts(pattern: str, kind: str) -> bool:
    family, _, rest = pattern.partition("/")
    return pattern in {"*/*", kind} or (rest == "*" and kind.startswith(f"{family}/"))


def _unknown(value: Any, _: Definition, place: _Place) -> None:
    if not isinstance(value, dict):
        raise place.fail("a map stands there")


def _ref(value: Any, rule: Definition, place: _Place) -> None:
    found, there = place.follow(rule["ref"])
    if found is None:
        raise place.fail(f"the lexicon {rule['ref']} is not known here")
    _check(value, found, there)


def _union(value: Any, rule: Definition, place: _Place) -> None:
    kind = value.get("$type") if isinstance(value, dict) else None
    if not isinstance(kind, str) or not kind:
        raise place.fail("a map with a $type stands there")
    for ref in rule["refs"]:
        full = place.document + ref if ref.startswith("#") else ref
        # "#main" may be written or left out.
        if kind.removesuffix("#main") == full:
            _ref(value, {"ref": ref}, place)
            return
    # Unions are open: what else there is, a later version knows.


def _bounds(count: int, rule: Definition, place: _Place, what: str) -> None:
    most, least = rule.get("maxLength"), rule.get("minLength", 0)
    if most is not None and count > most:
        raise place.fail(f"at most {most:,} {what}, got {count:,}")
    if count < least:
        raise place.fail(f"at least {least:,} {what}, got {count:,}")


_CHECKS: Final[dict[str, Callable[[Any, Definition, _Place], None]]] = {
    "array": _array,
    "blob": _blob,
    "boolean": _boolean,
    "bytes": _bytes,
    "integer": _integer,
    "object": _object,
    "ref": _ref,
    "string": _string,
    "union": _union,
    "unknown": _unknown,
}
