from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from atdata_nb.views.entries import entry_facts, entry_key, schema_label


@dataclass
class PlainEntry:
    """An entry with nothing but what the protocol asks for."""

    name: str
    schema_ref: str = "atdata://local/sampleSchema/Digit@1.0.0"
    data_urls: list[str] = field(default_factory=lambda: ["/data/a.tar"])
    metadata: dict[str, Any] | None = None


def test_an_entry_of_anybody_has_facts() -> None:
    facts = entry_facts(PlainEntry("digits"))
    assert (facts.name, facts.schema, facts.place, facts.extent) == (
        "digits",
        "Digit 1.0.0",
        "local",
        "1 shard",
    )


def test_what_metadata_says_of_a_dataset_is_used() -> None:
    metadata = {"description": "Digits", "license": "CC0", "tags": ["a", "b"], "n": {"x": 1}}
    facts = entry_facts(PlainEntry("digits", metadata=metadata))
    assert (facts.description, facts.license, facts.tags) == ("Digits", "CC0", ("a", "b"))
    assert facts.metadata == (("n", "{x: 1}"),)


def test_an_entry_that_cannot_be_read_says_so_and_keeps_its_name() -> None:
    facts = entry_facts(PlainEntry("digits", data_urls=None))  # type: ignore[arg-type]
    assert facts.name == "digits"
    assert facts.fault.startswith("TypeError")


def test_two_names_of_one_content_are_told_apart() -> None:
    assert entry_key(PlainEntry("first")) != entry_key(PlainEntry("second"))


def test_a_key_is_the_same_in_every_process() -> None:
    assert entry_key(PlainEntry("digits")) == "4e4926a2764d58edb4d6e21d"


def test_a_schema_of_the_network_is_named_by_its_record_key() -> None:
    assert schema_label("at://did:plc:abc/ac.foundation.dataset.sampleSchema/3lk") == "3lk"
