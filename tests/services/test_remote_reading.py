"""Shards far away: what reading them costs, and what happens when the way there is bad."""

from __future__ import annotations

import logging
import multiprocessing
import pickle
import shutil
import socket
import subprocess
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from services.buckets import admin
from services.proxy import Proxy, files_of

from atdata_nb import Dataset, S3DataStore, S3Source, URLSource, load_dataset, packable
from atdata_nb.errors import (
    BucketNotFoundError,
    CorruptShardError,
    CredentialsError,
    NotRandomAccessError,
    RemoteAccessError,
    RemoteError,
    RemoteTimeoutError,
    ShardNotFoundError,
    UnsafeUrlError,
    UrlError,
)
from atdata_nb.sandbox.s3_server import S3Server
from atdata_nb.shards import credentials
from atdata_nb.stores import LocalDiskStore
from atdata_nb.widgets.samples import SampleSession

pytestmark = pytest.mark.service

MEGABYTE = 1 << 20
SAMPLES = 20_000


@packable
class Picture:
    n: int
    pixels: NDArray[np.uint8]


@packable
class Number:
    n: int


@dataclass
class Place:
    """A shard behind a proxy, and what it is."""

    url: str
    source: Any
    proxy: Proxy
    sha256: str
    size: int

    def dataset(self) -> Dataset[Picture]:
        return Dataset(pickle.loads(pickle.dumps(self.source)), sample_type=Picture)

    def whole(self) -> str:
        with self.source.open_shard(self.url) as stream:
            return sha256(stream.read()).hexdigest()


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a shard of 200 MB, and its index."""
    folder = tmp_path_factory.mktemp("pictures")
    noise = np.random.default_rng(0).integers(0, 256, 9500, dtype=np.uint8)
    samples = (Picture(i, noise) for i in range(SAMPLES))
    (shard,) = LocalDiskStore(folder).write(samples, prefix="p", maxcount=SAMPLES)
    assert shard.bytes > 200_000_000
    Path(shard.url).rename(folder / "big.tar")
    Path(f"{shard.url}.idx").rename(folder / "big.tar.idx")
    return folder


@pytest.fixture(scope="module")
def in_bucket(s3_server: S3Server, pictures: Path) -> str:
    """The same in a bucket."""
    client = admin(s3_server)
    client.create_bucket(Bucket="pictures")
    for name in ("big.tar", "big.tar.idx"):
        client.upload_file(str(pictures / name), "pictures", name)
    return "pictures"


@contextmanager
def over_http(pictures: Path, **how: Any) -> Iterator[Place]:
    data = (pictures / "big.tar").read_bytes()
    with files_of(pictures) as files, Proxy(files, **how) as proxy:
        url = f"{proxy.url}/big.tar"
        yield Place(url, URLSource(url), proxy, sha256(data).hexdigest(), len(data))


@contextmanager
def over_s3(pictures: Path, server: S3Server, bucket: str, **how: Any) -> Iterator[Place]:
    data = (pictures / "big.tar").read_bytes()
    with Proxy(server.endpoint, **how) as proxy:
        keys = {"access_key": server.access_key, "secret_key": server.secret_key}
        source = S3Source(bucket, "big.tar", endpoint=proxy.url, **keys)
        url = f"s3://{bucket}/big.tar"
        yield Place(url, source, proxy, sha256(data).hexdigest(), len(data))


@pytest.fixture(params=["http", "http without ranges", "s3", "s3 without ranges"])
def place(
    request: pytest.FixtureRequest, pictures: Path, s3_server: S3Server, in_bucket: str
) -> Iterator[Place]:
    how = {"ranges": "without" not in request.param}
    if request.param.startswith("http"):
        with over_http(pictures, **how) as found:
            yield found
    else:
        with over_s3(pictures, s3_server, in_bucket, **how) as found:
            yield found


@pytest.fixture
def numbers(tmp_path: Path) -> Iterator[tuple[Proxy, Path]]:
    """A small shard behind a proxy, and its file."""
    folder = tmp_path / "served"
    samples = (Number(i) for i in range(3000))
    (shard,) = LocalDiskStore(folder).write(samples, prefix="p")
    shutil.move(shard.url, folder / "a.tar")
    shutil.move(f"{shard.url}.idx", folder / "a.tar.idx")
    with files_of(folder) as files, Proxy(files) as proxy:
        yield proxy, folder / "a.tar"


# ---- what it costs -------------------------------------------------------------------------------


def test_a_preview_costs_less_than_a_megabyte(place: Place) -> None:
    assert [sample.n for sample in place.dataset().head(20)] == list(range(20))
    assert 0 < place.proxy.sent < MEGABYTE


def test_a_preview_without_an_index_costs_less_than_five(place: Place) -> None:
    place.proxy.fail(times=1000, word=".idx", status=404)
    assert [sample.n for sample in place.dataset().head(20)] == list(range(20))
    assert 0 < place.proxy.sent < 5 * MEGABYTE


def as_on_screen(place: Place) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a page asks of a dataset until its first rows and their statistics are drawn."""
    session = SampleSession(place.dataset)
    table, _ = session.answer({"id": 1, "kind": "table"})
    got = 0
    for _ in range(20):
        asked = {"id": 2, "kind": "rows", "start": got, "count": max(1, 20 - got)}
        got += session.answer(asked)[0]["count"]
        if got >= 20:
            break
    scan, _ = session.answer({"id": 3, "kind": "scan"})
    return table, scan


