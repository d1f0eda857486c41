"""Widgets: the browser of an index, the preview of a dataset, its way to the network."""

from __future__ import annotations

from atdata_nb.widgets.browser import Browser
from atdata_nb.widgets.flows import Promote, Publish
from atdata_nb.widgets.preview import Preview

__all__ = ["Browser", "Preview", "Promote", "Publish"]
