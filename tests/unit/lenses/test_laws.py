"""Lens laws, tried on samples."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from atdata_nb.errors import LensError
from atdata_nb.lenses import Lens, check_lens_laws, identity_lens
from atdata_nb.samples import packable


@packable
class Scan:
    values: NDArray[np.float64]
    label: int


@packable
class Head:
    first: float


def scans() -> list[Scan]:
    return [Scan(np.array([n, np.nan, n + 1.0]), n) for n in range(5)]


def head(put: Any) -> Lens[Scan, Head]:
    return Lens(
        lambda s: Head(float(s.values[0])),
        put,
        name="head",
        source_type=Scan,
        view_type=Head,
    )


def put_head(view: Head, source: Scan) -> Scan:
    return Scan(np.concatenate([[view.first], source.values[1:]]), source.label)


def test_a_lawful_lens_keeps_all_three() -> None:
    report = check_lens_laws(head(put_head), scans())
    assert report.ok
    assert bool(report)
    assert [result.law for result in report.results] == ["GetPut", "PutGet", "PutPut"]
    assert report.counter_example is None


def test_the_putter_of_the_published_package_that_changes_nothing_breaks_put_get() -> None:
    report = check_lens_laws(head(lambda _v, s: s), scans())
    assert not report
    assert [result.ok for result in report.results] == [True, False, True]
    example = report.results[1].counter_example
    assert example is not None
    assert (example.sample, example.left, example.right) == (0, Head(0.0), Head(2.0))
    assert str(example) == "sample 0: first: 0.0 (float) ≠ 2.0 (float)"


def test_a_counter_example_says_which_element_differs() -> None:
    def put(view: Head, source: Scan) -> Scan:
        return Scan(np.array([view.first, 0.0, source.values[2]]), source.label)

    report = check_lens_laws(head(put), scans())
    assert str(report.results[0].counter_example) == "sample 0: values[1]: 0.0 ≠ nan"


def test_a_putter_that_counts_breaks_put_put() -> None:
    report = check_lens_laws(head(lambda v, s: Scan(put_head(v, s).values, s.label + 1)), scans())
    assert [result.ok for result in report.results] == [False, True, False]


def test_what_a_lens_raises_is_a_finding() -> None:
    def put(view: Head, source: Scan) -> Scan:
        raise RuntimeError("broken")

    report = check_lens_laws(head(put), scans())
    assert str(report.results[0].counter_example) == "sample 0: raised RuntimeError: broken"


def test_a_lens_without_putter_is_not_lawful_and_the_report_says_why() -> None:
    report = check_lens_laws(head(None), scans())
    assert not report.ok
    assert "not tried: the lens has no putter" in repr(report)


def test_views_of_ones_own_are_tried_too() -> None:
    def put(view: Head, source: Scan) -> Scan:
        return put_head(Head(min(view.first, 10.0)), source)

    assert check_lens_laws(head(put), scans()).ok
    report = check_lens_laws(head(put), scans(), views=[Head(11.0)])
    assert str(report.counter_example) == "sample 0: first: 10.0 (float) ≠ 11.0 (float)"


def test_floats_may_lie_as_far_apart_as_one_says() -> None:
    def put(view: Head, source: Scan) -> Scan:
        return put_head(Head(view.first * (1 + 1e-9)), source)

    assert not check_lens_laws(head(put), scans()).ok
    assert check_lens_laws(head(put), scans(), tolerance=1e-6).ok


def test_laws_can_not_be_tried_on_nothing() -> None:
    with pytest.raises(LensError, match="none were given"):
        check_lens_laws(head(put_head), [])


def test_the_identity_is_lawful() -> None:
    report = check_lens_laws(identity_lens(Scan), scans())
    assert repr(report) == (
        "Lens identity: Scan → Scan holds on 5 samples\n"
        "  GetPut: put(get(s), s) == s – held 5 times\n"
        "  PutGet: get(put(v, s)) == v – held 10 times\n"
        "  PutPut: put(v2, put(v1, s)) == put(v2, s) – held 10 times"
    )
