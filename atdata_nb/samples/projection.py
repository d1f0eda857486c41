"""Projection: a few fields of many samples, decoded without the rest of them."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

import msgspec

from atdata_nb.samples.annotations import field_specs
from atdata_nb.samples.joined import decode_joined, forget
from atdata_nb.samples.wire import PYTHON_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from atdata_nb.protocols import Buffer

ABSENT: Final = msgspec.UNSET
SCALARS: Final = frozenset({"int", "float", "str", "bool"})
LARGE: Final = 4096
_NIL: Final = b"\xc0"


class Projection:
    """Decodes some fields of a @packable class.

    Numbers, text and booleans come as they are. Of any other field comes only whether it has a
    value: True or None. A field that is not stored at all is ``ABSENT``.

    Args:
        cls: the sample class.
        names: fields of it.

    Example:
        >>> from atdata_nb.samples import packable
        >>> @packable
        ... class Row:
        ...     n: int
        ...     text: str
        >>> Projection(Row, ["n"]).columns([Row(1, "a").packed, Row(2, "b").packed])
        {'n': [1, 2]}
    """

    def __init__(self, cls: type, names: Iterable[str]) -> None:
        specs = {spec.name: spec.type for spec in field_specs(cls)}
        self.names = tuple(names)
        self._scalar = [specs[name].kind in SCALARS for name in self.names]
        fields = []
        for i, (name, scalar) in enumerate(zip(self.names, self._scalar, strict=True)):
            kind = PYTHON_TYPES[specs[name].kind] if scalar else msgspec.Raw
            wire: Any = kind | None if scalar and specs[name].optional else kind
            fields.append((f"f{i}", wire | msgspec.UnsetType, ABSENT))
        struct = msgspec.defstruct(
            "Projected",
            fields,
            rename={f"f{i}": name for i, name in enumerate(self.names)},
            gc=False,
        )
        self._one = msgspec.msgpack.Decoder(struct).decode
        self._many = msgspec.msgpack.Decoder(list[struct | None]).decode  # type: ignore[valid-type]

    def columns(self, payloads: Sequence[Buffer]) -> dict[str, list[Any]]:
        """Return the fields' values.

        Raises:
            Exception: whatever msgspec raises for a payload that is no sample of the class.
        """
        large = sum(map(len, payloads)) > LARGE * len(payloads)
        # Joining large ones would cost more than it saves.
        records = list(map(self._one, payloads)) if large else decode_joined(self._many, payloads)
        found: dict[str, list[Any]] = {}
        for i, (name, scalar) in enumerate(zip(self.names, self._scalar, strict=True)):
            values = list(map(attrgetter(f"f{i}"), records))
            found[name] = values if scalar else [_there(value) for value in values]
        return found

    def __reduce__(self) -> tuple[Any, ...]:
        return forget, ()


def _there(value: Any) -> Any:
    if value is ABSENT:
        return ABSENT
    return None if bytes(memoryview(value)[:1]) == _NIL else True
