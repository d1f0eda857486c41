"""The built front end: read when a widget is first made, not when this package is imported."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from atdata_nb.errors import BundleNotFoundError


class Asset:
    """One file of the bundle; ``str()`` of it is its text, which is how anywidget reads it."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __str__(self) -> str:
        return _read(self.name)

    def __repr__(self) -> str:
        return f"Asset({self.name!r})"


@cache
def _read(name: str) -> str:
    try:
        return files(__package__).joinpath("static", name).read_text("utf-8")
    except FileNotFoundError:
        raise BundleNotFoundError(
            f"atdata_nb/widgets/static/{name} has not been built: run `npm ci --ignore-scripts` "
            "and `npm run build` in widgets/, or install the wheel, which carries it"
        ) from None
