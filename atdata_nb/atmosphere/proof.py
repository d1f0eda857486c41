"""Proof: whether somebody really published a record, and whether its data is what it says.

https://atproto.com/specs/repository, https://atproto.com/specs/cryptography
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from atdata_nb.atmosphere.archive import Archive
from atdata_nb.atmosphere.companion_proof import compare_companions, type_of
from atdata_nb.atmosphere.data_model import read_bytes
from atdata_nb.atmosphere.storage import Blobs, expanded
from atdata_nb.atmosphere.tree import find_record
from atdata_nb.cid import encode_dag_cbor, generate_cid_from_bytes
from atdata_nb.display import Displayed
from atdata_nb.errors import AtdataError, IntegrityError, ManifestError, ShardError
from atdata_nb.schemas.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from atdata_nb.atmosphere.client import AtmosphereClient
    from atdata_nb.atmosphere.entry import AtmosphereEntry
    from atdata_nb.atmosphere.identity import Identity
    from atdata_nb.atmosphere.storage import Blob

OnStep: TypeAlias = "Callable[[Step], None]"

COMMIT_VERSION: Final = 3
_SIGNATURE: Final = 64
_PIECE: Final = 1 << 20
_LINE: Final = 400
_METHOD: Final = "com.atproto.sync.getRecord"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was looked at.

    Attributes:
        what: what it was.
        ok: whether it is as it should be; None where nobody can tell.
        why: the reason.
    """

    what: str
    ok: bool | None
    why: str

    def __str__(self) -> str:
        mark = {True: "ok", False: "FAILED", None: "unknown"}[self.ok]
        return f"{mark:<8} {one_line(self.what, _LINE)}: {one_line(self.why, _LINE)}"


