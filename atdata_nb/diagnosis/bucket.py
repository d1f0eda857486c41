"""Bucket: whether a bucket can be listed and, if asked for, written, with the keys at hand."""

from __future__ import annotations

import re
import secrets
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.diagnosis.clocks import check_date
from atdata_nb.diagnosis.finding import advice, good, problem
from atdata_nb.diagnosis.server import OK, ask
from atdata_nb.errors import AtdataError
from atdata_nb.shards.credentials import S3Access, check_bucket
from atdata_nb.stores.uploads import Bucket

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping

    from atdata_nb.diagnosis.finding import Finding

SUBJECT: Final = "s3"
_CODE: Final = re.compile(rb"<Code>([A-Za-z]{1,60})</Code>")
_KEYS: Final = "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a file or a profile"
_PLACE: Final = "check AWS_ENDPOINT; a local server is started by `atdata-nb local up`"
# Error codes of the Amazon S3 API Reference.
_REMEDIES: Final = {
    "NoSuchBucket": "check its name and the endpoint, or have it made",
    "InvalidAccessKeyId": _KEYS,
    "SignatureDoesNotMatch": _KEYS,
    "ExpiredToken": "get new credentials: these were for a time only",
    "RequestTimeTooSkewed": "set this machine's clock",
    "AccessDenied": "the keys' owner needs s3:ListBucket, s3:GetObject and s3:PutObject on it",
    "PermanentRedirect": "name the bucket's region by AWS_REGION",
    "AuthorizationHeaderMalformed": "name the bucket's region by AWS_REGION",
}


def check_bucket_access(
    bucket: str,
    credentials: Mapping[str, Any] | str | os.PathLike[str] | None,
    *,
    write: bool,
    timeout: float,
) -> Iterator[Finding]:
    """Look at a bucket: list it; with ``write``, put a small object there and delete it again."""
    try:
        name = check_bucket(bucket.removeprefix("s3://").rstrip("/"))
        access = S3Access.read(credentials)
        keys = access.current_keys()
        url = access.presign(name, query={"list-type": "2", "max-keys": "1"})
    except (AtdataError, OSError) as error:
        yield problem(SUBJECT, str(error), _KEYS)
        return
    place = f"s3://{name} at {access.endpoint or 'Amazon'}"
    if keys is None:
        yield advice(SUBJECT, "there are no keys: requests are not signed", _KEYS)
    said = ask(url, timeout)
    if isinstance(said, str):
        yield problem(SUBJECT, f"{place} {said}", _PLACE)
        return
    if said.status != OK:
        yield _refusal(place, said.status, said.body)
    elif b"<ListBucketResult" not in said.body:
        yield problem(SUBJECT, f"{place} does not answer as an S3 server does", _PLACE)
    else:
        yield good(SUBJECT, f"{place} can be listed")
        if write:
            yield _written(access, name, timeout)
    yield check_date(SUBJECT, said.date, said.sent, said.answered)


def _refusal(place: str, status: int, body: bytes) -> Finding:
    found = _CODE.search(body)
    code = found[1].decode() if found else ""
    told = f"{place} can't be listed: the server answers {status} {code}".rstrip()
    return problem(SUBJECT, told, _REMEDIES.get(code, _PLACE))


def _written(access: S3Access, name: str, timeout: float) -> Finding:
    key = f".atdata-nb-diagnosis-{secrets.token_hex(8)}"
    bucket = Bucket(access, name, timeout)
    try:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "object")
            file.write_bytes(b"written by `atdata-nb diagnose --write`, and to be deleted\n")
            bucket.create(key, file)
    except (AtdataError, OSError) as error:
        return problem(SUBJECT, f"it can't be written: {error}", _REMEDIES["AccessDenied"])
    try:
        bucket.delete(key)
    except (AtdataError, OSError) as error:
        return problem(
            SUBJECT,
            f"it can be written, but nothing can be deleted: {error}",
            f"give the keys' owner s3:DeleteObject, and delete {key}",
        )
    return good(SUBJECT, "it can be written, and deleted from")
