"""Readings: the undecoded samples of some pieces, in order or mixed, from any place on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol

from atdata_nb.blocks import warn_of
from atdata_nb.errors import ShardError
from atdata_nb.shards import RawBlock
from atdata_nb.shards.mixing import mix

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Sequence

    from atdata_nb.blocks import OnError
    from atdata_nb.dataset import Dataset
    from atdata_nb.training.shares import Piece


@dataclass(frozen=True, slots=True)
class Place:
    """How far a reader has come.

    Attributes:
        piece: number of the piece it is in.
        sample: samples of that piece that were taken.
        drawn: samples of all pieces that were taken.
    """

    piece: int = 0
    sample: int = 0
    drawn: int = 0


class Reading(Protocol):
    """Samples to be taken one after the other."""

    place: Place

    def take(self, count: int) -> list[RawBlock]:
        """Return the next ``count`` samples; fewer at the end, and then none."""
        ...


@dataclass(slots=True)
class _Stretch:
    """Samples of one block that belong to a piece; ``at`` of that piece's came before them."""

    raw: RawBlock
    piece: int
    at: int = 0

    def __len__(self) -> int:
        return len(self.raw.payloads)

    def cut(self, chosen: slice) -> RawBlock:
        """Return some of them."""
        raw = self.raw
        return replace(
            raw,
            keys=lambda: _keys(raw)[chosen],
            payloads=raw.payloads[chosen],
            heads=raw.heads[chosen],
        )

    def without(self, count: int) -> _Stretch:
        """Return all but the first ones."""
        return _Stretch(self.cut(slice(count, None)), self.piece, self.at + count)


class InOrder:
    """Samples as they are stored."""

    def __init__(
        self, ds: Dataset[Any], pieces: Sequence[Piece], errors: OnError, place: Place
    ) -> None:
        self.place = place
        self._stretches = _stretches(ds, pieces, errors, place)
        self._held: _Stretch | None = None
        self._used = 0  # of those held

    def take(self, count: int) -> list[RawBlock]:
        """Return the next samples."""
        taken = []
        while count > 0:
            if self._held is None or self._used == len(self._held):
                self._held, self._used = next(self._stretches, None), 0
            if self._held is None:
                break
            start, stop = self._used, min(self._used + count, len(self._held))
            taken.append(self._held.cut(slice(start, stop)))
            self._used = stop
            count -= stop - start
            drawn = self.place.drawn + stop - start
            self.place = Place(self._held.piece, self._held.at + stop, drawn)
        return taken


class Mixed:
    """Samples drawn at random from a buffer that is filled in order.

    What was drawn before ``place`` is drawn again, without being decoded.
    """

    def __init__(
        self,
        ds: Dataset[Any],
        pieces: Sequence[Piece],
        errors: OnError,
        place: Place,
        *,
        buffer: int,
        chance: random.Random,
    ) -> None:
        samples = _singles(_stretches(ds, pieces, errors, Place()))
        self._samples = mix(samples, buffer, chance)
        self.place = place
        self._missed = place.drawn

    def take(self, count: int) -> list[RawBlock]:
        """Return the next samples."""
        # Here and not before: what can't be read is reported when it is asked for.
        missed, self._missed = self._missed, 0
        taken = list(islice(self._samples, missed, missed + count))
        self.place = Place(drawn=self.place.drawn + len(taken))
        return taken


def _stretches(
    ds: Dataset[Any], pieces: Sequence[Piece], errors: OnError, place: Place
) -> Iterator[_Stretch]:
    for number in range(place.piece, len(pieces)):
        skip = place.sample if number == place.piece else 0
        try:
            for stretch in _of_piece(ds, pieces[number], number):
                late = min(max(skip - stretch.at, 0), len(stretch))
                if late < len(stretch):
                    yield stretch.without(late) if late else stretch
        except ShardError as error:
            if errors == "raise":
                raise
            warn_of(error)


def _of_piece(ds: Dataset[Any], piece: Piece, number: int) -> Iterator[_Stretch]:
    seen, own = 0, 0
    for raw in ds.raw_blocks(piece.shard):
        stretch = _Stretch(raw, number, own)
        if piece.step > 1:
            chosen = slice((piece.start - seen) % piece.step, None, piece.step)
            stretch = _Stretch(stretch.cut(chosen), number, own)
        if len(stretch):
            yield stretch
        seen, own = seen + len(raw.payloads), own + len(stretch)


def _singles(stretches: Iterator[_Stretch]) -> Iterator[RawBlock]:
    for stretch in stretches:
        raw = stretch.raw
        keys = _keys(raw)
        for key, payload, head in zip(keys, raw.payloads, raw.heads, strict=True):
            # A copy: a view of it would keep the whole window or the mapped file, and a buffer
            # of views would keep them all.
            yield RawBlock(raw.shard, [key], [bytes(payload)], [head], raw.large)


def _keys(raw: RawBlock) -> Sequence[str]:
    return raw.keys() if callable(raw.keys) else raw.keys
