"""Lenses: one sample type seen as another, composed, checked, and kept as data."""

from __future__ import annotations

from atdata_nb.lenses.declarative import DeclarativeLens
from atdata_nb.lenses.decorator import lens
from atdata_nb.lenses.dicts import DecodingLens
from atdata_nb.lenses.laws import LawReport, check_lens_laws
from atdata_nb.lenses.lens import Lens, identity_lens
from atdata_nb.lenses.network import LensNetwork, RegisteredLens, transform
from atdata_nb.lenses.references import CodeReference, Opaque
from atdata_nb.lenses.stored import StoredLens
from atdata_nb.lenses.structural import StructuralLens, structural_lens

__all__ = [
    "CodeReference",
    "DeclarativeLens",
    "DecodingLens",
    "LawReport",
    "Lens",
    "LensNetwork",
    "Opaque",
    "RegisteredLens",
    "StoredLens",
    "StructuralLens",
    "check_lens_laws",
    "identity_lens",
    "lens",
    "structural_lens",
    "transform",
]
