"""Exports: a dataset's samples as what the field's other tools take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping

    import pandas as pd
    import pyarrow as pa

    from atdata_nb.blocks import OnError
    from atdata_nb.dataset import Dataset

T = TypeVar("T")


class Exports(Generic[T]):
    """What a Dataset converts itself to; each conversion imports its library when it is called."""

    @property
    def _dataset(self) -> Dataset[T]:
        # Only a Dataset has these: the class keeps its conversions in a module of their own.
        return cast("Dataset[T]", self)

    # ---- as tables -----------------------------------------------------------------------------

    def to_pandas(self, limit: int | None = None) -> pd.DataFrame:
        """Return the samples as a DataFrame, a row a sample; arrays stay arrays.

        Args:
            limit: rows at most.
        """
        from atdata_nb.tables import dataset_to_pandas

        return dataset_to_pandas(self._dataset, limit=limit)

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
        **options: Any,
    ) -> list[str]:
        """Write the samples as Parquet, streaming; return the paths.

        Args:
            path: the file; with ``maxcount``, files ``{stem}-{000000}{suffix}``.
            sample_map: makes a row of a sample, if fields are not to be columns.
            maxcount: rows a file.
            options: what ``pyarrow.parquet.ParquetWriter`` takes.
        """
        from atdata_nb.tables import dataset_to_parquet

        return dataset_to_parquet(
            self._dataset, path, sample_map=sample_map, maxcount=maxcount, **options
        )

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
