"""AtUri: the address of a record, ``at://{authority}/{collection}/{rkey}``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from atdata_nb.atmosphere.names import check_collection, check_repo, check_rkey
from atdata_nb.errors import AtUriError

_PARTS = re.compile(r"at://([^/?#]+)/([^/?#]+)/([^/?#]+)")


@dataclass(frozen=True, slots=True)
class AtUri:
    """The address of a record (https://atproto.com/specs/at-uri-scheme).

    Attributes:
        authority: whose repository: a DID, or a handle.
        collection: its collection.
        rkey: its key there.

    Raises:
        AtUriError: a part is not what it has to be.

    Example:
        >>> uri = AtUri.parse("at://did:plc:abc/ac.foundation.dataset.record/3k2a")
        >>> uri.authority, uri.rkey
        ('did:plc:abc', '3k2a')
        >>> print(uri)
        at://did:plc:abc/ac.foundation.dataset.record/3k2a
    """

    authority: str
    collection: str
    rkey: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "authority", check_repo(self.authority))
        check_collection(self.collection)
        check_rkey(self.rkey)

    @classmethod
    def parse(cls, uri: str | AtUri) -> AtUri:
        """Return what a text says.

        Raises:
            AtUriError: it is no address of a record.
        """
        if isinstance(uri, AtUri):
            return uri
        found = _PARTS.fullmatch(uri)
        if found is None:
            raise AtUriError(
                f"{uri!r:.200} is no address of a record: write at://did/collection/key"
            )
        return cls(*found.groups())

    def __str__(self) -> str:
        return f"at://{self.authority}/{self.collection}/{self.rkey}"
