"""Publishing: from samples in whatever form to a dataset of an index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atdata_nb.errors import EmptyDatasetError, FlowError
from atdata_nb.flows.given import given
from atdata_nb.flows.plan import Note, Plan, Public
from atdata_nb.flows.publication import Publication

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from atdata_nb.flows.findings import OnExisting
    from atdata_nb.protocols import AbstractIndex
    from atdata_nb.schemas import Schema


def plan_publish(
    data: Any,
    *,
    index: AbstractIndex | None = None,
    name: str,
    version: str | None = None,
    description: str | None = None,
    tags: Iterable[str] = (),
    license: str | None = None,  # noqa: A002 - the field's own word
    metadata: Mapping[str, Any] | None = None,
    schema: Schema | None = None,
    on_existing: OnExisting = "new version",
    copy: bool = True,
    **options: Any,
) -> Plan:
    """Return what publishing samples into an index would do; nothing is written.

    What keeps it from being done is in the plan's ``blockers``. The schema that was found is
    ``plan.schema``; ``plan.with_schema(edited)`` is the plan with another one.

    Args:
        data: a Dataset; a DataFrame; Arrow data; samples of one type, or dicts; the path of a
            shard, or of a folder of tar shards, of images or of recordings.
        index: where it will be listed; without it, the index of this machine.
        name: what under.
        version: MAJOR.MINOR.PATCH; without it, the one that fits.
        description: what it is.
        tags: words to search and group by.
        license: an SPDX expression, or a URL.
        metadata: plain values to keep beside the data; without it, a Dataset's own.
        schema: an edited schema, instead of the one that is found.
        on_existing: what to do where something else is listed under the name: publish a
            ``new version``, ``replace`` it, or ``stop``.
        copy: whether shards in a folder are copied to where the index keeps its own; False lists
            them where they are.
        options: what the index's store takes: ``maxcount``, ``maxsize``.

    Raises:
        SampleTypeError: the data is nothing that could be published, or does not fit ``schema``.
        ShardNotFoundError: there is no such file or folder.
        FlowError: an argument makes no sense.

    Example:
        >>> import tempfile
        >>> import pandas as pd
        >>> import atdata_nb as at
        >>> home = tempfile.TemporaryDirectory()
        >>> index = at.LocalIndex(home.name)
        >>> frame = pd.DataFrame({"station": ["Lund", "Kiruna"], "celsius": [-3.5, -21.0]})
        >>> plan = plan_publish(frame, index=index, name="winter", license="CC0-1.0")
        >>> plan.schema
        Winter 1.0.0
        field    type   default  description
        station  str
        celsius  float
        >>> plan.confirm
        'Write 2 samples, about 2.0 KB, as winter on this machine'
        >>> plan.run().uri
        'winter@1.0.0'
        >>> plan.run().changed
        False
        >>> index.close(); home.cleanup()
    """
    if on_existing not in {"new version", "replace", "stop"}:
        raise FlowError(
            f"on_existing is 'new version', 'replace' or 'stop', got {on_existing!r:.40}"
        )
    if index is None:
        from atdata_nb.index import LocalIndex

        index = LocalIndex()
    try:
        found = given(data, name)
    except EmptyDatasetError as error:
        return _empty(name, str(error))
    publication = Publication(
        given=found,
        index=index,
        name=name,
        version=version,
        description=description,
        tags=(tags,) if isinstance(tags, str) else tuple(tags),
        license=license,
        metadata=dict(metadata) if metadata is not None else _metadata_of(data),
        on_existing=on_existing,
        copy=copy,
        options=dict(options),
    )
    return (publication if schema is None else publication.with_schema(schema)).plan()


def _metadata_of(data: Any) -> dict[str, Any] | None:
    from atdata_nb.dataset import Dataset

    return data.metadata if isinstance(data, Dataset) else None


def _empty(name: str, reason: str) -> Plan:
    return Plan(
        kind="publish",
        title=f"Publish {name}",
        confirm=f"Can't be done yet: {reason}",
        steps=(),
        public=Public(),
        blockers=(Note("samples", reason, "give at least one sample"),),
        bytes=0,
    )
