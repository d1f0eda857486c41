from __future__ import annotations

import pytest
from obstore.store import MemoryStore

from atdata_nb.errors import RemoteError, ShardNotFoundError, UrlError
from atdata_nb.shards.buckets import _matcher, split_bucket_url, store_object
from atdata_nb.shards.remote import RemoteStream


@pytest.mark.parametrize("scheme", ["gs", "az"])
def test_objects_of_other_clouds_go_through_the_same_stream(scheme: str) -> None:
    data = bytes(range(256)) * 5000
    found = store_object(f"{scheme}://team/a.tar")
    found._store = MemoryStore()
    found._store.put("a.tar", data)
    with RemoteStream(found) as stream:
        assert stream.read() == data
    assert found.part(1000, 10).data == data[1000:1010]
    missing = store_object(f"{scheme}://team/b.tar")
    missing._store = found._store
    with pytest.raises(ShardNotFoundError, match=rf"{scheme}://team/b\.tar"):
        missing.part(0, 10)
    with pytest.raises(RemoteError):
        found.part(len(data) + 5, 10)


@pytest.mark.parametrize(
    ("pattern", "fits", "other"),
    [
        ("a/*.tar", "a/b.tar", "a/b/c.tar"),
        ("a/**/*.tar", "a/b/c.tar", "b/c.tar"),
        ("a/**/*.tar", "a/c.tar", "a/c.tar.idx"),
        ("a-??.tar", "a-07.tar", "a-007.tar"),
        ("a[0-3].tar", "a2.tar", "a4.tar"),
        ("a[!0-3].tar", "a4.tar", "a2.tar"),
        ("a.b+(c)*.tar", "a.b+(c)d.tar", "aab+(c)d.tar"),
        ("", "b.tar", "b.txt"),
        ("a/", "a/b/c.tar", "a/b.tar.idx"),
    ],
)
def test_patterns_are_those_of_a_shell(pattern: str, fits: str, other: str) -> None:
    matches = _matcher(pattern)
    assert matches(fits)
    assert not matches(other)


def test_a_url_without_a_key_names_no_object() -> None:
    assert split_bucket_url("s3://team/a/b.tar") == ("team", "a/b.tar")
    for url in ("s3://team", "s3://team/", "s3:///a.tar", "s3://t@m/a.tar"):
        with pytest.raises(UrlError):
            split_bucket_url(url)
