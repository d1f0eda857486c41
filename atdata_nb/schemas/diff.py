"""SchemaDiff: what changed between two schemas, and what that means for data and readers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from atdata_nb.display import Displayed
from atdata_nb.schemas.any_schema import read_schema
from atdata_nb.schemas.changes import WORDS, Change, field_changes
from atdata_nb.schemas.reading import Verdict, reads
from atdata_nb.schemas.renames import suggest_renames
from atdata_nb.schemas.text import one_line, type_label
from atdata_nb.schemas.upgrade import plan_upgrade
from atdata_nb.schemas.versions import Part, Version

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from atdata_nb.schemas.model import Field, Schema
    from atdata_nb.schemas.renames import Renamed
    from atdata_nb.schemas.steps import Step

MOST_LINES: Final = 200


@dataclass(frozen=True, slots=True, repr=False)
class SchemaDiff(Displayed):
    """What changed from one schema to another. False where nothing did.

    Attributes:
        old: the schema before.
        new: the schema after.
        added: fields that came, in order.
        removed: fields that are gone.
        renamed: fields that probably have another name now; these are neither added nor removed.
        changes: facts that are not as they were, of fields that stayed and of the schema.
        old_read_as_new: whether data of the old schema reads under the new one.
        new_read_as_old: whether data of the new schema reads under the old one.
        bump: the smallest honest step of the version; None where nothing changed.
        steps: what makes an old sample a new one; None where no such steps are.
        notes: why there are none, or where they may stop.
    """

    old: Schema
    new: Schema
    added: tuple[Field, ...]
    removed: tuple[Field, ...]
    renamed: tuple[Renamed, ...]
    changes: tuple[Change, ...]
    old_read_as_new: Verdict
    new_read_as_old: Verdict
    bump: Part | None
    steps: tuple[Step, ...] | None
    notes: tuple[str, ...]

    @property
    def version(self) -> str:
        """The smallest honest version of the new schema, counted from the old one's."""
        version = Version.parse(self.old.version)
        return str(version if self.bump is None else version.bump(self.bump))

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.renamed or self.changes)

    def __repr__(self) -> str:
        return "\n".join(_lines(self))


def diff_schemas(old: Schema | Mapping[str, Any], new: Schema | Mapping[str, Any]) -> SchemaDiff:
    """Say what changed between two schemas.

    Versions, dates and places don't count. A change is *major* if old data no longer reads under
    the new schema, *patch* if only words changed, *minor* otherwise.

    Raises:
        SchemaError: one of them is no schema.

    Example:
        >>> from atdata_nb.schemas import Field, FieldType, Schema
        >>> integer = FieldType(kind="primitive", primitive="int")
        >>> old = Schema("Digit", "1.0.0", (Field("lbl", integer),))
        >>> new = Schema("Digit", "2.0.0", (Field("label", integer), Field("n", integer, default=0)))
        >>> diff_schemas(old, new)
        Digit 1.0.0 → Digit 2.0.0
        + n int
        > lbl → label
        old data under the new schema: no: lbl is unknown to the reader; label is missing, and it has no default
        new data under the old schema: no: label is unknown to the reader; n is unknown to the reader; lbl is missing, and it has no default
        smallest honest version: 2.0.0 (major)
        old → new: lbl → label; n = 0 where absent
    """  # noqa: E501 - output
    old, new = read_schema(old), read_schema(new)
    before = {item.name: item for item in old.fields}
    after = {item.name: item for item in new.fields}
    removed = [item for name, item in before.items() if name not in after]
    added = [item for name, item in after.items() if name not in before]
    renamed = suggest_renames(removed, added)
    gone, came = {id(pair.old) for pair in renamed}, {id(pair.new) for pair in renamed}
    removed = [item for item in removed if id(item) not in gone]
    added = [item for item in added if id(item) not in came]
    changes = tuple(_changes(old, new, renamed))
    changed = bool(added or removed or renamed)
    old_as_new = reads(old, new)
    plan = plan_upgrade(old, new, renamed)
    return SchemaDiff(
        old=old,
        new=new,
        added=tuple(added),
        removed=tuple(removed),
        renamed=renamed,
        changes=changes,
        old_read_as_new=old_as_new,
        new_read_as_old=reads(new, old),
        bump=_bump(old_as_new, changes, changed=changed),
        steps=None if plan.obstacles else tuple(plan.steps),
        notes=tuple(plan.obstacles or plan.notes),
    )


def _changes(old: Schema, new: Schema, renamed: tuple[Renamed, ...]) -> Iterator[Change]:
    if old.name != new.name:
        yield Change("", "name", old.name, new.name)
    if old.description != new.description:
        yield Change("", "description", old.description or "", new.description or "")
    names = {pair.old.name: pair.new.name for pair in renamed}
    after = {item.name: item for item in new.fields}
    stayed = [item for item in old.fields if names.get(item.name, item.name) in after]
    for item in stayed:
        name = names.get(item.name, item.name)
        yield from field_changes(name, item, after[name])
    kept = [names.get(item.name, item.name) for item in stayed]
    known = set(kept)
    order = [name for name in after if name in known]
    if kept != order:
        yield Change("", "order", ", ".join(kept), ", ".join(order))


def _bump(old_as_new: Verdict, changes: tuple[Change, ...], *, changed: bool) -> Part | None:
    if not changed and not changes:
        return None
    if not old_as_new:
        return "major"
    return "minor" if changed or any(item.what not in WORDS for item in changes) else "patch"


def _lines(diff: SchemaDiff) -> Iterator[str]:
    old, new = diff.old, diff.new
    yield f"{old.name} {old.version} → {new.name} {new.version}"
    if not diff:
        yield "no changes"
        return
    facts = list(_facts(diff))
    yield from facts[:MOST_LINES]
    if len(facts) > MOST_LINES:
        yield f"… and {len(facts) - MOST_LINES:,} more changes"
    yield f"old data under the new schema: {diff.old_read_as_new}"
    yield f"new data under the old schema: {diff.new_read_as_old}"
    yield f"smallest honest version: {diff.version} ({diff.bump})"
    if diff.steps is None:
        yield f"old → new: write a lens, {Verdict(diff.notes).reasons[0]}"
    else:
        yield f"old → new: {'; '.join(map(str, diff.steps)) or 'every field as it is'}"


def _facts(diff: SchemaDiff) -> Iterator[str]:
    for sign, fields in (("+", diff.added), ("-", diff.removed)):
        for item in fields:
            yield f"{sign} {item.name} {type_label(item.type, optional=item.optional)}"
    yield from (f"> {pair}" for pair in diff.renamed)
    yield from (f"~ {one_line(str(change), 160)}" for change in diff.changes)
