from __future__ import annotations

import gc
import pickle
import threading
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from atdata_nb import Dataset, DictSample, LocalDiskStore, LocalIndex, lens, packable
from atdata_nb.cid import generate_cid
from atdata_nb.errors import (
    DatasetNameError,
    DatasetNotFoundError,
    EmptyDatasetError,
    IndexClosedError,
    IndexConflictError,
    IndexError_,
    LensError,
    SampleTypeError,
    SchemaConflictError,
    SchemaNotFoundError,
    SchemaVersionError,
    ShardNotFoundError,
    UnsafePathError,
)
from atdata_nb.index import default_home
from atdata_nb.protocols import Countable, IndexEntry, Paged, Searchable
from atdata_nb.schemas import schema_from_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Rows = Callable[..., list[Any]]
    MakeDataset = Callable[..., Dataset[Any]]


def shards_below(index: LocalIndex) -> list[str]:
    return [path.name for path in index.path.rglob("*.tar")]


# ---- versions of a name --------------------------------------------------------------------------


def test_running_a_cell_twice_lists_a_dataset_once(index: LocalIndex, rows: Rows) -> None:
    first = index.write_samples(rows(5), name="winter", metadata={"k": 1}, tags=["cold"])
    again = index.write_samples(rows(5), name="winter", metadata={"k": 1}, tags=["cold"])
    assert again == first
    assert first.ref == "winter@1.0.0"
    assert len(index.versions("winter")) == len(index) == 1
    assert len(shards_below(index)) == 1


def test_two_names_for_the_same_data_are_both_found(
    index: LocalIndex, dataset: MakeDataset
) -> None:
    """TRAPS C6."""
    ds = dataset()
    first = index.insert_dataset(ds, name="first")
    second = index.insert_dataset(ds, name="second")
    assert first.cid == second.cid
    assert index.get_dataset("first").name == "first"
    assert index.get_dataset("second").name == "second"
    assert [entry.name for entry in index.list_datasets()] == ["first", "second"]


def test_a_name_used_twice_is_found_by_its_newest_version(index: LocalIndex, rows: Rows) -> None:
    """TRAPS C7."""
    old = index.write_samples(rows(5), name="winter")
    new = index.write_samples(rows(6), name="winter")
    assert (old.version, new.version) == ("1.0.0", "1.1.0")
    assert index.get_dataset("winter") == new
    assert index.get_dataset("winter@1.0.0") == old
    assert index.versions("winter") == [old, new]
    assert index.list_datasets() == [new]


def test_older_content_keeps_its_version(index: LocalIndex, rows: Rows) -> None:
    old = index.write_samples(rows(5), name="winter")
    new = index.write_samples(rows(6), name="winter")
    assert index.write_samples(rows(5), name="winter") == old
    assert index.get_dataset("winter") == new
    back = index.write_samples(rows(5), name="winter", version="1.2.0")
    assert index.get_dataset("winter") == back
    assert back.cid == old.cid


@pytest.mark.parametrize(
    "said",
    [
        {"metadata": {"k": 2}},
        {"description": "other"},
        {"tags": ["other"]},
        {"license": "MIT"},
    ],
)
def test_what_is_said_of_a_dataset_is_part_of_its_version(
    index: LocalIndex, rows: Rows, said: dict[str, Any]
) -> None:
    index.write_samples(rows(5), name="winter", metadata={"k": 1})
    entry = index.write_samples(rows(5), name="winter", **said)
    assert entry.version == "1.1.0"
    assert index.write_samples(rows(5), name="winter", **said) == entry


def test_a_taken_version_is_refused_and_leaves_no_shard(index: LocalIndex, rows: Rows) -> None:
    index.write_samples(rows(5), name="winter", version="2.0.0")
    with pytest.raises(IndexConflictError, match=r"winter@2\.0\.0"):
        index.write_samples(rows(6), name="winter", version="2.0.0")
    assert len(shards_below(index)) == 1


