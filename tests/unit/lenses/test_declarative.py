"""Declarative lenses: data that a stranger may have written, and that runs anywhere."""

from __future__ import annotations

import json
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from numpy.typing import NDArray

from atdata_nb.errors import LensError
from atdata_nb.lenses import DeclarativeLens, check_lens_laws
from atdata_nb.samples import packable
from atdata_nb.schemas.steps import Cast, Constant, Default, Rename, Select, Step


@packable
class Old:
    img: NDArray[np.float64]
    label: str
    note: str | None
    path: str


@packable
class New:
    image: NDArray[np.float32]
    label: int
    note: str
    split: str
    weight: float


UPGRADE = DeclarativeLens(
    (
        Select(("img", "label", "note")),
        Rename("img", "image"),
        Cast("image", "float32"),
        Cast("label", "int"),
        Default("note", "none"),
        Constant("split", "train"),
        Default("weight", 1.0),
    )
)


def an_old(label: str = "3", note: str | None = None) -> Old:
    return Old(np.array([0.5, 2.0]), label, note, "/data/x")


def test_the_steps_are_applied_in_order() -> None:
    seen = UPGRADE.as_lens(Old, New)(an_old())
    assert seen == New(np.array([0.5, 2.0], np.float32), 3, "none", "train", 1.0)


def test_a_view_is_put_back_through_every_step() -> None:
    lens = UPGRADE.as_lens(Old, New)
    view = lens(an_old())
    view.label, view.note, view.image = 12, "seen", np.array([1.5], np.float32)
    assert lens.put(view, an_old()) == Old(np.array([1.5]), "12", "seen", "/data/x")


def test_what_was_not_changed_is_put_back_as_it_was() -> None:
    lens = UPGRADE.as_lens(Old, New)
    odd = Old(np.array([1 / 3]), "007", None, "p")
    assert lens.put(lens(odd), odd) == odd


def test_a_constant_can_not_be_changed_through_the_view() -> None:
    lens = UPGRADE.as_lens(Old, New)
    view = lens(an_old())
    view.split = "test"
    with pytest.raises(LensError, match="split was filled with 'train'"):
        lens.put(view, an_old())


def test_it_keeps_the_laws_where_its_steps_can_be_undone() -> None:
    olds = [an_old(str(n), "note") for n in range(4)]
    assert check_lens_laws(UPGRADE.as_lens(Old, New), olds)


def test_a_constant_over_a_field_of_the_source_keeps_that_for_the_way_back() -> None:
    lens = DeclarativeLens((Constant("path", "hidden"),)).as_lens(Old, Old)
    assert lens(an_old()).path == "hidden"
    assert lens.put(lens(an_old()), an_old()) == an_old()


def test_a_lens_made_of_steps_is_pickled_and_knows_its_steps() -> None:
    lens = UPGRADE.as_lens(Old, New)
    assert pickle.loads(pickle.dumps(lens))(an_old()) == lens(an_old())
    assert lens.declaration == UPGRADE


def test_composed_lenses_of_steps_are_steps() -> None:
    back = DeclarativeLens((Rename("image", "img"), Select(("img",))))

    @packable
    class Img:
        img: NDArray[np.float32]

    composed = UPGRADE.as_lens(Old, New) | back.as_lens(New, Img)
    assert composed.declaration == DeclarativeLens(UPGRADE.steps + back.steps)
    assert composed.declaration is not None
    assert composed.declaration.as_lens(Old, Img)(an_old()) == composed(an_old())


@pytest.mark.parametrize(
    ("steps", "what"),
    [
        ((), r"New\.image: no step gives it a value"),
        ((Rename("nope", "x"),), "rename: there is no field 'nope'"),
        ((Rename("img", "label"),), "label, which is there already"),
        ((Select(("nope",)),), "select: there is no field 'nope'"),
        ((Cast("label", "float32"),), "cast: label is str, which can't become float32"),
        ((Cast("img", "<U3"),), "img can't become <U3: arrays are cast to numbers only"),
        ((Cast("img", "object"),), "can't become object"),
        ((Default("label", 3),), "default: label is str, not 3"),
        (UPGRADE.steps[1:], "New has no path; a Select drops"),
        (UPGRADE.steps[:2] + UPGRADE.steps[3:], r"New\.image is array.*but gets array"),
        ((*UPGRADE.steps[:-1], Default("weight", "heavy")), r"New\.weight is float, but gets"),
    ],
)
def test_steps_that_do_not_lead_to_the_view_are_refused(steps: tuple[Step, ...], what: str) -> None:
    with pytest.raises(LensError, match=what):
        DeclarativeLens(steps).as_lens(Old, New)


def test_it_says_its_steps() -> None:
    assert repr(UPGRADE) == (
        "DeclarativeLens: only img, label, note; img → image; image as float32; label as int; "
        "note = 'none' where absent; split = 'train'; weight = 1.0 where absent"
    )
    long = DeclarativeLens(tuple(Rename(f"a{n}", f"b{n}") for n in range(20)))
    assert repr(long).endswith("… and 8 more steps")


@packable
class Box:
    left: int
    label: str = "x"


@packable
class Boxed:
    n: int
    box: Box
    more: list[Box]


@packable
class Bare:
    n: int


