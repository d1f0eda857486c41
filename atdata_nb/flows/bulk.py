"""Bulk: plans that are run one after the other, each for itself."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from atdata_nb.amounts import counted, size
from atdata_nb.display import Displayed
from atdata_nb.errors import AtdataError, FlowCancelledError, PlanBlockedError

if TYPE_CHECKING:
    from atdata_nb.flows.event import Event
    from atdata_nb.flows.plan import Cancel, Note, OnEvent, Plan, Step
    from atdata_nb.flows.result import Result


@dataclass(frozen=True, slots=True, repr=False)
class Plans(Displayed):
    """Several plans; one that fails or is blocked doesn't stop the others.

    Attributes:
        plans: the plans, in order.
    """

    plans: tuple[Plan, ...]

    @property
    def kind(self) -> str:
        """``promote``."""
        return "promote"

    @property
    def title(self) -> str:
        """What it is about."""
        return f"Promote {counted(len(self.plans), 'dataset')}"

    @property
    def confirm(self) -> str:
        """What a button that runs them says."""
        ready = [plan for plan in self.plans if plan.ok and not plan.is_done]
        if not ready:
            return "Nothing to do: all are public already" if self.ok else "Nothing can be done yet"
        if len(ready) == 1:
            return ready[0].confirm
        total = self.bytes
        amount = counted(len(ready), "dataset") + ("" if total is None else f", {size(total)}")
        return f"Publish {amount}, {ready[0].confirm.rpartition(', ')[2]}"

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps of all plans; each id has the number of its plan before it: ``0/shard-1``."""
        return tuple(
            replace(step, id=f"{number}/{step.id}", title=f"{_name(plan)}: {step.title}")
            for number, plan in enumerate(self.plans)
            for step in plan.steps
        )

    @property
    def warnings(self) -> tuple[Note, ...]:
        """The warnings of all plans, each with the name of its dataset."""
        return _notes(self.plans, "warnings")

    @property
    def blockers(self) -> tuple[Note, ...]:
        """What keeps some of them from being done; the others go all the same."""
        return _notes(self.plans, "blockers")

    @property
    def bytes(self) -> int | None:
        """How much those that can be run move; None where that is not known."""
        sizes = [plan.bytes for plan in self.plans if plan.ok]
        return None if None in sizes else sum(one for one in sizes if one is not None)

    @property
    def seconds(self) -> float | None:
        """How long that takes, roughly."""
        times = [plan.seconds for plan in self.plans if plan.ok]
        return None if None in times else sum(one for one in times if one is not None)

    @property
    def ok(self) -> bool:
        """Whether at least one of them can be run."""
        return any(plan.ok for plan in self.plans)

    @property
    def is_done(self) -> bool:
        """Whether all of it is there already."""
        return all(plan.is_done for plan in self.plans)

    def check(self) -> None:
        """Raise PlanBlockedError if none of them can be run."""
        if not self.ok:
            raise PlanBlockedError("; ".join(map(str, self.blockers)) or "there is nothing to do")

    def run(self, on_event: OnEvent | None = None, *, cancel: Cancel | None = None) -> Results:
        """Run them in order; what fails is told in the results.

        Args:
            on_event: told of every step, by the ids that ``steps`` has.
            cancel: ends all of them once it is set.

        Raises:
            FlowCancelledError: it was cancelled.
        """
        results: dict[int, Result] = {}
        failures: dict[int, AtdataError] = {}
        for number, plan in enumerate(self.plans):

            def tell(event: Event, number: int = number) -> None:
                if on_event is not None:
                    on_event(replace(event, step=f"{number}/{event.step}"))

            try:
                results[number] = plan.run(tell, cancel=cancel)
            except FlowCancelledError:
                raise
            except AtdataError as error:
                failures[number] = error
        names = tuple(_name(plan) for plan in self.plans)
        return Results(names, results, failures)

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {
            "kind": self.kind,
            "title": self.title,
            "confirm": self.confirm,
            "plans": [plan.to_dict() for plan in self.plans],
            "bytes": self.bytes,
            "seconds": self.seconds,
        }

    def __iter__(self) -> Any:
        return iter(self.plans)

    def __len__(self) -> int:
        return len(self.plans)

    def __getitem__(self, number: int) -> Plan:
        return self.plans[number]

    def __repr__(self) -> str:
        return "\n\n".join([self.title, *map(repr, self.plans)])


@dataclass(frozen=True, slots=True, repr=False)
class Results(Displayed):
    """What came of several plans.

    Attributes:
        names: of the datasets, in order.
        results: what came of those that went well, by number.
        failures: why the others did not, by number.
    """

    names: tuple[str, ...]
    results: dict[int, Result] = field(hash=False)
    failures: dict[int, AtdataError] = field(hash=False)

    @property
    def ok(self) -> bool:
        """Whether none failed."""
        return not self.failures

    def __iter__(self) -> Any:
        return iter(self.results.values())

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {
            "results": [
                {"name": name}
                | (
                    self.results[number].to_dict()
                    if number in self.results
                    else {"error": str(self.failures[number])}
                )
                for number, name in enumerate(self.names)
            ]
        }

    def __repr__(self) -> str:
        lines = [
            repr(self.results[number])
            if number in self.results
            else f"FAILED {name}: {self.failures[number]}"
            for number, name in enumerate(self.names)
        ]
        return "\n".join(lines)


def _name(plan: Plan) -> str:
    return plan.title.partition(" ")[2]


def _notes(plans: tuple[Plan, ...], which: str) -> tuple[Note, ...]:
    return tuple(
        replace(note, text=f"{_name(plan)}: {note.text}")
        for plan in plans
        for note in getattr(plan, which)
    )
