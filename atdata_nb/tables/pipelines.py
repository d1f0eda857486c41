"""Pipelines: the samples of a dataset as webdataset takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atdata_nb.shards import read_stream
from atdata_nb.tables.extras import need

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from atdata_nb.dataset import Dataset
    from atdata_nb.protocols import DataSource


def dataset_to_webdataset(ds: Dataset[Any]) -> Any:
    """Return a ``webdataset.DataPipeline`` over a dataset's shards, split by node and worker.

    It gives dicts with ``__key__``, ``__url__`` and the stored ``msgpack`` bytes, before any lens.

    Raises:
        MissingExtraError: webdataset is not installed.
    """
    wds = need("webdataset")
    return wds.DataPipeline(
        ShardList(ds.source), wds.split_by_node, wds.split_by_worker, SampleReader(ds.source)
    )


class ShardList:
    """First stage of a pipeline: the identifiers of a source's shards."""

    def __init__(self, source: DataSource) -> None:
        self.source = source

    def __call__(self) -> Iterator[dict[str, Any]]:
        """Give each shard as webdataset's splitters take it."""
        return ({"url": shard} for shard in self.source.list_shards())


class SampleReader:
    """Stage of a pipeline that reads shards.

    TRAPS S1: shards are opened by the source. webdataset's own opener would hand ``pipe:`` to a
    shell.

    Raises:
        ShardError: a shard is damaged; what came before was given.
    """

    def __init__(self, source: DataSource) -> None:
        self.source = source

    def __call__(self, shards: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Give the samples of shards."""
        for each in shards:
            shard = each["url"]
            with self.source.open_shard(shard) as stream:
                for block in read_stream(stream, shard):
                    keys = block.keys() if callable(block.keys) else block.keys
                    for key, payload in zip(keys, block.payloads, strict=True):
                        yield {"__key__": key, "__url__": shard, "msgpack": bytes(payload)}
