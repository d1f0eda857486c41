"""AtmosphereClient: records and blobs of everybody's repositories, and of one's own to write."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, Self, overload
from urllib.parse import urlsplit

from atdata_nb.atmosphere import keyrings
from atdata_nb.atmosphere.aturi import AtUri
from atdata_nb.atmosphere.data_model import check_record
from atdata_nb.atmosphere.download import METHOD as GET_BLOB
from atdata_nb.atmosphere.download import OK, BlobStream, read_part
from atdata_nb.atmosphere.identity import PUBLIC_PLC, Identity, Resolver
from atdata_nb.atmosphere.names import check_collection, check_rkey, is_did, new_tid
from atdata_nb.atmosphere.retry import Retry
from atdata_nb.atmosphere.secret import Secret
from atdata_nb.atmosphere.session import Session, SessionHolder
from atdata_nb.atmosphere.transport import Request, Transport
from atdata_nb.atmosphere.upload import BlobBody
from atdata_nb.atmosphere.writes import BATCH, Create, Delete, Update, plain
from atdata_nb.atmosphere.xrpc import address, content_of, procedure, query, refuse
from atdata_nb.errors import (
    BlobTooLargeError,
    IntegrityError,
    LoginError,
    RecordNotFoundError,
    RefusedError,
    WriteConflictError,
)
from atdata_nb.shards.urls import is_private_host

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from atdata_nb.atmosphere.upload import Content, Progress
    from atdata_nb.atmosphere.writes import Write

TIMEOUT_SECONDS: Final = 30.0
PAGE: Final = 100
# After an upload the server still has to store it: at least this many bytes a second.
_STORING_RATE: Final = 1 << 20
_HANDLE, _PASSWORD, _SERVER = "HANDLE", "PASSWORD", "PDS_URL"
_PREFIXES: Final = ("ATDATA_NB_", "ATDATA_")


@dataclass(frozen=True, slots=True)
class Record:
    """A record as a repository has it.

    Attributes:
        uri: its address, with the DID of its author.
        cid: what its bytes are called.
        value: what it says.
    """

    uri: AtUri
    cid: str
    value: dict[str, Any]


class AtmosphereClient:
    """Reads everybody's repositories, and writes one's own after ``login``.

    Args:
        base_url: address of a server, to log in at and to ask for handles; without it, each
            account's own server is found through its handle.
        plc_url: address of the did:plc directory. One on this machine means that servers on this
            machine may be talked to.
        timeout: seconds to wait for a server that does nothing.
        retry: how often and how patiently to try again.

    Example:
        >>> AtmosphereClient()
        AtmosphereClient(nobody is logged in)
    """

    def __init__(
        self,
        base_url: str | None = None,
        *,
        plc_url: str = PUBLIC_PLC,
        timeout: float = TIMEOUT_SECONDS,
        retry: Retry | None = None,
    ) -> None:
        self.base_url = None if base_url is None else base_url.rstrip("/")
        self.plc_url, self.timeout, self.retry = plc_url, timeout, retry or Retry()
        self._begin()

    def _begin(self) -> None:
        local = is_private_host(urlsplit(self.plc_url).hostname or "")
        self._transport = Transport(self.timeout, self.retry, local=local)
        self._resolver = Resolver(self._transport, self.plc_url, self.base_url)
        self._sessions = SessionHolder(self._transport, self._changed)
        self._is_kept = False
        self._limits: dict[str, int | None] = {}

    # Who is logged in

    def login(self, handle: str, password: str, *, remember: bool = False) -> Self:
        """Log in with a handle, or DID, and an app password; return the client itself.

        Args:
            handle: who; with a ``base_url`` also an e-mail address.
            password: an app password, made in the account's settings.
            remember: keep the session, not the password, in the system's key ring.

        Raises:
            LoginError: the server refuses, or there is no key ring.
            IdentityError: the handle leads to no server.
        """
        secret = Secret(password)
        del password
        name = handle.removeprefix("@")
        server = self.base_url or self._resolver.resolve(name).pds
        _check_confidential(server)
        self._is_kept = remember
        self._sessions.set(Session.create(self._transport, server, name, secret))
        return self

    def login_from_env(self) -> Self:
        """Log in with ``ATDATA_NB_HANDLE``, ``ATDATA_NB_PASSWORD`` and ``ATDATA_NB_PDS_URL``.

        The last may be missing; ``ATDATA_…`` without ``NB``, as the ``atdata`` package reads
        them, will do as well.

        Raises:
            LoginError: the variables are not set, or the server refuses.
        """
        handle, password, server = (_variable(name) for name in (_HANDLE, _PASSWORD, _SERVER))
        if handle is None or password is None:
            raise LoginError("set ATDATA_NB_HANDLE and ATDATA_NB_PASSWORD (an app password)")
        if self.base_url is None and server is not None:
            self.base_url = server.reveal().rstrip("/")
            self._resolver = Resolver(self._transport, self.plc_url, self.base_url)
        return self.login(handle.reveal(), password.reveal())

    def login_from_keyring(self, handle: str | None = None) -> Self:
        """Go on with a session that ``login(…, remember=True)`` kept: the last, or somebody's.

        Raises:
            LoginError: none is kept.
        """
        did = None if handle is None else self.resolve(handle).did
        self._is_kept = True
        self._sessions.set(keyrings.find(did))
        return self

    def login_with_session(self, text: str) -> Self:
        """Go on with a session that ``export_session`` gave, here or in the Python SDK.

        Raises:
            LoginError: it is none.
        """
        session = Session.decode(text)
        _check_confidential(session.pds)
        self._sessions.set(session)
        return self

    def export_session(self) -> str:
        """Return the session as text: whoever has it is logged in.

        Raises:
            LoginError: nobody is logged in.
        """
        return self._sessions.need().encode()

    def logout(self) -> None:
        """End the session, also where it was kept; nobody logged in is fine."""
        session = self._sessions.current
        if session is None:
            return
        self._sessions.set(None)
        if self._is_kept:
            keyrings.forget(session.did)
        method = "com.atproto.server.deleteSession"
        try:
            procedure(self._transport, session.pds, method, None, session.refresh)
        except (LoginError, RefusedError):
            return  # it was over already

    @property
    def is_authenticated(self) -> bool:
        """Whether somebody is logged in."""
        return self._sessions.current is not None

    @property
    def did(self) -> str:
        """Who is logged in.

        Raises:
            LoginError: nobody.
        """
        return self._sessions.need().did

    @property
    def handle(self) -> str:
        """What the network calls who is logged in.

        Raises:
            LoginError: nobody is.
        """
        return self._sessions.need().handle

    @property
    def pds(self) -> str:
        """Address of the server that has the repository of who is logged in.

        Raises:
            LoginError: nobody is.
        """
        return self._sessions.need().pds

    def _changed(self, session: Session) -> None:
        if self._is_kept:
            keyrings.keep(session)

    # Reading

    @property
    def allow_hosts(self) -> tuple[str, ...]:
        """Hosts of this machine that records may name: none, unless the network is a local one."""
        return self._transport.allow_hosts

    def resolve(self, repo: str, *, fresh: bool = False) -> Identity:
        """Return who a handle or DID is, and which server has the repository.

        Args:
            repo: handle or DID.
            fresh: ask again, whatever is remembered.

        Raises:
            IdentityError: it leads to no repository.
        """
        if fresh:
            self._resolver.forget(repo)
        return self._resolver.resolve(repo)

    def query(self, server: str, method: str, **params: Any) -> dict[str, Any]:
        """Ask a server, as nobody in particular.

        Raises:
            RefusedError: it answers with an error.
            UnreachableError: it does not answer.
        """
        return query(self._transport, server, method, params)

    def fetch_bytes(self, server: str, method: str, **params: str) -> bytes:
        """Ask a server for something that is no JSON, as nobody in particular.

        Raises:
            RefusedError: it answers with an error.
            UnreachableError: it does not answer.
        """
        answer = self._transport.fetch(Request("GET", address(server, method), params=params))
        if answer.status != OK:
            refuse(answer, server, method)
        return answer.content

    def get_record(self, uri: str | AtUri) -> Record:
        """Return one record, of whomever.

        Raises:
            RecordNotFoundError: there is none.
        """
        address_ = AtUri.parse(uri)
        owner = self.resolve(address_.authority)
        method = "com.atproto.repo.getRecord"
        found = self.query(
            owner.pds,
            method,
            repo=owner.did,
            collection=address_.collection,
            rkey=address_.rkey,
        )
        return _record(found, owner, owner.pds)

    def list_records(
        self,
        collection: str,
        *,
        repo: str | None = None,
        limit: int | None = None,
        reverse: bool = False,
    ) -> Iterator[Record]:
        """Yield the records of a collection, the newest first, fetched page by page.

        Args:
            collection: name of the collection.
            repo: whose, by handle or DID; without it, of who is logged in.
            limit: how many at most; all of them without it.
            reverse: the oldest first.
        """
        check_collection(collection)
        owner = self.resolve(repo or self.did)
        left, cursor, seen = limit, None, set[str]()
        while left is None or left > 0:
            found = self.query(
                owner.pds,
                "com.atproto.repo.listRecords",
                repo=owner.did,
                collection=collection,
                limit=PAGE if left is None else min(PAGE, left),
                cursor=cursor,
                reverse=reverse or None,
            )
            records = found.get("records")
            page = records if isinstance(records, list) else []
            yield from (_record(one, owner, owner.pds) for one in page[:left])
            left = None if left is None else left - len(page)
            cursor = found.get("cursor")
            # A server that gives a cursor twice would keep us going for ever.
            if not page or not isinstance(cursor, str) or cursor in seen:
                return
            seen.add(cursor)

    def list_collections(self, repo: str | None = None) -> list[str]:
        """Return the names of the collections that a repository has."""
        owner = self.resolve(repo or self.did)
        found = self.query(owner.pds, "com.atproto.repo.describeRepo", repo=owner.did)
        names = found.get("collections")
        return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []

    # Writing

    def create_record(
        self, collection: str, record: Mapping[str, Any], *, rkey: str | None = None
    ) -> Record:
        """Add a record; sent twice by a bad connection, it is added once.

        Args:
            collection: where to.
            record: what it says; its ``$type`` may be left out.
            rkey: its key; without it, a new one that sorts by time.

        Raises:
            RecordError: no record of the network can say that.
            WriteConflictError: there is a record of that key already, which says something else.
            LoginError: nobody is logged in.
        """
        key = new_tid() if rkey is None else rkey
        try:
            return self.put_record(collection, key, record, swap_record=None)
        except WriteConflictError:
            # The answer to an attempt before may have been lost on its way here.
            there = self.get_record(AtUri(self.did, collection, key))
            if there.value != _typed(collection, record):
                raise
            return there

    def put_record(
        self, collection: str, rkey: str, record: Mapping[str, Any], **swap: str | None
    ) -> Record:
        """Add or replace a record.

        Args:
            collection: where to.
            rkey: its key.
            record: what it says; its ``$type`` may be left out.
            swap: ``swap_record``: only if the record's CID is this, None for no record there;
                ``swap_commit``: only if the repository's last commit is this.

        Raises:
            RecordError: no record of the network can say that.
            WriteConflictError: it is not as ``swap`` says.
            LoginError: nobody is logged in.
        """
        value = _typed(collection, record)
        check_record(value)
        body = {
            "repo": self.did,
            "collection": check_collection(collection),
            "rkey": check_rkey(rkey),
            "record": value,
            # Servers know no lexicons but their own; we have checked ours already.
            "validate": False,
        }
        body |= {_SWAPS[name]: cid for name, cid in swap.items()}
        found = self._procedure("com.atproto.repo.putRecord", body)
        return Record(AtUri(self.did, collection, rkey), str(found.get("cid", "")), value)

    def delete_record(self, uri: str | AtUri, **swap: str | None) -> None:
        """Delete a record; one that is not there is fine.

        Raises:
            WriteConflictError: it is not as ``swap_record`` or ``swap_commit`` says.
            LoginError: nobody is logged in, or it is somebody else's.
        """
        target = self._own(uri)
        body = {"repo": self.did, "collection": target.collection, "rkey": target.rkey}
        body |= {_SWAPS[name]: cid for name, cid in swap.items() if cid is not None}
        self._procedure("com.atproto.repo.deleteRecord", body)

    def apply_writes(
        self, writes: Iterable[Write], *, swap_commit: str | None = None
    ) -> list[AtUri]:
        """Create, update and delete records; each 200 of them happen all or not at all.

        Args:
            writes: `Create`, `Update` and `Delete`; a Create without a key gets one.
            swap_commit: only if the repository's last commit is this; for up to 200 writes.

        Raises:
            RecordError: no record of the network can say that; nothing was written.
            WriteConflictError: the repository is not as it has to be.
            LoginError: nobody is logged in.
        """
        did, ready = self.did, [one.ready() for one in writes]
        bodies = [plain(one) for one in ready]
        for start in range(0, len(ready), BATCH):
            self._apply(
                did, ready[start : start + BATCH], bodies[start : start + BATCH], swap_commit
            )
        return [AtUri(did, one.collection, one.key) for one in ready]

    def _apply(
        self, did: str, writes: Sequence[Write], bodies: list[dict[str, Any]], swap: str | None
    ) -> None:
        body: dict[str, Any] = {"repo": did, "validate": False, "writes": bodies}
        if swap is not None:
            body["swapCommit"] = swap
        try:
            self._procedure("com.atproto.repo.applyWrites", body)
        except RefusedError:
            # All or none happened: one look tells whether an answer was lost.
            if not all(self._is_done(did, one) for one in writes):
                raise

    def _is_done(self, did: str, write: Write) -> bool:
        try:
            there = self.get_record(AtUri(did, write.collection, write.key)).value
        except RecordNotFoundError:
            return isinstance(write, Delete)
        return isinstance(write, (Create, Update)) and there == write.value

    def _procedure(self, method: str, body: Mapping[str, Any]) -> dict[str, Any]:
        def call(session: Session) -> dict[str, Any]:
            return procedure(self._transport, session.pds, method, body, session.access)

        found: dict[str, Any] = self._sessions.run(call)
        return found

    def _own(self, uri: str | AtUri) -> AtUri:
        target = AtUri.parse(uri)
        owner = target.authority if is_did(target.authority) else self.resolve(target.authority).did
        if owner != self.did:
            raise LoginError(f"{target} is not in the repository of {self.handle}")
        return target

    # Blobs

    def blob_limit(self) -> int | None:
        """Return the largest blob that one's server takes, in bytes; None where it does not say."""
        server = self._sessions.need().pds
        if server not in self._limits:
            found = self.query(server, "com.atproto.server.describeServer")
            limit = found.get("blobUploadLimit")
            self._limits[server] = limit if isinstance(limit, int) and limit > 0 else None
        return self._limits[server]

    def upload_blob(
        self,
        content: Content,
        mime_type: str = "application/octet-stream",
        *,
        progress: Progress | None = None,
    ) -> dict[str, Any]:
        """Upload a blob in constant memory; return what a record says to refer to it.

        It cannot be read, and goes after a while, unless a record refers to it.

        Args:
            content: bytes, a path, or an open file that can seek.
            mime_type: what it is.
            progress: called with the bytes that were sent, and with all there are.

        Raises:
            BlobTooLargeError: the server takes no such large ones.
            IntegrityError: what the server has is not what was sent.
            LoginError: nobody is logged in.
        """
        body = BlobBody(content, progress)
        method = "com.atproto.repo.uploadBlob"

        def call(session: Session) -> dict[str, Any]:
            request = Request(
                "POST",
                address(session.pds, method),
                # Without a type the server stores */*, without a length it is sent in chunks.
                headers={"Content-Type": mime_type, "Content-Length": str(body.size)},
                body=body.pieces,
                token=session.access,
                timeout=self.timeout + body.size / _STORING_RATE,
            )
            return content_of(self._transport.fetch(request), session.pds, method)

        try:
            found = self._sessions.run(call).get("blob")
        except BlobTooLargeError as error:
            message = f"{error}: the blob has {body.size:,} bytes; cut it into smaller ones"
            raise BlobTooLargeError(message, status=error.status, error=error.error) from None
        if not isinstance(found, dict) or found.get("ref") != {"$link": body.cid}:
            raise IntegrityError(f"the server does not have what was sent ({body.cid})")
        return found

    def open_blob(
        self, repo: str, cid: str, *, size: int | None = None, progress: Progress | None = None
    ) -> BlobStream:
        """Open a blob to read it in constant memory; it is checked against its CID at its end.

        Args:
            repo: whose, by handle or DID.
            cid: its CID.
            size: how many bytes it must have.
            progress: called with the bytes that came, and with all there are or None.

        Raises:
            BlobNotFoundError: there is none.
        """
        owner = self.resolve(repo)
        return BlobStream(
            self._transport,
            address(owner.pds, GET_BLOB),
            {"did": owner.did, "cid": cid},
            cid,
            name=f"at://{owner.did}/blob/{cid}",
            size=size,
            progress=progress,
        )

    def read_blob(self, repo: str, cid: str, start: int, length: int) -> bytes | None:
        """Return bytes ``[start, start + length)`` of a blob; None where its server gives no parts.

        They are not checked: a CID tells of all bytes of a blob together.

        Raises:
            BlobNotFoundError: there is none.
        """
        owner = self.resolve(repo)
        params = {"did": owner.did, "cid": cid}
        return read_part(self._transport, address(owner.pds, GET_BLOB), params, start, length)

    @overload
    def get_blob(
        self, repo: str, cid: str, *, to: None = None, progress: Progress | None = None
    ) -> bytes: ...
    @overload
    def get_blob(
        self,
        repo: str,
        cid: str,
        *,
        to: str | os.PathLike[str] | IO[bytes],
        progress: Progress | None = None,
    ) -> None: ...
    def get_blob(
        self,
        repo: str,
        cid: str,
        *,
        to: str | os.PathLike[str] | IO[bytes] | None = None,
        progress: Progress | None = None,
    ) -> bytes | None:
        """Return a blob's bytes, or write them to a file in constant memory.

        A file that is named appears under its name when all of it is there and checked.

        Raises:
            BlobNotFoundError: there is none.
            IntegrityError: what the server sends is not that blob.
        """
        with self.open_blob(repo, cid, progress=progress) as stream:
            if to is None:
                return stream.read()
            if isinstance(to, (str, os.PathLike)):
                _save(stream, Path(to))
            else:
                _copy(stream, to)
            return None

    def get_blob_url(self, repo: str, cid: str) -> str:
        """Return the address under which a blob can be read."""
        owner = self.resolve(repo)
        return f"{address(owner.pds, GET_BLOB)}?did={owner.did}&cid={cid}"

    # The object itself

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __getstate__(self) -> dict[str, Any]:
        # Tokens do not travel: what is unpickled can read, and nobody is logged in.
        names = ("base_url", "plc_url", "timeout", "retry")
        return {name: getattr(self, name) for name in names}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._begin()

    def __repr__(self) -> str:
        session = self._sessions.current
        return f"AtmosphereClient({'nobody is logged in' if session is None else session.handle})"


