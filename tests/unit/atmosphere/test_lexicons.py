from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata_nb.atmosphere.data_model import bytes_value, check_record
from atdata_nb.atmosphere.lexicons import check_lexicon, definition, lexicon, lexicons, limit
from atdata_nb.atmosphere.lexicons.documents import FOLDER
from atdata_nb.atmosphere.lexicons.formats import FORMATS, is_datetime
from atdata_nb.atmosphere.lexicons.validator import _CHECKS
from atdata_nb.errors import RecordError
from atdata_nb.samples import packable
from atdata_nb.schemas import schema_from_type, to_json_schema, to_sample_schema

F, A = "ac.foundation.dataset", "science.alt.dataset"
SCHEMA = "at://did:plc:fixturefixturefixture/x.y.z/3fixture000001"
NOW = "2026-11-22T20:39:03.365Z"
BLOB = {
    "$type": "blob",
    "ref": {"$link": "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"},
    "mimeType": "application/x-tar",
    "size": 10240,
}


def dataset(space: str = F, **change: Any) -> dict[str, Any]:
    urls = {"$type": f"{space}.storageExternal", "urls": ["https://example.org/a.tar"]}
    kind = f"{F}.record" if space == F else f"{A}.entry"
    good = {"$type": kind, "name": "a", "schemaRef": SCHEMA, "storage": urls, "createdAt": NOW}
    return good | change


# ---- the documents ------------------------------------------------------------------------------


def test_the_documents_are_those_of_both_namespaces() -> None:
    first = {"lens", "record", "sampleSchema", "schemaType", "storageBlobs", "storageExternal"}
    second = {"entry", "label", "lens", "programmingLanguage", "schema", "schemaType"}
    second |= {"storageBlobs", "storageExternal", "storageHttp", "storageS3"}
    assert set(lexicons()) == {f"{F}.{n}" for n in first} | {f"{A}.{n}" for n in second}
    for nsid in lexicons():
        found = lexicon(nsid)
        assert found is not None
        assert (found["lexicon"], found["id"]) == (1, nsid)


def rules(nsid: str) -> Iterator[dict[str, Any]]:
    found = lexicon(nsid)
    assert found is not None
    waiting = [one["record"] if one["type"] == "record" else one for one in found["defs"].values()]
    while waiting:
        rule = waiting.pop()
        yield rule
        waiting += rule.get("properties", {}).values()
        waiting += [rule["items"]] if "items" in rule else []


WORDS = {
    "array": {"items", "minLength", "maxLength"},
    "blob": {"accept", "maxSize"},
    "boolean": set(),
    "bytes": {"minLength", "maxLength"},
    "integer": {"minimum"},
    "object": {"required", "properties"},
    "ref": {"ref"},
    "string": {"minLength", "maxLength", "maxGraphemes", "format", "const", "knownValues"},
    "union": {"refs"},
    "unknown": set(),
}


def test_the_documents_use_no_word_that_the_validator_does_not_know() -> None:
    assert set(_CHECKS) == set(WORDS)
    for nsid in lexicons():
        for rule in rules(nsid):
            assert set(rule) - {"type", "description"} <= WORDS[rule["type"]], (nsid, rule)
            assert rule.get("format", "uri") in FORMATS
            assert set(rule.get("required", ())) <= set(rule.get("properties", ()))
            for ref in [*rule.get("refs", ()), *([rule["ref"]] if "ref" in rule else ())]:
                assert definition(nsid + ref if ref.startswith("#") else ref), (nsid, ref)


@pytest.mark.parametrize(
    "name", ["", "..", "../../entry", "science/alt/dataset/entry", "/etc", "\0"]
)
def test_a_name_out_of_a_record_opens_no_other_file(name: str) -> None:
    assert lexicon(name) is None
    assert check_lexicon({"$type": name}) is False


