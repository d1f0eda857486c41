"""Names: what a schema or a field may be called.

A schema is written by a stranger, and its names end up as attributes, keyword arguments, labels
and file names. So they are plain Python identifiers, and nothing else.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from typing import TYPE_CHECKING, Final

from atdata_nb.errors import SchemaError

if TYPE_CHECKING:
    from collections.abc import Iterable

# The limit of the network's lexicon for the name of a schema.
MAX_NAME: Final = 200


def check_name(name: object, what: str) -> str:
    """Return a name if a class or a field can have it.

    Raises:
        SchemaError: it is no identifier, a keyword, begins with two underscores, or is too long.

    Example:
        >>> check_name("Digit", "schema")
        'Digit'
        >>> check_name("../../trav", "schema")
        Traceback (most recent call last):
        atdata_nb.errors.SchemaError: schema '../../trav': the name is no Python identifier
    """
    fault = _fault(name)
    if fault is None and isinstance(name, str):
        return name
    message = f"{what} {name!r:.80}: {fault}"
    raise SchemaError(message)


def _fault(name: object) -> str | None:
    if not isinstance(name, str):
        return f"the name is of type {type(name).__name__}, not text"
    if len(name) > MAX_NAME:
        return f"the name has {len(name)} characters, at most {MAX_NAME} are allowed"
    if not name.isidentifier():
        return "the name is no Python identifier"
    if keyword.iskeyword(name):
        return "the name is a keyword of Python"
    if name.startswith("__"):
        return "names that begin with two underscores belong to Python"
    # Python reads identifiers in this form: two names that differ only in it would be one field.
    if unicodedata.normalize("NFKC", name) != name:
        return f"the name is not in normal form, write {unicodedata.normalize('NFKC', name)!r}"
    # The names dataclass writes into the __init__ it makes, up to Python 3.11.
    if name == "_HAS_DEFAULT_FACTORY" or name.startswith("_dflt_"):
        return "the name is one that dataclasses use themselves"
    return None


def check_text(text: object, what: str, limit: int) -> str:
    """Return a text if it is Unicode and not too long.

    Raises:
        SchemaError: it is no text, too long, or holds half of a surrogate pair.

    Example:
        >>> check_text("One digit.", "description", 5000)
        'One digit.'
    """
    if not isinstance(text, str):
        message = f"{what} is of type {type(text).__name__}, not text"
    elif len(text) > limit:
        message = f"{what} has {len(text)} characters, at most {limit} are allowed"
    elif not is_unicode(text):
        message = f"{what} is not valid Unicode: it holds half of a surrogate pair"
    else:
        return text
    raise SchemaError(message)


def is_unicode(text: str) -> bool:
    """Whether text has a UTF-8 form.

    >>> is_unicode("日本"), is_unicode(chr(0xD800))
    (True, False)
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def class_name(text: str) -> str:
    """Return the name of a class after a text, say a dataset's name.

    >>> class_name("my digits"), class_name("8x8"), class_name("日本"), class_name("none")
    ('MyDigits', 'Sample8x8', 'Sample', 'SampleNone')
    """
    joined = "".join(word.capitalize() for word in _words(text))
    usable = _fault(joined[:100]) is None and joined.isascii()
    return joined[:100] if usable else f"Sample{joined if joined.isascii() else ''}"[:100]


def field_names(texts: Iterable[object]) -> list[str]:
    """Return the name of a field after each text, say a column's; no two are equal.

    What can be a field's name already stays as it is.

    >>> field_names(["sepal length (cm)", "label", "class", 7, "sepal_length_cm"])
    ['sepal_length_cm_2', 'label', 'class_', 'field_7', 'sepal_length_cm']
    """
    given = [str(text) for text in texts]
    # Those that need no other name are served first, so that nobody else takes theirs.
    taken = {text for text in given if _fault(text) is None}
    kept = set(taken)
    found = []
    for text in given:
        found.append(text if text in kept else _free(_as_field(text), taken))
        kept.discard(text)
    return found


def _as_field(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text)
    joined = re.sub(r"\W+", "_", plain).strip("_")[: MAX_NAME - 10] or "field"
    if _fault(joined) is None:
        return joined
    return f"{joined}_" if keyword.iskeyword(joined) else f"field_{joined}"


def _free(name: str, taken: set[str]) -> str:
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{name}_{number}"
    taken.add(found)
    return found


def _words(text: str) -> list[str]:
    decomposed = unicodedata.normalize("NFKD", text)
    plain = "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()
    return re.findall(r"[^\W_]+", plain)
