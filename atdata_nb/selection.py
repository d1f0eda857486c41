"""Selection: the samples of a dataset that match a condition, still a dataset."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, overload

from atdata_nb.dataset import Dataset
from atdata_nb.errors import QueryError
from atdata_nb.manifests.selecting import SelectedAccess
from atdata_nb.queries import as_expression
from atdata_nb.queries.checking import check
from atdata_nb.queries.rows import RowFilter
from atdata_nb.rewriting.provenance import Step

if TYPE_CHECKING:
    from atdata_nb.manifests.finding import Found
    from atdata_nb.queries import Expression

T = TypeVar("T")
U = TypeVar("U")


class Selection(Dataset[T]):
    """Samples that match a condition: what `Dataset.where` returns.

    Everything that a dataset gives, this gives of the samples that match: batches, numbers, tables,
    copies, what lenses see. Conditions are kept through all of it. Nothing is read before samples
    are asked for.
    """

    _filters: tuple[RowFilter, ...]

    @classmethod
    def of(cls, ds: Dataset[T], condition: Any) -> Selection[T]:
        """Return the samples of a dataset that match.

        Raises:
            ExpressionError: the condition says nothing, or of a field that is not there.
            ComparisonError: its fields' types can't be compared.
        """
        expression = as_expression(condition)
        check(expression, ds.sample_type)
        before = ds._filters if isinstance(ds, Selection) else ()  # noqa: SLF001
        one = RowFilter(expression, ds.stored_type, ds._lens)  # noqa: SLF001
        view = cls._view(ds, ds.sample_type, (*before, one), lens=ds._lens)  # noqa: SLF001
        named = ds.sample_type.__qualname__
        view.steps = (*ds.steps, Step(f"where {expression}", named, named))
        return view

    @classmethod
    def _view(
        cls, ds: Dataset[Any], sample_type: type[U], filters: tuple[RowFilter, ...], lens: Any
    ) -> Selection[U]:
        view: Selection[Any] = object.__new__(Selection)
        view.__dict__.update(ds.__getstate__())
        view._sample_type, view._lens, view._filters = sample_type, lens, filters
        if sample_type is not ds.sample_type:
            view._schema = None
        view._access = view._new_access()
        return view

    def _like(self, sample_type: type[U]) -> Dataset[U]:
        return self._view(self, sample_type, self._filters, None)

    @property
    def conditions(self) -> tuple[Expression, ...]:
        """What the samples match, all of it."""
        return tuple(one.expression for one in self._filters)

    @property
    def is_selection(self) -> bool:
        """Yes."""
        return True

    @overload
    def __getitem__(self, item: int) -> T: ...
    @overload
    def __getitem__(self, item: slice) -> list[T]: ...
    def __getitem__(self, item: int | slice) -> T | list[T]:
        """Return the match at a place, or the matches of a slice.

        Raises:
            IndexError: there are fewer.
            NotRandomAccessError: what matches can only be found by reading a remote shard.
            ManifestError: a shard's manifest leads to a sample that does not match.
        """
        return super().__getitem__(item) if isinstance(item, slice) else self.take([item])[0]

    def explain(self) -> Explanation:
        """Return how the samples are found, by the shards' manifests; no shard is read for it.

        Raises:
            ComparisonError: there are values that can't be compared with what they are compared
                with.
        """
        assert isinstance(self._access, SelectedAccess)  # noqa: S101 - made by this class
        return Explanation(self.condition, tuple(self._access.found_all()))

    @property
    def condition(self) -> str:
        """What the samples match, as text."""
        if len(self._filters) == 1:
            return str(self.conditions[0])
        return " and ".join(f"({one})" for one in self.conditions)

    def as_webdataset(self) -> Any:
        """Refuse: a pipeline reads the source, and would give samples that do not match.

        Raises:
            QueryError: always.
        """
        raise QueryError(
            "webdataset reads whole shards: write the selection first, as in "
            "index.write(name, ds.where(…)), and use what was written"
        )

    def _new_access(self) -> SelectedAccess:
        return SelectedAccess(self._source, self._written, self._filters)

    def __repr__(self) -> str:
        return f"{super().__repr__()[:-1]}; where {self.condition})"


@dataclass(frozen=True, slots=True, repr=False)
class Explanation:
    """How the samples of a selection are found.

    Attributes:
        condition: what they match.
        shards: what is known of each shard.
    """

    condition: str
    shards: tuple[Found, ...]

    @property
    def scanned(self) -> int:
        """Shards that are read from beginning to end."""
        return sum(one.how == "scan" for one in self.shards)

    @property
    def pruned(self) -> int:
        """Shards that are not read at all."""
        return sum(not len(one.rows) for one in self.shards if one.rows is not None)

    @property
    def found(self) -> int:
        """Samples that manifests lead to."""
        return sum(len(one.rows) for one in self.shards if one.rows is not None)

    def __repr__(self) -> str:
        lines = [f"where {self.condition}"]
        if self.pruned:
            lines.append(
                f"skips {_shards(self.pruned)}: by their manifests nothing in them matches"
            )
        rest = len(self.shards) - self.pruned - self.scanned
        if rest:
            lines.append(f"reads {self.found:,} samples of {_shards(rest)}, by their manifests")
        why = Counter(one.why for one in self.shards if one.how == "scan")
        lines += [f"scans {_shards(count)}: {reason}" for reason, count in why.most_common()]
        return "\n".join(lines)


def _shards(count: int) -> str:
    return f"{count:,} shard{'' if count == 1 else 's'}"
