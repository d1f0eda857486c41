"""Stored lenses: data that round-trips, code that is shown and never imported."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata_nb.errors import LensError
from atdata_nb.lenses import (
    CodeReference,
    DeclarativeLens,
    Lens,
    LensNetwork,
    Opaque,
    StoredLens,
    structural_lens,
)
from atdata_nb.lenses.mappings import mapping_to_steps, steps_to_mapping
from atdata_nb.samples import packable
from atdata_nb.schemas.steps import Cast, Constant, Default, Rename, Select


@packable
class A:
    a: int
    b: str


@packable
class B:
    a: int


@packable
class Swapped:
    a: str
    b: int


def double(sample: A) -> B:
    return B(sample.a * 2)


def stored(body: Any, **more: Any) -> StoredLens:
    return StoredLens("n", "atdata://local/sampleSchema/A@1.0.0", "x/B@1.0.0", body, **more)


def published(getter: Any, putter: Any = None) -> dict[str, Any]:
    """A lens as the published package keeps it."""
    return {
        "name": "shrink",
        "version": "1.0.0",
        "source_schema": "A",
        "view_schema": "B",
        "getter": getter,
        "putter": putter or {"kind": "opaque"},
        "created_at": "2026-11-22T20:39:03+00:00",
    }


def mapping(*pairs: tuple[str, str], transform: Any = None) -> dict[str, Any]:
    return {
        "kind": "field_mapping",
        "mappings": [
            {"source_field": source, "view_field": view, "transform": transform}
            for source, view in pairs
        ],
    }


@pytest.mark.parametrize(
    "body",
    [
        DeclarativeLens((Rename("a", "b"), Default("c", 0.5), Cast("b", "int"))),
        DeclarativeLens((Select(("a",)), Rename("a", "b"))),
        DeclarativeLens((Constant("k", b"\x00"),)),
        CodeReference("lenses:get", "https://example.org/r", "0" * 40),
        Opaque(),
    ],
)
def test_a_stored_lens_is_the_same_after_json(body: Any) -> None:
    one = stored(body, description="d", created_at="2026-01-01T00:00:00Z")
    assert StoredLens.from_dict(json.loads(json.dumps(one.to_dict()))) == one


def test_choosing_and_renaming_is_also_written_as_older_readers_want_it() -> None:
    data = stored(DeclarativeLens((Select(("a", "b")), Rename("a", "z")))).to_dict()
    assert data["getter"]["kind"] == "field_mapping"
    assert data["getter"]["mappings"] == [
        {"source_field": "a", "view_field": "z", "transform": None},
        {"source_field": "b", "view_field": "b", "transform": None},
    ]


def test_a_lens_with_logic_is_never_stored_as_a_copy_of_fields() -> None:
    """TRAPS C5: the published package stored a*2 as a."""
    one = StoredLens.of(Lens(double), source_schema="A", view_schema="B")
    assert one.body == CodeReference(f"{__name__}:double", language="python")
    assert not one.runs
    assert "field_mapping" not in json.dumps(one.to_dict())


@pytest.mark.parametrize("step", [Cast("a", "str"), Constant("a", 1), Default("a", 1)])
def test_steps_that_do_more_than_choose_and_rename_are_no_field_mapping(step: Any) -> None:
    """TRAPS C5."""
    assert steps_to_mapping((Select(("a",)), step)) is None
    data = stored(DeclarativeLens((Select(("a",)), step))).to_dict()
    assert data["getter"]["kind"] == "declarative"


def test_a_field_mapping_of_the_published_package_runs_and_warns() -> None:
    one = StoredLens.from_dict(published(mapping(("a", "b"), ("b", "a"))))
    assert one.as_lens(A, Swapped)(A(1, "x")) == Swapped("x", 1)
    assert one.caution is not None
    assert "logic" in one.caution
    assert one.caution in repr(one)


def test_a_field_mapping_with_a_transform_is_refused() -> None:
    with pytest.raises(LensError, match="transform, which is code"):
        StoredLens.from_dict(published(mapping(("a", "a"), transform="x*2")))


def test_steps_and_mappings_that_differ_are_refused() -> None:
    data = stored(DeclarativeLens((Select(("a", "b")),))).to_dict()
    data["getter"]["mappings"][0]["source_field"] = "b"
    data["getter"]["mappings"][1]["source_field"] = "a"
    with pytest.raises(LensError, match="different things"):
        StoredLens.from_dict(data)


def test_a_code_reference_of_the_published_package_is_read_and_not_imported() -> None:
    """TRAPS S5: the published package imported any module the record named."""
    getter = {"kind": "code_reference", "module": "antigravity", "qualname": "system"}
    one = StoredLens.from_dict(published(getter))
    assert one.body == CodeReference("antigravity:system")
    with pytest.raises(LensError, match="never imported"):
        one.as_lens(A, B, network=LensNetwork.fresh())
    assert "antigravity" not in sys.modules


def test_a_record_that_points_at_os_system_does_not_become_a_lens() -> None:
    """TRAPS S5."""
    getter = {"kind": "code_reference", "module": "os", "qualname": "system"}
    with pytest.raises(LensError, match="os:system, which is never imported"):
        StoredLens.from_dict(published(getter)).as_lens(A, B)


def test_code_runs_once_the_user_registered_it_himself() -> None:
    network = LensNetwork.fresh()
    one = stored(CodeReference("lenses:double", "https://example.org/r", "c0ffee"))
    network.register(Lens(double), implements=CodeReference("lenses:double", "elsewhere", "c"))
    with pytest.raises(LensError, match="never imported"):
        one.as_lens(A, B, network=network)
    assert isinstance(one.body, CodeReference)
    network.register(Lens(double), implements=one.body)
    assert one.as_lens(A, B, network=network)(A(2, "x")) == B(4)
    with pytest.raises(LensError, match="not between B and A"):
        one.as_lens(B, A, network=network)


def test_an_opaque_lens_is_shown_and_does_not_run() -> None:
    one = StoredLens.from_dict(published({"kind": "opaque"}))
    with pytest.raises(LensError, match="did not say what it does"):
        one.as_lens(A, B)


def test_a_structural_lens_is_stored_with_what_it_does() -> None:
    one = StoredLens.of(structural_lens(A, B), source_schema="A", view_schema="B", name="short")
    again = StoredLens.from_dict(one.to_dict())
    assert again.runs
    assert again.caution is None
    assert again.as_lens(A, B)(A(1, "x")) == B(1)


def test_a_composition_with_functions_is_stored_step_by_step() -> None:
    composed = Lens(double) | structural_lens(B, B)
    with pytest.raises(LensError, match="store each of them"):
        StoredLens.of(composed, source_schema="A", view_schema="B")


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        published({"kind": "pickle", "data": "gASV"}),
        published(None),
        published({"kind": "field_mapping"}),
        published({"kind": "field_mapping", "mappings": [3]}),
        published(mapping(("a", "x"), ("b", "x"))),
        published(mapping(("a", "x"), ("a", "y"))),
        published({"kind": "code_reference"}),
        published({"kind": "code_reference", "path": 3}),
        published({"kind": "code_reference", "path": "a\x1b[2Jb"}),
        published({"kind": "code_reference", "path": "a" * 3000}),
        published({"kind": "opaque"}) | {"name": ["n"]},
        published({"kind": "opaque"}) | {"description": "d" * 6000},
        published({"kind": "opaque"}) | {"source_schema": None},
    ],
)
def test_json_that_is_no_stored_lens_is_refused(data: Any) -> None:
    with pytest.raises(LensError):
        StoredLens.from_dict(data)


def test_a_code_reference_of_a_network_record_is_read() -> None:
    record = {"repository": "https://example.org/r", "commit": "0" * 40, "path": "lenses:get"}
    reference = CodeReference.from_dict(record)
    assert repr(reference) == (
        f"CodeReference: lenses:get in https://example.org/r at {'0' * 40} "
        "(not run unless registered)"
    )
    assert CodeReference.from_dict(reference.to_dict()) == reference


FIELDS = ["a", "b", "c", "d", "a_", "b_"]


@given(st.permutations(FIELDS), st.permutations(FIELDS), st.integers(0, 6))
def test_any_renaming_of_fields_is_steps_and_back(
    views: list[str], sources: list[str], count: int
) -> None:
    wanted = dict(list(zip(views, sources, strict=True))[:count])
    steps = mapping_to_steps(wanted)
    assert steps_to_mapping(steps) == wanted
    assert steps_to_mapping(steps[1:]) is None
    record = {name: name.upper() for name in FIELDS}
    for step in steps:
        if isinstance(step, Select):
            record = {name: record[name] for name in step.fields}
        elif isinstance(step, Rename):
            assert step.new not in record
            record[step.new] = record.pop(step.old)
    assert record == {view: source.upper() for view, source in wanted.items()}
