"""Companion proof: whether what a record has beside a blob says what the blob's samples say."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.errors import AtdataError, CorruptShardError, ManifestError
from atdata_nb.manifests import Manifest
from atdata_nb.manifests.beside import manifest_columns, read_manifest
from atdata_nb.manifests.collecting import Collector
from atdata_nb.manifests.sidecar import read_columns
from atdata_nb.samples import DictSample
from atdata_nb.shards import Shard
from atdata_nb.shards.index_file import IndexFile, sha256_of
from atdata_nb.shards.reader import read_stream
from atdata_nb.shards.sources import COLUMNS_ENDING, INDEX_ENDING, MANIFEST_ENDING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atdata_nb.atmosphere.blob_source import BlobSource
    from atdata_nb.atmosphere.storage import Blob
    from atdata_nb.shards.reader import RawBlock

# Shards of any size are verified in little memory.
_HELD: Final = 1 << 20


class CompanionCheck:
    """Compares what lies beside one blob with its samples, while they are read.

    Its author wrote both, and a manifest that leaves samples out would hide them from every
    question: that shows only where all samples are looked at.

    Args:
        source: gives the blob, and what lies beside it.
        url: the blob.
        blob: as the record refers to it.
        sample_type: what the samples are looked at as.
    """

    def __init__(self, source: BlobSource, url: str, blob: Blob, sample_type: type) -> None:
        self._source, self._url, self._blob = source, url, blob
        self._collector = Collector(sample_type, held=_HELD)
        self._keys: list[str] = []
        self._heads: list[int] = []
        self._sizes: list[int] = []

    def read(self) -> None:
        """Read the blob to its end.

        Raises:
            ShardError: it is damaged.
            IntegrityError: it is not the blob that its CID names.
        """
        with self._source.open_shard(self._url) as stream:
            for block in read_stream(stream, self._url):
                self._take(block)
            finish: Any = getattr(stream, "finish", None)
            if finish is not None:
                finish()

    def _take(self, block: RawBlock) -> None:
        self._keys += block.keys() if callable(block.keys) else block.keys
        self._heads += block.heads
        self._sizes += [memoryview(one).nbytes for one in block.payloads]
        self._collector.add_many(block.payloads)

    def compare(self) -> None:
        """Compare.

        Raises:
            ManifestError: something beside it is damaged, or says something else.
        """
        there = dict(self._blob.beside)
        if INDEX_ENDING in there:
            self._compare_index()
        if MANIFEST_ENDING in there:
            self._compare_manifest()

    def _whole(self, ending: str) -> bytes:
        blob = dict(self._blob.beside)[ending]
        data = self._source.read_beside(self._url, ending, 0, blob.size)
        if data is None:
            raise ManifestError(f"its server does not give {blob.cid}, or it is too large")
        return data

    def _compare_index(self) -> None:
        data = self._whole(INDEX_ENDING)
        try:
            index = IndexFile(self._url, data, lambda start, n: data[start : start + n])
            keys, heads, sizes = index.columns()
        except CorruptShardError as error:
            raise ManifestError(error.reason) from error
        names = [key.decode("utf-8", "surrogateescape") for key in keys]
        same = (names, heads.tolist(), sizes.tolist()) == (self._keys, self._heads, self._sizes)
        if not same or sha256_of(data) != self._blob.sha256:
            raise ManifestError("the member index says that samples are where they are not")

    def _compare_manifest(self) -> None:
        blob = self._blob
        self._whole(MANIFEST_ENDING)
        manifest = read_manifest(
            self._source, self._url, Shard(self._url, 0, blob.size, blob.sha256, blob.cid)
        )
        assert manifest is not None  # noqa: S101 - it was read
        names = () if manifest.sidecar is None else tuple(manifest.sidecar.columns)
        columns = manifest_columns(self._source, self._url, manifest, names) if names else {}
        files = self._collector.finish(size=blob.size, sha256=blob.sha256)
        if not files or not _says_so(manifest, columns, files):
            raise ManifestError("the manifest says something else than the samples")


def _says_so(manifest: Manifest, columns: Mapping[str, Any], files: Mapping[str, bytes]) -> bool:
    own = Manifest.decode(files[MANIFEST_ENDING])
    if (own.samples, own.facts()) != (manifest.samples, manifest.facts()):
        return False
    known = set() if own.sidecar is None else own.sidecar.columns.keys()
    if not columns.keys() <= known:
        return False
    data = files.get(COLUMNS_ENDING, b"")
    found = read_columns(own, list(columns), partial(_part, data)) if columns else {}
    return all(_same(columns[name], found[name]) for name in columns)


def _part(data: bytes, start: int, length: int) -> bytes:
    return data[start : start + length]


def _same(one: Any, other: Any) -> bool:
    import pyarrow as pa

    if one.type != other.type or not one.is_null().equals(other.is_null()):
        return False
    if not pa.types.is_floating(one.type):
        return bool(one.equals(other))
    # NaN is no value's equal, not even its own.
    return all(part.equals(rest) for part, rest in zip(_parts(one), _parts(other), strict=True))


def _parts(column: Any) -> tuple[Any, Any]:
    import pyarrow.compute as pc

    nan = pc.is_nan(column)
    return nan, column.filter(pc.invert(nan))


def compare_companions(source: BlobSource, url: str, blob: Blob, sample_type: type | None) -> None:
    """Read a blob to its end, and compare what lies beside it with its samples.

    Args:
        source: gives the blob, and what lies beside it.
        url: the blob.
        blob: as the record refers to it.
        sample_type: built from the schema of the record; None where none could be.

    Raises:
        ManifestError: something beside it is damaged, or says something else.
        ShardError: it is no shard.
        AtdataError: it is not the blob that its CID names, or its server does not give it.
    """
    # Whoever wrote it may not have known the type: then it says what a dict of it would.
    kinds = [DictSample] if sample_type is None else [sample_type, DictSample]
    for kind in kinds:
        check = CompanionCheck(source, url, blob, kind)
        check.read()
        try:
            check.compare()
        except ManifestError:
            if kind is kinds[-1]:
                raise
        else:
            return


def type_of(entry: Any) -> type | None:
    """Return the sample type of an entry; None where none can be had."""
    try:
        found: type = entry.sample_type
    except (AtdataError, KeyError):
        return None
    return found
