"""RowFilter: an expression asked of samples as they are stored, without making samples of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from atdata_nb.errors import QueryError
from atdata_nb.samples import field_specs, is_packable
from atdata_nb.samples.codec import codec_of
from atdata_nb.samples.loose import ForeignCodec
from atdata_nb.samples.projection import ABSENT, SCALARS, Projection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atdata_nb.lenses import Lens
    from atdata_nb.protocols import Buffer
    from atdata_nb.queries.expressions import Booleans, Expression


class RowFilter:
    """Which of some packed samples match.

    What does not decode passes: whoever decodes it next says what is wrong with it, and where.

    Args:
        expression: the condition.
        stored_type: the type that samples are decoded as.
        lens: what samples are seen through by the condition; None where by their own fields.
    """

    def __init__(
        self, expression: Expression, stored_type: type, lens: Lens[Any, Any] | None = None
    ) -> None:
        self.expression, self.stored_type, self.lens = expression, stored_type, lens
        self._projection: Projection | None = None
        if lens is None and is_packable(stored_type):
            specs = {spec.name: spec for spec in field_specs(stored_type)}
            wanted = [specs[name] for name in expression.fields]
            if all(spec.type.kind in SCALARS for spec in wanted):
                self._projection = Projection(stored_type, [spec.name for spec in wanted])

    @property
    def defaulted(self) -> frozenset[str]:
        """Fields that have a value even where none is stored."""
        if not is_packable(self.stored_type):
            return frozenset()
        asked = set(self.expression.fields)
        specs = field_specs(self.stored_type)
        return frozenset(spec.name for spec in specs if spec.name in asked and not spec.required)

    def mask(self, payloads: Sequence[Buffer]) -> Booleans:
        """Return which samples match.

        Raises:
            QueryError: their values can't be compared.
        """
        if self._projection is not None:
            try:
                columns = self._projection.columns(payloads)
            except Exception:  # noqa: BLE001 - found again one by one
                return self._decoded(payloads)
            if all(map(_whole, columns.values())):
                return self.expression.mask(columns)
        return self._decoded(payloads)

    def _decoded(self, payloads: Sequence[Buffer]) -> Booleans:
        codec: Any = codec_of(self.stored_type)
        try:
            return self._of_records(codec.records(payloads))
        except QueryError:
            raise
        except Exception:  # noqa: BLE001 - found again one by one
            each = (self._one(payload) for payload in payloads)
            return np.fromiter(each, np.bool_, len(payloads))

    def _of_records(self, records: list[Any]) -> Booleans:
        codec: Any = codec_of(self.stored_type)
        if self.lens is not None or isinstance(codec, ForeignCodec):
            samples = codec.samples(records)
            seen = samples if self.lens is None else map(self.lens.get, samples)
            matches = self.expression.matches
            return np.fromiter((matches(sample) for sample in seen), np.bool_, len(records))
        if codec.field_names() is None:
            fields = self.expression.fields
            columns = {name: [record.get(name) for record in records] for name in fields}
        else:
            columns = {
                name: codec.column(records, name, stack=False) for name in self.expression.fields
            }
        return self.expression.mask(columns)

    def _one(self, payload: Buffer) -> bool:
        codec: Any = codec_of(self.stored_type)
        try:
            return bool(self._of_records([codec.record(payload)])[0])
        except QueryError:
            raise
        except Exception:  # noqa: BLE001 - it passes
            return True


def _whole(values: list[Any]) -> bool:
    return type(ABSENT) not in set(map(type, values))