def test_versions_are_ordered_by_number_not_by_time_or_letter(
    index: LocalIndex, rows: Rows
) -> None:
    for count, version in enumerate(["1.10.0", "1.9.0", "0.1.0"], start=2):
        index.write_samples(rows(count), name="winter", version=version)
    assert [entry.version for entry in index.versions("winter")] == ["0.1.0", "1.9.0", "1.10.0"]
    assert index.get_dataset("winter").samples == 2
    assert index.write_samples(rows(9), name="winter").version == "1.11.0"
    assert [entry.ref for entry in index] == ["winter@1.11.0"]


def test_a_version_has_three_numbers(index: LocalIndex, rows: Rows) -> None:
    with pytest.raises(SchemaVersionError, match=r"1\.0"):
        index.write_samples(rows(2), name="winter", version="1.0")


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "a\x00b", "winter@1.0.0", "x" * 501])
def test_a_name_that_could_not_be_found_again_is_refused(
    index: LocalIndex, rows: Rows, name: str
) -> None:
    with pytest.raises(DatasetNameError):
        index.write_samples(rows(2), name=name)
    assert len(index) == 0
    assert shards_below(index) == []


@pytest.mark.parametrize("name", ["日本/天気", "a@b", "{a,b} [x]*", "a:b", "Größe ½", "-"])
def test_any_other_name_is_found_again(index: LocalIndex, rows: Rows, name: str) -> None:
    entry = index.write_samples(rows(3), name=name)
    assert index.get_dataset(name) == entry
    assert index.get_dataset(f"{name}@1.0.0") == entry
    assert [reading.celsius for reading in entry.dataset()] == [0.0, 1.0, 2.0]


# ---- looking up ----------------------------------------------------------------------------------


def test_an_entry_is_found_by_its_cid(index: LocalIndex, dataset: MakeDataset) -> None:
    entry = index.insert_dataset(dataset(), name="winter")
    facts = {"schema_ref": entry.schema_ref, "data_urls": entry.data_urls}
    assert entry.cid == generate_cid(facts)
    assert index.get_dataset(entry.cid) == entry


def test_a_misspelled_name_is_answered_with_what_is_there(index: LocalIndex, rows: Rows) -> None:
    index.write_samples(rows(2), name="winter-in-lund")
    with pytest.raises(KeyError, match="'winter-in-lund'"):
        index.get_dataset("wintr-in-lund")
    with pytest.raises(DatasetNotFoundError, match=r"no version 3\.0\.0, only 1\.0\.0"):
        index.get_dataset("winter-in-lund@3.0.0")


def test_an_index_says_what_is_in_it(index: LocalIndex, rows: Rows) -> None:
    assert len(index) == 0
    assert bool(index)
    entry = index.write_samples(rows(2), name="winter")
    assert "winter" in index
    assert "winter@1.0.0" in index
    assert entry in index
    assert "summer" not in index
    assert 3 not in index
    assert list(index) == [entry]


def test_the_capabilities_are_found_by_protocol(index: LocalIndex, rows: Rows) -> None:
    assert isinstance(index, Searchable)
    assert isinstance(index, Countable)
    assert isinstance(index, Paged)
    assert isinstance(index.write_samples(rows(2), name="winter"), IndexEntry)


def test_pages_come_in_every_order_from_both_ends(index: LocalIndex, rows: Rows) -> None:
    for name, count in (("b", 300), ("a", 2), ("c", 30)):
        index.write_samples(rows(count), name=name)

    def names(order: str) -> str:
        return "".join(entry.name for entry in index.page(order=order).items)

    assert names("name") == "abc"
    assert names("date") == "bac"
    assert names("size") == "acb"
    for order in ("name", "date", "size"):
        assert names(f"-{order}") == names(order)[::-1]
    page = index.page(limit=2, offset=1)
    assert [entry.name for entry in page.items] == ["b", "c"]
    assert (page.total, page.offset) == (3, 1)
    with pytest.raises(IndexError_, match="colour"):
        index.page(order="colour")


def test_all_datasets_are_listed_past_every_block(index: LocalIndex, dataset: MakeDataset) -> None:
    """TRAPS 4.3: listings stopped at 100."""
    ds = dataset()
    names = [f"d{number:04d}" for number in range(1_203)]
    index.insert_datasets((ds, {"name": name}) for name in names)
    assert [entry.name for entry in index.datasets] == names
    assert len(index.list_datasets()) == index.count() == 1_203


