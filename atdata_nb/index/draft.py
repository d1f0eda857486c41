"""Draft: a dataset about to be listed, and the rule that gives it its version."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, TypeAlias

import msgspec

from atdata_nb.errors import (
    DatasetNameError,
    IndexConflictError,
    LensConflictError,
    SampleTypeError,
    SchemaConflictError,
)
from atdata_nb.schemas.names import is_unicode
from atdata_nb.schemas.versions import Version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from atdata_nb.lenses import StoredLens
    from atdata_nb.schemas import Schema
    from atdata_nb.schemas.versions import Part
    from atdata_nb.shards import Shard

Conflict: TypeAlias = IndexConflictError | LensConflictError | SchemaConflictError
FIRST_VERSION = Version(1, 0, 0)
_MAX_NAME = 500
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_NUMBER = r"(?:0|[1-9][0-9]{0,8})"
_VERSIONED = re.compile(rf"@{_NUMBER}\.{_NUMBER}\.{_NUMBER}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaDraft:
    """A schema about to be stored.

    Attributes:
        schema: the schema; its own version counts only where ``version`` is None and the
            name is new.
        version: the version it must get, or None for the one that fits.
    """

    schema: Schema
    version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LensDraft:
    """A lens about to be stored.

    Attributes:
        lens: the lens; the references in it and its version are those it gets.
        source: reference of the schema it starts from, or a schema to store with it.
        view: the same of the schema it leads to.
        version: the version it must get, or None for the one that fits.
    """

    lens: StoredLens
    source: str | SchemaDraft
    view: str | SchemaDraft
    version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A dataset about to be listed; the schema and where it is may follow later.

    Attributes:
        schema: reference of a stored schema, or a schema to store in the same transaction.
        version: the version it must get, or None for the one that fits.
        metadata: msgpack map, or None.
        created_at: when it was first listed, if that was elsewhere; None for now.
    """

    name: str
    schema: str | SchemaDraft = ""
    data_urls: tuple[str, ...] = ()
    metadata: bytes | None = None
    description: str | None = None
    tags: tuple[str, ...] = ()
    license: str | None = None
    version: str | None = None
    shards: tuple[Shard, ...] = ()
    samples: int | None = None
    bytes: int | None = None
    created_at: str | None = None

    @classmethod
    def told(
        cls,
        name: str,
        *,
        metadata: Mapping[str, Any] | None = None,
        description: str | None = None,
        tags: Iterable[str] = (),
        license: str | None = None,  # noqa: A002 - the field's own word
        version: str | None = None,
    ) -> Self:
        """Return a draft of what a user says of a dataset, checked before any work is done.

        Raises:
            DatasetNameError: nothing can be listed under that name.
            SchemaVersionError: the version is not MAJOR.MINOR.PATCH.
            SampleTypeError: the metadata cannot be stored, or the tags are no texts.
        """
        words = (tags,) if isinstance(tags, str) else tuple(tags)
        if not all(text is None or _is_text(text) for text in (*words, description, license)):
            raise SampleTypeError("tags, description and license are text, and valid Unicode")
        if version is not None:
            Version.parse(version)
        return cls(
            name=check_name(name),
            metadata=encode_metadata(metadata),
            description=description,
            tags=tuple(dict.fromkeys(words)),
            license=license,
            version=version,
        )


def fingerprint(draft: Draft, schema_ref: str) -> bytes:
    """Return 16 bytes that are equal for drafts that say the same, whatever their version.

    Facts found by looking at the shards do not count: they follow from the URLs.
    """
    parts = (
        schema_ref,
        *draft.data_urls,
        None,
        draft.description,
        *draft.tags,
        None,
        draft.license,
        draft.metadata,
    )
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        # The length in front keeps ("ab", "c") and ("a", "bc") apart.
        digest.update(b"-" if data is None else b"%d:" % len(data))
        digest.update(data or b"")
    return digest.digest()


@dataclass(frozen=True, slots=True)
class Known:
    """A version of a name that is listed already."""

    version: Version
    content: object


def version_of(
    name: str,
    wanted: str | None,
    content: object,
    known: Sequence[Known],
    *,
    first: Version = FIRST_VERSION,
    step: Callable[[Version], Part] = lambda _: "minor",
    conflict: type[Conflict] = IndexConflictError,
) -> tuple[Version, bool]:
    """Return the version that some content gets under a name, and whether it is new.

    The same content keeps the version it has, also when other versions came after it, so that a
    notebook can be run twice. Other content gets the next version after the highest; ``step``
    takes that one and says how far it is to the next.

    Raises:
        IndexConflictError: the wanted version is there, with other content (or the error class
            given as ``conflict``).
        SchemaVersionError: the wanted version is not MAJOR.MINOR.PATCH.

    Example:
        >>> listed = [Known(Version(1, 0, 0), "a")]
        >>> version, is_new = version_of("digits", None, "b", listed)
        >>> str(version), is_new
        ('1.1.0', True)
    """
    if wanted is not None:
        exact = Version.parse(wanted)
        for item in known:
            if item.version == exact:
                if item.content == content:
                    return exact, False
                raise conflict(
                    f"{name}@{exact} is there already with other content, and a version never "
                    "changes: leave version= out to get the next one"
                )
        return exact, True
    same = [item.version for item in known if item.content == content]
    if same:
        return max(same), False
    if not known:
        return first, True
    highest = max(item.version for item in known)
    return highest.bump(step(highest)), True


def check_name(name: object) -> str:
    """Return a dataset's name if it can be listed and found again.

    Raises:
        DatasetNameError: it is empty, too long, has control characters, or ends in ``@1.2.3``.
    """
    if not isinstance(name, str) or not name.strip():
        raise DatasetNameError(f"a dataset needs a name, got {name!r}")
    if len(name) > _MAX_NAME:
        raise DatasetNameError(f"a name has at most {_MAX_NAME} characters, got {len(name)}")
    if _CONTROL.search(name):
        raise DatasetNameError(f"{name!r} has control characters")
    if _VERSIONED.search(name):
        raise DatasetNameError(
            f"{name!r} ends like a version: pass name={_VERSIONED.sub('', name)!r} and version="
        )
    return name


def split_ref(ref: str) -> tuple[str, Version | None]:
    """Split ``name@1.2.3``; without a version at the end, all of it is the name.

    >>> split_ref("team@site")
    ('team@site', None)
    """
    if match := _VERSIONED.search(ref):
        return ref[: match.start()], Version.parse(match.group()[1:])
    return ref, None


def encode_metadata(metadata: object) -> bytes | None:
    """Return metadata as one msgpack map, numpy scalars as numbers.

    Raises:
        SampleTypeError: it is no mapping with text keys, or holds what msgpack cannot.
    """
    if metadata is None:
        return None
    if not isinstance(metadata, Mapping) or not all(isinstance(key, str) for key in metadata):
        raise SampleTypeError(
            f"metadata is a mapping with text keys, got {type(metadata).__name__}"
        )
    try:
        return msgspec.msgpack.encode(dict(metadata), enc_hook=_plain)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise SampleTypeError(f"metadata cannot be stored: {error}") from error


def _plain(value: object) -> object:
    import numpy as np

    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} is not a plain value")


def _is_text(value: object) -> bool:
    return isinstance(value, str) and is_unicode(value)
