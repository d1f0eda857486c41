"""Account: who publishes; signed in by password once, by a kept session, or in the sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from atdata_nb.errors import AtdataError, LoginError
from atdata_nb.shards.urls import is_private_host

if TYPE_CHECKING:
    from atdata_nb.atmosphere import AtmosphereClient
    from atdata_nb.atmosphere.secret import Secret

# Who signed in last in this process: the next widget does not ask again.
_last: list[AtmosphereClient] = []


class Account:
    """Who publishes, or the network somebody may sign in to.

    Args:
        client: a client to go on with; without one, whoever signed in last here, else the session
            that the system's key ring has kept.
    """

    def __init__(self, client: AtmosphereClient | None = None) -> None:
        self._given = client
        self._client = client if client is not None and client.is_authenticated else None
        self._how = "client" if self._client is not None else ""
        self._looked = client is not None

    @property
    def client(self) -> AtmosphereClient:
        """Who is signed in.

        Raises:
            LoginError: nobody.
        """
        if self._client is None:
            raise LoginError("nobody is signed in: sign in first")
        return self._client

    @property
    def is_signed_in(self) -> bool:
        """Whether somebody is."""
        return self._client is not None

    def find(self) -> None:
        """Go on as whoever is signed in already, without asking any server."""
        if self._looked:
            return
        self._looked = True
        if _last and _last[-1].is_authenticated:
            self._client, self._how = _last[-1], "earlier"
            return
        client = self._new()
        try:
            client.login_from_keyring()
        except (AtdataError, ImportError):
            return  # nothing is kept, or there is no key ring: they sign in
        # A session of a network that has ended would only be refused.
        if _is_local(client.plc_url) == _is_local(client.pds):
            self._client, self._how = client, "kept"

    def sign_in(self, handle: str, password: Secret, *, remember: bool) -> None:
        """Sign in with an app password.

        Raises:
            LoginError: the server refuses, or there is no key ring to remember it.
            IdentityError: the handle leads to no server.
            UnreachableError: the server does not answer.
        """
        name = handle.strip().removeprefix("@")
        if not name or not password.reveal():
            raise LoginError("a handle and an app password are needed")
        client = self._new()
        client.login(name, password.reveal(), remember=remember)
        self._take(client, "password")

    def use_sandbox(self) -> None:
        """Sign in to the network on this machine, as its first account.

        Raises:
            ServiceError: it cannot be started.
        """
        from atdata_nb.atmosphere import AtmosphereClient
        from atdata_nb.sandbox.background import Background, default_folder

        network = Background(default_folder())
        someone = next(iter(network.up().values()))
        addresses = network.status()
        if addresses is None:
            raise LoginError("the sandbox does not run: atdata-nb sandbox up")
        client = AtmosphereClient(someone.pds, plc_url=addresses.plc)
        client.login(someone.handle, someone.password)
        self._take(client, "sandbox")

    def sign_out(self) -> None:
        """Let somebody else sign in here; the session itself is left as it is."""
        self._client, self._how = None, ""
        forget_all()

    def wire(self) -> dict[str, Any] | None:
        """Return who is signed in, as the page shows it; None for nobody."""
        if self._client is None:
            return None
        host = urlsplit(self._client.pds).hostname or ""
        return {
            "handle": self._client.handle,
            "did": self._client.did,
            "host": "this machine" if is_private_host(host) else host,
            "how": self._how,
        }

    def _take(self, client: AtmosphereClient, how: str) -> None:
        self._client, self._how = client, how
        _last[:] = [client]

    def _new(self) -> AtmosphereClient:
        from atdata_nb.atmosphere.environment import connect

        if self._given is None:
            return connect()
        given, kind = self._given, type(self._given)
        return kind(given.base_url, plc_url=given.plc_url, timeout=given.timeout, retry=given.retry)

    def __repr__(self) -> str:
        who = "nobody" if self._client is None else self._client.handle
        return f"Account({who})"


def _is_local(url: str) -> bool:
    return is_private_host(urlsplit(url).hostname or "")


def forget_all() -> None:
    """Let every widget that is made from now on ask who publishes."""
    _last.clear()
