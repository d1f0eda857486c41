"""The picture of a browser in a saved notebook: its list, and what is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atdata_nb.views.amounts import counted
from atdata_nb.views.rendering import render
from atdata_nb.views.text import one_line, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atdata_nb.views.entries import EntryFacts


def browser_page(
    title: str,
    entries: Sequence[EntryFacts],
    *,
    total: int | None = None,
    noun: str = "dataset",
    narrowed: Sequence[str] = (),
    notes: Sequence[tuple[str, str]] = (),
    chosen: EntryFacts | None = None,
    error: str = "",
) -> str:
    """Return a browser's first state as a page.

    Args:
        title: what is browsed.
        entries: the first rows of the list.
        total: how many there are.
        noun: what one of them is.
        narrowed: by what the list is narrowed down.
        notes: what is missing of it, and why.
        chosen: the entry that is chosen.
        error: why there is no list.
    """
    extent = "" if error else f"{noun}s" if total is None else counted(total, noun)
    rest = 0 if total is None else total - len(entries)
    return render(
        "browser.html",
        title=one_line(title, 200),
        extent=extent,
        entries=entries,
        noun=noun,
        narrowed=", ".join(one_line(text, 80) for text in narrowed),
        left_out="more" if total is None and entries else f"{rest:,} more" if rest > 0 else "",
        notes=[(one_line(who, 200), one_line(why, 300)) for who, why in notes],
        chosen=chosen,
        error=visible(error, 1_000),
    )
