"""Stored lenses: data under names and versions, found by what they lead between, never code."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from atdata_nb import Lens, LensNetwork, LocalIndex, packable
from atdata_nb.errors import (
    LensConflictError,
    LensError,
    SchemaNotFoundError,
    StoredLensNotFoundError,
)
from atdata_nb.lenses import CodeReference, DeclarativeLens, StoredLens
from atdata_nb.schemas import diff_schemas, schema_from_type
from atdata_nb.schemas.steps import Constant, Default, Rename, Select

if TYPE_CHECKING:
    from collections.abc import Callable


@packable
class Shot:
    img: bytes


@packable
class Picture:
    image: bytes
    label: int


@packable
class Label:
    label: int


STEPS = DeclarativeLens((Rename("img", "image"), Default("label", 0)))


def double(sample: Label) -> Label:
    return Label(sample.label * 2)


@pytest.fixture
def upgrade() -> Lens[Shot, Picture]:
    return STEPS.as_lens(Shot, Picture, name="upgrade")


def test_a_lens_of_steps_comes_back_and_runs(
    index: LocalIndex, upgrade: Lens[Shot, Picture]
) -> None:
    ref = index.publish_lens(upgrade, description="What the camera wrote.")
    assert ref == "atdata://local/lens/upgrade@1.0.0"
    for name in (ref, "upgrade", "upgrade@1.0.0"):
        stored = index.get_lens(name)
        assert stored.body == STEPS
        assert stored.description == "What the camera wrote."
        assert stored.as_lens(Shot, Picture)(Shot(b"x")) == Picture(b"x", 0)
    assert stored.source_schema == "atdata://local/sampleSchema/Shot@1.0.0"
    assert stored.created_at


def test_the_schemas_at_both_ends_are_stored_with_a_lens(
    index: LocalIndex, upgrade: Lens[Shot, Picture]
) -> None:
    """TRAPS C18."""
    stored = index.get_lens(index.publish_lens(upgrade))
    assert index.get_schema(stored.source_schema).schema.fields == schema_from_type(Shot).fields
    assert index.get_schema(stored.view_schema).schema.fields == schema_from_type(Picture).fields
    # Also where the next step happens: with the types that the index gives.
    decoded = index.decode_schema("Shot"), index.decode_schema("Picture")
    assert stored.as_lens(*decoded)(decoded[0](img=b"x")).label == 0  # type: ignore[call-arg]


def test_a_stored_lens_never_changes(index: LocalIndex, upgrade: Lens[Shot, Picture]) -> None:
    """TRAPS C8."""
    first = index.publish_lens(upgrade)
    assert index.publish_lens(upgrade) == first
    assert index.publish_lens(upgrade, version="1.0.0") == first
    other = DeclarativeLens((Rename("img", "image"), Constant("label", 1)))
    changed = other.as_lens(Shot, Picture, name="upgrade")
    with pytest.raises(LensConflictError, match=r"upgrade@1\.0\.0"):
        index.publish_lens(changed, version="1.0.0")
    assert index.publish_lens(changed) == "atdata://local/lens/upgrade@1.1.0"
    assert index.publish_lens(upgrade) == first
    assert [lens.version for lens in index.lenses] == ["1.0.0", "1.1.0"]
    assert index.get_lens("upgrade").body == other
    assert index.get_lens("upgrade@1.0.0").body == STEPS


def test_publishers_of_other_lenses_at_once_never_share_a_version(
    open_index: Callable[[], LocalIndex],
) -> None:
    """TRAPS C9."""
    index = open_index()
    refs: list[str] = []

    def publish(number: int) -> None:
        for i in range(10):
            steps = DeclarativeLens((Constant("label", 10 * number + i),))
            refs.append(index.publish_lens(steps.as_lens(Label, Label, name="one")))

    threads = [threading.Thread(target=publish, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(refs)) == len(index.list_lenses()) == 40
    assert len(index.list_schemas()) == 1


def test_a_function_is_stored_as_the_place_of_its_code(index: LocalIndex) -> None:
    """TRAPS C5: a getter ``a * 2`` between equal fields came back as ``a``."""
    ref = index.publish_lens(Lens(double), repository="https://example.org/r", commit="0f0f")
    stored = index.get_lens(ref)
    assert not stored.runs
    assert stored.body == CodeReference(
        f"{__name__}:double", "https://example.org/r", "0f0f", language="python"
    )
    with pytest.raises(LensError, match="never imported"):
        stored.as_lens(Label, Label, network=LensNetwork.fresh())
    network = LensNetwork.fresh()
    assert isinstance(stored.body, CodeReference)
    network.register(Lens(double), implements=stored.body)
    assert stored.as_lens(Label, Label, network=network)(Label(4)) == Label(8)


def test_a_reference_to_code_is_not_imported(index: LocalIndex) -> None:
    """TRAPS S5: a record that pointed at ``os``/``system`` became a working lens."""
    index.publish_schema(Label)
    body = CodeReference("antigravity:fly_potential")
    given = StoredLens("evil", "Label", "Label", body)
    stored = index.get_lens(index.publish_lens(given))
    assert stored.body == body
    with pytest.raises(LensError, match="never imported"):
        stored.as_lens(Label, Label)
    assert "antigravity" not in sys.modules


def test_lenses_are_found_by_what_they_lead_between(
    index: LocalIndex, upgrade: Lens[Shot, Picture]
) -> None:
    index.publish_lens(upgrade)
    index.publish_lens(DeclarativeLens((Select(("label",)),)).as_lens(Picture, Label, name="only"))
    index.publish_lens(Lens(double))

    def names(*ends: Any) -> list[str]:
        return [lens.name for lens in index.find_lenses(*ends)]

    assert names() == ["double", "only", "upgrade"]
    assert names(Shot) == names("Shot") == names("Shot@1.0.0") == ["upgrade"]
    assert names("atdata://local/schema/Shot@1.0.0") == ["upgrade"]
    assert names(Picture, Label) == names(index.get_schema("Picture"), "Label") == ["only"]
    assert names(None, Label) == ["double", "only"]
    assert names(Shot, Label) == names("Other") == names("Shot@2.0.0") == names("no ref/") == []


def test_only_the_newest_lens_of_a_name_is_found(index: LocalIndex) -> None:
    for label in range(12):
        lens = DeclarativeLens((Constant("label", label),)).as_lens(Label, Label, name="one")
        index.publish_lens(lens)
    assert [lens.version for lens in index.find_lenses(Label)] == ["1.11.0"]
    assert len(index.list_lenses()) == 12


def test_a_diff_becomes_a_lens_between_two_versions(index: LocalIndex) -> None:
    old = packable(type("Row", (), {"__annotations__": {"lbl": int}}))
    new = packable(type("Row", (), {"__annotations__": {"label": int}}))
    refs = index.publish_schema(old), index.publish_schema(new)
    steps = diff_schemas(*map(index.get_schema, refs)).steps
    assert steps is not None
    ref = index.publish_lens(
        DeclarativeLens(tuple(steps)), name="row-2", source=refs[0], view=refs[1]
    )
    stored = index.get_lens(ref)
    assert (stored.source_schema, stored.view_schema) == refs
    assert index.find_lenses(old, new) == [stored]
    types = index.decode_schema(refs[0]), index.decode_schema(refs[1])
    assert stored.as_lens(*types)(types[0](lbl=3)).label == 3  # type: ignore[call-arg]
    # Types that the index gave are its own schemas again.
    again = stored.as_lens(*types, network=None)
    assert index.publish_lens(again) == ref
    assert len(index.list_schemas()) == 2


def test_steps_without_types_ask_for_them(index: LocalIndex) -> None:
    with pytest.raises(LensError, match="source="):
        index.publish_lens(STEPS, name="x")
    with pytest.raises(SchemaNotFoundError):
        index.publish_lens(STEPS, name="x", source="Shot", view=Picture)
    assert index.list_schemas() == []
    ref = index.publish_lens(STEPS, name="x", source=Shot, view=Picture)
    assert index.get_lens(ref).name == "x"


@pytest.mark.parametrize("name", ["a/b", "a@1.0.0", " a", "a\n", "x" * 201, "../x", "\u202e"])
def test_a_name_that_could_not_stand_in_a_reference_is_refused(
    index: LocalIndex, upgrade: Lens[Shot, Picture], name: str
) -> None:
    """TRAPS S4."""
    with pytest.raises(LensError, match="name="):
        index.publish_lens(upgrade, name=name)
    assert index.list_lenses() == []


def test_a_lens_that_is_not_there_is_a_key_error(
    index: LocalIndex, upgrade: Lens[Shot, Picture]
) -> None:
    index.publish_lens(upgrade)
    with pytest.raises(KeyError, match="'upgrade'"):
        index.get_lens("upgrad")
    with pytest.raises(StoredLensNotFoundError, match=r"no version 2\.0\.0, only 1\.0\.0"):
        index.get_lens("upgrade@2.0.0")
    with pytest.raises(StoredLensNotFoundError):
        index.get_lens(3)  # type: ignore[arg-type]
