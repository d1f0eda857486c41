"""Facts of a lens's mapping: which field becomes which, and what is dropped or filled in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from atdata_nb.views.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from atdata_nb.schemas.steps import Step

Kind = Literal["", "add", "del", "new", "mod"]


@dataclass(frozen=True, slots=True)
class MappedField:
    """One row: a field of the source, what becomes of it, and the field of the view.

    Attributes:
        kind: ``add`` where the source has nothing for it, ``del`` where it is dropped, ``new``
            where it is renamed, ``mod`` where its values change; empty where it is copied.
        source: the field of the source, with its type; empty where there is none.
        view: likewise of the view.
        how: what is done, in words.
    """

    kind: Kind
    source: str
    view: str
    how: str

    @property
    def sign(self) -> str:
        """The sign of its kind, for those who see no colours."""
        return {"": "", "add": "+", "del": "−", "new": "→", "mod": "~"}[self.kind]


@dataclass(slots=True)
class _Trace:
    """Where a field comes from, while the steps are followed."""

    source: str = ""
    done: list[str] = field(default_factory=list)
    kind: Kind = ""


def mapped_fields(
    steps: Sequence[Step], source: Mapping[str, str], view: Mapping[str, str]
) -> tuple[MappedField, ...]:
    """Return one row for each field of the view, in its order, then the dropped fields.

    Args:
        steps: what is done, in order.
        source: the source's fields and their types in words.
        view: the view's.

    Example:
        >>> from atdata_nb.schemas.steps import Rename
        >>> [row] = mapped_fields([Rename("img", "image")], {"img": "bytes"}, {"image": "bytes"})
        >>> row.sign, row.source, row.view, row.how
        ('→', 'img bytes', 'image bytes', 'renamed')
    """
    traces = {name: _Trace(name) for name in source}
    for step in steps:
        traces = _follow(step, traces)
    rows = [
        MappedField(trace.kind, _typed(trace.source, source), _typed(name, view), _words(trace))
        for name, trace in ((name, traces.get(name, _Trace())) for name in view)
    ]
    used = {trace.source for name, trace in traces.items() if name in view}
    gone = [name for name in source if name not in used]
    rows += [MappedField("del", _typed(name, source), "", "dropped") for name in gone]
    return tuple(rows)


def _follow(step: Step, traces: dict[str, _Trace]) -> dict[str, _Trace]:
    from atdata_nb.schemas.steps import Cast, Constant, Default, Rename, Select

    match step:
        case Rename(old, new):
            renamed = {new if name == old else name: trace for name, trace in traces.items()}
            _note(renamed.get(new), "new", "renamed")
            return renamed
        case Select(names):
            return {name: traces[name] for name in names if name in traces}
        case Cast(name, to):
            _note(traces.get(name), "mod", f"as {one_line(to, 40)}")
        case Default(name, value) if name in traces:
            _note(traces[name], "mod", f"{_value(value)} where absent")
        case Default(name, value) | Constant(name, value):
            made = f"{_value(value)}" if isinstance(step, Default) else f"always {_value(value)}"
            return traces | {name: _Trace("", [made], "add")}
    return traces


def _note(trace: _Trace | None, kind: Kind, text: str) -> None:
    if trace is not None:
        # A field that was filled in stays one; a renamed one that is cast as well is changed.
        trace.kind = trace.kind if trace.kind in ("add", "mod") else kind
        trace.done.append(text)


def _words(trace: _Trace) -> str:
    if trace.kind == "add":
        return f"filled in: {', '.join(trace.done)}"
    return ", ".join(trace.done) or ("copied" if trace.source else "")


def _typed(name: str, types: Mapping[str, str]) -> str:
    return f"{one_line(name, 60)} {types.get(name, '')}".strip() if name else ""


def _value(value: Any) -> str:
    from atdata_nb.samples.packable import show_value

    return one_line(show_value(value), 80)
