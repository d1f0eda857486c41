"""Samples on screen: rows by page, what is said above each column, filter and order.

A ``SampleSession`` answers what the grid in the page asks of one dataset. No answer takes long:
whatever is long is done in strides, each answer saying how far it got.
"""

from __future__ import annotations

from atdata_nb.widgets.samples.requests import SampleRequest
from atdata_nb.widgets.samples.session import SampleSession

__all__ = ["SampleRequest", "SampleSession"]
