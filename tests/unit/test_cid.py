"""CIDs equal those of the existing package and of a real server, and only foreign data has none."""

from __future__ import annotations

import hashlib
import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atdata_nb.cid import (
    blob_cid,
    blob_cid_from_sha256,
    encode_dag_cbor,
    generate_cid,
    generate_cid_from_bytes,
    parse_cid,
    verify_cid,
)
from atdata_nb.errors import AtdataError, CidError

FIXTURES = Path(__file__).parents[1] / "fixtures"
KNOWN = "bafyreidnzhwcbncg3avwjjao5o6wx4zhnksmxhdo6w5iaqupexnmzdlb54"

encodable = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**64), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=3)
    ),
    max_leaves=12,
)


def test_a_value_has_the_cid_the_existing_package_gives_it() -> None:
    assert generate_cid({"name": "test", "value": 42}) == KNOWN


def test_an_entry_has_the_cid_the_existing_package_gives_it() -> None:
    entry = {"schema_ref": "local://schemas/__main__.P@1.0.0", "data_urls": ["out/p-000000.tar"]}
    assert generate_cid(entry) == "bafyreifz4t772fowya5ibbslu7n5n3cw3linfty2y554nezr5lkpa2neq4"


@pytest.mark.parametrize("version", ["0.2.3b1", "0.7.0b1"])
def test_every_entry_of_the_fixtures_has_its_cid(version: str) -> None:
    recorded = json.loads((FIXTURES / f"atdata-{version}" / "redis.json").read_text())
    cids = [
        generate_cid({"schema_ref": entry["schema_ref"], "data_urls": entry["data_urls"]})
        for entry in recorded["entries"]
    ]
    assert cids == [entry["cid"] for entry in recorded["entries"]]
    assert len(cids) == 3


def test_keys_are_ordered_by_length_and_then_by_bytes() -> None:
    assert encode_dag_cbor({"b": 1, "a": 2, "aa": 0}).hex() == "a361610261620162616100"


def test_bytes_are_framed_as_dag_cbor_without_being_encoded_again() -> None:
    assert generate_cid_from_bytes(encode_dag_cbor([1])) == generate_cid([1])
    assert parse_cid(generate_cid_from_bytes(b"anything"))["codec"] == 0x71


def test_a_blob_has_the_cid_a_server_gives_it() -> None:
    assert blob_cid(b"") == "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"
    assert blob_cid(memoryview(b"abc")) == blob_cid_from_sha256(hashlib.sha256(b"abc").digest())


def test_a_digest_of_another_length_is_refused() -> None:
    with pytest.raises(CidError, match="32 bytes, not 20"):
        blob_cid_from_sha256(b"\0" * 20)


def test_a_cid_says_what_it_is_made_of() -> None:
    digest = hashlib.sha256(bytes.fromhex("a2646e616d6564746573746576616c7565182a")).digest()
    assert parse_cid(KNOWN) == {
        "version": 1,
        "codec": 0x71,
        "hash": {"code": 0x12, "size": 32, "digest": digest},
    }


def test_a_version_0_cid_can_be_read() -> None:
    parts = parse_cid("QmaozNR7DZHQK1ZcU9p7QdrshMvXqWK6gpu5rmrkPdT3L4")
    assert (parts["version"], parts["codec"]) == (0, 0x70)


@pytest.mark.parametrize(
    "text", ["", "x", "bafy", " " + KNOWN, KNOWN + "aa", KNOWN[:-2], "\ud800", "z" + "1" * 40]
)
def test_text_that_is_no_cid_is_refused(text: str) -> None:
    with pytest.raises(CidError, match="no CID"):
        parse_cid(text)


@pytest.mark.parametrize(
    ("value", "where"),
    [
        (math.nan, "the value is nan"),
        ({"a": [1, math.inf]}, r"\['a'\]\[1\] is inf"),
        ((1, 2), "of type tuple"),
        ({"s": {1}}, r"\['s'\] is of type set"),
        (np.int64(3), "of type int64"),
        (np.float32(1), "of type float32"),
        (np.bool_(1), "of type bool"),
        (np.zeros(2), "of type ndarray"),
        (2**64, "past 64 bits"),
        (-(2**64) - 1, "past 64 bits"),
        ({1: 2}, "a key of type int"),
        (bytearray(b"a"), "of type bytearray"),
        ("\ud800", "lone surrogate"),
    ],
)
def test_what_has_no_cid_is_named(value: Any, where: str) -> None:
    with pytest.raises(CidError, match=where) as caught:
        generate_cid(value)
    assert isinstance(caught.value, (AtdataError, ValueError))


def test_a_value_that_holds_itself_is_refused() -> None:
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(CidError, match="holds itself"):
        generate_cid(loop)


@given(encodable)
def test_every_encodable_value_has_one_cid_and_verifies(value: Any) -> None:
    cid = generate_cid(value)
    assert verify_cid(cid, value)
    assert parse_cid(cid)["hash"]["digest"] == hashlib.sha256(encode_dag_cbor(value)).digest()
    assert not verify_cid(cid, [value])


def test_importing_cid_does_not_load_the_encoder() -> None:
    code = "import sys, atdata_nb.cid; print('libipld' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
