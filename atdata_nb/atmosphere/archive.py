"""Archive: the blocks of a CAR file, every one of them hashed again.

https://ipld.io/specs/transport/car/carv1/
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Final

from atdata_nb.cid import generate_cid_from_bytes
from atdata_nb.errors import IntegrityError

# Version 1, dag-cbor, SHA-256, 32 bytes: what the AT Protocol's repositories are made of.
_PREFIX: Final = bytes((0x01, 0x71, 0x12, 0x20))
_CID_LENGTH: Final = 36
_MAX_VARINT: Final = 9


@dataclass(frozen=True, slots=True)
class Archive:
    """Blocks by CID, all of which are what their CIDs say.

    Attributes:
        root: CID of the first root, as bytes.
        blocks: their bytes, by CID as bytes.
    """

    root: bytes
    blocks: dict[bytes, bytes]

    @classmethod
    def read(cls, data: bytes) -> Archive:
        """Return the blocks of a CAR file.

        Raises:
            IntegrityError: it is none, or a block is not what its CID says.
        """
        header, pos = _section(data, 0)
        told = _decoded(header, "the header")
        roots = told.get("roots") if isinstance(told, dict) else None
        root = roots[0] if isinstance(roots, list) and roots else None
        if not isinstance(root, bytes):
            raise IntegrityError("the proof is no archive: it has no root")
        blocks: dict[bytes, bytes] = {}
        while pos < len(data):
            section, pos = _section(data, pos)
            cid, block = section[:_CID_LENGTH], section[_CID_LENGTH:]
            if not cid.startswith(_PREFIX) or hashlib.sha256(block).digest() != cid[4:]:
                raise IntegrityError(f"a block of {len(block):,} bytes is not what its CID says")
            blocks[cid] = block
        return cls(root, blocks)

    def decode(self, cid: bytes, what: str) -> dict[str, Any]:
        """Return what a block says; links in it are bytes.

        Raises:
            IntegrityError: it is not there, or says nothing that can be read.
        """
        block = self.blocks.get(cid)
        if block is None:
            raise IntegrityError(f"the proof lacks {what}")
        found = _decoded(block, what)
        if not isinstance(found, dict):
            raise IntegrityError(f"{what} is no map")
        return found

    def text(self, cid: bytes) -> str:
        """Return a block's CID as text."""
        return generate_cid_from_bytes(self.blocks[cid])


def _section(data: bytes, pos: int) -> tuple[bytes, int]:
    length = shift = 0
    for byte in data[pos : pos + _MAX_VARINT]:
        pos += 1
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:  # noqa: PLR2004 - the last of a varint
            break
    else:
        raise IntegrityError("the proof is no archive, or was cut")
    if length > len(data) - pos:
        raise IntegrityError("the proof is no archive, or was cut")
    return data[pos : pos + length], pos + length


def _decoded(block: bytes, what: str) -> Any:
    import libipld

    try:
        return libipld.decode_dag_cbor(block)
    except (ValueError, RecursionError) as error:
        raise IntegrityError(f"{what} can't be read") from error
