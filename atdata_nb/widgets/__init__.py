"""Widgets: the browser of an index and the preview of a dataset."""

from __future__ import annotations

from atdata_nb.widgets.browser import Browser
from atdata_nb.widgets.preview import Preview

__all__ = ["Browser", "Preview"]
