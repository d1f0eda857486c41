"""Data model: what a record of the network can say, checked before a server refuses it opaquely.

Whatever is sent passes here, and so past the lexicon of its collection, where there is one.

https://atproto.com/specs/data-model
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.cid import CODEC_DAG_CBOR, CODEC_RAW, parse_cid
from atdata_nb.errors import CidError, RecordError

if TYPE_CHECKING:
    from collections.abc import Mapping

# JavaScript keeps integers up to here.
MAX_INT: Final = (1 << 53) - 1
# What servers in the field take: bodies of 150 KiB, records of a megabyte at most.
MAX_RECORD: Final = 140 << 10
MAX_DEPTH: Final = 32
# Words of JSON Schema, which the second namespace's schemas are written in.
_SCHEMA_WORDS: Final = frozenset({"$schema", "$ref", "$id", "$defs", "$comment"})
_SCHEMAS: Final = "science.alt.dataset.schema"


def check_record(record: Mapping[str, Any]) -> None:
    """Check that a record can be sent.

    Raises:
        RecordError: it cannot, or its lexicon does not allow it; names the field.

    Example:
        >>> check_record({"$type": "a.b.c", "size": 0.5})
        Traceback (most recent call last):
            ...
        atdata_nb.errors.RecordError: size: records hold no floats; write 0.5 as text, ...
    """
    kind = record.get("$type")
    if not isinstance(kind, str) or not kind:
        raise RecordError("$type: a record says its collection there")
    own = _SCHEMA_WORDS if kind == _SCHEMAS else frozenset()
    _check_map(record, "", 0, own)
    size = len(to_json(record))
    if size > MAX_RECORD:
        largest = max(record, key=lambda name: len(json.dumps(record[name])))
        raise RecordError(
            f"{largest}: the record has {size:,} bytes, servers take {MAX_RECORD:,}; "
            "this field is the largest"
        )
    # The lexicons' validator builds on this module.
    from atdata_nb.atmosphere.lexicons import check_lexicon

    check_lexicon(record)


def to_json(value: Any) -> bytes:
    """Return JSON as it is sent, without a byte too many: servers count them.

    >>> to_json({"size": [1, 2]})
    b'{"size":[1,2]}'
    """
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def bytes_value(data: bytes) -> dict[str, str]:
    """Return bytes as a record holds them.

    >>> bytes_value(b"hi")
    {'$bytes': 'aGk'}
    """
    return {"$bytes": base64.b64encode(data).decode("ascii").rstrip("=")}


def read_bytes(value: Any, where: str) -> bytes:
    """Return the bytes in a ``$bytes`` value.

    Raises:
        RecordError: there are none.
    """
    text = value.get("$bytes") if isinstance(value, dict) and len(value) == 1 else None
    if isinstance(text, str):
        try:
            return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
        except (binascii.Error, ValueError):
            pass
    raise RecordError(f"{where}: bytes are written as {{'$bytes': base64}}")


def _check(value: Any, where: str, depth: int, own: frozenset[str]) -> None:
    if depth > MAX_DEPTH:
        raise RecordError(f"{where}: nested deeper than {MAX_DEPTH}")
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, str):
        _check_text(value, where)
    elif isinstance(value, int):
        if abs(value) > MAX_INT:
            raise RecordError(f"{where}: records hold no integer past 2**53; write it as text")
    elif isinstance(value, float):
        raise RecordError(
            f"{where}: records hold no floats; write {value!r} as text, or put it into the metadata"
        )
    elif isinstance(value, dict):
        _check_map(value, where, depth, own)
    elif isinstance(value, list):
        for place, item in enumerate(value):
            _check(item, f"{where}[{place}]", depth + 1, own)
    else:
        raise RecordError(f"{where}: records hold no {type(value).__qualname__}")


def _check_map(value: Mapping[str, Any], where: str, depth: int, own: frozenset[str]) -> None:
    if "$link" in value or "$bytes" in value:
        _check_special(value, where)
        return
    for name, item in value.items():
        if not isinstance(name, str):
            raise RecordError(f"{where or 'record'}: a key is {name!r:.60}, keys are text")
        inner = f"{where}.{name}" if where else name
        _check_text(name, inner)
        if name.startswith("$") and name != "$type" and name not in own:
            raise RecordError(f"{inner}: names that begin with $ belong to the protocol")
        if name == "$type" and not (isinstance(item, str) and item):
            raise RecordError(f"{inner}: a type is a name")
        _check(item, inner, depth + 1, own)
    if value.get("$type") == "blob":
        _check_blob(value, where)


def _check_special(value: Mapping[str, Any], where: str) -> None:
    if "$bytes" in value:
        read_bytes(value, where)
        return
    _check_cid(value, where, {CODEC_DAG_CBOR, CODEC_RAW})


def _check_cid(value: Any, where: str, codecs: set[int]) -> None:
    link = value.get("$link") if isinstance(value, dict) and len(value) == 1 else None
    try:
        if isinstance(link, str) and parse_cid(link)["codec"] in codecs:
            return
    except CidError:
        pass
    raise RecordError(f"{where}: a link is written as {{'$link': CID}}")


def _check_blob(value: Mapping[str, Any], where: str) -> None:
    _check_cid(value.get("ref"), f"{where}.ref", {CODEC_RAW})
    size, kind = value.get("size"), value.get("mimeType")
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise RecordError(f"{where}.size: a blob says how many bytes it has")
    if not isinstance(kind, str) or not kind:
        raise RecordError(f"{where}.mimeType: a blob says what it is")


def _check_text(text: str, where: str) -> None:
    if not text.isascii() and any(0xD800 <= ord(char) <= 0xDFFF for char in text):  # noqa: PLR2004
        raise RecordError(f"{where!r:.100}: text with a lone surrogate")
