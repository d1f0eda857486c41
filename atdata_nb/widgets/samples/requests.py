"""Requests of the samples grid, each checked before anything acts on it."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from atdata_nb.widgets.requests import Request

_Place = Annotated[int, msgspec.Meta(ge=0)]
_Text = Annotated[str, msgspec.Meta(max_length=10_000)]
# More rows or columns than this are not in view at once.
MOST_ROWS, MOST_COLUMNS = 512, 128


class SampleRequest(Request, frozen=True):
    """Any of them; ``key`` names the dataset, where there are several."""

    key: str = ""


class TableRequest(SampleRequest, tag="table", frozen=True):
    """What the columns are and how many rows; ``fresh`` opens the dataset again."""

    fresh: bool = False


class ScanRequest(SampleRequest, tag="scan", frozen=True):
    """A further stride of statistics; ``more`` reads on where that is not done unasked."""

    first: _Place = 0
    last: _Place = MOST_COLUMNS
    more: bool = False


class MatchRequest(SampleRequest, tag="match", frozen=True):
    """Which rows match a query, and in which order; ``sort`` is the number of a column."""

    query: _Text = ""
    sort: int = -1
    down: bool = False


class RowsRequest(SampleRequest, tag="rows", frozen=True):
    """Cells: ``count`` rows of a view from ``start`` on, columns from ``first`` before ``last``."""

    view: int = 0
    start: _Place = 0
    count: Annotated[int, msgspec.Meta(ge=1, le=MOST_ROWS)] = 50
    first: _Place = 0
    last: _Place = MOST_COLUMNS


class SoundRequest(SampleRequest, tag="sound", frozen=True):
    """The sound of one cell, as a file that a browser plays."""

    row: _Place = 0
    column: _Place = 0


class CodeRequest(SampleRequest, tag="code", frozen=True):
    """Lines that give what is on screen."""

    query: _Text = ""
    sort: int = -1
    down: bool = False
    rows: Annotated[tuple[_Place, ...], msgspec.Meta(max_length=10_000)] = ()


AnySampleRequest = (
    TableRequest | ScanRequest | MatchRequest | RowsRequest | SoundRequest | CodeRequest
)
KINDS = frozenset({"table", "scan", "match", "rows", "sound", "code"})


def read_sample_request(content: dict[str, Any]) -> AnySampleRequest:
    """Return a request; msgspec.ValidationError when it is none.

    >>> read_sample_request({"id": 1, "kind": "table"}).fresh
    False
    """
    request: AnySampleRequest = msgspec.convert(content, AnySampleRequest)
    return request
