from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from services.faults import in_front_of

from atdata_nb import Dataset, load_dataset, packable
from atdata_nb.atmosphere import (
    AtmosphereClient,
    AtmosphereEntry,
    AtmosphereIndex,
    Create,
    PDSBlobStore,
    Retry,
    open_dataset,
)
from atdata_nb.atmosphere.storage import Blob, Blobs
from atdata_nb.errors import (
    BlobNotFoundError,
    DatasetNotFoundError,
    IndexWarning,
    IntegrityError,
    LoginError,
    RecordError,
    SchemaConflictError,
    SchemaNotFoundError,
    ShardNotFoundError,
    UnsafeUrlError,
)
from atdata_nb.sandbox import Sandbox
from atdata_nb.shards import write_shard
from atdata_nb.widgets.checking import Check

pytestmark = pytest.mark.service

NAMESPACES = ["ac.foundation.dataset", "science.alt.dataset"]
SCHEMA = "at://did:plc:aaaaaaaaaaaaaaaaaaaaaaaa/ac.foundation.dataset.sampleSchema/3k"


@packable
class Digit:
    label: int
    image: NDArray[np.uint8]


ROWS = [Digit(n, np.full((8, 8), n, np.uint8)) for n in range(50)]


@pytest.fixture
def digits(tmp_path: Path) -> Dataset[Digit]:
    return Dataset[Digit](write_shard(tmp_path / "digits.tar", ROWS).url)


@pytest.fixture
def bob(network: Sandbox) -> AtmosphereClient:
    return network.client("bob")


_people = iter(range(1000))


@pytest.fixture
def author(network: Sandbox) -> AtmosphereClient:
    """Somebody new, on the first server, with nothing in the repository."""
    name = f"author{next(_people)}"
    network.account(name, server=0)
    return network.client(name)


def of_author(author: AtmosphereClient, namespace: str = NAMESPACES[0]) -> AtmosphereIndex:
    return AtmosphereIndex(author, data_store=PDSBlobStore(author), namespace=namespace)


# ---- publishing and reading ---------------------------------------------------------------------


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_somebody_on_another_server_lists_loads_and_verifies_what_was_published(
    author: AtmosphereClient, bob: AtmosphereClient, digits: Dataset[Digit], namespace: str
) -> None:
    """TRAPS C17."""
    index = of_author(author, namespace)
    made = index.insert_dataset(
        digits, name="digits", metadata={"split": 0.8}, tags=["vision"], license="MIT"
    )
    (entry,) = AtmosphereIndex(bob, repo=author.handle).datasets
    assert entry == made
    assert (entry.handle, entry.tags, entry.license) == (author.handle, ("vision",), "MIT")
    assert entry.metadata == {"split": 0.8}
    (url,) = entry.data_urls
    assert url.startswith(f"at://{author.did}/blob/bafkrei")
    samples = list(entry.dataset())
    assert [sample.label for sample in samples] == list(range(50))
    assert (samples[7].image == 7).all()
    assert next(iter(entry.dataset(Digit))).label == 0
    verdict = entry.verify()
    assert verdict.complete, verdict
    assert [step.ok for step in verdict.steps] == [True] * 7
    assert verdict.steps[-1].what == "manifests"


def test_publishing_twice_publishes_once(author: AtmosphereClient, digits: Dataset[Digit]) -> None:
    """TRAPS C15."""
    index = of_author(author)
    first = index.insert_dataset(digits, name="digits")
    assert index.insert_dataset(digits, name="digits") == first
    assert len(index.list_datasets()) == len(index.list_schemas()) == 1
    assert index.insert_dataset(digits, name="digits", description="other").uri != first.uri
    assert len(index.list_schemas()) == 1


