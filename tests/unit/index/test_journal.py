from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from atdata_nb import LocalIndex


def test_the_first_of_two_facts_is_kept_and_whoever_comes_second_is_told_it(
    index: LocalIndex,
) -> None:
    journal = index.journal
    assert journal.keep("a", "key", "first") == "first"
    assert journal.keep("a", "key", "second") == "first"
    journal.put("a", "key", "third")
    assert journal.facts("a") == {"key": "third"}


def test_each_piece_of_work_has_facts_of_its_own(index: LocalIndex) -> None:
    journal = index.journal
    for work in ("b", "a"):
        journal.keep(work, "head", f"of {work}")
        journal.keep(work, "step", "done")
    assert journal.works("head") == {"a": "of a", "b": "of b"}
    journal.forget("a", "step")
    assert journal.facts("a") == {"head": "of a"}
    journal.forget("a")
    assert journal.facts("a") == {}
    assert journal.works("head") == {"b": "of b"}
    journal.forget("never heard of")


def test_what_one_process_wrote_another_reads(open_index: Callable[[], LocalIndex]) -> None:
    open_index().journal.keep("a", "key", "é\n")
    assert open_index().journal.facts("a") == {"key": "é\n"}


def test_of_many_threads_all_are_told_the_same(index: LocalIndex) -> None:
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda n: index.journal.keep("a", "key", str(n)), range(40)))
    assert len(set(told)) == 1
