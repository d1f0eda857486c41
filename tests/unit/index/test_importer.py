from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgpack
import numpy as np
import pytest
import redis

from atdata_nb import LocalIndex, packable
from atdata_nb.errors import IndexFormatError, IndexWarning, ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable

FIXTURES = Path(__file__).parents[2] / "fixtures"
DATABASE = FIXTURES / "atdata-0.7.0b1" / "index.db"
RELEASES = ["0.2.3b1", "0.7.0b1"]


def told(index: LocalIndex) -> list[dict[str, Any]]:
    return [
        {
            "name": entry.name,
            "schema_ref": entry.schema_ref,
            "data_urls": entry.data_urls,
            "metadata": entry.metadata,
            "cid": entry.cid,
        }
        for entry in index
    ]


def by_name(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(entries, key=lambda entry: entry["name"])


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return Path(shutil.copy(DATABASE, tmp_path / "theirs.db"))


def test_the_other_packages_file_is_taken_over_and_not_changed(
    index: LocalIndex, database: Path
) -> None:
    truth = json.loads((DATABASE.parent / "index.expected.json").read_text())
    report = index.import_atdata(database)
    assert database.read_bytes() == DATABASE.read_bytes()
    assert [path.name for path in database.parent.glob("theirs.db*")] == ["theirs.db"]
    found = told(index)
    again = [entry for entry in found if entry["name"] != "multi-best"]
    assert again == by_name(truth)
    assert (report.datasets, report.unchanged, report.schemas, report.skipped) == (3, 0, 2, ())
    assert index.get_dataset("basic").created_at == "2026-11-22T21:41:42.000000+00:00"


def test_a_label_becomes_a_name_of_its_own(index: LocalIndex, database: Path) -> None:
    index.import_atdata(database)
    label = index.get_dataset("multi-best@1.0.0")
    assert label.cid == index.get_dataset("multi").cid
    assert label.data_urls == ["multi-{000000..000002}.tar"]


@pytest.mark.parametrize("release", RELEASES)
def test_the_other_packages_redis_is_taken_over(
    index: LocalIndex, load_redis: Callable[[str], dict[str, Any]], redis_url: str, release: str
) -> None:
    truth = load_redis(release)
    report = index.import_atdata(redis_url)
    assert told(index) == by_name(truth["entries"])
    assert report.datasets == 3
    assert report.skipped == ()
    for schema in truth["schemas"]:
        stored = index.get_schema(f"{schema['name']}@{schema['version']}")
        stored.pop("$ref")
        schema.pop("$ref", None)
        assert stored == schema
    assert report.schemas == sum(key.startswith("LocalSchema:") for key in truth["keys"]) == 4


@pytest.mark.parametrize("release", RELEASES)
def test_imported_data_is_read_with_the_type_of_its_schema(
    index: LocalIndex,
    load_redis: Callable[[str], dict[str, Any]],
    redis_client: redis.Redis,
    release: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    load_redis(release)
    index.import_atdata(redis_client)
    monkeypatch.chdir(FIXTURES / f"atdata-{release}")
    basic = list(index.get_dataset("basic").dataset())
    assert len(basic) == 24
    assert type(basic[0]).__name__ == "BasicSample"
    arrays = list(index.get_dataset("arrays").dataset())
    assert all(isinstance(sample.array, np.ndarray) for sample in arrays)
    expected = json.loads(Path("multi-000000.expected.json").read_text())
    assert len(list(index.get_dataset("multi").dataset())) == 3 * len(expected)


def test_importing_again_changes_nothing(
    index: LocalIndex,
    database: Path,
    load_redis: Callable[[str], dict[str, Any]],
    redis_url: str,
) -> None:
    load_redis("0.7.0b1")
    for source in (database, redis_url):
        index.import_atdata(source)
        before = [index.versions(entry.name) for entry in index], index.list_schemas()
        report = index.import_atdata(source)
        assert (report.datasets, report.schemas) == (0, 0)
        assert report.unchanged == 3
        assert ([index.versions(entry.name) for entry in index], index.list_schemas()) == before


def test_a_client_that_decodes_responses_will_do(
    index: LocalIndex, load_redis: Callable[[str], dict[str, Any]], redis_url: str
) -> None:
    truth = load_redis("0.2.3b1")
    with closing(redis.Redis.from_url(redis_url, decode_responses=True)) as client:
        index.import_atdata(client)
    assert told(index) == by_name(truth["entries"])


def test_one_malformed_key_is_named_and_the_rest_is_taken_over(
    index: LocalIndex, load_redis: Callable[[str], dict[str, Any]], redis_client: redis.Redis
) -> None:
    """TRAPS C26."""
    load_redis("0.2.3b1")
    redis_client.hset("LocalDatasetEntry:bafybad", mapping={"name": "bad", "data_urls": b"\x90"})
    redis_client.hset(
        "LocalDatasetEntry:bafyworse",
        mapping={"name": b"\xff", "schema_ref": "x", "data_urls": b"\xc1"},
    )
    redis_client.set("LocalDatasetEntry:bafystring", "no hash")
    redis_client.set("LocalSchema:Bad@1.0.0", "{")
    redis_client.set("LocalSchema:Bad@1.0", '{"name": "Bad", "version": "1.0", "fields": []}')
    with pytest.warns(IndexWarning, match="skipped") as warned:
        report = index.import_atdata(redis_client)
    assert len(index) == 3
    keys = [reason.split(": ")[0] for reason in report.skipped]
    assert sorted(keys) == [
        "LocalDatasetEntry:bafybad",
        "LocalDatasetEntry:bafystring",
        "LocalDatasetEntry:bafyworse",
        "LocalSchema:Bad@1.0",
        "LocalSchema:Bad@1.0.0",
    ]
    assert "LocalDatasetEntry:bafybad: it has no schema_ref" in report.skipped
    assert all(any(key in str(one.message) for one in warned) for key in keys)
    assert all(one.filename == __file__ for one in warned)


def test_a_label_to_nothing_is_named(index: LocalIndex, database: Path) -> None:
    """TRAPS C24."""
    with closing(sqlite3.connect(database)) as db, db:
        db.execute("INSERT INTO labels (name, cid, version) VALUES ('lost', 'bafynone', '')")
    with pytest.warns(IndexWarning, match="lost"):
        report = index.import_atdata(database)
    assert report.skipped == ("labels lost@: there is no entry bafynone",)
    assert "lost" not in index


def test_labels_in_any_order_give_versions_by_number(index: LocalIndex, database: Path) -> None:
    """TRAPS C24: the latest was whichever was stored last."""
    with closing(sqlite3.connect(database)) as db, db:
        cids = [row[0] for row in db.execute("SELECT cid FROM dataset_entries ORDER BY name")]
        for version, cid in (("10.0.0", cids[0]), ("9.0.0", cids[1]), ("best", cids[1])):
            db.execute(
                "INSERT INTO labels (name, cid, version) VALUES ('pick', ?, ?)", (cid, version)
            )
    report = index.import_atdata(database)
    assert [entry.version for entry in index.versions("pick")] == ["9.0.0", "10.0.0"]
    assert index.get_dataset("pick").cid == cids[0]
    assert report.notes == ("labels pick@best has no version of three numbers, so it gets one",)


def test_a_schema_that_means_something_else_here_is_kept_apart(
    index: LocalIndex, database: Path
) -> None:
    own = packable(type("BasicSample", (), {"__annotations__": {"other": int}}))
    index.publish_schema(own, version="1.0.0")
    report = index.import_atdata(database)
    entry = index.get_dataset("basic")
    assert entry.schema_ref.endswith("BasicSample@2.0.0")
    assert entry.schema["fields"][0]["name"] == "name"
    assert report.notes == (
        "schemas BasicSample@1.0.0 is other content here, so it became BasicSample@2.0.0",
    )
    again = index.import_atdata(database)
    assert (again.datasets, again.schemas) == (0, 0)


def test_a_name_that_is_taken_here_gets_the_next_version(
    index: LocalIndex, database: Path, rows: Callable[..., list[Any]]
) -> None:
    own = index.write_samples(rows(2), name="multi-best")
    index.import_atdata(database)
    assert index.get_dataset("multi-best@1.0.0") == own
    assert index.get_dataset("multi-best").version == "1.1.0"
    index.import_atdata(database)
    assert len(index.versions("multi-best")) == 2


def test_what_is_only_in_the_write_ahead_log_is_taken_over_too(
    index: LocalIndex, database: Path
) -> None:
    with closing(sqlite3.connect(database)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA wal_autocheckpoint = 0")
        with db:
            db.execute(
                "INSERT INTO dataset_entries (cid, name, schema_ref, data_urls) "
                "VALUES (?, ?, ?, ?)",
                ("bafynew", "fresh", "atdata://local/schema/X@1.0.0", msgpack.packb(["x.tar"])),
            )
        before = database.read_bytes()
        report = index.import_atdata(database)
        assert database.read_bytes() == before
    assert report.datasets == 4
    assert index.get_dataset("fresh").data_urls == ["x.tar"]


def test_a_directory_with_their_file_will_do(index: LocalIndex, tmp_path: Path) -> None:
    shutil.copy(DATABASE, tmp_path)
    assert index.import_atdata(tmp_path).datasets == 3


def test_something_else_is_no_index_of_the_other_package(index: LocalIndex, tmp_path: Path) -> None:
    with pytest.raises(IndexFormatError, match="no such file"):
        index.import_atdata(tmp_path / "none.db")
    (tmp_path / "text.db").write_text("hello" * 1000)
    with pytest.raises(IndexFormatError, match="no index of the atdata package"):
        index.import_atdata(tmp_path / "text.db")


def test_a_redis_that_is_not_there_is_told_without_its_password(index: LocalIndex) -> None:
    with pytest.raises(ServiceError, match=r"127\.0\.0\.1:1/0") as caught:
        index.import_atdata("redis://:secret@127.0.0.1:1/0")
    assert "secret" not in str(caught.value)


def test_the_report_tells_what_became_of_everything(index: LocalIndex, database: Path) -> None:
    assert repr(index.import_atdata(database)) == (
        "ImportReport theirs.db\n  datasets   3 new, 0 here already\n  schemas    2 new"
    )


def lens_record(name: str, getter: dict[str, Any], **more: Any) -> str:
    facts = {
        "name": name,
        "version": "1.0.0",
        "source_schema": "atdata://local/schema/BasicSample@1.0.0",
        "view_schema": "atdata://local/schema/ArraySample@1.0.0",
        "getter": getter,
        "putter": {"kind": "opaque"},
        "created_at": "2026-11-22T21:41:42+00:00",
    }
    return json.dumps(facts | more)


LENSES = {
    "mapped": {
        "kind": "field_mapping",
        "mappings": [{"source_field": "name", "view_field": "label", "transform": None}],
    },
    "code": {"kind": "code_reference", "module": "os", "qualname": "system"},
    "hidden": {"kind": "opaque"},
}


def check_lenses(index: LocalIndex, report: Any) -> None:
    assert report.lenses == 3
    assert [lens.name for lens in index.list_lenses()] == ["code", "hidden", "mapped"]
    assert [lens.name for lens in index.find_lenses("BasicSample@1.0.0")] == [
        "code",
        "hidden",
        "mapped",
    ]
    assert [lens.runs for lens in index.list_lenses()] == [False, False, True]
    assert "not run" in repr(index.get_lens("code"))
    # Their "mapping" may be a function with logic of its own: TRAPS C5.
    assert any("compare some samples" in note for note in report.notes)


def test_lenses_of_their_file_are_taken_over_and_never_run(
    index: LocalIndex, database: Path
) -> None:
    """TRAPS S5."""
    with closing(sqlite3.connect(database)) as db, db:
        for name, getter in LENSES.items():
            db.execute(
                "INSERT INTO lenses (name, version, lens_json) VALUES (?, '1.0.0', ?)",
                (name, lens_record(name, getter)),
            )
        db.execute("INSERT INTO lenses (name, version, lens_json) VALUES ('bad', '1.0.0', '{')")
        db.execute(
            "INSERT INTO lenses (name, version, lens_json) VALUES ('old', '1', ?)",
            (lens_record("old", LENSES["hidden"], version="1"),),
        )
    with pytest.warns(IndexWarning, match="skipped"):
        report = index.import_atdata(database)
    check_lenses(index, report)
    assert [reason.split(": ")[0] for reason in report.skipped] == [
        "lenses bad@1.0.0",
        "lenses old@1",
    ]
    with pytest.warns(IndexWarning, match="skipped"):
        assert index.import_atdata(database).lenses == 0
    assert index.get_lens("hidden").created_at == "2026-11-22T21:41:42+00:00"


def test_lenses_of_their_redis_are_taken_over(index: LocalIndex, redis_client: redis.Redis) -> None:
    for name, getter in LENSES.items():
        redis_client.set(f"LocalLens:{name}@1.0.0", lens_record(name, getter))
    check_lenses(index, index.import_atdata(redis_client))


def test_a_lens_that_is_other_content_here_becomes_the_next_version(
    index: LocalIndex, redis_client: redis.Redis
) -> None:
    redis_client.set("LocalLens:mapped@1.0.0", lens_record("mapped", LENSES["mapped"]))
    index.import_atdata(redis_client)
    redis_client.set("LocalLens:mapped@1.0.0", lens_record("mapped", LENSES["hidden"]))
    report = index.import_atdata(redis_client)
    assert [lens.version for lens in index.lenses] == ["1.0.0", "1.1.0"]
    assert "LocalLens:mapped@1.0.0 is other content here, so it became mapped@1.1.0" in report.notes