def test_all_of_250_datasets_are_listed(author: AtmosphereClient, bob: AtmosphereClient) -> None:
    record = {
        "schemaRef": SCHEMA,
        "createdAt": "2026-01-01T00:00:00Z",
        "storage": {
            "$type": "ac.foundation.dataset.storageExternal",
            "urls": ["https://example.org/a.tar"],
        },
    }
    author.apply_writes(
        Create("ac.foundation.dataset.record", record | {"name": f"{n}"}) for n in range(250)
    )
    listed = AtmosphereIndex(bob, repo=author.did).list_datasets()
    assert [entry.name for entry in listed] == [f"{n}" for n in reversed(range(250))]
    assert AtmosphereIndex(bob, repo=author.did).search("24", limit=5).total == 13


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_shards_in_buckets_and_behind_urls_keep_their_places(
    author: AtmosphereClient, bob: AtmosphereClient, namespace: str
) -> None:
    index = AtmosphereIndex(author, namespace=namespace)
    schema = index.publish_schema(Digit)
    for urls in (
        ["https://example.org/a.tar", "https://example.org/b.tar"],
        ["s3://bucket/x/a.tar", "s3://bucket/x/b.tar"],
    ):
        made = index.insert_dataset(Dataset(urls), name=urls[0], schema_ref=schema)
        read = AtmosphereIndex(bob).get_dataset(str(made.uri))
        assert read.data_urls == urls
        assert read.schema.schema.get_field("image").type.dtype == "uint8"


def test_a_schema_is_published_once_and_never_changes(author: AtmosphereClient) -> None:
    index = AtmosphereIndex(author)
    first = index.publish_schema(Digit)
    assert index.publish_schema(Digit) == first
    second = index.publish_schema(Digit, description="A digit, drawn by hand.")
    assert second != first
    assert index.get_schema(second)["version"] == "1.1.0"
    with pytest.raises(SchemaConflictError, match="published already with other content"):
        index.publish_schema(Digit, version="1.0.0", description="Something else.")
    with pytest.raises(SchemaNotFoundError):
        index.get_schema(first[:-1] + "0")


def test_no_path_of_this_machine_is_published(
    author: AtmosphereClient, digits: Dataset[Digit]
) -> None:
    """TRAPS S9."""
    index = AtmosphereIndex(author)
    with pytest.raises(UnsafeUrlError, match="local path"):
        index.insert_dataset(digits, name="digits")
    assert index.list_datasets() == index.list_schemas() == []


def test_a_record_cannot_make_us_run_a_command_or_read_a_file(
    author: AtmosphereClient, bob: AtmosphereClient, tmp_path: Path
) -> None:
    """TRAPS S1."""
    schema = AtmosphereIndex(author).publish_schema(Digit)
    for url in (f"pipe:touch {tmp_path}/ran", "/etc/passwd", "file:///etc/passwd", "{pipe:a,b}"):
        record = {
            "name": "evil",
            "schemaRef": schema,
            "createdAt": "2026-01-01T00:00:00Z",
            "storage": {"$type": "ac.foundation.dataset.storageExternal", "urls": [url]},
        }
        made = author.create_record("ac.foundation.dataset.record", record)
        entry = AtmosphereIndex(bob).get_dataset(str(made.uri))
        with pytest.raises(UnsafeUrlError):
            list(entry.dataset())
    assert list(tmp_path.iterdir()) == []


def test_a_lens_record_never_becomes_code(author: AtmosphereClient) -> None:
    """TRAPS S5."""
    index = AtmosphereIndex(author)
    schema = index.publish_schema(Digit)
    code = {"repository": "https://example.org", "commit": "0" * 40, "path": "os:system"}
    author.create_record(
        "ac.foundation.dataset.lens",
        {
            "name": "evil",
            "sourceSchema": schema,
            "targetSchema": schema,
            "createdAt": "2026-01-01T00:00:00Z",
            "getterCode": code,
        },
    )
    index.publish_lens(name="good", source_schema=schema, target_schema=schema)
    found = {lens.name: lens for lens in index.lenses(source_schema=schema)}
    assert set(found) == {"evil", "good"}
    assert not callable(found["evil"].getter)


