from __future__ import annotations

import pytest

from atdata_nb.views.amounts import number, size


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (1_000, "1.0 KB"), (999_949, "1.0 MB")],
)
def test_sizes_never_show_a_thousand_of_a_unit(count: int, text: str) -> None:
    assert size(count) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1 + 0.2, "0.3"),
        (float("nan"), "nan"),
        (123456.78, "123456.78"),
        (1e300, "1e+300"),
        (2**63, "9223372036854775808"),
        (10**30, "100-bit integer"),
    ],
)
def test_numbers_fit_a_cell(value: float, text: str) -> None:
    assert number(value) == text