def test_the_package_carries_them() -> None:
    assert FOLDER.joinpath("science", "alt", "dataset", "entry.json").is_file()
    assert limit(f"{A}.storageBlobs#blobEntry", "blob", "maxSize") == 50 << 20
    assert limit(f"{A}.entry", "tags", "[]", "maxLength") == 150


# ---- what the published packages send -----------------------------------------------------------


@pytest.mark.parametrize("version", ["0.2.3b1", "0.7.0b1"])
def test_what_the_published_packages_send_is_what_the_lexicons_say(
    fixtures: Path, version: str
) -> None:
    sent = json.loads((fixtures / f"atdata-{version}" / "records.json").read_text())
    assert len(sent) == 6
    for one in sent:
        record = one["record"]
        if record["$type"] == f"{A}.entry" and "metadata" in record:
            # Its own lexicon says bytes, and so does ours: this one map is not what it says.
            with pytest.raises(RecordError, match="metadata: bytes"):
                check_lexicon(record)
            del record["metadata"]
        assert check_lexicon(record) is True
        check_record(record)


# ---- what we send -------------------------------------------------------------------------------


@packable
class Inner:
    size: int = 3


@packable
class Everything:
    text: str
    number: float
    inner: Inner
    many: list[list[str]]
    named: dict[str, int]
    maybe: bytes | None = None


@pytest.mark.parametrize("write", [to_sample_schema, to_json_schema])
def test_schemas_that_we_publish_are_what_the_lexicons_say(write: Any) -> None:
    record, _ = write(schema_from_type(Everything, description="é" * 100))
    assert check_lexicon(json.loads(json.dumps(record | {"createdAt": NOW}))) is True
    with pytest.raises(RecordError, match="createdAt: missing"):
        check_lexicon(record)


@pytest.mark.parametrize(
    ("record", "where"),
    [
        (dataset(name=""), "name: at least 1 bytes"),
        (dataset(name=7), "name: text"),
        (dataset(name="n" * 201), "name: at most 200 characters, got 201"),
        (dataset(A, name="日" * 67), "name: at most 200 bytes, got 201"),
        (dataset(schemaRef="nowhere"), "schemaRef: 'nowhere' is no at-uri"),
        (dataset(createdAt="2026"), "createdAt: '2026' is no datetime"),
        (dataset(tags="a"), "tags: a list"),
        (dataset(tags=["t"] * 31), "tags: at most 30 items, got 31"),
        (dataset(tags=["t", "t" * 151]), r"tags\[1\]: at most 150"),
        (dataset(metadata={"a": 1}), "metadata: bytes"),
        (dataset(metadata=bytes_value(b"x" * 100_001)), "metadata: at most 100,000 bytes"),
        (dataset(storage=[]), r"storage: a map with a \$type"),
        (dataset(storage={"urls": []}), r"storage: a map with a \$type"),
        (dataset(storage={"$type": f"{F}.storageExternal"}), r"storage\.urls: missing"),
        (dataset(storage={"$type": f"{F}.storageExternal", "urls": []}), "at least 1 items"),
        (dataset(storage={"$type": f"{F}.storageBlobs", "blobs": [{}]}), r"blobs\[0\]: a blob"),
        (
            dataset(
                storage={"$type": f"{F}.storageBlobs", "blobs": [BLOB, BLOB | {"size": 60 << 20}]}
            ),
            r"storage\.blobs\[1\]: at most 52,428,800 bytes",
        ),
        (
            dataset(
                A,
                storage={
                    "$type": f"{A}.storageHttp",
                    "shards": [{"url": "a.tar", "checksum": {"algorithm": "none", "digest": ""}}],
                },
            ),
            r"storage\.shards\[0\]\.url: 'a.tar' is no uri",
        ),
        (dataset(A, size={"samples": -1}), r"size\.samples: at least 0"),
        (dataset(A, size={"samples": True}), r"size\.samples: a whole number"),
        (dataset(A, contentMetadata=5), "contentMetadata: a map"),
        (
            {"$type": f"{A}.schema", "name": "a", "version": "1.0.0", "schemaType": "jsonSchema"}
            | {"createdAt": NOW, "schema": {"$type": f"{A}.schema#jsonSchemaFormat"}},
            r"schema\.\$schema: missing",
        ),
        (
            {"$type": f"{F}.sampleSchema", "name": "a", "version": "1.0.0", "createdAt": NOW}
            | {"fields": [{"name": "x", "fieldType": {"$type": f"{F}.schemaType#primitive"}}]},
            r"fields\[0\]\.fieldType\.primitive: missing",
        ),
    ],
)
def test_what_the_lexicon_forbids_is_named_before_it_is_sent(
    record: dict[str, Any], where: str
) -> None:
    for check in (check_lexicon, check_record):
        with pytest.raises(RecordError, match=where):
            check(record)


