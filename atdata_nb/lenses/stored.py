"""StoredLens: what an index keeps of a lens; data, never code that gets executed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from atdata_nb.display import Displayed
from atdata_nb.errors import LensError
from atdata_nb.lenses import mappings
from atdata_nb.lenses.declarative import KIND as DECLARATIVE
from atdata_nb.lenses.declarative import DeclarativeLens, steps_from_json
from atdata_nb.lenses.definitions import same_definition, type_name
from atdata_nb.lenses.network import LensNetwork
from atdata_nb.lenses.rebinding import rebind
from atdata_nb.lenses.references import KIND as CODE
from atdata_nb.lenses.references import CodeReference, Opaque

if TYPE_CHECKING:
    from atdata_nb.lenses.lens import Lens

S = TypeVar("S")
V = TypeVar("V")

Body = DeclarativeLens | CodeReference | Opaque

MAX_TEXT: Final = 5_000
FOREIGN_MAPPING: Final = (
    "written by a program that also stores lenses with logic as plain copies of their fields: "
    "compare some samples before you rely on it"
)


@dataclass(frozen=True, slots=True)
class StoredLens(Displayed):
    """A lens under a name, between two schemas.

    Attributes:
        name: what it is called.
        source_schema: reference of the schema it starts from.
        view_schema: reference of the schema it leads to.
        body: what it does: steps, a reference to code, or nothing that its author told.
        putter: reference to the code of the putter, where that is told.
        version: its version.
        created_at: when it was stored (ISO 8601).
        description: what its author says of it.
        caution: why it may not do what it says; None where there is no reason for doubt.
    """

    name: str
    source_schema: str
    view_schema: str
    body: Body
    putter: CodeReference | None = None
    version: str = "1.0.0"
    created_at: str | None = None
    description: str | None = None
    caution: str | None = None

    def __post_init__(self) -> None:
        for key in ("name", "source_schema", "view_schema", "version"):
            _check_text(key, getattr(self, key), required=True)
        for key in ("created_at", "description"):
            _check_text(key, getattr(self, key), required=False)

    @classmethod
    def of(
        cls,
        lens: Lens[Any, Any],
        *,
        source_schema: str,
        view_schema: str,
        name: str | None = None,
        repository: str = "",
        commit: str = "",
        version: str = "1.0.0",
        created_at: str | None = None,
        description: str | None = None,
    ) -> Self:
        """Return what can be kept of a lens: its steps if it has some, else where its code is.

        A lens that is a function is never stored as steps, whatever its fields are called.

        Raises:
            LensError: the lens is composed, and some of its steps are functions.
        """
        body: Body | None = lens.declaration
        if body is None and len(lens.steps) > 1:
            message = (
                f"lens {lens.name} is composed of functions; store each of them "
                f"({', '.join(step.name for step in lens.steps)})"
            )
            raise LensError(message)
        if body is None:
            body = CodeReference.of(lens, repository=repository, commit=commit)
        return cls(
            name=name or lens.name,
            source_schema=source_schema,
            view_schema=view_schema,
            body=body,
            version=version,
            created_at=created_at,
            description=description,
        )

    @property
    def runs(self) -> bool:
        """Whether it is data that runs anywhere, without anybody's code."""
        return isinstance(self.body, DeclarativeLens)

    def as_lens(
        self,
        source_type: type[S],
        view_type: type[V],
        *,
        network: LensNetwork | None = None,
    ) -> Lens[S, V]:
        """Return the working lens between two types.

        Steps run. Code is never imported: it takes a lens that the user registered as its
        implementation (``network.register(lens, implements=stored.body)``).

        Raises:
            LensError: nobody registered one, it is between other types, or the author told
                nothing; or the steps do not fit the types.
        """
        if isinstance(self.body, DeclarativeLens):
            return self.body.as_lens(source_type, view_type, name=self.name)
        if isinstance(self.body, Opaque):
            message = f"lens {self.name} can't run: {self.body}"
            raise LensError(message)
        place = LensNetwork.default() if network is None else network
        found = place.implementation(self.body)
        if found is None:
            message = (
                f"lens {self.name} is code, {self.body.path}, which is never imported; read it, "
                "define it yourself as a lens, and register that with register(lens, "
                "implements=stored.body)"
            )
            raise LensError(message)
        self._check_types(found, source_type, view_type)
        return rebind(found, source_type, view_type)

    def _check_types(self, found: Lens[Any, Any], source_type: type, view_type: type) -> None:
        pairs = ((found.source_type, source_type), (found.view_type, view_type))
        if not all(same_definition(have, want) for have, want in pairs):
            message = (
                f"{found} was registered as lens {self.name}, but is not between "
                f"{type_name(source_type)} and {type_name(view_type)}"
            )
            raise LensError(message)

    def to_dict(self) -> dict[str, Any]:
        """Return the lens as JSON: the keys of the published ``atdata``, and the steps.

        Raises:
            LensError: a value in a step has no JSON form.
        """
        body = _body_to_json(self.body)
        optional = {"created_at": self.created_at, "description": self.description}
        return {
            "name": self.name,
            "version": self.version,
            "source_schema": self.source_schema,
            "view_schema": self.view_schema,
            "getter": body,
            "putter": body if self.putter is None else self.putter.to_dict(),
            **{key: text for key, text in optional.items() if text is not None},
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read a stored lens that somebody else may have written.

        Raises:
            LensError: it is none, or of a kind that is not known.
        """
        if not isinstance(data, Mapping):
            raise LensError("no stored lens: no object")
        body, caution = _body_from_json(data.get("getter"))
        putter = data.get("putter")
        is_code = isinstance(putter, Mapping) and putter.get("kind") == CODE
        code = CodeReference.from_dict(putter) if isinstance(putter, Mapping) and is_code else None
        return cls(
            name=data.get("name", ""),
            source_schema=data.get("source_schema", ""),
            view_schema=data.get("view_schema", ""),
            body=body,
            putter=None if code == body else code,
            version=data.get("version", "1.0.0"),
            created_at=data.get("created_at"),
            description=data.get("description"),
            caution=caution,
        )

    def __repr__(self) -> str:
        lines = [
            f"StoredLens {self.name} {self.version}: {self.source_schema} → {self.view_schema}",
            f"  {self.body}",
        ]
        lines += [f"  {text}" for text in (self.description, self.caution) if text]
        return "\n".join(lines)


def _body_to_json(body: Body) -> dict[str, Any]:
    plain = body.to_dict()
    mapping = mappings.steps_to_mapping(body.steps) if isinstance(body, DeclarativeLens) else None
    if mapping is None:
        return plain
    # What an older reader needs, beside what we read ourselves.
    return {
        "kind": mappings.KIND,
        "mappings": mappings.mapping_to_json(mapping),
        "steps": plain["steps"],
    }


def _body_from_json(data: Any) -> tuple[Body, str | None]:
    kind = data.get("kind") if isinstance(data, Mapping) else None
    if kind == DECLARATIVE:
        return DeclarativeLens.from_dict(data), None
    if kind == CODE:
        return CodeReference.from_dict(data), None
    if kind == "opaque":
        return Opaque(), None
    if kind == mappings.KIND:
        return _read_mapping(data)
    message = f"a stored lens of the unknown kind {str(kind)[:40]!r}"
    raise LensError(message)


def _read_mapping(data: Mapping[str, Any]) -> tuple[DeclarativeLens, str | None]:
    found = mappings.declarative_from_mapping(data.get("mappings"))
    if "steps" not in data:
        return found, FOREIGN_MAPPING
    own = DeclarativeLens(steps_from_json(data["steps"]))
    # Else it would show one thing to an older reader and do another here.
    if mappings.steps_to_mapping(own.steps) != mappings.steps_to_mapping(found.steps):
        raise LensError("a stored lens whose steps and mappings say different things")
    return own, None


def _check_text(key: str, text: Any, *, required: bool) -> None:
    if text is None and not required:
        return
    known = isinstance(text, str) and len(text) <= MAX_TEXT
    if not known or (required and not (text and text.isprintable())):
        message = f"stored lens: {key} is no printable text of 1 to {MAX_TEXT:,} characters"
        raise LensError(message)
