from __future__ import annotations

from typing import Any

from atdata_nb.widgets.catalog import STRIDE, Catalog


def names(listing: Any) -> list[str]:
    return [entry.name for entry in listing.entries]


def test_the_first_page_of_any_index_reads_one_page(plain: Any) -> None:
    listing = Catalog(plain).page("", offset=0, limit=50)
    assert names(listing)[::49] == ["dataset-00000", "dataset-00049"]
    assert (listing.total, listing.done) == (None, True)
    assert plain.read == 50


def test_a_page_far_down_is_reached_in_strides_without_starting_over(plain: Any) -> None:
    catalog = Catalog(plain)
    partial = catalog.page("", offset=9_950, limit=50)
    assert (partial.done, names(partial)) == (False, [])
    whole = catalog.page("", offset=9_950, limit=50)
    assert (whole.done, names(whole)[0]) == (True, "dataset-09950")
    assert plain.read == 10_000


def test_the_last_page_knows_how_many_there_are(plain: Any) -> None:
    catalog = Catalog(plain)
    listings = [catalog.page("", offset=11_980, limit=50) for _ in range(3)]
    assert (listings[-1].total, len(listings[-1].entries)) == (12_000, 20)


def test_a_search_where_the_index_has_none_goes_on_from_request_to_request(plain: Any) -> None:
    catalog = Catalog(plain)
    seen = [catalog.page("11999", offset=0, limit=50) for _ in range(3)]
    assert [listing.looked for listing in seen] == [STRIDE, 2 * STRIDE, 12_000]
    assert [listing.done for listing in seen] == [False, False, True]
    assert names(seen[-1]) == ["dataset-11999"]


def test_all_words_must_match_in_any_case(plain: Any) -> None:
    plain.entries[3].metadata = {"description": "Small Grey pictures", "tags": ["Optics"]}
    listing = Catalog(plain).page("grey OPTICS", offset=0, limit=1)
    assert names(listing) == ["dataset-00003"]


def test_an_index_that_can_page_search_and_count_is_asked_to(capable: Any) -> None:
    catalog = Catalog(capable)
    assert names(catalog.page("", offset=11_999, limit=50)) == ["dataset-11999"]
    assert catalog.page("", offset=0, limit=50).total == 12_000
    assert catalog.page("-0000", offset=0, limit=50).total == 10
    assert capable.read == 0


def test_refresh_shows_what_was_added_since(plain: Any) -> None:
    plain.entries[:] = plain.entries[:2]
    catalog = Catalog(plain)
    assert len(catalog.page("", offset=0, limit=50).entries) == 2
    plain.entries.append(type(plain.entries[0])("new"))
    catalog.refresh()
    assert names(catalog.page("", offset=0, limit=50))[-1] == "new"
