from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata_nb import Dataset, packable
from atdata_nb.shards import write_shard
from atdata_nb.tables import describe
from atdata_nb.tables.columns import columns_of_rows
from atdata_nb.tables.distinct import Distinct
from atdata_nb.tables.statistics import Statistics, statistics_of


@packable
class Row:
    label: int
    name: str
    image: np.ndarray | None
    score: float | None = None


def described(tmp_path: Path) -> Statistics:
    rows = [
        Row(i % 3, f"n{i % 2}", np.full((2, 2), i, np.uint8), i / 2 if i else None)
        for i in range(9)
    ]
    write_shard(tmp_path / "a.tar", [*rows, Row(0, "", None), Row(0, "", np.zeros(3, "f4"))])
    return describe(Dataset[Row](tmp_path / "a.tar"))


def test_each_column_is_counted_measured_and_ranked(tmp_path: Path) -> None:
    found = described(tmp_path)
    assert found.rows == 11
    label, name, image, score = (found[n] for n in ("label", "name", "image", "score"))
    assert (label.count, label.missing, label.top(2)) == (11, 0, [(0, 5), (1, 3)])
    assert label.distinct is not None
    assert (label.distinct.count, label.numbers.low, label.numbers.high) == (3, 0, 2)
    assert (name.numbers.low, name.numbers.high) == (0, 2)
    assert (score.count, score.missing, score.numbers.mean) == (8, 3, 2.25)
    assert (image.count, image.missing, image.distinct) == (10, 1, None)
    assert image.arrays == {("|u1", (2, 2)): 9, ("<f4", (3,)): 1}
    assert (image.numbers.count, image.numbers.high) == (39, 8)


def test_statistics_read_as_a_table_of_text(tmp_path: Path) -> None:
    assert repr(described(tmp_path)).splitlines() == [
        "11 samples",
        "label  int  3 distinct  0 … 2  mean 0.818 ± 0.833  top 0 ×5, 1 ×3, 2 ×3",
        "name   str  3 distinct  length 0 … 2  mean 1.64 ± 0.771  top 'n0' ×5, 'n1' ×4, '' ×2",
        "image  array  1 missing  uint8 2×2 ×9  float32 3 ×1  0 … 8  mean 3.69 ± 2.7",
        "score  float  3 missing  8 distinct  0.5 … 4  mean 2.25 ± 1.15",
    ]


def test_a_limit_describes_the_first_samples(tmp_path: Path) -> None:
    described(tmp_path)
    assert describe(Dataset[Row](tmp_path / "a.tar"), limit=2)["label"].top() == [(0, 1), (1, 1)]


def test_a_column_that_a_part_lacks_is_missing_there() -> None:
    found = statistics_of(columns_of_rows([{"a": 1}]), columns_of_rows([{"b": 2}, {"b": 3}]))
    assert (found.rows, found["a"].missing, found["b"].missing) == (3, 2, 1)


def test_no_samples_have_statistics_of_nothing() -> None:
    assert repr(Statistics()) == "0 samples"


VALUES = st.one_of(
    st.none(),
    st.integers(-(1 << 63), (1 << 64) - 1),
    st.text(max_size=2),
    st.booleans(),
    st.sampled_from([np.zeros(2), np.zeros((2, 2), "c8"), np.array("a"), [1], {}, b"ab"]),
)


@given(st.lists(VALUES, max_size=8), st.integers(0, 8))
def test_parts_merge_to_the_whole(values: list[Any], at: int) -> None:
    rows = [{"v": value} for value in values]
    whole = statistics_of(columns_of_rows(rows))
    parts = statistics_of(columns_of_rows(rows[:at]))
    parts.merge(statistics_of(columns_of_rows(rows[at:])))
    assert parts.rows == whole.rows
    for name in whole.columns:
        mine, theirs = parts[name], whole[name]
        assert (mine.count, mine.missing, mine.kinds) == (
            theirs.count,
            theirs.missing,
            theirs.kinds,
        )
        assert (mine.distinct, mine.values, mine.arrays) == (
            theirs.distinct,
            theirs.values,
            theirs.arrays,
        )
        assert mine.numbers.histogram() == theirs.numbers.histogram()


def test_many_distinct_values_are_estimated() -> None:
    some = Distinct()
    for start in range(0, 50_000, 10_000):
        some.add(range(start, start + 20_000))
    assert not some.exact
    assert some.count == pytest.approx(60_000, rel=0.1)


def test_estimates_are_the_same_in_every_process() -> None:
    code = (
        "from atdata_nb.tables.distinct import Distinct; d = Distinct(); "
        "d.add([str(i) for i in range(5000)]); print(d.count)"
    )
    counts = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    }
    assert len(counts) == 1
