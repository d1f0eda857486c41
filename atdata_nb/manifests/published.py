"""Published: the manifests that the published package writes, and what is wrong with them.

They lie beside a shard as ``{shard without .tar}.manifest.json`` and ``.manifest.parquet``. Several
of its versions write them of the neighbouring shard, empty, or with places that are none, and
nothing in them says which bytes they were made of. So they are looked at and compared, and never
used to answer a question: `Dataset.build_manifests` makes some that can be.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.errors import ManifestError
from atdata_nb.manifests.manifest import MAX_BYTES
from atdata_nb.shards.members import MappedShard

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping

MAX_PARQUET: Final = 1 << 30
_OWN: Final = ("__key__", "__offset__", "__size__")


@dataclass(frozen=True, slots=True)
class PublishedManifest:
    """What one of them says.

    Attributes:
        shard: the shard that it calls its own.
        schema: name of the sample type.
        samples: how many samples it says there are.
        keys: keys of the samples.
        columns: values of the fields; lists as JSON text.
        faults: what in it is not so, in sentences; none where nothing was found.
    """

    shard: str
    schema: str
    samples: int
    keys: tuple[str, ...]
    columns: Mapping[str, list[Any]] = field(repr=False)
    faults: tuple[str, ...]


def published_path(shard: Path) -> Path:
    """Return where the published package puts the manifest of a shard.

    >>> published_path(Path("a/digits-000001.tar")).name
    'digits-000001.manifest.json'
    """
    base = shard.with_name(shard.name.removesuffix(".tar"))
    return base.with_suffix(".manifest.json")


def read_published(shard: str | os.PathLike[str]) -> PublishedManifest | None:
    """Return the published package's manifest of a local shard; None where there is none.

    Raises:
        ManifestError: it can't be read.
        ShardError: the shard is damaged.
        NotRandomAccessError: the shard is compressed.
    """
    path = Path(shard)
    told = published_path(path)
    if not told.exists():
        return None
    header = _header(told)
    table = _table(told.with_suffix(".parquet"))
    keys = [str(key) for key in table.pop("__key__", [])]
    offsets = table.pop("__offset__", [])
    table.pop("__size__", None)
    mapped = MappedShard(path, str(path), walk=True)
    known = [mapped.where(i) for i in range(len(mapped))]
    faults = [
        *_of_header(header, path, len(known)),
        *_of_keys(keys, [key for key, _ in known]),
        *_of_places(offsets, [head for _, head in known]),
        *_of_bounds(header["aggregates"], table),
    ]
    return PublishedManifest(
        shard=header["shard_id"],
        schema=header["schema_type"],
        samples=header["num_samples"],
        keys=tuple(keys),
        columns=table,
        faults=tuple(faults),
    )


def _header(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        # It writes infinities, which JSON has not.
        header = json.loads(data) if len(data) <= MAX_BYTES else None
    except (OSError, ValueError, RecursionError) as error:
        raise ManifestError(f"{path.name} can't be read: {error}") from error
    kinds = {"shard_id": str, "schema_type": str, "num_samples": int, "aggregates": dict}
    if not isinstance(header, dict) or any(
        not isinstance(header.get(name), kind) for name, kind in kinds.items()
    ):
        raise ManifestError(f"{path.name} is no manifest of the published package")
    return header


def _table(path: Path) -> dict[str, list[Any]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not path.exists() or path.stat().st_size > MAX_PARQUET:
        return {}
    try:
        columns: dict[str, list[Any]] = pq.read_table(path).to_pydict()
    except (pa.ArrowException, OSError, ValueError) as error:
        raise ManifestError(f"{path.name} can't be read: {error}") from error
    return columns


def _of_header(header: Mapping[str, Any], path: Path, samples: int) -> Iterator[str]:
    own = path.name.removesuffix(".tar")
    if header["shard_id"] != own:
        yield f"it calls its shard {header['shard_id'][:80]!r}, and lies beside {own!r}"
    if header["num_samples"] != samples:
        yield f"it counts {header['num_samples']} samples, the shard has {samples}"


def _of_keys(keys: list[str], known: list[str]) -> Iterator[str]:
    if len(keys) != len(known):
        yield f"it lists {len(keys)} samples, the shard has {len(known)}"
    elif keys != known:
        other = next(i for i, (a, b) in enumerate(zip(keys, known, strict=True)) if a != b)
        yield f"its sample {other} is {keys[other][:80]!r}, that of the shard {known[other]!r}"


def _of_places(offsets: list[Any], heads: list[int]) -> Iterator[str]:
    if offsets and offsets != heads:
        yield f"its offsets are no places in the shard: {offsets[:3]} and not {heads[:3]}"


def _of_bounds(aggregates: Mapping[str, Any], table: Mapping[str, list[Any]]) -> Iterator[str]:
    for name, told in aggregates.items():
        if not isinstance(told, dict) or told.get("type") != "numeric" or name in _OWN:
            continue
        values = [one for one in table.get(name, []) if isinstance(one, int | float)]
        if not values:
            yield f"it has no values of {name[:80]!r}"
        elif (told.get("min"), told.get("max")) != (min(values), max(values)):
            yield f"its bounds of {name[:80]!r} are not those of its values"
