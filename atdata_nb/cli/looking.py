"""Looking: commands that draw samples and statistics in the terminal."""

from __future__ import annotations

import json as json_format
import math
from typing import TYPE_CHECKING, Annotated, Any

import typer

from atdata_nb.cli import network  # noqa: TC001 - typer reads annotations when it runs
from atdata_nb.cli.opening import NameOrPath, open_dataset

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console
    from rich.text import Text

    from atdata_nb.tables.statistics import ColumnStatistics
    from atdata_nb.views.cells import Cell

# Where the output goes into a file, nobody's window cuts it.
_WIDE = 200


def preview(
    context: typer.Context,
    name: NameOrPath,
    *,
    rows: Annotated[int, typer.Option(min=1, max=1000, help="How many samples.")] = 5,
    json: network.Json = False,
) -> None:
    """Show the first samples of a dataset as a table; images as thumbnails where there is colour.

    Arrays, and images without colour, are told by dtype, shape and outline.
    """
    from atdata_nb.cli.thumbnails import SIDE
    from atdata_nb.samples import DictSample
    from atdata_nb.views.cells import cell_of

    ds = open_dataset(context.obj, name)
    samples = ds.head(rows)
    fields = ds.field_names
    values = [
        {field: sample.get(field) for field in fields}
        if isinstance(sample, DictSample)
        else {field: getattr(sample, field) for field in fields}
        for sample in samples
    ]
    if json:
        for row in values:
            typer.echo(json_format.dumps(_plain(row), ensure_ascii=False, allow_nan=False))
        return
    _draw_cells(fields, [[cell_of(row[field], side=SIDE) for field in fields] for row in values])


def describe(
    context: typer.Context,
    name: NameOrPath,
    *,
    limit: Annotated[int | None, typer.Option(min=1, help="Samples at most.")] = None,
    json: network.Json = False,
) -> None:
    """Show what is in each field: types, range, mean, missing values and a small histogram."""
    from atdata_nb.tables import describe as look
    from atdata_nb.views.statistics import statistics_facts

    found = look(open_dataset(context.obj, name), limit)
    if json:
        columns = [_facts(column) for column in found.columns.values()]
        told = {"samples": found.rows, "fields": columns}
        typer.echo(json_format.dumps(told, ensure_ascii=False, allow_nan=False))
        return
    facts = statistics_facts(found)
    columns_shown = [column for part in facts.parts for column in part.rows]
    heads = ("field", "type", "missing", "distinct", "range", "mean", "histogram", "most frequent")
    _draw(
        heads,
        (
            (c.name, c.type, c.missing, c.distinct, c.range, c.mean, c.bars, c.top)
            for c in columns_shown
        ),
    )
    typer.echo(facts.title)


def _facts(column: ColumnStatistics) -> dict[str, Any]:
    numbers = column.numbers
    return {
        "name": column.name,
        "count": column.count,
        "missing": column.missing,
        "kinds": dict(sorted(column.kinds.items())),
        "distinct": None if column.distinct is None else column.distinct.count,
        "low": _plain(numbers.low),
        "high": _plain(numbers.high),
        "nan": numbers.nan,
        "mean": _plain(numbers.mean) if numbers.finite else None,
        "std": _plain(numbers.std) if numbers.finite else None,
        "histogram": [list(each) for each in numbers.histogram()],
        "top": [[_plain(value), count] for value, count in column.top()],
    }


def _plain(value: Any) -> Any:
    """Return a value as JSON has it; arrays and bytes by what they are."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bytes | bytearray | memoryview):
        return {"bytes": len(value)}
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        return {"dtype": str(value.dtype), "shape": list(value.shape)}
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _draw_cells(heads: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    """Draw cells, with thumbnails where somebody sees colours."""
    from atdata_nb.cli.thumbnails import can_draw, drawn

    if not can_draw(_console()):
        _draw(heads, ([cell.text for cell in row] for row in rows))
        return
    widths = [0] * len(heads)
    for row in rows:
        # Narrower than its picture a column would fold it.
        shown = (0 if cell.picture is None else cell.picture.width for cell in row)
        widths = list(map(max, widths, shown))
    _draw(heads, (map(drawn, row) for row in rows), widths)


def _draw(
    heads: Sequence[str], rows: Iterable[Iterable[str | Text]], widths: Sequence[int] = ()
) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for place, head in enumerate(heads):
        least = widths[place] if widths else None
        table.add_column(Text(head), overflow="fold", min_width=least)
    for row in rows:
        # Text, not markup: a stranger's brackets are no instruction.
        table.add_row(*(Text(each) if isinstance(each, str) else each for each in row))
    _console().print(table)


def _console() -> Console:
    from rich.console import Console

    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _WIDE
    return console
