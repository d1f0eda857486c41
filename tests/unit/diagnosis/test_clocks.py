from __future__ import annotations

import pytest

from atdata_nb.diagnosis.clocks import check_clock, check_date


@pytest.mark.parametrize(
    ("theirs", "severity", "sentence"),
    [
        (100.0, "good", "its clock agrees with this machine's"),
        (101.0, "good", "its clock agrees with this machine's"),
        (106.0, "good", "its clock agrees with this machine's"),
        (112.0, "advice", "its clock is 10 s ahead of this machine's"),
        (90.0, "advice", "its clock is 10 s behind this machine's"),
        (1000.0, "problem", "its clock is 898 s ahead of this machine's"),
        (0.0, "problem", "its clock is 100 s behind this machine's"),
    ],
)
def test_a_clock_is_compared_with_when_it_was_asked_and_had_answered(
    theirs: float, severity: str, sentence: str
) -> None:
    found = check_clock("s3", theirs, 100.0, 102.0)
    assert (found.severity, found.sentence) == (severity, sentence)
    assert bool(found.remedy) == (severity != "good")


def test_a_date_has_no_fractions_so_a_second_is_no_difference() -> None:
    assert check_date("s3", "Thu, 01 Jan 1970 00:01:40 GMT", 106.9, 107.0).severity == "advice"
    assert check_date("s3", "Thu, 01 Jan 1970 00:01:40 GMT", 105.9, 107.0).severity == "good"


@pytest.mark.parametrize("date", [None, "", "yesterday"])
def test_a_server_without_a_date_is_said_so(date: str | None) -> None:
    assert check_date("pds", date, 0.0, 0.0).sentence == "its answers have no date"
