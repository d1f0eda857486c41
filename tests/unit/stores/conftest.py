from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from atdata_nb import LocalDiskStore, packable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@packable
class Number:
    n: int


@pytest.fixture
def numbers() -> Callable[..., list[Any]]:
    def make(count: int, start: int = 0) -> list[Number]:
        return [Number(start + i) for i in range(count)]

    return make


@pytest.fixture
def number() -> type:
    return Number


# Every test that takes `store` runs over each kind of store.
KINDS: dict[str, Callable[[Path], LocalDiskStore]] = {"disk": LocalDiskStore}


@pytest.fixture(params=list(KINDS))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> LocalDiskStore:
    return KINDS[request.param](tmp_path / "store")
