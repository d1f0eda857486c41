"""References of every release are read; one spelling is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata_nb.errors import SchemaError, SchemaRefError
from atdata_nb.schemas import SchemaRef, local_schema_ref, parse_schema_ref

AT = "at://did:plc:fixture/ac.foundation.dataset.sampleSchema/3lfixture"


@pytest.mark.parametrize(
    "ref",
    [
        "atdata://local/sampleSchema/Digit@1.0.0",
        "atdata://local/schema/Digit@1.0.0",
        "local://schemas/Digit@1.0.0",
        "local://schemas/my.module.Digit@1.0.0",
        "local://schemas/__main__.Digit@1.0.0",
    ],
)
def test_every_spelling_of_a_local_schema_is_read(ref: str) -> None:
    assert parse_schema_ref(ref) == SchemaRef("local", "Digit", "1.0.0", "local")
    assert str(parse_schema_ref(ref)) == "atdata://local/sampleSchema/Digit@1.0.0"


def test_a_record_of_the_network_is_read() -> None:
    ref = parse_schema_ref(AT)
    assert (ref.kind, ref.authority, ref.name, ref.version) == (
        "at",
        "did:plc:fixture",
        "3lfixture",
        None,
    )
    assert str(ref) == AT


def test_somebody_elses_authority_is_kept() -> None:
    ref = parse_schema_ref("atdata://alice.example.org/schema/Digit@2.1.0")
    assert ref.authority == "alice.example.org"


@pytest.mark.parametrize(
    "ref",
    [
        "",
        "Digit@1.0.0",
        "atdata://local/sampleSchema/Digit",
        "atdata://local/sampleSchema/Digit@1.0",
        "atdata://local/sampleSchema/../../trav@1.0.0",
        "atdata://local/sampleSchema/a/b@1.0.0",
        "atdata://local/sampleSchema/class@1.0.0",
        "atdata://local/lens/Digit@1.0.0",
        "local://schemas/os.path;x@1.0.0",
        "at://did:plc:x",
        "at://did:plc:x/collection",
        "https://example.org/Digit@1.0.0",
        "atdata://local/sampleSchema/Digit@1.0.0\n",
        "at://x/y/" + "z" * 9000,
        None,
    ],
)
def test_what_names_no_schema_is_refused(ref: object) -> None:
    """TRAPS S4."""
    with pytest.raises(SchemaRefError, match="names no schema"):
        parse_schema_ref(ref)


def test_no_reference_is_made_for_a_name_that_is_none() -> None:
    with pytest.raises(SchemaError, match="no Python identifier"):
        local_schema_ref("../x", "1.0.0")
    with pytest.raises(SchemaError, match="is no version"):
        local_schema_ref("Digit", "latest")


@given(st.text())
def test_no_text_makes_anything_but_a_reference_or_its_error(text: str) -> None:
    for ref in (text, f"atdata://local/schema/{text}", f"local://schemas/{text}", f"at://{text}"):
        try:
            parsed = parse_schema_ref(ref)
        except SchemaRefError:
            continue
        assert parse_schema_ref(str(parsed)) == parsed
