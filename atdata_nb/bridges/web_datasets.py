"""Web datasets: tar files with a member a field, as the webdataset package reads them."""

from __future__ import annotations

import json
import tarfile
from dataclasses import dataclass
from itertools import groupby, islice
from typing import IO, TYPE_CHECKING, Any, Final

import numpy as np

from atdata_nb.bridges.media import IMAGES, SOUNDS, Pixels, Waves
from atdata_nb.bridges.values import observed_field
from atdata_nb.dataset import Dataset
from atdata_nb.errors import (
    EmptyDatasetError,
    SampleDecodeError,
    SampleTypeError,
    TruncatedShardError,
)
from atdata_nb.samples.arrays import bytes_to_array
from atdata_nb.schemas import Field, FieldType, Schema, schema_to_type
from atdata_nb.schemas.names import class_name, field_names
from atdata_nb.shards import URLSource
from atdata_nb.shards.made import MadeSource, Rows
from atdata_nb.shards.pieces import as_file
from atdata_nb.shards.reader import uncompressed
from atdata_nb.shards.tar import BLOCK, split_name

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Mapping, Sequence

_LOOKED_AT: Final = 100
_MAX_MEMBER: Final = 1 << 30
_TEXTS: Final = frozenset({"txt", "text", "transcript"})
_NUMBERS: Final = frozenset({"cls", "cls2", "class", "count", "index", "id"})
_KEY: Final = Field("key", FieldType(kind="primitive", primitive="str"))


def from_webdataset(
    urls: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    *,
    fields: Mapping[str, str] | None = None,
    name: str = "samples",
) -> Dataset[Any]:
    """Return webdataset's tar files as a Dataset: their members become typed fields.

    ========================  ===================================================================
    ``.jpg .png .webp`` …     array of uint8, height × width × channels
    ``.flac .wav .ogg`` …     array of frames × channels, and ``{field}_rate``
    ``.npy``                  array
    ``.json``                 what it says
    ``.txt``                  text
    ``.cls .index .count``    integer
    anything else             bytes; nothing is ever unpickled
    ========================  ===================================================================

    Which fields there are, and their dtypes, follows from the first hundred samples. ``key`` is
    what a sample's members have in common. The files are read as they are needed, in order.

    Args:
        urls: paths and URLs, with brace and glob patterns.
        fields: names of the fields, and the endings of their members: ``{"image": "jpg;png",
            "label": "cls"}``; members without a field are left out. None: each ending is a field.
        name: what to call the dataset, and in CamelCase the sample type.

    Raises:
        UnsafeUrlError: a URL may not be opened; commands (``pipe:``) never.
        EmptyDatasetError: there is no sample.
        SampleDecodeError: a member is not what its ending says; it is named.

    Example:
        >>> import io, tempfile
        >>> path = tempfile.mkdtemp() + "/a.tar"
        >>> with tarfile.open(path, "w") as tar:
        ...     for member, data in (("0001.txt", b"a cat"), ("0001.cls", b"3")):
        ...         info = tarfile.TarInfo(member)
        ...         info.size = len(data)
        ...         tar.addfile(info, io.BytesIO(data))
        >>> list(from_webdataset(path, fields={"caption": "txt", "label": "cls"}))
        [Samples(caption='a cat', label=3, key='0001')]
    """
    rows = TarRows(URLSource(urls), fields, name)
    return Dataset(MadeSource(rows), sample_type=rows.sample_type, name=name)


@dataclass(frozen=True, slots=True)
class _Member:
    """One field of samples, and the members that may hold it.

    Attributes:
        endings: endings of these members.
        fields: the field, and for recordings that of their rate.
        decode: from a member's bytes to the fields' values.
    """

    endings: tuple[str, ...]
    fields: tuple[Field, ...]
    decode: Callable[[bytes], Sequence[Any]]


class TarRows(Rows):
    """Samples of tar files, a part a file."""

    def __init__(self, source: URLSource, fields: Mapping[str, str] | None, name: str) -> None:
        self._source = source
        first = list(islice(self._groups(), _LOOKED_AT))
        if not first:
            message = f"{name}: there is no sample in {len(source.list_shards())} files"
            raise EmptyDatasetError(message)
        wanted = _by_ending(first) if fields is None else _asked_for(fields)
        self._members = [_member(field, endings, first) for field, endings in wanted.items()]
        made = tuple(field for member in self._members for field in member.fields)
        key = () if any(field.name == "key" for field in made) else (_KEY,)
        self._keyed = bool(key)
        self.sample_type = schema_to_type(Schema(class_name(name), "1.0.0", (*made, *key)))

    def parts(self) -> Mapping[str, int | None]:
        """A part a file; only in order."""
        return dict.fromkeys(self._source.list_shards())

    def read(self, part: str, start: int = 0, stop: int | None = None) -> Iterator[Any]:
        """Samples of one file."""
        for key, members in islice(_grouped(self._source, part), start, stop):
            values: dict[str, Any] = {"key": key} if self._keyed else {}
            for member in self._members:
                values.update(_decoded(member, members, f"{part}: sample {key}"))
            yield self.sample_type(**values)

    def _groups(self) -> Iterator[dict[str, bytes]]:
        for shard in self._source.list_shards():
            for _, members in _grouped(self._source, shard):
                yield members


