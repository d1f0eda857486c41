"""A lens: types from annotations, get, put, composition, pickling."""

from __future__ import annotations

import pickle
import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from atdata_nb.errors import LensError
from atdata_nb.lenses import Lens, LensNetwork, identity_lens, lens
from atdata_nb.samples import packable

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal as OnlyForCheckers

NETWORK = LensNetwork.fresh()


@packable
class Image:
    pixels: NDArray[np.uint8]
    label: int


@packable
class Label:
    label: int


@packable
class Word:
    word: str


@lens(network=NETWORK)
def to_label(sample: Image) -> Label:
    """The label of an image."""
    return Label(sample.label)


@to_label.putter
def relabel(view: Label, source: Image) -> Image:
    return Image(source.pixels, view.label)


@lens(network=NETWORK)
def to_word(sample: Label) -> Word:
    return Word(str(sample.label))


@to_word.putter
def from_word(view: Word, source: Label) -> Label:
    return Label(int(view.word))


def an_image(label: int = 3) -> Image:
    return Image(np.arange(4, dtype=np.uint8), label)


def test_the_annotations_name_the_types() -> None:
    assert (to_label.source_type, to_label.view_type) == (Image, Label)
    assert to_label.name == "to_label"


def test_get_and_call_give_the_view() -> None:
    assert to_label.get(an_image()) == Label(3)
    assert to_label(an_image()) == Label(3)


def test_put_writes_the_view_into_the_source() -> None:
    assert to_label.put(Label(7), an_image()) == an_image(7)


def test_the_putter_decorator_returns_the_function_itself() -> None:
    assert relabel(Label(1), an_image()) == an_image(1)


def test_putting_without_a_putter_is_an_error_and_not_the_unchanged_source() -> None:
    read_only = Lens(lambda s: Label(s.label), source_type=Image, view_type=Label, name="peek")
    with pytest.raises(LensError, match=r"peek has no putter.*@peek\.putter"):
        read_only.put(Label(7), an_image())


def test_the_identity_shows_a_sample_as_itself() -> None:
    same = identity_lens(Image)
    image, other = an_image(), an_image(5)
    assert same(image) is image
    assert same.put(other, image) is other


def test_classes_of_a_function_are_found_by_their_string_annotations() -> None:
    @packable
    class Here:
        a: int

    @packable
    class There:
        b: int

    def move(sample: Here) -> There:
        return There(sample.a)

    assert Lens(move).source_type is Here
    assert Lens(move)(Here(1)) == There(1)


def test_a_class_of_the_enclosing_function_is_found_though_the_body_does_not_use_it() -> None:
    @packable
    class Here:
        a: int

    make = Label

    def move(sample: Here) -> Label:
        return make(sample.a)

    assert Lens(move).source_type is Here


def test_an_object_with_a_call_can_be_a_getter() -> None:
    class Getter:
        def __call__(self, sample: Image) -> Label:
            return Label(sample.label)

    assert Lens(Getter())(an_image()) == Label(3)


def test_a_function_with_an_argument_filled_in_can_be_a_getter() -> None:
    def add(amount: int, sample: Image) -> Label:
        return Label(sample.label + amount)

    assert Lens(partial(add, 10))(an_image()) == Label(13)


def two_parameters(a: Image, b: Image) -> Label:
    return Label(0)


def no_parameters() -> Label:
    return Label(0)


def no_annotation(sample) -> Label:  # type: ignore[no-untyped-def]  # noqa: ANN001
    return Label(0)


def no_return(sample: Image):  # type: ignore[no-untyped-def]  # noqa: ANN201
    return Label(0)


def returns_none(sample: Image) -> None:
    return None


def not_a_class(sample: Image) -> Label | Word:
    return Label(0)


def unknown_name(sample: Image) -> OnlyForCheckers:
    raise NotImplementedError


@pytest.mark.parametrize(
    ("function", "what"),
    [
        (two_parameters, "exactly one parameter.*takes 2"),
        (no_parameters, "exactly one parameter.*takes 0"),
        (no_annotation, "'sample' needs a type annotation"),
        (no_return, "return value needs a type annotation"),
        (returns_none, "annotated None"),
        (not_a_class, "not a sample class"),
        (unknown_name, "'OnlyForCheckers', which is not defined here"),
    ],
)
def test_a_getter_that_is_none_is_refused_by_name(function: Callable[..., Any], what: str) -> None:
    with pytest.raises(LensError, match=f"lens {function.__name__}: .*{what}"):
        Lens(function)