def test_a_broken_record_hides_no_other(author: AtmosphereClient, digits: Dataset[Digit]) -> None:
    index = of_author(author)
    # Its lexicon lets it pass: a storage of another type may be that of a later version.
    author.create_record(
        "ac.foundation.dataset.record",
        {
            "name": "later",
            "schemaRef": SCHEMA,
            "createdAt": "2026-01-01T00:00:00Z",
            "storage": {"$type": "org.example.storage"},
        },
    )
    index.insert_dataset(digits, name="digits")
    with pytest.warns(IndexWarning, match=r"storage\.\$type: 'org.example.storage'"):
        assert [entry.name for entry in index.datasets] == ["digits"]


# ---- whose it is --------------------------------------------------------------------------------


def test_nothing_is_written_under_somebody_elses_name(
    author: AtmosphereClient, bob: AtmosphereClient, digits: Dataset[Digit]
) -> None:
    """TRAPS C23."""
    with pytest.raises(LoginError, match="own repository only"):
        of_author(author).insert_dataset(digits, name=f"@{bob.handle}/digits")
    elsewhere = AtmosphereIndex(author, repo=bob.handle, data_store=PDSBlobStore(author))
    with pytest.raises(LoginError, match="own repository only"):
        elsewhere.insert_dataset(digits, name="digits")
    theirs = of_author(bob).insert_dataset(digits, name=f"digits of {author.handle}")
    with pytest.raises(LoginError):
        AtmosphereIndex(author).delete_dataset(str(theirs.uri))
    assert AtmosphereIndex(author).list_datasets() == []


def test_the_newest_label_is_the_highest_version(
    author: AtmosphereClient, bob: AtmosphereClient, digits: Dataset[Digit]
) -> None:
    """TRAPS C24."""
    index = of_author(author)
    entries = {
        version: index.insert_dataset(digits, name="digits", description=version, version=version)
        for version in ("2.0.0", "10.0.0", "1.0.0")
    }
    reader = AtmosphereIndex(bob)
    assert reader.get_dataset(f"@{author.handle}/digits").description == "10.0.0"
    assert reader.get_dataset(f"@{author.handle}/digits@1.0.0").uri == entries["1.0.0"].uri
    with pytest.raises(DatasetNotFoundError):
        reader.get_dataset(f"@{author.handle}/digits@3.0.0")
    with pytest.raises(DatasetNotFoundError, match="give a name to"):
        index.labels.put("ghost", f"at://{author.did}/ac.foundation.dataset.record/none")


def test_a_dataset_without_label_is_found_by_its_name(
    author: AtmosphereClient, bob: AtmosphereClient, digits: Dataset[Digit]
) -> None:
    made = of_author(author, NAMESPACES[1]).insert_dataset(digits, name="plain")
    assert AtmosphereIndex(bob).get_dataset(f"@{author.handle}/plain") == made
    with pytest.raises(DatasetNotFoundError):
        AtmosphereIndex(bob).get_dataset(f"@{author.handle}/other")


# ---- changing and deleting ----------------------------------------------------------------------


def test_deleting_a_dataset_deletes_its_blobs_and_labels(
    author: AtmosphereClient, bob: AtmosphereClient, digits: Dataset[Digit]
) -> None:
    index = of_author(author)
    made = index.insert_dataset(digits, name="digits", version="1.0.0")
    source = made.source()
    index.delete_dataset("digits")
    assert index.list_datasets() == list(index.labels.of(author.did)) == []
    with pytest.raises(DatasetNotFoundError):
        AtmosphereIndex(bob).get_dataset(str(made.uri))
    with pytest.raises(ShardNotFoundError):
        source.open_shard(made.data_urls[0])
    with pytest.raises(BlobNotFoundError):
        bob.get_blob(author.did, made.data_urls[0].rpartition("/")[2])


