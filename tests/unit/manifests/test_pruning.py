from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata_nb import DictSample, packable
from atdata_nb.errors import ComparisonError
from atdata_nb.manifests import ColumnFacts, Manifest
from atdata_nb.manifests.collecting import Collector
from atdata_nb.manifests.pruning import outcomes
from atdata_nb.queries import parse
from atdata_nb.queries.expressions import (
    And,
    Compare,
    Ends,
    Expression,
    In,
    Missing,
    Not,
    Or,
    Starts,
)
from atdata_nb.queries.matching import verdict
from atdata_nb.queries.operands import OPERATORS, Field, Literal

HUGE = 1 << 53
numbers = (
    st.integers(-3, 3)
    | st.sampled_from([0.5, -0.0, float("inf"), float("-inf"), HUGE, HUGE + 1, float(HUGE)])
    | st.integers(-(1 << 63), (1 << 64) - 1)
)
texts = st.text("ab\U0010ffff", max_size=3) | st.just("z" * 101)
cells = {
    "n": st.integers(-3, 3) | st.integers(-(1 << 63), (1 << 64) - 1),
    "x": st.floats(),
    "both": numbers | st.just(float("nan")),
    "s": texts,
}
rows = st.lists(
    st.fixed_dictionaries({}, optional={name: each | st.none() for name, each in cells.items()}),
    min_size=1,
    max_size=5,
)


def of_field(name: str, constants: st.SearchStrategy[Any]) -> st.SearchStrategy[Expression]:
    field = st.just(Field((name,)))
    literals = st.builds(Literal, constants)
    return st.one_of(
        st.builds(Compare, field, st.sampled_from(OPERATORS), literals),
        st.builds(Compare, literals, st.sampled_from(OPERATORS), field),
        st.builds(In, field, st.lists(literals, min_size=1, max_size=3).map(tuple)),
        st.builds(Missing, field),
    )


text = st.just(Field(("s",)))
conditions = st.recursive(
    st.one_of(
        *(of_field(name, numbers) for name in ("n", "x", "both")),
        of_field("s", texts),
        st.builds(Starts, text, texts),
        st.builds(Ends, text, texts),
        st.builds(
            Compare, st.just(Field(("n",))), st.sampled_from(OPERATORS), st.just(Field(("x",)))
        ),
    ),
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(And, st.tuples(inner, inner)),
        st.builds(Or, st.tuples(inner, inner)),
    ),
    max_leaves=5,
)


def facts_of(samples: list[dict[str, Any]]) -> dict[str, ColumnFacts]:
    """As a reader finds them in the file."""
    collector = Collector(DictSample)
    collector.add_many([DictSample(sample).packed for sample in samples])
    files = collector.finish(size=10_240, sha256="")
    return Manifest.decode(files[".manifest.json"]).facts()


@given(rows, conditions)
def test_what_comes_out_for_a_sample_was_among_what_may_come_out(
    samples: list[dict[str, Any]], condition: Expression
) -> None:
    possible = outcomes(condition, facts_of(samples), len(samples))
    assert possible >= {verdict(condition, sample) for sample in samples}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("n > 9", {False}),
        ("n < 1", {False}),
        ("n <= 9 and n >= 1", {True}),
        ("n == 10", {False}),
        ("n != 10", {True}),
        ("n == 5", {True, False}),
        ("n in [0, 10]", {False}),
        ("not n > 9", {True}),
        ("n > 9 or few == 2", {True, False}),
        ("few == 3", {False}),
        ("few in [1, 2]", {True, False}),
        ("some > 0", {True, None}),
        ("some < 0", {False, None}),
        ("some is missing", {True, False}),
        ("n is missing", {False}),
        ("gone == 1", {None}),
        ("not gone == 1", {None}),
        ("gone is missing", {True}),
        ("name > 'z'", {False}),
        ("startswith(name, 'x')", {False}),
        ("startswith(name, 'be')", {True, False, None}),
        ("nan > 1", {False}),
        ("nan != 1", {True}),
    ],
)
def test_statistics_tell_what_may_come_out(text: str, expected: set[bool | None]) -> None:
    facts = {
        "n": ColumnFacts("n", {"int": 5}, low=1, high=9),
        "few": ColumnFacts(
            "few", {"int": 5}, low=1, high=4, top=((1, 3), (2, 1), (4, 1)), complete=True
        ),
        "some": ColumnFacts("some", {"float": 3}, missing=2, low=0.5, high=2.0),
        "name": ColumnFacts("name", {"text": 5}, low="ada", high="bob"),
        "nan": ColumnFacts("nan", {"float": 5}, nan=5),
    }
    assert outcomes(parse(text), facts, 5) == expected


def test_kinds_that_can_not_be_compared_are_an_error_here_too() -> None:
    facts = {"n": ColumnFacts("n", {"int": 4, "text": 1})}
    with pytest.raises(ComparisonError, match="n is text, 1 is a number"):
        outcomes(parse("n == 1"), facts, 5)


def test_facts_say_what_is_in_a_column() -> None:
    samples = [{"n": 1, "s": "a", "b": b"x"}, {"n": None, "s": "b"}, {"n": 1, "s": "b", "x": 0.5}]
    facts = facts_of(samples)
    assert facts["n"] == ColumnFacts(
        "n", {"int": 2}, missing=1, low=1, high=1, distinct=1, top=((1, 2),), complete=True
    )
    assert facts["s"] == ColumnFacts(
        "s", {"text": 3}, low="a", high="b", distinct=2, top=(("b", 2), ("a", 1)), complete=True
    )
    assert facts["b"] == ColumnFacts("b", {"bytes": 1}, missing=2, absent=2)
    assert (facts["x"].missing, facts["x"].absent) == (2, 2)
    many = facts_of([{"n": n} for n in range(40)])["n"]
    assert (many.distinct, many.complete, len(many.top)) == (40, False, 8)
    assert msgspec.json.decode(msgspec.json.encode(many), type=ColumnFacts) == many


def test_fields_without_values_to_store_are_only_counted() -> None:
    @packable
    class Mixed:
        n: int
        image: np.ndarray
        mask: np.ndarray | None
        other: Any

    pixels = np.zeros(5000)
    samples = [Mixed(1, pixels, None, None), Mixed(2, pixels, pixels, 3)]
    collector = Collector(Mixed)
    collector.add_many([sample.packed for sample in samples])
    files = collector.finish(size=200_000, sha256="")
    manifest = Manifest.decode(files[".manifest.json"])
    assert [column.name for column in manifest.columns] == ["n", "image", "mask", "other"]
    facts = manifest.facts()
    assert (facts["image"].count, facts["image"].missing) == (2, 0)
    assert (facts["mask"].count, facts["mask"].missing) == (1, 1)
    assert (facts["other"].count, facts["other"].missing) == (1, 1)
    assert manifest.sidecar is not None
    assert list(manifest.sidecar.columns) == ["n"]
