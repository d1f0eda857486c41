"""Questions to datasets far away: what answering them costs, and that nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from services.proxy import Proxy, files_of
from services.test_s3_store import everything

from atdata_nb import Dataset, LocalDiskStore, S3DataStore, URLSource, packable
from atdata_nb.errors import ManifestWarning, NotRandomAccessError, QueryError
from atdata_nb.sandbox.s3_server import S3Server
from atdata_nb.shards import Shard
from atdata_nb.widgets.samples import SampleSession

pytestmark = pytest.mark.service

SHARDS, EACH = 8, 250


@packable
class Frame:
    n: int
    score: float | None
    pixels: NDArray[np.uint8]


def frames() -> Iterator[Frame]:
    noise = np.random.default_rng(0).integers(0, 256, 4000, dtype=np.uint8)
    for n in range(SHARDS * EACH):
        score = None if n % 7 == 0 else (n * 37 % 1000) / 1000
        yield Frame(n, score, noise)


@pytest.fixture
def proxy(s3_server: S3Server) -> Iterator[Proxy]:
    with Proxy(s3_server.endpoint) as between:
        yield between


@pytest.fixture
def store(proxy: Proxy, s3_server: S3Server, bucket: str) -> S3DataStore:
    return S3DataStore({**s3_server.credentials, "AWS_ENDPOINT": proxy.url}, bucket=bucket)


def opened(store: S3DataStore, shards: list[Shard]) -> Dataset[Frame]:
    source = store.source([shard.url for shard in shards])
    assert source is not None
    return Dataset[Frame](source, written=shards)


def test_a_question_to_a_bucket_reads_what_matches_and_little_else(
    store: S3DataStore, proxy: Proxy
) -> None:
    shards = store.write(frames(), prefix="frames", maxcount=EACH)
    ds = opened(store, shards)
    total = sum(shard.bytes for shard in shards)
    expected = [frame.n for frame in frames() if frame.score is not None and frame.score > 0.997]
    proxy.reset()
    some = ds.where("score > .997")
    assert proxy.seen == []
    assert [frame.n for frame in some] == expected
    assert 0 < len(expected) < 10
    assert proxy.sent < total / 20
    assert len(some) == len(expected)
    assert some[-1].n == expected[-1]
    proxy.reset()
    near = ds.where("500 <= n < 503")
    assert [frame.n for frame in near] == [500, 501, 502]
    assert [url for url in proxy.seen if ".columns.parquet" in url] != []
    assert proxy.sent < total / 50
    assert near.explain().pruned == SHARDS - 1


def test_without_manifests_the_same_question_reads_all_and_says_so(
    store: S3DataStore, proxy: Proxy
) -> None:
    """TRAPS C20: there, without manifests nothing was found and nothing was said."""
    shards = store.write(frames(), prefix="frames", maxcount=EACH, manifests=False)
    some = opened(store, shards).where("500 <= n < 503")
    assert repr(some.explain()) == "where 500 <= n and n < 503\nscans 8 shards: no manifest"
    proxy.reset()
    assert [frame.n for frame in some] == [500, 501, 502]
    assert proxy.sent >= sum(shard.bytes for shard in shards)
    with pytest.raises(NotRandomAccessError, match="can only be read in order"):
        len(some)


def test_manifests_are_built_in_a_bucket_and_go_with_their_shards(
    store: S3DataStore, s3_server: S3Server, bucket: str
) -> None:
    shards = store.write(frames(), prefix="frames", maxcount=EACH, manifests=False)
    ds = opened(store, shards)
    with pytest.raises(QueryError, match="give the store"):
        ds.build_manifests()
    assert ds.build_manifests(store=store) == SHARDS
    assert opened(store, shards).where("n == 3").explain().pruned == SHARDS - 1
    assert len(everything(s3_server, bucket)) == 4 * SHARDS
    for shard in shards:
        store.delete(shard.url)
    assert everything(s3_server, bucket) == []


@pytest.mark.parametrize("ranges", [True, False])
def test_a_question_to_a_web_server_is_answered_with_ranges_and_without(
    tmp_path: Path,
    ranges: bool,  # noqa: FBT001
) -> None:
    shards = LocalDiskStore(tmp_path).write(frames(), prefix="frames", maxcount=EACH)
    with files_of(tmp_path) as files, Proxy(files, ranges=ranges) as proxy:
        names = [Path(shard.url).relative_to(tmp_path).as_posix() for shard in shards]
        some = Dataset[Frame](URLSource([f"{proxy.url}/{name}" for name in names])).where(
            "n == 600"
        )
        assert [frame.n for frame in some] == [600]
        whole = sum(shard.bytes for shard in shards)
        assert (proxy.sent < whole / 20) is ranges


def test_a_remote_manifest_of_another_shard_is_found_out(tmp_path: Path) -> None:
    store = LocalDiskStore(tmp_path)
    (one,) = store.write((frame for frame in frames() if frame.n < 50), prefix="a")
    (two,) = store.write((frame for frame in frames() if 50 <= frame.n < 100), prefix="b")
    for ending in (".manifest.json", ".columns.parquet"):
        Path(two.url + ending).replace(one.url + ending)
    with files_of(tmp_path) as files:
        url = f"{files}/{Path(one.url).relative_to(tmp_path).as_posix()}"
        for written, reason in (
            ((), "the shard's member index are of two shards"),
            ((replace(one, url=url),), "another version of the shard"),
        ):
            some = Dataset[Frame](URLSource(url), written=written).where("n == 7")
            with pytest.warns(ManifestWarning, match=reason):
                assert [frame.n for frame in some] == [7]
        Path(one.url).write_bytes(Path(one.url).read_bytes() + bytes(10_240))
        with pytest.warns(ManifestWarning, match="a shard of another size"):
            assert len(list(Dataset[Frame](URLSource(url)).where("n == 57"))) == 0


def test_a_block_of_a_shard_far_away_is_read_without_the_rest(
    store: S3DataStore, proxy: Proxy
) -> None:
    shards = store.write(frames(), prefix="frames", maxcount=EACH)
    frame = opened(store, shards).to_dask(blocksize=50)
    assert frame.npartitions == SHARDS * EACH // 50
    proxy.reset()
    assert frame.partitions[7]["n"].compute().tolist() == list(range(350, 400))
    assert proxy.sent < shards[0].bytes / 3


# ---- in the box above a preview ------------------------------------------------------------------


def ask(session: SampleSession, kind: str, **more: Any) -> dict[str, Any]:
    return session.answer({"id": 1, "kind": kind, **more})[0]


def match(session: SampleSession, query: str, **more: Any) -> dict[str, Any]:
    for _ in range(100):
        answer = ask(session, "match", query=query, **more)
        if answer.get("error") or answer["caughtUp"]:
            return answer
    raise AssertionError(answer)


def rows(session: SampleSession, **more: Any) -> list[dict[str, Any]]:
    _, (data,) = session.answer({"id": 1, "kind": "rows", **more})
    found: list[dict[str, Any]] = pa.ipc.open_stream(data).read_all().to_pylist()
    return found


def test_the_box_of_a_preview_finds_samples_of_the_whole_dataset(
    store: S3DataStore, proxy: Proxy
) -> None:
    shards = store.write(frames(), prefix="frames", maxcount=EACH)
    session = SampleSession(lambda: opened(store, shards))
    assert ask(session, "table")["known"] == SHARDS * EACH
    ask(session, "scan")
    proxy.reset()
    found = match(session, "1500 <= n < 1503")
    assert (found["told"], found["count"], found["looked"]) == (True, 3, SHARDS * EACH)
    (one, *_) = shown = rows(session, view=found["view"], start=0, count=10)
    assert [row["row"] for row in shown] == [1500, 1501, 1502]
    assert "1500" in str(one)
    assert proxy.sent < sum(shard.bytes for shard in shards) / 20
    assert session.numbers("1500 <= n < 1503", "", down=False) == [1500, 1501, 1502]
    # Ordered, or without a question, it is what was read that is shown.
    assert match(session, "n >= 3", sort=0)["told"] is False
    assert match(session, "")["told"] is False
    assert match(session, "nobody == 3")["error"]["text"].count("there is no column nobody") == 1


def test_without_manifests_the_box_says_which_samples_it_looked_at(store: S3DataStore) -> None:
    shards = store.write(frames(), prefix="frames", maxcount=EACH, manifests=False)
    session = SampleSession(lambda: opened(store, shards))
    read = ask(session, "scan")["read"]
    found = match(session, "n >= 3")
    assert (found["told"], found["looked"], found["count"]) == (False, read, read - 3)


def test_a_row_that_a_manifest_wrongly_leads_to_says_so(store: S3DataStore) -> None:
    """TRAPS C20: nothing that a manifest says is shown as if it had been looked at."""
    shards = store.write(frames(), prefix="frames", maxcount=EACH)
    session = SampleSession(lambda: opened(store, shards))
    ask(session, "scan")
    found = match(session, "n == 1500")
    session._view._all = np.array([1501])  # type: ignore[attr-defined]
    (row,) = rows(session, view=found["view"], start=0, count=10)
    assert "does not match" in row["fault"]
