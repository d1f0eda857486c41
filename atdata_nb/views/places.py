"""Places: where shards are, said without paths of this machine, passwords or signatures."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from atdata_nb.views.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

_WEB = frozenset({"http", "https"})
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")


def place(urls: Iterable[str]) -> str:
    """Return in a word or two where shards are.

    >>> place(["/data/a.tar"]), place(["s3://bucket/a.tar", "https://host/b.tar"])
    ('local', 's3, web')
    """
    return ", ".join(dict.fromkeys(_word(url) for url in urls)) or "nowhere"


def shard_name(url: str) -> str:
    """Return a shard's address as it may be shown: a local one by its file name alone.

    >>> shard_name("/home/me/data/a-000000.tar")
    'a-000000.tar'
    >>> shard_name("https://me:secret@host/a.tar?signature=abc")
    'https://host/a.tar'
    """
    if _word(url) == "local":
        return one_line(PurePosixPath(url.replace("\\", "/")).name or url, 200)
    try:
        parts = urlsplit(url)
    except ValueError:
        return "an address that cannot be read"
    host = parts.netloc.rpartition("@")[2]
    return one_line(f"{parts.scheme}://{host}{parts.path}", 200)


def _word(url: str) -> str:
    match = _SCHEME.match(url)
    scheme = match.group()[:-1].lower() if match else "file"
    if scheme in _WEB:
        return "web"
    return "local" if scheme == "file" else one_line(scheme, 12)
