"""Desk: one conversation between a page and the flows, from the form to what came of it."""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from atdata_nb import licenses
from atdata_nb.atmosphere.secret import Secret
from atdata_nb.errors import FlowError
from atdata_nb.views.amounts import counted
from atdata_nb.views.text import one_line, visible
from atdata_nb.widgets.flows import asks, shelf
from atdata_nb.widgets.flows.errands import Errands
from atdata_nb.widgets.flows.telling import progress_wire
from atdata_nb.widgets.flows.wire import plan_wire

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from atdata_nb.flows import Plan, Result, Run, Unfinished
    from atdata_nb.protocols import AbstractIndex
    from atdata_nb.widgets.flows.account import Account

Answer = dict[str, Any]
_OFFERED = 30


class Desk(ABC):
    """What a page of a flow talks to: it keeps the plan that was shown, and finds the run again.

    Attributes:
        index: whose data it is, and which journal tells of what was cut short.
        account: who publishes.
        plan: the plan that was shown last.
        run: the run that is shown, if any.
        next: the desk that the page has gone on to, if any.
    """

    def __init__(self, index: AbstractIndex, account: Account) -> None:
        self.index, self.account = index, account
        self.plan: Plan | None = None
        self.run: Run | None = None
        self.next: Desk | None = None
        self._plan_number = 0
        self._told: dict[int, Run] = {}
        self._numbers = itertools.count(1)
        self._errands = Errands()

    # What a desk of its kind knows

    @abstractmethod
    def subject(self) -> Hashable | None:
        """Return what a run of this desk is found again by; None where it is not."""

    @abstractmethod
    def first(self) -> Answer:
        """Return what the page shows before anything was asked."""

    @abstractmethod
    def make_plan(self, form: dict[str, str], columns: Sequence[asks.Column]) -> Plan:
        """Return the plan that follows from what was filled in; it may take long."""

    @abstractmethod
    def code(self, form: dict[str, str], columns: Sequence[asks.Column]) -> str:
        """Return the same as code."""

    def planned(self, plan: Plan, answer: Answer) -> Answer:
        """Return a plan's answer, with what only desks of one kind tell of it."""
        del plan
        return answer

    # The conversation

    @property
    def current(self) -> Desk:
        """The desk that the page talks to now."""
        return self if self.next is None else self.next.current

    @property
    def result(self) -> Result | None:
        """What came of the run; None as long as there is nothing."""
        return None if self.run is None else self.run.result

    def answer(self, content: dict[str, Any]) -> Answer:
        """Return the answer to what was asked; ``done`` is false while an errand is under way."""
        if self.next is not None:
            return self.next.answer(content)
        match asks.read_ask(content):
            case asks.Begin():
                return self.begin()
            case asks.Look(number):
                return self._errands.look(number)
            case asks.Licenses(query):
                found = licenses.search(query, limit=_OFFERED)
                return {"items": [list(one) for one in found], "known": licenses.is_known(query)}
            case asks.SignIn() | asks.SignInToSandbox() | asks.SignOut() as ask:
                return self._account_asked(ask)
            case asks.MakePlan(form, columns):
                return self._planned(form, columns)
            case asks.Start(number):
                return self._start(number)
            case asks.Progress() | asks.Cancel() | asks.Again() | asks.Retry() as ask:
                return self._run_asked(ask)
            case asks.Others() | asks.Show() | asks.Resume() | asks.RollBack() as ask:
                return self._beside_asked(ask)
            case other:
                return self.further(other)

    def begin(self) -> Answer:
        """Return where things stand."""
        self.account.find()
        if self.run is None:
            self.run = shelf.find(self.subject())
        run = {"run": self._snapshot()}
        return self.first() | self._who() | self._cut_short() | self._others() | run

    def further(self, ask: asks.AnyAsk) -> Answer:
        """Answer what only desks of one kind are asked."""
        raise FlowError(f"there is nothing to {type(ask).__name__.lower()} here")

    def _account_asked(self, ask: asks.SignIn | asks.SignInToSandbox | asks.SignOut) -> Answer:
        account = self.account
        match ask:
            case asks.SignIn(handle, password, remember):
                secret = Secret(password)
                return self._errands.send(
                    lambda: account.sign_in(handle, secret, remember=remember),
                    lambda _: self._who(),
                )
            case asks.SignInToSandbox():
                return self._errands.send(account.use_sandbox, lambda _: self._who())
            case asks.SignOut():
                account.sign_out()
                return self._who()

    def _planned(self, form: dict[str, str], columns: Sequence[asks.Column]) -> Answer:
        def tell(plan: Plan) -> Answer:
            self.plan, self._plan_number = plan, next(self._numbers)
            answer = {
                "done": True,
                "number": self._plan_number,
                "plan": plan_wire(plan),
                "code": self.code(form, columns),
            }
            return self.planned(plan, answer)

        return self._errands.send(lambda: self.make_plan(form, columns), tell)

    def _start(self, number: int) -> Answer:
        if self.plan is None or number != self._plan_number:
            raise FlowError("the plan has changed since it was shown: look at it again")
        return self._begin_run(self.plan)

    def _run_asked(self, ask: asks.Progress | asks.Cancel | asks.Again | asks.Retry) -> Answer:
        if self.run is None:
            raise FlowError("nothing is running here: run the cell again")
        match ask:
            case asks.Progress(since):
                return progress_wire(self.run, since)
            case asks.Cancel():
                self.run.cancel()
                return {}
            case asks.Again():
                if self._is_own(self.run):
                    shelf.forget(self.subject())
                self.run = None
                return {}
            case asks.Retry():
                return self._begin_run(self.run.plan, is_own=self._is_own(self.run))

    def _beside_asked(self, ask: asks.Others | asks.Show | asks.Resume | asks.RollBack) -> Answer:
        index = self.index
        client = self.account.client if self.account.is_signed_in else None
        match ask:
            case asks.Others():
                return self._others()
            case asks.Show(number):
                if number not in self._told:
                    raise FlowError("that run has ended")
                return self._show(self._told[number])
            case asks.Resume(name, credentials):
                return self._errands.send(
                    lambda: shelf.resume(name, index, client, credentials), self._show
                )
            case asks.RollBack(name, credentials):
                return self._errands.send(
                    lambda: shelf.roll_back(name, index, client, credentials),
                    lambda _: self._cut_short(),
                )

    def _begin_run(self, plan: Plan, *, is_own: bool = True) -> Answer:
        from atdata_nb import flows

        return self._show(shelf.keep(self.subject() if is_own else None, flows.start(plan)))

    def _is_own(self, run: Run) -> bool:
        return shelf.find(self.subject()) is run

    def _others(self) -> Answer:
        """Return the runs of other pages that go on; those that were told of can be shown."""
        others = [run for run in shelf.under_way() if run is not self.run]
        self._told |= {run.number: run for run in others}
        told = [{"id": run.number, "title": one_line(run.plan.title, 200)} for run in others]
        return {"done": True, "others": told}

    def _show(self, run: Run) -> Answer:
        self.run = run
        return {"done": True, "run": self._snapshot()}

    def _snapshot(self) -> Answer | None:
        if self.run is None:
            return None
        own = {"own": self._is_own(self.run)}
        return {"plan": plan_wire(self.run.plan), **progress_wire(self.run, 0), **own}

    def _who(self) -> Answer:
        return {"done": True, "account": self.account.wire()}

    def _cut_short(self) -> Answer:
        left = [
            {
                "id": one.name,
                "title": one_line(one.title, 200),
                "text": visible(_why(one), 400),
                "bucket": one_line(one.bucket, 100),
            }
            for one in shelf.cut_short(self.index)
        ]
        return {"done": True, "unfinished": left}


def _why(one: Unfinished) -> str:
    uploaded = f"{counted(one.uploaded, 'blob')} uploaded"
    done = f"as {one.handle}, {f'into the bucket {one.bucket}' if one.bucket else uploaded}"
    return f"{done}; {one.why}" if one.why else done
