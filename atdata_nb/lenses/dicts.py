"""DecodingLens: untyped samples seen as a sample type, by decoding."""

from __future__ import annotations

from typing import Any, TypeVar

from atdata_nb.lenses.lens import Lens
from atdata_nb.samples import DictSample, codec_of

V = TypeVar("V")


class DecodingLens(Lens[DictSample, V]):
    """The lens that decodes an untyped sample, and writes a typed one's fields back.

    It needs no registration: a `LensNetwork` leads from untyped samples to every type by it.
    What it sees is what the bytes of the sample give when they are read as that type at once.

    Example:
        >>> from atdata_nb.samples import packable
        >>> @packable
        ... class Digit:
        ...     label: int
        >>> decode = DecodingLens(Digit)
        >>> decode(DictSample(label=3))
        Digit(label=3)
        >>> decode.put(Digit(4), DictSample(label=3))
        DictSample(label=4)
    """

    def __init__(self, view_type: type[V]) -> None:
        super().__init__(
            _Decode(view_type),
            _Encode(view_type),
            name=f"decode {view_type.__name__}",
            source_type=DictSample,
            view_type=view_type,
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return DecodingLens, (self.view_type,)


class _Decode:
    def __init__(self, view_type: type) -> None:
        self._view_type = view_type

    def __call__(self, source: DictSample) -> Any:
        return codec_of(self._view_type).from_data(source.raw)


class _Encode:
    def __init__(self, view_type: type) -> None:
        self._view_type = view_type

    def __call__(self, view: Any, source: DictSample) -> DictSample:
        packed = codec_of(self._view_type).pack(view)
        return DictSample(source.raw | DictSample.from_bytes(packed).raw)
