"""Dataset: typed samples in shards, in order, shuffled, or by number."""

from __future__ import annotations

import random
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, overload

from atdata_nb.batch import SampleBatch
from atdata_nb.blocks import Block, decode_block, warn_of
from atdata_nb.display import Displayed
from atdata_nb.errors import LensError, ShardError
from atdata_nb.exports import Exports
from atdata_nb.metadata import read_metadata
from atdata_nb.protocols import DataSource
from atdata_nb.samples import DictSample, field_specs, is_packable
from atdata_nb.samples.codec import codec_of
from atdata_nb.scanning import Pieces
from atdata_nb.shards import URLSource
from atdata_nb.shards.access import ShardAccess
from atdata_nb.shards.mixing import mix
from atdata_nb.shards.parts import even_blocks, part_of

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from atdata_nb.blocks import OnError
    from atdata_nb.lenses import Lens
    from atdata_nb.protocols import SamplesByNumber
    from atdata_nb.queries import Column, Expression
    from atdata_nb.rewriting import Step
    from atdata_nb.scanning.events import OnEvent
    from atdata_nb.schemas import Schema
    from atdata_nb.selection import Selection
    from atdata_nb.shards import RawBlock, Shard
    from atdata_nb.shards.members import MappedShard

    Location: TypeAlias = str | os.PathLike[str]

T = TypeVar("T")
U = TypeVar("U")


