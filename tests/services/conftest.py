"""One network for all tests of a worker: two servers, with somebody on each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from atdata_nb.sandbox import Sandbox


@pytest.fixture(scope="session")
def network() -> Iterator[Sandbox]:
    with Sandbox(pds=2) as started:
        yield started
