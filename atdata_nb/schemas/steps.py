"""Steps: what one kind of record has to go through to be read as another, as data.

A sequence of steps turns the fields of a source into the fields of a view. A diff of two schemas
suggests such a sequence; `atdata_nb.lenses.DeclarativeLens` runs it, both ways where it can.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from atdata_nb.samples.packable import show_value


@dataclass(frozen=True, slots=True)
class Rename:
    """The field ``old`` is called ``new`` from here on.

    >>> str(Rename("img", "image"))
    'img → image'
    """

    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.old} → {self.new}"


@dataclass(frozen=True, slots=True)
class Select:
    """Only these fields go on; the others are dropped.

    >>> str(Select(("name", "image")))
    'only name, image'
    """

    fields: tuple[str, ...]

    def __str__(self) -> str:
        return f"only {', '.join(self.fields)}" if self.fields else "no fields"


@dataclass(frozen=True, slots=True)
class Default:
    """The field has this value where the source has none: no such field, or ``None`` in it.

    >>> str(Default("label", 0))
    'label = 0 where absent'
    """

    field: str
    value: Any

    def __str__(self) -> str:
        return f"{self.field} = {show_value(self.value)} where absent"


@dataclass(frozen=True, slots=True)
class Cast:
    """The field's values become another type: ``str int float bool``, or an array's dtype.

    Attributes:
        field: name of the field.
        to: ``"str"``, ``"int"``, ``"float"``, ``"bool"``; for an array field the name of a numpy
            dtype, for example ``"float32"``.

    >>> str(Cast("image", "float32"))
    'image as float32'
    """

    field: str
    to: str

    def __str__(self) -> str:
        return f"{self.field} as {self.to}"


@dataclass(frozen=True, slots=True)
class Constant:
    """The field always has this value, whatever the source says.

    >>> str(Constant("split", "train"))
    "split = 'train'"
    """

    field: str
    value: Any

    def __str__(self) -> str:
        return f"{self.field} = {show_value(self.value)}"


Step = Rename | Select | Default | Cast | Constant
