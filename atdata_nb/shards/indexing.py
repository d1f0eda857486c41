"""Indexing: the member index of a shard that was written without one, from one pass over it."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from atdata_nb.errors import SampleTypeError
from atdata_nb.shards.index_file import encode_index
from atdata_nb.shards.members import MappedShard
from atdata_nb.shards.sources import INDEX_ENDING

if TYPE_CHECKING:
    import os


def index_shard(path: str | os.PathLike[str]) -> Path:
    """Write the member index of a local shard beside it; return where it is.

    Put both where the shard is served, and samples are read from there one by one.

    Raises:
        NotRandomAccessError: the shard is compressed.
        ShardError: it is damaged.
        ShardNotFoundError: it is not there.
        SampleTypeError: its keys are too long for an index.

    Example:
        >>> import tempfile
        >>> from atdata_nb import DictSample
        >>> from atdata_nb.shards import write_shard
        >>> shard = write_shard(Path(tempfile.mkdtemp()) / "a.tar", [DictSample(n=1)])
        >>> index_shard(shard.url).name
        'a.tar.idx'
    """
    shard = Path(path)
    mapped = MappedShard(shard, str(shard), walk=True)
    members = mapped.members
    keys = members.names.split(b"\0") if len(members) else []
    data = encode_index(
        keys[: len(members)],
        members.heads.tolist(),
        members.sizes.tolist(),
        size=len(mapped.data),
        sha256=hashlib.sha256(mapped.data).digest(),
    )
    if data is None:
        raise SampleTypeError(f"{shard.name}: its keys are too long for a member index")
    beside = shard.with_name(shard.name + INDEX_ENDING)
    partial = beside.with_name(f".{beside.name}.{secrets.token_hex(4)}.part")
    partial.write_bytes(data)
    return partial.replace(beside)
