"""Places: all that one call of ``diagnose`` looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from atdata_nb.diagnosis.bucket import check_bucket_access
from atdata_nb.diagnosis.finding import Report
from atdata_nb.diagnosis.folder import check_folder
from atdata_nb.diagnosis.redis_state import check_redis
from atdata_nb.diagnosis.server import check_pds

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping

    from atdata_nb.diagnosis.finding import Finding

SECONDS: Final = 5.0


def diagnose(
    index: str | os.PathLike[str] | None = None,
    *,
    redis: str | None = None,
    s3: str | None = None,
    credentials: Mapping[str, Any] | str | os.PathLike[str] | None = None,
    pds: str | None = None,
    write: bool = False,
    timeout: float = SECONDS,
) -> Report:
    """Look at the places where data and indexes are; no fault of theirs is an error here.

    Nothing is changed anywhere, but for an object that is put and deleted again if ``write``.

    Args:
        index: folder of the index; without it, the one that ``LocalIndex()`` opens.
        redis: URL of a Redis server.
        s3: name of a bucket, or ``s3://bucket``.
        credentials: what opens the bucket, as ``S3DataStore`` takes it.
        pds: address of a personal data server.
        write: whether to put an object into the bucket and delete it again.
        timeout: seconds after which a server that says nothing is given up.
    """

    def found() -> Iterator[Finding]:
        yield from check_folder(index)
        if redis is not None:
            yield from check_redis(redis, timeout)
        if s3 is not None:
            yield from check_bucket_access(s3, credentials, write=write, timeout=timeout)
        if pds is not None:
            yield from check_pds(pds, timeout)

    return Report(tuple(found()))
