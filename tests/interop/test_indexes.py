"""Indexes that a published package fills, taken over or shared while it still runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from interop.peers import Peer
from interop.truth import to_truth
from interop.values import KINDS
from redis import Redis

import atdata_nb as at

pytestmark = pytest.mark.interop


@at.packable
class Plain:
    """What plain values are, as the other side declares it."""

    name: str
    count: int
    score: float
    flag: bool
    blob: bytes
    note: str | None


@pytest.fixture
def shared(redis_url: str) -> str:
    """URL of an empty server."""
    with Redis.from_url(redis_url) as client:
        client.flushall()
    return redis_url


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


def test_they_read_what_our_redis_index_wrote(peer: Peer, shared: str, tmp_path: Path) -> None:
    values = KINDS["plain"]()
    samples = [Plain(**value) for value in values]
    with at.LocalIndex(tmp_path, redis=shared) as index:
        old = index.write_samples(samples[:3], name="ours", tags=["old"])
        entry = index.write_samples(
            samples, name="ours", metadata={"made": "here", "n": 8}, description="About it."
        )
        assert json.loads(peer.ask("names", shared)) == ["ours", "ours@1.0.0"]
        seen = json.loads(peer.ask("entry", shared, "ours"))
        assert seen == {
            "name": "ours",
            "cid": entry.cid,
            "schema_ref": entry.schema_ref,
            "data_urls": entry.data_urls,
            "metadata": {"made": "here", "n": 8},
        }
        assert peer.ask("read", "plain", *seen["data_urls"]) == to_truth(values)
        assert json.loads(peer.ask("entry", shared, "ours@1.0.0"))["cid"] == old.cid
        fields = json.loads(peer.ask("schema", shared, "local://schemas/Plain@1.0.0"))
        assert fields == list(values[0])


def test_both_write_into_one_redis_and_see_each_other(
    peer: Peer, shared: str, tmp_path: Path
) -> None:
    shard = tmp_path / "theirs.tar"
    truth = peer.ask("write", "plain", shard)
    with at.LocalIndex(tmp_path, redis=shared) as index:
        index.write_samples([Plain(**value) for value in KINDS["plain"]()], name="ours")
        cid = peer.ask("list", shared, shard)
        assert [entry.name for entry in index] == ["ours", "theirs"]
        entry = index.get_dataset("theirs")
        assert (entry.cid, entry.metadata) == (cid, {"made": "there", "rows": 8})
        assert [schema["version"] for schema in index.schemas] == ["1.0.0", "1.2.0"]
        fields = [field["name"] for field in entry.schema["fields"]]
        read = [{name: getattr(sample, name) for name in fields} for sample in entry.dataset()]
        assert to_truth(read) == truth
        # Nor does it change when they list it once more, or when we do.
        peer.ask("list", shared, shard)
        assert index.refresh() == 0
        assert index.insert_dataset(entry.dataset(), name="theirs", schema_ref=entry.schema_ref)
        assert [entry.version for entry in index.versions("theirs")] == ["1.0.0"]
        assert json.loads(peer.ask("names", shared)) == ["ours", "theirs"]
        assert json.loads(peer.ask("entry", shared, "theirs"))["cid"] == cid
