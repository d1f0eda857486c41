"""Plan: what publishing or promoting would do, as a value, before any of it is done."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, runtime_checkable

from atdata_nb.display import Displayed
from atdata_nb.errors import FlowError, PlanBlockedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from atdata_nb.flows.event import Event
    from atdata_nb.flows.result import Result
    from atdata_nb.schemas import Schema

    OnEvent: TypeAlias = Callable[[Event], object]

Kind: TypeAlias = Literal["publish", "promote"]
StepKind: TypeAlias = Literal["check", "schema", "shard", "write", "record", "verify"]


class Cancel(Protocol):
    """What says that a run should end; a ``threading.Event`` is one."""

    def is_set(self) -> bool:
        """Whether it should."""
        ...


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that a run does.

    Attributes:
        id: what events call it by; unique in its plan.
        kind: ``check``, ``schema``, ``shard``, ``write``, ``record`` or ``verify``.
        title: what it is, in a few words.
        detail: where it goes, or what became of it before.
        bytes: how much it moves; None where that is not known or does not matter.
        reused: whether it is there already, so that nothing has to be done.
    """

    id: str
    kind: StepKind
    title: str
    detail: str = ""
    bytes: int | None = None
    reused: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {name: getattr(self, name) for name in _STEP}


_STEP = ("id", "kind", "title", "detail", "bytes", "reused")


@dataclass(frozen=True, slots=True)
class Note:
    """Something to know before it is done, or something that keeps it from being done.

    Attributes:
        kind: what it is about, in one word: ``license``, ``description``, ``urls``, ``size`` …
        text: what it is, in a sentence.
        remedy: what to do about it, in a sentence.
    """

    kind: str
    text: str
    remedy: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {"kind": self.kind, "text": self.text, "remedy": self.remedy}

    def __str__(self) -> str:
        return f"{self.text}: {self.remedy}" if self.remedy else self.text


@dataclass(frozen=True, slots=True)
class Public:
    """What everybody will be able to see; for a local index, what it will say.

    Attributes:
        facts: pairs of a word and what will be said under it.
        urls: every address that will be named.
        fields: names of the samples' fields.
        left_out: what stays private, and why.
        record: the record as it will be sent; what only the run can know stands there as ``…``.
    """

    facts: tuple[tuple[str, str], ...] = ()
    urls: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    record: dict[str, Any] = field(default_factory=dict, hash=False)

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {
            "facts": [list(pair) for pair in self.facts],
            "urls": list(self.urls),
            "fields": list(self.fields),
            "left_out": list(self.left_out),
            "record": self.record,
        }


class Action(Protocol):
    """What carries a plan out."""

    def run(self, plan: Plan, on_event: OnEvent, cancel: Cancel | None) -> Result:
        """Do it."""
        ...


