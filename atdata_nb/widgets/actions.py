"""Actions: what can be done with a chosen dataset, beside looking into it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from atdata_nb.widgets.rows import SchemaEntry

if TYPE_CHECKING:
    from collections.abc import Callable

    from atdata_nb.widgets.known import Found


@dataclass(frozen=True, slots=True)
class Action:
    """A button in the head of the browser.

    Attributes:
        name: what it is called in code: ``browser.act(name)``.
        label: what stands on it.
        fits: whether it is there for a dataset.
        run: does it; what it returns goes to the page, where ``actions.ts`` may draw it.
    """

    name: str
    label: str
    fits: Callable[[Found], bool]
    run: Callable[[Found], dict[str, Any]]


def _can_be_promoted(found: Found) -> bool:
    # A schema alone is no dataset, and what has an author on the network is there already.
    return not isinstance(found.entry, SchemaEntry) and not hasattr(found.entry, "did")


# By name. The page draws promoting, and asks a desk for all of it.
ACTIONS: dict[str, Action] = {
    "promote": Action("promote", "Promote…", _can_be_promoted, lambda found: {"key": found.key}),
}


def actions_of(found: Found) -> list[list[str]]:
    """Return name and label of the actions that a dataset has."""
    return [[action.name, action.label] for action in ACTIONS.values() if action.fits(found)]
