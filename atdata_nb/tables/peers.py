"""Peers: samples as Polars frames and DuckDB relations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atdata_nb.tables.conversion import dataset_to_arrow
from atdata_nb.tables.extras import need
from atdata_nb.tables.plain import PlainStream, plain_batch, plain_schema

if TYPE_CHECKING:
    import duckdb
    import polars as pl

    from atdata_nb.dataset import Dataset


def dataset_to_polars(ds: Dataset[Any], limit: int | None = None) -> pl.DataFrame:
    """Return a dataset as a Polars frame: arrays of one shape are Arrays, others Lists.

    Raises:
        MissingExtraError: Polars or pyarrow is not installed.
        ShardError: a shard or a sample can't be read.
    """
    polars = need("polars")
    table = dataset_to_arrow(ds, limit=limit)
    batches = [plain_batch(batch) for batch in table.to_batches()]
    plain = need("pyarrow").Table.from_batches(batches, plain_schema(table.schema))
    frame: pl.DataFrame = polars.from_arrow(plain)
    return frame


def dataset_to_duckdb(ds: Dataset[Any], connection: Any = None) -> duckdb.DuckDBPyRelation:
    """Return a dataset as a relation of DuckDB, read anew by each query, in memory of a block.

    Raises:
        MissingExtraError: DuckDB or pyarrow is not installed.
        ShardError: a shard or a sample can't be read.
    """
    module = need("duckdb")
    need("pyarrow")
    relation: duckdb.DuckDBPyRelation = (connection or module).from_arrow(PlainStream(ds))
    return relation
