"""Shards in a bucket, read and written by workers that know nothing of its keys."""

from __future__ import annotations

from typing import Any

import pytest
from scale.work import Reading, readings, total, warm

import atdata_nb as at
from atdata_nb.sandbox.s3_server import S3Server

pytestmark = pytest.mark.service


def test_workers_read_and_write_a_bucket_with_keys_that_only_the_client_has(
    s3_server: S3Server, bucket: str, local_client: Any
) -> None:
    """TRAPS C22: the published package reopened identifiers as URLs, so S3 sources failed."""
    store = at.S3DataStore(s3_server.credentials, bucket=bucket)
    shards = store.write(readings(0, 300), prefix="readings", maxcount=100)
    ds = at.Dataset[Reading](store.source([shard.url for shard in shards]), written=shards)
    expected = [total(part) for part in ds.by_shard()]
    assert list(at.map_shards(total, ds, executor=local_client)) == expected
    assert at.describe(ds, client=local_client) == at.describe(ds)
    made = ds.map(warm).write(store, prefix="warm", client=local_client)
    assert list(made) == [warm(sample) for sample in ds]
    assert made.list_shards() == store.list("warm")
