"""Arrow: columns as Arrow arrays, each of the type that its form says."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.errors import SampleTypeError
from atdata_nb.samples.dicts import pack_map
from atdata_nb.tables.extras import need
from atdata_nb.tables.forms import INT64, NULL, Form
from atdata_nb.tables.lists import null_mask, offsets_of
from atdata_nb.tables.tensors import array_column, array_type, nested_type, tensor_type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from atdata_nb.tables.columns import Columns

# What a column's type alone does not say, in the field's metadata.
FORM_KEY: Final = b"atdata.form"
_TOLD: Final = frozenset({"nested", "array", "unseen", "msgpack", "list"})


def arrow_type(form: Form) -> Any:
    """Return the Arrow type of a form.

    Example:
        >>> arrow_type(Form("list", items=Form("int")))
        ListType(list<item: int64 not null>)
    """
    pa = need("pyarrow")
    match form.kind:
        case "int":
            return _int_type(form)
        case "list":
            return pa.list_(_field("item", form.items or NULL))
        case "map":
            return pa.map_(pa.string(), _field("value", form.items or NULL))
        case "struct":
            return pa.struct([_field(name, part) for name, part in form.fields])
        case "tensor":
            return tensor_type(form)
        case "nested":
            return nested_type(form)
        case "array" | "unseen":
            return array_type()
        case kind:
            return _scalar_types()[kind]


def _scalar_types() -> dict[str, Any]:
    pa = need("pyarrow")
    return {
        "null": pa.null(),
        "bool": pa.bool_(),
        "float": pa.float64(),
        "str": pa.string(),
        "bytes": pa.binary(),
        "msgpack": pa.binary(),
    }


def _int_type(form: Form) -> Any:
    pa = need("pyarrow")
    if form.high < INT64 and form.low >= -INT64:
        return pa.int64()
    if form.low >= 0 and form.high < 2 * INT64:
        return pa.uint64()
    # Negative numbers beside such as only uint64 holds: twenty digits hold both.
    return pa.decimal128(20, 0) if form.low >= -INT64 and form.high < 2 * INT64 else pa.string()


def _field(name: str, form: Form) -> Any:
    metadata = {FORM_KEY: form.kind.encode()} if form.kind in _TOLD else None
    nullable = form.nullable or form.kind == "null"
    return need("pyarrow").field(name, arrow_type(form), nullable=nullable, metadata=metadata)


def schema_of(forms: Mapping[str, Form]) -> Any:
    """Return the Arrow schema of columns."""
    return need("pyarrow").schema([_field(name, form) for name, form in forms.items()])


def record_batch(columns: Columns, forms: Mapping[str, Form]) -> Any:
    """Return columns as one record batch; a column that these rows lack is null.

    Raises:
        SampleTypeError: a value is not of its field's type.
    """
    pa = need("pyarrow")
    arrays = [_column(columns, name, form) for name, form in forms.items()]
    return pa.RecordBatch.from_arrays(arrays, schema=schema_of(forms))


def _column(columns: Columns, name: str, form: Form) -> Any:
    pa = need("pyarrow")
    try:
        array = build(form, columns.column(name))
    except (pa.ArrowException, TypeError, ValueError, OverflowError, AttributeError) as error:
        message = f"column {name!r}: values that are no {form.kind}: {error}"
        raise SampleTypeError(message) from error
    if array.null_count and not form.nullable and form.kind != "null":
        message = f"column {name!r}: None, but the field is not optional"
        raise SampleTypeError(message)
    return array


def build(form: Form, values: Any) -> Any:
    """Return values as an Arrow array of a form's type."""
    pa = need("pyarrow")
    match form.kind:
        case "tensor" | "nested" | "array" | "unseen":
            return array_column(form, values)
        case "list":
            return _lists(form, values)
        case "map":
            return _maps(form, values)
        case "struct":
            return _structs(form, values)
        case "msgpack":
            packed = [None if value is None else pack_map(value) for value in values]
            return pa.array(packed, pa.binary())
        case "int" if arrow_type(form) == pa.string():
            return pa.array([None if value is None else str(int(value)) for value in values])
        case _:
            return pa.array(values, arrow_type(form))


def _lists(form: Form, values: Sequence[Any]) -> Any:
    present = [() if value is None else value for value in values]
    items = build(form.items or NULL, list(chain.from_iterable(present)))
    return need("pyarrow").ListArray.from_arrays(
        offsets_of([len(value) for value in present]),
        items,
        type=arrow_type(form),
        mask=null_mask(values),
    )


def _maps(form: Form, values: Sequence[Any]) -> Any:
    pa = need("pyarrow")
    present = [_mapping(value) for value in values]
    items = build(form.items or NULL, [part for value in present for part in value.values()])
    offsets = offsets_of([len(value) for value in present])
    mask = null_mask(values)
    keys = pa.array([key for value in present for key in value], pa.string())
    return pa.MapArray.from_arrays(offsets, keys, items, type=arrow_type(form), mask=mask)


def _mapping(value: Any) -> Any:
    # A nested sample without fields is stored as an empty map.
    return value if hasattr(value, "keys") else {}


def _structs(form: Form, values: Sequence[Any]) -> Any:
    arrays = [build(part, [_part(v, name) for v in values]) for name, part in form.fields]
    fields = list(arrow_type(form))
    return need("pyarrow").StructArray.from_arrays(arrays, fields=fields, mask=null_mask(values))


def _part(value: Any, name: str) -> Any:
    if value is None:
        return None
    return value[name] if isinstance(value, dict) else getattr(value, name)
