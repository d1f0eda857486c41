"""Packing: samples of any origin as one stream of payloads, cut into shards."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, Protocol, runtime_checkable

from atdata_nb.errors import SampleTypeError
from atdata_nb.shards.writer import is_running_number, pack_samples

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from atdata_nb.dataset import Dataset
    from atdata_nb.protocols import Buffer

MAX_COUNT: Final = 10_000
MAX_SIZE: Final = 256 << 20
_BLOCK: Final = 512
_TELL_EVERY: Final = 256


@dataclass(frozen=True, slots=True)
class Turn:
    """Which part of a dataset a store is given, where several write one dataset.

    Attributes:
        run: word that all of those have in common.
        number: number of the shard; if the part makes several, they share it.
    """

    run: str
    number: int


@runtime_checkable
class Packed(Protocol):
    """What knows its samples' bytes by itself."""

    def packed(self) -> Iterator[tuple[str | None, Buffer]]:
        """Key and bytes of each sample; the key is None where the writer may number."""
        ...


class OpenShard(Protocol):
    """A shard that payloads can be added to, like a ShardWriter."""

    samples: int

    def add(self, payload: Buffer, *, key: str | None = None) -> None:
        """Add one packed sample."""
        ...


def payloads(
    samples: Dataset[Any] | Packed | Iterable[Any], sample_type: type | None = None
) -> Iterator[tuple[str | None, Buffer]]:
    """Yield key and packed bytes of each sample; the key is None where the writer may number.

    A dataset that is not seen through a lens gives its bytes and keys as they are in its shards.

    Raises:
        SampleTypeError: a sample is not of the type, or not of the same as the first.
    """
    from atdata_nb.dataset import Dataset

    if isinstance(samples, Packed):
        yield from samples.packed()
        return
    same = isinstance(samples, Dataset) and sample_type in {None, samples.sample_type}
    if isinstance(samples, Dataset) and same and samples.is_raw:
        for key, payload in samples.raw():
            # Of samples that are picked out, the places they had mean nothing.
            old = samples.is_selection and is_running_number(key)
            yield (None if old else key), payload
        return
    if isinstance(samples, Dataset) and sample_type is None:
        # What it says of its samples is what will be listed.
        sample_type = samples.sample_type
    for payload in pack_samples(typed(samples, sample_type)):
        yield None, payload


def typed(samples: Iterable[Any], sample_type: type | None) -> Iterator[Any]:
    """Yield samples that are of a type, if one is given.

    Raises:
        SampleTypeError: one is of another.
    """
    for sample in samples:
        if sample_type is not None and type(sample) is not sample_type:
            raise SampleTypeError(
                f"a {type(sample).__qualname__} where {sample_type.__qualname__} was announced"
            )
        yield sample


def stored_type_of(
    samples: Dataset[Any] | Packed | Iterable[Any], sample_type: type | None
) -> tuple[Dataset[Any] | Packed | Iterable[Any], type | None]:
    """Return samples, and the type their bytes will be of; None where nothing tells.

    Of an iterator, the first sample is looked at.
    """
    from atdata_nb.dataset import Dataset

    if isinstance(samples, Dataset):
        return samples, sample_type or samples.sample_type
    if sample_type is not None:
        return samples, sample_type
    if isinstance(samples, Packed):
        return samples, getattr(samples, "sample_type", None)
    rest = iter(samples)
    for first in rest:
        return chain((first,), rest), type(first)
    return (), None


def cut(
    stream: Iterable[tuple[str | None, Buffer]],
    open_next: Callable[[], OpenShard],
    *,
    maxcount: int = MAX_COUNT,
    maxsize: float = MAX_SIZE,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Add payloads to shards and open the next shard in time; return how many there were.

    A shard is full when it has ``maxcount`` samples, or would grow past ``maxsize`` bytes; a
    sample that is larger alone gets a shard alone. A key that a shard has already begins the next
    one: that is how the numbering of several shards survives a copy.

    Args:
        stream: keys and payloads.
        open_next: closes the shard before, opens another.
        maxcount: most samples of a shard, 1 or more.
        maxsize: most bytes of a shard.
        progress: called with the number of samples so far, now and then and at the end.
    """
    if maxcount < 1:
        raise SampleTypeError(f"maxcount is 1 or more, got {maxcount}")
    shard: OpenShard | None = None
    total = size = 0
    keys: set[str] = set()
    for key, payload in stream:
        added = _BLOCK + -(-memoryview(payload).nbytes // _BLOCK) * _BLOCK
        if shard is None or shard.samples >= maxcount or size + added > maxsize or key in keys:
            shard, size = open_next(), 0
            keys.clear()
        shard.add(payload, key=key)
        if key is not None:
            keys.add(key)
        size += added
        total += 1
        if progress is not None and total % _TELL_EVERY == 0:
            progress(total)
    if progress is not None:
        progress(total)
    return total
