"""Errands: work that takes longer than a request may, done beside and looked at in strides."""

from __future__ import annotations

import itertools
import threading
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooEarly
from typing import TYPE_CHECKING, Any

from atdata_nb.errors import FlowError

if TYPE_CHECKING:
    from collections.abc import Callable

# A kernel answers one request after the other: nobody may keep it for long.
STRIDE_SECONDS = 0.1


class Errands:
    """What is being done for one page, each by a thread of its own.

    Example:
        >>> errands = Errands()
        >>> answer = errands.send(lambda: 6 * 7, lambda found: {"found": found})
        >>> while "errand" in answer:
        ...     answer = errands.look(answer["errand"])
        >>> answer
        {'found': 42}
    """

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._under_way: dict[int, tuple[Future[Any], Callable[[Any], dict[str, Any]]]] = {}

    def send(self, do: Callable[[], Any], tell: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        """Begin something; return what ``tell`` makes of it, or the number to ask again by."""
        number = next(self._numbers)
        future: Future[Any] = Future()
        self._under_way[number] = future, tell
        # A daemon: what is only looked up must not keep Python from ending.
        threading.Thread(target=_carry_out, args=(do, future), daemon=True).start()
        return self.look(number)

    def look(self, number: int) -> dict[str, Any]:
        """Return what came of an errand, or its number once more; raise what it raised."""
        if number not in self._under_way:
            raise FlowError("that has been answered already: ask again")
        future, tell = self._under_way[number]
        try:
            found = future.result(STRIDE_SECONDS)
        except TooEarly:
            if not future.done():
                return {"done": False, "errand": number}
            del self._under_way[number]
            raise  # it is the errand itself that ran out of time
        except BaseException:
            del self._under_way[number]
            raise
        del self._under_way[number]
        return tell(found)


def _carry_out(do: Callable[[], Any], future: Future[Any]) -> None:
    try:
        future.set_result(do())
    except BaseException as error:  # noqa: BLE001 - whoever looks is told
        future.set_exception(error)
