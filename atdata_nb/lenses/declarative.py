"""DeclarativeLens: a lens as data, which anybody may read, and run as it can do so little."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, Self, TypeVar

from atdata_nb.display import Displayed
from atdata_nb.errors import LensError, SchemaError
from atdata_nb.lenses.lens import Lens
from atdata_nb.lenses.records import RecordLens
from atdata_nb.samples.packable import same_value
from atdata_nb.schemas.steps import Cast, Constant, Default, Rename, Select, Step
from atdata_nb.schemas.values import decode_value, encode_value, plain

S = TypeVar("S")
V = TypeVar("V")

KIND: Final = "declarative"
FORMAT: Final = 1
MAX_STEPS: Final = 10_000
MAX_FIELDS: Final = 10_000
MAX_NAME: Final = 200
SHOWN_STEPS: Final = 12


@dataclass(frozen=True, slots=True, eq=False)
class DeclarativeLens(Displayed):
    """Steps from the fields of a source to the fields of a view.

    The steps are applied in order. Backwards, a renamed field gets its old name, a dropped one
    its value from the source, a cast one is cast back, and one that was filled in has to have
    the value it was filled with, because the source has no place for another. Getting what was
    put, and putting what was got, always hold; putting twice may differ from putting once where
    a ``Default`` stands in for a None, or a ``Cast`` gives one value for several.

    Attributes:
        steps: what is done, in order.

    Raises:
        LensError: a step names no field, or there are too many.

    Example:
        >>> from atdata_nb.samples import packable
        >>> from atdata_nb.schemas.steps import Default, Rename
        >>> @packable
        ... class Old:
        ...     img: bytes
        >>> @packable
        ... class New:
        ...     image: bytes
        ...     label: int
        >>> upgrade = DeclarativeLens((Rename("img", "image"), Default("label", 0)))
        >>> upgrade
        DeclarativeLens: img → image; label = 0 where absent
        >>> upgrade.as_lens(Old, New)(Old(b"x"))
        New(image=b'x', label=0)
        >>> DeclarativeLens.from_dict(upgrade.to_dict()) == upgrade
        True
    """

    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        if len(self.steps) > MAX_STEPS:
            message = f"a declarative lens of {len(self.steps):,} steps; {MAX_STEPS:,} are allowed"
            raise LensError(message)
        for step in self.steps:
            _check_step(step)

    def as_lens(
        self, source_type: type[S], view_type: type[V], *, name: str | None = None
    ) -> Lens[S, V]:
        """Return the working lens between two types.

        Raises:
            LensError: the steps do not lead from the fields of one to the fields of the other.
        """
        runner = RecordLens(self.steps, source_type, view_type, declaration=self)
        return Lens(
            runner,
            runner.put,
            name=name or f"{source_type.__name__} to {view_type.__name__}",
            source_type=source_type,
            view_type=view_type,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the lens as JSON that `from_dict` reads back.

        Raises:
            LensError: a value in a step has no JSON form, for example a nested sample.
        """
        return {"kind": KIND, "version": FORMAT, "steps": [_step_to_json(s) for s in self.steps]}

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Read a lens that somebody else may have written.

        Raises:
            LensError: it is of another kind or a newer format, or a step is not one of the five.
        """
        if not isinstance(data, Mapping) or data.get("kind") != KIND:
            message = f"no declarative lens: its kind is not {KIND!r}"
            raise LensError(message)
        if data.get("version") != FORMAT or isinstance(data.get("version"), bool):
            message = f"a declarative lens of another format than {FORMAT}; see a newer release"
            raise LensError(message)
        return cls(steps_from_json(data.get("steps")))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DeclarativeLens):
            return NotImplemented
        # Steps may hold arrays, which have no plain equality.
        return same_value([_parts(s) for s in self.steps], [_parts(s) for s in other.steps])

    def __hash__(self) -> int:
        return hash(tuple(type(step) for step in self.steps))

    def __repr__(self) -> str:
        shown = [str(step) for step in self.steps[:SHOWN_STEPS]]
        if len(self.steps) > SHOWN_STEPS:
            shown.append(f"… and {len(self.steps) - SHOWN_STEPS} more steps")
        return f"DeclarativeLens: {'; '.join(shown) or 'every field as it is'}"


def _parts(step: Step) -> list[Any]:
    return [type(step), *(getattr(step, field.name) for field in fields(step))]


def steps_from_json(data: Any) -> tuple[Step, ...]:
    """Read a list of steps.

    Raises:
        LensError: it is none, or too long.
    """
    if not isinstance(data, list) or len(data) > MAX_STEPS:
        message = f"a declarative lens has a list of at most {MAX_STEPS:,} steps"
        raise LensError(message)
    return tuple(_step_from_json(item, place) for place, item in enumerate(data))


def _step_to_json(step: Step) -> dict[str, Any]:
    match step:
        case Rename(old, new):
            return {"step": "rename", "from": old, "to": new}
        case Select(names):
            return {"step": "select", "fields": list(names)}
        case Default(field, value):
            return {"step": "default", "field": field, "value": _value_to_json(field, value)}
        case Cast(field, to):
            return {"step": "cast", "field": field, "to": to}
        case Constant(field, value):
            return {"step": "constant", "field": field, "value": _value_to_json(field, value)}


# The keys of each step beside "step"; all are required, others are refused.
_KEYS: Final = {
    "rename": {"from", "to"},
    "select": {"fields"},
    "default": {"field", "value"},
    "cast": {"field", "to"},
    "constant": {"field", "value"},
}


def _step_from_json(data: Any, place: int) -> Step:
    verb = data.get("step") if isinstance(data, dict) else None
    if not isinstance(verb, str) or verb not in _KEYS:
        message = f"step {place}: {str(verb)[:40]!r} is not one of {', '.join(_KEYS)}"
        raise LensError(message)
    if set(data) - {"step"} != _KEYS[verb]:
        message = f"step {place}: {verb} has exactly the keys {', '.join(sorted(_KEYS[verb]))}"
        raise LensError(message)
    if verb == "rename":
        return Rename(data["from"], data["to"])
    if verb == "select":
        names = data["fields"]
        return Select(tuple(names) if isinstance(names, list) else names)
    if verb == "cast":
        return Cast(data["field"], data["to"])
    made = Default if verb == "default" else Constant
    return made(data["field"], _value_from_json(place, data["value"]))


def _value_to_json(field: str, value: Any) -> Any:
    try:
        return encode_value(plain(value, field))
    except SchemaError as error:
        raise LensError(str(error)) from error


def _value_from_json(place: int, data: Any) -> Any:
    try:
        return decode_value(data, f"step {place}")
    except SchemaError as error:
        raise LensError(str(error)) from error


def _check_step(step: Any) -> None:
    match step:
        case Rename(old, new):
            _check_names(step, old, new)
        case Select():
            names: Any = step.fields
            if not isinstance(names, tuple) or len(names) > MAX_FIELDS:
                message = f"select: no list of at most {MAX_FIELDS:,} field names"
                raise LensError(message)
            _check_names(step, *names)
            if len(set(names)) != len(names):
                message = "select: a field is named twice"
                raise LensError(message)
        case Cast(field, to):
            _check_names(step, field, to)
        case Default(field) | Constant(field):
            _check_names(step, field)
        case _:
            message = f"{type(step).__name__} is no step of a declarative lens"
            raise LensError(message)


def _check_names(step: Step, *names: Any) -> None:
    for name in names:
        if not isinstance(name, str) or not 0 < len(name) <= MAX_NAME or not name.isprintable():
            message = (
                f"{type(step).__name__.lower()}: {str(name)[:40]!r} is no field name (printable "
                f"text of 1 to {MAX_NAME} characters)"
            )
            raise LensError(message)
