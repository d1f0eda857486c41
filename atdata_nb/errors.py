"""Errors: one root, one class a cause, a message that says what happened, where, and what to do.

::

    AtdataError
    ├── SampleError
    │   ├── SampleTypeError          (TypeError)      a class or a value that no sample can hold
    │   ├── SampleFieldError         (AttributeError) no such field
    │   ├── ArrayFormatError         (ValueError)     bytes that are not a safe, whole array
    │   └── SampleDecodeError        (ValueError)     bytes that are not a sample of this type
    ├── ShardError                   (ValueError)     says shard, member and offset
    │   ├── EmptyShardError                           no bytes at all
    │   ├── NotATarError                              the first header is not a tar header
    │   ├── CorruptShardError                         a damaged header or compressed stream
    │   ├── TruncatedShardError                       ends inside a member, or without its end mark
    │   ├── DuplicateKeyError                         two samples with one key
    │   ├── MissingMemberError                        a sample without its ``msgpack`` member
    │   ├── ChecksumError                             a shard that is not the one that was written
    │   ├── ShardSampleError                          a member that does not decode as a sample
    │   └── ScanError                                 a shard on which a function failed
    ├── ScanCancelledError                            a scan that was told to stop
    ├── NotPortableError             (TypeError)      a function that no other process can be sent
    ├── EmptyDatasetError            (ValueError)     nothing to write
    ├── DiskFullError                (OSError)        no room for what is written
    ├── NotRandomAccessError         (TypeError)      length or item asked of a stream
    ├── UrlError                     (ValueError)
    │   ├── UnsafeUrlError                            a URL that may not be opened from there
    │   ├── UnsafePathError                           a name that would leave its folder
    │   └── PatternError                              a brace pattern that is broken or too large
    ├── ShardNotFoundError           (KeyError, FileNotFoundError)
    ├── RemoteError                  (OSError)        a server does not give what it should
    │   ├── RemoteAccessError        (PermissionError) wrong, missing or expired credentials
    │   ├── RemoteTimeoutError       (TimeoutError)   it does not answer in time
    │   └── BucketNotFoundError      (LookupError)
    ├── CredentialsError             (ValueError)     credentials that are incomplete or not there
    ├── SplitNotFoundError           (ValueError)
    ├── ResumeError                  (ValueError)     a saved position that does not fit the data
    ├── SchemaError                  (ValueError)     a schema that cannot be read, built or carried
    │   ├── SchemaRefError                            a reference that names no schema
    │   ├── SchemaVersionError                        a version that is not MAJOR.MINOR.PATCH
    │   └── SchemaConflictError                       same version, other content
    ├── LensError                    (ValueError)
    │   ├── LensNotFoundError        (LookupError)    no way from one type to the other
    │   ├── AmbiguousLensError                        several ways of equal cost
    │   └── LensConflictError                         same version, other content
    ├── QueryError                   (ValueError)
    │   ├── ExpressionError                           text that is no expression; says where
    │   └── ComparisonError          (TypeError)      values that can't be compared
    ├── ManifestError                (ValueError)     a manifest that is damaged or another shard's
    ├── CidError                     (ValueError)     data that has no CID, or text that is none
    ├── NotFoundError                (KeyError)
    │   ├── DatasetNotFoundError
    │   ├── SchemaNotFoundError
    │   │   └── SchemaTypeNotFoundError (AttributeError) no schema of that name, asked as attribute
    │   └── StoredLensNotFoundError
    ├── IndexError_
    │   ├── IndexFormatError         (ValueError)     a file or server that holds no index we know
    │   │   └── IndexDamagedError                     an index whose file is no longer whole
    │   ├── IndexAccessError         (OSError)        a disk or folder does not take the index
    │   │   ├── IndexReadOnlyError   (PermissionError)
    │   │   └── IndexFullError                        no space is left for it
    │   ├── IndexLockedError         (TimeoutError)   somebody else keeps it locked for too long
    │   ├── IndexConflictError       (ValueError)     that version is already other content
    │   ├── DatasetNameError         (ValueError)     a name that no dataset can be listed under
    │   └── IndexClosedError         (ValueError)     an index that was closed
    ├── AtmosphereError
    │   ├── AtUriError               (ValueError)     text that is no at-uri, DID, handle or key
    │   ├── IdentityError            (LookupError)    a handle or DID that leads to no repository
    │   ├── LoginError               (PermissionError) nobody is logged in, or the login is refused
    │   ├── UnreachableError         (ConnectionError) a server does not answer
    │   ├── RefusedError                              a server answers with an error
    │   │   ├── RateLimitedError                      too many requests, and the wait is too long
    │   │   ├── BlobTooLargeError    (ValueError)     larger than the server takes
    │   │   ├── BlobSpaceError                        the server has no room for more blobs
    │   │   ├── WriteConflictError                    somebody else wrote first
    │   │   ├── RecordNotFoundError  (KeyError)
    │   │   └── BlobNotFoundError    (KeyError)
    │   ├── RecordError              (ValueError)     a record that can't be sent or read
    │   └── IntegrityError           (ValueError)     bytes that are not what their CID says
    ├── FlowError                                     something about a publication or promotion
    │   ├── PlanBlockedError         (ValueError)     something keeps a plan from being run
    │   └── FlowCancelledError                        a run was cancelled before its end
    ├── MissingExtraError            (ImportError)    an optional package is not installed
    ├── BundleNotFoundError          (FileNotFoundError) the widgets' front end was not built
    └── ServiceError                 (RuntimeError)   a program or server this needs is not there

Warnings: ``ShardWarning`` (a fault that ``errors="warn"`` stepped over), ``SchemaWarning``,
``ManifestWarning`` (a manifest that was not used), ``IndexWarning`` (something in another index
that could not be taken over).
"""

