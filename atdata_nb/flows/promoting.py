"""Promoting: from an entry of any index to a dataset of the network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, overload

from atdata_nb.atmosphere.client import AtmosphereClient
from atdata_nb.atmosphere.records import namespace_of
from atdata_nb.atmosphere.storage import FOUNDATION
from atdata_nb.errors import AtdataError, CredentialsError, FlowError
from atdata_nb.flows.bulk import Plans
from atdata_nb.flows.findings import Wish
from atdata_nb.flows.material import Material
from atdata_nb.flows.plan import Note, Plan, Public
from atdata_nb.flows.promotion import Promotion

if TYPE_CHECKING:
    from collections.abc import Iterable

    from atdata_nb.flows.findings import OnExisting, PlaceName
    from atdata_nb.protocols import AbstractDataStore, AbstractIndex, IndexEntry
    from atdata_nb.stores import S3DataStore

_E = TypeVar("_E", bound="IndexEntry | str")


@overload
def plan_promote(
    entry: IndexEntry | str,
    *,
    index: AbstractIndex | None = ...,
    client: AtmosphereClient | None = ...,
    place: PlaceName = ...,
    store: S3DataStore | None = ...,
    public_url: str | None = ...,
    namespace: str = ...,
    name: str | None = ...,
    version: str | None = ...,
    description: str | None = ...,
    tags: Iterable[str] | None = ...,
    license: str | None = ...,
    on_existing: OnExisting = ...,
    executor: Any = ...,
) -> Plan: ...


@overload
def plan_promote(
    entry: list[_E] | tuple[_E, ...],
    *,
    index: AbstractIndex | None = ...,
    client: AtmosphereClient | None = ...,
    place: PlaceName = ...,
    store: S3DataStore | None = ...,
    public_url: str | None = ...,
    namespace: str = ...,
    name: str | None = ...,
    version: str | None = ...,
    description: str | None = ...,
    tags: Iterable[str] | None = ...,
    license: str | None = ...,
    on_existing: OnExisting = ...,
    executor: Any = ...,
) -> Plans: ...


def plan_promote(
    entry: IndexEntry | str | list[_E] | tuple[_E, ...],
    *,
    index: AbstractIndex | None = None,
    client: AtmosphereClient | None = None,
    place: PlaceName = "blobs",
    store: S3DataStore | None = None,
    public_url: str | None = None,
    namespace: str = FOUNDATION,
    name: str | None = None,
    version: str | None = None,
    description: str | None = None,
    tags: Iterable[str] | None = None,
    license: str | None = None,  # noqa: A002 - the field's own word
    on_existing: OnExisting = "new version",
    executor: Any = None,
) -> Plan | Plans:
    """Return what promoting a dataset to the network would do; nothing is written.

    What keeps it from being done is in the plan's ``blockers``, and no exception. Of a list of
    entries, it returns `Plans`: one that fails doesn't stop the others.

    Args:
        entry: an entry of any index, or its name; or a list of them.
        index: looks the name up; without it, the index of this machine.
        client: somebody who is logged in.
        place: ``blobs`` on the user's server, ``s3`` for a bucket of the user's, or ``urls`` for
            shards that are public already and stay where they are.
        store: the bucket, for ``s3``.
        public_url: what stands before the keys in the bucket's public addresses, where that is
            not the bucket's own address.
        namespace: ``ac.foundation.dataset`` or ``science.alt.dataset``.
        name: what to call it there.
        version: MAJOR.MINOR.PATCH; without it, the entry's own, or the next that is free.
        description: what it is.
        tags: words to search and group by.
        license: an SPDX expression, or a URL.
        on_existing: what to do where a dataset of that name says something else: publish a
            ``new version``, ``replace`` it, or ``stop``.
        executor: where a run reads and hashes all shards before it sends the first one: a
            ``dask.distributed.Client``, ``"processes"``, or what else `atdata_nb.map_shards`
            takes. Without one each is hashed while it is sent. Sending stays in this process, and
            so does who is logged in.

    Raises:
        DatasetNotFoundError: the index has no such dataset.
        RecordError: that is no namespace.
        FlowError: an argument makes no sense.
    """
    _check(place, on_existing)
    namespace_of(namespace)
    if isinstance(entry, list | tuple) and name is not None:
        raise FlowError("several datasets can't have one name: leave name= out")
    wish = Wish(
        place=place,
        namespace=namespace,
        name=name,
        version=version,
        description=description,
        tags=None if tags is None else (tags,) if isinstance(tags, str) else tuple(tags),
        license=license,
        on_existing=on_existing,
        public_url=public_url,
    )
    someone = client or AtmosphereClient()
    if isinstance(entry, list | tuple):
        rest = index, someone, wish, store
        each = (_plan_or_reason(one, *rest, executor=executor) for one in entry)
        return Plans(tuple(each))
    return _plan(entry, index, someone, wish, store, executor=executor)


def _plan_or_reason(
    entry: IndexEntry | str,
    index: AbstractIndex | None,
    client: AtmosphereClient,
    wish: Wish,
    store: S3DataStore | None,
    *,
    executor: Any,
) -> Plan:
    try:
        return _plan(entry, index, client, wish, store, executor=executor)
    except (AtdataError, OSError) as error:
        name = entry if isinstance(entry, str) else entry.name
        return Plan(
            kind="promote",
            title=f"Promote {name}",
            confirm=f"Can't be done yet: {error}",
            steps=(),
            public=Public(),
            blockers=(Note("entry", str(error), "see what the index lists"),),
        )


def _plan(
    entry: IndexEntry | str,
    index: AbstractIndex | None,
    client: AtmosphereClient,
    wish: Wish,
    store: S3DataStore | None,
    *,
    executor: Any,
) -> Plan:
    if isinstance(entry, str):
        index = index or _local()
        entry = index.get_dataset(entry)
    home: Any = getattr(entry, "index", None) or index
    if wish.place == "s3" and store is None:
        store = _bucket_of(home)
    return Promotion(
        material=Material.of(entry, index),
        wish=wish,
        client=client,
        index=home,
        store=store,
        executor=executor,
    ).plan()


def promote_to_atmosphere(
    entry: IndexEntry | str,
    index: AbstractIndex,
    client: AtmosphereClient,
    *,
    data_store: AbstractDataStore | None = None,
    name: str | None = None,
    description: str | None = None,
    tags: Iterable[str] | None = None,
    license: str | None = None,  # noqa: A002
) -> str:
    """Promote a dataset to the network; return its address. The same plan, run without a face.

    Args:
        entry: an entry of the index, or its name.
        index: has the entry and its schema.
        client: somebody who is logged in.
        data_store: where the shards go: a `PDSBlobStore`, or an `S3DataStore` that everybody may
            read. Without one they stay where they are, which has to be public.
        name: what to call it there.
        description: what it is.
        tags: words to search and group by.
        license: an SPDX expression, or a URL.

    Raises:
        PlanBlockedError: something keeps it from being done; the message says what.
        AtdataError: something goes wrong on the way; the next call goes on from there.
    """
    from atdata_nb.stores import S3DataStore

    store = data_store if isinstance(data_store, S3DataStore) else None
    plan = plan_promote(
        entry,
        index=index,
        client=client,
        place=_place_of(data_store),
        store=store,
        name=name,
        description=description,
        tags=tags,
        license=license,
    )
    return str(plan.run().uri)


def _place_of(store: AbstractDataStore | None) -> PlaceName:
    from atdata_nb.atmosphere.blobs import PDSBlobStore
    from atdata_nb.stores import S3DataStore

    if store is None:
        return "urls"
    if isinstance(store, PDSBlobStore):
        return "blobs"
    if isinstance(store, S3DataStore):
        return "s3"
    raise FlowError(
        f"{store!r} is no place that others can read: give a PDSBlobStore or S3DataStore"
    )


def _check(place: str, on_existing: str) -> None:
    if place not in {"blobs", "s3", "urls"}:
        raise FlowError(f"place is 'blobs', 's3' or 'urls', got {place!r:.40}")
    if on_existing not in {"new version", "replace", "stop"}:
        raise FlowError(
            f"on_existing is 'new version', 'replace' or 'stop', got {on_existing!r:.40}"
        )


def _local() -> AbstractIndex:
    from atdata_nb.index import LocalIndex

    return LocalIndex()


def _bucket_of(index: Any) -> S3DataStore:
    from atdata_nb.stores import S3DataStore

    store = getattr(index, "data_store", None)
    if isinstance(store, S3DataStore):
        return store
    raise CredentialsError("place='s3' needs a bucket: store=S3DataStore(credentials, bucket=…)")
