"""Publishing: the desk where data becomes a dataset of an index, and from there may go on."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from atdata_nb.errors import FlowError
from atdata_nb.views.text import one_line
from atdata_nb.widgets.flows import asks, variables
from atdata_nb.widgets.flows.columns import columns_wire, edited
from atdata_nb.widgets.flows.desk import Answer, Desk
from atdata_nb.widgets.flows.form import Field, Known, about, literal, tags_of, told, wires
from atdata_nb.widgets.flows.promotion import NEW, TAKEN, Promotion

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from atdata_nb.flows import Plan
    from atdata_nb.protocols import AbstractIndex
    from atdata_nb.widgets.flows.account import Account

PATH = "a path"


class Publishing(Desk):
    """From data in whatever form to a dataset of an index; promoting it is one more button.

    Args:
        data: what ``plan_publish`` takes; without it, the page chooses a variable or a path.
        index: where it will be listed.
        account: who promotes it afterwards, if anybody.
    """

    def __init__(self, data: Any, index: AbstractIndex, account: Account) -> None:
        super().__init__(index, account)
        self.data = data
        self._found: Plan | None = None
        self._found_for: tuple[object, str] = (None, "")

    def subject(self) -> Hashable | None:
        """Return what the data is found again by; its run keeps it alive, and so its id."""
        return None if self.data is None else ("publish", _key(self.data))

    def first(self) -> Answer:
        """Return the form; the columns come with the first plan, as data has to be looked at."""
        return {
            "kind": "publish",
            "title": one_line(self._name() or "a dataset"),
            "from": "this notebook" if not _is_path(self.data) else "this machine",
            "form": wires(self._form()),
            "needsAccount": False,
            "choose": False,
        }

    def make_plan(self, form: dict[str, str], columns: Sequence[asks.Column]) -> Plan:
        """Return the plan of writing the data into the index."""
        from atdata_nb.flows import plan_publish

        data = self._data(form)
        found = plan_publish(data, index=self.index, **self._options(form))
        if found.blockers and found.action is None:
            return found
        changed = edited(found.schema, columns)
        self._found = found
        return found if changed is None else found.with_schema(*changed)

    def planned(self, plan: Plan, answer: Answer) -> Answer:
        """Return a plan's answer with the columns that were found in the data."""
        del plan
        if self._found is None:
            return answer
        schema = self._found.schema
        return answer | {"columns": columns_wire(schema, _example(self._found))}

    def code(self, form: dict[str, str], columns: Sequence[asks.Column]) -> str:
        """Return the plan as code."""
        data = repr(str(self.data)) if _is_path(self.data) else variables.name_of(self.data)
        if self.data is None:
            data = repr(form.get("path", "")) if form.get("data") == PATH else form.get("data")
        call = f"at.plan_publish({data or 'data'}, index=index, {literal(self._options(form))})"
        if self._found is None or edited(self._found.schema, columns) is None:
            return f"{call}.run()"
        return f"plan = {call}\nplan.with_schema(schema).run()  # as edited in the form"

    def further(self, ask: asks.AnyAsk) -> Answer:
        """Go on to the network with what was written."""
        if not isinstance(ask, asks.Promote):
            return super().further(ask)
        if self.result is None or self.result.entry is None:
            raise FlowError("nothing was written yet: publish it first")
        self.next = Promotion(self.result.entry, self.index, self.account)
        return self.next.begin()

    def _form(self) -> list[Field]:
        fields = about(Known(self._name()))
        more = [
            Field("version", "Version", placeholder="the one that fits", folded=True),
            Field("on_existing", "If it is there", "choice", NEW, options=TAKEN, folded=True),
        ]
        if self.data is not None:
            return [*fields, *more]
        found = variables.publishable()
        options = (*found, (PATH, "a folder or file…"))
        return [
            Field("data", "Data", "choice", options[0][0], options=options),
            Field(
                "path",
                "Path",
                placeholder="of shards, pictures or recordings, on the kernel’s machine",
                shown_for=("data", PATH),
            ),
            *fields,
            *more,
        ]

    def _name(self) -> str:
        if _is_path(self.data):
            return Path(self.data).stem
        return variables.name_of(self.data) or ""

    def _data(self, form: Mapping[str, str]) -> Any:
        if self.data is not None:
            return self.data
        chosen = form.get("data", PATH)
        if chosen != PATH:
            return variables.value_of(chosen)
        path = told(form, "path")
        if path is None:
            raise FlowError("no data yet: say which folder or file")
        return path

    def _options(self, form: Mapping[str, str]) -> dict[str, Any]:
        existing = form.get("on_existing", NEW)
        options = {
            "name": form.get("name", "").strip(),
            "description": told(form, "description"),
            "license": told(form, "license"),
            "tags": tags_of(form.get("tags", "")) or None,
            "version": told(form, "version"),
            "on_existing": None if existing == NEW else existing,
        }
        return {key: value for key, value in options.items() if value is not None}


def _is_path(data: Any) -> bool:
    return isinstance(data, str | os.PathLike)


def _key(data: Any) -> Hashable:
    return str(data) if _is_path(data) else id(data)


def _example(plan: Plan) -> dict[str, Any]:
    from atdata_nb.dataset import Dataset

    samples = getattr(getattr(plan.action, "given", None), "samples", None)
    # A stream is not touched: it can be read one time only.
    first = samples.head(1) if isinstance(samples, Dataset) else []
    names = [field.name for field in plan.schema.fields]
    return {name: getattr(first[0], name) for name in names} if first else {}
