"""Records on a live server, written here and read by the published packages, and the contrary."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from interop.peers import ENVIRONMENTS
from numpy.typing import NDArray

import atdata_nb as at
from atdata_nb.atmosphere import AtmosphereClient, AtmosphereIndex, PDSBlobStore
from atdata_nb.atmosphere.lexicons import check_lexicon
from atdata_nb.sandbox import Account, Sandbox
from atdata_nb.shards import write_shard

pytestmark = [pytest.mark.interop, pytest.mark.service]

SCRIPT = Path(__file__).with_name("network_side.py")
NAMESPACES = {"0.2.3b1": "ac.foundation.dataset", "0.7.0b1": "science.alt.dataset"}


@at.packable
class Digit:
    """What samples are, as the other side declares it.

    A server gives a map's keys back sorted by length, and 0.7.0b1 makes fields in that order: it
    can build no type where an optional field then comes before others, so this one's name is the
    longest.
    """

    label: int
    text: str
    image: NDArray[np.uint8]
    remarks: str | None = None


ROWS = [
    Digit(n, f"é{n}", np.full((2, 2), n, np.uint8), None if n % 2 else "even") for n in range(20)
]
TRUTH = [[one.label, one.text, one.image.tolist(), one.remarks] for one in ROWS]


@dataclass
class Side:
    """Somebody in the network, who uses a published package, and we beside them."""

    version: str
    network: Sandbox
    account: Account
    log: Path

    @property
    def namespace(self) -> str:
        return NAMESPACES[self.version]

    def client(self) -> AtmosphereClient:
        client = AtmosphereClient(self.account.pds, plc_url=self.network.plc_url)
        client.login(self.account.handle, self.account.password)
        return client

    def ask(self, do: str, what: str) -> dict[str, Any]:
        """Return the other side's answer; fails with what it complains of."""
        python = ENVIRONMENTS / f"atdata-{self.version}" / "bin" / "python"
        assert python.exists(), f"{python} is missing: make setup"
        account = self.account
        request = {"plc": self.network.plc_url, "pds": account.pds, "do": do, "what": what}
        request |= {"did": account.did, "handle": account.handle, "password": account.password}
        done = subprocess.run(
            [python, SCRIPT],
            input=json.dumps(request),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer


@pytest.fixture(scope="module")
def network() -> Iterator[Sandbox]:
    with Sandbox(accounts=["rose"]) as started:
        yield started


@pytest.fixture(params=NAMESPACES)
def side(request: pytest.FixtureRequest, network: Sandbox, tmp_path: Path) -> Side:
    name = f"{request.function.__name__[5:9]}{request.param.replace('.', '')}".replace("_", "")
    return Side(request.param, network, network.account(name), tmp_path / "log.txt")


def test_we_read_what_they_published(side: Side, tmp_path: Path) -> None:
    shard = write_shard(tmp_path / "theirs.tar", ROWS).url
    made = side.ask("write", shard)
    index = AtmosphereIndex(side.network.client("rose"), repo=side.account.handle)
    listed = {entry.name: entry for entry in index.datasets}
    assert {name: str(entry.uri) for name, entry in listed.items()} == {
        "by blob": made["blobs"],
        "by url": made["urls"],
    }
    for entry in listed.values():
        assert (entry.description, entry.tags, entry.license) == ("é", ("a", "b"), "MIT")
        assert entry.schema_ref == made["schema"]
        assert check_lexicon(entry.value) is True
    assert listed["by url"].data_urls == ["https://example.org/a.tar", "https://example.org/b.tar"]
    assert index.get_schema(made["schema"])["version"] == "1.2.0"
    entry = listed["by blob"]
    assert [[s.label, s.text, s.image.tolist(), s.remarks] for s in entry.dataset()] == TRUTH
    assert entry.verify().complete
    (lens,) = index.lenses()
    assert (lens.name, lens.source_schema) == ("round", made["schema"])
    assert lens.getter is not None
    assert lens.getter.path == "lenses:get"


def test_they_read_what_we_published(side: Side, tmp_path: Path) -> None:
    client = side.client()
    dataset = at.Dataset[Digit](write_shard(tmp_path / "ours.tar", ROWS).url)
    index = AtmosphereIndex(client, data_store=PDSBlobStore(client), namespace=side.namespace)
    # The first version can't read metadata that is bytes, though its own code writes them.
    metadata = None if side.version == "0.2.3b1" else {"share": 0.5, "split": "train"}
    made = index.insert_dataset(
        dataset, name="ours", description="é", tags=["a"], license="MIT", metadata=metadata
    )
    told = side.ask("read", str(made.uri))
    # The first version lists names, with empty addresses.
    assert told["listed"] == ["ours"]
    assert (told["name"], told["schema_ref"], told["kind"]) == ("ours", made.schema_ref, "blobs")
    assert told["facts"] == ["é", ["a"], "MIT"]
    assert sorted(told["fields"]) == ["image", "label", "remarks", "text"]
    assert told["metadata"] == metadata
    (url,) = told["urls"]
    assert url.endswith(made.data_urls[0].rpartition("/")[2])
    assert told["rows"] == TRUTH


def test_they_read_where_our_shards_are(side: Side) -> None:
    index = AtmosphereIndex(side.client(), namespace=side.namespace)
    urls = ["https://example.org/a.tar", "https://example.org/b.tar"]
    dataset = at.Dataset[Digit](urls)
    made = index.insert_dataset(dataset, name="far away", schema_ref=index.publish_schema(Digit))
    told = side.ask("read", str(made.uri))
    assert told["kind"] == ("external" if side.version == "0.2.3b1" else "http")
    assert told["urls"] == urls
