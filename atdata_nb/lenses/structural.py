"""Structural lens: fields of the same name, copied because somebody asked for it."""

from __future__ import annotations

from dataclasses import MISSING
from typing import TYPE_CHECKING, Any, TypeVar, cast

from atdata_nb.errors import LensError, SampleTypeError
from atdata_nb.lenses.compatible import may_stand
from atdata_nb.lenses.declarative import DeclarativeLens
from atdata_nb.lenses.definitions import type_name
from atdata_nb.lenses.lens import Lens
from atdata_nb.lenses.records import RecordLens
from atdata_nb.samples import FieldSpec, field_specs
from atdata_nb.samples.wire import describe_type
from atdata_nb.schemas.steps import Default, Select

if TYPE_CHECKING:
    from collections.abc import Mapping

S = TypeVar("S")
V = TypeVar("V")


class StructuralLens(Lens[S, V]):
    """A lens that copies fields by name; made by `structural_lens`.

    Attributes:
        copied: fields that both types have.
        dropped: fields of the source that the view does not have.
        defaulted: fields of the view that get their default, because the source has none.
    """

    def __init__(self, source_type: type[S], view_type: type[V]) -> None:
        source = _specs(source_type)
        view = _specs(view_type)
        self.copied = tuple(name for name in view if name in source)
        self.dropped = tuple(name for name in source if name not in view)
        self.defaulted = tuple(name for name in view if name not in source)
        _check(source_type, view_type, source, view)
        filled = [Default(name, _default_of(view[name])) for name in self.defaulted]
        runner = RecordLens(
            (Select(self.copied), *filled),
            source_type,
            view_type,
            declaration=DeclarativeLens((Select(self.copied), *filled)),
        )
        super().__init__(
            runner, runner.put, name="structural", source_type=source_type, view_type=view_type
        )

    def __repr__(self) -> str:
        parts = [f"copies {', '.join(self.copied) or 'nothing'}"]
        if self.dropped:
            parts.append(f"drops {', '.join(self.dropped)}")
        if self.defaulted:
            parts.append(f"fills {', '.join(self.defaulted)} by default")
        way = f"{type_name(self.source_type)} → {type_name(self.view_type)}"
        return f"Lens structural: {way} ({'; '.join(parts)})"

    def __reduce__(self) -> tuple[Any, ...]:
        return StructuralLens, (self.source_type, self.view_type)


def structural_lens(source_type: type[S], view_type: type[V], /) -> StructuralLens[S, V]:
    """Return the lens that copies the fields of the same name, and says what it drops and fills.

    A field is copied where every value of its type may stand in the view's; nothing is converted.
    Writing back keeps what was dropped. A field that was filled has no place in the source:
    putting a view in which it was changed is an error.

    Raises:
        LensError: the view requires a field that the source does not have, or types differ.

    Example:
        >>> from atdata_nb.samples import packable
        >>> @packable
        ... class Photo:
        ...     title: str
        ...     camera: str
        >>> @packable
        ... class Titled:
        ...     title: str
        ...     stars: int = 0
        >>> lens = structural_lens(Photo, Titled)
        >>> lens
        Lens structural: Photo → Titled (copies title; drops camera; fills stars by default)
        >>> lens.put(Titled("dusk"), Photo("dawn", "Leica"))
        Photo(title='dusk', camera='Leica')
    """
    return StructuralLens(source_type, view_type)


def _specs(cls: type) -> dict[str, FieldSpec]:
    try:
        return {spec.name: spec for spec in field_specs(cls)}
    except SampleTypeError as error:
        message = f"{type_name(cls)} declares no fields to copy: {error}"
        raise LensError(message) from error


def _check(
    source_type: type,
    view_type: type,
    source: Mapping[str, FieldSpec],
    view: Mapping[str, FieldSpec],
) -> None:
    faults = []
    for name, wanted in view.items():
        given = source.get(name)
        if given is None and wanted.required:
            faults.append(f"{name} is required, and {type_name(source_type)} does not have it")
        elif given is not None and not may_stand(given.type, wanted.type):
            was, now = describe_type(given.type), describe_type(wanted.type)
            faults.append(f"{name} is {was} there and {now} here")
    if faults:
        message = (
            f"{type_name(source_type)} can't be copied into {type_name(view_type)}: "
            f"{'; '.join(faults)}; write a lens, or a DeclarativeLens with a Cast or Default"
        )
        raise LensError(message)


def _default_of(spec: FieldSpec) -> Any:
    return spec.default if spec.default is not MISSING else cast("Any", spec.default_factory)()