def test_what_a_later_version_adds_passes() -> None:
    assert check_lexicon(dataset(later={"a": 1}, storage={"$type": "org.example.tape"}))
    assert check_lexicon(dataset(name="👩‍👩‍👧‍👦" * 80))  # 80 characters of seven code points each
    assert check_lexicon({"$type": "org.example.note", "name": 7}) is False
    # A part of a record is none.
    assert check_lexicon({"$type": f"{A}.storageHttp"}) is False


def test_nesting_has_an_end() -> None:
    kind: dict[str, Any] = {"$type": f"{F}.schemaType#primitive", "primitive": "str"}
    for _ in range(1000):
        kind = {"$type": f"{F}.schemaType#array", "items": kind}
    record = {"$type": f"{F}.sampleSchema", "name": "a", "version": "1.0.0", "createdAt": NOW}
    with pytest.raises(RecordError, match="nested deeper"):
        check_lexicon(record | {"fields": [{"name": "x", "fieldType": kind}]})


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("2026-11-22T20:39:03Z", True),
        ("2026-11-22T20:39:03.365592+00:00", True),
        ("2026-11-22T20:39:03-07:00", True),
        ("2026-11-22T20:39:03", False),
        ("2026-11-22T20:39:03-00:00", False),
        ("2026-13-22T20:39:03Z", False),
        ("2026-11-22 20:39:03Z", False),
        ("0000-01-01T00:00:00Z", False),
        ("\uff12026-11-22T20:39:03Z", False),
        ("2026-11-22T20:39:03Z\n", False),
    ],
)
def test_times_have_a_zone(text: str, *, good: bool) -> None:
    assert is_datetime(text) is good


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
NAMES = ["name", "storage", "fields", "schema", "metadata", "tags", "size", "getterCode", "urls"]
NAMES += ["blobs", "shards", "fieldType", "items", "createdAt", "schemaRef", "blob", "url"]
RECORDS = [n for n in lexicons() if (definition(n) or {}).get("type") == "record"]
TYPES = st.sampled_from(
    [*lexicons(), "blob", *(f"{F}.schemaType#{k}" for k in ("array", "map", "ref", "nested"))]
)
MAPS = st.recursive(
    ANYTHING | st.just(NOW) | st.just(SCHEMA),
    lambda inner: st.fixed_dictionaries(
        {}, optional={"$type": TYPES, **dict.fromkeys(NAMES, inner | st.lists(inner))}
    ),
    max_leaves=20,
)


@given(
    kind=st.sampled_from(RECORDS),
    value=st.dictionaries(st.sampled_from(NAMES), MAPS),
    filled=st.booleans(),
)
def test_whatever_stands_in_a_record_passes_or_is_refused(
    kind: str, value: dict[str, Any], *, filled: bool
) -> None:
    good = dataset() | {"version": "1", "fields": [], "schemaType": "jsonSchema"}
    record = (good if filled else {}) | value | {"$type": kind}
    for check in (check_lexicon, check_record):
        with contextlib.suppress(RecordError):
            check(record)