@runtime_checkable
class Editable(Protocol):
    """An action whose samples' schema can be edited before."""

    @property
    def schema(self) -> Schema:
        """The schema of the samples."""
        ...

    def with_schema(self, schema: Schema, renames: Mapping[str, str] | None = None) -> Editable:
        """Return it with another schema."""
        ...

    def plan(self) -> Plan:
        """Return what it would do."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Plan(Displayed):
    """What publishing or promoting a dataset would do: shown first, run then.

    Attributes:
        kind: ``publish`` (into an index of this machine) or ``promote`` (to the network).
        title: what it is about: ``Promote digits 1.1.0``.
        confirm: what a button that runs it says.
        steps: what it does, in order.
        public: what will be seen by others.
        warnings: what to know before.
        blockers: what keeps it from being done; with any of these it does not run.
        bytes: how much it moves; None where that is not known.
        seconds: how long that takes, roughly; None where nobody can tell.
        action: what carries it out; no part of the value.
    """

    kind: Kind
    title: str
    confirm: str
    steps: tuple[Step, ...]
    public: Public
    warnings: tuple[Note, ...] = ()
    blockers: tuple[Note, ...] = ()
    bytes: int | None = None
    seconds: float | None = None
    action: Action | None = field(default=None, compare=False)

    @property
    def ok(self) -> bool:
        """Whether it can be run."""
        return not self.blockers

    @property
    def is_done(self) -> bool:
        """Whether all of it is there already, so that running it changes nothing."""
        return self.ok and all(
            step.reused or step.kind in {"check", "verify"} for step in self.steps
        )

    @property
    def schema(self) -> Schema:
        """The schema of the samples that are published.

        Raises:
            FlowError: the plan is about something else.
        """
        return self._publication().schema

    def with_schema(self, schema: Schema, renames: Mapping[str, str] | None = None) -> Plan:
        """Return the plan with an edited schema, which the samples are made to fit.

        Fields that it does not have are dropped, fields that only it has get their default, and
        arrays become the dtype that it says.

        Args:
            schema: the edited one.
            renames: what fields of it were called before, where that was something else.

        Raises:
            SampleTypeError: a field needs a value, and the samples have none.
            FlowError: the plan is about something else.

        Example:
            >>> import atdata_nb as at
            >>> from dataclasses import replace
            >>> plan = at.plan_publish([{"n": 1, "email": "a@b.se"}], name="numbers")
            >>> kept = tuple(field for field in plan.schema.fields if field.name != "email")
            >>> plan.with_schema(replace(plan.schema, fields=kept)).public.fields
            ('n',)
        """
        return self._publication().with_schema(schema, renames).plan()

    def _publication(self) -> Editable:
        action: object = self.action
        if not isinstance(action, Editable):
            raise FlowError("only a plan to publish has a schema that can be edited")
        return action

    def step(self, id_: str) -> Step:
        """Return a step by what events call it.

        Raises:
            KeyError: there is none.
        """
        for step in self.steps:
            if step.id == id_:
                return step
        raise KeyError(id_)

    def run(self, on_event: OnEvent | None = None, *, cancel: Cancel | None = None) -> Result:
        """Do it.

        A promotion goes on where it, or any other, was cut short: what was done already is not done
        again. Publishing is all or nothing: it begins anew.

        Args:
            on_event: told of every step as it begins, goes on and ends.
            cancel: looked at again and again; once it is set, the run ends. What is public or
                listed by then stays.

        Raises:
            PlanBlockedError: something keeps it from being done; the message says what.
            FlowCancelledError: it was cancelled.
        """
        self.check()
        assert self.action is not None  # noqa: S101 - only a plan with blockers has none
        return self.action.run(self, on_event or _nobody, cancel)

    def check(self) -> None:
        """Raise PlanBlockedError if something keeps it from being done."""
        if self.blockers:
            raise PlanBlockedError("; ".join(map(str, self.blockers)))

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it: no secrets, nothing that could be run."""
        return {
            "kind": self.kind,
            "title": self.title,
            "confirm": self.confirm,
            "steps": [step.to_dict() for step in self.steps],
            "public": self.public.to_dict(),
            "warnings": [note.to_dict() for note in self.warnings],
            "blockers": [note.to_dict() for note in self.blockers],
            "bytes": self.bytes,
            "seconds": self.seconds,
        }

    def __repr__(self) -> str:
        lines = [self.title]
        lines += [f"  {'✓' if step.reused else '·'} {_told(step)}" for step in self.steps]
        lines += [f"  {word:<12} {text}" for word, text in self.public.facts]
        lines += [f"  left out     {text}" for text in self.public.left_out]
        lines += [f"  warning      {note}" for note in self.warnings]
        lines += [f"  BLOCKED      {note}" for note in self.blockers]
        return "\n".join([*lines, self.confirm])


def _told(step: Step) -> str:
    size = "" if step.bytes is None else f" · {step.bytes:,} bytes"
    return f"{step.title}{size}{f' · {step.detail}' if step.detail else ''}"


def _nobody(_: Event) -> None:
    """Nobody is told."""
