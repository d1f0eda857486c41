"""Display: how an object of a lower floor gets its HTML without knowing that HTML exists."""

from __future__ import annotations

from importlib import import_module


class Displayed:
    """Mixin: HTML comes from the views, found by name when a notebook asks for it."""

    __slots__ = ()

    def _repr_html_(self) -> str | None:
        try:
            html: str | None = import_module("atdata_nb.views").html(self)
        except ImportError:
            # The views need Jinja, an extra; the text form tells the same facts.
            return None
        return html
