from __future__ import annotations

from unit.views.page_text import page_of, words

import atdata_nb as at
from atdata_nb.lenses import CodeReference, DeclarativeLens, Lens, StoredLens
from atdata_nb.schemas import Field, FieldType, Schema
from atdata_nb.schemas.steps import Cast, Default
from atdata_nb.tables.columns import Columns
from atdata_nb.tables.statistics import statistics_of

EVIL = "<script>alarm()</script><img src=x onerror=alarm()>\u202e"
TEXT = FieldType(kind="primitive", primitive="str")


@at.packable
class Name:
    text: str


@at.packable
class Shout:
    text: str


def shout(sample: Name) -> Shout:
    """Says it louder."""
    return Shout(sample.text.upper())


def whisper(view: Shout, source: Name) -> Name:
    return Name(view.text.lower())


def test_hostile_texts_run_nothing_anywhere() -> None:
    long = EVIL * 1_000
    old = Schema("A", "1.0.0", (Field("a", TEXT, default=EVIL, description=EVIL),), long)
    new = Schema("A", "1.0.0", (Field("a", TEXT, default=long, description=long),), EVIL)
    evil = Lens(shout, whisper, name=EVIL)
    loose = at.LensNetwork.fresh()
    loose.register(evil)
    report = at.check_lens_laws(evil, [Name(EVIL + "A")])
    counted = statistics_of(Columns(1, {EVIL: [EVIL]}, {}))
    visible = EVIL.replace("\u202e", "")
    code = CodeReference(visible, visible, visible)
    stored = StoredLens(visible, visible, visible, code, description=EVIL, caution=EVIL)
    filled = DeclarativeLens((Default(visible, long), Cast(visible, visible)))
    for thing in (old, at.diff_schemas(old, new), evil, loose, report, counted, stored, filled):
        page = page_of(thing)
        assert "<script" not in page
        assert "<img" not in page
        assert "\u202e" not in page
        assert "alarm()" in words(page) + page
        assert len(page) < 30_000
