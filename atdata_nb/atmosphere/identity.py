"""Identity: from a handle to a DID, to its document, to the server of the repository.

https://atproto.com/specs/handle, https://atproto.com/specs/did
"""

from __future__ import annotations

import json
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

from atdata_nb.atmosphere.names import check_repo, is_did, is_handle
from atdata_nb.atmosphere.transport import Request
from atdata_nb.atmosphere.xrpc import query
from atdata_nb.errors import AtmosphereError, IdentityError, RefusedError, UrlError
from atdata_nb.shards.urls import check_url, is_private_host

if TYPE_CHECKING:
    from atdata_nb.atmosphere.transport import Transport

PUBLIC_PLC: Final = "https://plc.directory"
MAX_KNOWN: Final = 1000
# An account that moves to another server is found again after this.
FRESH_SECONDS: Final = 600.0
_DNS_SECONDS: Final = 5.0
_PDS: Final = "AtprotoPersonalDataServer"
# https://atproto.com/specs/handle: these never resolve, in public.
_RESERVED: Final = (".test", ".localhost", ".invalid", ".local", ".internal", ".example", ".arpa")


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose repository it is and where.

    Attributes:
        did: who they are.
        handle: what the network calls them; None where their document names none.
        pds: address of their server.
        signing_key: public key that signs their repository, as a multikey; None for none.
    """

    did: str
    handle: str | None
    pds: str
    signing_key: str | None


class Resolver:
    """Finds identities, and remembers a limited number of them for some minutes.

    Args:
        transport: asks.
        plc_url: address of the did:plc directory.
        helper: a server that resolves handles; without it, DNS and the handle's own web server
            are asked.
    """

    def __init__(self, transport: Transport, plc_url: str, helper: str | None) -> None:
        self._transport, self._plc, self._helper = transport, plc_url.rstrip("/"), helper
        self._known: OrderedDict[str, tuple[float, Identity]] = OrderedDict()
        self._lock = threading.Lock()

    def resolve(self, repo: str) -> Identity:
        """Return whose repository a DID or handle names.

        Raises:
            IdentityError: it leads to no repository.
            AtUriError: it is neither.
            UnreachableError: somebody who has to be asked does not answer.
        """
        name = check_repo(repo)
        known = self._recall(name)
        if known is not None:
            return known
        did = name if is_did(name) else self._did_of(name)
        found = self._read(did, self._document(did))
        if name not in {did, found.handle}:
            # Anybody can claim a handle in DNS; the DID has to agree.
            raise IdentityError(f"{name} claims to be {did}, which does not say so")
        self._remember(name, found)
        self._remember(did, found)
        return found

    def forget(self, repo: str) -> None:
        """Ask again the next time."""
        with self._lock:
            self._known.pop(repo, None)

    def _recall(self, name: str) -> Identity | None:
        with self._lock:
            since, found = self._known.get(name, (0.0, None))
            return found if found and time.monotonic() - since < FRESH_SECONDS else None

    def _remember(self, name: str, found: Identity) -> None:
        with self._lock:
            self._known[name] = (time.monotonic(), found)
            self._known.move_to_end(name)
            while len(self._known) > MAX_KNOWN:
                self._known.popitem(last=False)

    # Handle to DID

    def _did_of(self, handle: str) -> str:
        did = self._by_helper(handle) if self._helper else None
        if did is None and not handle.endswith(_RESERVED):
            did = _by_dns(handle) or self._by_web(handle)
        if did is None or not is_did(did):
            raise IdentityError(f"nobody is called {handle}; look at the spelling")
        return did

    def _by_helper(self, handle: str) -> str | None:
        method = "com.atproto.identity.resolveHandle"
        try:
            found = query(self._transport, self._helper or "", method, {"handle": handle})
        except RefusedError as error:
            if error.status in {400, 404, 501}:
                return None
            raise
        return str(found.get("did", ""))

    def _by_web(self, handle: str) -> str | None:
        url = f"https://{handle}/.well-known/atproto-did"
        try:
            answer = self._transport.fetch(Request("GET", url))
        except (AtmosphereError, UrlError):
            return None
        text = answer.content[:4096].decode("ascii", "replace").strip()
        return text if answer.status == 200 and is_did(text) else None  # noqa: PLR2004 - HTTP

    # DID to document

    def _document(self, did: str) -> dict[str, Any]:
        url = _document_url(did, self._plc, local=self._transport.local)
        answer = self._transport.fetch(Request("GET", url))
        if answer.status != 200:  # noqa: PLR2004 - HTTP
            why = "is not registered" if answer.status in {404, 410} else "has no document"
            raise IdentityError(f"{did} {why} ({answer.status} from {urlsplit(url).netloc})")
        try:
            document = json.loads(answer.content)
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict) or document.get("id") != did:
            raise IdentityError(f"what {urlsplit(url).netloc} has for {did} is not its document")
        return document

    def _read(self, did: str, document: dict[str, Any]) -> Identity:
        pds = _service(did, document)
        if pds is None:
            raise IdentityError(f"{did} has no data server in its document")
        try:
            check_url(pds, trusted=False, allow_hosts=self._transport.allow_hosts)
        except UrlError as error:
            raise IdentityError(f"the data server of {did}: {error}") from error
        return Identity(did, _handle(document), pds.rstrip("/"), _signing_key(did, document))


def _by_dns(handle: str) -> str | None:
    try:
        import dns.exception
        import dns.resolver
    except ImportError:
        return None
    try:
        answers = dns.resolver.resolve(f"_atproto.{handle}", "TXT", lifetime=_DNS_SECONDS)
    except dns.exception.DNSException:
        return None
    texts = [b"".join(answer.strings).decode("ascii", "replace") for answer in answers]
    found = {text.removeprefix("did=") for text in texts if text.startswith("did=")}
    # Two answers are none: https://atproto.com/specs/handle
    return found.pop() if len(found) == 1 else None


def _document_url(did: str, plc: str, *, local: bool) -> str:
    method, _, rest = did.removeprefix("did:").partition(":")
    if method == "plc":
        return f"{plc}/{did}"
    if method != "web":
        raise IdentityError(f"{did:.100}: only did:plc and did:web are known")
    host = unquote(rest)
    if ":" in rest or "/" in host or "@" in host:
        raise IdentityError(f"{did:.100}: a did:web names a host, no path")
    name = host.partition(":")[0]
    if is_private_host(name):
        if not local:
            raise IdentityError(f"{did:.100} names a host of this machine or network")
        return f"http://{host}/.well-known/did.json"
    if ":" in host:
        raise IdentityError(f"{did:.100}: a did:web has no port")
    return f"https://{host}/.well-known/did.json"


def _service(did: str, document: dict[str, Any]) -> str | None:
    for service in _entries(document, "service"):
        if service.get("id") in {"#atproto_pds", f"{did}#atproto_pds"}:
            url = service.get("serviceEndpoint")
            if service.get("type") == _PDS and isinstance(url, str) and _is_origin(url):
                return url
    return None


def _is_origin(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    beside = parts.path.strip("/") or parts.query or parts.fragment or parts.username
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not beside


def _handle(document: dict[str, Any]) -> str | None:
    names = document.get("alsoKnownAs")
    for name in names if isinstance(names, list) else ():
        if isinstance(name, str) and name.startswith("at://"):
            handle = name.removeprefix("at://").lower()
            return handle if is_handle(handle) else None
    return None


def _signing_key(did: str, document: dict[str, Any]) -> str | None:
    for method in _entries(document, "verificationMethod"):
        if method.get("id") in {"#atproto", f"{did}#atproto"} and method.get("controller") == did:
            key = method.get("publicKeyMultibase")
            return key if isinstance(key, str) and method.get("type") == "Multikey" else None
    return None


def _entries(document: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = document.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
