"""Proofs signed with each of the protocol's curves; tampering is tested on a real server."""

from __future__ import annotations

import hashlib
from types import SimpleNamespace
from typing import Any

import libipld
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from atdata_nb.atmosphere import AtmosphereIndex
from atdata_nb.atmosphere.aturi import AtUri
from atdata_nb.atmosphere.client import Record
from atdata_nb.atmosphere.entry import AtmosphereEntry
from atdata_nb.atmosphere.identity import Identity
from atdata_nb.atmosphere.proof import record_cid, verify
from atdata_nb.cid import encode_dag_cbor

DID = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"
KIND = "ac.foundation.dataset.record"
RECORD = {
    "$type": KIND,
    "name": "digits",
    "schemaRef": f"at://{DID}/ac.foundation.dataset.sampleSchema/3k",
    "createdAt": "2026-11-22T20:39:03Z",
    "storage": {
        "$type": "ac.foundation.dataset.storageExternal",
        "urls": ["https://example.org/a.tar"],
    },
}
# https://atproto.com/specs/cryptography: what stands before a key of each curve, and the order of
# its group, half of which is the largest S that a signature may have.
CURVES: dict[str, tuple[ec.EllipticCurve, bytes, int]] = {
    "p256": (
        ec.SECP256R1(),
        b"\x80\x24",
        0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    ),
    "k256": (
        ec.SECP256K1(),
        b"\xe7\x01",
        0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141,
    ),
}


class Key:
    def __init__(self, curve: str) -> None:
        kind, self._prefix, self._order = CURVES[curve]
        self._key = ec.derive_private_key(1234567, kind)

    @property
    def multikey(self) -> str:
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        return str(libipld.encode_multibase("z", self._prefix + point))

    def sign(self, data: bytes, *, high: bool = False) -> bytes:
        r, s = decode_dss_signature(self._key.sign(data, ec.ECDSA(hashes.SHA256())))
        low = min(s, self._order - s)
        return r.to_bytes(32, "big") + (self._order - low if high else low).to_bytes(32, "big")


def block(value: Any) -> tuple[bytes, bytes]:
    data = encode_dag_cbor(value)
    return bytes((0x01, 0x71, 0x12, 0x20)) + hashlib.sha256(data).digest(), data


def varint(number: int) -> bytes:
    return (
        bytes((number & 0x7F | 0x80,)) + varint(number >> 7) if number > 0x7F else bytes((number,))
    )


def repository(key: Key, **options: bool) -> bytes:
    """A CAR file: a signed commit, a tree of one entry, and the record."""
    record = block(RECORD)
    entry = {"p": 0, "k": f"{KIND}/3kdigits".encode(), "v": record[0], "t": None}
    tree = block({"l": None, "e": [entry]})
    commit = {"did": DID, "version": 3, "rev": "3kcommit", "prev": None, "data": tree[0]}
    signed = block(commit | {"sig": key.sign(encode_dag_cbor(commit), **options)})
    header = encode_dag_cbor({"version": 1, "roots": [signed[0]]})
    sections = [header, *(cid + data for cid, data in (signed, tree, record))]
    return b"".join(varint(len(one)) + one for one in sections)


def verdict(archive: bytes, key: Key) -> Any:
    owner = Identity(DID, "ada.test", "https://pds.example.org", key.multikey)
    client: Any = SimpleNamespace(
        resolve=lambda *_, **__: owner, fetch_bytes=lambda *_, **__: archive
    )
    shown = Record(AtUri(DID, KIND, "3kdigits"), record_cid(RECORD), RECORD)
    entry = AtmosphereEntry.of(shown, "ada.test", AtmosphereIndex(client))
    return verify(client, entry, data=False)


@pytest.mark.parametrize("curve", CURVES)
def test_a_record_signed_on_either_curve_is_verified(curve: str) -> None:
    key = Key(curve)
    found = verdict(repository(key), key)
    assert found.complete, found
    assert [step.what for step in found.steps] == [
        "author",
        "blocks",
        "signature",
        "record",
        "content",
    ]


@pytest.mark.parametrize("curve", CURVES)
def test_a_signature_with_a_high_s_is_refused(curve: str) -> None:
    """Both forms sign the same; the protocol allows one, so that nobody can make another commit."""
    key = Key(curve)
    assert "not by the key" in repr(verdict(repository(key, high=True), key))


def test_a_key_of_the_other_curve_did_not_sign_it() -> None:
    archive = repository(Key("p256"))
    assert not verdict(archive, Key("k256"))


@pytest.mark.parametrize("curve", CURVES)
def test_a_single_changed_bit_in_any_block_is_caught(curve: str) -> None:
    key = Key(curve)
    archive = repository(key)
    # Behind the header: its version number is nothing that anybody signed.
    for place in range(1 + archive[0], len(archive), 7):
        changed = bytearray(archive)
        changed[place] ^= 1
        assert not verdict(bytes(changed), key), place
