"""Samples: typed records, their arrays, and their bytes."""

from __future__ import annotations

from atdata_nb.samples.annotations import FieldSpec, TypeSpec, field_specs
from atdata_nb.samples.arrays import array_to_bytes, bytes_to_array
from atdata_nb.samples.codec import Codec, codec_of
from atdata_nb.samples.dicts import DictSample
from atdata_nb.samples.packable import PackableSample, is_packable, packable

__all__ = [
    "Codec",
    "DictSample",
    "FieldSpec",
    "PackableSample",
    "TypeSpec",
    "array_to_bytes",
    "bytes_to_array",
    "codec_of",
    "field_specs",
    "is_packable",
    "packable",
]
