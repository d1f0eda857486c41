"""Server: whether an HTTP server answers in time, and whether it is a personal data server."""

from __future__ import annotations

import http.client
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from atdata_nb.diagnosis.clocks import check_date
from atdata_nb.diagnosis.finding import good, problem
from atdata_nb.errors import shown_url
from atdata_nb.shards.web import Web

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atdata_nb.diagnosis.finding import Finding

PDS: Final = "pds"
OK: Final = 200
_DESCRIBE: Final = "/xrpc/com.atproto.server.describeServer"
# A server that is asked how it is does not answer with more.
_MOST: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Said:
    """An answer, and this machine's clock before and after."""

    status: int
    date: str | None
    body: bytes
    sent: float
    answered: float


def ask(url: str, timeout: float) -> Said | str:
    """Send one GET request; return the answer, or why there is none. The URL is in neither."""
    sent = time.time()
    try:
        with Web(timeout=timeout).open(url, {}) as answer:
            body = answer.read(_MOST)
            return Said(answer.status, answer.getheader("Date"), body, sent, time.time())
    except TimeoutError:
        return f"says nothing within {timeout:g} s"
    except http.client.HTTPException:
        return "does not speak HTTP"
    except ValueError:
        return "can't be asked: that is no address of a server"
    except OSError as error:
        return f"can't be reached ({error.strerror or error})"


def check_pds(url: str, timeout: float) -> Iterator[Finding]:
    """Look at a personal data server; nobody needs to be logged in."""
    given = url if "://" in url else f"https://{url}"
    try:
        parts = urlsplit(given)
        place = parts.hostname if parts.scheme in {"http", "https"} else None
    except ValueError:
        place = None
    if not place:
        yield problem(PDS, "that is no address of a server", "write https://host")
        return
    shown = shown_url(given).rstrip("/")
    said = ask(f"{parts.scheme}://{parts.netloc}{_DESCRIBE}", timeout)
    if isinstance(said, str):
        yield problem(PDS, f"{shown} {said}", "check the address, and the way to it")
        return
    if said.status != OK or not _describes(said.body):
        yield problem(
            PDS,
            f"{shown} answers {said.status}, not as a personal data server does",
            "check the address: it is the one in the account's DID document",
        )
        return
    yield good(PDS, f"{shown} answers")
    yield check_date(PDS, said.date, said.sent, said.answered)


def _describes(body: bytes) -> bool:
    try:
        told = json.loads(body)
    except ValueError:
        return False
    return isinstance(told, dict) and "availableUserDomains" in told