_SWAPS: Final = {"swap_record": "swapRecord", "swap_commit": "swapCommit"}


def _typed(collection: str, record: Mapping[str, Any]) -> dict[str, Any]:
    return {"$type": collection} | dict(record)


def _record(found: Any, owner: Identity, server: str) -> Record:
    try:
        uri, value = AtUri.parse(found["uri"]), found["value"]
        if isinstance(value, dict) and uri.authority in {owner.did, owner.handle}:
            own = AtUri(owner.did, uri.collection, uri.rkey)
            return Record(own, str(found.get("cid", "")), value)
    except (TypeError, KeyError, ValueError):
        pass
    raise RefusedError(f"{urlsplit(server).netloc} answers with something that is no record")


def _check_confidential(server: str) -> None:
    parts = urlsplit(server)
    if parts.scheme != "https" and not is_private_host(parts.hostname or ""):
        raise LoginError(f"{server:.100}: passwords and tokens are only sent over https")


def _variable(name: str) -> Secret | None:
    for prefix in _PREFIXES:
        if value := os.environ.get(prefix + name):
            return Secret(value)
    return None


def _save(stream: BlobStream, path: Path) -> None:
    partial = path.with_name(f".{path.name}.{new_tid()}.part")
    try:
        with partial.open("xb") as file:
            _copy(stream, file)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _copy(stream: BlobStream, file: IO[bytes]) -> None:
    while piece := stream.read(1 << 18):
        file.write(piece)
