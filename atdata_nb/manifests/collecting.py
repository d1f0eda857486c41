"""Collector: watches samples on their way into a shard, and makes the shard's manifest of them."""

from __future__ import annotations

from collections import Counter
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from atdata_nb.errors import MissingExtraError
from atdata_nb.manifests.facts import ColumnFacts, facts_of
from atdata_nb.manifests.manifest import Manifest
from atdata_nb.manifests.sidecar import encode_sidecar
from atdata_nb.samples import DictSample, field_specs, is_packable
from atdata_nb.samples.codec import codec_of
from atdata_nb.samples.projection import ABSENT, SCALARS, Projection
from atdata_nb.shards.sources import COLUMNS_ENDING, MANIFEST_ENDING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from atdata_nb.protocols import Buffer

_BLOCK: Final = 4096
_BLOCK_BYTES: Final = 8 << 20
# Longer text on average would be the data once more.
MAX_MEAN_TEXT: Final = 256
_EXACT: Final = 1 << 53
_KINDS: Final[tuple[tuple[Any, str], ...]] = (
    (bool, "bool"),
    (int, "int"),
    (float, "float"),
    (str, "text"),
    ((bytes, bytearray, memoryview), "bytes"),
    ((list, tuple), "list"),
    (dict, "map"),
)
_SPEC_KINDS: Final[Mapping[str, str]] = {
    "bytes": "bytes",
    "ndarray": "array",
    "list": "list",
    "dict": "map",
    "packable": "map",
    "any": "other",
}


def collectors(sample_type: type | None, manifests: bool | None) -> Callable[[], Collector] | None:  # noqa: FBT001
    """Return what makes the collector of each shard; None where no manifests are to be written.

    Args:
        sample_type: type of the samples, where it is known.
        manifests: whether they are wanted; None: where pyarrow, which writes them, is installed.

    Raises:
        MissingExtraError: they are wanted, and pyarrow is not installed.
    """
    if manifests is False:
        return None
    if find_spec("pyarrow") is None:
        if manifests:
            raise MissingExtraError("manifests need pyarrow: pip install 'atdata-nb[tables]'")
        return None
    return partial(Collector, sample_type or DictSample)


class Collector:
    """What the samples of one shard have in their fields.

    Args:
        sample_type: the type they are stored as.
        held: bytes of samples that wait to be looked at together.
    """

    def __init__(self, sample_type: type, *, held: int = _BLOCK_BYTES) -> None:
        self._held = held
        self._typed = is_packable(sample_type)
        self._others: dict[str, str] = {}
        if self._typed:
            specs = field_specs(sample_type)
            # An array that must be there is: nothing to look at.
            looked_at = [
                spec.name
                for spec in specs
                if spec.type.kind in SCALARS | {"any"} or spec.type.optional or not spec.required
            ]
            self._names = tuple(spec.name for spec in specs)
            self._projection = Projection(sample_type, looked_at)
            self._others = {
                spec.name: _SPEC_KINDS[spec.type.kind]
                for spec in specs
                if spec.type.kind in _SPEC_KINDS
            }
        self._codec = codec_of(DictSample)
        self._waiting: list[Buffer] = []
        self._size = 0
        self._rows = 0
        self._columns: dict[str, _Column] = {}
        self._failed = False

    def add_many(self, payloads: Sequence[Buffer]) -> None:
        """Take in packed samples."""
        if self._failed:
            return
        self._waiting += payloads
        self._size += sum(map(len, payloads))
        if len(self._waiting) >= _BLOCK or self._size >= self._held:
            self._take()

    def _take(self) -> None:
        payloads, self._waiting, self._size = self._waiting, [], 0
        try:
            columns = self._decoded(payloads)
        except Exception:  # noqa: BLE001 - a sample of another kind: a shard like that has none
            self._failed = True
            self._columns = {}
            return
        for name in columns.keys() - self._columns.keys():
            self._columns[name] = _Column(name, self._others.get(name), before=self._rows)
        for name, column in self._columns.items():
            column.add(columns.get(name) or [ABSENT] * len(payloads))
        self._rows += len(payloads)

    def _decoded(self, payloads: Sequence[Buffer]) -> dict[str, list[Any]]:
        if self._typed:
            return self._projection.columns(payloads)
        records = self._codec.records(payloads)
        names = dict.fromkeys(name for record in records for name in record)
        return {name: [record.get(name, ABSENT) for record in records] for name in names}

    def finish(self, *, size: int, sha256: str) -> dict[str, bytes]:
        """Return the manifest and its sidecar by their endings; nothing where there can be none.

        Args:
            size: bytes of the shard.
            sha256: its SHA-256.
        """
        if self._waiting:
            self._take()
        if self._failed or not self._rows:
            return {}
        # In the order of the type; of others, by name: dicts have none that is all samples'.
        order = self._names if self._typed else sorted(self._columns)
        closed = {name: self._close(name) for name in order}
        facts = {name: found for name, (found, _) in closed.items()}
        stored = {name: array for name, (_, array) in closed.items() if array is not None}
        data, sidecar = encode_sidecar(stored, facts) if stored else (b"", None)
        manifest = Manifest(sha256, size, self._rows, tuple(facts.values()), sidecar)
        files = {COLUMNS_ENDING: data} if stored else {}
        return {**files, MANIFEST_ENDING: manifest.encode()}

    def _close(self, name: str) -> tuple[ColumnFacts, Any]:
        if name in self._columns:
            return self._columns[name].close()
        return ColumnFacts(name, {self._others[name]: self._rows}), None


