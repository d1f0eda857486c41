"""Account: somebody in a sandbox, ready to log in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import httpx

from atdata_nb.errors import ServiceError

if TYPE_CHECKING:
    from atdata_nb.sandbox.process import Server

_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody in a sandbox.

    Attributes:
        name: what the sandbox calls them.
        handle: what the network calls them.
        did: who they are.
        pds: address of their server.
        password: what they log in with; worth nothing outside of the sandbox.
    """

    name: str
    handle: str
    did: str
    pds: str
    password: str = field(repr=False)


def open_account(name: str, server: Server) -> Account:
    """Return the account of that name on a server; make it first, where there is none.

    Raises:
        ServiceError: the server refuses.
    """
    handle, password = f"{name}{server.domain}", f"sandbox-{name}"
    found = _post(
        server.url, "createSession", {"identifier": handle, "password": password}
    ) or _post(
        server.url,
        "createAccount",
        {"handle": handle, "email": f"{name}@sandbox.test", "password": password},
        must=True,
    )
    return Account(name, handle, found["did"], server.url, password)


def _post(url: str, method: str, body: dict[str, str], *, must: bool = False) -> dict[str, Any]:
    answer = httpx.post(
        f"{url}/xrpc/com.atproto.server.{method}", json=body, timeout=_SECONDS, trust_env=False
    )
    if answer.is_success:
        found: dict[str, Any] = answer.json()
        return found
    if must:
        raise ServiceError(f"the sandbox makes no account {body['handle']}: {answer.text[:500]}")
    return {}
