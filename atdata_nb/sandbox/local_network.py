"""Sandbox: starts a network on loopback, with accounts to use, and stops it again."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from atdata_nb.errors import ServiceError
from atdata_nb.sandbox.accounts import Account, open_account
from atdata_nb.sandbox.process import Addresses, NetworkProcess

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    from atdata_nb.atmosphere import AtmosphereClient
    from atdata_nb.sandbox.process import Server

BLOB_LIMIT: Final = 100 << 20
ACCOUNTS: Final = ("alice", "bob")


class Sandbox:
    """A whole AT Protocol network on this machine: directory, servers, relay, accounts.

    Real servers, reachable from this machine only. Nothing of it touches the public network. It
    stops at the end of the ``with`` block, or with the Python process, however that ends.

    Args:
        pds: number of personal data servers.
        accounts: names of accounts to have ready, given to the servers in turn.
        keep: folder for the network's data, to find it again the next time; without it, the data
            goes when the sandbox stops.
        blob_limit: largest blob that the servers take, in bytes.

    Raises:
        ServiceError: on starting: Node is missing, npm failed, or a kept port is taken.
    """

    def __init__(
        self,
        pds: int = 1,
        *,
        accounts: Iterable[str] = ACCOUNTS,
        keep: str | os.PathLike[str] | None = None,
        blob_limit: int = BLOB_LIMIT,
    ) -> None:
        if pds < 1:
            raise ServiceError(f"a network has at least one server, got pds={pds}")
        self._pds, self._names, self._limit = pds, tuple(accounts), blob_limit
        self._keep = None if keep is None else Path(keep).expanduser().absolute()
        self._folder: Path | None = None
        self._process: NetworkProcess | None = None
        self._accounts: dict[str, Account] = {}

    def start(self) -> Self:
        """Start the network and return it; where it runs already, do nothing."""
        if self.is_running:
            return self
        self._folder = self._keep or Path(tempfile.mkdtemp(prefix="atdata-nb-sandbox-"))
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            self._process = NetworkProcess(self._folder, pds=self._pds, blob_limit=self._limit)
            self._accounts = open_accounts(self._process.addresses, self._names)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop the network; its data goes, unless it was to be kept."""
        if self._process is not None:
            self._process.stop()
            self._process = None
        if self._folder is not None and self._folder != self._keep:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._folder = None

    @property
    def is_running(self) -> bool:
        """Whether the network is there."""
        return self._process is not None and self._process.is_running

    @property
    def addresses(self) -> Addresses:
        """Where its parts are.

        Raises:
            ServiceError: it does not run.
        """
        if self._process is None or not self.is_running:
            raise ServiceError("the sandbox does not run: use it in a `with` block, or start() it")
        return self._process.addresses

    @property
    def plc_url(self) -> str:
        """Address of the did:plc directory."""
        return self.addresses.plc

    @property
    def relay_url(self) -> str:
        """Address of the relay."""
        return self.addresses.relay

    @property
    def servers(self) -> tuple[Server, ...]:
        """The personal data servers."""
        return self.addresses.servers

    @property
    def accounts(self) -> dict[str, Account]:
        """The accounts, by name."""
        return dict(self._accounts)

    def account(self, name: str, *, server: int | None = None) -> Account:
        """Return the account of a name; make it, where there is none.

        Args:
            name: letters and digits.
            server: number of the server that a new one is made on.
        """
        if name not in self._accounts:
            place = len(self._accounts) if server is None else server
            servers = self.servers
            self._accounts[name] = open_account(name, servers[place % len(servers)])
        return self._accounts[name]

    def client(self, name: str | None = None, **options: Any) -> AtmosphereClient:
        """Return a client in this network, logged in as an account or, without a name, nobody."""
        from atdata_nb.atmosphere import AtmosphereClient

        account = None if name is None else self.account(name)
        server = self.servers[0].url if account is None else account.pds
        client = AtmosphereClient(server, plc_url=self.plc_url, **options)
        if account is not None:
            client.login(account.handle, account.password)
        return client

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        if not self.is_running:
            return "Sandbox(not running)"
        count = len(self.servers)
        lines = [f"Sandbox: {count} server{'' if count == 1 else 's'}"]
        return "\n".join([*lines, *(f"  {one.handle}" for one in self._accounts.values())])


def open_accounts(addresses: Addresses, names: Iterable[str]) -> dict[str, Account]:
    """Return accounts of these names, given to the servers in turn."""
    servers = addresses.servers
    pairs = ((name, servers[place % len(servers)]) for place, name in enumerate(names))
    return {name: open_account(name, server) for name, server in pairs}


def sandbox(
    pds: int = 1,
    *,
    accounts: Iterable[str] = ACCOUNTS,
    keep: str | os.PathLike[str] | None = None,
    blob_limit: int = BLOB_LIMIT,
) -> Sandbox:
    """Return a Sandbox that is not started yet, to use in a ``with`` block."""
    return Sandbox(pds, accounts=accounts, keep=keep, blob_limit=blob_limit)
