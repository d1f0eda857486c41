"""Session: one dataset on screen, and the answers to what its grid asks."""

from __future__ import annotations

import math
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.batch import SampleBatch
from atdata_nb.tables.columns import specs_of
from atdata_nb.tables.statistics import Statistics
from atdata_nb.views.sounds import media_type, rate_of, sound_of_array, wave_file
from atdata_nb.views.text import one_line, visible
from atdata_nb.widgets.samples.arrow import encode_rows, make_ready
from atdata_nb.widgets.samples.cells import fields_of, row_cells
from atdata_nb.widgets.samples.code import code_of
from atdata_nb.widgets.samples.headers import Header, header, take_in
from atdata_nb.widgets.samples.matching import View
from atdata_nb.widgets.samples.pace import Pace
from atdata_nb.widgets.samples.requests import (
    CodeRequest,
    MatchRequest,
    RowsRequest,
    ScanRequest,
    SoundRequest,
    TableRequest,
    read_sample_request,
)
from atdata_nb.widgets.samples.rows import FAR_ROWS, RangedRows, rows_of
from atdata_nb.widgets.samples.scalars import Scalars
from atdata_nb.widgets.samples.told import Asking, NotYetError, ToldView, asking
from atdata_nb.widgets.samples.types import type_words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from atdata_nb.dataset import Dataset
    from atdata_nb.widgets.channel import Answer
    from atdata_nb.widgets.samples.rows import Rows

# Values of the first rows tell how wide a column has to be, and how high the rows.
_LOOKED: Final = 8
_MOST_SOUND: Final = 8 << 20
_STEP: Final = 256
_FASTEST: Final = 0.03
_LEARNING: Final = 0.25


