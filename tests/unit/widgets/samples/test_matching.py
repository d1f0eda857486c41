"""Putting many rows in order holds up neither the kernel nor what is on screen."""

from __future__ import annotations

from typing import Any

import pytest

import atdata_nb as at
from atdata_nb.shards import write_shard
from atdata_nb.widgets.samples.matching import View
from atdata_nb.widgets.samples.pace import Pace
from atdata_nb.widgets.samples.scalars import Scalars
from atdata_nb.widgets.samples.session import SampleSession

ROWS = 60_000


@at.packable
class Word:
    text: str


def word(number: int) -> str:
    return f"{number * 7_919 % ROWS:06}"


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> SampleSession:
    path = tmp_path_factory.mktemp("words") / "a.tar"
    write_shard(path, (Word(word(n)) for n in range(ROWS)))
    session = SampleSession(lambda: at.Dataset[Word](path))
    while not session.answer({"id": 1, "kind": "scan", "first": 0, "last": 1})[0]["done"]:
        pass
    return session


def match(session: SampleSession, **more: Any) -> dict[str, Any]:
    return session.answer({"id": 1, "kind": "match", **more})[0]


def test_rows_on_screen_stay_until_the_others_are_in_order(session: SampleSession) -> None:
    before = match(session)["view"]
    answers = [match(session, sort=0)]
    while not answers[-1]["caughtUp"]:
        answers.append(match(session, sort=0))
    assert {(one["view"], one["count"]) for one in answers[:-1]} <= {(before, ROWS)}
    assert answers[-1]["view"] != before
    assert answers[-1]["count"] == ROWS
    order = session.numbers("", "text", down=False)
    assert [word(number) for number in order] == [f"{n:06}" for n in range(ROWS)]


def test_an_answer_does_not_wait_for_the_order(session: SampleSession) -> None:
    view = View(sort="text", down=True)
    assert not view.advance(session.scalars, Pace(0), ended=True)
    assert (view.is_ready, view.count) == (False, 0)
    while not view.advance(session.scalars, Pace(), ended=True):
        pass
    assert [word(number) for number in view.rows()[:2]] == [f"{ROWS - 1:06}", f"{ROWS - 2:06}"]


def test_rows_that_come_while_it_is_read_are_put_in_order_now_and_then(
    session: SampleSession,
) -> None:
    class Growing(Scalars):
        """What is read of it so far."""

        rows = 100

        def parts(self, names: Any, first: int = 0) -> Any:
            return session.scalars.parts(names, first)

        def column(self, name: str, stop: int) -> Any:
            orders.append(stop)
            return session.scalars.column(name, stop)

    orders: list[int] = []
    growing = Growing()
    view = View(sort="text")
    for rows in range(100, 1_100, 100):
        growing.rows = rows
        while not view.advance(growing, Pace(), ended=rows == 1_000):
            pass
    assert orders == [100, 200, 400, 700, 1_000]
    assert view.count == 1_000