@dataclass(frozen=True, slots=True)
class Verdict(Displayed):
    """What came of verifying a dataset.

    Attributes:
        uri: address of its record.
        steps: what was looked at, in order; it ends at the first failure of the record's proof.
    """

    uri: str
    steps: tuple[Step, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing was found that is not as it should be."""
        return all(step.ok is not False for step in self.steps)

    @property
    def complete(self) -> bool:
        """Whether everything could be looked at."""
        return all(step.ok is True for step in self.steps)

    @property
    def outcome(self) -> str:
        """What came of it, in words."""
        if self.complete:
            return "verified"
        return "nothing wrong was found" if self.ok else "NOT ok"

    def __bool__(self) -> bool:
        return self.ok

    def __repr__(self) -> str:
        first = f"{one_line(self.uri, _LINE)}: {self.outcome}"
        return "\n".join([first, *(f"  {step}" for step in self.steps)])


def verify(
    client: AtmosphereClient,
    entry: AtmosphereEntry,
    *,
    data: bool = True,
    on_step: OnStep | None = None,
) -> Verdict:
    """Return whether a dataset is what its author signed, and its shards are what it says.

    Args:
        client: fetches.
        entry: the dataset, as it was shown.
        data: look at the shards too, which reads them whole.
        on_step: is told of each step as soon as it is done; what it raises ends it all.
    """
    steps = _Steps(on_step)
    try:
        _verify_record(client, entry, steps)
        if data:
            _verify_data(entry, steps)
    except _Failed:
        pass
    return Verdict(str(entry.uri), tuple(steps))


class _Steps(list[Step]):
    """Steps, told of as they come."""

    def __init__(self, on_step: OnStep | None) -> None:
        super().__init__()
        self._on_step = on_step

    def append(self, step: Step) -> None:
        super().append(step)
        if self._on_step is not None:
            self._on_step(step)


class _Failed(Exception):  # noqa: N818 - never leaves this module
    """A step failed, and those after it mean nothing."""


def _verify_record(client: AtmosphereClient, entry: AtmosphereEntry, steps: list[Step]) -> None:
    def step(what: str, look: Callable[[], tuple[Any, str]]) -> Any:
        try:
            found, why = look()
        except AtdataError as error:
            steps.append(Step(what, ok=False, why=str(error)))
            raise _Failed from None
        steps.append(Step(what, ok=True, why=why))
        return found

    owner = step("author", lambda: _author(client, entry))
    archive = step("blocks", lambda: _blocks(client, owner, entry))
    tree = step("signature", lambda: _signature(archive, owner))
    step("record", lambda: _current(archive, tree, entry))
    step("content", lambda: _content(entry))


def _author(client: AtmosphereClient, entry: AtmosphereEntry) -> tuple[Identity, str]:
    # Not what was known of them: keys change.
    owner = client.resolve(entry.did, fresh=True)
    if owner.signing_key is None:
        raise IntegrityError(f"the document of {entry.did} has no signing key")
    return owner, f"{entry.did} signs with {owner.signing_key[:16]}…"


def _blocks(
    client: AtmosphereClient, owner: Identity, entry: AtmosphereEntry
) -> tuple[Archive, str]:
    data = client.fetch_bytes(
        owner.pds,
        _METHOD,
        did=owner.did,
        collection=entry.uri.collection,
        rkey=entry.uri.rkey,
    )
    archive = Archive.read(data)
    return archive, f"{len(archive.blocks)} blocks are what their CIDs say"


def _signature(archive: Archive, owner: Identity) -> tuple[bytes, str]:
    commit = archive.decode(archive.root, "the commit")
    signature, tree = commit.pop("sig", None), commit.get("data")
    if commit.get("did") != owner.did:
        raise IntegrityError(f"the commit is of {commit.get('did')!r:.80}")
    if commit.get("version") != COMMIT_VERSION or not isinstance(tree, bytes):
        raise IntegrityError("the commit is of a version that is not known")
    if not isinstance(signature, bytes) or len(signature) != _SIGNATURE:
        raise IntegrityError("the commit is not signed")
    if not is_signed(owner.signing_key or "", encode_dag_cbor(commit), signature):
        raise IntegrityError("the signature is not by the key in the author's document")
    return tree, f"commit {commit.get('rev')!s:.20} is signed by the author"


def is_signed(multikey: str, data: bytes, signature: bytes) -> bool:
    """Whether data is signed by a key: ECDSA over P-256 or secp256k1, low S only."""
    from atproto_core.exceptions import AtProtocolError
    from atproto_crypto.verify import verify_signature

    try:
        return bool(verify_signature(f"did:key:{multikey}", data, signature))
    except (AtProtocolError, ValueError):
        return False


def _current(archive: Archive, tree: bytes, entry: AtmosphereEntry) -> tuple[None, str]:
    found = find_record(archive, tree, f"{entry.uri.collection}/{entry.uri.rkey}")
    if found is None:
        raise IntegrityError("the author's repository has no such record (any more)")
    if found not in archive.blocks:
        raise IntegrityError("the proof lacks the record itself")
    if archive.text(found) != entry.cid:
        raise IntegrityError(
            f"the author's repository now has another record there ({archive.text(found)}); "
            f"this one ({entry.cid}) is out of date, or was never theirs"
        )
    return None, f"{entry.cid} is in the signed tree"


def _content(entry: AtmosphereEntry) -> tuple[None, str]:
    if record_cid(entry.value) != entry.cid:
        raise IntegrityError("what was shown is not what the record's CID names")
    return None, "what was shown is what the author signed"


def record_cid(value: dict[str, Any]) -> str:
    """Return the CID of a record, from its JSON form."""
    return generate_cid_from_bytes(encode_dag_cbor(_plain(value)))


def _plain(value: Any) -> Any:
    import libipld

    if isinstance(value, list):
        return [_plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "$bytes" in value:
        return read_bytes(value, "record")
    if "$link" in value:
        # A CID as bytes is written as a link.
        return bytes(libipld.decode_multibase(str(value["$link"]))[1])
    return {name: _plain(item) for name, item in value.items()}


def _verify_data(entry: AtmosphereEntry, steps: list[Step]) -> None:
    storage = entry.record.storage
    known = (
        dict.fromkeys(entry.data_urls, "")
        if isinstance(storage, Blobs)
        else {one.url: one.sha256 for one in expanded(storage.shards) if one.sha256}
    )
    try:
        source = entry.source()
    except AtdataError as error:
        steps.append(Step("shards", ok=False, why=str(error)))
        return
    beside = _beside(entry)
    kind = type_of(entry) if beside else None
    manifests: list[Step] = []
    for url in entry.data_urls:
        if url not in known:
            steps.append(Step(url, ok=None, why="its record has no checksum of it"))
            continue
        try:
            if url in beside:
                size, step = _look_beside(source, url, beside[url], kind)
                manifests.append(step)
            else:
                size = _read(source.open_shard(url))
        except (AtdataError, OSError) as error:
            steps.append(Step(url, ok=False, why=str(error)))
        else:
            steps.append(Step(url, ok=True, why=f"{size:,} bytes are what the record says"))
    wrong = [step for step in manifests if not step.ok]
    if manifests:
        why = f"beside {len(manifests):,} of the blobs, and say what their samples say"
        for step in wrong or [Step("manifests", ok=True, why=why)]:
            steps.append(step)  # noqa: PERF402 - each is told of


def _beside(entry: AtmosphereEntry) -> dict[str, Blob]:
    storage = entry.record.storage
    if not isinstance(storage, Blobs):
        return {}
    each = zip(entry.data_urls, storage.blobs, strict=True)
    return {url: blob for url, blob in each if blob.beside}


def _look_beside(source: Any, url: str, blob: Blob, kind: type | None) -> tuple[int, Step]:
    """Read a blob and what lies beside it; return its size, and whether they say the same."""
    what = f"manifest of {url}"
    if find_spec("pyarrow") is None:
        why = "pyarrow, which reads it, is not installed"
        return _read(source.open_shard(url)), Step(what, ok=None, why=why)
    try:
        compare_companions(source, url, blob, kind)
    except ShardError as error:
        # Its CID may hold all the same.
        return _read(source.open_shard(url)), Step(what, ok=False, why=str(error))
    except ManifestError as error:
        return blob.size, Step(what, ok=False, why=str(error))
    return blob.size, Step(what, ok=True, why="")


def _read(stream: Any) -> int:
    size = 0
    with stream:
        while piece := stream.read(_PIECE):
            size += len(piece)
        if hasattr(stream, "finish"):
            stream.finish()
    return size
