"""The schema tab: a schema, its other versions, what changed between two, and its lenses."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.views.diffs import diff_facts
from atdata_nb.views.drawing import draw
from atdata_nb.views.entries import schema_label
from atdata_nb.views.schemas import schema_facts
from atdata_nb.views.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from atdata_nb.protocols import AbstractIndex
    from atdata_nb.views.schemas import FieldFacts, SchemaFacts
    from atdata_nb.widgets.known import Found

# One lens: its name, and the references and labels of the schemas at its ends.
Way = tuple[str, str, str]
_MOST_READ: Final = 2_000
_MOST_VERSIONS: Final = 100
_MOST_LENSES: Final = 30


def schema_wire(facts: SchemaFacts) -> dict[str, Any]:
    """Return a schema; fields of the samples that it holds stand below their field, deeper."""
    return {
        "name": facts.name,
        "version": facts.version,
        "ref": facts.ref,
        "description": facts.description,
        "fields": [field for one in facts.fields for field in _field(one, 0)],
        "leftOut": facts.left_out,
        "fault": facts.fault,
        "raw": facts.raw,
    }


def schema_tab(found: Found) -> dict[str, Any]:
    """Return all that the tab shows of a schema."""
    schema = found.schema
    ref = str(schema.get("$ref") or found.entry.schema_ref)
    ways = list(islice(_ways(found.index, schema, ref), _MOST_LENSES))
    return {
        **schema_wire(schema_facts(schema)),
        "versions": _versions(found.index, schema, ref),
        "lenses": [[name, schema_label(a), schema_label(b), a == ref] for name, a, b in ways],
        "picture": _picture(ways),
    }


def diff_wire(found: Found, other: str) -> dict[str, Any]:
    """Return what changed from another schema to this one.

    Raises:
        KeyError: the index does not have the other.
        SchemaError: one of them cannot be read.
    """
    from atdata_nb.schemas import diff_schemas

    facts = diff_facts(diff_schemas(found.index.get_schema(other), found.schema))
    return {
        "old": facts.old,
        "new": facts.new,
        "changes": [
            [row.kind, row.sign, row.field, row.what, row.old, row.new]
            for part in facts.parts
            for row in part.rows
        ],
        "leftOut": facts.left_out,
        "verdicts": [[one.question, one.ok, list(one.reasons)] for one in facts.verdicts],
        "version": facts.version,
        "steps": list(facts.steps or ()),
        "notes": list(facts.notes),
    }


def _field(field: FieldFacts, depth: int) -> Iterator[dict[str, Any]]:
    yield {
        "name": field.name,
        "type": field.type,
        "default": field.default,
        "description": field.description,
        "depth": depth,
    }
    if field.nested is not None:
        for inner in field.nested.fields:
            yield from _field(inner, depth + 1)


def _versions(index: AbstractIndex, schema: Mapping[str, Any], ref: str) -> list[list[str]]:
    name = str(schema.get("name") or "")
    by_name: Any = getattr(index, "schema_versions", None)
    if callable(by_name):
        refs = list(by_name(name))[-_MOST_VERSIONS:]
    else:
        each = islice(_home(index, ref).schemas, _MOST_READ)
        refs = [str(one.get("$ref") or "") for one in each if one.get("name") == name]
    # Newest first, and always the one that is shown.
    refs = [*dict.fromkeys([*(one for one in reversed(refs) if one), ref])]
    labels = {
        one: str(schema.get("version")) if one == ref else _version(index, one) for one in refs
    }
    return [[one, one_line(label, 40)] for one, label in labels.items()]


def _version(index: AbstractIndex, ref: str) -> str:
    version = ref.rpartition("@")[2] if not ref.startswith("at://") else ""
    return version or str(index.get_schema(ref).get("version") or ref)


def _home(index: Any, ref: str) -> Any:
    """Return the index of the repository that a schema is in, where it is in one."""
    if not ref.startswith("at://") or not hasattr(index, "client"):
        return index
    from atdata_nb.atmosphere import AtmosphereIndex

    return AtmosphereIndex(index.client, repo=ref[5:].partition("/")[0])


def _ways(index: Any, schema: Mapping[str, Any], ref: str) -> Iterator[Way]:
    seen: set[Way] = set()
    for way in (*_stored(_home(index, ref), ref), *_registered(schema, ref)):
        if way not in seen:
            seen.add(way)
            yield way


def _stored(index: Any, ref: str) -> Iterator[Way]:
    if hasattr(index, "find_lenses"):
        for lens in (*index.find_lenses(source=ref), *index.find_lenses(target=ref)):
            yield lens.name, lens.source_schema, lens.view_schema
    elif callable(getattr(index, "lenses", None)):
        for lens in islice(index.lenses(), _MOST_READ):
            if ref in {lens.source_schema, lens.target_schema}:
                yield lens.name, lens.source_schema, lens.target_schema


def _registered(schema: Mapping[str, Any], ref: str) -> Iterator[Way]:
    """Yield the lenses that this process has registered between types with this schema."""
    from atdata_nb.lenses import LensNetwork
    from atdata_nb.schemas import read_schema, schema_from_type

    known = LensNetwork.default().registered
    content = read_schema(schema).content_cid if known else ""
    refs: dict[type, str] = {}
    for item in known:
        ends = (item.lens.source_type, item.lens.view_type)
        for cls in ends:
            if cls not in refs:
                try:
                    its = schema_from_type(cls)
                except ValueError:
                    refs[cls] = cls.__name__
                    continue
                refs[cls] = ref if its.content_cid == content else f"{its.name}@{its.version}"
        if ref in {refs[cls] for cls in ends}:
            yield item.lens.name, refs[ends[0]], refs[ends[1]]


def _picture(ways: list[Way]) -> dict[str, Any] | None:
    if not ways:
        return None
    refs = list(dict.fromkeys(end for _, *ends in ways for end in ends))
    names = [one_line(schema_label(ref), 28) for ref in refs]
    labels = [one_line(name, 24) for name, _, _ in ways]
    drawing = draw(names, [(refs.index(a), refs.index(b)) for _, a, b in ways], labels)
    return {
        "width": drawing.width,
        "height": drawing.height,
        "boxes": [
            {"x": box.x, "y": box.y, "width": box.width, "name": name, "ref": ref}
            for box, name, ref in zip(drawing.boxes, names, refs, strict=True)
        ],
        "arrows": [
            {"line": arrow.line, "tip": arrow.tip, "x": arrow.x, "y": arrow.y, "label": label}
            for arrow, label in zip(drawing.arrows, labels, strict=True)
        ],
    }