def test_a_nested_sample_is_filled_from_plain_values() -> None:
    steps = (Default("box", {"left": 1}), Default("more", [{"left": 2, "label": "y"}]))
    lens = DeclarativeLens.from_dict(DeclarativeLens(steps).to_dict()).as_lens(Bare, Boxed)
    view = lens(Bare(1))
    assert view == Boxed(1, Box(1, "x"), [Box(2, "y")])
    assert lens(Bare(1)).box is not view.box
    view.n = 5
    assert lens.put(view, Bare(1)) == Bare(5)
    view.box = Box(9)
    with pytest.raises(LensError, match="box was filled"):
        lens.put(view, Bare(1))


@pytest.mark.parametrize("value", [{"right": 1}, {}, 3, [1], {"left": "?"}])
def test_a_nested_sample_is_not_filled_from_something_else(value: Any) -> None:
    steps = (Default("box", value), Default("more", []))
    with pytest.raises(LensError, match=r"Boxed\.box"):
        DeclarativeLens(steps).as_lens(Bare, Boxed)


# As JSON.

names = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=9)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=20)
    | st.binary(max_size=20)
    | npst.arrays(npst.scalar_dtypes().filter(lambda d: d.kind in "biufc"), npst.array_shapes()),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=8,
)
any_step: st.SearchStrategy[Step] = st.one_of(
    st.builds(Rename, names, names),
    st.builds(Select, st.lists(names, unique=True, max_size=4).map(tuple)),
    st.builds(Default, names, values),
    st.builds(Cast, names, st.sampled_from(["int", "str", "float32"])),
    st.builds(Constant, names, values),
)


@given(st.lists(any_step, max_size=6).map(tuple))
def test_a_declarative_lens_is_the_same_after_json(steps: tuple[Step, ...]) -> None:
    declared = DeclarativeLens(steps)
    text = json.dumps(declared.to_dict(), allow_nan=False)
    again = DeclarativeLens.from_dict(json.loads(text))
    assert again == declared
    assert again.to_dict() == declared.to_dict()
    assert hash(again) == hash(declared)


@given(st.lists(any_step, max_size=6).map(tuple))
def test_its_json_holds_no_floats_and_no_large_integers_which_records_refuse(
    steps: tuple[Step, ...],
) -> None:
    def scalars(data: Any) -> list[Any]:
        if isinstance(data, dict | list):
            inner = data.values() if isinstance(data, dict) else data
            return [found for item in inner for found in scalars(item)]
        return [data]

    for found in scalars(DeclarativeLens(steps).to_dict()):
        assert not isinstance(found, float)
        assert not isinstance(found, int) or abs(found) <= 2**53


def declared(*steps: Any) -> dict[str, Any]:
    return {"kind": "declarative", "version": 1, "steps": list(steps)}


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (None, "no declarative lens"),
        ({"kind": "python"}, "no declarative lens"),
        ({"kind": "declarative", "version": 2, "steps": []}, "another format"),
        ({"kind": "declarative", "version": True, "steps": []}, "another format"),
        ({"kind": "declarative", "version": 1}, "a list of at most"),
        ({"kind": "declarative", "version": 1, "steps": [{}] * 10_001}, "at most 10,000 steps"),
        (declared("rename"), "step 0: 'None' is not one of"),
        (declared({"step": "exec", "code": "import os"}), "'exec' is not one of"),
        (declared({"step": ["rename"]}), "is not one of"),
        (declared({"step": "rename", "from": "a"}), "rename has exactly the keys from, to"),
        (
            declared({"step": "rename", "from": "a", "to": "b", "transform": "os.system"}),
            "rename has exactly the keys",
        ),
        (declared({"step": "rename", "from": 3, "to": "b"}), "'3' is no field name"),
        (declared({"step": "rename", "from": "a", "to": ""}), "'' is no field name"),
        (declared({"step": "rename", "from": "a", "to": "b" * 201}), "is no field name"),
        (declared({"step": "rename", "from": "a", "to": "b\n<script>"}), "is no field name"),
        (declared({"step": "select", "fields": "abc"}), "select: no list"),
        (declared({"step": "select", "fields": ["a", "a"]}), "named twice"),
        (declared({"step": "select", "fields": [{}]}), "is no field name"),
        (declared({"step": "default", "field": "a", "value": {"pickle": "gASV"}}), "step 0"),
        (declared({"step": "default", "field": "a", "value": {"bytes": "!"}}), "step 0"),
        (declared({"step": "constant", "field": "a", "value": {"int": "9" * 5000}}), "step 0"),
        (declared({"step": "cast", "field": "a", "to": None}), "is no field name"),
    ],
)
def test_json_that_is_no_lens_is_refused(data: Any, what: str) -> None:
    with pytest.raises(LensError, match=what):
        DeclarativeLens.from_dict(data)


def test_json_nested_without_end_is_refused() -> None:
    value: Any = 1
    for _ in range(500):
        value = [value]
    with pytest.raises(LensError, match="nested deeper"):
        DeclarativeLens.from_dict(declared({"step": "constant", "field": "a", "value": value}))


def test_a_value_without_json_form_runs_but_is_not_written() -> None:
    with pytest.raises(LensError):
        DeclarativeLens((Constant("a", object()),)).to_dict()


def test_something_else_than_a_step_is_refused() -> None:
    with pytest.raises(LensError, match="str is no step"):
        DeclarativeLens(("rename",))  # type: ignore[arg-type]