def test_a_description_can_be_corrected(author: AtmosphereClient, digits: Dataset[Digit]) -> None:
    index = of_author(author)
    made = index.insert_dataset(digits, name="digits", description="dgits")
    better = index.update_dataset(str(made.uri), description="digits", tags=["a"])
    assert (better.uri, better.description, better.tags) == (made.uri, "digits", ("a",))
    assert index.get_dataset(str(made.uri)) == better
    assert [sample.label for sample in better.dataset().head(2)] == [0, 1]


def test_shards_are_cut_to_what_a_blob_may_be_and_not_uploaded_twice(
    network: Sandbox, author: AtmosphereClient, digits: Dataset[Digit]
) -> None:
    store = PDSBlobStore(author)
    made = AtmosphereIndex(author, data_store=store).insert_dataset(
        digits, name="digits", maxsize=60_000
    )
    assert len(made.data_urls) == 2
    assert all(blob.size <= 60_000 for blob in made.record.storage.blobs)  # type: ignore[union-attr]
    assert made.value["storage"]["blobs"][0]["mimeType"] == "application/x-tar"
    assert [sample.label for sample in made.dataset()] == list(range(50))
    plc, pds = network.plc_url, network.servers[0].url
    with in_front_of(pds, plc) as (server, directory):
        again = AtmosphereClient(server.url, plc_url=directory.url)
        again.login_with_session(author.export_session().replace(pds, server.url))
        urls = PDSBlobStore(again).write_shards(digits, prefix="x", maxsize=60_000)
        assert server.count("uploadBlob") == 0
    assert urls == made.data_urls


def test_what_no_record_can_say_is_refused_before_a_byte_is_uploaded(
    author: AtmosphereClient, digits: Dataset[Digit]
) -> None:
    index = of_author(author)
    with pytest.raises(RecordError, match="tags: at most 30"):
        index.insert_dataset(digits, name="digits", tags=[str(n) for n in range(31)])
    with pytest.raises(RecordError, match="name: at most 200 characters, got 201"):
        index.insert_dataset(digits, name="x" * 201)
    assert index.list_schemas() == []


# ---- trust --------------------------------------------------------------------------------------


class Watched:
    """A published dataset, seen through a server that tampers on demand."""

    def __init__(self, network: Sandbox, author: AtmosphereClient, entry: AtmosphereEntry) -> None:
        self._faults = in_front_of(author.resolve(author.did).pds, network.plc_url)
        self.server, self.directory = self._faults.__enter__()
        self.reader = AtmosphereClient(
            network.servers[1].url, plc_url=self.directory.url, retry=Retry(attempts=1)
        )
        self.entry = AtmosphereIndex(self.reader).get_dataset(str(entry.uri))

    def failure(self) -> str:
        verdict = self.entry.verify()
        assert not verdict.ok
        return str(next(step for step in verdict.steps if step.ok is False))

    def close(self) -> None:
        self._faults.__exit__(None, None, None)


@pytest.fixture
def watched(
    network: Sandbox, author: AtmosphereClient, digits: Dataset[Digit]
) -> Iterator[Watched]:
    index = of_author(author)
    # Enough records that the tree has several levels.
    author.apply_writes(Create("org.example.fill", {"n": n}) for n in range(100))
    found = Watched(network, author, index.insert_dataset(digits, name="digits"))
    yield found
    found.close()


def test_an_honest_server_is_believed(watched: Watched) -> None:
    told: list[Any] = []
    verdict = watched.entry.verify(on_step=told.append)
    assert verdict.ok
    assert "verified" in repr(verdict)
    assert tuple(told) == verdict.steps


def test_a_verification_that_is_stopped_in_the_browser_says_how_far_it_got(
    watched: Watched,
) -> None:
    class Entry:
        """The entry, whose check is stopped as soon as the signature was looked at."""

        def __getattr__(self, name: str) -> Any:
            return getattr(watched.entry, name)

        def verify(self, *, on_step: Any) -> Any:
            def tell(step: Any) -> None:
                if step.what == "signature":
                    check.cancel()
                on_step(step)

            return watched.entry.verify(on_step=tell)

    entry: Any = Entry()
    check = Check(entry, watched.entry.index)
    check.begin()
    while check.state.name == "running":
        check.wait()
    assert (check.state.name, check.state.why) == ("unchecked", "stopped after 0 shards")
    assert [name for name, _, _ in check.state.steps][-1] == "signature"


