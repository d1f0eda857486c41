"""Distinct: how many different values came by, exactly while they are few, else estimated."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

# Relative error of the estimate: about 1 / sqrt(KEPT), three per cent.
KEPT: Final = 1024
_SPACE: Final = 1 << 64


@dataclass(slots=True)
class Distinct:
    """The smallest hashes of all values: their density tells how many values there are.

    Bar-Yossef et al., Counting distinct elements in a data stream (2002). Equal sets of values
    give equal sketches, in any order and any division into parts.

    Example:
        >>> some = Distinct()
        >>> some.add(["a", "b", "a"])
        >>> some.count, some.exact
        (2, True)
    """

    hashes: set[int] = field(default_factory=set)
    exact: bool = True

    @property
    def count(self) -> int:
        """Number of different values, or its estimate."""
        if self.exact:
            return len(self.hashes)
        return round((KEPT - 1) * _SPACE / (max(self.hashes) + 1))

    def add(self, values: Iterable[Any]) -> None:
        """Take in hashable values."""
        self._keep({_hash(value) for value in set(values)})

    def merge(self, other: Distinct) -> None:
        """Take in another sketch."""
        self._keep(other.hashes)
        self.exact = self.exact and other.exact

    def _keep(self, more: set[int]) -> None:
        self.hashes = self.hashes | more
        if len(self.hashes) > KEPT:
            self.hashes = set(sorted(self.hashes)[:KEPT])
            self.exact = False


def _hash(value: Any) -> int:
    # Python's own hash differs from process to process, and of small integers it is no hash.
    if isinstance(value, float):
        value += 0.0  # -0.0 is equal to 0.0
    data = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else _encode(value)
    kind = b"s" if isinstance(value, str) else b"v"
    return int.from_bytes(hashlib.blake2b(data, digest_size=8, person=kind).digest(), "big")


_encode = msgspec.msgpack.Encoder(enc_hook=str).encode
