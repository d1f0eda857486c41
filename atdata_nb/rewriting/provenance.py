"""Provenance: what a dataset was made from, and how, as plain values in its metadata."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from atdata_nb.dataset import Dataset
    from atdata_nb.shards import Shard

KEY: Final = "made_from"


@dataclass(frozen=True, slots=True)
class Step:
    """A function that was called on every sample.

    Attributes:
        function: its name.
        takes: type of the samples it is given.
        gives: type of those it returns.
    """

    function: str
    takes: str
    gives: str


def provenance_of(ds: Dataset[Any], metadata: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return metadata of a dataset that is made of another, and says so.

    Args:
        ds: the other one, with what is done to its samples.
        metadata: what was written beside that one.
    """
    count = len(ds.list_shards())
    return with_provenance(metadata, ds.steps, name=ds.name, shards=count, written=list(ds.written))


def with_provenance(
    metadata: Mapping[str, Any] | None,
    steps: Sequence[Step],
    *,
    name: str | None,
    shards: int,
    written: Sequence[Shard],
) -> dict[str, Any]:
    """Return metadata that says what a dataset is made from.

    No clock, no path and no machine is in it: the same steps on the same data say the same, so
    that running a notebook again makes no new version.

    Args:
        metadata: metadata of the dataset it is made from.
        steps: what is done to each sample.
        name: name of the dataset it is made from.
        shards: how many shards that one has.
        written: what is known of them.

    Example:
        >>> step = Step("to_kelvin", "Celsius", "Kelvin")
        >>> with_provenance({"season": "winter"}, [step], name="cold", shards=3, written=())
        {'season': 'winter', 'made_from': {'name': 'cold', 'shards': 3, 'steps': [{'function': \
'to_kelvin', 'takes': 'Celsius', 'gives': 'Kelvin'}]}}
    """
    kept = dict(metadata or {})
    facts: dict[str, Any] = {} if name is None else {"name": name}
    facts["shards"] = shards
    if len(written) == shards and shards:
        facts["sha256"] = _digest(written)
    if steps:
        facts["steps"] = [asdict(step) for step in steps]
    if KEY in kept:
        facts["before"] = kept[KEY]
    return {**kept, KEY: facts}


def _digest(written: Sequence[Shard]) -> str:
    """SHA-256 of the shards' SHA-256s, one a line."""
    lines = "".join(f"{shard.sha256}\n" for shard in written)
    return hashlib.sha256(lines.encode()).hexdigest()
