from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata_nb.atmosphere.data_model import check_record
from atdata_nb.atmosphere.proof import record_cid
from atdata_nb.atmosphere.records import DatasetRecord, LabelRecord, LensRecord
from atdata_nb.atmosphere.storage import Blob, Blobs, Bucket, Location, Urls
from atdata_nb.errors import RecordError
from atdata_nb.schemas import from_any

BLOB = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"
SCHEMA = "at://did:plc:fixturefixturefixture/x.y.z/3fixture000001"
FOUNDATION, ALT = "ac.foundation.dataset", "science.alt.dataset"
NOW = "2026-11-22T20:39:03Z"
DIGEST = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def sent(fixtures: Path, version: str) -> dict[str, list[dict[str, Any]]]:
    """What a published version sends, by collection."""
    found: dict[str, list[dict[str, Any]]] = {}
    for one in json.loads((fixtures / f"atdata-{version}" / "records.json").read_text()):
        found.setdefault(one["collection"], []).append(one["record"])
    return found


@pytest.mark.parametrize(
    ("version", "collection"), [("0.2.3b1", f"{FOUNDATION}.record"), ("0.7.0b1", f"{ALT}.entry")]
)
def test_datasets_of_the_published_packages_are_read(
    fixtures: Path, version: str, collection: str
) -> None:
    urls, blobs = map(DatasetRecord.read, sent(fixtures, version)[collection])
    assert (urls.name, urls.schema_ref, urls.license) == ("fixture urls", SCHEMA, "MIT")
    assert (urls.description, urls.tags) == ("d", ("a", "b"))
    assert urls.metadata == {"k": 1, "s": "é"}
    assert isinstance(urls.storage, Urls)
    assert urls.storage.shards[0] == Location("https://example.org/data-000000.tar")
    assert blobs.storage == Blobs((Blob(BLOB, 10240),))
    assert (blobs.bytes, blobs.metadata) == (10240, None)


@pytest.mark.parametrize("version", ["0.2.3b1", "0.7.0b1"])
def test_lenses_and_schemas_of_the_published_packages_are_read(
    fixtures: Path, version: str
) -> None:
    records = sent(fixtures, version)
    (lens,) = next(found for name, found in records.items() if name.endswith(".lens"))
    read = LensRecord.read(lens)
    assert read.getter is not None
    assert (read.source_schema, read.getter.path) == (SCHEMA, "lenses:get")
    assert read.to_record(FOUNDATION if version == "0.2.3b1" else ALT) == lens
    schemas = next(found for name, found in records.items() if name.lower().endswith("schema"))
    assert [from_any(one)[0].name for one in schemas] == [
        "BasicSample",
        "ArraySample",
        "ListSample",
    ]


STORAGES = [
    Urls((Location("https://example.org/a.tar", DIGEST), Location("https://example.org/b.tar"))),
    Blobs((Blob(BLOB, 0), Blob(BLOB, 20480, "*/*"))),
]


@pytest.mark.parametrize("namespace", [FOUNDATION, ALT])
@pytest.mark.parametrize("storage", STORAGES)
def test_what_was_written_is_read(namespace: str, storage: Urls | Blobs) -> None:
    made = DatasetRecord(
        name="digits",
        schema_ref=SCHEMA,
        storage=storage,
        created_at="2026-11-22T20:39:03.365Z",
        description="é",
        tags=("a",),
        license="MIT",
        metadata={"share": 0.25, "large": 2**60, "$odd": [None, b"\x00"]},
    )
    record = made.to_record(namespace)
    assert json.loads(json.dumps(record)) == record
    read = DatasetRecord.read(record)
    assert read.storage == storage
    assert read.metadata == made.metadata
    assert (read.name, read.tags, read.description) == ("digits", ("a",), "é")


