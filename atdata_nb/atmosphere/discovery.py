"""Discovery: who publishes datasets, and one index over many repositories."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.atmosphere.client import AtmosphereClient
from atdata_nb.atmosphere.index import AtmosphereIndex, found_in
from atdata_nb.atmosphere.names import check_collection, is_did
from atdata_nb.atmosphere.records import NAMESPACES
from atdata_nb.display import Displayed
from atdata_nb.errors import AtdataError, DatasetNotFoundError, IndexError_, RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from atdata_nb.atmosphere.entry import AtmosphereEntry
    from atdata_nb.protocols import Packable, Page
    from atdata_nb.schemas import SchemaDict

PUBLIC_RELAY: Final = "https://relay1.us-east.bsky.network"
PARALLEL: Final = 8
_PAGE: Final = 500
# What a relay says where it does not serve a method.
_NOT_SERVED: Final = frozenset({400, 404, 405, 501})
_BY_COLLECTION: Final = "com.atproto.sync.listReposByCollection"
_ALL: Final = "com.atproto.sync.listRepos"


def discover(
    collection: str | None = None,
    *,
    relay: str = PUBLIC_RELAY,
    client: AtmosphereClient | None = None,
    limit: int | None = None,
) -> list[str]:
    """Return the DIDs of the repositories that hold datasets, or records of one collection.

    Args:
        collection: a collection, or a namespace of datasets; without it, both namespaces.
        relay: address of the relay to ask.
        client: asks; without one, a client of the public network.
        limit: how many at most.

    Raises:
        UnreachableError: the relay does not answer.
    """
    asking = client or AtmosphereClient()
    found: dict[str, None] = {}
    for name in _collections(collection):
        for did in _holders(asking, relay, name):
            if limit is not None and len(found) >= limit:
                return list(found)
            found[did] = None
    return list(found)


def _collections(name: str | None) -> list[str]:
    if name is None:
        return [space.dataset for space in NAMESPACES.values()]
    space = NAMESPACES.get(name)
    return [check_collection(name)] if space is None else [space.dataset]


def _holders(client: AtmosphereClient, relay: str, collection: str) -> Iterator[str]:
    try:
        yield from _listed(client, relay, _BY_COLLECTION, collection=collection)
    except RefusedError as error:
        if error.status not in _NOT_SERVED:
            raise
    else:
        return
    # Slow, and works everywhere: ask each repository what it has.
    everybody = _listed(client, relay, _ALL)
    with ThreadPoolExecutor(PARALLEL, "atdata-discover") as pool:
        while block := list(itertools.islice(everybody, _PAGE)):
            holds = pool.map(lambda did: _holds(client, did, collection), block)
            yield from (did for did, yes in zip(block, holds, strict=True) if yes)


def _holds(client: AtmosphereClient, did: str, collection: str) -> bool:
    try:
        return collection in client.list_collections(did)
    except AtdataError:
        return False


def _listed(client: AtmosphereClient, relay: str, method: str, **params: str) -> Iterator[str]:
    cursor, seen = None, set[str]()
    while True:
        found = client.query(relay, method, limit=_PAGE, cursor=cursor, **params)
        repos = found.get("repos")
        for repo in repos if isinstance(repos, list) else ():
            did = repo.get("did") if isinstance(repo, dict) else None
            if isinstance(did, str) and is_did(did):
                yield did
        cursor = found.get("cursor")
        if not repos or not isinstance(cursor, str) or cursor in seen:
            return
        seen.add(cursor)


class NetworkIndex(Displayed):
    """One index over many repositories; read only.

    Repositories are fetched at the same time, a bounded number of them. One that can't be reached
    hides no other: it is listed in ``unreachable``.

    Args:
        repos: handles or DIDs; without them, all that a relay knows to hold datasets.
        relay: address of that relay.
        client: asks; without one, a client of the public network.
        parallel: how many repositories at the same time.

    Attributes:
        unreachable: why, by repository; of the last time that all were listed.
    """

    resolves_owners = True
    is_remote = True

    def __init__(
        self,
        repos: Iterable[str] | None = None,
        *,
        relay: str = PUBLIC_RELAY,
        client: AtmosphereClient | None = None,
        parallel: int = PARALLEL,
    ) -> None:
        self.client = client or AtmosphereClient()
        self._repos = None if repos is None else tuple(repos)
        self._relay, self._parallel = relay, parallel
        self.unreachable: dict[str, str] = {}

    @property
    def repos(self) -> tuple[str, ...]:
        """Whose datasets are listed."""
        if self._repos is None:
            self._repos = tuple(discover(relay=self._relay, client=self.client))
        return self._repos

    @property
    def data_store(self) -> None:
        """None: nothing is written here."""
        return

    @property
    def datasets(self) -> Iterator[AtmosphereEntry]:
        """All datasets, repository by repository."""
        self.unreachable = {}
        with ThreadPoolExecutor(self._parallel, "atdata-network") as pool:
            for repo, found in zip(self.repos, pool.map(self._of, self.repos), strict=True):
                if isinstance(found, str):
                    self.unreachable[repo] = found
                else:
                    yield from found

    def _of(self, repo: str) -> list[AtmosphereEntry] | str:
        try:
            # A broken record of somebody is no news to who looks at everybody.
            found = AtmosphereIndex(self.client, repo=repo).readable()
            return [entry for entry in found if not isinstance(entry, str)]
        except AtdataError as error:
            return str(error)

    def list_datasets(self) -> list[AtmosphereEntry]:
        """All datasets at once."""
        return list(self.datasets)

    def get_dataset(self, ref: str) -> AtmosphereEntry:
        """Return a dataset by address, by ``@handle/name[@version]``, or by a name only one has.

        Raises:
            DatasetNotFoundError: there is none, or several authors have one of that name.
        """
        if ref.startswith(("at://", "@")):
            return AtmosphereIndex(self.client).get_dataset(ref)
        found = [entry for entry in self.datasets if entry.name == ref]
        if len({entry.did for entry in found}) != 1:
            who = ", ".join(sorted({f"@{entry.handle or entry.did}" for entry in found}))
            hint = f": {who} have; write @handle/{ref}" if found else ""
            raise DatasetNotFoundError(f"no one dataset {ref!r:.200}{hint}")
        return max(found, key=lambda entry: entry.created_at)

    def search(self, query: str, *, limit: int = 50, offset: int = 0) -> Page[AtmosphereEntry]:
        """Return datasets whose name, description or tags hold every word of a query."""
        return found_in(self.datasets, query, limit=limit, offset=offset)

    @property
    def schemas(self) -> Iterator[SchemaDict]:
        """All schemas, repository by repository."""
        for repo in self.repos:
            try:
                yield from AtmosphereIndex(self.client, repo=repo).schemas
            except AtdataError as error:
                self.unreachable[repo] = str(error)

    def list_schemas(self) -> list[SchemaDict]:
        """All schemas at once."""
        return list(self.schemas)

    def get_schema(self, ref: str) -> SchemaDict:
        """Return a schema of whomever by its address."""
        return AtmosphereIndex(self.client).get_schema(ref)

    def decode_schema(self, ref: str) -> type[Packable]:
        """Build the sample type of a schema of whomever."""
        return AtmosphereIndex(self.client).decode_schema(ref)

    def insert_dataset(self, ds: Any, *, name: str, **_: Any) -> AtmosphereEntry:
        """Refuse: many repositories are no place to write to.

        Raises:
            IndexError_: always.
        """
        del ds
        raise IndexError_(f"{name}: a NetworkIndex only reads; publish with an AtmosphereIndex")

    def publish_schema(self, sample_type: type, **_: Any) -> str:
        """Refuse: many repositories are no place to write to.

        Raises:
            IndexError_: always.
        """
        name = sample_type.__qualname__
        raise IndexError_(f"{name}: a NetworkIndex only reads; publish with an AtmosphereIndex")

    def __repr__(self) -> str:
        if self._repos is None:
            return "NetworkIndex(all that a relay knows)"
        missing = f", {len(self.unreachable)} unreachable" if self.unreachable else ""
        return f"NetworkIndex({len(self._repos)} repositories{missing})"
