"""Manifest: what is in one shard, in a small file beside it (``{shard}.manifest.json``).

docs/formats.md has the layout. A manifest is bound to its shard by size and SHA-256, and carries a
checksum of its own. Nothing in it is believed further than that: samples that it leads to are
looked at again.
"""

from __future__ import annotations

import hashlib
from typing import Final

import msgspec

from atdata_nb.errors import ManifestError
from atdata_nb.manifests.facts import ColumnFacts  # noqa: TC001 - msgspec reads annotations

FORMAT: Final = "atdata-manifest"
VERSION: Final = 1
MAX_BYTES: Final = 8 << 20
MAX_COLUMNS: Final = 10_000
# Numbers of the samples that match are held in memory.
MAX_SAMPLES: Final = 1 << 28
# A sidecar is read into a buffer of its size.
MAX_SIDECAR: Final = 1 << 30


class Stretch(msgspec.Struct, frozen=True):
    """Some bytes of the sidecar: where they are, and their CRC-32."""

    offset: int
    length: int
    crc32: int


class Sidecar(msgspec.Struct, frozen=True):
    """The Parquet file of scalar columns beside a manifest.

    Attributes:
        size: bytes it has.
        sha256: its SHA-256.
        footer: its end, which says what is where.
        columns: bytes of each column.
    """

    size: int
    sha256: str
    footer: Stretch
    columns: dict[str, Stretch]


class Manifest(msgspec.Struct, frozen=True):
    """What is in one shard.

    Attributes:
        sha256: SHA-256 of the shard.
        size: bytes it has.
        samples: number of its samples.
        columns: what is known of each field.
        sidecar: where the values themselves are; None where no field has any that fit.
    """

    sha256: str
    size: int
    samples: int
    columns: tuple[ColumnFacts, ...] = ()
    sidecar: Sidecar | None = None
    format: str = FORMAT
    version: int = VERSION

    def encode(self) -> bytes:
        """Return the file's bytes."""
        body = msgspec.json.encode(self)
        digest = hashlib.sha256(body).hexdigest()
        return b'{"sha256":"%b","manifest":%b}\n' % (digest.encode(), body)

    @staticmethod
    def decode(data: bytes) -> Manifest:
        """Return the manifest that a file holds.

        Raises:
            ManifestError: it is none, damaged, or of another version.
        """
        try:
            outer = _read_outer(data)
            body = bytes(memoryview(outer.manifest))
            if hashlib.sha256(body).hexdigest() != outer.sha256:
                raise ManifestError("its checksum does not hold")
            head = _read_head(body)
            if head.format != FORMAT or head.version != VERSION:
                raise ManifestError(
                    f"it is {head.format[:40]!r} {head.version}, and this package reads version "
                    f"{VERSION} of {FORMAT!r}"
                )
            found = _read_manifest(body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise ManifestError(f"it is damaged, or no manifest: {error}") from error
        found.check()
        return found

    def check(self) -> None:
        """Check that its figures can be true.

        Raises:
            ManifestError: they can't.
        """
        names = [column.name for column in self.columns]
        # Each sample has a header in the shard, compressed or not.
        counted = 1 <= self.samples <= min(4 * self.size, MAX_SAMPLES)
        if not counted or len(set(names)) != len(names) or len(names) > MAX_COLUMNS:
            raise ManifestError("its figures make no sense")
        for one in self.columns:
            parts = (*one.kinds.values(), one.missing, one.absent, one.nan)
            if min(parts, default=0) < 0 or one.count + one.missing != self.samples:
                raise ManifestError(f"its figures for {one.name[:80]!r} make no sense")
        if self.sidecar is not None:
            self._check_sidecar(self.sidecar, set(names))

    def _check_sidecar(self, sidecar: Sidecar, names: set[str]) -> None:
        stretches = (sidecar.footer, *sidecar.columns.values())
        inside = all(
            one.offset >= 0 and one.length > 0 and one.offset + one.length <= sidecar.size
            for one in stretches
        )
        if not inside or sidecar.size > MAX_SIDECAR or not names >= sidecar.columns.keys():
            raise ManifestError("what it says of its columns makes no sense")

    def facts(self) -> dict[str, ColumnFacts]:
        """What is known of each field, by name."""
        return {column.name: column for column in self.columns}


class _Outer(msgspec.Struct):
    sha256: str
    manifest: msgspec.Raw


class _Head(msgspec.Struct):
    format: str
    version: int


# Made here, where one thread is: two that look at a class for the first time crash msgspec 0.22.
_read_outer = msgspec.json.Decoder(_Outer).decode
_read_head = msgspec.json.Decoder(_Head).decode
_read_manifest = msgspec.json.Decoder(Manifest).decode
