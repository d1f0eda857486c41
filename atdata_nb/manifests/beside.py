"""Beside: a shard's manifest, read where the shard is, and whether it fits the shard."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.errors import AtdataError, ManifestError
from atdata_nb.manifests.manifest import MAX_BYTES, Manifest
from atdata_nb.manifests.sidecar import read_columns
from atdata_nb.protocols import Accompanied, Checksummed, Indexed, LocalPaths, RangeReadable
from atdata_nb.shards.index_file import HEADER_BYTES, sha256_of
from atdata_nb.shards.sources import COLUMNS_ENDING, MANIFEST_ENDING
from atdata_nb.shards.tar import BLOCK

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from atdata_nb.protocols import DataSource
    from atdata_nb.shards import Shard

_FIRST_READ: Final = 64 << 10
_PIECE: Final = 4 << 20
# Only a compressed shard has more samples than blocks; of a stranger's, not even that is believed.
_MANY: Final = 1 << 20


def read_manifest(source: DataSource, shard: str, written: Shard | None = None) -> Manifest | None:
    """Return the manifest beside a shard; None where there is none.

    Args:
        source: gives the shard.
        shard: its identifier.
        written: what is known of the shard.

    Raises:
        ManifestError: it is damaged, or of another shard, or of another version of this one.
    """
    if not isinstance(source, Accompanied):
        return None
    data = source.read_beside(shard, MANIFEST_ENDING, 0, _FIRST_READ)
    if not data:
        return None
    if len(data) == _FIRST_READ:
        data += source.read_beside(shard, MANIFEST_ENDING, _FIRST_READ, MAX_BYTES) or b""
    manifest = Manifest.decode(data)
    _check_fits(manifest, source, shard, written)
    return manifest


def manifest_columns(
    source: DataSource, shard: str, manifest: Manifest, names: Sequence[str]
) -> dict[str, Any]:
    """Return columns of the sidecar beside a shard.

    Raises:
        ManifestError: it is not there, damaged, or another one.
    """
    assert isinstance(source, Accompanied)  # noqa: S101 - its manifest was read
    return read_columns(manifest, names, partial(source.read_beside, shard, COLUMNS_ENDING))


def _check_fits(manifest: Manifest, source: DataSource, shard: str, written: Shard | None) -> None:
    if written is not None:
        # Who read of it in a record does not know how many samples it has.
        known = written.sha256, written.bytes, written.samples or manifest.samples
        if known != (manifest.sha256, manifest.size, manifest.samples):
            raise ManifestError("it is of another version of the shard")
        if not written.samples and manifest.samples > max(written.bytes // BLOCK, _MANY):
            raise ManifestError("its figures make no sense")
        return
    known_sum = source.sha256(shard) if isinstance(source, Checksummed) else None
    if known_sum not in {None, manifest.sha256}:
        raise ManifestError("it is of another version of the shard")
    path = source.local_path(shard) if isinstance(source, LocalPaths) else None
    if path is not None:
        _check_file(manifest, path)
        return
    if isinstance(source, RangeReadable) and not _ends_there(manifest, source, shard):
        raise ManifestError("it is of a shard of another size")
    if isinstance(source, Indexed):
        start = source.read_index(shard, 0, HEADER_BYTES)
        if start and sha256_of(start) not in {None, manifest.sha256}:
            raise ManifestError("it and the shard's member index are of two shards")


def _check_file(manifest: Manifest, path: Path) -> None:
    stat = path.stat()
    if stat.st_size != manifest.size:
        raise ManifestError("it is of a shard of another size")
    beside = path.with_name(path.name + MANIFEST_ENDING)
    # A manifest is written behind its shard. Where the shard is younger, its bytes decide.
    if stat.st_mtime_ns > beside.stat().st_mtime_ns and _sha256(path) != manifest.sha256:
        raise ManifestError("the shard was changed after it was made")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _ends_there(manifest: Manifest, source: RangeReadable, shard: str) -> bool:
    """Whether a remote shard has the size that its manifest says, by its last byte."""
    try:
        return len(source.read_range(shard, manifest.size - 1, 2)) == 1
    except AtdataError:
        return False
