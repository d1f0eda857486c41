"""Manifests of blob datasets: carried as blobs, used to search, and never believed."""

from __future__ import annotations

import hashlib
import pickle
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray
from services.faults import FaultyProxy, in_front_of

from atdata_nb import (
    AtmosphereClient,
    AtmosphereIndex,
    LocalIndex,
    PDSBlobStore,
    flows,
    load_dataset,
    packable,
)
from atdata_nb.atmosphere import AtmosphereEntry, Retry
from atdata_nb.atmosphere.blob_source import BlobSource
from atdata_nb.atmosphere.storage import ALT, FOUNDATION
from atdata_nb.dataset import Dataset
from atdata_nb.errors import ManifestWarning, NotRandomAccessError, ShardNotFoundError
from atdata_nb.manifests import Manifest
from atdata_nb.sandbox import Sandbox
from atdata_nb.scanning import Pieces, map_shards
from atdata_nb.shards.parts import part_of

pytestmark = pytest.mark.service

SHARDS, EACH = 4, 100
HALF = "150 <= n < 153"


@packable
class Frame:
    n: int
    score: float | None
    pixels: NDArray[np.uint8]


def frames() -> Iterator[Frame]:
    noise = np.random.default_rng(0).integers(0, 256, 4000, dtype=np.uint8)
    scores = [None, 0.5, float("nan")]
    for n in range(SHARDS * EACH):
        yield Frame(n, scores[n % 3], noise)


@dataclass
class Author:
    """Somebody who publishes, and the server that readers see."""

    client: AtmosphereClient
    index: LocalIndex
    server: FaultyProxy
    reader: AtmosphereClient

    @cached_property
    def frames(self) -> AtmosphereEntry:
        """The frames, published once."""
        return self.publish()

    def publish(self, name: str = "frames", **wish: Any) -> AtmosphereEntry:
        result = flows.plan_promote(name, index=self.index, client=self.client, **wish).run()
        return self.read(result.uri)

    def read(self, uri: Any) -> AtmosphereEntry:
        return AtmosphereIndex(self.reader).get_dataset(str(uri))

    def forge(self, change: Callable[[dict[str, Any]], None]) -> AtmosphereEntry:
        """Publish another record, with other things beside the shards."""
        entry = self.frames
        value: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(entry.value))
        change(value["storage"])
        made = self.client.create_record(entry.uri.collection, value)
        return self.read(made.uri)

    def upload(self, data: bytes) -> dict[str, Any]:
        return self.client.upload_blob(data, "application/json")


@pytest.fixture(scope="module")
def publisher(network: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Author]:
    network.account("manifests", server=0)
    pds = network.servers[0].url
    with (
        in_front_of(pds, network.plc_url) as (server, directory),
        LocalIndex(tmp_path_factory.mktemp("home")) as index,
    ):
        index.write_samples(frames(), name="frames", maxcount=EACH)
        client = network.client("manifests")
        reader = AtmosphereClient(
            server.url, plc_url=directory.url, retry=Retry(attempts=2, first=0.01)
        )
        yield Author(client, index, server, reader)


@pytest.fixture
def author(publisher: Author) -> Iterator[Author]:
    yield publisher
    publisher.server.faults.clear()
    publisher.server.gives_ranges = False
    publisher.client._limits.clear()


def found(ds: Dataset[Any]) -> list[int]:
    return [frame.n for frame in ds]


@pytest.mark.parametrize("namespace", [FOUNDATION, ALT])
@pytest.mark.parametrize("ranges", [True, False])
def test_a_question_to_published_blobs_fetches_what_matches_and_little_else(
    author: Author,
    ranges: bool,  # noqa: FBT001
    namespace: str,
) -> None:
    entry = author.frames if namespace == FOUNDATION else author.publish(namespace=namespace)
    author.server.gives_ranges = ranges
    ds = load_dataset(str(entry.uri), split="train", index=AtmosphereIndex(author.reader))
    some = ds.where(HALF)
    author.server.sent = 0
    assert repr(some.explain()) == (
        "where 150 <= n and n < 153\n"
        "skips 3 shards: by their manifests nothing in them matches\n"
        "reads 3 samples of 1 shard, by their manifests"
    )
    assert found(some) == [150, 151, 152]
    assert entry.bytes is not None
    # A server that gives blobs whole gives one of four.
    assert author.server.sent < entry.bytes / (10 if ranges else 3)
    assert found(ds.where("score is missing and n < 7")) == [0, 3, 6]


