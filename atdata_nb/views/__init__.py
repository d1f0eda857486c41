"""Views: what notebooks show of datasets, entries, schemas, batches and indexes, as HTML."""

from __future__ import annotations

from atdata_nb.views.registry import html, view_for

__all__ = ["html", "view_for"]
