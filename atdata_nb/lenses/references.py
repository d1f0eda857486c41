"""CodeReference: where the code of a lens is, to be read by people and never imported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final, Self

from atdata_nb.display import Displayed
from atdata_nb.errors import LensError

if TYPE_CHECKING:
    from atdata_nb.lenses.lens import Lens

KIND: Final = "code_reference"
MAX_TEXT: Final = 2_000


@dataclass(frozen=True, slots=True)
class CodeReference(Displayed):
    """A function in somebody's repository, at one commit.

    It is a fact to show, not code to run: nothing here imports it, whoever wrote it and wherever
    it points. Who has read the function and trusts it defines it as a lens and registers that
    with ``LensNetwork.default().register(lens, implements=reference)``.

    Attributes:
        path: the function, as ``module:function``.
        repository: URL of the repository; empty when only a module is known.
        commit: the commit the path is meant at.
        branch: the branch it was on.
        language: what it is written in.

    Raises:
        LensError: there is no path, or a text is not printable or too long.

    Example:
        >>> CodeReference("lenses:to_grey", "https://example.org/r", "0f0f0f")
        CodeReference: lenses:to_grey in https://example.org/r at 0f0f0f (not run unless registered)
    """

    path: str
    repository: str = ""
    commit: str = ""
    branch: str = ""
    language: str = ""

    def __post_init__(self) -> None:
        for field in fields(self):
            text = getattr(self, field.name)
            if not isinstance(text, str) or len(text) > MAX_TEXT or not text.isprintable():
                message = (
                    f"code reference: {field.name} is no printable text of at most {MAX_TEXT:,} "
                    "characters"
                )
                raise LensError(message)
        if not self.path:
            raise LensError("code reference: it has no path (module:function)")

    @classmethod
    def of(cls, lens: Lens[Any, Any], *, repository: str = "", commit: str = "") -> Self:
        """Return the reference of a lens's own getter."""
        return cls(":".join(lens.place), repository, commit, language="python")

    def to_dict(self) -> dict[str, Any]:
        """Return the reference as JSON, with the keys that the published ``atdata`` writes."""
        module, _, name = self.path.partition(":")
        known = {field.name: getattr(self, field.name) for field in fields(self)}
        spelled = {"module": module, "qualname": name} if name else {}
        return {"kind": KIND, **spelled, **{key: text for key, text in known.items() if text}}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read a local reference (module, qualname) or a record's (repository, commit, path).

        Raises:
            LensError: it is neither.
        """
        if not isinstance(data, Mapping):
            raise LensError("code reference: no object")
        path = data.get("path")
        if path is None and isinstance(data.get("qualname"), str):
            path = f"{data.get('module', '')}:{data['qualname']}"
        if path is None:
            raise LensError("code reference: it has no path, and no module and qualname")
        others = {
            field.name: data[field.name]
            for field in fields(cls)
            if field.name != "path" and data.get(field.name) is not None
        }
        return cls(path, **others)

    def __repr__(self) -> str:
        place = f" in {self.repository}" if self.repository else ""
        at = f" at {self.commit}" if self.commit else ""
        return f"CodeReference: {self.path}{place}{at} (not run unless registered)"


@dataclass(frozen=True, slots=True)
class Opaque(Displayed):
    """A lens whose author kept its code; only its types are known."""

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {"kind": "opaque"}

    def __repr__(self) -> str:
        return "Opaque: the lens's author did not say what it does"