def test_where_a_server_gives_parts_of_blobs_samples_are_read_by_number(author: Author) -> None:
    entry = author.frames
    with pytest.raises(NotRandomAccessError):
        entry.dataset()[250]
    author.server.gives_ranges = True
    author.server.sent = 0
    ds = entry.dataset()
    assert (ds[250].n, len(ds)) == (250, SHARDS * EACH)
    assert author.server.sent < 100_000
    bare = Dataset[Frame](BlobSource(entry.data_urls, author.reader))
    with pytest.raises(NotRandomAccessError):
        bare[250]


def test_manifests_travel_to_other_processes_with_their_blobs(author: Author) -> None:
    entry = author.frames
    source = entry.source()
    assert isinstance(source, BlobSource)
    urls = source.list_shards()
    one = pickle.loads(pickle.dumps(source.only(urls[1:2])))
    assert one.list_shards() == urls[1:2]
    assert Manifest.decode(one.read_beside(urls[1], ".manifest.json", 0, 1 << 20)).samples == EACH
    with pytest.raises(ShardNotFoundError):
        source.only(["at://x"])
    pieces = Pieces(urls, lambda shard: (part_of(source, [shard]), shard))
    assert list(map_shards(samples_of, pieces)) == [EACH] * SHARDS


def samples_of(piece: tuple[Any, str]) -> int:
    source, shard = piece
    return Manifest.decode(source.read_beside(shard, ".manifest.json", 0, 1 << 20)).samples


def test_what_is_inserted_as_blobs_has_its_manifests_too(author: Author) -> None:
    index = AtmosphereIndex(author.client, data_store=PDSBlobStore(author.client))
    ds = author.index.get_dataset("frames").dataset()
    made = index.insert_dataset(ds, name="frames", maxcount=EACH)
    assert index.insert_dataset(ds, name="frames", maxcount=EACH).uri == made.uri
    entry = author.read(made.uri)
    assert entry.verify().complete
    assert entry.dataset().where(HALF).explain().pruned == SHARDS - 1


def test_pieces_of_a_shard_that_was_cut_have_manifests_of_their_own(author: Author) -> None:
    author.index.write_samples(frames(), name="one")
    author.client._limits[author.client.pds] = 600_000
    entry = author.publish("one")
    assert len(entry.data_urls) > 2
    assert entry.verify().complete
    some = entry.dataset().where(HALF)
    assert some.explain().scanned == 0
    assert found(some) == [150, 151, 152]


# ---- if small -----------------------------------------------------------------------------------


@packable
class Line:
    text: str


def test_what_is_larger_than_a_megabyte_stays_here_and_the_plan_says_so(author: Author) -> None:
    words = b64encode(np.random.default_rng(0).bytes(1_200_000)).decode()
    lines = [Line(words[n : n + 200]) for n in range(0, len(words), 200)]
    author.index.write_samples(lines, name="lines")
    plan = flows.plan_promote("lines", index=author.index, client=author.client)
    (note,) = [note for note in plan.warnings if note.kind == "manifests"]
    assert note.text == "the manifests of 1 shard stay here: larger than 1 MB"
    assert dict(plan.public.facts)["manifests"].endswith(": where each sample is")
    entry = author.read(plan.run().uri)
    assert [sorted(one) for one in entry.value["storage"]["manifests"]] == [["index"]]
    some = entry.dataset().where(f"text == '{lines[7].text}'")
    assert "no manifest" in repr(some.explain())
    assert len(list(some)) == 1


def test_a_record_without_room_for_them_names_the_shards_alone(author: Author) -> None:
    author.index.write_samples(frames(), name="many", maxcount=2)
    plan = flows.plan_promote("many", index=author.index, client=author.client)
    (note,) = [note for note in plan.warnings if note.kind == "manifests"]
    assert "too many shards" in note.text
    assert "manifests" not in dict(plan.public.facts)
    assert "manifests" not in plan.public.record["storage"]
    assert plan.ok


# ---- never believed -----------------------------------------------------------------------------


def swapped(storage: dict[str, Any]) -> None:
    storage["manifests"].reverse()


def mixed(storage: dict[str, Any]) -> None:
    one, two, *_ = storage["manifests"]
    one["columns"], two["columns"] = two["columns"], one["columns"]


def without_columns(storage: dict[str, Any]) -> None:
    for one in storage["manifests"]:
        del one["columns"]


def wrong_size(storage: dict[str, Any]) -> None:
    for one in storage["manifests"]:
        one["manifest"] = one["index"]


