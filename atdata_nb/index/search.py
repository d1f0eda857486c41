"""Words: what a search looks for, cut the same way from entries and from queries.

Both back ends index and look up these words, so a query finds the same entries on each, and
nothing a user types ever reaches a query language: words hold letters, marks and digits only.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# A word: letters and digits of any script. The marks that NFKD splits off are dropped below.
_WORD = re.compile(r"[^\W_]+")
# Scripts that are written without spaces: every character is looked up on its own.
_UNSPACED = re.compile("([\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def words(text: str) -> list[str]:
    """Cut text into lower-case words without accents.

    >>> words("MNIST_digits-2024, Größe")
    ['mnist', 'digits', '2024', 'grosse']
    >>> words('") OR name:*')
    ['or', 'name']
    """
    if text.isascii():
        return _WORD.findall(text.lower())
    decomposed = unicodedata.normalize("NFKD", text)
    plain = "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()
    return _WORD.findall(_UNSPACED.sub(r" \1 ", plain))


def document(texts: Iterable[str]) -> str:
    """Words of one searchable column, those inside CamelCase names included.

    >>> document(["ImageSample", "pixel_values"])
    'imagesample image sample pixel values'
    """
    found: list[str] = []
    for text in texts:
        found += words(text)
        if (apart := _CAMEL.sub(" ", text)) != text:
            found += words(apart)
    return " ".join(dict.fromkeys(found))


def match_expression(query: str) -> str | None:
    """FTS5 expression that finds entries with a word beginning with each word of the query.

    Returns None when the query has no words, which restricts nothing.

    >>> match_expression('hand dig"*')
    '"hand"* AND "dig"*'
    >>> match_expression(" -- ") is None
    True
    """
    # Quoting is what keeps AND, OR, NOT and NEAR ordinary words.
    return " AND ".join(f'"{word}"*' for word in dict.fromkeys(words(query))) or None
