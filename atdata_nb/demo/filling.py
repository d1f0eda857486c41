"""Filling: an index that holds the demo's datasets, however often it is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from atdata_nb.demo.recipes import DIGITS, FIRST_WINE, PHOTOGRAPHS, WINE, Recipe, sound_recipe
from atdata_nb.demo.sounds import sound_theme
from atdata_nb.errors import DatasetNotFoundError

if TYPE_CHECKING:
    from atdata_nb.index import LocalIndex


@dataclass(frozen=True, slots=True)
class Filling:
    """What came of filling an index; prints as a list.

    Attributes:
        added: datasets that were written now, as ``name@version``.
        kept: names that were there already and were left as they are.
        missing: datasets that could not be made here, each with what it needs.
    """

    added: tuple[str, ...]
    kept: tuple[str, ...]
    missing: tuple[tuple[str, str], ...]

    def __repr__(self) -> str:
        lines = [f"added    {name}" for name in self.added]
        lines += [f"kept     {name}" for name in self.kept]
        lines += [f"missing  {name}: {need}" for name, need in self.missing]
        return "\n".join(lines or ["nothing to do"])


def recipes() -> list[Recipe]:
    """Return what can be made on this machine, oldest version first."""
    made = [DIGITS, FIRST_WINE, WINE, PHOTOGRAPHS]
    theme = sound_theme()
    return made if theme is None else [*made, sound_recipe(theme)]


def fill(index: LocalIndex) -> Filling:
    """Put the demo's datasets into an index; what is there already stays as it is.

    The data is real and ships inside scikit-learn and in Debian: nothing is downloaded.

    Example:
        >>> import tempfile
        >>> from atdata_nb.index import LocalIndex
        >>> index = LocalIndex(tempfile.mkdtemp())
        >>> "wine@1.1.0" in fill(index).added
        True
        >>> fill(index).added
        ()
    """
    known = recipes()
    added = [recipe for recipe in known if not _has(index, recipe)]
    for recipe in added:
        _write(index, recipe)
    return Filling(
        added=tuple(_title(recipe) for recipe in added),
        kept=tuple(_title(recipe) for recipe in known if recipe not in added),
        missing=() if any(recipe.name == "sounds" for recipe in known) else (_NO_SOUNDS,),
    )


_NO_SOUNDS = ("sounds", "Debian's package sound-theme-freedesktop")


def _title(recipe: Recipe) -> str:
    return f"{recipe.name}@{recipe.version}"


def _has(index: LocalIndex, recipe: Recipe) -> bool:
    try:
        index.get_dataset(_title(recipe))
    except DatasetNotFoundError:
        return False
    return True


def _write(index: LocalIndex, recipe: Recipe) -> None:
    index.write_samples(
        recipe.samples(),
        name=recipe.name,
        version=recipe.version,
        sample_type=recipe.sample_type,
        description=recipe.description,
        tags=recipe.tags,
        license=recipe.license,
        metadata=recipe.metadata,
    )
