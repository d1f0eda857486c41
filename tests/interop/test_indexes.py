"""Indexes that a published package fills, taken over while it still runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from interop.peers import Peer
from interop.truth import to_truth
from redis import Redis

import atdata_nb as at

pytestmark = pytest.mark.interop


def test_their_redis_index_is_ours_after_one_call(
    peer: Peer, redis_url: str, tmp_path: Path
) -> None:
    with Redis.from_url(redis_url) as client:
        client.flushall()
    shard = tmp_path / "theirs.tar"
    truth = peer.ask("write", "plain", shard)
    cid = peer.ask("list", redis_url, shard)
    index = at.LocalIndex(tmp_path / "index")
    index.import_atdata(redis_url)
    entry = index.get_dataset("theirs")
    assert (entry.cid, entry.metadata) == (cid, {"made": "there", "rows": 8})
    assert entry.schema["version"] == "1.2.0"
    fields = [field["name"] for field in entry.schema["fields"]]
    read = [{name: getattr(sample, name) for name in fields} for sample in entry.dataset()]
    assert to_truth(read) == truth
