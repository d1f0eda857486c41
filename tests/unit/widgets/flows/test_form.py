from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from atdata_nb.widgets.flows.form import Field, Known, about


@dataclass
class Entry:
    name: str = "digits"
    schema_ref: str = ""
    data_urls: list[str] = field(default_factory=list)
    metadata: dict[str, Any] | None = None


def test_what_an_entry_says_of_itself_is_filled_in() -> None:
    entry = Entry(metadata={"description": "Grey\nvalues", "license": "MIT", "tags": ["a", "b"]})
    values = {one.name: one.value for one in about(Known.of(entry))}
    assert values == {
        "name": "digits",
        "description": "Grey\nvalues",
        "license": "MIT",
        "tags": "a, b",
    }


def test_what_is_no_text_is_not_filled_in() -> None:
    known = Known.of(Entry(metadata={"description": 3, "license": None, "tags": "a"}))
    assert known == Known("digits")


def test_a_field_on_the_wire_has_the_names_of_the_page() -> None:
    wire = Field("bucket", "Bucket", shown_for=("place", "s3")).wire()
    assert wire["shownFor"] == ("place", "s3")
    assert "shown_for" not in wire


def test_what_is_longer_than_a_page_may_send_is_cut_and_says_so() -> None:
    wire = Field("description", "Description", "area", "w" * 10_000_000).wire()
    assert wire["value"] == "w" * 10_000
    assert wire["hint"] == "the first 10,000 of its 10,000,000 characters"