def test_a_putter_takes_the_view_and_the_source() -> None:
    with pytest.raises(LensError, match="exactly two parameters"):
        Lens(no_parameters, no_parameters, source_type=Image, view_type=Label)  # type: ignore[arg-type]


def test_both_ways_of_writing_a_composition_are_the_same() -> None:
    assert (to_label | to_word)(an_image()) == Word("3")
    assert (to_word @ to_label)(an_image()) == Word("3")


def test_a_composition_puts_through_every_step() -> None:
    assert (to_label | to_word).put(Word("9"), an_image()) == an_image(9)


def test_a_composition_names_its_steps() -> None:
    both = to_label | to_word
    assert both.steps == (to_label, to_word)
    assert repr(both) == "Lens to_label | to_word: Image → Label → Word (get and put)"


def test_a_composition_of_a_lens_without_putter_only_reads() -> None:
    read_only = Lens(lambda s: Word(str(s.label)), source_type=Label, view_type=Word, name="peek")
    both = to_label | read_only
    assert not both.can_put
    with pytest.raises(LensError, match="no putter"):
        both.put(Word("1"), an_image())


def test_lenses_that_do_not_meet_are_not_composed() -> None:
    with pytest.raises(LensError, match=r"to_label can't follow to_word: it takes a Image.*a Word"):
        to_word | to_label  # type: ignore[operator]


def test_a_composed_lens_takes_no_putter_of_its_own() -> None:
    with pytest.raises(LensError, match="give each of its steps a putter"):
        (to_label | to_word).putter(lambda _view, source: source)


def test_composing_with_something_else_is_a_type_error() -> None:
    with pytest.raises(TypeError):
        to_label | 3  # type: ignore[operator]
    with pytest.raises(TypeError):
        3 @ to_label  # type: ignore[operator]


@packable
class Number:
    n: int


def _adder(amount: int, factor: int) -> Lens[Number, Number]:
    return Lens(
        lambda s: Number(s.n * factor + amount),
        lambda v, _s: Number((v.n - amount) // factor),
        name=f"times {factor} plus {amount}",
        source_type=Number,
        view_type=Number,
    )


steps = st.lists(st.tuples(st.integers(-9, 9), st.integers(1, 9)), min_size=1, max_size=6)


@given(steps, st.integers(), st.data())
def test_composed_lenses_equal_the_composition_of_their_functions(
    parts: list[tuple[int, int]], start: int, data: st.DataObject
) -> None:
    lenses = [_adder(*part) for part in parts]
    composed = lenses[0]
    for later in lenses[1:]:
        composed = composed | later
    sample = Number(start)
    for one in lenses:
        sample = one(sample)
    assert composed(Number(start)) == sample
    assert composed.put(sample, Number(start)) == Number(start)
    split = data.draw(st.integers(0, len(lenses) - 1))
    grouped = identity_lens(Number)
    for one in lenses[:split]:
        grouped = grouped | one
    rest = lenses[split]
    for one in lenses[split + 1 :]:
        rest = one @ rest
    assert (grouped | rest)(Number(start)) == sample


def test_a_lens_of_a_module_is_pickled_as_itself() -> None:
    assert pickle.loads(pickle.dumps(to_label)) is to_label


def test_a_composed_lens_is_pickled() -> None:
    again = pickle.loads(pickle.dumps(to_label | to_word))
    assert again(an_image()) == Word("3")
    assert again.put(Word("8"), an_image()) == an_image(8)


def test_an_identity_is_pickled() -> None:
    assert pickle.loads(pickle.dumps(identity_lens(Label)))(Label(1)) == Label(1)


def test_a_lens_of_a_notebook_is_pickled_for_workers_and_by_value_for_clusters() -> None:
    program = """
import pickle
from atdata_nb.lenses import lens
from atdata_nb.samples import packable

@packable
class A:
    a: int

@packable
class B:
    b: int

@lens
def to_b(sample: A) -> B:
    return B(sample.a + 1)

@to_b.putter
def from_b(view: B, source: A) -> A:
    return A(view.b - 1)

again = pickle.loads(pickle.dumps(to_b))
print(again(A(1)), again.put(B(5), A(1)))
"""
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout == "B(b=2) A(a=4)\n"


def test_a_lens_says_what_it_is() -> None:
    read_only = Lens(lambda s: Word(str(s.label)), source_type=Label, view_type=Word, name="peek")
    assert repr(to_label) == "Lens to_label: Image → Label (get and put)"
    assert repr(read_only) == "Lens peek: Label → Word (get only)"
    assert to_label.__doc__ == "The label of an image."


def test_a_lens_that_is_a_function_is_no_declaration() -> None:
    assert to_label.declaration is None
    assert (to_label | to_word).declaration is None