def test_twenty_samples_on_screen_cost_less_than_a_megabyte(place: Place) -> None:
    table, scan = as_on_screen(place)
    assert (scan["waiting"], scan["read"] >= 20) == (True, True)
    assert table["known"] == (SAMPLES if place.proxy.ranges else scan["read"])
    # Without ranges there is no index either, and what follows is on its way already.
    assert 0 < place.proxy.sent < (1 if place.proxy.ranges else 5) * MEGABYTE


def test_twenty_samples_on_screen_without_an_index_cost_less_than_five(place: Place) -> None:
    place.proxy.fail(times=1000, word=".idx", status=404)
    table, scan = as_on_screen(place)
    assert (table["random"], table["whole"]) == (False, False)
    assert (scan["waiting"], 20 <= scan["read"] < 500) == (True, True)
    assert 0 < place.proxy.sent < 5 * MEGABYTE


def test_a_whole_shard_is_read_once(place: Place) -> None:
    assert place.whole() == place.sha256
    assert place.proxy.sent == place.size


def test_one_sample_of_many_costs_its_own_bytes(pictures: Path) -> None:
    with over_http(pictures) as place:
        ds = place.dataset()
        assert len(ds) == SAMPLES
        place.proxy.reset()
        assert ds[-1].n == SAMPLES - 1
        assert [sample.n for sample in ds[500:510]] == list(range(500, 510))
        assert place.proxy.sent < 200_000
        assert len(place.proxy.seen) <= 4


def test_samples_drawn_at_random_cost_their_own_bytes(pictures: Path) -> None:
    with over_http(pictures) as place:
        drawn = {sample.n for sample in place.dataset().sample(20, seed=3)}
        assert len(drawn) == 20
        assert max(drawn) > SAMPLES // 2
        assert place.proxy.sent < MEGABYTE


def test_without_an_index_or_without_ranges_samples_have_no_number(numbers: Any) -> None:
    proxy, file = numbers
    proxy.ranges = False
    ds = Dataset(f"{proxy.url}/a.tar")
    with pytest.raises(NotRandomAccessError, match="no member index"):
        len(ds)
    assert [sample.n for sample in ds] == list(range(3000))
    assert len({sample.n for sample in ds.sample(5, seed=1)}) == 5
    proxy.ranges = True
    Path(f"{file}.idx").unlink()
    with pytest.raises(NotRandomAccessError, match="no member index"):
        _ = Dataset(f"{proxy.url}/a.tar")[0]


# ---- a bad way -----------------------------------------------------------------------------------


def test_a_connection_that_is_cut_three_times_goes_on_where_it_was(place: Place) -> None:
    for at in (50_000, 1, 20_000):
        place.proxy.fail(cut=at)
    assert place.whole() == place.sha256


def test_a_server_that_is_busy_for_a_moment_is_asked_again(place: Place) -> None:
    place.proxy.fail(times=3, status=503)
    assert [sample.n for sample in place.dataset().head(3)] == [0, 1, 2]
    place.proxy.fail(times=1, status=429, headers=(("Retry-After", "0"),))
    assert next(iter(place.dataset())).n == 0


