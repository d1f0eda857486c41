"""Versions are three numbers, ordered as numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata_nb.errors import SchemaVersionError
from atdata_nb.schemas import Version

versions = st.builds(Version, *[st.integers(0, 999_999_999)] * 3)


@pytest.mark.parametrize(
    "text",
    [
        "1.0",
        "not a version",
        "1@2.0.0",
        "1.2.3.4",
        "01.0.0",
        "1.0.0-rc1",
        "1.0.0\n",
        " 1.0.0",
        "",
        "१.0.0",
        "1.0.-1",
        "9" * 5000 + ".0.0",
        None,
        1.0,
        (1, 0, 0),
    ],
)
def test_a_version_that_is_not_three_numbers_is_refused(text: object) -> None:
    """TRAPS C8."""
    with pytest.raises(SchemaVersionError, match="is no version"):
        Version.parse(text)


@given(versions)
def test_a_version_is_spelled_and_read_back(version: Version) -> None:
    assert Version.parse(str(version)) == version


@given(versions, versions)
def test_versions_are_ordered_as_numbers_not_as_text(one: Version, other: Version) -> None:
    numbers = [(v.major, v.minor, v.patch) for v in (one, other)]
    assert (one < other) == (numbers[0] < numbers[1])


def test_a_bump_sets_the_smaller_parts_to_zero() -> None:
    version = Version(1, 2, 3)
    bumped = [str(version.bump(part)) for part in ("major", "minor", "patch")]
    assert bumped == ["2.0.0", "1.3.0", "1.2.4"]