from __future__ import annotations

import re

_SECRETIVE = re.compile(r"(?<=://)[^/?#@\s]*@|(?<=.)[?#].*\Z", re.DOTALL)


def shown_url(url: str) -> str:
    """Return a URL as it may be shown: without login, signature and other parameters.

    >>> shown_url("https://me:secret@example.org/a.tar?X-Amz-Signature=0f")
    'https://example.org/a.tar'
    """
    return _SECRETIVE.sub("", url) if url[:8].lower().startswith(("http:", "https:")) else url


class AtdataError(Exception):
    """Root of everything this package raises on purpose."""

    def __str__(self) -> str:
        # KeyError.__str__ shows repr() of its argument, which hides the sentence in quotes.
        return Exception.__str__(self)


class SampleError(AtdataError):
    """Something about one sample."""


class SampleTypeError(SampleError, TypeError):
    """A class or a value that no sample can hold."""


class SampleFieldError(SampleError, AttributeError):
    """A field that the sample or batch does not have."""


class ArrayFormatError(SampleError, ValueError):
    """Bytes that are not a whole array in a format that is safe to read."""


class SampleDecodeError(SampleError, ValueError):
    """Bytes that are not a sample of the expected type."""


class ShardError(AtdataError, ValueError):
    """A shard that cannot be read; knows where.

    Attributes:
        shard: the shard's identifier (URL or path).
        member: name of the tar member, where one is concerned.
        offset: byte offset of that member's header in the (uncompressed) shard.
    """

    def __init__(
        self, reason: str, *, shard: str, member: str | None = None, offset: int | None = None
    ) -> None:
        self.reason, self.shard, self.member, self.offset = reason, shard, member, offset
        where = f"shard {shown_url(shard)}"
        if member is not None:
            where += f", member {member!r}"
        if offset is not None:
            where += f", offset {offset}"
        super().__init__(f"{where}: {reason}")

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild_shard_error, (type(self), self.reason, self.shard, self.member, self.offset)


def _rebuild_shard_error(
    cls: type[ShardError], reason: str, shard: str, member: str | None, offset: int | None
) -> ShardError:
    return cls(reason, shard=shard, member=member, offset=offset)


class EmptyShardError(ShardError):
    """A shard of no bytes."""


class NotATarError(ShardError):
    """The first header is no tar header."""


class CorruptShardError(ShardError):
    """A damaged tar header or compressed stream."""


