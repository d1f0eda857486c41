"""Field mappings: the one declarative form that the published ``atdata`` also reads and writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from atdata_nb.errors import LensError
from atdata_nb.lenses.declarative import DeclarativeLens
from atdata_nb.schemas.steps import Rename, Select, Step

KIND: Final = "field_mapping"
MAX_MAPPINGS: Final = 2_000


def mapping_to_steps(mapping: Mapping[str, str]) -> tuple[Step, ...]:
    """Return the steps for a mapping from view field to source field.

    Raises:
        LensError: two fields of the view are the same field of the source.

    Example:
        >>> mapping_to_steps({"image": "img", "label": "label"})
        (Select(fields=('img', 'label')), Rename(old='img', new='image'))
    """
    sources = tuple(mapping.values())
    if len(set(sources)) != len(sources):
        raise LensError("field mapping: one field of the source is given to two of the view")
    renamed = {source: view for view, source in mapping.items() if source != view}
    # Fields that swap their names pass through names that neither side has.
    taken = {*sources, *mapping}
    crossing = [source for source in renamed if renamed[source] in sources]
    passing = {source: _free_name(source, taken) for source in crossing}
    first = [Rename(source, passing[source]) for source in crossing]
    straight = [Rename(s, view) for s, view in renamed.items() if s not in passing]
    last = [Rename(passing[source], renamed[source]) for source in crossing]
    return (Select(sources), *first, *straight, *last)


def steps_to_mapping(steps: tuple[Step, ...]) -> dict[str, str] | None:
    """Return view field to source field, if the steps only choose and rename fields.

    None where a step does more: a lens with logic is never called a field mapping (TRAPS C5).
    None also where no ``Select`` says which fields there are.

    >>> steps_to_mapping((Select(("img",)), Rename("img", "image")))
    {'image': 'img'}
    """
    if not all(isinstance(step, Rename | Select) for step in steps):
        return None
    names: list[str] | None = None
    for step in steps:
        if isinstance(step, Select):
            names = list(step.fields)
        elif names is not None and isinstance(step, Rename):
            names = [step.new if name == step.old else name for name in names]
    if names is None:
        return None
    return {name: _trace(name, steps) for name in names}


def mapping_to_json(mapping: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return a mapping as the published ``atdata`` writes it."""
    return [
        {"source_field": source, "view_field": view, "transform": None}
        for view, source in mapping.items()
    ]


def mapping_from_json(data: Any) -> dict[str, str]:
    """Read a mapping, view field to source field.

    Raises:
        LensError: it is none, or has a transform, which would be code.
    """
    if not isinstance(data, list) or len(data) > MAX_MAPPINGS:
        message = f"field mapping: no list of at most {MAX_MAPPINGS:,} mappings"
        raise LensError(message)
    found: dict[str, str] = {}
    for item in data:
        source, view = _read_pair(item)
        if view in found:
            message = f"field mapping: the view's {view[:40]!r} is given twice"
            raise LensError(message)
        found[view] = source
    return found


def declarative_from_mapping(data: Any) -> DeclarativeLens:
    """Read a mapping as the steps it stands for.

    Raises:
        LensError: it is no mapping, or not a mere one.
    """
    return DeclarativeLens(mapping_to_steps(mapping_from_json(data)))


def _read_pair(item: Any) -> tuple[str, str]:
    if not isinstance(item, Mapping):
        raise LensError("field mapping: no object with source_field and view_field")
    if item.get("transform") is not None:
        raise LensError("field mapping: it has a transform, which is code; it is not run")
    source, view = item.get("source_field"), item.get("view_field")
    if not isinstance(source, str) or not isinstance(view, str):
        raise LensError("field mapping: source_field and view_field are no text")
    return source, view


def _free_name(source: str, taken: set[str]) -> str:
    name = f"{source[:100]}_"
    while name in taken:
        name += "_"
    taken.add(name)
    return name


def _trace(name: str, steps: tuple[Step, ...]) -> str:
    for step in reversed(steps):
        if isinstance(step, Rename) and step.new == name:
            name = step.old
    return name
