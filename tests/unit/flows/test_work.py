from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from atdata_nb import LocalIndex, flows
from atdata_nb.errors import FlowError
from atdata_nb.flows.work import OWNER, Work, journal_of

HEAD = {"kind": "promote", "entry": "digits@1.0.0", "title": "Promote digits"}


@pytest.fixture
def index(tmp_path: Path) -> Iterator[LocalIndex]:
    with LocalIndex(tmp_path / "home") as made:
        yield made


def test_the_same_work_is_found_again_with_all_that_was_done(index: LocalIndex) -> None:
    with Work(index.journal, HEAD).owned() as first:
        assert not first.is_resumed
        assert first.keep("keys", {"dataset": "3k"}) == {"dataset": "3k"}
        first.keep("blob:a", 1)
    with Work(index.journal, HEAD).owned() as second:
        assert second.is_resumed
        assert second.keep("keys", {"dataset": "other"}) == {"dataset": "3k"}
        assert second.having("blob:") == {"a": 1}
        second.drop("blob:a")
        assert second.get("blob:a") is None
        second.end()
    with Work(index.journal, {**HEAD, "entry": "other"}).owned() as third:
        assert third.get("keys") is None


def test_what_one_does_nobody_else_does_at_the_same_time(index: LocalIndex) -> None:
    with (
        Work(index.journal, HEAD).owned(),
        pytest.raises(FlowError, match="being done already"),
        Work(index.journal, HEAD).owned(),
    ):
        pass


def test_what_another_process_does_is_left_to_it_until_that_has_ended(index: LocalIndex) -> None:
    code = "import json, sys; from atdata_nb.flows import work; "
    code += "print(json.dumps(work._this_process()), flush=True); sys.stdin.read()"
    work = Work(index.journal, HEAD)
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        owner = json.loads(other.stdout.readline())
        with work.owned():
            pass
        index.journal.put(work.name, OWNER, json.dumps(owner))
        with pytest.raises(FlowError, match="wait for the other process"), work.owned():
            pass
        other.communicate()
    with work.owned() as mine:
        mine.end()


def test_work_of_another_version_is_passed_over(index: LocalIndex) -> None:
    index.journal.put("promote-0000", "head", json.dumps({"kind": "promote", "new": True}))
    index.journal.put("other-0000", "head", json.dumps({"kind": "other"}))
    assert flows.unfinished(index) == []


def test_an_index_without_a_journal_uses_that_of_this_machine() -> None:
    journal = journal_of(object())
    journal.put("w", "key", "fact")
    assert LocalIndex().journal.facts("w") == {"key": "fact"}
    journal.forget("w")
