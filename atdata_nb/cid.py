"""CIDs: names that follow from content.

A CID here is version 1 with SHA-256, in lower base32 (https://github.com/multiformats/cid).
Data is named by its DAG-CBOR encoding (https://ipld.io/specs/codecs/dag-cbor/spec/), a blob by its
bytes with the codec ``raw``, as an AT Protocol server does.
"""

from __future__ import annotations

import base64
import hashlib
import math
from typing import TYPE_CHECKING, Any, Final, TypedDict, cast

from atdata_nb.errors import CidError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typing_extensions import Buffer

# https://github.com/multiformats/multicodec/blob/master/table.csv
CODEC_RAW: Final = 0x55
CODEC_DAG_CBOR: Final = 0x71
HASH_SHA256: Final = 0x12
SHA256_SIZE: Final = 32
CID_VERSION_1: Final = 1

# A CIDv0 is a bare base58 multihash of SHA-256: always this long, always with this beginning.
_V0_LENGTH: Final = 46
_V0_START: Final = "Qm"


class Multihash(TypedDict):
    """The hash inside a CID."""

    code: int
    size: int
    digest: bytes


class CidParts(TypedDict):
    """What a CID says."""

    version: int
    codec: int
    hash: Multihash


def generate_cid(data: Any) -> str:
    """Return the CID of a value: dag-cbor codec, SHA-256 of its DAG-CBOR encoding.

    What DAG-CBOR knows: None, bool, int from -2**64 to 2**64 - 1, finite float, str, bytes, list,
    and dict with str keys. A ``{"$link": …}`` is an ordinary map, not a link.

    Raises:
        CidError: the value holds something else; the message says where.

    Example:
        >>> generate_cid({"name": "test", "value": 42})
        'bafyreidnzhwcbncg3avwjjao5o6wx4zhnksmxhdo6w5iaqupexnmzdlb54'
    """
    return generate_cid_from_bytes(encode_dag_cbor(data))


def encode_dag_cbor(data: Any) -> bytes:
    """Return the DAG-CBOR encoding of a value.

    Raises:
        CidError: the value holds something that DAG-CBOR has no form for.

    Example:
        >>> encode_dag_cbor({"b": 1, "a": 2, "aa": 0}).hex()
        'a361610261620162616100'
    """
    import libipld  # compiled, and not needed to read samples

    try:
        encoded: bytes = libipld.encode_dag_cbor(data)
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise CidError(_explain(data, error)) from error
    return encoded


def generate_cid_from_bytes(data: Buffer) -> str:
    """Return the CID of bytes that are DAG-CBOR already: hashed as they are, codec dag-cbor.

    Example:
        >>> generate_cid_from_bytes(bytes.fromhex("a0")) == generate_cid({})
        True
    """
    return _cid(CODEC_DAG_CBOR, hashlib.sha256(data).digest())


def verify_cid(cid: str, data: Any) -> bool:
    """Whether ``cid`` is the CID of ``data``.

    Raises:
        CidError: ``data`` has no CID.

    Example:
        >>> verify_cid(generate_cid([1, 2]), [1, 2])
        True
    """
    return generate_cid(data) == cid


def blob_cid(data: Buffer) -> str:
    """Return the CID that an AT Protocol server gives a blob: raw codec, SHA-256 of its bytes.

    Example:
        >>> blob_cid(b"")
        'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku'
    """
    return blob_cid_from_sha256(hashlib.sha256(data).digest())


def blob_cid_from_sha256(digest: bytes) -> str:
    """Return the CID of a blob whose SHA-256 is known.

    Raises:
        CidError: the digest is not 32 bytes.

    Example:
        >>> import hashlib
        >>> blob_cid_from_sha256(hashlib.sha256(b"").digest()) == blob_cid(b"")
        True
    """
    if len(digest) != SHA256_SIZE:
        message = f"a SHA-256 digest has {SHA256_SIZE} bytes, not {len(digest)}"
        raise CidError(message)
    return _cid(CODEC_RAW, digest)


def parse_cid(cid: str) -> CidParts:
    """Return what a CID says: ``{"version", "codec", "hash": {"code", "size", "digest"}}``.

    Raises:
        CidError: the text is no CID, or holds more than one.

    Example:
        >>> parts = parse_cid(blob_cid(b""))
        >>> parts["version"], hex(parts["codec"]), parts["hash"]["size"]
        (1, '0x55', 32)
    """
    import libipld  # compiled, and not needed to read samples

    try:
        parts = cast("CidParts", libipld.decode_cid(cid))
        whole = _binary(cid)
    except (ValueError, TypeError) as error:
        message = f"no CID: {cid!r:.100}"
        raise CidError(message) from error
    # libipld ignores what follows a CID: two texts would name one block.
    if whole != _frame(parts):
        message = f"no CID: something follows it in {cid!r:.100}"
        raise CidError(message)
    return parts


def _cid(codec: int, digest: bytes) -> str:
    binary = bytes((CID_VERSION_1, codec, HASH_SHA256, SHA256_SIZE)) + digest
    return "b" + base64.b32encode(binary).decode("ascii").rstrip("=").lower()


def _binary(cid: str) -> bytes:
    import libipld  # compiled, and not needed to read samples

    is_v0 = len(cid) == _V0_LENGTH and cid.startswith(_V0_START)
    _, binary = libipld.decode_multibase("z" + cid if is_v0 else cid)
    return bytes(binary)


def _frame(parts: CidParts) -> bytes:
    digest = parts["hash"]
    multihash = _varint(digest["code"]) + _varint(digest["size"]) + bytes(digest["digest"])
    if parts["version"] == 0:
        return multihash
    return _varint(parts["version"]) + _varint(parts["codec"]) + multihash


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:  # noqa: PLR2004 - seven bits a byte
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _explain(data: Any, error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "no CID: the value is nested too deeply, or holds itself"
    for path, value in _walk(data, ""):
        reason = _obstacle(value)
        if reason:
            return f"no CID: {path or 'the value'} is {reason}"
    return f"no CID: {error}"


def _walk(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    yield path, value
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                yield f"{path}{{key {key!r:.60}}}", _NotText(key)
            yield from _walk(item, f"{path}[{key!r:.60}]")
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _walk(item, f"{path}[{place}]")


class _NotText:
    def __init__(self, key: object) -> None:
        self.kind = type(key).__name__


def _obstacle(value: Any) -> str | None:
    if isinstance(value, _NotText):
        return f"a key of type {value.kind}: keys are str"
    if value is None or isinstance(value, (bool, bytes, list, dict)):
        return None
    if isinstance(value, str):
        return None if value.isascii() or _is_unicode(value) else "text with a lone surrogate"
    if isinstance(value, int):
        return None if -(1 << 64) <= value < 1 << 64 else f"{value:.3e}: an int past 64 bits"
    if isinstance(value, float):
        return None if math.isfinite(value) else f"{value}: DAG-CBOR knows no such number"
    return f"of type {type(value).__qualname__}: DAG-CBOR knows no such thing"


def _is_unicode(text: str) -> bool:
    return not any(0xD800 <= ord(char) <= 0xDFFF for char in text)  # noqa: PLR2004 - surrogates
