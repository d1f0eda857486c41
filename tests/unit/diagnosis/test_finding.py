from __future__ import annotations

from atdata_nb.diagnosis import Finding, Report


def test_a_report_is_not_ok_because_of_problems_only() -> None:
    advised = Finding("s3", "advice", "so and so", "do this")
    wrong = Finding("pds", "problem", "not there", "start it")
    assert Report((advised,)).ok
    assert not Report((advised, wrong)).ok
    assert Report((advised, wrong)).problems == (wrong,)


def test_a_report_shows_each_finding_with_its_remedy() -> None:
    found = (Finding("index", "good", "it is there"), Finding("s3", "problem", "away", "start it"))
    assert repr(Report(found)).splitlines() == [
        "good     index  it is there",
        "problem  s3     away",
        "                start it",
        "1 problem",
    ]
    assert repr(Report(found[:1])).splitlines()[-1] == "No problem found."
