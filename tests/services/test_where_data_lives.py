"""The chapter on where data can live: its code is run, in order, against real servers."""

from __future__ import annotations

from pathlib import Path

import boto3
import pytest
import redis
from pages import ROOT, check

from atdata_nb.sandbox.redis_program import REDIS_VARIABLE
from atdata_nb.sandbox.s3_server import S3Server

pytestmark = pytest.mark.service

CHAPTER = ROOT / "docs" / "where-data-lives.md"


def test_the_code_in_the_chapter_is_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, s3_server: S3Server, redis_url: str
) -> None:
    monkeypatch.chdir(tmp_path)
    own = redis_url.removesuffix("/0") + "/7"
    monkeypatch.setenv(REDIS_VARIABLE, own)
    known = s3_server.credentials
    Path("team.env").write_text("".join(f"{name}={value}\n" for name, value in known.items()))
    boto3.client(
        "s3",
        endpoint_url=s3_server.endpoint,
        aws_access_key_id=s3_server.access_key,
        aws_secret_access_key=s3_server.secret_key,
        region_name="us-east-1",
    ).create_bucket(Bucket="team")
    with redis.Redis.from_url(own) as client:
        try:
            check(CHAPTER, tmp_path, blocks=5)
        finally:
            client.flushdb()
