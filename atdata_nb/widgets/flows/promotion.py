"""Promotion: the desk where a dataset of an index goes to the network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atdata_nb.errors import DatasetNotFoundError
from atdata_nb.views.entries import entry_facts, entry_key
from atdata_nb.views.text import one_line
from atdata_nb.widgets.catalog import Catalog
from atdata_nb.widgets.flows import asks
from atdata_nb.widgets.flows.desk import Answer, Desk
from atdata_nb.widgets.flows.form import Field, Known, about, literal, tags_of, told, wires
from atdata_nb.widgets.known import Known as Listed
from atdata_nb.widgets.wanted import Wanted
from atdata_nb.widgets.wire import listing_wire

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from atdata_nb.flows import Plan
    from atdata_nb.protocols import AbstractIndex, IndexEntry
    from atdata_nb.stores import S3DataStore
    from atdata_nb.views.entries import EntryFacts
    from atdata_nb.widgets.flows.account import Account

PAGE = 50
BLOBS, S3, URLS = "blobs", "s3", "urls"
NEW = "new version"
_TO_S3 = ("place", S3)
_PLACES = (
    (BLOBS, "on your server, as blobs"),
    (S3, "in an S3 bucket of yours, with public addresses"),
    (URLS, "where they are: they have public addresses already"),
)
TAKEN = (
    (NEW, "publish a new version"),
    ("replace", "replace it"),
    ("stop", "stop, and change nothing"),
)


class Promotion(Desk):
    """From an entry of an index to a record of the network.

    Args:
        entry: what to promote; without one, the page chooses.
        index: whose entry it is.
        account: who publishes.
    """

    def __init__(self, entry: IndexEntry | None, index: AbstractIndex, account: Account) -> None:
        super().__init__(index, account)
        self.entry = entry
        self._catalog = Catalog([index])
        self._listed = Listed([index])

    def subject(self) -> Hashable | None:
        """Return the entry's key: promoting it again finds its run."""
        return None if self.entry is None else ("promote", entry_key(self.entry))

    def first(self) -> Answer:
        """Return the form, filled in with what the entry says of itself."""
        facts = None if self.entry is None else entry_facts(self.entry)
        return {
            "kind": "promote",
            "title": "" if facts is None else one_line(f"{facts.name} {facts.version}".strip()),
            "from": _origin(facts),
            "form": [] if self.entry is None else wires(self._form(self.entry)),
            "needsAccount": True,
            "choose": self.entry is None,
        }

    def make_plan(self, form: dict[str, str], columns: Sequence[asks.Column]) -> Plan:
        """Return the plan of promoting the entry; it asks the network what is there already."""
        from atdata_nb.flows import plan_promote

        del columns
        return plan_promote(
            self._chosen(),
            index=self.index,
            client=self.account.client,
            store=_store(form),
            **self._options(form),
        )

    def code(self, form: dict[str, str], columns: Sequence[asks.Column]) -> str:
        """Return the plan as code."""
        del columns
        entry = self._chosen()
        version = getattr(entry, "version", None)
        ref = f"{entry.name}@{version}" if version else entry.name
        options = literal(self._options(form))
        if bucket := told(form, "bucket"):
            options += f", store=at.S3DataStore({told(form, 'credentials')!r}, bucket={bucket!r})"
        return f"at.plan_promote({ref!r}, index=index, client=client, {options}).run()"

    def further(self, ask: asks.AnyAsk) -> Answer:
        """Answer what is asked to choose an entry."""
        match ask:
            case asks.List(query):
                listing = self._catalog.page(Wanted(query), offset=0, limit=PAGE)
                return {"query": query, **listing_wire(listing, self._listed)}
            case asks.Choose(key):
                self.entry, self.run, self.plan = self._listed[key].entry, None, None
                return self.begin()
            case other:
                return super().further(other)

    def _chosen(self) -> IndexEntry:
        if self.entry is None:
            raise DatasetNotFoundError("nothing is chosen: choose a dataset first")
        return self.entry

    def _form(self, entry: IndexEntry) -> list[Field]:
        return [
            *about(Known.of(entry)),
            Field("place", "Put shards", "choice", BLOBS, options=_PLACES),
            Field("bucket", "Bucket", hint="a bucket that everybody may read", shown_for=_TO_S3),
            Field(
                "credentials",
                "Credentials",
                placeholder="else those of the environment",
                hint="a .env file or a profile on the kernel’s machine; never the keys themselves",
                shown_for=_TO_S3,
            ),
            Field(
                "public_url",
                "Public address",
                placeholder="https://…, where it is not the bucket’s own",
                shown_for=_TO_S3,
            ),
            Field(
                "version", "Version", placeholder="its own, or the next that is free", folded=True
            ),
            Field("on_existing", "If it is there", "choice", NEW, options=TAKEN, folded=True),
        ]

    def _options(self, form: dict[str, str]) -> dict[str, Any]:
        place = form.get("place", BLOBS)
        options = {
            "name": told(form, "name"),
            "description": told(form, "description"),
            "license": told(form, "license"),
            "tags": tags_of(form.get("tags", "")),
            "version": told(form, "version"),
            "public_url": told(form, "public_url"),
        }
        existing = form.get("on_existing", NEW)
        options["place"] = None if place == BLOBS else place
        options["on_existing"] = None if existing == NEW else existing
        # What is a default already would only make the code longer.
        return {key: value for key, value in options.items() if value is not None}


def _store(form: dict[str, str]) -> S3DataStore | None:
    bucket = told(form, "bucket")
    if form.get("place") != S3 or bucket is None:
        return None
    from atdata_nb.stores import S3DataStore

    return S3DataStore(told(form, "credentials"), bucket=bucket)


def _origin(facts: EntryFacts | None) -> str:
    place = "" if facts is None else facts.place
    return "this machine" if place in {"", "local"} else place
