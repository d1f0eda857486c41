"""Narrowing a list down, in SQLite and in Redis alike."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from atdata_nb import Dataset, LocalIndex
from atdata_nb.errors import IndexError_
from atdata_nb.protocols import Faceted

LISTED = (
    ("audio-lund", "/data/a.tar", ("audio",), "MIT"),
    ("audio-visby", "s3://bucket/b.tar", ("audio", "sea"), None),
    ("image-lund", "https://example.org/c.tar", ("image",), "MIT"),
    ("image-visby", "s3://bucket/d.tar", ("image", "sea"), "CC0-1.0"),
)


@pytest.fixture
def filled(index: LocalIndex, reading: type, tmp_path: Path) -> LocalIndex:
    (tmp_path / "a.tar").touch()
    for name, url, tags, license_ in LISTED:
        place = str(tmp_path / "a.tar") if url.startswith("/") else url
        ds = Dataset(place, sample_type=reading)
        index.insert_dataset(ds, name=name, tags=tags, license=license_)
    return index


def names(index: LocalIndex, query: str = "", **narrowed: Any) -> list[str]:
    return [entry.name for entry in index.select(query, **narrowed).items]


def test_both_kinds_of_index_can_narrow_their_lists(index: LocalIndex) -> None:
    assert isinstance(index, Faceted)
    assert index.select(facets={"tag": "x"}).total == 0
    assert index.facet_counts() == {"place": [], "schema": [], "tag": [], "license": []}


def test_one_facet_and_several_narrow_the_list(filled: LocalIndex) -> None:
    assert names(filled, facets={"place": "local"}) == ["audio-lund"]
    assert names(filled, facets={"tag": "sea"}) == ["audio-visby", "image-visby"]
    assert names(filled, facets={"tag": "sea", "license": "CC0-1.0"}) == ["image-visby"]
    assert names(filled, facets={"tag": "sea", "place": "local"}) == []


def test_a_query_and_facets_and_an_order_go_together(filled: LocalIndex) -> None:
    assert names(filled, "lund", facets={"license": "MIT"}, order="-name") == [
        "image-lund",
        "audio-lund",
    ]
    assert names(filled, "lund", facets={"place": "network"}) == ["image-lund"]
    page = filled.select("", facets={"place": "s3"}, order="-date", limit=1, offset=1)
    assert ([e.name for e in page.items], page.total) == (["audio-visby"], 2)
    assert names(filled, "audio", facets={}, order="-name") == ["audio-visby", "audio-lund"]


def test_values_are_counted_among_what_else_matches(filled: LocalIndex) -> None:
    counts = filled.facet_counts()
    assert counts["place"] == [("s3", 2), ("local", 1), ("network", 1)]
    assert counts["tag"] == [("audio", 2), ("image", 2), ("sea", 2)]
    assert counts["license"] == [("MIT", 2), ("CC0-1.0", 1)]
    ((ref, number),) = counts["schema"]
    assert (ref.rpartition("/")[2], number) == ("Reading@1.0.0", 4)
    # What all have narrows nothing down.
    assert filled.facet_counts(facets={"schema": ref})["place"] == counts["place"]
    narrowed = filled.facet_counts("lund", facets={"place": "local"})
    assert narrowed["place"] == [("local", 1), ("network", 1)]
    assert narrowed["tag"] == [("audio", 1)]


def test_only_the_commonest_values_are_told(filled: LocalIndex) -> None:
    assert filled.facet_counts(most=1)["place"] == [("s3", 2)]
    assert filled.facet_counts(most=0)["place"] == []


def test_a_new_version_and_a_removal_are_counted(filled: LocalIndex, reading: type) -> None:
    ds = Dataset("s3://bucket/b2.tar", sample_type=reading)
    filled.insert_dataset(ds, name="audio-visby", tags=("river",))
    assert names(filled, facets={"tag": "sea"}) == ["image-visby"]
    assert names(filled, facets={"tag": "river"}) == ["audio-visby"]
    filled.remove("audio-visby@2.0.0" if "audio-visby@2.0.0" in filled else "audio-visby@1.1.0")
    assert names(filled, facets={"tag": "sea"}) == ["audio-visby", "image-visby"]
    filled.remove("image-visby")
    assert filled.facet_counts()["tag"] == [("audio", 2), ("image", 1), ("sea", 1)]


def test_an_unknown_kind_or_order_is_refused(index: LocalIndex) -> None:
    with pytest.raises(IndexError_, match="place, schema, tag, license"):
        index.select(facets={"colour": "red"})
    with pytest.raises(IndexError_, match="name, date, size"):
        index.select(facets={}, order="colour")


def test_a_file_of_before_gets_its_facets(reading: type, tmp_path: Path) -> None:
    with closing(LocalIndex(tmp_path)) as index:
        ds = Dataset("s3://bucket/b.tar", sample_type=reading)
        index.insert_dataset(ds, name="old", tags=("sea",), license="MIT")
    with closing(sqlite3.connect(tmp_path / "index.db")) as db:
        db.executescript("DROP TABLE facets; PRAGMA user_version = 3")
    with closing(LocalIndex(tmp_path)) as index:
        assert names(index, facets={"tag": "sea"}) == ["old"]
        counts = index.facet_counts()
    assert (counts["place"], counts["license"]) == ([("s3", 1)], [("MIT", 1)])


def test_a_redis_of_before_gets_its_facets(empty_redis: str, reading: type) -> None:
    import redis

    with closing(LocalIndex("unused", redis=empty_redis)) as index:
        ds = Dataset("s3://bucket/b.tar", sample_type=reading)
        index.insert_dataset(ds, name="old", tags=("sea",))
    with closing(redis.Redis.from_url(empty_redis)) as client:
        client.hset("atdata_nb:state", "layout", 1)
        client.delete("atdata_nb:facet_values", *client.keys("atdata_nb:facets:*"))
    with closing(LocalIndex("unused", redis=empty_redis)) as index:
        assert names(index, facets={"tag": "sea"}) == ["old"]
        assert index.facet_counts()["place"] == [("s3", 1)]
