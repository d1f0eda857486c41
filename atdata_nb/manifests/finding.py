"""Finding: which samples of a shard match a condition, by the shard's manifest alone."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import numpy as np

from atdata_nb.errors import ManifestError, ManifestWarning, shown_url
from atdata_nb.manifests.beside import manifest_columns, read_manifest
from atdata_nb.manifests.pruning import outcomes
from atdata_nb.manifests.published import published_path
from atdata_nb.protocols import LocalPaths

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atdata_nb.manifests.manifest import Manifest
    from atdata_nb.protocols import DataSource
    from atdata_nb.queries.expressions import Expression
    from atdata_nb.queries.rows import RowFilter
    from atdata_nb.shards import Shard

    Rows: TypeAlias = np.ndarray[Any, np.dtype[np.int64]]

How: TypeAlias = Literal["pruned", "all", "found", "scan"]
NO_MANIFEST: Final = "no manifest"
PUBLISHED: Final = "no manifest but one of the published package, which can't be trusted"
NO_PYARROW: Final = "pyarrow, which reads manifests' columns, is not installed"


@dataclass(frozen=True, slots=True)
class Found:
    """What a manifest tells of a condition.

    Attributes:
        how: ``pruned``: no sample matches; ``all``: every one does; ``found``: those in ``rows``
            do; ``scan``: it does not tell.
        rows: numbers of the samples that match; None where the shard has to be read.
        why: why it has to be read.
        manifest: the manifest, where there is one that fits.
    """

    how: How
    rows: Rows | None = None
    why: str = ""
    manifest: Manifest | None = None


def find(
    source: DataSource, shard: str, written: Shard | None, filters: Sequence[RowFilter]
) -> Found:
    """Return which samples of a shard match, as far as its manifest tells.

    A manifest that is damaged or another shard's is not used: there is a warning.

    Args:
        source: gives the shard.
        shard: its identifier.
        written: what is known of the shard.
        filters: the conditions; of those that see samples through a lens, no manifest knows.

    Raises:
        ComparisonError: there are values that can't be compared with what they are compared with.
    """
    stored = [one for one in filters if one.lens is None]
    if not stored:
        return Found("scan", why="the condition is on what a lens makes of the samples")
    try:
        manifest = read_manifest(source, shard, written)
        if manifest is None:
            return Found("scan", why=PUBLISHED if _has_published(source, shard) else NO_MANIFEST)
        return _found(source, shard, manifest, stored)
    except ManifestError as error:
        message = f"the manifest beside {shown_url(shard)} is not used, the shard is read: {error}"
        warnings.warn(message, ManifestWarning, stacklevel=2)
        return Found("scan", why="a manifest that does not fit")


def _has_published(source: DataSource, shard: str) -> bool:
    path = source.local_path(shard) if isinstance(source, LocalPaths) else None
    return path is not None and published_path(path).exists()


def _found(
    source: DataSource, shard: str, manifest: Manifest, filters: Sequence[RowFilter]
) -> Found:
    facts, samples = manifest.facts(), manifest.samples
    for name in sorted(frozenset[str]().union(*(one.defaulted for one in filters))):
        if name not in facts or facts[name].absent:
            why = f"some samples have the default of {name!r}, which their manifest can't know"
            return Found("scan", why=why)
    expression = filters[0].expression
    for one in filters[1:]:
        expression &= one.expression
    possible = outcomes(expression, facts, samples)
    if True not in possible:
        return Found("pruned", np.empty(0, np.int64), manifest=manifest)
    if possible == {True}:
        return Found("all", np.arange(samples), manifest=manifest)
    return _look_up(source, shard, manifest, expression)


def _look_up(source: DataSource, shard: str, manifest: Manifest, expression: Expression) -> Found:
    facts = manifest.facts()
    known = {} if manifest.sidecar is None else manifest.sidecar.columns
    # Of a field that no sample has a value of, nothing need be stored.
    empty = [n for n in expression.fields if n not in facts or not facts[n].count]
    wanted = [name for name in expression.fields if name not in empty]
    unknown = [name for name in wanted if name not in known]
    deep = any(len(path) > 1 for path in expression.paths)
    if unknown or deep:
        which = ", ".join(map(repr, unknown)) or "fields inside of fields"
        return Found("scan", why=f"its manifest has no values of {which}", manifest=manifest)
    columns: dict[str, Any] = {name: [None] * manifest.samples for name in empty}
    if wanted:
        try:
            columns |= manifest_columns(source, shard, manifest, wanted)
        except ImportError:
            return Found("scan", why=NO_PYARROW, manifest=manifest)
    return Found("found", np.flatnonzero(expression.mask(columns)), manifest=manifest)
