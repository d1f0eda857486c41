"""Tables: samples as pandas, Arrow, Parquet, and streams of the field's other tools.

pandas, pyarrow and webdataset are extras, imported by the function that needs them.
"""

from __future__ import annotations

from atdata_nb.tables.conversion import batch_to_arrow, dataset_to_arrow, dataset_to_stream
from atdata_nb.tables.frames import batch_to_pandas, dataset_to_pandas
from atdata_nb.tables.hugging_face import dataset_to_huggingface
from atdata_nb.tables.parquet import dataset_to_parquet
from atdata_nb.tables.partitions import dataset_to_dask, shards_to_parquet
from atdata_nb.tables.peers import dataset_to_duckdb, dataset_to_polars
from atdata_nb.tables.pipelines import dataset_to_webdataset
from atdata_nb.tables.statistics import ColumnStatistics, Statistics, describe
from atdata_nb.tables.tensors import array_row, row_to_array

__all__ = [
    "ColumnStatistics",
    "Statistics",
    "array_row",
    "batch_to_arrow",
    "batch_to_pandas",
    "dataset_to_arrow",
    "dataset_to_dask",
    "dataset_to_duckdb",
    "dataset_to_huggingface",
    "dataset_to_pandas",
    "dataset_to_parquet",
    "dataset_to_polars",
    "dataset_to_stream",
    "dataset_to_webdataset",
    "describe",
    "row_to_array",
    "shards_to_parquet",
]
