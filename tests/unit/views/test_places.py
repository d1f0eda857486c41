from __future__ import annotations

import pytest

from atdata_nb.views.places import place, shard_name


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("/home/somebody/secret-project/a-000000.tar", "a-000000.tar"),
        ("file:///home/somebody/a.tar", "a.tar"),
        ("C:\\data\\a.tar", "a.tar"),
        ("s3://bucket/key/a.tar", "s3://bucket/key/a.tar"),
        ("https://user:password@host:8443/a.tar?X-Amz-Signature=abc", "https://host:8443/a.tar"),
        ("at://did:plc:abc/blob/bafy", "at://did:plc:abc/blob/bafy"),
        ("https://[broken/a.tar", "an address that cannot be read"),
    ],
)
def test_an_address_is_shown_without_folders_passwords_and_signatures(url: str, shown: str) -> None:
    assert shard_name(url) == shown


def test_places_are_said_once_each() -> None:
    assert place(["s3://b/1.tar", "s3://b/2.tar", "/x.tar"]) == "s3, local"
    assert place([]) == "nowhere"