@pytest.mark.parametrize("place", [0.3, 0.6, 0.99])
def test_a_tampered_block_is_caught(watched: Watched, place: float) -> None:
    def tamper(body: bytes) -> bytes:
        at = int(len(body) * place)
        return body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]

    watched.server.fail("sync.getRecord", change=tamper)
    assert "FAILED   blocks" in watched.failure() or "FAILED   signature" in watched.failure()


def test_a_signature_by_another_key_is_caught(
    watched: Watched, bob: AtmosphereClient, author: AtmosphereClient
) -> None:
    mine, theirs = (c.resolve(c.did).signing_key or "" for c in (author, bob))
    watched.directory.rewrite[mine] = theirs
    assert "not by the key in the author's document" in watched.failure()


def test_the_proof_of_somebody_else_is_caught(
    watched: Watched, bob: AtmosphereClient, digits: Dataset[Digit]
) -> None:
    other = of_author(bob).insert_dataset(digits, name="digits")
    proof = bob.fetch_bytes(
        bob.resolve(bob.did).pds,
        "com.atproto.sync.getRecord",
        did=bob.did,
        collection=other.uri.collection,
        rkey=other.uri.rkey,
    )
    watched.server.fail("sync.getRecord", change=lambda _: proof)
    assert "the commit is of" in watched.failure()


def test_a_record_that_is_out_of_date_is_caught(watched: Watched, author: AtmosphereClient) -> None:
    AtmosphereIndex(author).update_dataset(str(watched.entry.uri), description="changed since")
    assert "another record" in watched.failure()
    AtmosphereIndex(author).delete_dataset(str(watched.entry.uri))
    assert "no such record (any more)" in watched.failure()


def test_a_record_that_was_changed_on_its_way_is_caught(watched: Watched) -> None:
    """A server that shows other words with the right CID."""
    watched.entry = replace(watched.entry, value=watched.entry.value | {"description": "lies"})
    assert "FAILED   content" in watched.failure()


def test_a_swapped_blob_is_caught_by_proof_and_by_reading(watched: Watched) -> None:
    """TRAPS S6."""
    watched.server.fail("getBlob", times=3, change=lambda body: body.replace(b"label", b"lebal"))
    assert "not the bytes that the CID names" in watched.failure()
    with pytest.raises(IntegrityError):
        list(watched.entry.dataset())


def test_a_blob_that_is_gone_is_told(watched: Watched) -> None:
    ghost = Blobs((Blob("bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku", 10),))
    watched.entry = replace(watched.entry, record=replace(watched.entry.record, storage=ghost))
    assert "does not have it" in watched.failure()


# ---- by name alone ------------------------------------------------------------------------------


def test_what_somebody_published_is_loaded_by_name_or_address(
    network: Sandbox, author: AtmosphereClient, bob: AtmosphereClient, digits: Dataset[Digit]
) -> None:
    """TRAPS C17."""
    made = of_author(author).insert_dataset(digits, name="digits", version="1.0.0")
    index = AtmosphereIndex(bob)
    for path in (str(made.uri), f"@{author.handle}/digits", f"@{author.handle}/digits@1.0.0"):
        loaded = load_dataset(path, split="train", index=index)
        assert [sample.label for sample in loaded] == list(range(50))
        opened = open_dataset(path, Digit, connect=network.client)
        assert opened.head(1)[0].label == 0
    blob = open_dataset(made.data_urls[0], Digit, connect=network.client)
    assert len(list(blob)) == 50
    with pytest.raises(DatasetNotFoundError, match="looked up in an index"):
        load_dataset("@local/digits")
