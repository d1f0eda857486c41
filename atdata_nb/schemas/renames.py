"""Renames: which field that is gone probably is which new one, by type and likeness of names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atdata_nb.schemas.model import Field

# Beyond this many pairs only names that differ in case and underscores are compared.
MAX_PAIRS: Final = 20_000
_ALIKE: Final = 0.5
_VERY_ALIKE: Final = 0.8


@dataclass(frozen=True, slots=True)
class Renamed:
    """A field that probably has another name now.

    Attributes:
        old: the field that is gone.
        new: the field that came.
        likeness: how alike the names are, up to 1.
    """

    old: Field
    new: Field
    likeness: float

    def __str__(self) -> str:
        return f"{self.old.name} → {self.new.name}"


def suggest_renames(removed: Sequence[Field], added: Sequence[Field]) -> tuple[Renamed, ...]:
    """Return the likeliest pairs of a removed and an added field; each field is in at most one.

    >>> from atdata_nb.schemas import Field, FieldType
    >>> kind = FieldType(kind="ndarray", dtype="uint8")
    >>> [str(pair) for pair in suggest_renames([Field("img", kind)], [Field("image", kind)])]
    ['img → image']
    """
    found = [pair for pair in _pairs(removed, added) if _is_likely(pair)]
    places = {item.name: place for place, item in enumerate((*removed, *added))}
    found.sort(key=lambda pair: (-pair.likeness, places[pair.old.name], places[pair.new.name]))
    taken: set[int] = set()
    chosen = []
    for pair in found:
        if id(pair.old) not in taken and id(pair.new) not in taken:
            taken |= {id(pair.old), id(pair.new)}
            chosen.append(pair)
    return tuple(sorted(chosen, key=lambda pair: places[pair.old.name]))


def _pairs(removed: Sequence[Field], added: Sequence[Field]) -> list[Renamed]:
    if len(removed) * len(added) > MAX_PAIRS:
        plain = {_plain(item.name): item for item in added}
        return [
            Renamed(item, plain[_plain(item.name)], 1.0)
            for item in removed
            if _plain(item.name) in plain
        ]
    grams = {item.name: _bigrams(item.name) for item in (*removed, *added)}
    return [
        Renamed(old, new, _likeness(old.name, new.name, grams[old.name], grams[new.name]))
        for old in removed
        for new in added
        if old.type.kind == new.type.kind
    ]


def _is_likely(pair: Renamed) -> bool:
    # A field whose type changed as well must have all but the same name.
    return pair.likeness >= (_ALIKE if pair.old.type == pair.new.type else _VERY_ALIKE)


def _likeness(old: str, new: str, old_grams: set[str], new_grams: set[str]) -> float:
    if _plain(old) == _plain(new):
        return 1.0
    shared = 2 * len(old_grams & new_grams) / ((len(old_grams) + len(new_grams)) or 1)
    return max(shared, 0.6 if _abbreviates(old, new) or _abbreviates(new, old) else 0.0)


def _abbreviates(short: str, long: str) -> bool:
    """Whether one name is the other with letters left out, as ``img`` and ``image``."""
    if len(short) < 2 or short[0] != long[0]:  # noqa: PLR2004 - one letter abbreviates anything
        return False
    letters = iter(long)
    return all(letter in letters for letter in short)


def _plain(name: str) -> str:
    return name.replace("_", "").casefold()


def _bigrams(name: str) -> set[str]:
    plain = _plain(name)
    return {plain[place : place + 2] for place in range(len(plain) - 1)}