# ---- search --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("winter", ["winter"]),
        ("win", ["winter"]),
        ("COLD", ["winter"]),
        ("lund swed", ["winter"]),
        ("reading", ["summer", "winter"]),
        ("celsius", ["summer", "winter"]),
        ("grosse", ["summer"]),
        ("größe", ["summer"]),
        ("気温", ["summer"]),
        ("winter nothing", []),
        ("OR winter", []),
        ("", ["summer", "winter"]),
        ("--", ["summer", "winter"]),
    ],
)
def test_a_search_looks_at_names_tags_descriptions_and_schemas(
    index: LocalIndex, rows: Rows, query: str, found: list[str]
) -> None:
    index.write_samples(
        rows(2), name="winter", tags=["cold"], description="Lund, Sweden: one winter"
    )
    index.write_samples(rows(3), name="summer", description="Größe der Stadt, 日本の気温")
    page = index.search(query)
    assert sorted(entry.name for entry in page.items) == found
    assert page.total == len(found)


def test_a_word_in_the_name_comes_before_one_in_the_description(
    index: LocalIndex, rows: Rows
) -> None:
    index.write_samples(rows(2), name="other", description="not about winter")
    index.write_samples(rows(3), name="winter")
    index.write_samples(rows(4), name="more", description="winter and summer and autumn")
    assert next(iter(index.search("winter").items)).name == "winter"


def test_a_search_finds_only_what_a_name_is_now(index: LocalIndex, rows: Rows) -> None:
    index.write_samples(rows(2), name="a", description="snow")
    index.write_samples(rows(3), name="a", description="rain")
    assert index.search("snow").items == []
    assert [entry.version for entry in index.search("rain").items] == ["1.1.0"]
    index.remove("a@1.1.0")
    assert [entry.version for entry in index.search("snow").items] == ["1.0.0"]
    index.remove("a")
    assert index.search("snow").total == 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(st.text())
def test_no_query_ever_reaches_the_query_language(index: LocalIndex, query: str) -> None:
    assert index.search(query).total == 0


def test_pages_of_a_search_do_not_overlap(index: LocalIndex, dataset: MakeDataset) -> None:
    ds = dataset()
    index.insert_datasets((ds, {"name": f"n{i}", "tags": ["all"]}) for i in range(25))
    pages = [index.search("all", limit=10, offset=offset) for offset in (0, 10, 20)]
    names = [entry.name for page in pages for entry in page.items]
    assert sorted(names) == sorted(f"n{i}" for i in range(25))
    assert {page.total for page in pages} == {25}


# ---- schemas -------------------------------------------------------------------------------------


def make_type(fields: dict[str, type]) -> type:
    return packable(type("Row", (), {"__annotations__": fields, "__doc__": "A row."}))


def test_a_published_schema_never_changes(index: LocalIndex) -> None:
    """TRAPS C8."""
    ref = index.publish_schema(make_type({"a": int}), version="1.0.0")
    assert index.publish_schema(make_type({"a": int}), version="1.0.0") == ref
    with pytest.raises(SchemaConflictError, match=r"Row@1\.0\.0"):
        index.publish_schema(make_type({"a": str}), version="1.0.0")
    assert index.get_schema(ref)["fields"][0]["fieldType"]["primitive"] == "int"


@pytest.mark.parametrize("version", ["1.0", "not a version", "1@2.0.0", "", "01.0.0"])
def test_a_schema_version_is_three_numbers(index: LocalIndex, version: str) -> None:
    """TRAPS C8."""
    with pytest.raises(SchemaVersionError):
        index.publish_schema(make_type({"a": int}), version=version)
    assert index.list_schemas() == []


def test_another_schema_of_the_same_name_gets_the_next_version(index: LocalIndex) -> None:
    first = index.publish_schema(make_type({"a": int}))
    second = index.publish_schema(make_type({"a": str}))
    assert first == "atdata://local/sampleSchema/Row@1.0.0"
    assert second == "atdata://local/sampleSchema/Row@2.0.0"
    assert index.publish_schema(make_type({"a": int})) == first
    assert [schema["version"] for schema in index.schemas] == ["1.0.0", "2.0.0"]
    assert index.get_schema("Row")["version"] == "2.0.0"
    assert index.get_schema("Row@1.0.0")["$ref"] == first


