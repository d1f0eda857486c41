"""Arrow columns: which field an Arrow column becomes, and how its values get there.

What `Dataset.to_arrow` wrote is read back as it was: its columns say what they stand for
(``FORM_KEY``). Of anybody else's, lists of numbers are arrays, as nothing else would be as small.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.bridges import arrow_values as values
from atdata_nb.bridges.columns import Column
from atdata_nb.errors import SampleTypeError
from atdata_nb.schemas import Field, FieldType, Schema
from atdata_nb.schemas.names import class_name, field_names
from atdata_nb.tables.arrow import FORM_KEY
from atdata_nb.tables.extras import need

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from atdata_nb.bridges.columns import Read

ANY: Final = FieldType(kind="primitive", primitive="any")
TEXT: Final = FieldType(kind="primitive", primitive="str")

# Which primitive holds which of Arrow's types, by pyarrow's tests for them.
_PRIMITIVES: Final = {
    "is_boolean": "bool",
    "is_integer": "int",
    "is_floating": "float",
    "is_string": "str",
    "is_large_string": "str",
    "is_string_view": "str",
    "is_binary": "bytes",
    "is_large_binary": "bytes",
    "is_binary_view": "bytes",
    "is_fixed_size_binary": "bytes",
}


@dataclass(frozen=True, slots=True)
class Way:
    """How values of one Arrow type become field values.

    Attributes:
        type: the field's type.
        read: from an Arrow array to a list.
        description: what the field's type does not say.
    """

    type: FieldType
    read: Read
    description: str | None = None


def columns_of(schema: pa.Schema, arrays: Sequence[Any] | None = None) -> list[Column]:
    """Return the columns of an Arrow schema, or of a struct, on their way to fields.

    Args:
        schema: the schema, or the fields of a struct.
        arrays: all values, by column: which are missing. None: what the schema says may be.

    Raises:
        SampleTypeError: a column's type is none that a field can hold.
    """
    names = field_names(item.name for item in schema)
    found = []
    for place, (item, name) in enumerate(zip(schema, names, strict=True)):
        array = None if arrays is None else arrays[place]
        optional = item.nullable if array is None else array.null_count > 0
        found.append(column_of(place, item.name, name, way_of(item, array), optional=optional))
    return found


def column_of(place: int, label: str, name: str, way: Way, *, optional: bool) -> Column:
    """Return a column; its description says what it was called, if it got another name."""
    told = filter(None, (None if name == label else label, way.description))
    missing: dict[str, Any] = {"optional": True, "default": None} if optional else {}
    field = Field(name, way.type, description=": ".join(told) or None, **missing)
    return Column(place, field, way.read)


def way_of(item: pa.Field, array: Any = None) -> Way:
    """Return how the values of an Arrow field become field values.

    Args:
        item: the field.
        array: all its values; None where they are not known yet.

    Raises:
        SampleTypeError: its type is none that a field can hold.
    """
    told = (item.metadata or {}).get(FORM_KEY, b"").decode()
    if told in {"array", "unseen"}:
        return Way(FieldType(kind="ndarray"), values.packed_arrays)
    if told == "msgpack":
        return Way(ANY, values.unpacked)
    try:
        return _way(item, told, array)
    except SampleTypeError as error:
        message = f"column {item.name!r}: {error}"
        raise SampleTypeError(message) from error


def _way(item: pa.Field, told: str, array: Any) -> Way:
    pa = need("pyarrow")
    types, kind = pa.types, item.type
    if isinstance(kind, pa.FixedShapeTensorType):
        return _tensor(kind.value_type, tuple(kind.shape))
    if isinstance(kind, pa.BaseExtensionType) or types.is_dictionary(kind):
        return _beneath(item)
    if types.is_fixed_size_list(kind) and values.is_number(values.element(kind)):
        return _tensor(values.element(kind), values.fixed_shape(kind))
    lists = values.is_list(kind)
    if told == "nested" or (told != "list" and lists and values.is_number(kind.value_type)):
        return _ragged(kind)
    if lists:
        return _list(kind, array, trusted=told == "list")
    if types.is_map(kind):
        items = way_of(kind.item_field)
        inner = FieldType(kind="map", items=items.type, items_optional=kind.item_field.nullable)
        return Way(inner, values.Maps(items.read))
    return _struct(item, array) if types.is_struct(kind) else _scalar(kind)


def _beneath(item: pa.Field) -> Way:
    kind = item.type
    dictionary = need("pyarrow").types.is_dictionary(kind)
    way = way_of(item.with_type(kind.value_type if dictionary else kind.storage_type))
    return Way(way.type, values.Beneath(way.read), way.description)


def _tensor(element: Any, shape: tuple[int, ...]) -> Way:
    kind = FieldType(kind="ndarray", dtype=values.dtype_of(element), shape=shape)
    return Way(kind, values.Tensors(shape))


def _ragged(kind: Any) -> Way:
    ndim = values.depth(kind)
    dtype = values.dtype_of(values.element(kind))
    free = FieldType(kind="ndarray", dtype=dtype, shape=(None,) * ndim)
    return Way(free, values.Ragged(ndim))


def _list(kind: Any, array: Any, *, trusted: bool) -> Way:
    inner = None if array is None else need("pyarrow.compute").list_flatten(array)
    items = way_of(kind.value_field, inner)
    optional = kind.value_field.nullable
    if inner is not None and not trusted:
        # Other libraries say of all items that they may be missing.
        optional = inner.null_count > 0
    outer = FieldType(kind="array", items=items.type, items_optional=optional)
    return Way(outer, values.Lists(items.read))


def _struct(item: pa.Field, array: Any) -> Way:
    fields = [item.type.field(i) for i in range(item.type.num_fields)]
    parts = None if array is None else values.parts_of(array)
    columns = columns_of(fields, parts)
    schema = Schema(class_name(item.name), "1.0.0", tuple(column.field for column in columns))
    names = tuple(column.field.name for column in columns)
    reads = tuple(column.read for column in columns)
    return Way(FieldType(kind="ref", schema=schema), values.Structs(names, reads))


def _scalar(kind: Any) -> Way:
    types = need("pyarrow").types
    for test, primitive in _PRIMITIVES.items():
        if getattr(types, test)(kind):
            return Way(FieldType(kind="primitive", primitive=primitive), values.as_they_are)
    if types.is_temporal(kind) and not types.is_interval(kind):
        return Way(TEXT, values.plainly, "ISO 8601")
    if types.is_decimal(kind):
        return Way(TEXT, values.plainly)
    if types.is_null(kind):
        return Way(ANY, values.as_they_are)
    message = f"values of Arrow's type {kind} have no place in a sample"
    raise SampleTypeError(message)
