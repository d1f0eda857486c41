from __future__ import annotations

import pickle
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from atdata_nb.errors import CredentialsError, UrlError, shown_url
from atdata_nb.shards import credentials
from atdata_nb.shards.credentials import Keys, S3Access, Secret


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ENDPOINT", "AWS_ENDPOINT_URL", "AWS_REGION", "AWS_ACCESS_KEY_ID"):
        monkeypatch.delenv(name, raising=False)


def test_a_signature_is_the_one_of_the_specification(monkeypatch: pytest.MonkeyPatch) -> None:
    """The example of the Amazon S3 API Reference, "Authenticating Requests: Query Parameters"."""

    class Then(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime(2013, 5, 24, tzinfo=tz)

    monkeypatch.setattr(credentials, "datetime", Then)
    secret = Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    keys = Keys("AKIAIOSFODNN7EXAMPLE", secret)
    access = S3Access(region="us-east-1", keys=keys)
    asked = access._signed(keys, "examplebucket.s3.amazonaws.com", "/test.txt", {}, 86400)
    assert asked["X-Amz-Signature"] == (
        "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    )


def test_a_secret_is_never_shown_and_survives_a_pickle() -> None:
    """TRAPS S8."""
    secret = Secret("wJalrXUtnFEMI/K7MDENG")
    keys = Keys("id", secret, Secret("token-of-mine"))
    access = S3Access("http://localhost:1", "here", keys)
    for thing in (secret, keys, access):
        dumped = pickle.dumps(thing)
        assert pickle.loads(dumped) == thing
        for text in (repr(thing), str(thing), f"{thing}", repr(dumped)):
            assert "wJalrXUtnFEMI" not in text
            assert "token-of-mine" not in text


def test_an_address_has_the_bucket_where_the_server_wants_it() -> None:
    keys = {"access_key": "a", "secret_key": "b"}
    own = S3Access.of(endpoint="http://localhost:9000/below/", **keys)
    assert urlsplit(own.presign("team", "a b/ü+.tar"))[:3] == (
        "http",
        "localhost:9000",
        "/below/team/a%20b/%C3%BC%2B.tar",
    )
    amazon = S3Access.of(region="eu-north-1", **keys)
    assert urlsplit(amazon.presign("team", "a"))[1:3] == ("team.s3.eu-north-1.amazonaws.com", "/a")
    assert urlsplit(amazon.presign("my.team", "a"))[1:3] == (
        "s3.eu-north-1.amazonaws.com",
        "/my.team/a",
    )
    asked = parse_qs(urlsplit(amazon.presign("team", "a", expires=77)).query)
    assert asked["X-Amz-Expires"] == ["77"]


def test_nothing_is_signed_where_there_are_no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        S3Access, "boto3_session", lambda _: type("S", (), {"get_credentials": lambda _: None})()
    )
    assert S3Access.of().presign("team", "a") == "https://team.s3.us-east-1.amazonaws.com/a"


@pytest.mark.parametrize("bucket", ["", "a", "a/b", "x@evil.org", "evil.org#", "a..b", "a b", ".a"])
def test_a_bucket_is_no_way_to_another_server(bucket: str) -> None:
    with pytest.raises(UrlError):
        S3Access.of(access_key="a", secret_key="b").presign(bucket, "a")  # noqa: S106


def test_a_file_must_be_complete(tmp_path: Path) -> None:
    file = tmp_path / "half.env"
    file.write_text("AWS_ENDPOINT=http://localhost:1\nAWS_ACCESS_KEY_ID='me'\n")
    with pytest.raises(CredentialsError, match=r"half\.env lacks AWS_SECRET_ACCESS_KEY"):
        S3Access.read(file)
    with pytest.raises(CredentialsError, match="no such file"):
        S3Access.read(tmp_path / "missing.env")
    with pytest.raises(CredentialsError, match="without a login"):
        S3Access.of(endpoint="http://me:secret@localhost")


def test_a_url_is_shown_without_what_opens_it() -> None:
    assert shown_url("https://u:p@h.org/a.tar?sig=1#x") == "https://h.org/a.tar"
    assert shown_url("s3://team/what?.tar") == "s3://team/what?.tar"
    assert shown_url("data/a?.tar") == "data/a?.tar"