class TruncatedShardError(ShardError):
    """The shard ends inside a member or without its end-of-archive mark."""


class DuplicateKeyError(ShardError):
    """Two samples of a shard share a key."""


class MissingMemberError(ShardError):
    """A sample without a ``msgpack`` member."""


class ChecksumError(ShardError):
    """The shard's bytes are not those that were written, by its recorded SHA-256 or size."""


class ShardSampleError(ShardError):
    """A member that does not decode as a sample of the expected type."""


class DiskFullError(AtdataError, OSError):
    """There is no room for what is written; nothing of it was left."""


class ScanError(ShardError):
    """A shard on which a function failed, as often as it was tried."""


class ScanCancelledError(AtdataError):
    """A scan that was told to stop before its end."""


class NotPortableError(AtdataError, TypeError):
    """A function, or what it holds, that can't be sent to another process."""


class EmptyDatasetError(AtdataError, ValueError):
    """There is nothing to write."""


class NotRandomAccessError(AtdataError, TypeError):
    """Length or item was asked of data that can only be streamed."""


class UrlError(AtdataError, ValueError):
    """A URL or path that cannot be used."""


class UnsafeUrlError(UrlError):
    """A URL that may not be opened from where it came from."""


class UnsafePathError(UrlError):
    """A name that would lead out of its folder."""


class PatternError(UrlError):
    """A brace pattern that is broken or stands for too many names."""


class ShardNotFoundError(AtdataError, KeyError, FileNotFoundError):
    """A shard that the source does not have."""


class RemoteError(AtdataError, OSError):
    """A server does not give what it should."""


class RemoteAccessError(RemoteError, PermissionError):
    """A server refuses: wrong, missing or expired credentials."""


class RemoteTimeoutError(RemoteError, TimeoutError):
    """A server does not answer in time."""


class BucketNotFoundError(RemoteError, LookupError):
    """The object store has no such bucket."""


class CredentialsError(AtdataError, ValueError):
    """Credentials that are incomplete, or not where they were said to be."""


class SplitNotFoundError(AtdataError, ValueError):
    """A split that the dataset does not have."""


class ResumeError(AtdataError, ValueError):
    """A saved position in a pass over data that does not fit what is read now."""


class SchemaError(AtdataError, ValueError):
    """A schema that cannot be read, built or carried."""


class SchemaRefError(SchemaError):
    """A reference that names no schema."""


class SchemaVersionError(SchemaError):
    """A version that is not MAJOR.MINOR.PATCH."""


class SchemaConflictError(SchemaError):
    """That version is published already, with other content."""


class LensError(AtdataError, ValueError):
    """Something about a lens."""


class LensNotFoundError(LensError, LookupError):
    """No lens leads from one type to the other."""


class AmbiguousLensError(LensError):
    """Several equally short ways lead from one type to the other."""


class LensConflictError(LensError):
    """That version of a stored lens is there already, with other content."""


class QueryError(AtdataError, ValueError):
    """A question that can't be asked of these samples."""


class ExpressionError(QueryError):
    """Text that is no expression.

    Attributes:
        text: the text.
        position: index of the character that is not understood; None where none is to blame.
    """

    def __init__(self, reason: str, *, text: str = "", position: int | None = None) -> None:
        self.reason, self.text, self.position = reason, text, position
        super().__init__(reason if position is None else f"character {position + 1}: {reason}")

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild_expression_error, (self.reason, self.text, self.position)


def _rebuild_expression_error(reason: str, text: str, position: int | None) -> ExpressionError:
    return ExpressionError(reason, text=text, position=position)


class ComparisonError(QueryError, TypeError):
    """Values that can't be compared with each other."""


class ManifestError(AtdataError, ValueError):
    """What lies beside a shard and is no manifest, damaged, or another shard's."""


class CidError(AtdataError, ValueError):
    """Data that has no CID, or text that is none."""


class NotFoundError(AtdataError, KeyError):
    """An index was asked for something it does not have."""


class DatasetNotFoundError(NotFoundError):
    """No dataset of that name, version or CID."""


class SchemaNotFoundError(NotFoundError):
    """No schema behind that reference."""


