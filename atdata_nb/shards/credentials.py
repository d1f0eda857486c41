"""S3Access: where a bucket's server is, and the keys that open it, which are never shown."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import quote, urlsplit

from atdata_nb.errors import CredentialsError, MissingExtraError, UrlError

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_REGION: Final = "us-east-1"
# Longest life of a presigned URL (Amazon S3 API Reference, "Authenticating Requests").
MAX_EXPIRY: Final = 7 * 24 * 3600
# Long enough for a slow range and a wrong clock; it is signed anew for every request.
_REQUEST_SECONDS: Final = 900
_BUCKET: Final = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]{1,253}[a-zA-Z0-9]")
_ENDPOINTS: Final = ("AWS_ENDPOINT", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
_REGIONS: Final = ("AWS_REGION", "AWS_DEFAULT_REGION")
_KEYS: Final = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
_REQUIRED_IN_FILE: Final = ("AWS_ENDPOINT", *_KEYS)


class Secret:
    """A text that is used and never shown.

    >>> Secret("hunter2")
    Secret(***)
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text."""
        return self._text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(
            self._text.encode(), other._text.encode()
        )

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return "Secret(***)"

    def __reduce__(self) -> tuple[Any, ...]:
        # A worker needs it, so a pickle has it; veiled, so that a pickle that is printed or
        # searched does not show it. Whoever holds the pickle holds the secret.
        return _unveiled, (base64.b85encode(self._text.encode()[::-1]),)


def _unveiled(veiled: bytes) -> Secret:
    return Secret(base64.b85decode(veiled)[::-1].decode())


@dataclass(frozen=True, slots=True)
class Keys:
    """What signs a request."""

    access: str = field(repr=False)
    secret: Secret
    token: Secret | None = None


@dataclass(frozen=True, slots=True, repr=False)
class S3Access:
    """An S3 server and how to be let in.

    Attributes:
        endpoint: address of the server; None for Amazon's.
        region: its region.
        keys: access key, secret key and session token; None to look for them: in the
            environment, then where boto3 looks; where there are none, nothing is signed.
        profile: the profile of boto3 to look in.
    """

    endpoint: str | None = None
    region: str | None = None
    keys: Keys | None = None
    profile: str | None = None
    _session: list[Any] = field(default_factory=list, compare=False)

    @classmethod
    def of(
        cls,
        *,
        endpoint: str | None = None,
        access_key: str | None = None,
        secret_key: str | None = None,
        session_token: str | None = None,
        region: str | None = None,
    ) -> Self:
        """Return what the arguments say; what they leave out is looked for.

        Raises:
            CredentialsError: one of the two keys without the other.
        """
        if (access_key is None) != (secret_key is None):
            raise CredentialsError("access key and secret key go together: give both, or none")
        keys = None
        if access_key is not None and secret_key is not None:
            token = Secret(session_token) if session_token else None
            keys = Keys(access_key, Secret(secret_key), token)
        return cls(_checked_endpoint(endpoint or _first(os.environ, _ENDPOINTS)), region, keys)

    @classmethod
    def read(cls, given: Mapping[str, Any] | str | os.PathLike[str] | None) -> Self:
        """Return what a mapping, a ``.env`` file or a profile of boto3 says.

        Raises:
            CredentialsError: something is missing; the message says what.
        """
        if given is None:
            return cls.of()
        if isinstance(given, str | os.PathLike):
            path = Path(given).expanduser()
            if path.is_file():
                return cls._from_mapping(_env_file(path))
            if not isinstance(given, str) or path.name != given or given.startswith("."):
                raise CredentialsError(f"{path.name}: there is no such file of credentials")
            found = cls(_checked_endpoint(_first(os.environ, _ENDPOINTS)), profile=given)
            found.boto3_session()
            return found
        return cls._from_mapping(given)

    @classmethod
    def _from_mapping(cls, given: Mapping[str, Any]) -> Self:
        return cls.of(
            endpoint=_first(given, _ENDPOINTS),
            access_key=given.get("AWS_ACCESS_KEY_ID"),
            secret_key=given.get("AWS_SECRET_ACCESS_KEY"),
            session_token=given.get("AWS_SESSION_TOKEN"),
            region=_first(given, _REGIONS),
        )

    @property
    def region_name(self) -> str:
        """The region, told or looked for."""
        told = self.region or (self.boto3_session().region_name if self.profile else None)
        return told or _first(os.environ, _REGIONS) or DEFAULT_REGION

    def boto3_session(self) -> Any:
        """Return boto3's session for the profile.

        Raises:
            MissingExtraError: boto3 is not installed.
            CredentialsError: there is no such profile.
        """
        if not self._session:
            try:
                import boto3
                from botocore.exceptions import ProfileNotFound
            except ImportError as error:
                raise MissingExtraError(
                    "credentials of a profile need boto3: pip install 'atdata-nb[s3]'"
                ) from error
            try:
                self._session.append(boto3.Session(profile_name=self.profile))
            except ProfileNotFound:
                raise CredentialsError(
                    f"{self.profile!r} is neither a file nor a profile that boto3 knows"
                ) from None
        return self._session[0]

    def current_keys(self) -> Keys | None:
        """Return the keys to sign with now; None where nothing is to be signed."""
        if self.keys is not None:
            return self.keys
        access, secret = (os.environ.get(name) for name in _KEYS)
        if self.profile is None and access and secret:
            told = os.environ.get("AWS_SESSION_TOKEN")
            return Keys(access, Secret(secret), Secret(told) if told else None)
        try:
            found = self.boto3_session().get_credentials()
        except MissingExtraError:
            if self.profile is not None:
                raise
            return None
        if found is None:
            return None
        # Short-lived ones are renewed by this.
        now = found.get_frozen_credentials()
        token = Secret(now.token) if now.token else None
        return Keys(now.access_key, Secret(now.secret_key), token)

    def with_keys(self) -> S3Access:
        """Return this with the keys and region of this process's environment in it.

        Another machine's environment may not have them. What a profile gives is left to be looked
        for: it is renewed there, and is of that machine.
        """
        if self.keys is not None or self.profile is not None:
            return self
        access, secret = (os.environ.get(name) for name in _KEYS)
        keys = self.current_keys() if access and secret else None
        return S3Access(self.endpoint, self.region_name, keys)

    def presign(
        self,
        bucket: str,
        key: str = "",
        *,
        query: Mapping[str, str] | None = None,
        expires: int = _REQUEST_SECONDS,
    ) -> str:
        """Return a URL under which an object, or a list of the bucket, can be read for a time.

        It is signed as the Amazon S3 API Reference has it under "Authenticating Requests: Using
        Query Parameters (AWS Signature Version 4)".

        Raises:
            UrlError: that can't be a bucket's name.
        """
        base, path = self._place(check_bucket(bucket), key)
        asked = dict(query or {})
        keys = self.current_keys()
        if keys is not None:
            asked = self._signed(keys, urlsplit(base).netloc, path, asked, expires)
        return f"{base}{path}{'?' if asked else ''}{_encoded(asked)}"

    def public_url(self, bucket: str, key: str) -> str:
        """Return the address of an object for those without keys."""
        base, path = self._place(check_bucket(bucket), key)
        return f"{base}{path}"

    def _place(self, bucket: str, key: str) -> tuple[str, str]:
        path = "/" + quote(key, safe="/-_.~")
        if self.endpoint is not None:
            parts = urlsplit(self.endpoint)
            below = f"{parts.path.rstrip('/')}/{bucket}{path if key else ''}"
            return f"{parts.scheme}://{parts.netloc}", below
        server = f"s3.{self.region_name}.amazonaws.com"
        # A certificate's wildcard stands for one label only.
        if "." in bucket:
            return f"https://{server}", f"/{bucket}{path if key else ''}"
        return f"https://{bucket}.{server}", path

    def _signed(
        self, keys: Keys, host: str, path: str, asked: dict[str, str], expires: int
    ) -> dict[str, str]:
        now = datetime.now(UTC)
        scope = f"{now:%Y%m%d}/{self.region_name}/s3/aws4_request"
        asked = {
            **asked,
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Credential": f"{keys.access}/{scope}",
            "X-Amz-Date": f"{now:%Y%m%dT%H%M%SZ}",
            "X-Amz-Expires": str(expires),
            "X-Amz-SignedHeaders": "host",
        }
        if keys.token is not None:
            asked["X-Amz-Security-Token"] = keys.token.reveal()
        request = f"GET\n{path}\n{_encoded(asked)}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD"
        digest = hashlib.sha256(request.encode()).hexdigest()
        text = f"AWS4-HMAC-SHA256\n{asked['X-Amz-Date']}\n{scope}\n{digest}"
        signing = f"AWS4{keys.secret.reveal()}".encode()
        for part in scope.split("/"):
            signing = hmac.digest(signing, part.encode(), "sha256")
        return {**asked, "X-Amz-Signature": hmac.digest(signing, text.encode(), "sha256").hex()}

    def __getstate__(self) -> Any:
        return self.endpoint, self.region, self.keys, self.profile

    def __setstate__(self, state: Any) -> None:
        for name, value in zip(("endpoint", "region", "keys", "profile"), state, strict=True):
            object.__setattr__(self, name, value)
        object.__setattr__(self, "_session", [])

    def __repr__(self) -> str:
        return f"S3Access({self.endpoint or 'Amazon S3'})"


def check_bucket(bucket: str) -> str:
    """Return a bucket's name, if it is one.

    Raises:
        UrlError: it has characters that would make it part of another address.
    """
    if not _BUCKET.fullmatch(bucket) or ".." in bucket:
        raise UrlError(f"{bucket[:80]!r} can't be the name of a bucket")
    return bucket


def _checked_endpoint(endpoint: str | None) -> str | None:
    if endpoint is None:
        return None
    given = endpoint if "://" in endpoint else f"https://{endpoint}"
    parts = urlsplit(given)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
        raise CredentialsError("an endpoint is the http(s) address of a server, without a login")
    return given.rstrip("/")


def _encoded(asked: Mapping[str, str]) -> str:
    pairs = sorted((quote(name, safe="-_.~"), quote(asked[name], safe="-_.~")) for name in asked)
    return "&".join(f"{name}={value}" for name, value in pairs)


def _first(given: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    return next((str(given[name]) for name in names if given.get(name)), None)


def _env_file(path: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in path.read_text("utf-8").splitlines():
        name, sign, value = line.strip().removeprefix("export ").partition("=")
        if sign and not name.startswith("#"):
            found[name.strip()] = value.strip().strip("'\"")
    missing = [name for name in _REQUIRED_IN_FILE if not found.get(name)]
    if missing:
        raise CredentialsError(f"{path.name} lacks {', '.join(missing)}")
    return found
