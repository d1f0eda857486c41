"""Pace: how long one answer may take, as the kernel answers one at a time."""

from __future__ import annotations

from time import monotonic
from typing import Final

STRIDE: Final = 0.08


class Pace:
    """A stride: begun when it is made, over after ``seconds``."""

    def __init__(self, seconds: float = STRIDE) -> None:
        self._end = monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds until it is time to answer."""
        return max(0.0, self._end - monotonic())

    @property
    def over(self) -> bool:
        """Whether it is time to answer."""
        return monotonic() >= self._end
