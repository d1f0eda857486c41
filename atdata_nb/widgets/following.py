"""Following: from an address in a record to what is there, without leaving the widget."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.errors import DatasetNotFoundError
from atdata_nb.views.text import one_line
from atdata_nb.widgets.records import tree_of
from atdata_nb.widgets.rows import SchemaEntry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atdata_nb.protocols import AbstractIndex
    from atdata_nb.widgets.known import Known

_MOST_LISTED: Final = 200


class Follower:
    """What leads from an address to a dataset, a schema, a record or a repository.

    Args:
        indexes: those that are browsed; one of the network brings the client that asks.
        known: gives keys to what is found.
    """

    def __init__(self, indexes: Sequence[AbstractIndex], known: Known) -> None:
        self._known = known
        self._network = next(
            (number for number, index in enumerate(indexes) if hasattr(index, "client")), None
        )
        self._indexes = indexes

    @property
    def can_ask(self) -> bool:
        """Whether there is anybody to ask about the network."""
        return self._network is not None

    def follow(self, target: str) -> dict[str, Any]:
        """Return the key of a dataset or schema, or a record or repository to show.

        Raises:
            DatasetNotFoundError: nothing is there, or nobody can be asked.
        """
        if not target.startswith(("at://", "did:")):
            return {"key": self._known.look_up_schema(target)}
        if self._network is None:
            raise DatasetNotFoundError("no index of the network is being browsed: nobody to ask")
        index: Any = self._indexes[self._network]
        if target.startswith("did:"):
            return {"repo": self._repo(index.client, target)}
        return self._record(index, target)

    def _record(self, index: Any, target: str) -> dict[str, Any]:
        from atdata_nb.atmosphere import AtUri
        from atdata_nb.atmosphere.records import NAMESPACES

        number = self._network or 0
        if "/" not in target[5:]:
            return {"repo": self._repo(index.client, target[5:])}
        uri = AtUri.parse(target)
        for space in NAMESPACES.values():
            if uri.collection == space.dataset:
                return {"key": self._known.add(index.get_dataset(target), number)}
            if uri.collection == space.schema:
                return {"key": self._known.add(SchemaEntry(index.get_schema(target)), number)}
        record = index.client.get_record(uri)
        facts = [["uri", one_line(str(record.uri), 400)], ["cid", one_line(record.cid, 100)]]
        return {"record": {"facts": facts, "tree": tree_of(record.value), "follows": True}}

    def _repo(self, client: Any, who: str) -> dict[str, Any]:
        from atdata_nb.atmosphere import AtmosphereIndex

        owner = client.resolve(who)
        number = self._network or 0
        readable = AtmosphereIndex(client, repo=owner.did).readable()
        found = [
            [self._known.add(entry, number), one_line(entry.name)]
            for entry in islice(readable, _MOST_LISTED)
            if not isinstance(entry, str)
        ]
        facts = [("DID", owner.did), ("handle", owner.handle or ""), ("server", owner.pds)]
        return {
            "name": one_line(f"@{owner.handle}" if owner.handle else owner.did, 260),
            "facts": [[name, one_line(text, 300)] for name, text in facts if text],
            "datasets": found,
        }
