"""Exports: a dataset's samples as what the field's other tools take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Collection, Mapping

    import datasets
    import duckdb
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from atdata_nb.blocks import OnError
    from atdata_nb.dataset import Dataset
    from atdata_nb.scanning.events import OnEvent

T = TypeVar("T")
U = TypeVar("U")


class Exports(Generic[T]):
    """What a Dataset converts itself to; each conversion imports its library when it is called."""

    @property
    def _dataset(self) -> Dataset[T]:
        # Only a Dataset has these: the class keeps its conversions in a module of their own.
        return cast("Dataset[T]", self)

    # ---- as new samples and shards --------------------------------------------------------------

    def map(self, fn: Callable[[T], U], out_type: type[U] | None = None) -> Dataset[U]:
        """Return the dataset of what a function makes of each sample, when it is read.

        Args:
            fn: plain Python, called with one sample. On workers it is called there.
            out_type: type of what it returns, where its annotation does not say so.

        Raises:
            LensError: it does not take one sample, or does not say what it returns.

        Example:
            >>> import tempfile, pathlib
            >>> from atdata_nb import Dataset, packable
            >>> from atdata_nb.shards import write_shard
            >>> @packable
            ... class Row:
            ...     n: int
            >>> path = pathlib.Path(tempfile.mkdtemp()) / "rows.tar"
            >>> shard = write_shard(path, [Row(1), Row(2)])
            >>> list(Dataset[Row](path).map(lambda row: Row(row.n * 10), Row))
            [Row(n=10), Row(n=20)]
        """
        from atdata_nb.rewriting import map_dataset

        return map_dataset(self._dataset, fn, out_type)

    def write(
        self,
        store: Any,
        *,
        prefix: str,
        maxcount: int | None = None,
        maxsize: float | None = None,
        client: Any = None,
        on_event: OnEvent | None = None,
    ) -> Dataset[T]:
        """Write the samples as new shards of a store, several at a time; return that dataset.

        The shards, and what they are called, follow from the samples and the arguments, not from
        who writes them. The new dataset's metadata says what it is made from.

        Args:
            store: LocalDiskStore, S3DataStore, or another one with their ``write``. Workers on
                other machines must reach it: a folder that all of them share, or a bucket.
            prefix: folder in the store.
            maxcount: samples a shard; without it, a new shard for each old one.
            maxsize: most bytes of a shard, by default 256 MiB; what would be larger is cut.
            client: where the work is done: a Dask ``Client``, ``"processes"``, or what else
                `atdata_nb.map_shards` takes; without one, on threads.
            on_event: called with a ScanEvent of every part.

        Raises:
            EmptyDatasetError: there are no samples.
            ShardError: a shard can't be read, or a sample not be made; nothing new is left.
        """
        from atdata_nb.rewriting import write_dataset

        told: dict[str, Any] = {} if maxsize is None else {"maxsize": maxsize}
        return write_dataset(
            self._dataset,
            store,
            prefix=prefix,
            maxcount=maxcount,
            client=client,
            on_event=on_event,
            **told,
        )

    # ---- as tables -----------------------------------------------------------------------------

    def to_pandas(
        self, limit: int | None = None, *, flatten: bool | Collection[str] = False
    ) -> pd.DataFrame:
        """Return the samples as a DataFrame, a row a sample; arrays stay arrays.

        Args:
            limit: rows at most.
            flatten: array columns to be made one column an element, ``profile[3]``, by name; or
                True: all whose arrays have one shape and at most 1,024 elements, so that
                pictures and sounds are kept.

        Raises:
            SampleFieldError: there is no such column.
            SampleTypeError: a column that was named holds no arrays of one shape.

        Example:
            >>> import tempfile, pathlib
            >>> import numpy as np
            >>> from atdata_nb import Dataset, packable
            >>> from atdata_nb.shards import write_shard
            >>> @packable
            ... class Point:
            ...     name: str
            ...     xy: np.ndarray
            >>> path = pathlib.Path(tempfile.mkdtemp()) / "points.tar"
            >>> shard = write_shard(path, [Point("a", np.array([1.0, 2.0]))])
            >>> list(Dataset[Point](path).to_pandas(flatten=True))
            ['name', 'xy[0]', 'xy[1]']
        """
        from atdata_nb.tables import dataset_to_pandas

        return dataset_to_pandas(self._dataset, limit=limit, flatten=flatten)

    def to_arrow(self, limit: int | None = None) -> pa.Table:
        """Return the samples as an Arrow table; arrays become tensors where shapes agree.

        Args:
            limit: rows at most.
        """
        from atdata_nb.tables import dataset_to_arrow

        return dataset_to_arrow(self._dataset, limit=limit)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Give the samples to any library that reads Arrow, a batch at a time."""
        from atdata_nb.tables import dataset_to_stream

        return dataset_to_stream(self._dataset, requested_schema)

    def to_parquet(
        self,
        path: str | os.PathLike[str],
        sample_map: Callable[[T], Mapping[str, Any]] | None = None,
        maxcount: int | None = None,
        *,
        client: Any = None,
        **options: Any,
    ) -> list[str]:
        """Write the samples as Parquet, streaming; return the paths.

        Args:
            path: the file; with ``maxcount`` or ``client``, files ``{stem}-{000000}{suffix}``.
            sample_map: makes a row of a sample, if fields are not to be columns.
            maxcount: rows a file.
            client: where shards are written, each as a file of its own: a Dask ``Client``,
                ``"processes"``, or what else `atdata_nb.map_shards` takes.
            options: what ``pyarrow.parquet.ParquetWriter`` takes.

        Raises:
            ValueError: ``client`` together with ``maxcount`` or ``sample_map``.
        """
        from atdata_nb.tables import dataset_to_parquet, shards_to_parquet

        if client is not None:
            if maxcount is not None or sample_map is not None:
                raise ValueError("client writes a file a shard: without maxcount and sample_map")
            return shards_to_parquet(self._dataset, path, client=client, **options)
        return dataset_to_parquet(
            self._dataset, path, sample_map=sample_map, maxcount=maxcount, **options
        )

    def to_polars(self, limit: int | None = None) -> pl.DataFrame:
        """Return the samples as a Polars frame: arrays of one shape are Arrays, others Lists.

        ``polars.DataFrame(ds)`` reads a block at a time, but knows no arrays of several axes.

        Args:
            limit: rows at most.

        Raises:
            MissingExtraError: Polars is not installed.
        """
        from atdata_nb.tables import dataset_to_polars

        return dataset_to_polars(self._dataset, limit=limit)

    def to_duckdb(self, connection: Any = None) -> duckdb.DuckDBPyRelation:
        """Return the samples as a relation of DuckDB; each query reads them, block by block.

        Args:
            connection: where the relation is to be; None: DuckDB's own default.

        Raises:
            MissingExtraError: DuckDB is not installed.

        Example:
            >>> from atdata_nb import from_arrow
            >>> import pyarrow as pa
            >>> ds = from_arrow(pa.table({"n": [1, 2, 3]}))
            >>> ds.to_duckdb().aggregate("sum(n)").fetchall()
            [(6,)]
        """
        from atdata_nb.tables import dataset_to_duckdb

        return dataset_to_duckdb(self._dataset, connection)

    def to_huggingface(self, path: str | os.PathLike[str] | None = None) -> datasets.Dataset:
        """Return the samples as a ``datasets.Dataset``; images become ``Image``.

        Args:
            path: an Arrow file to write them to, block by block, and to map; None: into memory.

        Raises:
            MissingExtraError: datasets is not installed.
        """
        from atdata_nb.tables import dataset_to_huggingface

        return dataset_to_huggingface(self._dataset, path)

    def to_dask(
        self, *, client: Any = None, survey: bool = False, blocksize: int | str | None = None
    ) -> Any:
        """Return a Dask DataFrame, a partition a shard or block, that is read when it is computed.

        Columns are Arrow's, of the types that the schema says; arrays of one shape are tensors.
        Where the type leaves something open (shapes of arrays, or all of it), the first samples
        say it, and a shard that does not fit is an error when it is read.

        Args:
            client: where ``survey`` reads.
            survey: read all shards once for their types first.
            blocksize: samples of a partition at most, or about how many bytes of its shard, as in
                ``"64 MB"``; without it, a shard is one. One that can only be read in order, and
                one of a selection, stays whole.

        Raises:
            MissingExtraError: Dask or pyarrow is not installed.
            ValueError: ``blocksize`` is no size.
        """
        from atdata_nb.tables import dataset_to_dask

        return dataset_to_dask(self._dataset, client=client, survey=survey, blocksize=blocksize)

    def as_webdataset(self) -> Any:
        """Return a webdataset pipeline over the same source, members undecoded.

        Raises:
            MissingExtraError: webdataset is not installed.
        """
        from atdata_nb.tables import dataset_to_webdataset

        return dataset_to_webdataset(self._dataset)

    # ---- for training --------------------------------------------------------------------------

    def torch(
        self,
        batch_size: int = 32,
        *,
        shuffle: bool | int = False,
        seed: int | None = None,
        drop_last: bool = False,
        errors: OnError = "raise",
    ) -> Any:
        """Return a ``torch.utils.data.IterableDataset`` of batches, each a dict of tensors.

        It goes into a ``DataLoader`` with ``batch_size=None``. Every process and worker reads a
        part of its own: together they give each sample once. ``set_epoch`` changes the order of
        the next pass, ``state_dict`` and ``load_state_dict`` go on where a pass was left
        (docs/training.md).

        Args:
            batch_size: samples a batch; a reader's last batch may be shorter.
            shuffle: whether shards and samples come in random order; or how many samples to hold
                in memory, undecoded, and draw from; True holds 10,000.
            seed: with the epoch, decides that order. None: another order in each pass.
            drop_last: whether to leave out a shorter last batch.
            errors: as in `ordered`.

        Raises:
            MissingExtraError: torch is not installed.
        """
        from atdata_nb.training import torch_batches

        return torch_batches(
            self._dataset,
            batch_size=batch_size,
            shuffle=shuffle,
            seed=seed,
            drop_last=drop_last,
            errors=errors,
        )
