"""Upgrade: the steps that make a sample of an old schema one of the new, where there are such."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from atdata_nb.schemas.dtypes import parse_dtype
from atdata_nb.schemas.model import MISSING
from atdata_nb.schemas.reading import shape_fits, type_obstacles
from atdata_nb.schemas.steps import Cast, Default, Rename, Select
from atdata_nb.schemas.text import type_label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atdata_nb.schemas.model import Field, FieldType, Schema
    from atdata_nb.schemas.renames import Renamed
    from atdata_nb.schemas.steps import Step

_SCALARS: Final = frozenset({"str", "int", "float", "bool"})
# Each value of the first is one of the second; the rest may stop at a value.
_SAFE_CASTS: Final = frozenset(
    {("int", "str"), ("float", "str"), ("bool", "str"), ("bool", "int"), ("bool", "float")}
    | {("int", "float")}
)
_NUMBERS: Final = "biufc"


@dataclass
class Upgrade:
    """Steps from an old schema to a new one.

    Attributes:
        steps: in order.
        notes: where a step may stop, as a value has no equal in the new type.
        obstacles: why no steps lead there; empty if they do.
    """

    steps: list[Step] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    obstacles: list[str] = field(default_factory=list)


def plan_upgrade(old: Schema, new: Schema, renamed: Sequence[Renamed]) -> Upgrade:
    """Return the steps from samples of one schema to samples of another.

    A removed field is dropped, an added one has its default, a renamed one its old value.
    """
    plan = Upgrade()
    names = {pair.new.name: pair.old.name for pair in renamed}
    plan.steps += [Rename(pair.old.name, pair.new.name) for pair in renamed]
    before = {item.name: item for item in old.fields}
    for item in new.fields:
        source = before.get(names.get(item.name, item.name))
        if source is None:
            _fill(plan, item)
        else:
            _convert(plan, source, item)
    _arrange(plan, old, new, renamed)
    return plan


def _fill(plan: Upgrade, item: Field) -> None:
    if item.default is not MISSING:
        plan.steps.append(Default(item.name, item.default))
    elif item.optional:
        plan.steps.append(Default(item.name, None))
    else:
        plan.obstacles.append(f"{item.name} is new, and has no default")


def _convert(plan: Upgrade, old: Field, new: Field) -> None:
    if not _stands(old.type, new.type):
        _cast(plan, old.type, new)
    if old.optional and not new.optional:
        if new.default is MISSING:
            plan.obstacles.append(f"{new.name} may be None, and has no default to stand in for it")
        else:
            plan.steps.append(Default(new.name, new.default))


def _stands(old: FieldType, new: FieldType) -> bool:
    # As stored an int is read as a float; as a value in memory it has to become one.
    widened = old.kind == new.kind == "primitive" and old.primitive != new.primitive
    return (new.primitive == "any" and old.kind == "primitive") or (
        not widened and next(type_obstacles(old, new, ""), None) is None and _same_records(old, new)
    )


def _same_records(old: FieldType, new: FieldType) -> bool:
    # A nested sample is of one class: only the same schema gives the same.
    if old.items is not None and new.items is not None:
        return _stands(old.items, new.items)
    if old.schema is not None and new.schema is not None:
        return old.schema.identity_cid == new.schema.identity_cid
    return True


def _cast(plan: Upgrade, old: FieldType, new: Field) -> None:
    kind = new.type
    if old.kind == kind.kind == "ndarray" and shape_fits(old, kind) and kind.dtype is not None:
        _cast_array(plan, old.dtype, kind.dtype, new.name)
        return
    pair = (str(old.primitive), str(kind.primitive))
    if old.kind == kind.kind == "primitive" and set(pair) <= _SCALARS:
        plan.steps.append(Cast(new.name, pair[1]))
        if pair not in _SAFE_CASTS:
            plan.notes.append(f"{new.name}: stops at a {pair[0]} that has no equal as {pair[1]}")
        return
    plan.obstacles.append(f"{new.name}: {type_label(old)} does not become {type_label(kind)}")


def _cast_array(plan: Upgrade, old: str | None, new: str, name: str) -> None:
    target = parse_dtype(new)
    source = None if old is None else parse_dtype(old)
    numbers = target.kind in _NUMBERS and (source is None or source.kind in _NUMBERS)
    if not numbers or (source is not None and source.kind == "c" != target.kind):
        plan.obstacles.append(f"{name}: arrays of {old or 'any dtype'} do not become {new}")
        return
    plan.steps.append(Cast(name, new))
    if source is None or not np.can_cast(source, target, "safe"):
        plan.notes.append(f"{name}: elements of {old or 'any dtype'} may have no equal as {new}")


def _arrange(plan: Upgrade, old: Schema, new: Schema, renamed: Sequence[Renamed]) -> None:
    to = {pair.old.name: pair.new.name for pair in renamed}
    reached = [to.get(item.name, item.name) for item in old.fields]
    known = set(reached)
    filled = (step.field for step in plan.steps if isinstance(step, Default))
    reached += [name for name in filled if name not in known]
    wanted = [item.name for item in new.fields]
    if reached != wanted and not plan.obstacles:
        plan.steps.append(Select(tuple(wanted)))
