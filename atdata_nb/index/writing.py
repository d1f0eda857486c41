"""Writing: samples on their way into a store, taken back if they cannot be listed."""

from __future__ import annotations

import contextlib
import re
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any

from atdata_nb.errors import EmptyDatasetError, SampleTypeError
from atdata_nb.index.draft import encode_metadata
from atdata_nb.samples import DictSample
from atdata_nb.schemas import schema_from_type
from atdata_nb.schemas.observed import Observed
from atdata_nb.stores import LocalDiskStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from atdata_nb.dataset import Dataset
    from atdata_nb.index.draft import Draft
    from atdata_nb.protocols import AbstractDataStore
    from atdata_nb.schemas import Schema
    from atdata_nb.shards import Shard

# Characters of a name that a store would refuse; the shards' names are told apart by their hash.
_UNFIT = re.compile(r"[^\w. /-]")
_LONGEST = 60
_LOOKED_AT = 1_000


def prefix_of(name: str) -> str:
    """Return the store prefix for a dataset's name.

    Parts that would lead elsewhere are left as they are: the store refuses them.

    >>> prefix_of("vision/digits {8×8}")
    'vision/digits _8_8_'
    """
    parts = (part.strip()[:_LONGEST].rstrip() for part in name.split("/"))
    return "/".join(_UNFIT.sub("_", part) for part in parts)


def schema_of(ds: Dataset[Any], name: str) -> Schema:
    """Return the schema of a dataset; where its type is not declared, of its first samples."""
    if ds.schema is not None:
        return ds.schema
    seen = Observed()
    for sample in ds.head(_LOOKED_AT):
        seen.look_at(sample)
    return seen.schema(name)


def with_metadata(draft: Draft, samples: Any) -> Draft:
    """Return a draft with a dataset's own metadata, where none was told."""
    from atdata_nb.dataset import Dataset

    if draft.metadata is not None or not isinstance(samples, Dataset):
        return draft
    return replace(draft, metadata=encode_metadata(samples.metadata))


class Writing:
    """Samples of one type, and the store they go to.

    Raises:
        EmptyDatasetError: there are no samples.
        SampleTypeError: they are of no sample type.
    """

    def __init__(
        self,
        store: AbstractDataStore,
        name: str,
        samples: Dataset[Any] | Iterable[Any],
        sample_type: type | None,
    ) -> None:
        from atdata_nb.dataset import Dataset

        self._store, self._name, self._prefix = store, name, prefix_of(name)
        self._new: list[str] = []
        self._seen = Observed()
        self._samples: Dataset[Any] | Iterable[Any] = samples
        self._type: type | None = sample_type
        self._known: Schema | None
        if isinstance(samples, Dataset) and sample_type in {None, samples.sample_type}:
            self._known = schema_of(samples, name)
            return
        found, rest = _typed(samples, sample_type, name)
        untyped = found is DictSample
        self._type, self._samples = found, self._seen.watch(rest) if untyped else rest
        self._known = None if untyped else schema_from_type(found)

    @property
    def schema(self) -> Schema:
        """Schema of the samples; of samples without a type, once they were written."""
        return self._known or self._seen.schema(self._name)

    def write(self, draft: Draft, **options: Any) -> Draft:
        """Write all samples; return the draft with where they are."""
        draft = with_metadata(draft, self._samples)
        store = self._store
        if not hasattr(store, "write"):
            return replace(draft, data_urls=tuple(self._write_by_protocol(**options)))
        before = set(store.list(self._prefix)) if hasattr(store, "list") else None
        shards = self._write_shards(options)
        urls = tuple(shard.url for shard in shards)
        # Shards that were there before are not ours to take back.
        self._new = [] if before is None else [url for url in urls if url not in before]
        return replace(
            draft,
            data_urls=urls,
            shards=tuple(shards),
            samples=sum(shard.samples for shard in shards),
            bytes=sum(shard.bytes for shard in shards),
        )

    def _write_shards(self, options: dict[str, Any]) -> list[Shard]:
        from atdata_nb.dataset import Dataset
        from atdata_nb.rewriting import write_shards

        store: Any = self._store
        if "client" not in options:
            written: list[Shard] = store.write(
                self._samples, prefix=self._prefix, sample_type=self._type, **options
            )
            return written
        if not isinstance(self._samples, Dataset):
            raise SampleTypeError("client= spreads a Dataset's shards: give samples without it")
        return write_shards(self._samples, store, prefix=self._prefix, **options)

    def _write_by_protocol(self, **options: Any) -> list[str]:
        # A store that only keeps the protocol takes a Dataset, so the samples become one.
        from atdata_nb.dataset import Dataset

        with tempfile.TemporaryDirectory() as folder:
            ds = self._samples
            if not isinstance(ds, Dataset):
                made = LocalDiskStore(folder).write(ds, prefix="samples", sample_type=self._type)
                ds = Dataset([shard.url for shard in made], sample_type=self._type)
            return self._store.write_shards(ds, prefix=self._prefix, **options)

    @contextmanager
    def undone_on_failure(self, discard: Callable[[Sequence[str]], None]) -> Iterator[None]:
        """Delete the shards that were written inside, if something inside fails.

        Args:
            discard: deletes those URLs that no entry has.
        """
        try:
            yield
        except BaseException:
            # The failure before is the one to tell.
            with contextlib.suppress(Exception):
                discard(self._new)
            raise


def _typed(
    samples: Iterable[Any], sample_type: type | None, name: str
) -> tuple[type, Iterable[Any]]:
    rest = iter(samples)
    for first in rest:
        return sample_type or type(first), chain([first], rest)
    raise EmptyDatasetError(f"{name}: there are no samples to write")