class _Column:
    """One field's values so far, as Arrow arrays; without them where they are of several kinds."""

    def __init__(self, name: str, other: str | None, *, before: int) -> None:
        self._name, self._other = name, other
        self._kinds: Counter[str] = Counter()
        self._missing = self._absent = before
        self._parts: list[Any] | None = [] if other is None else None
        self._before = before

    def add(self, values: list[Any]) -> None:
        types = set(map(type, values))
        if type(ABSENT) in types:
            absent = sum(value is ABSENT for value in values)
            self._absent += absent
            values = [None if value is ABSENT else value for value in values]
            types = set(map(type, values))
        missing = values.count(None) if type(None) in types and self._other is None else 0
        if self._other is not None:
            missing = sum(value is None for value in values)
            self._missing += missing
            self._count({self._other: len(values) - missing})
            return
        self._missing += missing
        types.discard(type(None))
        if len(types) == 1:
            self._count({_kind(next(iter(types))): len(values) - missing})
        else:
            self._count(Counter(_kind(type(value)) for value in values if value is not None))
        if self._parts is not None:
            part = _array(values, self._kinds.keys())
            self._parts = None if part is None else [*self._parts, part]

    def _count(self, kinds: Mapping[str, int]) -> None:
        for kind, count in kinds.items():
            if count:
                self._kinds[kind] += count

    def close(self) -> tuple[ColumnFacts, Any]:
        """What is known of the column, and its values where they can be stored."""
        whole = self._joined()
        values = None if whole is None else _present(whole)
        facts = facts_of(
            self._name, values, kinds=self._kinds, missing=self._missing, absent=self._absent
        )
        return facts, None if whole is None or _is_long(whole) else whole

    def _joined(self) -> Any:
        import pyarrow as pa

        if not self._parts or not self._kinds:
            return None
        parts = [pa.nulls(self._before), *self._parts] if self._before else self._parts
        kind = _type_of(parts)
        if kind is None:
            return None
        try:
            return pa.chunked_array([part.cast(kind) for part in parts], kind).combine_chunks()
        except pa.ArrowInvalid:
            return None  # an integer that no float is


def _kind(found: type) -> str:
    return next((name for known, name in _KINDS if issubclass(found, known)), "other")


def _array(values: list[Any], kinds: Any) -> Any:
    """Return values as an Arrow array; None where there is none for them."""
    import pyarrow as pa

    if not kinds:
        return pa.nulls(len(values))
    try:
        if kinds <= {"text"}:
            return pa.array(values, pa.string())
        if kinds <= {"bool"}:
            return pa.array(values, pa.bool_())
        if kinds <= {"int"}:
            return _integers(values)
        if kinds <= {"int", "float"} and _exact(values):
            return pa.array(values, pa.float64())
    except (pa.ArrowException, OverflowError, UnicodeEncodeError):
        pass
    return None


def _integers(values: list[Any]) -> Any:
    import pyarrow as pa

    try:
        return pa.array(values, pa.int64())
    except (pa.ArrowException, OverflowError):
        return pa.array(values, pa.uint64())


def _exact(values: list[Any]) -> bool:
    return all(not isinstance(value, int) or -_EXACT <= value <= _EXACT for value in values)


def _type_of(parts: list[Any]) -> Any:
    import pyarrow as pa

    types = {part.type for part in parts} - {pa.null()}
    if len(types) == 1:
        return types.pop()
    if types == {pa.int64(), pa.uint64()}:
        return pa.uint64()
    return pa.float64() if types == {pa.int64(), pa.float64()} else None


def _present(whole: Any) -> Any:
    import pyarrow as pa

    there = whole.drop_null() if whole.null_count else whole
    if pa.types.is_string(there.type):
        return there
    return np.asarray(there.to_numpy(zero_copy_only=False))


def _is_long(whole: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string(whole.type)) and whole.nbytes > MAX_MEAN_TEXT * len(whole)
