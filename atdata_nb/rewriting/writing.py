"""Writing: a dataset's samples as new shards, each part by whoever is free."""

from __future__ import annotations

import contextlib
import secrets
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from atdata_nb.errors import EmptyDatasetError
from atdata_nb.protocols import ShardOpener
from atdata_nb.rewriting.provenance import provenance_of
from atdata_nb.rewriting.spans import spans_of
from atdata_nb.scanning import map_shards
from atdata_nb.shards import URLSource
from atdata_nb.stores.packing import MAX_SIZE, Turn

if TYPE_CHECKING:
    from atdata_nb.dataset import Dataset
    from atdata_nb.protocols import DataSource
    from atdata_nb.rewriting.spans import Span
    from atdata_nb.scanning.events import OnEvent
    from atdata_nb.shards import Shard

T = TypeVar("T")

_PATTERN: Final = frozenset("{}*?[]")


def write_dataset(
    ds: Dataset[T],
    store: Any,
    *,
    prefix: str,
    maxcount: int | None = None,
    maxsize: float = MAX_SIZE,
    client: Any = None,
    on_event: OnEvent | None = None,
) -> Dataset[T]:
    """Write a dataset into a store; return the new one. See `Dataset.write`."""
    from atdata_nb.dataset import Dataset

    shards = write_shards(
        ds,
        store,
        prefix=prefix,
        maxcount=maxcount,
        maxsize=maxsize,
        client=client,
        on_event=on_event,
    )
    source, named = _opened(store, shards)
    return Dataset(
        source,
        sample_type=ds.sample_type,
        schema=ds.schema,
        metadata=ds.metadata if ds.steps else provenance_of(ds, ds.metadata),
        written=named,
    )


def write_shards(
    ds: Dataset[Any],
    store: Any,
    *,
    prefix: str,
    maxcount: int | None = None,
    maxsize: float = MAX_SIZE,
    client: Any = None,
    on_event: OnEvent | None = None,
) -> list[Shard]:
    """Write a dataset's samples as shards of a store; return what was written, in order.

    What is in the shards and what they are called follows from the samples and the arguments, not
    from who wrote them. If it fails, what was new is deleted.

    Args:
        ds: the dataset.
        store: a store with ``write``, such as LocalDiskStore or S3DataStore.
        prefix: folder in the store.
        maxcount: samples a shard; without it, a new shard for each old one.
        maxsize: most bytes of a shard; what would be larger is cut.
        client: where the work is done; see `atdata_nb.map_shards`.
        on_event: called with a ScanEvent of every part.

    Raises:
        EmptyDatasetError: there are no samples.
        ShardError: a shard can't be read, or a sample not be made.
    """
    spans = spans_of(ds, maxcount, client)
    run = secrets.token_hex(6)
    write = partial(write_span, store=store, prefix=prefix, maxsize=maxsize, run=run)
    before = set(store.list(prefix)) if hasattr(store, "list") else set()
    done: list[Shard] = []
    try:
        for some in map_shards(write, spans, executor=client, on_event=on_event):
            done += some
    except BaseException:
        _take_back(store, [shard.url for shard in done if shard.url not in before])
        raise
    finally:
        if hasattr(store, "clean"):
            store.clean(run)
    if not done:
        raise EmptyDatasetError(f"{prefix}: there are no samples to write")
    return done


def write_span(span: Span, *, store: Any, prefix: str, maxsize: float, run: str) -> list[Shard]:
    """Write one span; none is no failure."""
    turn = Turn(run, span.number)
    count = sys.maxsize if span.stop is None else span.stop - span.start
    try:
        shards: list[Shard] = store.write(
            span, prefix=prefix, maxcount=count, maxsize=maxsize, turn=turn
        )
    except EmptyDatasetError:
        return []
    return shards


def _take_back(store: Any, urls: list[str]) -> None:
    # The failure before is the one to tell.
    for url in urls:
        with contextlib.suppress(Exception):
            store.delete(url)


def _opened(store: Any, shards: list[Shard]) -> tuple[DataSource, list[Shard]]:
    """Return a source of shards, and the shards by the identifiers that it gives them."""
    urls = [shard.url for shard in shards]
    opened = store.source(urls) if isinstance(store, ShardOpener) else None
    if opened is not None:
        return opened, shards
    named = [replace(shard, url=_literal(shard.url)) for shard in shards]
    return URLSource([shard.url for shard in named]), named


def _literal(url: str) -> str:
    # A path that a store wrote is no pattern, even where its root has braces.
    return url if _PATTERN.isdisjoint(url) or "://" in url else Path(url).as_uri()