def test_a_server_that_stays_busy_is_given_up(
    numbers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("atdata_nb.shards.patience.FIRST_WAIT", 0.001)
    proxy, _ = numbers
    proxy.fail(times=1000, status=503)
    with pytest.raises(RemoteError, match=r"gave up after 8 attempts: the server answers 503"):
        list(Dataset(f"{proxy.url}/a.tar"))


def test_a_server_that_says_nothing_is_given_up_in_time(numbers: Any) -> None:
    proxy, _ = numbers
    proxy.fail(times=1000, stall=True)
    source = URLSource(f"{proxy.url}/a.tar?token=hidden", timeout=0.1)
    with pytest.raises(RemoteTimeoutError, match="does not answer in time") as given_up:
        list(Dataset(source))
    assert "hidden" not in str(given_up.value)
    assert len(proxy.seen) == 3


def test_a_server_that_is_away_is_told_and_found_again(
    numbers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("atdata_nb.shards.patience.FIRST_WAIT", 0.001)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with pytest.raises(RemoteError, match="Connection refused"):
        list(Dataset(f"http://127.0.0.1:{port}/a.tar"))


def test_what_is_not_there_is_said_so(numbers: Any, s3_server: S3Server, bucket: str) -> None:
    proxy, _ = numbers
    with pytest.raises(ShardNotFoundError, match=r"missing\.tar: the server has no such object"):
        list(Dataset(f"{proxy.url}/missing.tar"))
    keys = {"access_key": s3_server.access_key, "secret_key": s3_server.secret_key}
    source = S3Source(bucket, "missing.tar", endpoint=s3_server.endpoint, **keys)
    with pytest.raises(ShardNotFoundError, match=r"missing\.tar: the server has no such object"):
        list(Dataset(source))
    source = S3Source("no-such-bucket", "a.tar", endpoint=s3_server.endpoint, **keys)
    with pytest.raises(BucketNotFoundError):
        list(Dataset(source))


def test_a_signature_that_has_expired_is_said_so(
    s3_server: S3Server, in_bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Yesterday(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.now(tz) - timedelta(days=1)

    store = S3DataStore(s3_server.credentials, bucket=in_bucket)
    monkeypatch.setattr(credentials, "datetime", Yesterday)
    url = store.read_url(f"s3://{in_bucket}/big.tar", expires=60)
    monkeypatch.undo()
    assert f"{datetime.now(UTC):%Y%m%d}" not in url
    with pytest.raises(RemoteAccessError):
        list(Dataset(url))


def test_a_shard_that_changes_while_it_is_read_is_noticed(numbers: Any) -> None:
    proxy, file = numbers
    with URLSource(url := f"{proxy.url}/a.tar").open_shard(url) as stream:
        assert len(stream.read(100)) == 100
        file.write_bytes(file.read_bytes()[:-512])
        with pytest.raises(RemoteError, match="was changed while it was read"):
            stream.read()


def test_an_index_of_another_shard_gives_no_wrong_sample(numbers: Any) -> None:
    proxy, file = numbers
    before = Path(f"{file}.idx").read_bytes()
    others = (Picture(i, np.zeros(i % 700, np.uint8)) for i in range(3000))
    (shard,) = LocalDiskStore(file.parent).write(others, prefix="other")
    shutil.move(shard.url, file)
    ds = Dataset(f"{proxy.url}/a.tar")
    assert Path(f"{file}.idx").read_bytes() == before
    with pytest.raises(CorruptShardError, match="the member index beside it does not fit"):
        _ = ds[1234]
    assert [sample.n for sample in ds.head(5)] == [0, 1, 2, 3, 4]


def test_a_damaged_index_is_never_believed(numbers: Any) -> None:
    proxy, file = numbers
    index = Path(f"{file}.idx")
    whole = index.read_bytes()
    for place in range(0, len(whole), len(whole) // 40):
        index.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        ds = Dataset(f"{proxy.url}/a.tar")
        assert [sample.n for sample in ds.head(3)] == [0, 1, 2]
        with pytest.raises(CorruptShardError, match="member index"):
            assert [sample.n for sample in ds[::500]] == []


# ---- whom we trust -------------------------------------------------------------------------------


def test_a_redirect_into_this_network_is_not_followed_for_a_stranger(numbers: Any) -> None:
    proxy, _ = numbers
    target = proxy.url.replace("127.0.0.1", "localhost")
    for address in (f"{target}/a.tar", "file:///etc/passwd", "http://169.254.169.254/latest"):
        proxy.fail(status=302, headers=(("Location", address),))
        source = URLSource(f"{proxy.url}/a.tar", trusted=False, allow_hosts=["127.0.0.1"])
        with pytest.raises(UnsafeUrlError):
            list(Dataset(source))
    assert len(proxy.seen) == 3
    proxy.fail(status=302, headers=(("Location", f"{target}/a.tar"),))
    assert next(iter(Dataset(f"{proxy.url}/a.tar"))).n == 0


def test_a_name_that_leads_into_this_network_is_refused_for_a_stranger(
    numbers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, _ = numbers
    real = socket.getaddrinfo

    def rebound(host: str, *rest: Any, **options: Any) -> Any:
        return real("127.0.0.1" if host == "data.example.org" else host, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", rebound)
    url = proxy.url.replace("127.0.0.1", "data.example.org") + "/a.tar"
    with pytest.raises(UnsafeUrlError, match=r"data\.example\.org .* leads to 127\.0\.0\.1"):
        list(Dataset(URLSource(url, trusted=False)))
    assert proxy.seen == []
    allowed = URLSource(url, trusted=False, allow_hosts=["data.example.org"])
    assert next(iter(Dataset(allowed))).n == 0


def test_a_redirect_in_a_circle_ends(numbers: Any) -> None:
    proxy, _ = numbers
    proxy.fail(times=100, status=302, headers=(("Location", f"{proxy.url}/a.tar"),))
    with pytest.raises(UrlError, match="more than 5 redirects"):
        list(Dataset(f"{proxy.url}/a.tar"))


SECRET = "very-secret-key-0123456789"  # noqa: S105
TOKEN = "very-secret-token-987654"  # noqa: S105


def test_no_secret_is_ever_shown(
    s3_server: S3Server, bucket: str, caplog: pytest.LogCaptureFixture, numbers: Any
) -> None:
    """TRAPS S8."""
    caplog.set_level(logging.DEBUG)
    proxy, _ = numbers
    options = {
        "endpoint": s3_server.endpoint,
        "access_key": s3_server.access_key,
        "secret_key": SECRET,
        "session_token": TOKEN,
    }
    source = S3Source(bucket, "a.tar", **options)
    told = {
        "AWS_ENDPOINT": s3_server.endpoint,
        "AWS_ACCESS_KEY_ID": s3_server.access_key,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_SESSION_TOKEN": TOKEN,
    }
    store = S3DataStore(told, bucket=bucket)
    login = f"{proxy.url.replace('//', f'//me:{SECRET}@')}/missing.tar?signature={TOKEN}"
    shown: list[Any] = []
    attempts: list[Callable[[], Any]] = [
        lambda: list(Dataset(source)),
        lambda: Dataset(source).head(3),
        lambda: len(Dataset(source)),
        lambda: list(S3Source(bucket, "*", **options).list_shards()),
        lambda: store.write([Number(1)], prefix="a"),
        store.list,
        lambda: list(Dataset(login)),
        lambda: len(Dataset(login)),
        lambda: URLSource(login).open_shard("nowhere"),
        lambda: URLSource(login, trusted=False),
        lambda: S3Source(bucket, "a", access_key=None, secret_key=SECRET),
    ]
    for attempt in attempts:
        with pytest.raises(Exception) as failed:  # noqa: PT011 - whatever it is
            attempt()
        shown += [str(failed.value), repr(failed.value)]
        shown += traceback.format_exception(failed.value)
    for thing in (source, store, URLSource(login), Dataset(source), Dataset(login)):
        shown += [repr(thing), str(thing)]
    for thing in (source, store, Dataset(source)):
        shown += [repr(vars(thing)), repr(pickle.dumps(thing))]
    shown += [record.getMessage() for record in caplog.records]
    text = "\n".join(shown)
    assert len(text) > 5000
    assert SECRET not in text
    assert TOKEN not in text


# ---- workers -------------------------------------------------------------------------------------


def total(ds: Dataset[Any]) -> int:
    return sum(sample.n for sample in ds) + ds[5].n


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_dataset_far_away_can_be_read_by_workers(
    method: str, numbers: Any, s3_server: S3Server, bucket: str
) -> None:
    proxy, file = numbers
    admin(s3_server).upload_file(str(file), bucket, "a.tar")
    admin(s3_server).upload_file(f"{file}.idx", bucket, "a.tar.idx")
    near = S3Source.from_credentials(s3_server.credentials, bucket, "a.tar")
    sets = [Dataset(near), Dataset(f"{proxy.url}/a.tar")]
    here = [total(ds) for ds in sets]
    context: Any = multiprocessing.get_context(method)
    with context.Pool(2) as pool:
        assert pool.map(total, sets) == here
    # And the parent's connections are still its own.
    assert [total(ds) for ds in sets] == here


# ---- names ---------------------------------------------------------------------------------------


def test_a_bucket_is_listed_by_prefix_and_pattern(
    s3_server: S3Server, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = S3DataStore(s3_server.credentials, bucket=bucket)
    train = store.write([Number(i) for i in range(4)], prefix="sets/train", maxcount=2)
    test = store.write([Number(9)], prefix="sets/test")
    for name, value in s3_server.credentials.items():
        monkeypatch.setenv(name, value)
    assert URLSource(f"s3://{bucket}/sets/").list_shards() == [test[0].url, *(s.url for s in train)]
    assert URLSource(f"s3://{bucket}/*/train/*.tar").list_shards() == [s.url for s in train]
    assert URLSource(f"s3://{bucket}/sets/*.tar").urls == [f"s3://{bucket}/sets/*.tar"]
    with pytest.raises(ShardNotFoundError, match="no object of the bucket fits"):
        URLSource(f"s3://{bucket}/sets/*.tar").list_shards()
    found = load_dataset(f"s3://{bucket}/sets/**/*.tar", Number)
    assert found.num_shards == {"train": 2, "test": 1}
    assert [sample.n for sample in found["train"]] == [0, 1, 2, 3]
    pattern = f"s3://{bucket}/sets/{{train,test}}/*.tar"
    assert len(load_dataset(pattern, Number)) == 2
    keys = S3Source.from_credentials(s3_server.credentials, bucket, "sets/train/")
    assert keys.list_shards() == [s.url for s in train]


def test_a_list_of_more_than_a_page_is_whole(
    s3_server: S3Server, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = admin(s3_server)
    for i in range(25):
        client.put_object(Bucket=bucket, Key=f"p/{i:04d} ü+&.tar", Body=b"")
    monkeypatch.setattr("atdata_nb.shards.buckets.LIST_PAGE", 10)
    source = S3Source.from_credentials(s3_server.credentials, bucket, "p/")
    assert source.list_shards() == [f"s3://{bucket}/p/{i:04d} ü+&.tar" for i in range(25)]


def test_sources_are_made_of_urls_of_one_bucket() -> None:
    given = ["s3://one/a.tar", "s3://one/b/c.tar"]
    source = S3Source.from_urls(given, access_key="a", secret_key="b")  # noqa: S106
    assert source.list_shards() == ["s3://one/a.tar", "s3://one/b/c.tar"]
    for urls in ([], ["http://one/a.tar"], ["s3://one"], ["s3://one/a", "s3://two/b"]):
        with pytest.raises(UrlError):
            S3Source.from_urls(urls)
    for bucket in ("", "a/b", "evil.example.org#", "x@y", "..", "a..b"):
        with pytest.raises(UrlError):
            S3Source(bucket, "a.tar")
    with pytest.raises(CredentialsError, match="go together"):
        S3Source("one", "a.tar", access_key="a")
    with pytest.raises(CredentialsError):
        S3Source.from_credentials({}, "one", "a.tar")


# ---- encrypted -----------------------------------------------------------------------------------


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    file = tmp_path / "localhost.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
    options = ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(file)]
    done = subprocess.run([*command.split(), *options], capture_output=True, check=True)
    file.write_bytes(file.read_bytes() + done.stdout)
    return file


def test_a_server_is_read_encrypted_and_must_be_who_it_says(
    numbers: Any, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, file = numbers
    with files_of(file.parent, certificate) as url:
        monkeypatch.setattr("atdata_nb.shards.web._CONTEXTS", {})
        with pytest.raises(RemoteError, match="certificate can't be trusted"):
            list(Dataset(f"{url}/a.tar"))
        monkeypatch.setattr("atdata_nb.shards.web._CONTEXTS", {})
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        ds = Dataset(f"{url}/a.tar")
        assert [sample.n for sample in ds] == list(range(3000))
        assert ds[2999].n == 2999
        with pytest.raises(RemoteError, match="certificate can't be trusted"):
            list(Dataset(f"{url.replace('localhost', '127.0.0.1')}/a.tar"))
