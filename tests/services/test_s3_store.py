"""S3DataStore against a real S3 server: the contract of every store, and what buckets add."""

from __future__ import annotations

import gc
import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import boto3
import numpy as np
import pytest
from contracts.stores import StoreContract, numbers, opened
from services.proxy import Proxy

from atdata_nb import Dataset, LocalIndex, S3DataStore, load_dataset
from atdata_nb.errors import (
    BucketNotFoundError,
    CredentialsError,
    RemoteAccessError,
    RemoteError,
    ShardNotFoundError,
    UnsafePathError,
)
from atdata_nb.samples import DictSample
from atdata_nb.sandbox.s3_server import S3Server

pytestmark = pytest.mark.service


@pytest.fixture
def store(s3_server: S3Server, bucket: str) -> S3DataStore:
    return S3DataStore(s3_server.credentials, bucket=bucket)


@pytest.fixture
def proxy(s3_server: S3Server) -> Iterator[Proxy]:
    with Proxy(s3_server.endpoint) as between:
        yield between


def through(proxy: Proxy, server: S3Server, bucket: str, **options: Any) -> S3DataStore:
    return S3DataStore({**server.credentials, "AWS_ENDPOINT": proxy.url}, bucket=bucket, **options)


def everything(server: S3Server, bucket: str) -> list[str]:
    """All keys of a bucket, and the uploads that never ended."""
    client = boto3.client(
        "s3",
        endpoint_url=server.endpoint,
        aws_access_key_id=server.access_key,
        aws_secret_access_key=server.secret_key,
        region_name="us-east-1",
    )
    keys = [one["Key"] for one in client.list_objects_v2(Bucket=bucket).get("Contents", [])]
    uploads = client.list_multipart_uploads(Bucket=bucket).get("Uploads", [])
    return keys + [f"unfinished {one['Key']}" for one in uploads]


def large(count: int) -> Iterator[DictSample]:
    for i in range(count):
        yield DictSample(n=i, x=bytes(1 << 20))


class TestS3DataStore(StoreContract):
    """All that every store promises."""


def test_a_large_shard_goes_in_parts_and_comes_back_the_same(store: S3DataStore) -> None:
    (shard,) = store.write(large(30), prefix="a")
    assert shard.bytes > 30 << 20
    assert [sample.n for sample in opened(store, [shard], DictSample)] == list(range(30))


def test_writing_keeps_little_in_memory(store: S3DataStore) -> None:
    store.write(large(40), prefix="warm", maxsize=40 << 20)
    gc.collect()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    store.write(large(400), prefix="a", maxsize=100 << 20)
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 100


def test_what_is_there_is_not_uploaded_again(
    s3_server: S3Server, bucket: str, proxy: Proxy
) -> None:
    store = through(proxy, s3_server, bucket)
    first = store.write(large(20), prefix="a")
    assert any(told.startswith("PUT") for told in proxy.seen)
    proxy.reset()
    assert store.write(large(20), prefix="a") == first
    assert {told.split()[0] for told in proxy.seen} == {"HEAD"}


def test_an_upload_that_fails_leaves_nothing(
    s3_server: S3Server, bucket: str, proxy: Proxy
) -> None:
    """TRAPS C25."""
    store = through(proxy, s3_server, bucket)
    proxy.fail(times=100, word="partNumber=3", status=403)
    with pytest.raises(RemoteAccessError):
        store.write(large(60), prefix="a", maxsize=32 << 20)
    assert everything(s3_server, bucket) == []


def test_shards_that_went_up_before_a_failure_are_taken_back(
    s3_server: S3Server, bucket: str, proxy: Proxy
) -> None:
    store = through(proxy, s3_server, bucket)
    proxy.fail(times=100, word="a-000003", status=403)
    with pytest.raises(RemoteAccessError):
        store.write(numbers(50), prefix="a", maxcount=10)
    assert everything(s3_server, bucket) == []


def test_a_server_that_is_busy_for_a_moment_is_asked_again(
    s3_server: S3Server, bucket: str, proxy: Proxy
) -> None:
    store = through(proxy, s3_server, bucket)
    proxy.fail(times=3, word="PUT", status=503)
    shards = store.write(large(12), prefix="a")
    assert len(opened(store, shards, DictSample)) == 12


def test_a_presigned_url_is_good_for_whoever_has_it_and_not_for_ever(
    store: S3DataStore, proxy: Proxy, s3_server: S3Server, bucket: str
) -> None:
    (shard,) = store.write(numbers(3), prefix="a b/ü")
    url = store.read_url(shard.url, expires=60)
    with urlopen(url) as answer:  # noqa: S310 - of our own server
        assert len(answer.read()) == shard.bytes
    assert [sample.n for sample in Dataset(url)] == [0, 1, 2]
    assert "X-Amz-Expires=60" in url
    assert s3_server.secret_key not in url
    with pytest.raises(ValueError, match="seconds"):
        store.read_url(shard.url, expires=8 * 24 * 3600)
    with pytest.raises(UnsafePathError):
        store.read_url("s3://elsewhere/a.tar")


