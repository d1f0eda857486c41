"""SampleBatch: neighbouring samples as columns, samples being made only when asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, overload

import numpy as np

from atdata_nb.display import Displayed
from atdata_nb.errors import SampleError, SampleFieldError, SampleTypeError
from atdata_nb.samples import DictSample
from atdata_nb.samples.codec import codec_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd
    import pyarrow as pa

    from atdata_nb.blocks import Block
    from atdata_nb.samples.codec import Codec

T = TypeVar("T")

_OWN = frozenset({"samples", "sample_type", "sample_keys", "to_pandas", "to_arrow"})


class SampleBatch(Displayed, Generic[T]):
    """Samples of one type, with each field as a column.

    A field is an attribute: arrays of one shape are stacked with the batch as first axis (a new,
    writable array), ragged or missing arrays and all else come as a list. A field whose name this
    class uses itself is reached by ``batch["name"]``.

    Raises:
        SampleTypeError: the samples are of several types.

    Example:
        >>> from atdata_nb import packable
        >>> @packable
        ... class Point:
        ...     label: str
        ...     xy: np.ndarray
        >>> batch = SampleBatch[Point]([Point("a", np.zeros(2)), Point("b", np.ones(2))])
        >>> batch.label, batch.xy.shape, len(batch)
        (['a', 'b'], (2, 2), 2)
    """

    def __init__(self, samples: Sequence[T], *, sample_type: type[T] | None = None) -> None:
        kinds = set(map(type, samples))
        if len(kinds) > 1:
            names = ", ".join(sorted(kind.__qualname__ for kind in kinds))
            message = f"a batch holds samples of one type, not of {names}"
            raise SampleTypeError(message)
        found: Any = sample_type or next(iter(kinds), DictSample)
        self._type: type[T] = found
        self._samples: list[T] | None = list(samples)
        self._parts: tuple[tuple[Block[Any], int, int], ...] = ()
        self._columns: dict[str, Any] = {}

    @classmethod
    def of_parts(cls, sample_type: type[T], parts: Sequence[tuple[Block[Any], int, int]]) -> Self:
        """Make a batch of stretches of decoded blocks."""
        batch = cls((), sample_type=sample_type)
        batch._samples, batch._parts = None, tuple(parts)
        return batch

    @property
    def sample_type(self) -> type[T]:
        """Type of the samples."""
        return self._type

    @property
    def samples(self) -> list[T]:
        """The samples.

        Raises:
            ShardSampleError: a sample does not decode; names shard, member and offset.
        """
        if self._samples is None:
            self._samples = [
                sample
                for block, start, stop in self._parts
                for sample in block.samples(start, stop)
            ]
        return self._samples

    @property
    def sample_keys(self) -> list[str]:
        """Keys of the samples in their shards; running numbers where they come from no shard."""
        if self._parts:
            return [key for block, start, stop in self._parts for key in block.keys[start:stop]]
        return [str(i) for i in range(len(self))]

    @property
    def field_names(self) -> tuple[str, ...]:
        """Names of the fields, in order."""
        names = self._codec.field_names()
        if names is None:
            keyed = (sample.keys() for sample in self.samples if isinstance(sample, DictSample))
            return tuple(dict.fromkeys(name for keys in keyed for name in keys))
        return names

    @property
    def _codec(self) -> Codec[T]:
        return codec_of(self._type)

    def column(self, name: str, *, stack: bool = True) -> Any:
        """Return one field of all samples.

        Args:
            name: the field.
            stack: whether arrays of one shape become one array; else they are listed.

        Raises:
            SampleFieldError: there is no such field.
            ShardSampleError: an array does not decode; names shard, member and offset.
        """
        names = self._codec.field_names()
        if names is not None and name not in names:
            message = f"no field {name!r}; there are: {', '.join(names) or 'none'}"
            raise SampleFieldError(message)
        if self._samples is not None:
            return self._of_samples(name, stack=stack)
        records = [record for block, lo, hi in self._parts for record in block.records[lo:hi]]
        try:
            return self._codec.column(records, name, stack=stack)
        except SampleFieldError:
            raise
        except SampleError:
            for block, start, stop in self._parts:
                block.samples(start, stop)  # raises for the sample, with its place
            raise

    def _of_samples(self, name: str, *, stack: bool) -> Any:
        from atdata_nb.samples.columns import stack_arrays

        samples: Sequence[Any] = self.samples
        if issubclass(self._type, DictSample):
            if not any(name in sample for sample in samples):
                message = f"no field {name!r}; there are: {', '.join(self.field_names) or 'none'}"
                raise SampleFieldError(message)
            values = [sample.get(name) for sample in samples]
        else:
            values = [getattr(sample, name) for sample in samples]
        arrays = any(isinstance(value, np.ndarray) for value in values)
        return stack_arrays(values) if stack and arrays else values

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self[name]

    @overload
    def __getitem__(self, item: int) -> T: ...
    @overload
    def __getitem__(self, item: str) -> Any: ...
    @overload
    def __getitem__(self, item: slice) -> SampleBatch[T]: ...
    def __getitem__(self, item: int | str | slice) -> Any:
        if isinstance(item, str):
            if item not in self._columns:
                self._columns[item] = self.column(item)
            return self._columns[item]
        if isinstance(item, slice):
            return self._slice(item)
        return self.samples[item]

    def _slice(self, item: slice) -> SampleBatch[T]:
        start, stop, step = item.indices(len(self))
        if not self._parts or step != 1:
            return SampleBatch(self.samples[item], sample_type=self._type)
        parts, at = [], 0
        for block, low, high in self._parts:
            first, last = max(low, low + start - at), min(high, low + stop - at)
            if first < last:
                parts.append((block, first, last))
            at += high - low
        return SampleBatch.of_parts(self._type, parts)

    def __len__(self) -> int:
        if self._samples is not None:
            return len(self._samples)
        return sum(stop - start for _, start, stop in self._parts)

    def __iter__(self) -> Iterator[T]:
        return iter(self.samples)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.field_names]

    def to_pandas(self) -> pd.DataFrame:
        """Return the batch as a DataFrame, a row a sample; arrays stay arrays."""
        from atdata_nb.tables import batch_to_pandas

        return batch_to_pandas(self)

    def to_arrow(self) -> pa.Table:
        """Return the batch as an Arrow table, a row a sample; arrays become tensors or lists."""
        from atdata_nb.tables import batch_to_arrow

        return batch_to_arrow(self)

    def __getstate__(self) -> dict[str, Any]:
        # Records are views of a mapped file: what travels to another process is their bytes.
        if self._samples is None:
            records = [record for block, lo, hi in self._parts for record in block.records[lo:hi]]
            dumped = self._codec.dump(records)
            return {"type": self._type, "records": dumped, "keys": self.sample_keys}
        return {"type": self._type, "samples": self._samples}

    def __setstate__(self, state: dict[str, Any]) -> None:
        from atdata_nb.blocks import Block

        self._type, self._columns = state["type"], {}
        self._samples, self._parts = state.get("samples"), ()
        if self._samples is None:
            records = self._codec.load(state["records"])
            block = Block(self._codec, "batch", records, state["keys"], None)
            self._parts = ((block, 0, len(records)),)

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}: {_describe(self._peek(name))}" for name in self.field_names)
        count = f"{len(self)} sample{'' if len(self) == 1 else 's'}"
        return f"SampleBatch[{self._type.__qualname__}]({count}; {fields})"

    def _peek(self, name: str) -> Any:
        try:
            return self[name]
        except SampleError as error:
            return error


def _describe(column: Any) -> str:
    if isinstance(column, np.ndarray):
        return f"{column.dtype} {'×'.join(map(str, column.shape))}"
    if isinstance(column, SampleError):
        return "unreadable"
    kinds = sorted({type(value).__name__ for value in column})
    return f"list of {' | '.join(kinds) or 'nothing'}"
