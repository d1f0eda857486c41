"""ScanProgress: a bar that follows a scan, and the link to its cluster's dashboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets
from IPython.display import display

from atdata_nb.views.rendering import render

if TYPE_CHECKING:
    from atdata_nb.scanning import ScanEvent


class ScanProgress:
    """Shows itself when a scan begins, and what became of it when it ends.

    Args:
        client: the Dask client whose dashboard it leads to, if there is one.
    """

    def __init__(self, client: Any = None) -> None:
        self.bar = ipywidgets.IntProgress(min=0, max=1)
        self.label = ipywidgets.Label()
        parts: list[Any] = [self.bar, self.label]
        if url := getattr(client, "dashboard_link", None):
            parts.append(ipywidgets.HTML(render("dashboard.html", url=url)))
        self.box = ipywidgets.HBox(parts)

    def __call__(self, event: ScanEvent) -> None:
        """Show how far a scan is."""
        if event.kind == "started":
            self.bar.max, self.bar.bar_style = max(event.total, 1), ""
            display(self.box)  # type: ignore[no-untyped-call]
        self.bar.value = event.done
        self.label.value = repr(event)
        if event.kind == "failed":
            self.bar.bar_style = "danger"
        elif event.kind == "ended" and event.done == event.total and not self.bar.bar_style:
            self.bar.bar_style = "success"
