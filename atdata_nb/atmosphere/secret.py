"""Secret: text that nobody should see by accident."""

from __future__ import annotations

from typing import NoReturn


class Secret:
    """A password or token, which no repr, log, traceback or pickle shows.

    Example:
        >>> token = Secret("hunter2")
        >>> token, f"{token}"
        (Secret(…), 'Secret(…)')
        >>> token.reveal()
        'hunter2'
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text itself."""
        return self._text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return "Secret(…)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled: log in where it is needed")
