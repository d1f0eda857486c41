from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from atdata_nb.errors import ShardWarning, TruncatedShardError
from atdata_nb.views.samples import MOST_COLUMNS, sample_table


@dataclass
class Reading:
    station: str
    celsius: float | None
    trace: Any = None


def test_columns_say_what_their_values_have_in_common() -> None:
    rows = [Reading("Lund", -1.5, np.zeros(3)), Reading("Lund", None, np.ones(5))]
    station, celsius, trace = sample_table(rows, 5).columns
    assert (station.type, station.note, station.numeric) == ("str", "all Lund", False)
    assert (celsius.type, celsius.note, celsius.numeric) == ("float", "1 missing", True)
    assert (trace.type, trace.note) == ("float64, shapes differ", "0 … 1")


def test_few_whole_numbers_have_a_bar_each() -> None:
    (column,) = sample_table([{"n": n % 4} for n in range(20)], 20).columns
    assert column.histogram is not None
    assert column.histogram.counts == (5, 5, 5, 5)


def test_the_caption_says_how_many_of_them_these_are() -> None:
    rows = [{"n": 1}] * 3
    assert sample_table(rows, 2).caption == "First 2 samples"
    assert sample_table(rows, 3).caption == "All 3 samples"
    assert sample_table([], 3).caption == "No samples"


def test_a_fault_ends_the_table_and_hides_no_good_sample() -> None:
    def damaged() -> Iterator[dict[str, int]]:
        yield {"n": 1}
        yield {"n": 2}
        raise TruncatedShardError("ends inside a member", shard="a.tar", member="2", offset=1024)

    table = sample_table(damaged(), 20)
    assert [row[0].text for row in table.rows] == ["1", "2"]
    assert table.caption == "2 samples could be read"
    assert "shard a.tar, member '2', offset 1024" in table.faults[0]


def test_a_warning_from_a_shard_is_said_under_the_table() -> None:
    def warned() -> Iterator[dict[str, int]]:
        yield {"n": 1}
        warnings.warn("shard a.tar: one member skipped", ShardWarning, stacklevel=1)

    assert sample_table(warned(), 20).faults == ("shard a.tar: one member skipped",)


def test_a_field_that_cannot_be_read_is_a_cell_that_says_why() -> None:
    class Broken:
        def keys(self) -> list[str]:
            return ["good", "bad"]

        def __getitem__(self, name: str) -> int:
            if name == "bad":
                raise ValueError("no such luck")
            return 1

    ((good, bad),) = sample_table([Broken()], 1).rows
    assert (good.text, bad.kind, bad.text) == ("1", "fault", "ValueError: no such luck")


def test_a_sample_of_two_thousand_fields_stays_a_table() -> None:
    table = sample_table([{f"f{i}": i for i in range(2_000)}], 1)
    assert len(table.columns) == MOST_COLUMNS
    assert "1,960 further fields not shown" in table.caption