class SampleSession:
    """What is known so far of one dataset that is on screen.

    Args:
        opener: opens the dataset; called again when the page asks for it afresh.
        limit: samples to show at most; None for all.
        source: lines of code that make ``dataset``.
    """

    def __init__(
        self, opener: Callable[[], Dataset[Any]], *, limit: int | None = None, source: str = ""
    ) -> None:
        self._open, self._limit, self._source = opener, limit, source
        self._forget()
        make_ready()

    def _forget(self) -> None:
        self._ds: Dataset[Any] | None = None
        self._rows: Rows | None = None
        self._columns: list[str] = []
        self._kinds: dict[str, str] = {}
        self.statistics = Statistics()
        self.scalars = Scalars()
        self._view = View()
        self._asking: Asking | None = None
        self._views = 0
        self._coming: View | None = None
        self._wanted = ("", -1, False)
        self._left: Any = None
        self._ended = False
        self._broken = 0

    @property
    def dataset(self) -> Dataset[Any]:
        """The dataset."""
        if self._ds is None:
            self._ds = self._open()
        return self._ds

    @property
    def rows(self) -> Rows:
        """Its rows."""
        if self._rows is None:
            self._rows = rows_of(self.dataset, self._limit)
        return self._rows

    def answer(self, content: dict[str, Any]) -> Answer:
        """Return the answer to a request.

        Raises:
            msgspec.ValidationError: it is none.
        """
        asked = read_sample_request(content)
        match asked:
            case TableRequest():
                return self._table(asked), []
            case ScanRequest():
                return self._scan(asked), []
            case MatchRequest():
                return self._match(asked), []
            case RowsRequest():
                return self._page(asked)
            case SoundRequest():
                return self._sound(asked)
            case CodeRequest():
                return {"code": self._code(asked)}, []

    # ---- what there is -------------------------------------------------------------------------

    def _table(self, asked: TableRequest) -> dict[str, Any]:
        if asked.fresh:
            self._forget()
        self._learn()
        types = self._declared()
        columns = [
            {"name": one_line(name, 80), "type": types.get(name, ""), "kind": self._kinds[name]}
            for name in self._columns
        ]
        return {"columns": columns, "random": self.rows.random, **self._extent()}

    def _learn(self) -> None:
        """Find the columns, and by the first values that are there what is in each."""
        if self._columns:
            return
        count = _LOOKED if self.rows.random else FAR_ROWS
        fields = list(self._declared())
        kinds: dict[str, str] = {}
        for row in self.rows.read(range(min(count, self.rows.known)), Pace(_LEARNING)):
            found = {} if row.fault else fields_of(row.sample)
            unknown = [name for name in found if kinds.get(name, "missing") == "missing"]
            cells = row_cells(row.sample, unknown, side=8)
            kinds |= {name: cell.kind for name, cell in zip(unknown, cells, strict=True)}
            if fields and all(kinds.get(name, "missing") != "missing" for name in fields):
                break
        self._columns = list(dict.fromkeys([*fields, *kinds]))
        self._kinds = {name: kinds.get(name, "missing") for name in self._columns}

    def _declared(self) -> dict[str, str]:
        specs = specs_of(self.dataset.sample_type)
        return {name: type_words(spec) for name, spec in specs.items()}

    def _extent(self) -> dict[str, Any]:
        rows = self.rows
        return {
            "known": rows.known,
            "whole": rows.whole,
            "read": self.scalars.rows,
            "broken": self._broken,
            "waiting": rows.waiting,
            "done": self._ended or rows.waiting,
            "full": self.scalars.full,
        }

    # ---- statistics ----------------------------------------------------------------------------

    def _scan(self, asked: ScanRequest) -> dict[str, Any]:
        self._learn()
        if asked.more:
            self.rows.ask_for_more(Pace())
        self.read_on(Pace())
        types = self._declared()
        shown = list(islice(enumerate(self._columns), asked.first, asked.last))
        return {
            "headers": [
                [i, header_wire(header(self.statistics.columns.get(name), types.get(name, "")))]
                for i, name in shown
            ],
            "sortable": self._sortable(),
            **self._extent(),
        }

    def read_on(self, pace: Pace) -> None:
        """Take in more of what statistics, filter and order are made from."""
        rows = _STEP
        while not (self._ended or self.scalars.full):
            stretch = self._left or self.rows.further()
            if stretch is None:
                self._ended = not self.rows.waiting
                return
            step = Pace(_FASTEST)
            now, rest = stretch.cut(rows)
            self._broken += len(now.faults)
            take_in(self.statistics, now.columns)
            self.scalars.add(now)
            self._left = rest if len(rest) else None
            rows = max(1, rows // 2) if step.over else 2 * rows
            if pace.over:
                return
        self._ended = True

    def _sortable(self) -> list[int]:
        names = set(self.scalars.names)
        return [i for i, name in enumerate(self._columns) if name in names]

    @property
    def _has_ended(self) -> bool:
        """Whether nothing more is read unless somebody asks for it."""
        return self._ended or self.scalars.full or self.rows.waiting

    # ---- filter and order ----------------------------------------------------------------------

    def _match(self, asked: MatchRequest) -> dict[str, Any]:
        from atdata_nb.errors import QueryError

        self._learn()
        self.read_on(Pace(_FASTEST))
        try:
            return self._matched(asked)
        except QueryError as error:
            # The box says what is wrong with what stands in it; the rows stay as they are.
            place = getattr(error, "position", None)
            return {"error": {"text": visible(str(error), 500), "position": place}}

    def _matched(self, asked: MatchRequest) -> dict[str, Any]:
        wanted = self.view_of(asked.query, asked.sort, down=asked.down)
        now = (asked.query.strip(), asked.sort, asked.down)
        if now != self._wanted:
            self._coming, self._wanted, self._asking = wanted, now, self._ask(wanted)
        view = self._coming or self._view
        looked_at_all = view.advance(self.scalars, Pace(), ended=self._has_ended)
        if self._coming is not None and view.is_ready:
            # Until then the rows stay that are on screen.
            self._view, self._views, self._coming = view, self._views + 1, None
        looked_at_all = looked_at_all and self._is_told()
        return {
            "view": 0 if self._view.plain else self._views,
            "count": self._view.count,
            "looked": self._view.looked,
            "caughtUp": looked_at_all,
            "told": isinstance(self._view, ToldView),
            **self._extent(),
        }

    def _ask(self, view: View) -> Asking | None:
        """Begin to ask manifests, where not all rows are read anyway."""
        if view.sort or not isinstance(self.rows, RangedRows):
            return None
        return asking(self.dataset, view.expression, self.rows.known)

    def _is_told(self) -> bool:
        """Whether the manifests have told what they can; what they tell is shown then."""
        if self._asking is None:
            return True
        try:
            told = self._asking.view()
        except NotYetError:
            return False
        self._asking = None
        if told is not None:
            self._view, self._views = told, self._views + 1
        return True

    def view_of(self, query: str, sort: int, *, down: bool) -> View:
        """Return the view that a query and an order ask for.

        Raises:
            ExpressionError: the query is none, or asks for what is no scalar column.
        """
        from atdata_nb.widgets.samples.filters import expression_of

        name = self._columns[sort] if 0 <= sort < len(self._columns) else ""
        expression = expression_of(query, self.scalars.names, self._columns)
        return View(expression, name, down)

    def numbers(self, query: str, sort: str, *, down: bool) -> list[int]:
        """Return the numbers of the rows that match, in their order, having read all there is.

        Raises:
            ExpressionError: the query is none, or asks for what is no scalar column.
        """
        self._learn()
        self.read_on(Pace())
        place = self._columns.index(sort) if sort in self._columns else -1
        asked = self._ask(self.view_of(query, place, down=down))
        told = None if asked is None else asked.view(None)
        if told is not None:
            return [int(number) for number in told.rows()]
        while not self._has_ended:
            self.read_on(Pace())
        view = self.view_of(query, place, down=down)
        while not view.advance(self.scalars, Pace(), ended=True):
            pass
        return [int(number) for number in view.rows()]

    def batch(self, numbers: Sequence[int]) -> tuple[list[int], SampleBatch[Any]]:
        """Return the samples of some rows, with their numbers; what cannot be read is left out."""
        found = [row for row in self.rows.read(numbers, Pace(math.inf)) if not row.fault]
        samples = [row.sample for row in found]
        read = [row.number for row in found]
        return read, SampleBatch(samples, sample_type=self.dataset.sample_type)

    # ---- cells ---------------------------------------------------------------------------------

    def _page(self, asked: RowsRequest) -> Answer:
        self._learn()
        names = self._columns[asked.first : asked.last]
        numbers = self._numbers(asked)
        rows = list(self.rows.read(numbers, Pace()))
        if asked.view and isinstance(self._view, ToldView):
            rows = [self._view.checked(row) for row in rows]
        answer = {"start": asked.start, "count": len(rows), "wanted": len(numbers)}
        return {**answer, **self._extent()}, [encode_rows(rows, names)]

    def _numbers(self, asked: RowsRequest) -> list[int]:
        stop = asked.start + asked.count
        if not asked.view:
            return list(range(asked.start, min(stop, self.rows.known)))
        if asked.view != self._views:
            return []
        order = self._view.rows()
        return [int(number) for number in order[asked.start : stop]]

    def _sound(self, asked: SoundRequest) -> Answer:
        self._learn()
        row = next(iter(self.rows.read([asked.row], Pace())))
        fields = fields_of(row.sample)
        value: Any = fields.get(self._columns[asked.column])
        data, rate = b"", rate_of(fields)
        if isinstance(value, bytes) and media_type(value):
            data = value
        elif rate is not None and hasattr(value, "dtype") and sound_of_array(value, rate):
            data = wave_file(value[: _MOST_SOUND // 2], rate)
        if not data or len(data) > _MOST_SOUND:
            message = "this sound is too long to be played in the table: open the sample"
            raise ValueError(message)
        return {"type": media_type(data)}, [data]

    def _code(self, asked: CodeRequest) -> str:
        self._learn()
        name = self._columns[asked.sort] if 0 <= asked.sort < len(self._columns) else ""
        return code_of(self._source, asked.query, name, asked.rows, down=asked.down)


def header_wire(said: Header) -> dict[str, Any]:
    """Return a header as the page reads it."""
    bars = said.bars
    return {
        "type": said.type,
        "note": said.note,
        "bars": None
        if bars is None
        else {"counts": list(bars.counts), "low": bars.low, "high": bars.high},
        "top": [list(pair) for pair in said.top],
    }
