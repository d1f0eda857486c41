"""Places: where a dataset that is listed without a copy can be found again."""

from __future__ import annotations

import glob
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from atdata_nb.errors import EmptyDatasetError, LensError, QueryError, ShardNotFoundError
from atdata_nb.index.draft import SchemaDraft
from atdata_nb.index.writing import schema_of, with_metadata
from atdata_nb.shards import URLSource, expand
from atdata_nb.shards.urls import local_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atdata_nb.dataset import Dataset
    from atdata_nb.index.draft import Draft
    from atdata_nb.protocols import DataSource


def where_it_is(ds: Dataset[Any], draft: Draft) -> Draft:
    """Return a draft with the schema, the URLs and, where all shards are files here, their size.

    Paths become absolute, so that a notebook in another folder finds them. A brace pattern stays
    one; what matches a ``*`` today is listed by name, or the entry would change by itself.

    Raises:
        LensError: the dataset is seen through a lens, and its shards hold another type.
        QueryError: the dataset is a selection of what is in its shards.
        ShardNotFoundError: a local shard is not there.
        EmptyDatasetError: the dataset has no shards.
    """
    if not ds.is_raw:
        raise LensError(
            f"{draft.name}: this dataset is seen through a lens, its shards hold another type; "
            "list the dataset itself, or pass copy=True to write what the lens shows"
        )
    if ds.is_selection:
        raise QueryError(
            f"{draft.name}: these are some of the samples of their shards, and a list of shards "
            "would lead to all; pass copy=True to write them as shards of their own"
        )
    urls = tuple(_lasting(ds.source))
    if not urls:
        raise EmptyDatasetError(f"{draft.name}: the dataset has no shards")
    return replace(
        with_metadata(draft, ds),
        schema=draft.schema or SchemaDraft(schema=schema_of(ds, draft.name)),
        data_urls=urls,
        bytes=_size(ds.source),
    )


def _lasting(source: Any) -> Iterator[str]:
    given = source.urls if isinstance(source, URLSource) else source.list_shards()
    for url in given:
        path = local_path(url)
        for one in expand(url) if path is not None and glob.has_magic(path) else [url]:
            # Joined, not normalized: a pattern may hold slashes and dots of its own.
            yield one if local_path(one) != one else str(Path.cwd() / one)


def _size(source: DataSource) -> int | None:
    # The same as isinstance(source, LocalPaths), without its 40 microseconds.
    local_path_of = getattr(source, "local_path", None)
    if local_path_of is None:
        return None
    total = 0
    for shard in source.list_shards():
        path: Path | None = local_path_of(shard)
        if path is None:
            return None
        try:
            total += path.stat().st_size
        except OSError as error:
            raise ShardNotFoundError(f"{shard}: {error.strerror or error}") from error
    return total
