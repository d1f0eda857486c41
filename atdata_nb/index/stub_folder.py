"""StubFolder: a package of ``.pyi`` files, by which editors and type checkers know schemas.

``from stubs import Digit`` is the newest version, ``from stubs import Digit_1_0_0`` another one,
``from stubs.Digit_1_0_0 import Digit`` the same by file. The files are for type checkers only, so
such a line stands below ``if TYPE_CHECKING:``.
"""

from __future__ import annotations

import contextlib
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Final

from atdata_nb.errors import UnsafePathError
from atdata_nb.index.faults import told
from atdata_nb.schemas import stub_class_names, stub_file_name, stub_text

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence

    from atdata_nb.schemas import Schema

_MARK: Final = "# Written by atdata_nb from schemas"
# What common file systems take, less what a temporary name adds.
_MAX_FILE_NAME: Final = 200


def write_stubs(schemas: Sequence[Schema], folder: str | os.PathLike[str]) -> list[Path]:
    """Write the stubs of schemas into a folder; see ``LocalIndex.write_stubs``."""
    place = Path(folder).expanduser()
    files = {place / name: text for name, text in _files(schemas)}
    with told(place):
        place.mkdir(parents=True, exist_ok=True)
        for path in files:
            _check_ours(path)
        for path, text in files.items():
            _replace(path, text)
    return list(files)


def _files(schemas: Sequence[Schema]) -> Iterator[tuple[str, str]]:
    # One module has all classes, or a nested type would be another in every file.
    whole = stub_text(schemas)
    yield "__init__.pyi", whole
    heading = whole.partition("\n")[0]
    classes = stub_class_names(schemas)
    for schema in schemas:
        name = stub_file_name(schema)
        if len(name.encode()) <= _MAX_FILE_NAME:
            known = classes[schema.identity_cid]
            alias = known if known == schema.name else f"{known} as {schema.name}"
            yield name, f"{heading}\nfrom . import {alias}\n\n__all__ = [{schema.name!r}]\n"


def _check_ours(path: Path) -> None:
    # Also what a link leads to: it would be lost as well.
    if (path.exists() or path.is_symlink()) and not _is_ours(path):
        raise UnsafePathError(
            f"{path} was not written by atdata_nb and stays as it is: name another folder"
        )


def _is_ours(path: Path) -> bool:
    if path.is_symlink() or not path.is_file():
        return False
    with path.open(encoding="utf-8", errors="replace") as file:
        return file.read(len(_MARK)) == _MARK


def _replace(path: Path, text: str) -> None:
    if path.exists() and path.read_bytes() == text.encode():
        return
    made = path.with_name(f".{secrets.token_hex(8)}.new")
    try:
        made.write_bytes(text.encode())
        made.replace(path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            made.unlink()
