"""URL policy: which shards may be opened, who may say so, and what a pattern stands for."""

from __future__ import annotations

import glob
import ipaddress
import itertools
import re
import unicodedata
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit
from urllib.request import url2pathname

from atdata_nb.errors import PatternError, UnsafeUrlError, shown_url

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

LOCAL: Final = frozenset({"", "file"})
REMOTE: Final = frozenset({"http", "https", "s3", "gs", "az", "at"})
# A record with {0..999999999} must not fill the memory.
MAX_EXPANSION: Final = 100_000
_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]+):")
_UNSEEN = re.compile(r"[\x00-\x20\x7f\\]")
# A name in letters, digits, dots and hyphens; %-escapes are decoded by some and not by others.
_HOST = re.compile(r"[\w.-]+|[0-9a-f:.]+(%25\w+)?")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052
_INNERMOST = re.compile(r"\{([^{}]*)\}")
_RANGE = re.compile(r"(-?\d+)\.\.(-?\d+)(?:\.\.(-?\d+))?")


def scheme_of(url: str) -> str:
    """Return a URL's scheme in lower case; empty for a path.

    Example:
        >>> scheme_of("s3://bucket/a.tar"), scheme_of("data/a.tar")
        ('s3', '')
    """
    found = _SCHEME.match(url)
    # One letter and a colon is a drive, not a scheme; the pattern wants two.
    return found.group(1).lower() if found else ""


def check_url(url: str, *, trusted: bool, allow_hosts: Collection[str] = ()) -> str:
    """Return ``url`` unchanged if it may be opened.

    A URL the user typed is trusted and may name a local file. One that came out of somebody's
    record is not: it may only name remote data, and no host of this machine or its network,
    unless the user allowed that host.

    Raises:
        UnsafeUrlError: the URL may not be opened from where it came from.

    Example:
        >>> check_url("https://example.org/a.tar", trusted=False)
        'https://example.org/a.tar'
        >>> check_url("pipe:true", trusted=True)
        Traceback (most recent call last):
            ...
        atdata_nb.errors.UnsafeUrlError: ...
    """
    scheme = scheme_of(url)
    if not trusted and _UNSEEN.search(url):
        # Clients differ in where such a URL's host ends, so none is asked.
        message = f"{shown_url(url)[:80]!r}: no URL holds spaces, backslashes or control characters"
        raise UnsafeUrlError(message)
    # webdataset would hand "pipe:" to a shell, so nothing may ever reach it unchecked.
    allowed = REMOTE | LOCAL if trusted else REMOTE
    if scheme not in allowed:
        raise UnsafeUrlError(_refusal(url, scheme, trusted=trusted))
    if not trusted and scheme in {"http", "https"}:
        _check_host(url, allow_hosts)
    return url


def _refusal(url: str, scheme: str, *, trusted: bool) -> str:
    shown = shown_url(url)
    shown = shown if len(shown) <= 80 else f"{shown[:79]}…"  # noqa: PLR2004
    if scheme in LOCAL:
        return (
            f"{shown!r} is a local path in somebody's record: it may only name remote data "
            "(http, https, s3, gs, az, at)"
        )
    places = "a path, file:, http(s):, s3: or at:" if trusted else "http(s):, s3: or at:"
    return f"{shown!r}: {scheme}: is never opened; a shard's URL is {places}"


def _check_host(url: str, allow_hosts: Collection[str]) -> None:
    try:
        host = _plain_host(urlsplit(url).hostname or "")
    except ValueError as error:
        message = f"{shown_url(url)[:80]!r} is no URL: {error}"
        raise UnsafeUrlError(message) from error
    if host in allow_hosts:
        return
    if not _HOST.fullmatch(host) or is_private_host(host):
        message = (
            f"{shown_url(url)[:80]!r} in somebody's record names a host of this machine or network "
            f"({host or 'none'}); allow it by name if you trust it"
        )
        raise UnsafeUrlError(message)


def is_private_host(host: str) -> bool:
    """Whether a host is this machine or on a network that the public can't reach.

    Example:
        >>> is_private_host("localhost"), is_private_host("169.254.169.254")
        (True, True)
        >>> is_private_host("example.org")
        False
    """
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return True
    return any(not one.is_global or one.is_multicast for one in _addresses(host))


def _plain_host(host: str) -> str:
    # As resolvers see it: ①②⑦.0.0.1 is 127.0.0.1, and 。 is a dot (UTS 46).
    return unicodedata.normalize("NFKC", host).replace("\u3002", ".").rstrip(".").lower()


def _addresses(host: str) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """Return the address that a host is, with any IPv4 address that it carries inside."""
    try:
        address = ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        odd = _odd_address(host)
        return [] if odd is None else [odd]
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _NAT64:
        inner.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    carried = [one for one in inner if one is not None]
    return [*carried] if address.ipv4_mapped else [address, *carried]


def _odd_address(host: str) -> ipaddress.IPv4Address | None:
    # 127.1, 0x7f000001 and 2130706433 are all 127.0.0.1 to a resolver (inet_aton).
    parts = host.split(".")
    if len(parts) > 4 or not all(re.fullmatch(r"0[xX][0-9a-fA-F]*|\d+", part) for part in parts):  # noqa: PLR2004
        return None
    numbers = [_number(part) for part in parts]
    value = numbers[-1]
    for place, number in enumerate(numbers[:-1]):
        value |= number << (24 - 8 * place)
    return ipaddress.IPv4Address(value & 0xFFFFFFFF)


