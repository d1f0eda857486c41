"""Form: the few things that are asked before something is published, what is known filled in."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

from atdata_nb.widgets.flows.asks import LONGEST

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from atdata_nb.protocols import IndexEntry

Kind = Literal["text", "area", "license", "choice"]
NO_LICENSE = "Without a license nobody may use it. CC-BY-4.0 is the usual choice for data."
NO_DESCRIPTION = "Without a description nobody will find it."


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that is asked.

    Attributes:
        name: what it is called in what the page sends.
        label: what people read beside it.
        kind: ``text``, ``area`` for long ones, ``license``, or ``choice`` among ``options``.
        value: what is filled in.
        hint: what to know, always.
        empty: what to know while it is empty.
        placeholder: what stands there while it is.
        options: pairs of a value and what people read of it.
        shown_for: name and value of another field that this one goes with.
        folded: whether it is asked only of those who want to know more.
    """

    name: str
    label: str
    kind: Kind = "text"
    value: str = ""
    hint: str = ""
    empty: str = ""
    placeholder: str = ""
    options: tuple[tuple[str, str], ...] = ()
    shown_for: tuple[str, str] | None = None
    folded: bool = False

    def wire(self) -> dict[str, Any]:
        """Return it as the page reads it."""
        told = asdict(self)
        told["shownFor"] = told.pop("shown_for")
        if len(self.value) > LONGEST:
            # Somebody else's entry may say any amount; it would be sent back with each change.
            told["value"] = self.value[:LONGEST]
            told["hint"] = f"the first {LONGEST:,} of its {len(self.value):,} characters"
        return told


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a dataset beforehand, as its author wrote it."""

    name: str = ""
    description: str = ""
    license: str = ""
    tags: tuple[str, ...] = ()

    @classmethod
    def of(cls, entry: IndexEntry) -> Self:
        """Return what an entry says, by itself or in its metadata."""
        metadata = entry.metadata or {}

        def said(name: str) -> Any:
            return getattr(entry, name, None) or metadata.get(name)

        def text(name: str) -> str:
            value = said(name)
            return value if isinstance(value, str) else ""

        tags = said("tags")
        words = tuple(map(str, tags)) if isinstance(tags, (list, tuple)) else ()
        return cls(str(entry.name), text("description"), text("license"), words)


def about(known: Known) -> list[Field]:
    """Return what is asked of every dataset."""
    return [
        Field("name", "Name", value=known.name),
        Field("description", "Description", "area", known.description, empty=NO_DESCRIPTION),
        Field("license", "License", "license", known.license, empty=NO_LICENSE),
        Field("tags", "Tags", value=", ".join(known.tags), placeholder="words, with commas"),
    ]


def tags_of(text: str) -> list[str]:
    """Return the tags in a text.

    >>> tags_of(" images, tutorial ,, images")
    ['images', 'tutorial']
    """
    return list(dict.fromkeys(word for part in text.split(",") if (word := part.strip())))


def told(form: Mapping[str, str], name: str) -> str | None:
    """Return what somebody filled in, None for nothing."""
    return form.get(name, "").strip() or None


def literal(options: Mapping[str, Any]) -> str:
    """Return keyword arguments as code.

    >>> literal({"name": "digits", "tags": ["images"], "license": None})
    "name='digits', tags=['images']"
    """
    return ", ".join(f"{key}={value!r}" for key, value in options.items() if value)


def wires(fields: Sequence[Field]) -> list[dict[str, Any]]:
    """Return a form as the page reads it."""
    return [field.wire() for field in fields]
