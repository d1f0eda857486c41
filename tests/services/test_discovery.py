from __future__ import annotations

from pathlib import Path

import pytest
from services.faults import FaultyProxy

from atdata_nb import Dataset, packable
from atdata_nb.atmosphere import (
    AtmosphereIndex,
    NetworkIndex,
    PDSBlobStore,
    Retry,
    discover,
)
from atdata_nb.errors import DatasetNotFoundError, IndexError_
from atdata_nb.sandbox import Sandbox
from atdata_nb.shards import write_shard

pytestmark = pytest.mark.service


@packable
class Row:
    n: int


@pytest.fixture(scope="module")
def published(network: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Two people on two servers, each with a dataset; by name, who."""
    ds = Dataset[Row](write_shard(tmp_path_factory.mktemp("d") / "a.tar", [Row(1)]).url)
    people = {}
    for name, server, namespace in (
        ("finder0", 0, "ac.foundation.dataset"),
        ("finder1", 1, "science.alt.dataset"),
    ):
        people[name] = network.account(name, server=server).did
        client = network.client(name)
        index = AtmosphereIndex(client, data_store=PDSBlobStore(client), namespace=namespace)
        index.insert_dataset(ds, name="shared", description=f"by {name}")
        index.insert_dataset(ds, name=f"only {name}")
    return people


def test_a_relay_knows_who_holds_datasets(network: Sandbox, published: dict[str, str]) -> None:
    client = network.client()
    found = discover(relay=network.relay_url, client=client)
    assert set(published.values()) <= set(found)
    alt = discover("science.alt.dataset", relay=network.relay_url, client=client)
    assert published["finder1"] in alt
    assert published["finder0"] not in alt
    assert len(discover(relay=network.relay_url, client=client, limit=1)) == 1


def test_without_help_of_the_relay_every_repository_is_asked(
    network: Sandbox, published: dict[str, str]
) -> None:
    body = b'{"error": "MethodNotImplemented", "message": ""}'
    with FaultyProxy(network.relay_url) as relay:
        relay.fail("listReposByCollection", times=9, status=501, body=body)
        found = discover(relay=relay.url, client=network.client(retry=Retry(attempts=1)))
    assert set(published.values()) <= set(found)


def test_one_index_reads_them_all_and_an_unreachable_one_hides_no_other(
    network: Sandbox, published: dict[str, str]
) -> None:
    gone = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"
    index = NetworkIndex([*published.values(), gone], client=network.client())
    names = sorted(entry.name for entry in index.datasets)
    assert names == ["only finder0", "only finder1", "shared", "shared"]
    assert list(index.unreachable) == [gone]
    assert "not registered" in index.unreachable[gone]
    assert repr(index) == "NetworkIndex(3 repositories, 1 unreachable)"
    (found,) = index.search("by finder1").items
    assert [row.n for row in found.dataset()] == [1]
    assert index.get_dataset("only finder0").did == published["finder0"]
    with pytest.raises(DatasetNotFoundError, match="write @handle/shared"):
        index.get_dataset("shared")
    assert len(index.list_schemas()) == 2
    with pytest.raises(IndexError_, match="only reads"):
        index.insert_dataset(None, name="x")


def test_the_relay_says_whose_repositories_where_none_are_named(
    network: Sandbox, published: dict[str, str], tmp_path: Path
) -> None:
    index = NetworkIndex(relay=network.relay_url, client=network.client())
    assert set(published.values()) <= set(index.repos)
    assert index.get_dataset("only finder1").name == "only finder1"
