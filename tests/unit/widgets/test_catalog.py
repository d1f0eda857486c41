from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from atdata_nb.protocols import Page
from atdata_nb.widgets.catalog import Catalog, Listing
from atdata_nb.widgets.wanted import Wanted

ALL = Wanted()


def names(listing: Listing) -> list[str]:
    return [row.entry.name for row in listing.rows]


def whole(catalog: Catalog, wanted: Wanted, *, offset: int = 0, limit: int = 50) -> Listing:
    """The page once everything that it takes was read."""
    for _ in count():
        listing = catalog.page(wanted, offset=offset, limit=limit)
        if listing.done:
            return listing
    raise AssertionError


def test_the_first_page_of_any_index_reads_one_page(plain: Any) -> None:
    listing = Catalog([plain]).page(ALL, offset=0, limit=50)
    assert names(listing)[::49] == ["dataset-00000", "dataset-00049"]
    assert (listing.total, listing.done) == (None, True)
    assert plain.read == 50


def test_a_page_far_down_is_reached_in_strides_without_starting_over(plain: Any) -> None:
    catalog = Catalog([plain])
    partial = catalog.page(ALL, offset=9_950, limit=50)
    assert (partial.done, names(partial)) == (False, [])
    assert names(whole(catalog, ALL, offset=9_950))[0] == "dataset-09950"
    assert plain.read == 10_000


def test_the_last_page_knows_how_many_there_are(plain: Any) -> None:
    listing = whole(Catalog([plain]), ALL, offset=11_980)
    assert (listing.total, len(listing.rows)) == (12_000, 20)


def test_a_search_where_the_index_has_none_goes_on_from_request_to_request(plain: Any) -> None:
    catalog = Catalog([plain])
    wanted = Wanted("11999")
    first = catalog.page(wanted, offset=0, limit=50)
    assert (first.done, 0 < first.looked < 12_000) == (False, True)
    last = whole(catalog, wanted)
    assert (names(last), last.looked) == (["dataset-11999"], 12_000)
    assert plain.read == 12_000


def test_all_words_must_match_in_any_case(plain: Any) -> None:
    plain.entries[3].metadata = {"description": "Small Grey pictures", "tags": ["Optics"]}
    assert names(whole(Catalog([plain]), Wanted("grey OPTICS"))) == ["dataset-00003"]


def test_any_index_is_narrowed_and_sorted(plain: Any) -> None:
    for number, entry in enumerate(plain.entries):
        entry.data_urls = ["s3://bucket/a.tar" if number % 2 else "/data/a.tar"]
        entry.metadata = {"tags": ["few"] if number < 4 else ["many"]}
    few = Wanted(facets=(("tag", "few"),), order="-name")
    catalog = Catalog([plain])
    assert names(whole(catalog, few)) == [f"dataset-0000{n}" for n in (3, 2, 1, 0)]
    both = Wanted(facets=(("tag", "few"), ("place", "s3")), order="name")
    assert names(whole(catalog, both)) == ["dataset-00001", "dataset-00003"]


def test_facets_of_any_index_are_counted_in_strides(plain: Any) -> None:
    plain.entries[:] = plain.entries[:9]
    for number, entry in enumerate(plain.entries):
        entry.metadata = {"tags": ["even" if number % 2 == 0 else "odd", "all"]}
    tally = Catalog([plain]).tally(Wanted(facets=(("tag", "odd"),)))
    assert tally.counts["tag"] == [("all", 9), ("even", 5), ("odd", 4)]
    assert (tally.total, tally.done) == (4, True)


def test_an_index_that_can_page_search_and_count_is_asked_to(capable: Any) -> None:
    catalog = Catalog([capable])
    assert names(catalog.page(ALL, offset=11_999, limit=50)) == ["dataset-11999"]
    assert catalog.page(ALL, offset=0, limit=50).total == 12_000
    assert catalog.page(Wanted("-0000"), offset=0, limit=50).total == 10
    assert capable.read == 0


def test_refresh_shows_what_was_added_since(plain: Any) -> None:
    plain.entries[:] = plain.entries[:2]
    catalog = Catalog([plain])
    assert len(catalog.page(ALL, offset=0, limit=50).rows) == 2
    plain.entries.append(type(plain.entries[0])("new"))
    catalog.refresh()
    assert names(catalog.page(ALL, offset=0, limit=50))[-1] == "new"