def test_wrong_credentials_and_a_missing_bucket_are_said_so(
    s3_server: S3Server, bucket: str
) -> None:
    wrong = {**s3_server.credentials, "AWS_SECRET_ACCESS_KEY": "not-this-one"}
    for ask in (lambda s: s.list(), lambda s: s.write(numbers(2), prefix="a")):
        with pytest.raises(RemoteAccessError) as refused:
            ask(S3DataStore(wrong, bucket=bucket))
        assert "not-this-one" not in str(refused.value)
        with pytest.raises(BucketNotFoundError, match="no such bucket"):
            ask(S3DataStore(s3_server.credentials, bucket="missing-bucket"))


def test_a_full_disk_leaves_nothing(
    store: S3DataStore, s3_server: S3Server, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    def samples() -> Iterator[Any]:
        yield from numbers(30)
        monkeypatch.setattr("os.fsync", full)
        yield from numbers(30)

    with pytest.raises(OSError, match="No space left"):
        store.write(samples(), prefix="a", maxcount=20)
    monkeypatch.undo()
    assert everything(s3_server, bucket) == []


def test_credentials_come_from_a_mapping_a_file_or_a_profile(
    s3_server: S3Server, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "team.env"
    lines = [f"{name}={value}" for name, value in s3_server.credentials.items()]
    file.write_text("# ours\nexport " + "\n".join(lines))
    assert S3DataStore(file, bucket=bucket).list() == []
    profiles = tmp_path / "credentials"
    profiles.write_text(
        f"[team]\naws_access_key_id={s3_server.access_key}\n"
        f"aws_secret_access_key={s3_server.secret_key}\n"
    )
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(profiles))
    monkeypatch.setenv("AWS_ENDPOINT", s3_server.endpoint)
    team = S3DataStore("team", bucket=bucket)
    assert opened(team, team.write(numbers(3), prefix="a"))[2].n == 2
    with pytest.raises(CredentialsError, match="nobody"):
        S3DataStore("nobody", bucket=bucket)


def test_an_index_with_a_bucket_behind_it_opens_its_own_shards(
    store: S3DataStore, tmp_path: Path
) -> None:
    """TRAPS C14, C19."""
    with LocalIndex(tmp_path, data_store=store) as index:
        entry = index.write_samples(numbers(30), name="numbers", maxcount=10)
        assert [url[:5] for url in entry.data_urls] == ["s3://"] * 3
        assert [sample.n for sample in entry.dataset()] == list(range(30))
        assert load_dataset("@me/numbers", index=index, split="train")[29].n == 29
        assert index.verify("numbers").ok
        index.remove("numbers", delete_shards=True)
        assert store.list() == []


def test_an_entry_never_points_to_what_could_not_be_written(
    s3_server: S3Server, bucket: str, proxy: Proxy, tmp_path: Path
) -> None:
    with LocalIndex(tmp_path, data_store=through(proxy, s3_server, bucket)) as index:
        proxy.fail(times=1000, word="PUT", status=403)
        with pytest.raises(RemoteError):
            index.write_samples(numbers(30), name="numbers", maxcount=10)
        assert index.count() == 0
    assert everything(s3_server, bucket) == []


def test_a_shard_that_was_changed_in_the_bucket_is_noticed(
    store: S3DataStore, s3_server: S3Server, bucket: str, tmp_path: Path
) -> None:
    """TRAPS S6."""
    with LocalIndex(tmp_path, data_store=store) as index:
        entry = index.write_samples(numbers(30), name="numbers", maxcount=10)
        other = store.write(numbers(10, start=500), prefix="other")[0]
        client = boto3.client(
            "s3",
            endpoint_url=s3_server.endpoint,
            aws_access_key_id=s3_server.access_key,
            aws_secret_access_key=s3_server.secret_key,
            region_name="us-east-1",
        )
        key = entry.data_urls[1].partition(f"{bucket}/")[2]
        source = {"Bucket": bucket, "Key": other.url.partition(f"{bucket}/")[2]}
        client.copy_object(Bucket=bucket, Key=key, CopySource=source)
        report = index.verify("numbers")
        assert [check.shard for check in report.failed] == [entry.data_urls[1]]
        with pytest.raises(ValueError, match=r"numbers-000001-.*SHA-256"):
            list(entry.dataset())
        client.delete_object(Bucket=bucket, Key=key)
        assert "no such object" in index.verify("numbers").failed[0].reason
        with pytest.raises(ShardNotFoundError):
            list(entry.dataset())


def test_arrays_come_back_as_they_were(store: S3DataStore) -> None:
    arrays = [DictSample(x=np.arange(n, dtype=np.int16)) for n in range(1, 50)]
    ds = opened(store, store.write(arrays, prefix="a"), DictSample)
    assert [sample.x.tolist() for sample in ds] == [sample.x.tolist() for sample in arrays]
