from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import atdata_nb as at
from atdata_nb.errors import NotPortableError, ScanCancelledError, ScanError, ShardSampleError
from atdata_nb.scanning import ScanEvent
from atdata_nb.scanning.executors import ThreadBackend

NAMES = [f"{n:02d}.tar" for n in range(20)]


def test_slow_shards_hold_back_those_behind_them_but_not_their_work() -> None:
    first_may_end = threading.Event()
    seen: list[str] = []

    def work(name: str) -> str:
        if name == "00.tar":
            assert first_may_end.wait(10)
        else:
            seen.append(name)
            if len(seen) == 3:
                first_may_end.set()
        return name

    assert list(at.map_shards(work, NAMES, workers=2)) == NAMES


def test_results_can_come_as_they_are_ready() -> None:
    others_are_done = threading.Event()

    def work(name: str) -> str:
        if name == "00.tar":
            assert others_are_done.wait(10)
        return name

    scan = at.map_shards(work, NAMES[:3], workers=2, ordered=False)
    assert {next(scan), next(scan)} == {"01.tar", "02.tar"}
    others_are_done.set()
    assert list(scan) == ["00.tar"]


def test_no_more_is_begun_than_what_is_taken_asks_for() -> None:
    begun: list[int] = []
    scan = at.map_shards(begun.append, list(map(str, range(1000))), workers=2)
    next(scan)
    next(scan)
    assert len(begun) < 20
    scan.close()  # type: ignore[attr-defined]
    assert len(begun) < 20


def test_a_shard_that_fails_now_and_then_is_tried_again() -> None:
    tries: dict[str, int] = {}
    events: list[ScanEvent] = []

    def flaky(name: str) -> int:
        tries[name] = tries.get(name, 0) + 1
        if name == "03.tar" and tries[name] < 3:
            raise ConnectionError("the line went down")
        return tries[name]

    counts = list(at.map_shards(flaky, NAMES, on_event=events.append))
    assert counts == [1, 1, 1, 3] + [1] * 16
    told = [str(event) for event in events if event.kind == "retried"]
    assert [line.partition("; ")[2] for line in told] == [
        "03.tar tried again: ConnectionError: the line went down"
    ] * 2
    assert (events[0].kind, events[-1].kind, events[-1].done) == ("started", "ended", 20)


def test_several_failures_are_one_error_that_names_them() -> None:
    def picky(name: str) -> str:
        if name in {"04.tar", "09.tar"}:
            raise ValueError("odd")
        return name

    given: list[str] = []
    with pytest.raises(
        ScanError, match=r"04\.tar: picky failed: ValueError: odd; .* 2 shards: 04\.tar, 09\.tar"
    ):
        given.extend(at.map_shards(picky, NAMES, retries=0))
    assert given == [name for name in NAMES if name not in {"04.tar", "09.tar"}]


def test_failures_can_be_left_out() -> None:
    def picky(name: str) -> str:
        if name != "04.tar":
            raise ValueError("odd")
        return name

    assert list(at.map_shards(picky, NAMES, retries=0, errors="skip")) == ["04.tar"]


def test_a_function_that_never_works_is_not_tried_on_a_thousand_shards() -> None:
    called: list[str] = []

    def wrong(name: str) -> None:
        called.append(name)
        raise NameError("forgot to import")

    with pytest.raises(ScanError, match="forgot to import"):
        list(at.map_shards(wrong, list(map(str, range(1000))), retries=0))
    assert len(called) < 100


def test_faults_of_the_data_are_raised_as_they_are_and_at_once() -> None:
    called: list[str] = []

    def read(name: str) -> None:
        called.append(name)
        raise ShardSampleError("no map", shard=name, member="000000001.msgpack")

    with pytest.raises(ShardSampleError, match=r"00\.tar, member '000000001\.msgpack': no map"):
        list(at.map_shards(read, NAMES[:1]))
    assert called == ["00.tar"]


def test_a_scan_can_be_told_to_stop() -> None:
    stop = threading.Event()
    begun: list[str] = []

    def work(name: str) -> str:
        begun.append(name)
        stop.set()
        return name

    with pytest.raises(ScanCancelledError, match="work was told to stop after"):
        list(at.map_shards(work, NAMES, cancel=stop, workers=1))
    assert len(begun) < len(NAMES)


def test_an_executor_of_ones_own_is_used_and_left_open() -> None:
    with ThreadPoolExecutor(2, "mine") as pool:
        names = set(
            at.map_shards(lambda _: threading.current_thread().name[:4], NAMES, executor=pool)
        )
        assert names == {"mine"}
        assert pool.submit(len, "ab").result() == 2


def test_what_cannot_be_sent_is_said_before_anything_is_done() -> None:
    lock = threading.Lock()

    def locked(name: str) -> str:
        with lock:
            return name

    with pytest.raises(NotPortableError, match=r"locked can't be sent.* executor=\"threads\""):
        list(at.map_shards(locked, NAMES, executor="processes"))


def test_an_executor_that_is_none_is_refused() -> None:
    with pytest.raises(TypeError, match="'cluster' runs no shards: give 'threads', 'processes'"):
        at.map_shards(len, NAMES, executor="cluster")


def test_nothing_to_do_is_done_at_once() -> None:
    assert list(at.map_shards(len, [])) == []


def test_a_shard_that_is_named_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="named twice"):
        at.map_shards(len, ["a.tar", "a.tar"])


class Fragile(ThreadBackend):
    """Threads of which an error says that the worker died, as a cluster's does."""

    deaths = frozenset({"KilledWorker"})


class KilledWorker(Exception):  # noqa: N818 - it is called so
    pass


def test_a_shard_that_kills_every_worker_fails_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    under_way: list[str] = []
    beside: dict[str, list[int]] = {}

    def deadly(name: str) -> str:
        under_way.append(name)
        beside.setdefault(name, []).append(len(under_way))
        try:
            if name == "05.tar":
                raise KilledWorker
            return name
        finally:
            under_way.remove(name)

    monkeypatch.setattr("atdata_nb.scanning.executors.backend_of", lambda *_: Fragile(2))
    given: list[Any] = []
    with pytest.raises(ScanError, match=r"05\.tar: deadly failed: KilledWorker"):
        given.extend(at.map_shards(deadly, NAMES))
    assert given == [name for name in NAMES if name != "05.tar"]
    assert beside["05.tar"][1:] == [1, 1]
