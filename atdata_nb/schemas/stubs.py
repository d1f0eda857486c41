"""Stubs: the classes of schemas as ``.pyi`` text, for editors and type checkers.

The text is for reading only, nothing runs it. Still nothing in it is as a stranger wrote it: names
are identifiers, versions numbers, dtypes names of numpy's, and words stand in escaped literals
(TRAPS S3, S4).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from atdata_nb.schemas.dtypes import parse_dtype
from atdata_nb.schemas.model import MISSING
from atdata_nb.schemas.text import one_line, type_label
from atdata_nb.schemas.versions import Version

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from atdata_nb.schemas.model import Field, FieldType, Schema

_LONGEST: Final = 60
# Members of the base class: a field of that name can't be declared in a class derived from it.
_BASE_MEMBERS: Final = frozenset({"from_data", "from_bytes", "packed", "as_wds"})
_BUILTINS: Final = ("str", "int", "float", "bool", "bytes", "list", "dict")
_IMPORTS: Final = {
    "Any": ("typing", "Any"),
    "NDArray": ("numpy.typing", "NDArray"),
    "PackableSample": ("atdata_nb.samples", "PackableSample"),
} | {name: ("builtins", name) for name in _BUILTINS}


def stub_text(schemas: Iterable[Schema]) -> str:
    """Return the text of a ``.pyi`` module with a class for each schema, nested ones included.

    The newest version of a name has the bare name, another one its version behind it:
    ``Digit_1_0_0``.

    Example:
        >>> from atdata_nb.schemas import Field, FieldType, Schema
        >>> image = Field("image", FieldType(kind="ndarray", dtype="uint8", shape=(8, 8)))
        >>> label = Field("label", FieldType(kind="primitive", primitive="int"), default=0)
        >>> print(stub_text([Schema("Digit", "1.0.0", (image, label))]))
        # Written by atdata_nb from schemas; changes here will be overwritten.
        import numpy as np
        from atdata_nb.samples import PackableSample
        from builtins import int
        from numpy.typing import NDArray
        <BLANKLINE>
        class Digit(PackableSample):
            'Digit 1.0.0'
            image: NDArray[np.uint8]
            'uint8 8×8'
            label: int
            'int'
            def __init__(self, image: NDArray[np.uint8], label: int = 0) -> None: ...
        <BLANKLINE>
    """
    return _Stubs(schemas).text()


def stub_file_name(schema: Schema) -> str:
    """Return the name of a file for one schema's stub: ``Digit_1_0_0.pyi``.

    >>> from atdata_nb.schemas import Schema
    >>> stub_file_name(Schema("Digit", "1.0.0", ()))
    'Digit_1_0_0.pyi'
    """
    return f"{_versioned(schema)}.pyi"


def stub_class_names(schemas: Iterable[Schema]) -> dict[str, str]:
    """Return what the classes are called in the stub of these schemas, by ``identity_cid``."""
    return dict(_Stubs(schemas).classes)


def _versioned(schema: Schema) -> str:
    return f"{schema.name}_{schema.version.replace('.', '_')}"


class _Stubs:
    def __init__(self, schemas: Iterable[Schema]) -> None:
        found: dict[str, Schema] = {}
        for schema in schemas:
            _collect(schema, found)
        self._schemas = sorted(found.values(), key=_order)
        self.classes = _class_names(self._schemas)
        fields = {item.name for schema in self._schemas for item in schema.fields}
        # In a class body a field hides what has its name outside of it.
        self._taken = fields | set(self.classes.values())
        self._hidden = fields
        self._used: dict[str, str] = {}

    def text(self) -> str:
        bodies = ["\n".join(self._class(schema)) for schema in self._schemas]
        aliases = [
            f"__class_{name}__ = {name}" for name in self.classes.values() if name in self._hidden
        ]
        head = ["# Written by atdata_nb from schemas; changes here will be overwritten."]
        head += sorted(self._used.values(), key=lambda line: (line.startswith("from"), line))
        return "\n".join((*head, "", "\n\n".join(bodies), *aliases)).rstrip() + "\n"

    def _name(self, name: str) -> str:
        """Return what a type is called here, and import it."""
        local = f"__py_{name}__" if name in self._taken else name
        module, member = _IMPORTS[name]
        self._used[name] = f"from {module} import {member}" + (
            "" if local == member else f" as {local}"
        )
        return local

    def _numpy(self, member: str) -> str:
        local = "__py_np__" if "np" in self._taken else "np"
        self._used["np"] = f"import numpy as {local}"
        return f"{local}.{member}"

    def _class(self, schema: Schema) -> Iterator[str]:
        plain = any(item.name in _BASE_MEMBERS for item in schema.fields)
        base = "" if plain else f"({self._name('PackableSample')})"
        yield f"class {self.classes[schema.identity_cid]}{base}:"
        words = f"{schema.name} {schema.version}" + (
            f": {one_line(schema.description, 1000)}" if schema.description else ""
        )
        yield f"    {words!r}"
        for item in schema.fields:
            yield f"    {item.name}: {self._annotation(item)}"
            label = type_label(item.type, optional=item.optional)
            told = f"{label}. {one_line(item.description, 1000)}" if item.description else label
            yield f"    {told!r}"
        yield f"    def __init__({', '.join(self._parameters(schema))}) -> None: ..."

    def _parameters(self, schema: Schema) -> Iterator[str]:
        first = "self"
        while any(item.name == first for item in schema.fields):
            first = f"_{first}"
        yield first
        keyword_only, defaulted = [], False
        for item in schema.fields:
            if item.required and defaulted:
                keyword_only.append(item)
            else:
                yield self._parameter(item)
            defaulted = defaulted or not item.required
        if keyword_only:
            yield "*"
            yield from map(self._parameter, keyword_only)

    def _parameter(self, item: Field) -> str:
        default = "" if item.required else f" = {_default(item.default)}"
        return f"{item.name}: {self._annotation(item)}{default}"

    def _annotation(self, item: Field) -> str:
        text = self._type(item.type)
        return f"{text} | None" if item.optional and item.type.primitive != "any" else text

    def _type(self, kind: FieldType) -> str:
        match kind.kind:
            case "primitive":
                return self._name("Any" if kind.primitive == "any" else str(kind.primitive))
            case "ndarray":
                return f"{self._name('NDArray')}[{self._element(kind)}]"
            case "ref":
                return self._name("Any") if kind.schema is None else self._nested(kind.schema)
        items = self._name("Any") if kind.items is None else self._type(kind.items)
        if kind.items_optional and kind.items is not None and kind.items.primitive != "any":
            items = f"{items} | None"
        if kind.kind == "array":
            return f"{self._name('list')}[{items}]"
        return f"{self._name('dict')}[{self._name('str')}, {items}]"

    def _element(self, kind: FieldType) -> str:
        if kind.dtype is None:
            return self._name("Any")
        name = parse_dtype(kind.dtype).type.__name__
        return self._numpy("bool_" if name == "bool" else name)

    def _nested(self, schema: Schema) -> str:
        name = self.classes[schema.identity_cid]
        return f"__class_{name}__" if name in self._hidden else name


def _default(value: Any) -> str:
    literal = value is None or isinstance(value, bool | int | str | bytes)
    text = repr(value)
    return text if literal and value is not MISSING and len(text) <= _LONGEST else "..."


def _collect(schema: Schema, found: dict[str, Schema]) -> None:
    found.setdefault(schema.identity_cid, schema)
    for item in schema.fields:
        kind: FieldType | None = item.type
        while kind is not None:
            if kind.schema is not None:
                _collect(kind.schema, found)
            kind = kind.items


def _order(schema: Schema) -> tuple[Any, ...]:
    # The newest first: it gets the bare name.
    version = Version.parse(schema.version)
    numbers = (-version.major, -version.minor, -version.patch)
    return schema.name, numbers, schema.identity_cid


def _class_names(schemas: list[Schema]) -> dict[str, str]:
    names: dict[str, str] = {}
    # A schema may be called what another one's version would be called.
    bare = {schema.name for schema in schemas}
    for schema in schemas:
        taken = set(names.values())
        name, number = schema.name, 1
        while name in taken or (number > 1 and name in bare):
            name = _versioned(schema) + (f"_{number}" if number > 1 else "")
            number += 1
        names[schema.identity_cid] = name
    return names