def test_several_indexes_are_one_list_by_name(plain: Any, capable: Any) -> None:
    plain.entries[:] = [type(plain.entries[0])(f"dataset-{n:05}b") for n in range(12_000)]
    catalog = Catalog([capable, plain])
    listing = whole(catalog, ALL, offset=11_999, limit=4)
    assert names(listing) == ["dataset-05999b", "dataset-06000", "dataset-06000b", "dataset-06001"]
    assert [row.source for row in listing.rows] == [1, 0, 1, 0]
    assert listing.total == 24_000
    assert capable.read == 0


def test_every_page_of_a_merged_list_follows_the_one_before(plain: Any, capable: Any) -> None:
    capable.entries[:] = capable.entries[:130]
    plain.entries[:] = [type(plain.entries[0])(f"dataset-{n:05}") for n in range(0, 300, 7)]
    catalog = Catalog([capable, plain])
    whole(catalog, ALL)
    seen = [
        name for at in range(0, 200, 20) for name in names(whole(catalog, ALL, offset=at, limit=20))
    ]
    expected = sorted(entry.name for entry in (*capable.entries, *plain.entries))
    assert seen == expected


def test_the_best_matches_of_several_indexes_take_turns(capable: Any, plain: Any) -> None:
    plain.entries[:] = [type(plain.entries[0])("zebra 1"), type(plain.entries[0])("zebra 2")]
    capable.entries[:] = [type(plain.entries[0])("a zebra")]
    listing = whole(Catalog([plain, capable]), Wanted("zebra"))
    assert names(listing) == ["zebra 1", "a zebra", "zebra 2"]


def test_a_dead_index_is_noted_and_hides_no_other(plain: Any, capable: Any) -> None:
    plain.entries = None
    catalog = Catalog([plain, capable])
    listing = catalog.page(ALL, offset=0, limit=50)
    assert names(listing)[0] == "dataset-00000"
    assert listing.total == 12_000
    assert [note.source for note in listing.notes] == ["PlainIndex"]
    assert "iterable" in listing.notes[0].text
    plain.entries = [type(capable.entries[0])("a new one")]
    catalog.refresh()
    assert names(whole(catalog, ALL))[0] == "a new one"


def test_two_dead_indexes_are_an_error(plain: Any) -> None:
    plain.entries = None
    with pytest.raises(TypeError, match="iterable"):
        Catalog([plain, plain]).page(ALL, offset=0, limit=50)


def test_an_index_that_waits_for_a_server_is_read_aside(plain: Any) -> None:
    plain.is_remote = True
    plain.entries[:] = plain.entries[:3]
    catalog = Catalog([plain])
    assert names(whole(catalog, Wanted("00002"))) == ["dataset-00002"]
    # Its own search would ask the server again with each key that is pressed.
    assert names(whole(catalog, Wanted("0000"))) == [
        "dataset-00000",
        "dataset-00001",
        "dataset-00002",
    ]
    assert plain.read == 3


def test_schemas_are_listed_and_searched_by_their_fields(plain: Any) -> None:
    fields = [{"name": "pressure", "fieldType": {"$type": "local#primitive", "primitive": "float"}}]
    schema = {"name": "Weather", "version": "1.0.0", "fields": fields, "$ref": "x/Weather@1.0.0"}
    plain.stored = {"x/Weather@1.0.0": schema}
    catalog = Catalog([plain])
    assert names(whole(catalog, Wanted(listed="schemas"))) == ["Weather"]
    assert names(whole(catalog, Wanted("pressure", listed="schemas"))) == ["Weather"]
    assert names(whole(catalog, Wanted("nothing", listed="schemas"))) == []


def test_repositories_that_cannot_be_reached_are_noted(plain: Any) -> None:
    plain.unreachable = {f"did:plc:{n}": "no answer" for n in range(9)}
    listing = whole(Catalog([plain]), ALL)
    assert [note.source for note in listing.notes][:2] == ["did:plc:0", "did:plc:1"]
    assert (len(listing.notes), listing.notes[-1].source) == (5, "5 more")


def test_page_totals_that_are_not_told_are_counted(capable: Any) -> None:
    assert isinstance(capable.page(), Page)
    assert capable.page().total is None
    assert Catalog([capable, capable]).page(ALL, offset=0, limit=1).total == 24_000