@pytest.mark.parametrize("change", [swapped, mixed, without_columns, wrong_size])
def test_manifests_that_do_not_fit_are_found_out_and_the_shards_are_read(
    author: Author, change: Callable[[dict[str, Any]], None]
) -> None:
    """TRAPS C20: what a manifest says is checked against the shard it is of."""
    entry = author.forge(change)
    with pytest.warns(ManifestWarning, match="is not used, the shard is read"):
        assert found(entry.dataset().where("(n == 50 or n == 350) and score is missing")) == []
    with pytest.warns(ManifestWarning):
        assert found(entry.dataset().where("n == 51 or n == 351")) == [51, 351]
    verdict = entry.verify()
    assert not verdict.ok
    assert any(step.what.startswith("manifest of at://") for step in verdict.steps if not step.ok)


@pytest.mark.parametrize("other", [None, 7, [], [1, 2, 3, 4], [{}] * 3, [{"manifest": {}}] * 4])
def test_a_field_that_means_something_else_is_passed_over(author: Author, other: Any) -> None:
    def change(storage: dict[str, Any]) -> None:
        storage["manifests"] = other

    entry = author.forge(change)
    some = entry.dataset().where(HALF)
    assert repr(some.explain()).endswith("scans 4 shards: no manifest")
    assert found(some) == [150, 151, 152]
    assert entry.verify().complete


def sealed(body: dict[str, Any]) -> bytes:
    """A manifest with a checksum that holds, whatever it says."""
    data = msgspec.json.encode(body)
    digest = hashlib.sha256(data).hexdigest()
    return b'{"sha256":"%b","manifest":%b}\n' % (digest.encode(), data)


def told(author: Author, ref: dict[str, Any]) -> dict[str, Any]:
    """What a manifest says."""
    data = author.client.get_blob(author.client.did, ref["ref"]["$link"])
    body: dict[str, Any] = msgspec.json.decode(data)["manifest"]
    return body


FACTS = ("columns", "sidecar")


def lying(author: Author, shard: int, change: Callable[[dict[str, Any]], None]) -> AtmosphereEntry:
    """A record whose author says something else of a shard than is in it."""

    def forge(storage: dict[str, Any]) -> None:
        one = storage["manifests"][shard]
        body = told(author, one["manifest"])
        change(body)
        one["manifest"] = author.upload(sealed(body))

    return author.forge(forge)


def no_row(body: dict[str, Any]) -> None:
    body["columns"][0] |= {"low": 1000, "high": 2000, "top": []}


def too_many(body: dict[str, Any]) -> None:
    body["samples"] = 1 << 21
    for column in body["columns"]:
        column |= {"missing": 0, "absent": 0, "kinds": {"int": 1 << 21}, "nan": 0}


def test_a_manifest_that_leads_to_samples_that_do_not_match_is_found_out(author: Author) -> None:
    """TRAPS C20: samples that it leads to are looked at again."""

    def forge(storage: dict[str, Any]) -> None:
        # The second shard's, said to be the first's.
        first, second, *_ = storage["manifests"]
        own, other = (told(author, one["manifest"]) for one in (first, second))
        first["manifest"] = author.upload(sealed(own | {k: other[k] for k in FACTS}))
        first["columns"] = second["columns"]

    author.server.gives_ranges = True
    entry = author.forge(forge)
    with pytest.warns(ManifestWarning, match="leads to samples that do not match"):
        assert found(entry.dataset().where("n == 151")) == [151]
    assert not entry.verify().ok


def test_a_manifest_that_hides_samples_is_found_out_by_verifying(author: Author) -> None:
    """TRAPS C20: only reading all samples shows that some were left out."""
    entry = lying(author, 1, no_row)
    assert found(entry.dataset().where(HALF)) == []
    verdict = entry.verify()
    (step,) = [step for step in verdict.steps if step.ok is False]
    assert step.why == "the manifest says something else than the samples"
    assert entry.data_urls[1] in step.what


def test_figures_that_no_blob_can_have_are_not_believed(author: Author) -> None:
    """TRAPS C20: a small file must not make us hold millions of numbers."""
    entry = lying(author, 0, too_many)
    with pytest.warns(ManifestWarning, match="make no sense"):
        assert found(entry.dataset().where("n < 2")) == [0, 1]


def test_a_server_that_sends_other_bytes_for_a_manifest_is_found_out(author: Author) -> None:
    entry = author.frames
    cid = entry.value["storage"]["manifests"][1]["manifest"]["ref"]["$link"]
    author.server.fail(cid, times=9, change=lambda body: body.replace(b"score", b"scare"))
    with pytest.warns(ManifestWarning, match="not the bytes that the CID names"):
        assert found(entry.dataset().where(HALF)) == [150, 151, 152]
    assert not entry.verify().ok
