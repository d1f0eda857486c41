from __future__ import annotations

import re
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from unit.views.page_text import page_of, tell_the_same, words

import atdata_nb as at
from atdata_nb.lenses import (
    CodeReference,
    DeclarativeLens,
    DecodingLens,
    Lens,
    Opaque,
    StoredLens,
    identity_lens,
)
from atdata_nb.schemas.steps import Cast, Constant, Default, Rename, Select


@at.packable
class Point:
    x: Annotated[float, "across"]
    y: float = 0.0


@at.packable
class Shot:
    """One photograph."""

    img: Annotated[NDArray[np.uint8], (64, None, 3)]
    lbl: int
    corners: list[Point]
    camera: str = "unknown"


@at.packable
class Photo:
    image: Annotated[NDArray[np.float32], (64, None, 3)]
    label: int
    corners: list[Point]
    stars: int = 0


@at.packable
class Name:
    text: str


@at.packable
class Shout:
    text: str


UPGRADE = DeclarativeLens(
    (
        Rename("img", "image"),
        Cast("image", "float32"),
        Rename("lbl", "label"),
        Select(("image", "label", "corners")),
        Default("stars", 0),
    )
)


def shout(sample: Name) -> Shout:
    """Says it louder."""
    return Shout(sample.text.upper())


def whisper(view: Shout, source: Name) -> Name:
    return Name(view.text.lower())


def mapping(page: str) -> list[str]:
    rows = re.findall(r"<tr[^>]*><td><b>(.*?)</tr>", page)
    return [words(row) for row in rows]


def test_a_declarative_lens_shows_what_becomes_of_each_field() -> None:
    assert mapping(page_of(UPGRADE.as_lens(Shot, Photo))) == [
        "~ img uint8 64×?×3 image float32 64×?×3 renamed, as float32",
        "→ lbl int label int renamed",
        "corners list[Point] corners list[Point] copied",
        "+ stars int filled in: 0",
        "− camera str dropped",
    ]


def test_a_constant_hides_the_field_of_the_source() -> None:
    lens = DeclarativeLens((Constant("text", "hush"),)).as_lens(Name, Shout)
    assert mapping(page_of(lens)) == ["+ text str filled in: always 'hush'", "− text str dropped"]


def test_a_lens_tells_the_same_facts_as_text_and_as_html() -> None:
    tell_the_same(Lens(shout), "shout", "Name → Shout", "get only")
    tell_the_same(UPGRADE.as_lens(Shot, Photo), "Shot to Photo", "Shot → Photo", "get and put")


def test_a_structural_lens_shows_what_it_drops_and_fills() -> None:
    @at.packable
    class Rated:
        label: int
        tag: str = "new"

    lens = at.structural_lens(Photo, Rated)
    tell_the_same(lens, "structural", "Photo → Rated", "label", "image", "corners", "stars", "tag")
    assert mapping(page_of(lens))[:2] == [
        "label int label int copied",
        "+ tag str filled in: 'new'",
    ]


def test_a_function_is_shown_by_its_name_and_its_types() -> None:
    page = page_of(Lens(shout, whisper))
    shown = words(page)
    assert "Says it louder." in shown
    assert f"get {__name__}:shout" in shown
    assert f"put {__name__}:whisper" in shown
    assert "from text str to text str" in shown


def test_a_composed_lens_is_shown_step_by_step() -> None:
    louder = Lens(shout, whisper) | DeclarativeLens(()).as_lens(Shout, Name, name="rest")
    tell_the_same(louder, "shout | rest", "Name → Shout → Name", "get and put")
    shown = words(page_of(louder))
    assert shown.index("1. shout Name → Shout") < shown.index("2. rest Shout → Name")


def test_lenses_of_the_package_itself_name_no_inner_function() -> None:
    for lens in (DecodingLens(Name), identity_lens(Name)):
        assert "atdata_nb.lenses" not in page_of(lens)
        assert "get and put" in words(page_of(lens))


def test_a_law_report_tells_the_same_facts_as_text_and_as_html() -> None:
    report = at.check_lens_laws(Lens(shout, whisper), [Name("ann"), Name("Bo")])
    tell_the_same(
        report,
        "does not hold on 2 samples",
        "put(get(s), s) == s",
        "fails for sample 1: text: 'bo' (str) ≠ 'Bo' (str)",
        "held 4 times",
    )
    assert "✗ GetPut put(get(s), s) == s fails" in words(page_of(report))
    assert 'put(get(s), s) {text: "bo"} s {text: "Bo"}' in words(page_of(report))


def test_laws_that_were_not_tried_have_no_colour() -> None:
    report = at.check_lens_laws(Lens(shout), [Name("ann")])
    tell_the_same(report, "not tried: the lens has no putter")
    assert words(page_of(report)).count("– ") == 3


STORED = StoredLens(
    "upgrade",
    "atdata://local/sampleSchema/Shot@1.0.0",
    "atdata://local/sampleSchema/Photo@1.0.0",
    UPGRADE,
    description="From bytes to numbers.",
    caution="compare some samples",
)


def test_a_stored_lens_tells_the_same_facts_as_text_and_as_html() -> None:
    steps = ("img → image", "image as float32", "stars = 0 where absent")
    refs = (STORED.source_schema, STORED.view_schema)
    tell_the_same(STORED, "upgrade", "1.0.0", *refs, *steps, "From bytes", "compare some samples")
    assert "Caution: compare some samples" in words(page_of(STORED))


def test_a_code_reference_is_text_and_never_a_link() -> None:
    code = CodeReference("lenses:grey", "https://example.org/r", "0f0f0f", "main", "python")
    stored = StoredLens("grey", "a", "b", code, putter=CodeReference("lenses:back"))
    for thing in (code, stored):
        page = page_of(thing)
        assert "<a" not in page
        assert "href" not in page
        tell_the_same(thing, "lenses:grey", "https://example.org/r", "0f0f0f")
        assert "Shown, never run" in words(page)
    assert "path lenses:back" in words(page_of(stored))


def test_what_a_lens_does_is_shown_alone_too() -> None:
    tell_the_same(UPGRADE, "img → image", "only image, label, corners")
    tell_the_same(Opaque(), "author did not say what it does")
    assert "every field as it is" in words(page_of(DeclarativeLens(())))
