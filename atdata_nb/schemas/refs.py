"""References: the URIs that name a schema.

Written here is ``atdata://local/sampleSchema/{Name}@{version}``. Read are also
``atdata://local/schema/…`` (newer releases of the existing package),
``local://schemas/{module.Name}@{version}`` (older ones), and ``at://{authority}/{collection}/{rkey}``
(the AT Protocol, https://atproto.com/specs/at-uri-scheme).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from atdata_nb.errors import SchemaError, SchemaRefError
from atdata_nb.schemas.names import check_name
from atdata_nb.schemas.versions import Version

MAX_REF: Final = 8192  # https://atproto.com/specs/at-uri-scheme: 8 kilobytes

_ATDATA = re.compile(r"atdata://([^/]+)/(?:sampleSchema|schema)/([^/@]+)@([^/@]+)")
_LEGACY = re.compile(r"local://schemas/([^/@]+)@([^/@]+)")
_AT = re.compile(r"at://([A-Za-z0-9.:%_-]+)/([A-Za-z0-9.-]+)/([A-Za-z0-9._:~-]+)")


@dataclass(frozen=True, slots=True)
class SchemaRef:
    """What a reference says.

    Attributes:
        authority: ``local``, or whose schema it is: a DID or a handle.
        name: name of the schema; for a record of the network its record key.
        version: its version; None for a record of the network, which is one version.
        kind: ``local`` (an index on this side) or ``at`` (a record of the network).
        collection: the record's collection, where there is one.
    """

    authority: str
    name: str
    version: str | None
    kind: Literal["local", "at"]
    collection: str | None = None

    def __str__(self) -> str:
        if self.kind == "at":
            return f"at://{self.authority}/{self.collection}/{self.name}"
        return f"atdata://{self.authority}/sampleSchema/{self.name}@{self.version}"


def local_schema_ref(name: str, version: str) -> str:
    """Return the reference of a schema in a local index.

    Raises:
        SchemaError: the name or the version is none.

    Example:
        >>> local_schema_ref("Digit", "1.0.0")
        'atdata://local/sampleSchema/Digit@1.0.0'
    """
    return str(SchemaRef("local", check_name(name, "schema"), str(Version.parse(version)), "local"))


def parse_schema_ref(ref: object) -> SchemaRef:
    """Return what a reference says, in whichever of the four spellings.

    Raises:
        SchemaRefError: the text names no schema.

    Example:
        >>> parse_schema_ref("local://schemas/__main__.Digit@1.0.0").name
        'Digit'
        >>> parse_schema_ref("at://did:plc:x/ac.foundation.dataset.sampleSchema/3k").authority
        'did:plc:x'
    """
    if isinstance(ref, str) and len(ref) <= MAX_REF:
        if match := _ATDATA.fullmatch(ref):
            return _local(ref, *match.groups())
        if match := _LEGACY.fullmatch(ref):
            return _local(ref, "local", *match.groups())
        if match := _AT.fullmatch(ref):
            authority, collection, rkey = match.groups()
            return SchemaRef(authority, rkey, None, "at", collection)
    message = (
        f"{ref!r:.200} names no schema: write atdata://local/sampleSchema/Name@1.0.0 "
        "or at://did/collection/key"
    )
    raise SchemaRefError(message)


def _local(ref: str, authority: str, path: str, version: str) -> SchemaRef:
    # A dotted name is module and class; only the class is the schema's name.
    name = path.rpartition(".")[2]
    try:
        check_name(name, "schema")
        return SchemaRef(authority, name, str(Version.parse(version)), "local")
    except SchemaError as error:
        message = f"{ref!r:.200} names no schema: {error}"
        raise SchemaRefError(message) from error