def _decoded(member: _Member, members: Mapping[str, bytes], where: str) -> dict[str, Any]:
    ending = next((ending for ending in member.endings if ending in members), None)
    if ending is None:
        if all(field.optional for field in member.fields):
            return {}
        names = " or ".join(f".{ending}" for ending in member.endings)
        message = f"{where} has no member {names}, and those before it had"
        raise SampleTypeError(message)
    try:
        values = member.decode(members[ending])
    except (ValueError, SampleDecodeError) as error:
        message = f"{where}.{ending}: {error}"
        raise SampleDecodeError(message) from error
    return {field.name: value for field, value in zip(member.fields, values, strict=True)}


def _grouped(source: URLSource, shard: str) -> Iterator[tuple[str, dict[str, bytes]]]:
    """Yield each sample's key and its members by ending."""
    with source.open_shard(shard) as stream:
        pieces = _Watched(uncompressed(stream, shard))
        members = _members(as_file(iter(pieces)), shard)
        for key, group in groupby(members, key=lambda member: member[0]):
            yield key, {ending: data for _, ending, data in group}
        pieces.check_end(shard)


class _Watched:
    """The bytes of an archive; whether they end as an archive does."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._last = pieces, b""

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            self._last = (self._last + piece[-BLOCK:])[-BLOCK:]
            yield piece

    def check_end(self, shard: str) -> None:
        # tarfile takes an archive that was cut between two members for a whole one (TRAPS C25).
        for piece in self._pieces:
            self._last = (self._last + piece[-BLOCK:])[-BLOCK:]
        if self._last != bytes(BLOCK):
            reason = "the archive ends without its end mark: it was cut here"
            raise TruncatedShardError(reason, shard=shard)


def _members(stream: IO[bytes], shard: str) -> Iterator[tuple[str, str, bytes]]:
    try:
        with tarfile.open(fileobj=stream, mode="r|") as tar:
            for info in tar:
                parts = split_name(info.name.encode("utf-8", "surrogateescape"))
                file = tar.extractfile(info) if parts is not None and info.isfile() else None
                if parts is None or file is None or info.size > _MAX_MEMBER:
                    continue
                key, ending = (part.decode("utf-8", "replace") for part in parts)
                yield key, ending, file.read()
    except (tarfile.TarError, EOFError) as error:
        reason = f"the archive can't be read on: {error}"
        raise TruncatedShardError(reason, shard=shard) from error


def _by_ending(samples: list[dict[str, bytes]]) -> dict[str, tuple[str, ...]]:
    endings = list(dict.fromkeys(ending for sample in samples for ending in sample))
    return {name: (ending,) for ending, name in zip(endings, field_names(endings), strict=True)}


def _asked_for(fields: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    return {
        name: tuple(ending.strip().lstrip(".").lower() for ending in endings.split(";"))
        for name, endings in fields.items()
    }


def _member(name: str, endings: tuple[str, ...], samples: list[dict[str, bytes]]) -> _Member:
    found = [next((s[e] for e in endings if e in s), None) for s in samples]
    there = [data for data in found if data is not None]
    if not there:
        message = f"no member .{' or .'.join(endings)} for the field {name!r}; look at the endings"
        raise SampleTypeError(message)
    optional = len(there) < len(found)
    # What comes after the last dot decides: "seg.png" is a PNG.
    kind = endings[0].rpartition(".")[2]
    if kind in IMAGES:
        pixels = Pixels.of(there, whole=False)
        return _Member(endings, (pixels.field(name, optional=optional),), _Alone(pixels.read))
    if kind in SOUNDS:
        waves = Waves.of(there, whole=False)
        return _Member(endings, waves.fields(name, f"{name}_rate", optional=optional), waves.read)
    read = _READERS.get(kind, bytes)
    if kind in _TEXTS:
        read = _text
    elif kind in _NUMBERS:
        read = int
    field = _free(observed_field(name, [read(data) for data in found if data is not None]))
    if optional:
        field = Field(name, field.type, optional=True, default=None)
    return _Member(endings, (field,), _Alone(read))


def _free(field: Field) -> Field:
    """Return a field that also holds what samples not looked at may have."""
    kind = field.type
    if kind.kind == "ndarray":
        return Field(field.name, FieldType(kind="ndarray", dtype=kind.dtype))
    return Field(field.name, FieldType(kind="primitive", primitive="any")) if kind.items else field


@dataclass(frozen=True, slots=True)
class _Alone:
    """Decodes a member that makes one field."""

    read: Callable[[bytes], Any]

    def __call__(self, data: bytes) -> tuple[Any]:
        return (self.read(data),)


def _text(data: bytes) -> str:
    return data.decode()


def _array(data: bytes) -> Any:
    # Never numpy.load: it would unpickle.
    return np.array(bytes_to_array(data))


_READERS: Final[dict[str, Callable[[bytes], Any]]] = {"npy": _array, "json": json.loads}
