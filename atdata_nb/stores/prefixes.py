"""Prefixes: which names a folder of a store may have."""

from __future__ import annotations

import re
from typing import Final

from atdata_nb.errors import UnsafePathError

# What leads out of a folder somewhere, cannot be a file name somewhere, or would be expanded when
# the shard's path is read as a pattern.
_REFUSED = re.compile(r'[\x00-\x1f\x7f\ud800-\udfff\\:{}*?\[\]<>|"]')
# File systems end at 255 bytes; number, hash and ending need some of them.
_MAX_PART: Final = 200


def check_prefix(prefix: str) -> list[str]:
    """Return the parts of a prefix.

    Raises:
        UnsafePathError: it would lead out of the store, or can't be a path everywhere.

    >>> check_prefix("vision/digits")
    ['vision', 'digits']
    """
    parts = prefix.split("/")
    # A leading dot means the folder itself, the one above, or a hidden one, like our staging.
    unsafe = any(
        not part or part[0] == "." or len(part.encode("utf-8", "replace")) > _MAX_PART
        for part in parts
    )
    if _REFUSED.search(prefix) or unsafe:
        raise UnsafePathError(
            f"the prefix {prefix!r} is no folder below the store: use letters, digits, '-', "
            "'_' and '.', with one '/' between parts"
        )
    return parts


def shard_name(folder: str, number: int, sha256: str, *, part: int = 0) -> str:
    """Return the name of a shard: it follows from what is in it.

    Args:
        folder: last part of the prefix.
        number: which of the dataset's shards it is.
        sha256: its hash.
        part: which of the shards with that number, where there are several.

    >>> shard_name("digits", 3, "0f3a" * 16)
    'digits-000003-0f3a0f3a0f3a.tar'
    """
    place = f"{number:06d}.{part:03d}" if part else f"{number:06d}"
    return f"{folder}-{place}-{sha256[:12]}.tar"
