"""Structural lenses: fields copied by name, because somebody asked."""

from __future__ import annotations

import pickle
from dataclasses import field

import numpy as np
import pytest
from numpy.typing import NDArray

from atdata_nb.errors import LensError
from atdata_nb.lenses import check_lens_laws, structural_lens
from atdata_nb.samples import DictSample, packable


@packable
class Photo:
    title: str
    pixels: NDArray[np.uint8]
    camera: str
    note: str | None = None


@packable
class Card:
    pixels: NDArray[np.uint8]
    title: str | None
    stars: int = 3
    tags: list[str] = field(default_factory=list)


def a_photo() -> Photo:
    return Photo("dawn", np.arange(3, dtype=np.uint8), "Leica", "n")


def test_it_says_what_it_copies_drops_and_fills() -> None:
    view = structural_lens(Photo, Card)
    assert view.copied == ("pixels", "title")
    assert view.dropped == ("camera", "note")
    assert view.defaulted == ("stars", "tags")
    assert repr(view) == (
        "Lens structural: Photo → Card "
        "(copies pixels, title; drops camera, note; fills stars, tags by default)"
    )


def test_it_copies_fills_and_puts_back() -> None:
    view = structural_lens(Photo, Card)
    card = view(a_photo())
    assert card == Card(a_photo().pixels, "dawn", 3, [])
    card.title = "dusk"
    assert view.put(card, a_photo()) == Photo("dusk", a_photo().pixels, "Leica", "n")


def test_samples_do_not_share_a_default_list() -> None:
    view = structural_lens(Photo, Card)
    first, second = view(a_photo()), view(a_photo())
    first.tags.append("x")
    assert second.tags == []


def test_a_filled_field_that_was_changed_can_not_be_put_back() -> None:
    view = structural_lens(Photo, Card)
    with pytest.raises(LensError, match="stars was filled with 3 and has no place"):
        view.put(Card(a_photo().pixels, "t", 5), a_photo())


def test_a_none_is_not_put_into_a_field_that_takes_none() -> None:
    view = structural_lens(Photo, Card)
    with pytest.raises(LensError, match=r"Photo\.title is str"):
        view.put(Card(a_photo().pixels, None), a_photo())


def test_a_required_field_that_is_missing_is_an_error() -> None:
    with pytest.raises(LensError, match="camera is required, and Card does not have it"):
        structural_lens(Card, Photo)


@packable
class Floats:
    pixels: NDArray[np.float32]


@packable
class Whatever:
    pixels: NDArray


def test_arrays_of_another_dtype_are_not_copied() -> None:
    with pytest.raises(LensError, match=r"pixels is array.*there and array.*here"):
        structural_lens(Photo, Floats)
    with pytest.raises(LensError, match="pixels"):
        structural_lens(Whatever, Floats)
    assert structural_lens(Floats, Whatever).copied == ("pixels",)


def test_untyped_samples_have_no_fields_to_copy() -> None:
    with pytest.raises(LensError, match="DictSample declares no fields"):
        structural_lens(DictSample, Photo)


def test_it_keeps_the_lens_laws() -> None:
    photos = [Photo(str(n), np.full(2, n, np.uint8), "c", None) for n in range(4)]
    assert check_lens_laws(structural_lens(Photo, Card), photos)


def test_it_is_data_and_is_pickled() -> None:
    view = structural_lens(Photo, Card)
    assert view.declaration is not None
    assert view.declaration.as_lens(Photo, Card)(a_photo()) == view(a_photo())
    assert pickle.loads(pickle.dumps(view))(a_photo()) == view(a_photo())
