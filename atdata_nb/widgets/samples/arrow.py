"""Arrow: a page of rows as one IPC stream, each cell as the few small facts that are drawn."""

from __future__ import annotations

import sys
from importlib import import_module
from threading import Thread
from typing import TYPE_CHECKING, Any, Final, get_args

from atdata_nb.views.cells import Kind
from atdata_nb.widgets.samples.cells import row_cells

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atdata_nb.views.cells import Cell
    from atdata_nb.widgets.samples.rows import Row

# The page knows them by their number: `KINDS` in widgets/src/grid/rows.ts.
KINDS: Final[tuple[str, ...]] = get_args(Kind)
_KEPT: Final = 160
_STEPS: Final = 255


def make_ready() -> None:
    """Begin to import pyarrow, while the page still builds what the first rows are drawn in."""
    if "pyarrow" not in sys.modules:
        Thread(target=import_module, args=("pyarrow",), name="atdata-ready").start()


def encode_rows(rows: Sequence[Row], names: Sequence[str]) -> bytes:
    """Return rows as an Arrow IPC stream.

    Columns: ``row``, the number; ``fault``, why it cannot be read, null of all others; then for
    each name a struct ``0``, ``1``, … of what its cell shows.
    """
    import pyarrow as pa

    cells = [row_cells(row.sample, names) if not row.fault else None for row in rows]
    columns: dict[str, Any] = {
        "row": pa.array([row.number for row in rows], pa.int64()),
        "fault": pa.array([row.fault or None for row in rows], pa.string()),
    }
    for i in range(len(names)):
        columns[str(i)] = _column([None if row is None else row[i] for row in cells])
    table = pa.record_batch(list(columns.values()), names=list(columns))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_batch(table)
    data: bytes = sink.getvalue().to_pybytes()
    return data


def _column(cells: Sequence[Cell | None]) -> Any:
    import pyarrow as pa

    known = [cell for cell in cells if cell is not None]
    parts: dict[str, Any] = {
        "kind": pa.array([_number(cell) for cell in cells], pa.uint8()),
        "text": pa.array([_text(cell) for cell in cells], pa.string()),
    }
    if any(cell.kind in {"array", "audio"} for cell in known):
        parts["note"] = pa.array([_note(cell) for cell in cells], pa.string())
    if any(cell.curve for cell in known):
        parts["curve"] = pa.array([_curve(cell) for cell in cells], pa.binary())
    if any(cell.picture for cell in known):
        pictures = [cell.picture if cell else None for cell in cells]
        parts["picture"] = pa.array([p.png if p else None for p in pictures], pa.binary())
        parts["width"] = pa.array([p.width if p else 0 for p in pictures], pa.uint16())
        parts["height"] = pa.array([p.height if p else 0 for p in pictures], pa.uint16())
    return pa.StructArray.from_arrays(list(parts.values()), names=list(parts))


def _number(cell: Cell | None) -> int:
    return KINDS.index("missing" if cell is None else cell.kind)


def _text(cell: Cell | None) -> str:
    if cell is None:
        return ""
    # Of an array the curve is drawn, so its text need not hold one.
    return (cell.type if cell.kind == "array" else cell.text)[:_KEPT]


def _note(cell: Cell | None) -> str | None:
    return cell.long[:_KEPT] if cell is not None and cell.kind in {"array", "audio"} else None


def _curve(cell: Cell | None) -> bytes | None:
    return bytes(round(height * _STEPS) for height in cell.curve) if cell and cell.curve else None