def _number(text: str) -> int:
    if text[:2] in {"0x", "0X"}:
        return int(text[2:] or "0", 16)
    try:
        return int(text, 8 if text.startswith("0") and len(text) > 1 else 10)
    except ValueError:
        return int(text)


def local_path(url: str) -> str | None:
    """Return the path that a URL names on this machine, or None where it is remote."""
    scheme = scheme_of(url)
    if scheme == "":
        return url
    return url2pathname(urlsplit(url).path) if scheme == "file" else None


def expand_braces(pattern: str, *, limit: int = MAX_EXPANSION) -> list[str]:
    """Return what a brace pattern stands for, in order.

    Lists ``{a,b}`` and ranges ``{000..012}``, ``{0..8..2}``, ``{a..e}``; braces without either
    stand for themselves.

    Raises:
        PatternError: it stands for more than ``limit`` names.

    Example:
        >>> expand_braces("{train,test}-{00..01}.tar")
        ['train-00.tar', 'train-01.tar', 'test-00.tar', 'test-01.tar']
    """
    parts = _parse(pattern)
    count = 1
    for choices in parts:
        count *= len(choices)
        if count > limit:
            message = f"{shown_url(pattern)[:80]!r} stands for more than {limit:,} shards"
            raise PatternError(message)
    return ["".join(chosen) for chosen in itertools.product(*parts)]


def _parse(pattern: str) -> list[list[str]]:
    parts: list[list[str]] = []
    done = 0
    for found in _INNERMOST.finditer(pattern):
        choices = _choices(found.group(1))
        if choices is None:
            continue
        if "{" in pattern[done : found.start()]:
            # An open brace before an inner pattern: nested lists.
            return [_nested(pattern)]
        parts += [[pattern[done : found.start()]], choices]
        done = found.end()
    return [*parts, [pattern[done:]]]


def _nested(pattern: str) -> list[str]:
    """Expand the innermost group first, until none is left."""
    todo, out = [pattern], []
    while todo:
        text = todo.pop(0)
        groups = [(f, _choices(f.group(1))) for f in _INNERMOST.finditer(text)]
        group = next(((f, c) for f, c in groups if c is not None), None)
        if group is None:
            out.append(text)
            continue
        found, choices = group
        outer = "{" in text[: found.start()] and "}" in text[found.end() :]
        before, after = text[: found.start()], text[found.end() :]
        if outer:
            # Inside a list, alternatives become alternatives of the outer list.
            head, _, own = before.rpartition("{")
            cut = max(own.rfind(","), -1) + 1
            stop = min((i for i in (after.find(","), after.find("}")) if i >= 0), default=0)
            inner = ",".join(f"{own[cut:]}{choice}{after[:stop]}" for choice in choices)
            todo.insert(0, f"{head}{{{own[:cut]}{inner}{after[stop:]}")
        else:
            todo[:0] = [f"{before}{choice}{after}" for choice in choices]
        if len(todo) + len(out) > MAX_EXPANSION:
            message = f"{shown_url(pattern)[:80]!r} stands for more than {MAX_EXPANSION:,} shards"
            raise PatternError(message)
    return out


def _choices(body: str) -> list[str] | None:
    if "," in body:
        return body.split(",")
    numbers = _RANGE.fullmatch(body)
    if numbers:
        return _number_range(*numbers.groups())
    letters = re.fullmatch(r"([a-zA-Z])\.\.([a-zA-Z])", body)
    if letters:
        first, last = map(ord, letters.groups())
        step = 1 if last >= first else -1
        return [chr(code) for code in range(first, last + step, step)]
    return None


def _number_range(first: str, last: str, step: str | None) -> list[str]:
    start, stop = int(first), int(last)
    stride = abs(int(step)) if step else 1
    if stride == 0 or len(first) > 18 or len(last) > 18:  # noqa: PLR2004 - 64 bits
        message = f"the range {{{first}..{last}}} can't be counted"
        raise PatternError(message)
    padded = any(re.match(r"-?0\d", text) for text in (first, last))
    width = max(len(first), len(last)) if padded else 0
    numbers = range(start, stop + 1, stride) if stop >= start else range(start, stop - 1, -stride)
    if len(numbers) > MAX_EXPANSION:
        message = f"the range {{{first}..{last}}} stands for more than {MAX_EXPANSION:,} shards"
        raise PatternError(message)
    return [f"{number:0{width}d}" for number in numbers]


def expand(url: str) -> list[str]:
    """Return the shards that a URL stands for: braces everywhere, ``*?[`` on this machine.

    Raises:
        PatternError: it stands for too many.

    Example:
        >>> expand("https://example.org/{a,b}.tar")
        ['https://example.org/a.tar', 'https://example.org/b.tar']
    """
    return list(itertools.chain.from_iterable(map(_expand_glob, expand_braces(url))))


def _expand_glob(url: str) -> Iterator[str]:
    path = local_path(url)
    if path is None or not glob.has_magic(path):
        return iter((url,))
    return iter(sorted(glob.glob(path, recursive=True)) or (url,))  # noqa: PTH207 - keeps its spelling
