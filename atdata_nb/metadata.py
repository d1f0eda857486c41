"""Dataset metadata that lies beside the data: one msgpack map behind a URL."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final
from urllib.error import URLError
from urllib.request import Request, urlopen

from atdata_nb.errors import SampleDecodeError, UrlError
from atdata_nb.samples.dicts import read_map
from atdata_nb.shards.urls import check_url, local_path

MAX_METADATA: Final = 16 << 20
TIMEOUT_SECONDS: Final = 30


def read_metadata(url: str) -> dict[str, Any]:
    """Return the metadata behind a path or URL.

    Raises:
        UnsafeUrlError: the URL may not be opened.
        UrlError: nothing can be read there, or it is no msgpack map.
    """
    check_url(url, trusted=True)
    path = local_path(url)
    try:
        data = Path(path).read_bytes() if path is not None else _fetch(url)
    except (OSError, URLError) as error:
        message = f"metadata at {url} can't be read: {error}"
        raise UrlError(message) from error
    if len(data) > MAX_METADATA:
        message = f"metadata at {url} is larger than {MAX_METADATA >> 20} MiB"
        raise UrlError(message)
    try:
        return read_map(data)
    except SampleDecodeError as error:
        message = f"metadata at {url} is no msgpack map"
        raise UrlError(message) from error


def _fetch(url: str) -> bytes:
    if not url.startswith(("http://", "https://")):
        message = f"metadata is read from a path or over http(s), not from {url[:80]!r}"
        raise UrlError(message)
    with urlopen(Request(url), timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - checked above
        data: bytes = answer.read(MAX_METADATA + 1)
        return data
