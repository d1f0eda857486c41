from __future__ import annotations

from dataclasses import replace

import pytest

from atdata_nb.cli.progress import Lines
from atdata_nb.flows import Event, Plan, Public, Step

PLAN = Plan(
    kind="publish",
    title="Publish rows",
    confirm="Write them",
    steps=(Step(id="write", kind="write", title="Write them"),),
    public=Public(),
)
HALF = Event("write", "progress", done=1_000, total=2_000, rate=500.0, left=2.0)


def test_what_is_written_here_is_counted_in_samples(capsys: pytest.CaptureFixture[str]) -> None:
    Lines(PLAN)(HALF)
    assert capsys.readouterr().err == (
        "Write them: 1,000 of 2,000 samples, 500 samples/s, 2 s left\n"
    )


def test_what_is_sent_is_counted_in_bytes(capsys: pytest.CaptureFixture[str]) -> None:
    Lines(replace(PLAN, kind="promote"))(HALF)
    assert capsys.readouterr().err == "Write them: 1.0 KB of 2.0 KB, 500 bytes/s, 2 s left\n"
