"""SchemaDict: a schema as an index hands it out, a dict that knows how to show itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from atdata_nb.display import Displayed
from atdata_nb.errors import SchemaError
from atdata_nb.schemas.any_schema import from_any
from atdata_nb.schemas.local import to_local

if TYPE_CHECKING:
    from atdata_nb.schemas.model import Schema


class SchemaDict(dict[str, Any], Displayed):
    """The local form of a schema, and ``"$ref"``, where it is published.

    Example:
        >>> stored = {"name": "Digit", "version": "1.0.0", "fields": [
        ...     {"name": "label", "fieldType": {"$type": "local#primitive", "primitive": "int"},
        ...      "optional": False}]}
        >>> SchemaDict(stored)
        Digit 1.0.0
        field  type  default  description
        label  int
        >>> SchemaDict(stored)["fields"][0]["name"]
        'label'
    """

    @classmethod
    def of(cls, schema: Schema) -> Self:
        """Return the dict of a schema."""
        data, _ = to_local(schema)
        return cls(data if schema.ref is None else data | {"$ref": schema.ref})

    @property
    def schema(self) -> Schema:
        """The schema that the dict spells now.

        Raises:
            SchemaError: it spells none.
        """
        return from_any(self)[0]

    def __repr__(self) -> str:
        try:
            return repr(self.schema)
        except SchemaError as error:
            return f"{dict.__repr__(self)}\n(can't be read as a schema: {error})"
