"""Demo: a few real datasets, made from what ships inside PyPI packages and Debian."""

from __future__ import annotations

from atdata_nb.demo.filling import Filling, fill

__all__ = ["Filling", "fill"]
