"""Unfinished: promotions that were cut short, found in the journal of an index."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.atmosphere.client import AtmosphereClient
from atdata_nb.display import Displayed
from atdata_nb.errors import CredentialsError, FlowError, LoginError
from atdata_nb.flows.findings import Wish
from atdata_nb.flows.material import Material
from atdata_nb.flows.promotion import Promotion
from atdata_nb.flows.work import HEAD, LAST, OWNER, is_active, is_elsewhere, journal_of, name_of

if TYPE_CHECKING:
    from atdata_nb.flows.plan import Cancel, OnEvent, Plan
    from atdata_nb.flows.result import Result
    from atdata_nb.protocols import AbstractIndex
    from atdata_nb.stores import S3DataStore

_KEYS: Final = ("AWS_ACCESS_KEY_ID", "AWS_PROFILE")


@dataclass(frozen=True, slots=True, repr=False)
class Unfinished(Displayed):
    """A promotion that was cut short: resume it, or roll it back.

    Attributes:
        name: what the journal calls it.
        title: what it is about.
        handle: who it is for.
        uploaded: blobs that are on the server already.
        why: what it was cut short by; empty where the process ended without a word.
        index: whose journal it is in; no part of the value.
    """

    name: str
    title: str
    handle: str
    uploaded: int
    why: str
    head: dict[str, Any] = field(hash=False)
    index: AbstractIndex = field(compare=False)

    @property
    def bucket(self) -> str:
        """The bucket that its shards go to; empty where they go elsewhere."""
        return str(self.head["bucket"] or "") if self.head["wish"]["place"] == "s3" else ""

    def plan(
        self, client: AtmosphereClient | None = None, store: S3DataStore | None = None
    ) -> Plan:
        """Return the plan of what is left.

        Args:
            client: the same account, logged in; without it, its session in the key ring.
            store: the same bucket, where shards go to one; without it, the index's own, else with
                the keys of the environment.

        Raises:
            LoginError: nobody, or somebody else, is logged in.
            CredentialsError: there are none for the bucket.
            FlowError: the dataset is another one by now.
        """
        return self._promotion(client, store).plan()

    def resume(
        self,
        client: AtmosphereClient | None = None,
        *,
        store: S3DataStore | None = None,
        on_event: OnEvent | None = None,
        cancel: Cancel | None = None,
    ) -> Result:
        """Go on where it was cut short; what is done already is not done again.

        Args:
            client: the same account, logged in; without it, its session in the key ring.
            store: the same bucket, where shards go to one; without it, the index's own, else with
                the keys of the environment.
            on_event: told of every step.
            cancel: ends it once it is set.

        Raises:
            LoginError: nobody, or somebody else, is logged in.
            FlowError: the dataset is another one by now.
        """
        return self.plan(client, store).run(on_event, cancel=cancel)

    def roll_back(
        self, client: AtmosphereClient | None = None, *, store: S3DataStore | None = None
    ) -> str:
        """Take away what it has made, and forget it; return what that was, in a sentence.

        A blob that no record refers to goes by itself; a schema is deleted only if this run has
        made it.

        Raises:
            LoginError: nobody, or somebody else, is logged in.
            FlowError: the dataset is public already.
        """
        return self._promotion(client, store).roll_back()

    def forget(self) -> None:
        """Forget it, and leave what it has made."""
        journal_of(self.index).forget(self.name)

    def _promotion(self, client: AtmosphereClient | None, store: S3DataStore | None) -> Promotion:
        wish = Wish(**self.head["wish"] | {"tags": _tags(self.head)})
        if wish.place == "s3":
            store = self._store(store)
        try:
            entry = self.index.get_dataset(self.head["entry"])
        except KeyError as error:
            raise FlowError(
                f"{self.head['entry']} is not in this index: flows.unfinished(index) with the one "
                "that lists it, or forget() this"
            ) from error
        promotion = Promotion(
            material=Material.of(entry, self.index),
            wish=wish,
            client=self._client(client),
            index=self.index,
            store=store,
        )
        if promotion.work().name != self.name:
            raise FlowError(
                f"{self.head['entry']} is not what it was when {self.title!r} began: promote it "
                "anew, and forget() this"
            )
        return promotion

    def _store(self, store: S3DataStore | None) -> S3DataStore:
        from atdata_nb.stores import S3DataStore

        own = getattr(self.index, "data_store", None)
        for one in (store, own):
            if isinstance(one, S3DataStore) and one.bucket == self.bucket:
                return one
        # Without any, an unsigned request would go to a server that nobody has named.
        if store is None and any(name in os.environ for name in _KEYS):
            return S3DataStore(bucket=self.bucket)
        raise CredentialsError(
            f"it writes into the bucket {self.bucket}: pass store=S3DataStore(…, "
            f"bucket={self.bucket!r}), or set the bucket's keys in the environment"
        )

    def _client(self, client: AtmosphereClient | None) -> AtmosphereClient:
        if client is None:
            client = AtmosphereClient(self.head["server"], plc_url=self.head["plc"])
            client.login_from_keyring(self.head["did"])
        if client.did != self.head["did"]:
            raise LoginError(
                f"this is for {self.handle}, and {client.handle} is logged in: log in as the former"
            )
        return client

    def __repr__(self) -> str:
        done = f"into the bucket {self.bucket}"
        if not self.bucket:
            done = f"{self.uploaded} blob{'' if self.uploaded == 1 else 's'} uploaded"
        lines = [f"Unfinished: {self.title}, as {self.handle}", f"  {done}"]
        return "\n".join([*lines, f"  {self.why}"] if self.why else lines)


def unfinished(index: AbstractIndex | None = None) -> list[Unfinished]:
    """Return the promotions that were cut short, and that nobody goes on with at this moment.

    Publishing is all or nothing: cut short it has left nothing, and is begun anew.

    Args:
        index: whose journal to look into; without it, that of the index of this machine.
    """
    if index is None:
        from atdata_nb.index import LocalIndex

        index = LocalIndex()
    journal, found = journal_of(index), []
    for name, text in journal.works(HEAD).items():
        head, facts = json.loads(text), journal.facts(name)
        # Work of another version of this package may be told in other words.
        if head.get("kind") != "promote" or name_of(head) != name:
            continue
        if is_active(name) or (OWNER in facts and is_elsewhere(facts[OWNER])):
            continue
        found.append(
            Unfinished(
                name=name,
                title=head["title"],
                handle=head["handle"],
                uploaded=sum(key.startswith("blob:") for key in facts),
                why=json.loads(facts.get(LAST, '""')),
                head=head,
                index=index,
            )
        )
    return found


def _tags(head: dict[str, Any]) -> tuple[str, ...] | None:
    tags = head["wish"]["tags"]
    return None if tags is None else tuple(tags)
