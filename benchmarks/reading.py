"""Reading: typed samples, batches and tables, beside the published package and bare loops."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self, cast

from data import KINDS, SMALL, shard
from loops import by_the_block, one_by_one
from rates import Contest, contest, seen, table, verdict

import atdata_nb as at

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parent
PYTHON = HERE.parent / ".venv-interop" / "atdata-0.7.0b1" / "bin" / "python"


class Published:
    """The published package 0.7.0b1, in its own environment."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [PYTHON, HERE / "published.py"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.figures: dict[tuple[str, str], float] = {}

    def ask(self, task: str, kind: str, path: Path) -> float:
        """Return the seconds that a task took there."""
        asked, answers = cast("IO[str]", self._process.stdin), cast("IO[str]", self._process.stdout)
        asked.write(json.dumps([task, kind, str(path)]) + "\n")
        asked.flush()
        took, figure = json.loads(answers.readline())
        self.figures[task, kind] = figure
        return float(took)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()


def iterate(path: Path, kind: str) -> float:
    sample_type, field, _, _ = KINDS[kind]
    total = 0.0
    for sample in at.Dataset[sample_type](path).ordered():  # type: ignore[valid-type]
        array = getattr(sample, field)
        total += float(array.item(0)) + float(array.item(-1))
    return total


def batches(path: Path, kind: str) -> float:
    sample_type, field, _, _ = KINDS[kind]
    total = 0.0
    for batch in at.Dataset[sample_type](path).ordered(batch_size=256):  # type: ignore[valid-type]
        array = getattr(batch, field).reshape(len(batch.number), -1)
        total += float(array[:, 0].sum(dtype=float)) + float(array[:, -1].sum(dtype=float))
    return total


def to_pandas(path: Path, kind: str) -> float:
    sample_type, field, _, _ = KINDS[kind]
    frame = at.Dataset[sample_type](path).to_pandas()  # type: ignore[valid-type]
    return float(sum(array.item(0) + array.item(-1) for array in frame[field]))


def to_arrow(path: Path, kind: str) -> float:
    sample_type, field, _, _ = KINDS[kind]
    column = at.Dataset[sample_type](path).to_arrow()[field].combine_chunks()  # type: ignore[valid-type]
    rows = column.to_numpy_ndarray().reshape(len(column), -1)
    return float(rows[:, 0].sum(dtype=float) + rows[:, -1].sum(dtype=float))


def bench(folder: Path, rounds: int) -> None:
    """Print the tables of reading."""
    with Published() as published:
        for kind in KINDS:
            _bench_kind(published, shard(folder, kind), kind, rounds)
        _bench_tables(published, shard(folder, "small"), rounds)


def _timed(way: Callable[..., float], figures: dict[str, float], name: str, *args: Any) -> Any:
    def run() -> None:
        figures[name] = way(*args)

    return run


def _agree(figures: dict[str, float], published: Published) -> None:
    told = [*figures.values(), *published.figures.values()]
    if max(told) - min(told) > 1e-6 * max(told):
        raise ValueError(f"not the same data: {figures}, {published.figures}")


def _bench_kind(published: Published, path: Path, kind: str, rounds: int) -> None:
    _, field, amount, _ = KINDS[kind]
    figures: dict[str, float] = {}
    published.figures.clear()
    found = contest(
        {
            "typed samples": _timed(iterate, figures, "samples", path, kind),
            "package: typed samples": lambda: published.ask("iterate", kind, path),
            "bare loop, one by one": _timed(one_by_one, figures, "one", path, field),
            "bare loop, by the block": _timed(by_the_block, figures, "block", path, field),
            "batches of 256": _timed(batches, figures, "batches", path, kind),
            "package: batches of 256": lambda: published.ask("batches", kind, path),
            "bare webdataset": lambda: published.ask("webdataset", kind, path),
        },
        amount,
        rounds,
    )
    _agree(figures, published)
    rows = [(name, seen(found.rate(name))) for name in found.times]
    table(f"Reading {amount:,} {kind} samples", rows, ("way", "samples a second"))
    targets = [
        ("typed samples", "package: typed samples", 20.0 if kind == "small" else 8.0),
        ("batches of 256", "package: batches of 256", 30.0 if kind == "small" else 5.0),
    ]
    if kind == "small":
        targets.append(("typed samples", "bare loop, by the block", 0.5))
    show_targets(found, targets)


def _bench_tables(published: Published, path: Path, rounds: int) -> None:
    figures: dict[str, float] = {}
    published.figures.clear()
    found = contest(
        {
            "to_pandas()": _timed(to_pandas, figures, "pandas", path, "small"),
            "to_arrow()": _timed(to_arrow, figures, "arrow", path, "small"),
            "package: DataFrame of its samples": lambda: published.ask("pandas", "small", path),
        },
        SMALL,
        rounds,
    )
    _agree(figures, published)
    rows = [(name, seen(found.rate(name))) for name in found.times]
    table("Tables of the small file", rows, ("way", "samples a second"))
    other = "package: DataFrame of its samples"
    show_targets(found, [("to_pandas()", other, 25.0), ("to_arrow()", other, 25.0)])


def show_targets(found: Contest, targets: list[tuple[str, str, float]]) -> None:
    """Print ratios, each the median of the rounds' pairs, beside their targets."""
    rows = []
    for name, other, target in targets:
        ratio = found.ratio(name, other)
        rows.append((name, other, f"{ratio:.2f}", f"{target:g}", verdict(ratio, target)))
    table("against targets", rows, ("way", "beside", "ratio", "target", ""))
