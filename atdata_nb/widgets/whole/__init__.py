"""The whole sample: one sample in full – every field, its place, its raw bytes."""

from __future__ import annotations

from atdata_nb.widgets.whole.session import WholeSamples

__all__ = ["WholeSamples"]
