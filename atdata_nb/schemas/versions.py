"""Versions: MAJOR.MINOR.PATCH, and nothing else (https://semver.org, without its labels)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, Self, TypeAlias

from atdata_nb.errors import SchemaVersionError

Part: TypeAlias = Literal["major", "minor", "patch"]

_NUMBER = r"(0|[1-9][0-9]{0,8})"
_VERSION: Final = re.compile(rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}")


@dataclass(frozen=True, order=True, slots=True)
class Version:
    """A semantic version; versions are ordered by their numbers.

    >>> Version.parse("1.10.0") > Version.parse("1.9.3")
    True
    """

    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text: object) -> Self:
        """Return the version that a text spells.

        Raises:
            SchemaVersionError: the text is not MAJOR.MINOR.PATCH (TRAPS C8).

        Example:
            >>> Version.parse("1.2.3")
            Version(major=1, minor=2, patch=3)
        """
        match = _VERSION.fullmatch(text) if isinstance(text, str) else None
        if match is None:
            message = f"{text!r:.80} is no version: write three numbers, as in '1.0.0'"
            raise SchemaVersionError(message)
        return cls(*map(int, match.groups()))

    def bump(self, part: Part) -> Self:
        """Return the next version: one more in this part, zero in the smaller ones.

        >>> str(Version(1, 2, 3).bump("minor"))
        '1.3.0'
        """
        match part:
            case "major":
                return type(self)(self.major + 1, 0, 0)
            case "minor":
                return type(self)(self.major, self.minor + 1, 0)
            case "patch":
                return type(self)(self.major, self.minor, self.patch + 1)

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"
