from __future__ import annotations

import os
import pickle
import tarfile
import threading
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from contracts.stores import StoreContract
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from atdata_nb import Dataset, DictSample, LocalDiskStore
from atdata_nb.errors import (
    EmptyDatasetError,
    SampleTypeError,
    ShardNotFoundError,
    UnsafePathError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Numbers = Callable[..., list[Any]]


class TestLocalDiskStore(StoreContract):
    """All that every store promises; what follows is about files."""


def files(store: LocalDiskStore) -> list[str]:
    return sorted(
        path.relative_to(store.root).as_posix() for path in store.root.rglob("*") if path.is_file()
    )


def test_a_shard_is_named_by_its_content(store: LocalDiskStore, numbers: Numbers) -> None:
    (shard,) = store.write(numbers(3), prefix="group/counts")
    data = Path(shard.url).read_bytes()
    digest = sha256(data).hexdigest()
    assert Path(shard.url) == store.root / "group" / "counts" / f"counts-000000-{digest[:12]}.tar"
    assert (shard.sha256, shard.bytes, shard.samples) == (digest, len(data), 3)
    assert store.read_url(shard.url) == shard.url
    assert store.supports_streaming()


@pytest.mark.parametrize(
    "prefix",
    [
        "../x",
        "../../x",
        "a/../../x",
        "a/..",
        "..",
        ".",
        "",
        "/",
        "/etc/x",
        "//host/x",
        "a//b",
        "a/./b",
        "a/",
        "..\\x",
        "a\\..\\..\\x",
        "C:/x",
        "C:x",
        "a\x00b",
        "a\nb",
        "~/../x/..",
        ".hidden/x",
        "x/.writing-1",
        "{a,b}",
        "a*",
        "a?",
        "[a]",
        "\ud800",
        "x" * 300,
    ],
)
def test_a_prefix_never_leads_out_of_the_store(
    store: LocalDiskStore, numbers: Numbers, prefix: str
) -> None:
    """TRAPS S4."""
    with pytest.raises(UnsafePathError):
        store.write(numbers(2), prefix=prefix)
    assert not store.root.exists()
    assert list(store.root.parent.iterdir()) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(
    st.lists(
        st.sampled_from(["..", ".", "/", "\\", "a", "\0", "~", "C:", "\uff0e\uff0e", "\u2215", " "])
    ).map("".join)
)
def test_no_mixture_of_parts_leads_out_of_the_store(store: LocalDiskStore, prefix: str) -> None:
    """TRAPS S4."""
    try:
        folder = store._folder(prefix)
    except UnsafePathError:
        return
    assert Path(os.path.normpath(folder)).is_relative_to(store.root)
    assert folder != store.root


def test_a_link_does_not_lead_out_of_the_store(
    store: LocalDiskStore, numbers: Numbers, tmp_path: Path
) -> None:
    """TRAPS S4."""
    outside = tmp_path / "outside"
    outside.mkdir()
    store.root.mkdir()
    (store.root / "link").symlink_to(outside)
    for prefix in ("link", "link/deeper"):
        with pytest.raises(UnsafePathError, match="link"):
            store.write(numbers(2), prefix=prefix)
    assert list(outside.iterdir()) == []
    (store.root / "inside").mkdir()
    (store.root / "own").symlink_to(store.root / "inside")
    assert len(store.write(numbers(2), prefix="own")) == 1


def test_a_failed_write_leaves_nothing(store: LocalDiskStore, numbers: Numbers) -> None:
    """TRAPS C25."""

    def samples() -> Iterator[Any]:
        yield from numbers(5_000)
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        store.write(samples(), prefix="a", maxcount=100)
    with pytest.raises(SampleTypeError):
        store.write([*numbers(600), DictSample(n=1)], prefix="a", maxcount=10)
    assert files(store) == []


def test_empty_input_leaves_nothing(store: LocalDiskStore) -> None:
    """TRAPS C25."""
    with pytest.raises(EmptyDatasetError, match="no samples"):
        store.write([], prefix="a")
    assert files(store) == []


def test_a_copy_keeps_bytes_and_keys(store: LocalDiskStore, number: type, fixtures: Path) -> None:
    source = Dataset(fixtures / "atdata-0.2.3b1" / "arrays.tar")
    (shard,) = store.write(source, prefix="arrays")
    with tarfile.open(shard.url) as copy, tarfile.open(source.list_shards()[0]) as original:
        assert copy.getnames() == original.getnames()
    assert list(Dataset(shard.url).raw()) == list(source.raw())


def test_shards_are_listed_and_deleted_one_by_one(
    store: LocalDiskStore, numbers: Numbers, tmp_path: Path
) -> None:
    assert store.list() == []
    first, second = (store.write(numbers(2, start), prefix=f"x/{start}")[0] for start in (0, 1))
    assert store.list() == [first.url, second.url]
    assert store.list("x/1") == [second.url]
    store.delete(first.url)
    assert store.list() == [second.url]
    assert not (store.root / "x" / "0").exists()
    with pytest.raises(ShardNotFoundError):
        store.delete(first.url)
    (tmp_path / "precious.tar").write_bytes(b"keep")
    for url in (str(tmp_path / "precious.tar"), f"{store.root}/../precious.tar", "precious.tar"):
        with pytest.raises(UnsafePathError):
            store.delete(url)
    assert (tmp_path / "precious.tar").exists()


def test_many_writers_of_the_same_samples_agree(store: LocalDiskStore, numbers: Numbers) -> None:
    written: list[list[str]] = []

    def write() -> None:
        written.append([shard.url for shard in store.write(numbers(500), prefix="a", maxcount=50)])

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(written) == 4
    assert all(urls == store.list() for urls in written)
    assert len(store.list()) == 10
    # Beside each one its index, its manifest and the manifest's columns.
    assert len(files(store)) == 40


def test_a_store_can_be_pickled_and_shown(store: LocalDiskStore, numbers: Numbers) -> None:
    shards = store.write(numbers(2), prefix="a")
    assert pickle.loads(pickle.dumps(store)).list() == [shards[0].url]
    assert repr(store) == "LocalDiskStore('store')"
