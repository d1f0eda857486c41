"""Privacy: what of a dataset nobody else should see, or can't reach."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from atdata_nb.errors import UnsafeUrlError, shown_url
from atdata_nb.flows.plan import Note
from atdata_nb.shards.urls import check_url, is_private_host, local_path, scheme_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from atdata_nb.flows.material import Material
    from atdata_nb.schemas import Schema

_GONE: Final = object()
# A path of this machine: absolute, below the home, with a drive, or on a share.
_PATH: Final = re.compile(r"(?:/(?!/)|~[\w.-]*/|[A-Za-z]:[\\/]|\\\\|\.{1,2}[\\/])\S")
_SIGNED: Final = re.compile(r"[?&](?:X-Amz-|Signature=|sig=|token=|key=)", re.IGNORECASE)
_EMAIL: Final = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]*[A-Za-z]")
_PHONE: Final = re.compile(r"\+\d[\d ()./-]{7,}\d")
_PERSONAL: Final = re.compile(
    r"e_?mail|phone|mobile|address|street|zip_?code|postcode|ssn|passport|birth|dob|iban|"
    r"credit_?card|(?:first|last|full|sur|family|given|user|patient|customer)_?name|gender|"
    r"religion|ethnic|diagnosis|salary|(?:^|_)(?:ip|lat|lon|latitude|longitude|gps)(?:$|_)",
    re.IGNORECASE,
)
_LOOKED_AT: Final = 20
_SHOWN: Final = 5


def public_part(metadata: dict[str, Any] | None) -> tuple[dict[str, Any] | None, tuple[str, ...]]:
    """Return metadata without what belongs to this machine, and what was left out.

    Paths, links that lead to this machine or its network, and links that carry a login or a
    signature go; a list or map loses only the item.

    Example:
        >>> public_part({"n": 3, "made": {"from": "/home/me/raw", "in": "Lund"}})
        ({'n': 3, 'made': {'in': 'Lund'}}, ('made.from: a path of this machine',))
    """
    left_out: list[str] = []
    kept = _kept(metadata, "", left_out)
    return (kept or None), tuple(left_out)


def _kept(value: Any, where: str, left_out: list[str]) -> Any:
    if isinstance(value, dict):
        below = f"{where}." if where else ""
        items = ((key, _kept(one, f"{below}{key}", left_out)) for key, one in value.items())
        return {key: one for key, one in items if one is not _GONE}
    if isinstance(value, list | tuple):
        each = (_kept(one, f"{where}[{i}]", left_out) for i, one in enumerate(value))
        return [one for one in each if one is not _GONE]
    reason = private_reason(value) if isinstance(value, str) else ""
    if not reason:
        return value
    left_out.append(f"{where}: {reason}")
    return _GONE


def private_reason(text: str) -> str:
    """Return why a text should stay on this machine; empty where nothing speaks against it.

    >>> private_reason("https://me:secret@example.org/"), private_reason("~/x")
    ('a link with a login', 'a path of this machine')
    >>> private_reason("either/or")
    ''
    """
    scheme = scheme_of(text)
    if scheme == "file" or (not scheme and _PATH.match(text)) or re.match(r"[A-Za-z]:[\\/]", text):
        return "a path of this machine"
    if "://" not in text:
        return ""
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:
        return ""
    if parts.username or parts.password:
        return "a link with a login"
    if _SIGNED.search(text):
        return "a link with a signature"
    return "a link into this machine or its network" if is_private_host(host) else ""


def unreachable(urls: Iterable[str], allow_hosts: Collection[str]) -> Iterator[Note]:
    """Yield why addresses can't stand in a public record where they are.

    Args:
        urls: of shards.
        allow_hosts: hosts of this machine that records of a local network may name.
    """
    remedy = "copy the shards: place='blobs' or place='s3'"
    seen: set[str] = set()
    for url in urls:
        text = _refusal(url, allow_hosts)
        if text and text not in seen:
            seen.add(text)
            yield Note("urls", text, remedy)
        if len(seen) >= _SHOWN:
            return


def _refusal(url: str, allow_hosts: Collection[str]) -> str:
    if local_path(url) is not None:
        # The same sentence for all of them: a thousand shards are one reason.
        return "the shards are files of this machine, which nobody else can read"
    if scheme_of(url) == "s3":
        return "the shards are in a bucket that is read with your credentials, which others lack"
    if private_reason(url) in {"a link with a login", "a link with a signature"}:
        return f"{shown_url(url)} is {private_reason(url)}, which a record would give away"
    try:
        check_url(url, trusted=False, allow_hosts=allow_hosts)
    except UnsafeUrlError:
        return f"{shown_url(url)} leads into this machine or its network, where nobody else can go"
    return ""


def personal_fields(schema: Schema) -> list[str]:
    """Return the fields whose names look as if they were about people."""
    return [item.name for item in schema.fields if _PERSONAL.search(item.name)]


def personal_notes(schema: Schema, material: Material) -> Iterator[Note]:
    """Yield a warning for the fields that look as if they were about people.

    Names are looked at; of data on this machine, a few samples too.
    """
    named = personal_fields(schema)
    seen = [name for name in _told_in_samples(material) if name not in named]
    if named or seen:
        words = ", ".join([*named, *(f"{name} (by its values)" for name in seen)])
        yield Note(
            "personal",
            f"these fields look personal: {words}",
            "leave them out, or be sure that the people agree and that you may publish them",
        )


def _told_in_samples(material: Material) -> list[str]:
    from atdata_nb.dataset import Dataset
    from atdata_nb.errors import AtdataError

    texts = [item for item in material.schema.fields if item.type.primitive == "str"]
    if not texts or not material.is_local or not material.parcels:
        return []
    found: dict[str, None] = {}
    try:
        ds: Dataset[Any] = Dataset(material.source)
        for sample in ds.head(_LOOKED_AT):
            for name, value in sample.items():
                if isinstance(value, str) and (_EMAIL.search(value) or _PHONE.search(value)):
                    found[name] = None
    except AtdataError:
        # What is wrong with the shards is told elsewhere.
        return list(found)
    return list(found)


def text_notes(description: str | None, license_: str | None) -> Iterator[Note]:
    """Yield what is missing among the words that go with a dataset."""
    if not license_:
        yield Note(
            "license",
            "without a license nobody may use it",
            "choose one; CC-BY-4.0 is the usual choice for data",
        )
    if not description:
        yield Note(
            "description",
            "without a description nobody knows what it is",
            "say in a sentence what one sample is, and where the data comes from",
        )
