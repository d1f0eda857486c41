"""Bucket: writing to and deleting from a bucket, by boto3; what fails is told in our own words."""

from __future__ import annotations

import logging
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.errors import (
    BucketNotFoundError,
    MissingExtraError,
    RemoteAccessError,
    RemoteError,
    RemoteTimeoutError,
)
from atdata_nb.shards.http_object import DENIALS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from atdata_nb.shards.credentials import Keys, S3Access

# In one request, and in memory; anything larger goes in parts.
SMALL: Final = 8 << 20
PART: Final = 8 << 20
MAX_PARTS: Final = 10_000
PARALLEL: Final = 4
_ATTEMPTS: Final = 8
_CONNECT_SECONDS: Final = 10
_TAKEN: Final = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "412", "409"})
_GONE: Final = frozenset({"404", "NoSuchKey", "NoSuchUpload", "NotFound"})


class Bucket:
    """One bucket; can be pickled, and used in a fork."""

    def __init__(self, access: S3Access, name: str, timeout: float) -> None:
        self._access, self.name, self._timeout = access, name, timeout
        self._clients: dict[int, Any] = {}

    def size(self, key: str) -> int | None:
        """Size of an object; None where there is none.

        Raises:
            RemoteError: the server does not say.
        """
        with self._told(key) as client:
            try:
                found: int = client.head_object(Bucket=self.name, Key=key)["ContentLength"]
            except client.exceptions.ClientError as error:
                if _code(error) in _GONE:
                    return None
                raise
            return found

    def put(self, key: str, data: bytes) -> None:
        """Write a small file, over what is there."""
        with self._told(key) as client:
            client.put_object(Bucket=self.name, Key=key, Body=data)

    def create(
        self,
        key: str,
        path: Path,
        progress: Callable[[int, int], None] | None = None,
        begun: Callable[[str], object] | None = None,
    ) -> bool:
        """Write a file where nothing is yet; return whether it was this call that did.

        In one go or in parts, it is there whole or not at all.

        Args:
            key: where it goes.
            path: the file.
            progress: called with the bytes that are there, and with all there are; what it
                raises ends the upload.
            begun: called with the upload's id where it goes in parts, before the first of them:
                with it somebody can `abort` it for a process that was killed.

        Raises:
            BucketNotFoundError: there is no such bucket.
            RemoteError: the server does not take it.
        """
        with self._told(key) as client:
            try:
                if path.stat().st_size <= SMALL:
                    data = path.read_bytes()
                    client.put_object(Bucket=self.name, Key=key, Body=data, IfNoneMatch="*")
                    if progress is not None:
                        progress(len(data), len(data))
                else:
                    self._in_parts(client, key, path, progress, begun)
            except client.exceptions.ClientError as error:
                if _code(error) in _TAKEN:
                    # Somebody else was faster; the name says that it is the same.
                    return False
                raise
        return True

    def _in_parts(
        self,
        client: Any,
        key: str,
        path: Path,
        progress: Callable[[int, int], None] | None,
        begun: Callable[[str], object] | None,
    ) -> None:
        place = {"Bucket": self.name, "Key": key}
        upload = {**place, "UploadId": client.create_multipart_upload(**place)["UploadId"]}
        if begun is not None:
            begun(upload["UploadId"])
        total = path.stat().st_size
        size = max(PART, -(-total // MAX_PARTS))

        def send(number: int) -> dict[str, Any]:
            with path.open("rb") as file:
                file.seek((number - 1) * size)
                told = client.upload_part(**upload, PartNumber=number, Body=file.read(size))
            return {"PartNumber": number, "ETag": told["ETag"]}

        try:
            with ThreadPoolExecutor(PARALLEL, "atdata-part") as pool:
                sent = [pool.submit(send, 1 + i) for i in range(-(-total // size))]
                try:
                    parts = []
                    for number, one in enumerate(sent, 1):
                        parts.append(one.result())
                        if progress is not None:
                            progress(min(number * size, total), total)
                except BaseException:
                    pool.shutdown(wait=False, cancel_futures=True)
                    raise
            # Servers that do not know the condition overwrite, with the same bytes.
            client.complete_multipart_upload(
                **upload, MultipartUpload={"Parts": parts}, IfNoneMatch="*"
            )
        except BaseException:
            # Parts of an upload that never ended are paid for, and seen by nobody.
            with suppress(Exception):
                client.abort_multipart_upload(**upload)
            raise

    def abort(self, key: str, upload: str) -> None:
        """Throw the parts of an upload away that never ended, if there are any still."""
        with self._told(key) as client:
            try:
                client.abort_multipart_upload(Bucket=self.name, Key=key, UploadId=upload)
            except client.exceptions.ClientError as error:
                if _code(error) not in _GONE:
                    raise

    def delete(self, key: str) -> None:
        """Delete an object, if it is there."""
        with self._told(key) as client:
            client.delete_object(Bucket=self.name, Key=key)

    @contextmanager
    def _told(self, key: str) -> Iterator[Any]:
        """Give the client, and make errors of ours of boto3's."""
        client = self._client()
        from botocore.exceptions import (
            BotoCoreError,
            ClientError,
            ConnectTimeoutError,
            ReadTimeoutError,
        )

        name = f"s3://{self.name}/{key}"
        try:
            yield client
        except ClientError as error:
            raise _refusal(name, error) from None
        except (ConnectTimeoutError, ReadTimeoutError):
            raise RemoteTimeoutError(f"{name}: the server does not answer in time") from None
        except BotoCoreError as error:
            raise RemoteError(f"{name}: {type(error).__name__}") from None

    def _client(self) -> Any:
        pid = os.getpid()
        if pid not in self._clients:
            self._clients = {pid: self._new_client()}
        return self._clients[pid]

    def _new_client(self) -> Any:
        try:
            import boto3
            from botocore import UNSIGNED
            from botocore.config import Config
        except ImportError as error:
            raise MissingExtraError(
                "writing to a bucket needs boto3: pip install 'atdata-nb[s3]'"
            ) from error
        keys = self._access.current_keys()
        if keys is not None:
            _hide_from_logs(keys)
        options = Config(
            signature_version=UNSIGNED if keys is None else "s3v4",
            connect_timeout=_CONNECT_SECONDS,
            read_timeout=self._timeout,
            retries={"mode": "standard", "max_attempts": _ATTEMPTS},
            s3={"addressing_style": "path" if self._access.endpoint else "auto"},
            # Newer ones than a server of one's own may know.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        place = {"endpoint_url": self._access.endpoint, "region_name": self._access.region_name}
        if keys is None or self._access.keys is None:
            # A profile's own keys may have to be renewed on the way, which boto3 does.
            return self._access.boto3_session().client("s3", config=options, **place)
        return boto3.client(
            "s3",
            config=options,
            aws_access_key_id=keys.access,
            aws_secret_access_key=keys.secret.reveal(),
            aws_session_token=keys.token.reveal() if keys.token else None,
            **place,
        )

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_clients": {}}

    def __repr__(self) -> str:
        return f"Bucket({self.name!r})"


class _Veil(logging.Filter):
    """Takes secrets out of what boto3 logs: with DEBUG, it logs each request's headers."""

    def __init__(self, hidden: tuple[str, ...]) -> None:
        super().__init__()
        self._hidden = hidden

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        if any(secret in text for secret in self._hidden):
            for secret in self._hidden:
                text = text.replace(secret, "***")
            record.msg, record.args = text, ()
        return True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Veil) and self._hidden == other._hidden

    def __hash__(self) -> int:
        return hash(self._hidden)


def _hide_from_logs(keys: Keys) -> None:
    veil = _Veil((keys.secret.reveal(), *([keys.token.reveal()] if keys.token else ())))
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] in {"boto3", "botocore", "urllib3"}:
            # An equal one is not added twice.
            logging.getLogger(name).addFilter(veil)


def _code(error: Any) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _refusal(name: str, error: Any) -> RemoteError:
    code = _code(error)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code == "NoSuchBucket":
        return BucketNotFoundError(f"{name}: there is no such bucket")
    if code in DENIALS:
        return RemoteAccessError(f"{name}: {DENIALS[code]}")
    if status in {401, 403}:
        return RemoteAccessError(f"{name}: access is denied ({code}); look at the credentials")
    return RemoteError(f"{name}: the server answers {status} {code}")
