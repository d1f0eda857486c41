"""The chapter on where data can live: its code is run, in order, against real servers."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
import redis

from atdata_nb.sandbox.redis_program import REDIS_VARIABLE
from atdata_nb.sandbox.s3_server import S3Server

pytestmark = pytest.mark.service

CHAPTER = Path(__file__).parents[2] / "docs" / "where-data-lives.md"


def test_the_code_in_the_chapter_is_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, s3_server: S3Server, redis_url: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ATDATA_NB_HOME", str(tmp_path / "home"))
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
    blocks = re.findall(r"```python\n(.*?)```", CHAPTER.read_text("utf-8"), re.DOTALL)
    assert len(blocks) == 5
    Path("chapter.py").write_text("\n".join(blocks))
    with redis.Redis.from_url(own) as client:
        try:
            done = subprocess.run(
                [sys.executable, "chapter.py"], capture_output=True, text=True, check=False
            )
        finally:
            client.flushdb()
    assert (done.returncode, done.stderr) == (0, "")
