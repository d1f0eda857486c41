from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from atdata_nb import Dataset, packable
from atdata_nb.atmosphere import AtmosphereClient, AtmosphereIndex, PDSBlobStore
from atdata_nb.atmosphere.records import DatasetRecord, namespace_of, now
from atdata_nb.atmosphere.storage import Location, Urls
from atdata_nb.errors import BlobTooLargeError, ChecksumError
from atdata_nb.sandbox import Sandbox
from atdata_nb.shards import write_shard

pytestmark = pytest.mark.service

LIMIT = 300_000


@packable
class Digit:
    label: int
    image: NDArray[np.uint8]


def rows(count: int, side: int = 64) -> list[Digit]:
    random = np.random.default_rng(7)
    return [Digit(n, random.integers(0, 256, (side, side), dtype=np.uint8)) for n in range(count)]


@pytest.fixture(scope="module")
def small() -> Iterator[Sandbox]:
    with Sandbox(accounts=["ada"], blob_limit=LIMIT) as started:
        yield started


@pytest.fixture
def ada(small: Sandbox, monkeypatch: pytest.MonkeyPatch) -> AtmosphereClient:
    """Somebody on a server that does not say which blobs it takes."""
    client = small.client("ada")
    monkeypatch.setattr(client, "blob_limit", lambda: None)
    return client


def test_a_server_that_says_no_limit_teaches_it_and_shards_are_cut_again(
    ada: AtmosphereClient, tmp_path: Path
) -> None:
    dataset = Dataset[Digit](write_shard(tmp_path / "digits.tar", rows(400)).url)
    store, told = PDSBlobStore(ada), list[str]()
    index = AtmosphereIndex(ada, data_store=store)
    made = index.insert_dataset(dataset, name="digits", on_message=told.append)
    assert "takes no shard of" in told[0]
    # 2 MB: halved until it fits.
    assert len(told) == 3
    assert len(made.data_urls) > 6
    assert all(blob.size <= LIMIT for blob in made.record.storage.blobs)  # type: ignore[union-attr]
    read = list(made.dataset())
    assert [sample.label for sample in read] == list(range(400))
    assert (read[399].image == rows(400)[399].image).all()
    told.clear()
    # What was learnt is known, and what is there is not sent again.
    assert store.write_shards(dataset, prefix="again", on_message=told.append)
    assert told == []


def test_the_shards_of_somebody_elses_iterator_are_cut_too(ada: AtmosphereClient) -> None:
    shards = PDSBlobStore(ada).write(iter(rows(100)), prefix="once", sample_type=Digit)
    assert sum(shard.samples for shard in shards) == 100
    assert max(shard.bytes for shard in shards) <= LIMIT


def test_a_sample_that_alone_is_too_large_is_refused(ada: AtmosphereClient) -> None:
    with pytest.raises(BlobTooLargeError, match="cut it into smaller"):
        PDSBlobStore(ada).write([*rows(3), *rows(1, side=600)], prefix="large")


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    folder = tmp_path / "web"
    folder.mkdir()
    handler = partial(Quiet, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("namespace", ["ac.foundation.dataset", "science.alt.dataset"])
def test_a_shard_behind_a_url_that_is_not_what_its_record_says_is_caught(
    small: Sandbox, web: str, tmp_path: Path, namespace: str
) -> None:
    client = small.client("ada")
    index = AtmosphereIndex(client, namespace=namespace)
    shard = write_shard(tmp_path / "web" / "digits.tar", rows(30, side=8))
    record = DatasetRecord(
        name="by url",
        schema_ref=index.publish_schema(Digit),
        storage=Urls((Location(f"{web}/digits.tar", shard.sha256),)),
        created_at=now(),
    )
    made = client.create_record(namespace_of(namespace).dataset, record.to_record(namespace))
    entry = AtmosphereIndex(small.client()).get_dataset(str(made.uri))
    assert [sample.label for sample in entry.dataset()] == list(range(30))
    assert entry.verify().complete
    other = Path(shard.url).read_bytes().replace(b"label", b"lebal")
    Path(shard.url).write_bytes(other)
    with pytest.raises(ChecksumError, match="not the one that its record says"):
        list(entry.dataset(Digit).raw())
    verdict = entry.verify()
    assert not verdict.ok
    assert "its SHA-256 is not the one that its record says" in repr(verdict)