class Dataset(Exports[T], Displayed):
    """Samples of one type in the shards of a source.

    Args:
        source: a DataSource, or paths and URLs, with brace and glob patterns.
        metadata_url: where the dataset's metadata, one msgpack map, is read from.
        url: the same as ``source``, by its older name.
        sample_type: type of the samples; the same as ``Dataset[T](…)``. Without one, every sample
            is a DictSample.
        metadata: the metadata itself.
        name: what the dataset is called.
        schema: its schema, where it is not the sample type's own.
        written: what is known of its shards, by URL; each is checked when it is read whole.

    Raises:
        TypeError: no source.
        UnsafeUrlError: a URL may not be opened.
        ShardNotFoundError: a path leads to no file.

    Example:
        >>> import tempfile, pathlib
        >>> from atdata_nb import packable
        >>> from atdata_nb.shards import write_shard
        >>> @packable
        ... class Row:
        ...     n: int
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "rows.tar"
        >>> shard = write_shard(path, [Row(i) for i in range(5)])
        >>> ds = Dataset[Row](path)
        >>> len(ds), ds[3], [batch.n for batch in ds.ordered(batch_size=3)]
        (5, Row(n=3), [[0, 1, 2], [3, 4]])
    """

    def __init__(
        self,
        source: DataSource | Location | Sequence[Location] | None = None,
        metadata_url: str | None = None,
        *,
        url: str | None = None,
        sample_type: type[T] | None = None,
        metadata: Mapping[str, Any] | None = None,
        name: str | None = None,
        schema: Schema | None = None,
        written: Sequence[Shard] = (),
    ) -> None:
        given = url if source is None else source
        if given is None:
            message = "a Dataset needs a source: a path, a URL, or a DataSource"
            raise TypeError(message)
        self._source: DataSource = given if isinstance(given, DataSource) else URLSource(given)
        found: Any = sample_type or DictSample
        self._stored_type: type[Any] = found
        self._sample_type: type[T] = found
        self._lens: Lens[Any, T] | None = None
        self._schema = schema
        self._metadata_url = metadata_url
        self._metadata = None if metadata is None else dict(metadata)
        self.name = name
        self.steps: tuple[Step, ...] = ()
        self._written = tuple(written)
        self._access = self._new_access()
        self._access.check_files()

    def _new_access(self) -> ShardAccess:
        return ShardAccess(self._source, self._written)

    # typing sets this after __init__: it is how Dataset[T](…) learns of T.
    @property
    def __orig_class__(self) -> Any:
        raise AttributeError("__orig_class__")

    @__orig_class__.setter
    def __orig_class__(self, alias: Any) -> None:
        (sample_type,) = alias.__args__
        if isinstance(sample_type, type):
            self._stored_type = self._sample_type = sample_type

    # ---- what it is ----------------------------------------------------------------------------

    @property
    def sample_type(self) -> type[T]:
        """Type of the samples."""
        return self._sample_type

    @property
    def batch_type(self) -> type[SampleBatch[T]]:
        """Type of the batches."""
        return SampleBatch[self._sample_type]  # type: ignore[name-defined]

    @property
    def source(self) -> DataSource:
        """Where the shards come from."""
        return self._source

    @property
    def schema(self) -> Schema | None:
        """The schema of the samples; None where their type is not declared."""
        if self._schema is None and is_packable(self._sample_type):
            from atdata_nb.schemas import schema_from_type

            self._schema = schema_from_type(self._sample_type)
        return self._schema

    @property
    def metadata(self) -> dict[str, Any] | None:
        """What was written beside the data; read once.

        Raises:
            UrlError: ``metadata_url`` can't be read.
        """
        if self._metadata is None and self._metadata_url is not None:
            self._metadata = read_metadata(self._metadata_url)
        if not self.steps:
            return self._metadata
        from atdata_nb.rewriting.provenance import provenance_of

        return provenance_of(self, self._metadata)

    @property
    def field_names(self) -> tuple[str, ...]:
        """Names of the fields, in order; of the first samples where no type declares them."""
        if is_packable(self._sample_type):
            return tuple(spec.name for spec in field_specs(self._sample_type))
        return SampleBatch(self.head(20), sample_type=self._sample_type).field_names

    def list_shards(self) -> list[str]:
        """Identifiers of the shards, in order."""
        return self._source.list_shards()

    @property
    def shards(self) -> Iterator[str]:
        """Identifiers of the shards, one by one."""
        return iter(self.list_shards())

    @property
    def written(self) -> tuple[Shard, ...]:
        """What is known of its shards."""
        return self._written

    def by_shard(self) -> Pieces[Dataset[T]]:
        """Return a dataset of each shard, which knows all it takes to read it elsewhere."""
        known = {shard.url: shard for shard in self._written}
        return Pieces(self.list_shards(), lambda shard: self._part((shard,), known))

    def part(self, shards: Sequence[str]) -> Dataset[T]:
        """Return a dataset of some of the shards, which knows all it takes to read them elsewhere.

        Raises:
            ShardNotFoundError: one is not of this dataset.
        """
        return self._part(shards, {shard.url: shard for shard in self._written})

    def _part(self, shards: Sequence[str], known: Mapping[str, Shard]) -> Dataset[T]:
        part: Dataset[T] = object.__new__(type(self))
        part.__dict__.update(self.__getstate__())
        part._source = part_of(self._source, shards)
        part._written = tuple(known[shard] for shard in shards if shard in known)
        part._access = part._new_access()
        return part

    @property
    def is_raw(self) -> bool:
        """Whether samples are given as they are stored, with no lens between."""
        return self._lens is None

    def as_type(self, other: type[U] | Lens[T, U], /) -> Dataset[U]:
        """Return the same data seen as another type, through the cheapest chain of lenses.

        Args:
            other: the type; or the lens to go through, where none is registered or several are.

        Raises:
            LensNotFoundError: no chain of lenses leads there.
            AmbiguousLensError: several equally short ones do.

        Example:
            >>> import tempfile, pathlib
            >>> from atdata_nb import lens, packable
            >>> from atdata_nb.shards import write_shard
            >>> @packable
            ... class Celsius:
            ...     degrees: float
            >>> @packable
            ... class Kelvin:
            ...     kelvins: float
            >>> @lens
            ... def to_kelvin(sample: Celsius) -> Kelvin:
            ...     return Kelvin(sample.degrees + 273.15)
            >>> path = pathlib.Path(tempfile.mkdtemp()) / "a.tar"
            >>> shard = write_shard(path, [Celsius(0.0)])
            >>> list(Dataset[Celsius](path).as_type(Kelvin))
            [Kelvin(kelvins=273.15)]
        """
        from atdata_nb.lenses import DecodingLens, Lens, transform

        step: Lens[T, U] = other if isinstance(other, Lens) else transform(self._sample_type, other)
        if step.source_type is not self._sample_type:
            message = (
                f"{step!r} starts from {step.source_type.__qualname__}, these samples are "
                f"{self._sample_type.__qualname__}"
            )
            raise LensError(message)
        view: Dataset[U] = self._like(step.view_type)
        if other is self._sample_type:
            view._lens = self._lens  # type: ignore[assignment]
        elif isinstance(step, DecodingLens) and self._lens is None:
            # Nothing was decoded yet: decode as the other type at once.
            view._stored_type = step.view_type
        else:
            view._lens = step if self._lens is None else self._lens | step
        return view

    def where(self, condition: str | Expression | Column) -> Selection[T]:
        """Return the samples that match a condition: a dataset still, read as far as it is needed.

        Where manifests lie beside the shards, they tell which shards and samples match, and no
        others are read; elsewhere shards are read through. ``explain()`` tells which.

        Args:
            condition: as text, or typed (docs/queries.md).

        Raises:
            ExpressionError: it says nothing, or of a field that is not there.
            ComparisonError: the fields' types can't be compared with what they are compared with.

        Example:
            >>> import tempfile, pathlib
            >>> from atdata_nb import col, packable
            >>> from atdata_nb.shards import write_shard
            >>> @packable
            ... class Row:
            ...     n: int
            >>> path = pathlib.Path(tempfile.mkdtemp()) / "rows.tar"
            >>> shard = write_shard(path, [Row(i) for i in range(5)])
            >>> ds = Dataset[Row](path).where("n > 1")
            >>> ds.head(2), len(ds), [batch.n for batch in ds.where(col.n != 3).ordered(2)]
            ([Row(n=2), Row(n=3)], 3, [[2, 4]])
            >>> ds.explain()
            where n > 1
            scans 1 shard: no manifest
        """
        from atdata_nb.selection import Selection

        return Selection.of(self, condition)

    def build_manifests(
        self,
        *,
        store: Any = None,
        client: Any = None,
        on_event: OnEvent | None = None,
        force: bool = False,
    ) -> int:
        """Write what is in each shard beside it, so that `where` need not read the shards.

        Stores write manifests with their shards; this is for shards that have none.

        Args:
            store: where remote shards are, as a store that can write beside them.
            client: where shards are read: a Dask ``Client``, ``"processes"``, or threads of this
                process without one.
            on_event: called with a ScanEvent of every step.
            force: write those anew that are there.

        Returns:
            how many were written.

        Raises:
            QueryError: a shard is remote, and no store is given.
            MissingExtraError: pyarrow is not installed.
        """
        from atdata_nb.manifests.building import build_manifests

        return build_manifests(self, store=store, client=client, on_event=on_event, force=force)

    @property
    def is_selection(self) -> bool:
        """Whether there are samples in the shards that it does not give."""
        return False

    @property
    def stored_type(self) -> type[Any]:
        """The type that samples are decoded as, before any lens."""
        return self._stored_type

    def _like(self, sample_type: type[U]) -> Dataset[U]:
        view: Dataset[Any] = Dataset(
            self._source, self._metadata_url, sample_type=sample_type, metadata=self._metadata
        )
        view.name, view._access, view._stored_type = self.name, self._access, self._stored_type
        view._written, view.steps = self._written, self.steps
        return view

    # ---- in order ------------------------------------------------------------------------------

    def _blocks(
        self,
        *,
        errors: OnError = "raise",
        first: int | None = None,
        shards: Sequence[str] = (),
        even: bool = False,
    ) -> Iterator[Block[Any]]:
        for shard in shards or self.list_shards():
            try:
                raws = self._access.blocks(shard, first=first)
                yield from self.decode(even_blocks(raws) if even else raws, errors=errors)
            except ShardError as error:
                if errors == "raise":
                    raise
                warn_of(error)

    def _samples(self, block: Block[Any]) -> list[T]:
        samples = block.samples()
        return samples if self._lens is None else list(map(self._lens.get, samples))

    @overload
    def ordered(self, batch_size: None = None, *, errors: OnError = "raise") -> Iterator[T]: ...
    @overload
    def ordered(
        self, batch_size: int, *, errors: OnError = "raise"
    ) -> Iterator[SampleBatch[T]]: ...
    def ordered(self, batch_size: int | None = None, *, errors: OnError = "raise") -> Iterator[Any]:
        """Iterate over samples, or batches of them, in the order they are stored in.

        Args:
            batch_size: samples a batch; the last batch may be shorter. None gives samples.
            errors: ``raise``, or ``warn`` to step over what can't be read with a ShardWarning.

        Raises:
            ShardError: a shard or a sample can't be read; what came before it was given.
        """
        if batch_size is not None:
            _check_positive(batch_size, "batch_size")
            return self._batches(batch_size, errors)
        return self._each(errors)

    def _each(self, errors: OnError) -> Iterator[T]:
        for block in self._blocks(errors=errors):
            yield from self._samples(block)

    def _batches(self, size: int, errors: OnError) -> Iterator[SampleBatch[T]]:
        blocks = self._blocks(errors=errors, first=max(size, 1))
        yield from map(self.batch_of, _cut(blocks, size))

    def blockwise(
        self, *, first: int | None = None, errors: OnError = "raise", even: bool = False
    ) -> Iterator[SampleBatch[T]]:
        """Iterate over batches as they were decoded: bounded in bytes as well as in count.

        Args:
            first: samples in the first batch at most; later ones are larger.
            errors: as in `ordered`.
            even: cut batches by the samples alone, not by how the network delivers them.
        """
        for block in self._blocks(errors=errors, first=first, even=even):
            if self._lens is None:
                yield SampleBatch.of_parts(self._sample_type, [(block, 0, len(block))])
            else:
                yield SampleBatch(self._samples(block), sample_type=self._sample_type)

    def __iter__(self) -> Iterator[T]:
        return self._each("raise")

    def raw(self) -> Iterator[tuple[str, Any]]:
        """Iterate over keys and msgpack bytes, undecoded: what a copy needs."""
        for shard in self.list_shards():
            for block in self._access.blocks(shard):
                keys = block.keys() if callable(block.keys) else block.keys
                yield from zip(keys, block.payloads, strict=True)

    def raw_blocks(self, shard: str, *, first: int | None = None) -> Iterator[RawBlock]:
        """Iterate over one shard's samples as raw blocks: undecoded, in order.

        Args:
            shard: its identifier.
            first: samples in the first block at most; a stream then reads no further ahead.

        Raises:
            ShardError: the shard can't be read; what came before the fault was given.
        """
        return self._access.blocks(shard, first=first)

    def decode(
        self, raws: Iterable[RawBlock], *, errors: OnError = "raise"
    ) -> Iterator[Block[Any]]:
        """Decode raw blocks, as the type they are stored as.

        Args:
            raws: the blocks.
            errors: as in `ordered`.
        """
        codec = codec_of(self._stored_type)
        for raw in raws:
            for block in decode_block(codec, raw, errors=errors):
                yield block.good() if errors == "warn" else block

    def batch_of(self, parts: Iterable[tuple[Block[Any], int, int]]) -> SampleBatch[T]:
        """Return stretches of decoded blocks as one batch, seen through the lens."""
        if self._lens is None:
            return SampleBatch.of_parts(self._sample_type, list(parts))
        stored = (sample for block, start, stop in parts for sample in block.samples(start, stop))
        return SampleBatch(list(map(self._lens.get, stored)), sample_type=self._sample_type)

    def _raw_blocks(self) -> Iterator[RawBlock]:
        for shard in self.list_shards():
            yield from self._access.blocks(shard)

    # ---- shuffled ------------------------------------------------------------------------------

    @overload
    def shuffled(
        self,
        buffer_shards: int = ...,
        buffer_samples: int = ...,
        batch_size: None = None,
        *,
        seed: int | None = None,
        errors: OnError = "raise",
    ) -> Iterator[T]: ...
    @overload
    def shuffled(
        self,
        buffer_shards: int = ...,
        buffer_samples: int = ...,
        *,
        batch_size: int,
        seed: int | None = None,
        errors: OnError = "raise",
    ) -> Iterator[SampleBatch[T]]: ...
    def shuffled(
        self,
        buffer_shards: int = 100,
        buffer_samples: int = 10_000,
        batch_size: int | None = None,
        *,
        seed: int | None = None,
        errors: OnError = "raise",
    ) -> Iterator[Any]:
        """Iterate over samples, or batches of them, in random order.

        Shards are drawn from a buffer of ``buffer_shards``, samples from one of
        ``buffer_samples``; both buffers at least as large as what they hold shuffle fully.

        Args:
            buffer_shards: shards to draw from.
            buffer_samples: samples to draw from; they are held in memory.
            batch_size: samples a batch; None gives samples.
            seed: equal seeds give equal orders.
            errors: as in `ordered`.
        """
        for value, what in ((buffer_shards, "buffer_shards"), (buffer_samples, "buffer_samples")):
            _check_positive(value, what)
        chance = random.Random(seed)  # noqa: S311 - an order, not a secret
        shards = list(mix(iter(self.list_shards()), buffer_shards, chance))
        each = (s for b in self._blocks(errors=errors, shards=shards) for s in self._samples(b))
        mixed = mix(each, buffer_samples, chance)
        if batch_size is None:
            return mixed
        _check_positive(batch_size, "batch_size")
        return self._collect(mixed, batch_size)

    def _collect(self, samples: Iterator[T], size: int) -> Iterator[SampleBatch[T]]:
        while batch := list(islice(samples, size)):
            yield SampleBatch(batch, sample_type=self._sample_type)

    # ---- by number -----------------------------------------------------------------------------

    def __len__(self) -> int:
        """Number of samples.

        Raises:
            NotRandomAccessError: a shard is remote or compressed; its members can't be counted
                without reading it whole.
        """
        return self._access.total()

    @overload
    def __getitem__(self, item: int) -> T: ...
    @overload
    def __getitem__(self, item: slice) -> list[T]: ...
    def __getitem__(self, item: int | slice) -> T | list[T]:
        """Return the sample at a place, or the samples of a slice.

        Raises:
            IndexError: there are fewer samples.
            NotRandomAccessError: a shard is remote or compressed.
        """
        if isinstance(item, slice):
            return self.take(range(*item.indices(len(self))))
        shard, i = self._access.locate(item)
        return self._decoded(shard, i, shard.payload(i))

    def take(self, places: Sequence[int]) -> list[T]:
        """Return the samples at some places, in that order; remote ones come in few requests.

        Raises:
            IndexError: there are fewer samples.
            NotRandomAccessError: a shard is remote or compressed.
        """
        return [self._decoded(*found) for found in self._access.payloads(places)]

    def raw_at(self, i: int) -> RawBlock:
        """Return one sample undecoded, as a raw block of one: its shard, key and place with it.

        Raises:
            IndexError: there are fewer samples.
            NotRandomAccessError: a shard is remote or compressed.
        """
        from atdata_nb.shards import RawBlock

        ((shard, place, payload),) = self._access.payloads([i])
        key, head = shard.where(place)
        # Decoded where it lies: it may be huge.
        return RawBlock(shard.shard, [key], [payload], [head], large=True)

    def raw_some(self, shard: str, places: Sequence[int]) -> RawBlock:
        """Return some samples of one shard undecoded, by their places in it.

        Raises:
            NotRandomAccessError: it is compressed, or remote without a member index.
        """
        from atdata_nb.manifests.selecting import fetch

        return fetch(self._access, shard, places, None)

    def _decoded(self, shard: MappedShard | SamplesByNumber, i: int, payload: Any) -> T:
        codec = codec_of(self._stored_type)
        try:
            stored = codec.unpack(payload)
        except Exception as error:  # a user's __post_init__ may raise anything
            from atdata_nb.blocks import sample_fault

            raise sample_fault(error, shard.shard, *shard.where(i)) from error
        return stored if self._lens is None else self._lens.get(stored)

    def head(self, n: int = 5) -> list[T]:
        """Return the first ``n`` samples, reading no further than needed."""
        near = self._access.first(n)
        if near is not None:
            return [self._decoded(*found) for found in near]
        out: list[T] = []
        for block in self._blocks(first=max(1, min(n, 4096))):
            out += self._samples(block)
            if len(out) >= n:
                break
        return out[:n]

    def sample(self, n: int = 5, seed: int | None = None) -> list[T]:
        """Return ``n`` samples drawn at random without replacement; all, if there are fewer.

        Local shards are read at those places only; a stream is read whole, in memory of ``n``.
        """
        chance = random.Random(seed)  # noqa: S311 - an order, not a secret
        if self._access.is_random():
            places = chance.sample(range(len(self)), min(n, len(self)))
            return self.take(places)
        kept: list[T] = []
        for i, each in enumerate(self):
            if i < n:
                kept.append(each)
            elif (place := chance.randrange(i + 1)) < n:
                kept[place] = each
        chance.shuffle(kept)
        return kept

    def keys(self) -> Iterator[str]:
        """Iterate over the samples' keys."""
        for block in self._raw_blocks():
            yield from block.keys() if callable(block.keys) else block.keys

    # ---- itself --------------------------------------------------------------------------------

    def __getstate__(self) -> dict[str, Any]:
        # Open files stay where they are.
        return {name: value for name, value in self.__dict__.items() if name != "_access"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._access = self._new_access()

    def __repr__(self) -> str:
        shards = self.list_shards()
        facts = [f"{len(shards)} shard{'' if len(shards) == 1 else 's'}"]
        if self.name:
            facts.insert(0, repr(self.name))
        if is_packable(self._sample_type):
            names = ", ".join(spec.name for spec in field_specs(self._sample_type))
            facts.append(f"fields: {names}")
        if self._lens is not None:
            facts.append(f"seen from {self._stored_type.__qualname__}")
        return f"Dataset[{self._sample_type.__qualname__}]({'; '.join(facts)})"


def _check_positive(value: int, what: str) -> None:
    if value < 1:
        message = f"{what} is {value}; it must be at least 1"
        raise ValueError(message)


def _cut(blocks: Iterator[Block[Any]], size: int) -> Iterator[list[tuple[Block[Any], int, int]]]:
    """Cut blocks into stretches that together hold ``size`` samples."""
    parts: list[tuple[Block[Any], int, int]] = []
    wanted = size
    for block in blocks:
        start, stop = 0, len(block)
        while stop - start >= wanted:
            parts.append((block, start, start + wanted))
            yield parts
            start, parts, wanted = start + wanted, [], size
        if start < stop:
            parts.append((block, start, stop))
            wanted -= stop - start
    if parts:
        yield parts
