"""Every interoperability test runs against every published package."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from interop.peers import Peer

# They import the published package, which is not installed here.
collect_ignore = ["network_side.py", "other_side.py"]


@pytest.fixture(scope="session", params=["0.2.3b1", "0.7.0b1"])
def peer(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Peer]:
    with Peer(request.param, tmp_path_factory.mktemp("peer") / "log.txt") as started:
        yield started
