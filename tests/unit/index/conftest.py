from __future__ import annotations

import json
from base64 import b64decode
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.typing import NDArray

from atdata_nb import Dataset, LocalIndex, packable
from atdata_nb.shards import write_shard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import redis

FIXTURES = Path(__file__).parents[2] / "fixtures"


@packable
class Reading:
    """One measurement."""

    station: str
    celsius: float


@packable
class Picture:
    image: NDArray[np.uint8]
    label: int


@pytest.fixture
def reading() -> type:
    return Reading


@pytest.fixture
def picture() -> type:
    return Picture


def readings(count: int, start: float = 0.0) -> list[Reading]:
    return [Reading(f"s{i % 7}", start + i) for i in range(count)]


@pytest.fixture
def rows() -> Callable[..., list[Any]]:
    return readings


# Every test that takes one of these runs over each kind of index.
KINDS = ("sqlite", "redis")


@pytest.fixture(params=KINDS)
def open_index(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Callable[[], LocalIndex]]:
    """Opens the same index each time it is called."""
    opened: list[LocalIndex] = []
    # Asked for only here: what runs on SQLite alone needs no server.
    place = {"redis": request.getfixturevalue("empty_redis")} if request.param == "redis" else {}

    def open_it() -> LocalIndex:
        opened.append(LocalIndex(tmp_path / "home", **place))
        return opened[-1]

    yield open_it
    for index in opened:
        index.close()


@pytest.fixture
def index(open_index: Callable[[], LocalIndex]) -> LocalIndex:
    return open_index()


@pytest.fixture
def dataset(tmp_path: Path) -> Callable[..., Dataset[Any]]:
    """Makes a dataset of readings in shards of their own, outside of any index."""

    def make(name: str = "plain", shards: int = 1, start: float = 0.0) -> Dataset[Reading]:
        folder = tmp_path / "data"
        paths = [folder / f"{name}-{number:06d}.tar" for number in range(shards)]
        for number, path in enumerate(paths):
            write_shard(path, readings(3, start + 100 * number))
        return Dataset[Reading](paths)

    return make


@pytest.fixture
def redis_client(redis_url: str) -> Iterator[redis.Redis]:
    import redis

    with closing(redis.Redis.from_url(redis_url)) as client:
        client.flushall()
        yield client


@pytest.fixture
def empty_redis(redis_url: str, redis_client: redis.Redis) -> str:
    """URL of a database without any key; another one than that which ``load_redis`` fills."""
    return f"{redis_url.rpartition('/')[0]}/1"


@pytest.fixture
def load_redis(redis_client: redis.Redis) -> Callable[[str], dict[str, Any]]:
    """Fills the server with what a release of the other package wrote; returns the truth."""

    def load(release: str) -> dict[str, Any]:
        dump = json.loads((FIXTURES / f"atdata-{release}" / "redis.json").read_text())
        for key, stored in dump["keys"].items():
            value = stored["value_b64"]
            if stored["type"] == "hash":
                parts = {name: b64decode(part) for name, part in value.items()}
                redis_client.hset(key, mapping=parts)
            else:
                redis_client.set(key, b64decode(value))
        return dict(dump)

    return load