class SchemaTypeNotFoundError(SchemaNotFoundError, AttributeError):
    """No schema of that name, asked for as an attribute."""


class StoredLensNotFoundError(NotFoundError):
    """No stored lens of that name."""


class IndexError_(AtdataError):  # noqa: N801, N818 - the builtin IndexError means something else
    """Something about an index as a whole."""


class IndexFormatError(IndexError_, ValueError):
    """A file or server that holds no index this package knows."""


class IndexDamagedError(IndexFormatError):
    """An index whose file is no longer whole."""


class IndexAccessError(IndexError_, OSError):
    """A disk or folder that does not take the index."""


class IndexReadOnlyError(IndexAccessError, PermissionError):
    """A file or folder that the index may not write to."""


class IndexFullError(IndexAccessError):
    """The disk has no space left for the index."""


class IndexLockedError(IndexError_, TimeoutError):
    """Somebody else keeps the index locked for longer than anybody should."""


class IndexConflictError(IndexError_, ValueError):
    """That version of the name is taken by other content."""


class DatasetNameError(IndexError_, ValueError):
    """A name that no dataset can be listed under."""


class IndexClosedError(IndexError_, ValueError):
    """An index that was closed is asked for something."""


class AtmosphereError(AtdataError):
    """Something about the AT Protocol network."""


class AtUriError(AtmosphereError, ValueError):
    """Text that is no at-uri, DID, handle, collection or record key."""


class IdentityError(AtmosphereError, LookupError):
    """A handle or DID that leads to no repository."""


class LoginError(AtmosphereError, PermissionError):
    """Nobody is logged in, or the login is refused."""


class UnreachableError(AtmosphereError, ConnectionError):
    """A server does not answer."""


class RefusedError(AtmosphereError):
    """A server answers with an error.

    Attributes:
        status: HTTP status.
        error: the error's name in the protocol, for example ``InvalidRequest``.
    """

    def __init__(self, message: str, *, status: int = 0, error: str = "") -> None:
        super().__init__(message)
        self.status, self.error = status, error

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild_refused, (type(self), str(self), self.status, self.error)


def _rebuild_refused(
    cls: type[RefusedError], message: str, status: int, error: str
) -> RefusedError:
    return cls(message, status=status, error=error)


class RateLimitedError(RefusedError):
    """Too many requests, and the wait would be too long."""


class BlobTooLargeError(RefusedError, ValueError):
    """A blob that is larger than the server takes."""


class BlobSpaceError(RefusedError):
    """The server has no room for more blobs."""


class WriteConflictError(RefusedError):
    """Somebody else wrote first."""


class RecordNotFoundError(RefusedError, KeyError):
    """No record behind that URI."""


class BlobNotFoundError(RefusedError, KeyError):
    """No blob of that CID in that repository."""


class RecordError(AtmosphereError, ValueError):
    """A record that can't be sent or read; the message names the field."""


class IntegrityError(AtmosphereError, ValueError):
    """Bytes that are not what their CID or checksum says."""


class FlowError(AtdataError):
    """Something about publishing or promoting a dataset."""


class PlanBlockedError(FlowError, ValueError):
    """Something keeps a plan from being run; the message says what to do about it."""


class FlowCancelledError(FlowError):
    """A run was cancelled: a promotion can be resumed or rolled back, of others nothing is left."""


class MissingExtraError(AtdataError, ImportError):
    """An optional package is not installed; the message names the extra."""


class BundleNotFoundError(AtdataError, FileNotFoundError):
    """The widgets' front end has not been built."""


class ServiceError(AtdataError, RuntimeError):
    """A program or server that this needs is not there."""


class AtdataWarning(UserWarning):
    """Root of this package's warnings."""


class ShardWarning(AtdataWarning):
    """A fault in a shard that ``errors="warn"`` stepped over."""


class SchemaWarning(AtdataWarning):
    """A schema that was carried with a loss."""


class ManifestWarning(AtdataWarning):
    """A manifest that was not used, so that its shard was read instead."""


class IndexWarning(AtdataWarning):
    """Something in another index that could not be taken over."""
