"""Room on a disk: what a system says of a full one, said so that the user knows what to do."""

from __future__ import annotations

import contextlib
import errno
from typing import TYPE_CHECKING, Final

from atdata_nb.errors import DiskFullError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# No space, the user's quota, and the process's limit of a file's size.
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@contextlib.contextmanager
def writing_to(path: Path) -> Iterator[None]:
    """Turn what the system says of a full disk into a DiskFullError.

    Raises:
        DiskFullError: there is no room for what is written.

    Example:
        >>> from pathlib import Path
        >>> with writing_to(Path("a.tar")):
        ...     raise OSError(errno.ENOSPC, "No space left on device")
        Traceback (most recent call last):
            ...
        atdata_nb.errors.DiskFullError: a.tar: ...
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        told = (
            f"{path.name}: there is no room for it ({error.strerror}); nothing of it is left. "
            "Free some space, or write elsewhere, and run it again"
        )
        raise DiskFullError(told) from error
