"""Blocks: neighbouring samples of one shard, decoded together, each knowing its place."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeAlias, TypeVar

from atdata_nb.errors import AtdataError, ShardError, ShardSampleError, ShardWarning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from atdata_nb.samples.codec import Codec
    from atdata_nb.shards import RawBlock

T = TypeVar("T")
OnError: TypeAlias = Literal["raise", "warn"]


class Block(Generic[T]):
    """Decoded records of neighbouring samples.

    Attributes:
        shard: identifier of their shard.
        records: what the codec decoded.
        heads: offset of each one's tar header, where known.
    """

    __slots__ = ("_codec", "_keys", "heads", "records", "shard")

    def __init__(
        self,
        codec: Codec[T],
        shard: str,
        records: list[Any],
        keys: Sequence[str] | Callable[[], Sequence[str]],
        heads: Sequence[int] | None,
    ) -> None:
        self._codec, self.shard, self.records, self._keys = codec, shard, records, keys
        self.heads = heads

    def __len__(self) -> int:
        return len(self.records)

    @property
    def keys(self) -> Sequence[str]:
        """Keys of the samples."""
        if callable(self._keys):
            self._keys = self._keys()
        return self._keys

    def samples(self, start: int = 0, stop: int | None = None) -> list[T]:
        """Return the samples of a stretch.

        Raises:
            ShardSampleError: one does not decode.
        """
        records = self.records if stop is None and not start else self.records[start:stop]
        try:
            return self._codec.samples(records)
        except Exception:  # noqa: BLE001 - found again below, one by one, and named
            return [self._sample(start + i) for i in range(len(records))]

    def _sample(self, i: int) -> T:
        try:
            return self._codec.samples((self.records[i],))[0]
        except Exception as error:  # a user's __post_init__ may raise anything
            raise self.fault(i, error) from error

    def fault(self, i: int, error: Exception) -> ShardSampleError:
        """Return the error that says where a sample is."""
        return sample_fault(error, self.shard, self.keys[i], self.heads[i] if self.heads else None)

    def good(self) -> Block[T]:
        """Return the block without the samples that do not decode, warning of each."""
        try:
            self._codec.samples(self.records)
        except Exception:  # noqa: BLE001 - likewise
            kept = [i for i in range(len(self)) if self._decodes(i)]
        else:
            return self
        heads = None if self.heads is None else [self.heads[i] for i in kept]
        keys = [self.keys[i] for i in kept]
        return Block(self._codec, self.shard, [self.records[i] for i in kept], keys, heads)

    def _decodes(self, i: int) -> bool:
        try:
            self._sample(i)
        except ShardSampleError as error:
            warn_of(error)
            return False
        return True


def sample_fault(error: Exception, shard: str, key: str, head: int | None) -> ShardSampleError:
    """Return the error that says where a sample is."""
    reason = str(error) if isinstance(error, AtdataError) else f"{type(error).__name__}: {error}"
    return ShardSampleError(reason, shard=shard, member=f"{key}.msgpack", offset=head)


def warn_of(error: ShardError) -> None:
    """Warn of a fault that is stepped over."""
    warnings.warn(str(error), ShardWarning, stacklevel=3)


def decode_block(codec: Codec[T], raw: RawBlock, *, errors: OnError) -> Iterator[Block[T]]:
    """Decode a raw block; what comes before a fault is yielded before it is raised.

    Raises:
        ShardSampleError: a member is no sample of the type, and ``errors`` is not ``warn``.
    """
    if not raw.large:
        records = _decode_together(codec, raw)
        if len(records) == len(raw.payloads):
            yield Block(codec, raw.shard, records, raw.keys, raw.heads)
            return
    yield from _decode_singly(codec, raw, errors=errors)


def _decode_together(codec: Codec[T], raw: RawBlock) -> list[Any]:
    try:
        return codec.records(raw.payloads)
    except Exception:  # noqa: BLE001 - found again one by one, and named
        return []


def _decode_singly(codec: Codec[T], raw: RawBlock, *, errors: OnError) -> Iterator[Block[T]]:
    records, kept = [], []
    keys = raw.keys() if callable(raw.keys) else raw.keys
    fault: ShardSampleError | None = None
    for i, payload in enumerate(raw.payloads):
        try:
            records.append(codec.record(payload))
        except AtdataError as error:
            fault = sample_fault(error, raw.shard, keys[i], raw.heads[i])
            if errors == "raise":
                break
            warn_of(fault)
        else:
            kept.append(i)
    if records:
        yield Block(
            codec, raw.shard, records, [keys[i] for i in kept], [raw.heads[i] for i in kept]
        )
    if fault is not None and errors == "raise":
        raise fault