@pytest.mark.parametrize(
    ("fields", "version"),
    [
        ({"a": int, "b": str}, "1.0.0"),
        ({"a": int | None, "b": str}, "1.1.0"),
        ({"a": float, "b": str}, "1.1.0"),
        ({"a": int}, "2.0.0"),
        ({"a": str, "b": str}, "2.0.0"),
        ({"a": int, "b": str, "c": int}, "2.0.0"),
    ],
)
def test_the_next_version_says_whether_old_data_still_reads(
    index: LocalIndex, fields: dict[str, Any], version: str
) -> None:
    index.publish_schema(make_type({"a": int, "b": str}))
    assert index.publish_schema(make_type(fields)).endswith(f"Row@{version}")


def test_new_words_alone_are_a_patch(index: LocalIndex) -> None:
    row = make_type({"a": int})
    index.publish_schema(row, version="1.2.0")
    assert index.publish_schema(row, description="Other words.").endswith("Row@1.2.1")


def test_a_version_counts_from_the_newest_whatever_came_last(index: LocalIndex) -> None:
    index.publish_schema(make_type({"a": int}), version="3.1.0")
    index.publish_schema(make_type({"b": int}), version="1.0.0")
    assert index.publish_schema(make_type({"a": float})).endswith("Row@3.2.0")
    assert index.publish_schema(make_type({"b": int})).endswith("Row@1.0.0")


