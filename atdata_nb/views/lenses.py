"""Facts of a lens: what it maps to what, step by step, and which code it is where it is code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from atdata_nb.views.folds import MOST_ROWS, Part, folded
from atdata_nb.views.mappings import MappedField, mapped_fields
from atdata_nb.views.text import one_line, visible

if TYPE_CHECKING:
    from atdata_nb.lenses import Lens

MOST_STEPS, MOST_FIELDS = 20, 60


@dataclass(frozen=True, slots=True)
class StepFacts:
    """One of the lenses that a lens was composed of.

    Attributes:
        name: what it is called.
        way: its types, ``Source → View``.
        direction: whether it can be written back through.
        parts: what becomes of each field; empty where the lens is a function.
        code: the functions that it is, as ``module:name``; never anything that runs.
        about: what its author says of it.
        source: fields of its source, of a function, which alone knows what it does with them.
        view: fields of its view, likewise.
    """

    name: str
    way: str
    direction: str
    parts: tuple[Part[MappedField], ...] = ()
    code: tuple[tuple[str, str], ...] = ()
    about: str = ""
    source: tuple[str, ...] = ()
    view: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LensFacts:
    """What a face shows of a lens."""

    name: str
    way: str
    direction: str
    steps: tuple[StepFacts, ...]
    left_out: int = 0


def lens_facts(lens: Lens[Any, Any]) -> LensFacts:
    """Return the facts of a lens."""
    from atdata_nb.lenses.definitions import type_name

    types = [type_name(step.source_type) for step in lens.steps[:MOST_STEPS]]
    return LensFacts(
        name=one_line(lens.name),
        way=" → ".join(one_line(name, 60) for name in (*types, type_name(lens.view_type))),
        direction=direction(lens),
        steps=tuple(_step(step) for step in lens.steps[:MOST_STEPS]),
        left_out=max(0, len(lens.steps) - MOST_STEPS),
    )


def direction(lens: Lens[Any, Any]) -> str:
    """Return whether a lens can be written back through, in words."""
    return "get and put" if lens.can_put else "get only"


def way(lens: Lens[Any, Any]) -> str:
    """Return the two types of a lens, ``Source → View``."""
    from atdata_nb.lenses.definitions import type_name

    names = (type_name(lens.source_type), type_name(lens.view_type))
    return " → ".join(one_line(name, 60) for name in names)


def _step(lens: Lens[Any, Any]) -> StepFacts:
    from atdata_nb.lenses import DecodingLens

    name = one_line(lens.name)
    source, view = _fields(lens.source_type), _fields(lens.view_type)
    if lens.declaration is not None:
        rows = mapped_fields(lens.declaration.steps, source, view)[:MOST_ROWS]
        parts = folded(rows, lambda row: row.view or row.source)
        return StepFacts(name, way(lens), direction(lens), parts)
    decodes = isinstance(lens, DecodingLens)
    return StepFacts(
        name=name,
        way=way(lens),
        direction=direction(lens),
        code=() if decodes else _code(lens),
        about="Reads the stored bytes as that type." if decodes else visible(_about(lens), 500),
        source=_list(source),
        view=_list(view),
    )


def _code(lens: Lens[Any, Any]) -> tuple[tuple[str, str], ...]:
    _get, put = lens.functions
    found = [("get", one_line(":".join(lens.place), 200))]
    if put is not None:
        found.append(("put", one_line(_place(put), 200)))
    # What every identity is made of says nothing to its user.
    return tuple((verb, place) for verb, place in found if not place.startswith("atdata_nb.lenses"))


def _place(function: Any) -> str:
    kind = function if hasattr(function, "__qualname__") else type(function)
    return f"{kind.__module__}:{kind.__qualname__}"


def _about(lens: Lens[Any, Any]) -> str:
    said = lens.functions[0].__doc__
    return said.strip().partition("\n\n")[0] if isinstance(said, str) else ""


def _fields(cls: type) -> dict[str, str]:
    from atdata_nb.errors import SampleTypeError, SchemaError
    from atdata_nb.schemas import schema_from_type
    from atdata_nb.schemas.text import type_label

    try:
        fields = schema_from_type(cls).fields
    except (SampleTypeError, SchemaError):
        # Untyped samples, and classes of a lens that no schema can say.
        return {}
    return {item.name: one_line(type_label(item.type, optional=item.optional)) for item in fields}


def _list(fields: dict[str, str]) -> tuple[str, ...]:
    shown = [f"{one_line(name, 60)} {kind}" for name, kind in fields.items()]
    rest = len(shown) - MOST_FIELDS
    return tuple(shown[:MOST_FIELDS] + ([f"… {rest:,} more"] if rest > 0 else []))
