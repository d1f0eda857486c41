"""Shards are deleted only while nobody writes: none that is listed is ever missing."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from atdata_nb import LocalIndex
from atdata_nb.errors import IndexConflictError
from atdata_nb.index.writers import Writers

if TYPE_CHECKING:
    from collections.abc import Callable

    Rows = Callable[..., list[Any]]


def shards(index: LocalIndex) -> list[str]:
    return [path.name for path in index.path.rglob("*.tar")]


def test_a_refused_writer_leaves_the_shard_to_who_wrote_the_same(
    index: LocalIndex, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.write_samples(rows(2), name="winter", version="2.0.0")
    written, refused = threading.Event(), threading.Event()
    store = index.data_store
    write = store.write  # type: ignore[attr-defined]

    def write_and_wait(*args: Any, **named: Any) -> Any:
        made = write(*args, **named)
        if threading.current_thread() is second:
            written.set()
            assert refused.wait(30)
        return made

    monkeypatch.setattr(store, "write", write_and_wait)
    entries: list[Any] = []
    # Writes the same samples, and has not listed them when the first one is refused.
    second = threading.Thread(
        target=lambda: entries.append(index.write_samples(rows(5), name="winter"))
    )
    other = index.data_store
    deleted: list[str] = []
    monkeypatch.setattr(other, "delete", deleted.append)

    def refuse() -> None:
        second.start()
        assert written.wait(30)

    list_ = index._list

    def list_late(drafts: Any) -> Any:
        if threading.current_thread() is not second:
            refuse()
        return list_(drafts)

    monkeypatch.setattr(index, "_list", list_late)
    with pytest.raises(IndexConflictError):
        index.write_samples(rows(5), name="winter", version="2.0.0")
    refused.set()
    second.join()
    (entry,) = entries
    assert deleted == []
    assert len(list(entry.dataset())) == 5
    assert not (index.path / "leftovers.jsonl").exists()


def test_what_is_removed_while_somebody_writes_goes_when_that_is_done(
    index: LocalIndex, rows: Rows
) -> None:
    index.write_samples(rows(2), name="winter")
    with Writers(index.path).writing():
        index.remove("winter", delete_shards=True)
        assert len(shards(index)) == 1
    index.write_samples(rows(3), name="summer")
    assert [name.partition("-")[0] for name in shards(index)] == ["summer"]


def test_what_was_left_and_is_listed_again_stays(index: LocalIndex, rows: Rows) -> None:
    index.write_samples(rows(2), name="winter")
    with Writers(index.path).writing():
        index.remove("winter", delete_shards=True)
        again = index.write_samples(rows(2), name="winter")
    index.write_samples(rows(3), name="summer")
    assert Path(again.data_urls[0]).exists()
    assert len(shards(index)) == 2


def test_writers_do_not_wait_for_each_other(tmp_path: Path) -> None:
    deleted: list[str] = []
    one, two = Writers(tmp_path), Writers(tmp_path)
    with one.writing(), two.writing():
        one.discard(["a"], deleted.extend)
        assert deleted == []
    two.discard(["b\n", "a"], deleted.extend)
    assert deleted == ["a", "b\n"]
    assert [path.name for path in tmp_path.iterdir()] == ["writing.lock"]