def test_publishers_of_other_content_at_once_never_share_a_version(
    open_index: Callable[[], LocalIndex],
) -> None:
    """TRAPS C9: 4 threads of 20 publishes left 24 of 80 versions."""
    index = open_index()
    refs: list[str] = []
    start = threading.Barrier(4)

    def publish(number: int) -> None:
        rows = [make_type({f"f{number}_{i}": int}) for i in range(20)]
        start.wait()
        refs.extend(index.publish_schema(row) for row in rows)

    threads = [threading.Thread(target=publish, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(refs)) == len(index.list_schemas()) == 80


def test_twenty_publishers_at_once_give_each_content_one_version(
    open_index: Callable[[], LocalIndex],
) -> None:
    """TRAPS C9."""
    index = open_index()
    types = [make_type({f"f{number}": int}) for number in range(20)]
    refs: list[tuple[int, str]] = []
    start = threading.Barrier(4)

    def publish() -> None:
        start.wait()
        refs.extend([(number, index.publish_schema(row)) for number, row in enumerate(types)])

    threads = [threading.Thread(target=publish) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refs) == 80
    assert len(set(refs)) == len({ref for _, ref in refs}) == 20
    assert len(index.list_schemas()) == 20


def test_a_schema_that_is_not_there_is_a_key_error(index: LocalIndex) -> None:
    with pytest.raises(KeyError, match="Row"):
        index.get_schema("atdata://local/sampleSchema/Row@1.0.0")
    with pytest.raises(SchemaNotFoundError):
        index.decode_schema("at://did:plc:x/ac.foundation.dataset.sampleSchema/3k")
    with pytest.raises(ValueError, match="no such thing"):
        index.get_schema("no such thing/")


def test_a_schema_can_be_published_by_itself(index: LocalIndex, picture: type) -> None:
    ref = index.publish_schema(schema_from_type(picture), description="Pictures.")
    decoded = index.decode_schema(ref)
    sample = decoded.from_data({"image": np.eye(2, dtype=np.uint8), "label": 3})
    assert sample.label == 3  # type: ignore[attr-defined]
    assert index.get_schema(ref)["description"] == "Pictures."


# ---- data and schema together --------------------------------------------------------------------


def test_data_never_refers_to_a_schema_that_is_not_stored(
    index: LocalIndex, dataset: MakeDataset, rows: Rows
) -> None:
    """TRAPS C18."""
    entries = [
        index.insert_dataset(dataset("a"), name="listed"),
        index.insert_dataset(dataset("b", start=5), name="copied", copy=True),
        index.write_samples(rows(3), name="written"),
        *index.insert_datasets([(dataset("c", start=9), {"name": "many"})]),
    ]
    for entry in entries:
        assert entry.schema["name"] == "Reading"
        assert [type(sample).__name__ for sample in entry.dataset().head(1)] == ["Reading"]
    with pytest.raises(SchemaNotFoundError, match="Reading@7"):
        index.insert_dataset(
            dataset(), name="x", schema_ref="atdata://local/sampleSchema/Reading@7.0.0"
        )
    assert "x" not in index


def test_a_stored_schema_can_be_named(index: LocalIndex, dataset: MakeDataset) -> None:
    ref = index.publish_schema(dataset().sample_type, version="3.0.0")
    assert index.insert_dataset(dataset(), name="x", schema_ref=ref).schema_ref == ref
    assert index.insert_dataset(dataset(), name="y", schema_ref=ref, copy=True).schema_ref == ref


def test_every_shard_of_a_dataset_is_listed(index: LocalIndex, dataset: MakeDataset) -> None:
    """TRAPS C14."""
    ds = dataset(shards=3)
    entry = index.insert_dataset(ds, name="three")
    assert entry.data_urls == ds.list_shards()
    assert entry.bytes == sum(Path(url).stat().st_size for url in entry.data_urls)
    read = [sample.celsius for sample in index.get_dataset("three").dataset()]
    assert read == [0, 1, 2, 100, 101, 102, 200, 201, 202]


def test_a_brace_pattern_stays_one_and_reads_all_shards(
    index: LocalIndex, dataset: MakeDataset, reading: type, tmp_path: Path
) -> None:
    """TRAPS C14."""
    dataset(shards=3)
    pattern = str(tmp_path / "data" / "plain-{000000..000002}.tar")
    entry = index.insert_dataset(Dataset(pattern, sample_type=reading), name="three")
    assert entry.data_urls == [pattern]
    assert len(list(entry.dataset())) == 9


def test_what_a_star_matches_today_is_what_the_entry_keeps(
    index: LocalIndex, dataset: MakeDataset, reading: type, tmp_path: Path
) -> None:
    shards = dataset(shards=2).list_shards()
    pattern = str(tmp_path / "data" / "plain-*.tar")
    entry = index.insert_dataset(Dataset(pattern, sample_type=reading), name="two")
    assert entry.data_urls == shards


def test_a_relative_path_is_found_from_every_folder(
    index: LocalIndex,
    dataset: MakeDataset,
    reading: type,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dataset(shards=2)
    monkeypatch.chdir(tmp_path / "data")
    one = Dataset("plain-000000.tar", sample_type=reading)
    two = Dataset("plain-{000000..000001}.tar", sample_type=reading)
    index.insert_dataset(one, name="one")
    index.insert_dataset(two, name="two")
    monkeypatch.chdir("/")
    assert len(list(index.get_dataset("one").dataset())) == 3
    assert len(list(index.get_dataset("two").dataset())) == 6


def test_a_shard_that_vanished_is_noticed_when_listed(
    index: LocalIndex, dataset: MakeDataset
) -> None:
    ds = dataset()
    Path(ds.list_shards()[0]).unlink()
    with pytest.raises(ShardNotFoundError):
        index.insert_dataset(ds, name="gone")
    assert len(index) == 0


def test_data_seen_through_a_lens_is_listed_only_as_a_copy(
    index: LocalIndex, dataset: MakeDataset
) -> None:
    ds = dataset()
    source: type = ds.sample_type

    @packable
    class Kelvin:
        kelvins: float

    def warmer(sample: Any) -> Any:
        return Kelvin(sample.celsius + 273)

    warmer.__annotations__ = {"sample": source, "return": Kelvin}
    lens(warmer)
    seen = ds.as_type(Kelvin)
    with pytest.raises(LensError, match="copy=True"):
        index.insert_dataset(seen, name="kelvin")
    entry = index.insert_dataset(seen, name="kelvin", copy=True)
    assert [sample.kelvins for sample in entry.dataset()] == [273, 274, 275]


def test_a_copy_keeps_bytes_and_keys(index: LocalIndex, dataset: MakeDataset) -> None:
    ds = dataset(shards=2)
    entry = index.insert_dataset(ds, name="copied", copy=True)
    assert list(entry.dataset().raw()) == list(ds.raw())
    assert all(index.path.as_posix() in url for url in entry.data_urls)
    assert [shard.samples for shard in entry.shards] == [3, 3]
    assert (entry.samples, entry.bytes) == (6, sum(shard.bytes for shard in entry.shards))


def test_a_misspelled_argument_does_not_pass_unseen(
    index: LocalIndex, dataset: MakeDataset
) -> None:
    with pytest.raises(TypeError, match="descripton"):
        index.insert_dataset(dataset(), name="x", descripton="typo")
    with pytest.raises(TypeError, match="verison"):
        index.publish_schema(dataset().sample_type, verison="1.0.0")
    with pytest.raises(TypeError, match="maxcuont"):
        index.write_samples(dataset(), name="x", maxcuont=3)
    assert len(index) == 0


def test_many_datasets_are_listed_all_or_none(index: LocalIndex, dataset: MakeDataset) -> None:
    ds = dataset()
    with pytest.raises(IndexConflictError):
        index.insert_datasets(
            [
                (ds, {"name": "a", "version": "1.0.0"}),
                (ds, {"name": "a", "version": "1.0.0", "description": "other"}),
            ]
        )
    assert len(index) == 0
    entries = index.insert_datasets((ds, {"name": name}) for name in ("a", "b", "a"))
    assert [entry.ref for entry in entries] == ["a@1.0.0", "b@1.0.0", "a@1.0.0"]


# ---- writing -------------------------------------------------------------------------------------


def test_written_samples_have_their_facts_and_read_back(index: LocalIndex, picture: type) -> None:
    samples = [picture(np.full((4, 4), i, np.uint8), i) for i in range(5)]
    entry = index.write_samples(samples, name="pictures", maxcount=2)
    assert [shard.samples for shard in entry.shards] == [2, 2, 1]
    assert entry.data_urls == [shard.url for shard in entry.shards]
    assert entry.samples == 5
    assert entry.bytes == sum(Path(url).stat().st_size for url in entry.data_urls)
    assert all(shard.cid.startswith("bafkrei") for shard in entry.shards)
    found = index.get_dataset("pictures")
    assert found == entry
    read = list(found.dataset())
    assert [sample.label for sample in read] == [0, 1, 2, 3, 4]
    assert read[3].image.dtype == np.uint8
    assert list(found.dataset(picture)) == samples


def test_a_write_that_fails_leaves_neither_entry_nor_shard(index: LocalIndex, rows: Rows) -> None:
    """TRAPS C25."""

    def samples() -> Iterator[Any]:
        yield from rows(2_000)
        raise RuntimeError("the sensor broke")

    with pytest.raises(RuntimeError, match="sensor"):
        index.write_samples(samples(), name="winter", maxcount=100)
    with pytest.raises(EmptyDatasetError, match="winter"):
        index.write_samples([], name="winter")
    with pytest.raises(SampleTypeError):
        index.write_samples([*rows(2), DictSample(a=1)], name="winter")
    with pytest.raises(UnsafePathError):
        index.write_samples(rows(2), name="../../winter")
    assert len(index) == 0
    assert [
        path
        for path in index.path.rglob("*")
        if path.is_file() and "index.db" not in path.name and path.name != "writing.lock"
    ] == []


@pytest.mark.parametrize("folder", ["a{b,c}", "a{0..3}", "a*", "a[1]"])
def test_a_home_that_looks_like_a_pattern_is_none(tmp_path: Path, rows: Rows, folder: str) -> None:
    with LocalIndex(tmp_path / folder) as index:
        index.write_samples(rows(3), name="winter")
        assert len(list(index.get_dataset("winter").dataset())) == 3


def test_a_failed_write_keeps_the_shards_that_were_there(index: LocalIndex, rows: Rows) -> None:
    """TRAPS C25."""
    index.write_samples(rows(5), name="winter", version="1.0.0")
    with pytest.raises(IndexConflictError):
        index.write_samples(rows(5), name="winter", version="1.0.0", description="other")
    assert len(list(index.get_dataset("winter").dataset())) == 5


def test_writing_never_holds_all_samples(index: LocalIndex) -> None:
    alive: Counter[str] = Counter()

    @packable
    class Counted:
        n: int

        def __del__(self) -> None:
            alive["now"] -= 1

    def samples() -> Iterator[Any]:
        for n in range(20_000):
            alive["now"] += 1
            alive["most"] = max(alive["most"], alive["now"])
            yield Counted(n)

    gc.collect()
    assert index.write_samples(samples(), name="many").samples == 20_000
    assert alive["most"] < 2_000


def test_progress_is_told_while_writing(index: LocalIndex, rows: Rows) -> None:
    told: list[int] = []
    index.write_samples(rows(600), name="winter", progress=told.append)
    assert told == [256, 512, 600]


def test_samples_without_a_type_get_a_schema_from_what_they_hold(index: LocalIndex) -> None:
    """TRAPS 4.4: an untyped dataset could not be inserted."""
    samples = [
        DictSample(n=1, tag="a", image=np.zeros((2, 2), np.float32), extra=None, words=[]),
        DictSample(n=2, tag=None, image=np.ones((3, 1), np.float32), extra=2, words=["x"]),
    ]
    entry = index.write_samples(samples, name="my rows", tags=["x"])
    assert entry.schema.schema.name == "MyRows"
    kinds = {field.name: (field.type.kind, field.optional) for field in entry.schema.schema.fields}
    assert kinds == {
        "n": ("primitive", False),
        "tag": ("primitive", True),
        "image": ("ndarray", False),
        "extra": ("primitive", True),
        "words": ("array", False),
    }
    read = list(entry.dataset())
    assert [(sample.n, sample.tag, sample.words) for sample in read] == [
        (1, "a", []),
        (2, None, ["x"]),
    ]
    assert np.array_equal(read[1].image, np.ones((3, 1), np.float32))
    listed = index.insert_dataset(entry.dataset(DictSample), name="by reference")
    assert [field.name for field in listed.schema.schema.fields] == list(kinds)


def test_metadata_keeps_plain_values_and_numpy_numbers(index: LocalIndex, rows: Rows) -> None:
    metadata = {"mean": np.float32(0.5), "n": np.int64(3), "deep": {"b": b"\x00", "l": [1, None]}}
    index.write_samples(rows(2), name="winter", metadata=metadata)
    found = index.get_dataset("winter").metadata
    assert found == {"mean": 0.5, "n": 3, "deep": {"b": b"\x00", "l": [1, None]}}
    with pytest.raises(SampleTypeError, match="metadata"):
        index.write_samples(rows(2), name="winter", metadata={"x": object()})
    with pytest.raises(SampleTypeError, match="metadata"):
        index.write_samples(rows(2), name="winter", metadata={1: 2})  # type: ignore[dict-item]


def test_metadata_of_a_dataset_comes_along(index: LocalIndex, dataset: MakeDataset) -> None:
    ds = dataset()
    given = Dataset(ds.list_shards(), sample_type=ds.sample_type, metadata={"k": 1})
    assert index.insert_dataset(given, name="a").metadata == {"k": 1}
    assert index.insert_dataset(given, name="b", metadata={"k": 2}).metadata == {"k": 2}
    assert index.insert_dataset(given, name="c", copy=True).metadata == {"k": 1}
    assert index.get_dataset("a").dataset().metadata == {"k": 1}


def test_a_store_of_somebody_else_needs_only_the_protocol(tmp_path: Path, rows: Rows) -> None:
    class Plain:
        def __init__(self) -> None:
            self.inner = LocalDiskStore(tmp_path / "plain")

        def write_shards(self, ds: Dataset[Any], *, prefix: str, **options: Any) -> list[str]:
            return self.inner.write_shards(ds, prefix=prefix, **options)

        def read_url(self, url: str) -> str:
            return url

        def supports_streaming(self) -> bool:
            return True

    with LocalIndex(tmp_path / "home", data_store=Plain()) as index:
        entry = index.write_samples(rows(3), name="winter")
        assert entry.shards == ()
        assert entry.samples is None
        assert len(list(entry.dataset())) == 3
        assert isinstance(index.data_store, Plain)


# ---- taking out ----------------------------------------------------------------------------------


def test_a_removed_version_uncovers_the_one_before(index: LocalIndex, rows: Rows) -> None:
    index.write_samples(rows(2), name="winter")
    index.write_samples(rows(3), name="winter")
    gone = index.remove("winter@1.1.0")
    assert [entry.ref for entry in gone] == ["winter@1.1.0"]
    assert index.get_dataset("winter").version == "1.0.0"
    assert len(index) == 1
    index.remove("winter")
    assert len(index) == 0
    assert index.list_datasets() == []
    with pytest.raises(DatasetNotFoundError):
        index.remove("winter")


def test_removing_an_older_version_changes_nothing_else(index: LocalIndex, rows: Rows) -> None:
    index.write_samples(rows(2), name="winter")
    new = index.write_samples(rows(3), name="winter")
    index.remove("winter@1.0.0")
    assert index.list_datasets() == [new]
    assert len(index) == 1
    assert index.search("winter").items == [new]


def test_shards_are_deleted_only_when_nothing_lists_them(
    index: LocalIndex, dataset: MakeDataset, rows: Rows
) -> None:
    entry = index.write_samples(rows(2), name="winter")
    index.insert_dataset(entry.dataset(), name="same")
    outside = index.insert_dataset(dataset(), name="outside")
    index.remove("winter", delete_shards=True)
    assert len(shards_below(index)) == 1
    index.remove("same", delete_shards=True)
    index.remove("outside", delete_shards=True)
    assert shards_below(index) == []
    assert Path(outside.data_urls[0]).exists()


# ---- the object itself ---------------------------------------------------------------------------


def test_what_one_opens_another_sees(open_index: Callable[[], LocalIndex], rows: Rows) -> None:
    first, second = open_index(), open_index()
    entry = first.write_samples(rows(2), name="winter")
    assert second.get_dataset("winter") == entry


def test_an_index_and_its_entries_can_be_pickled(index: LocalIndex, rows: Rows) -> None:
    entry = index.write_samples(rows(2), name="winter", metadata={"k": 1})
    other = pickle.loads(pickle.dumps(index))
    assert other.get_dataset("winter") == entry
    copy = pickle.loads(pickle.dumps(entry))
    assert copy == entry
    assert len(list(copy.dataset())) == 2
    assert hash(copy) == hash(entry)
    other.close()


def test_a_closed_index_says_so(index: LocalIndex, rows: Rows) -> None:
    index.write_samples(rows(2), name="winter")
    with index:
        assert len(index) == 1
    with pytest.raises(IndexClosedError):
        index.get_dataset("winter")
    assert "closed" in repr(index)


def test_a_repr_tells_the_facts_without_the_machine(index: LocalIndex, rows: Rows) -> None:
    index.write_samples(rows(2), name="summer")
    index.write_samples(rows(3), name="winter", tags=["cold"], metadata={"k": 1}, license="CC0-1.0")
    assert repr(index) == (
        f"LocalIndex {index._where}: 2 datasets\n"
        "  summer@1.0.0  Reading@1.0.0\n  winter@1.0.0  Reading@1.0.0"
    )
    entry = index.get_dataset("winter")
    lines = repr(entry).splitlines()
    assert lines[:3] == [
        "LocalEntry winter@1.0.0",
        "  schema    Reading@1.0.0",
        "  data      3 samples · 1 shard · 10,240 bytes",
    ]
    assert lines[3].startswith("  first     winter-000000-")
    assert lines[4:] == ["  tags      cold", "  license   CC0-1.0", "  metadata  k=1"]


def test_the_browser_is_found_by_name(index: LocalIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Any] = []
    notebook = import_module("atdata_nb.notebook")
    monkeypatch.setattr(notebook, "browse", lambda *args, **named: opened.append((args, named)))
    index.browse(query="cold")
    assert opened == [((index,), {"query": "cold"})]


def test_the_home_is_where_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATDATA_NB_HOME", str(tmp_path / "mine"))
    assert default_home() == tmp_path / "mine"
    with LocalIndex() as index:
        assert index.path == tmp_path / "mine"
    monkeypatch.delenv("ATDATA_NB_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert default_home().name == "atdata_nb"
    monkeypatch.setenv("HOME", str(tmp_path))
    with LocalIndex(tmp_path / "a" / "b") as index:
        assert repr(index) == "LocalIndex ~/a/b: 0 datasets"