def test_a_bucket_keeps_its_region_and_endpoint() -> None:
    bucket = Bucket("data", (Location("s3://data/x/a.tar", DIGEST),), "eu", "https://s3.example")
    made = DatasetRecord(name="b", schema_ref=SCHEMA, storage=bucket, created_at=NOW, samples=3)
    record = made.to_record(ALT)
    assert record["storage"]["shards"][0]["key"] == "x/a.tar"
    assert record["size"] == {"samples": 3, "shards": 1}
    assert DatasetRecord.read(record).storage == bucket
    assert made.to_record(FOUNDATION)["storage"]["urls"] == ["s3://data/x/a.tar"]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"name": ""}, "name"),
        ({"schemaRef": "https://example.org"}, "schemaRef"),
        ({"storage": []}, "storage"),
        ({"storage": {"$type": "x.storagePipe"}}, r"storage\.\$type"),
        ({"storage": {"$type": "x.storageExternal", "urls": [7]}}, r"storage\.urls\[0\]"),
        ({"storage": {"$type": "x.storageBlobs", "blobs": [{}]}}, r"blob.*ref"),
        ({"metadata": {"$bytes": "!"}}, "metadata"),
        ({"metadata": {"$bytes": "AA"}}, "metadata"),
        ({"createdAt": 5}, "createdAt"),
        ({"$type": "x.y.z"}, r"\$type"),
    ],
)
def test_a_hostile_record_is_refused_by_the_name_of_its_field(
    change: dict[str, Any], where: str
) -> None:
    storage = {"$type": f"{FOUNDATION}.storageExternal", "urls": ["https://example.org/a.tar"]}
    good = {
        "$type": f"{FOUNDATION}.record",
        "name": "a",
        "schemaRef": SCHEMA,
        "storage": storage,
        "createdAt": NOW,
    }
    assert DatasetRecord.read(good).name == "a"
    with pytest.raises(RecordError, match=where):
        DatasetRecord.read(good | change)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(
    st.dictionaries(
        st.sampled_from(["$type", "name", "schemaRef", "storage", "metadata", "tags", "size"]),
        ANYTHING
        | st.just(f"{FOUNDATION}.record")
        | st.dictionaries(st.sampled_from(["$type", "blobs", "urls", "shards"]), ANYTHING),
    )
)
def test_whatever_a_stranger_writes_is_read_or_refused(value: dict[str, Any]) -> None:
    for kind in (DatasetRecord, LensRecord, LabelRecord):
        for told in (value, value | {"$type": f"{FOUNDATION}.record", "name": "x"}):
            with contextlib.suppress(RecordError):
                kind.read(told)


def test_the_cid_of_a_record_is_what_a_server_computes() -> None:
    # Seen on PDS 0.4.217.
    assert record_cid({"a": {"$bytes": "gA"}, "b": {"$link": BLOB}}).startswith("bafyrei")


def test_limits_of_the_lexicons_are_kept() -> None:
    storage = Blobs((Blob(BLOB, 1),))
    fits = {"name": "n", "schema_ref": SCHEMA, "storage": storage, "created_at": NOW}
    for change, where in (
        ({"name": "n" * 201}, "name"),
        ({"description": "d" * 5001}, "description"),
        ({"tags": ("t",) * 31}, "tags"),
        ({"tags": ("t" * 151,)}, "tags"),
        ({"license": "l" * 201}, "license"),
        ({"schema_ref": "nowhere"}, "nowhere"),
    ):
        with pytest.raises(ValueError, match=where):
            DatasetRecord(**(fits | change)).to_record(FOUNDATION)


@pytest.mark.parametrize("namespace", [FOUNDATION, ALT])
def test_a_draft_is_checked_before_it_has_shards_and_not_sent_so(namespace: str) -> None:
    draft = DatasetRecord(name="a", schema_ref=SCHEMA, storage=Blobs(()), created_at=NOW)
    record = draft.to_record(namespace)
    assert record["storage"]["blobs"] == []
    with pytest.raises(RecordError, match=r"storage\.blobs: at least 1"):
        check_record(record)


@given(st.dictionaries(st.text(max_size=9), st.integers(-9, 2**60) | st.text(max_size=9)))
def test_metadata_of_any_length_comes_back_and_small_ones_need_no_padding(
    metadata: dict[str, Any],
) -> None:
    draft = DatasetRecord(
        name="a", schema_ref=SCHEMA, storage=Blobs(()), created_at=NOW, metadata=metadata
    )
    for namespace in (FOUNDATION, ALT):
        record = draft.to_record(namespace)
        if not metadata:
            assert "metadata" not in record or record["metadata"]["$bytes"]
        elif len(metadata) < 16:
            # The published package decodes only what has no padding to be left out.
            assert len(record["metadata"]["$bytes"]) % 4 == 0
        told = record | {"storage": {"$type": "x.storageExternal", "urls": ["https://a.example"]}}
        assert (DatasetRecord.read(told).metadata or {}) == metadata
