"""Tree: the way from a signed commit to one record, through a Merkle search tree.

https://atproto.com/specs/repository
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.errors import IntegrityError

if TYPE_CHECKING:
    from atdata_nb.atmosphere.archive import Archive

# Two bits of SHA-256 a level: nobody's tree is deeper.
_MAX_DEPTH: Final = 128


def find_record(archive: Archive, root: bytes, key: str) -> bytes | None:
    """Return the CID, as bytes, that a tree has for ``collection/rkey``; None where it has none.

    Raises:
        IntegrityError: the tree is broken, out of order, or a part of the way is missing.
    """
    wanted, node = key.encode("ascii"), root
    low, high = b"", None
    for _ in range(_MAX_DEPTH):
        keys, values, links = _read(archive.decode(node, "a part of the tree"))
        _check_order(keys, low, high)
        place = sum(one < wanted for one in keys)
        if place < len(keys) and keys[place] == wanted:
            return values[place]
        link = links[place]
        if link is None:
            return None
        low = keys[place - 1] if place else low
        high = keys[place] if place < len(keys) else high
        node = link
    raise IntegrityError("the tree is deeper than any tree is")


def _read(node: dict[str, Any]) -> tuple[list[bytes], list[bytes], list[bytes | None]]:
    keys: list[bytes] = []
    values: list[bytes] = []
    links: list[bytes | None] = [_link(node.get("l"), optional=True)]
    entries = node.get("e")
    if not isinstance(entries, list):
        raise IntegrityError("a part of the tree has no entries")
    before = b""
    for entry in entries:
        try:
            shared, rest = entry["p"], entry["k"]
            value, right = entry["v"], entry.get("t")
        except (TypeError, KeyError, AttributeError):
            raise IntegrityError("an entry of the tree is broken") from None
        if type(shared) is not int or not 0 <= shared <= len(before) or type(rest) is not bytes:
            raise IntegrityError("an entry of the tree is broken")
        before = before[:shared] + rest
        found = _link(value, optional=False)
        assert found is not None  # noqa: S101 - checked by _link
        keys.append(before)
        values.append(found)
        links.append(_link(right, optional=True))
    return keys, values, links


def _link(value: Any, *, optional: bool) -> bytes | None:
    if isinstance(value, bytes) or (value is None and optional):
        return value
    raise IntegrityError("a link in the tree is broken")


def _check_order(keys: list[bytes], low: bytes, high: bytes | None) -> None:
    bounds = [low, *keys] if high is None else [low, *keys, high]
    if any(a >= b for a, b in itertools.pairwise(bounds)):
        raise IntegrityError("the tree is out of order")
