"""Install: the sandbox's servers, fetched once from the npm registry into a cache folder."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

from atdata_nb.errors import ServiceError
from atdata_nb.sandbox.node import find_node

if TYPE_CHECKING:
    from collections.abc import Callable

    from atdata_nb.sandbox.node import Node

CACHE_VARIABLE: Final = "ATDATA_NB_CACHE"
_SOURCES: Final = (
    "directory.mjs",
    "main.mjs",
    "package-lock.json",
    "package.json",
    "ports.mjs",
    "relay.mjs",
    "server.mjs",
    "sqlite.cjs",
)
_PACKAGES: Final = ("package.json", "package-lock.json")
_NPM_SECONDS: Final = 900
_TOLD: Final = 200
_PREFIX: Final = re.compile(r"npm (?:error|ERR!)")
_CODES: Final = ("code ", "syscall ", "errno ", "at ")


def install(cache: Path | None = None) -> Path:
    """Return the folder the sandbox runs from; fill it first, where that was not done yet.

    The folder is named after what belongs into it, and gets its name when it is whole: another
    version of the package has another one, and a broken installation is none. npm runs no scripts
    of the packages that it fetches.

    Args:
        cache: folder for downloads; without it what ``ATDATA_NB_CACHE`` says, else the
            platform's cache folder.

    Raises:
        ServiceError: there is no Node, or npm failed.
    """
    sources = {name: _source(name) for name in _SOURCES}
    modules = _modules(cache or default_cache(), {name: sources[name] for name in _PACKAGES})
    # The scripts lie beside the packages they import: Node looks there.
    return _whole(modules / f"run-{_digest(sources)}", lambda folder: _write(sources, folder))


def default_cache() -> Path:
    """Return the folder for what was downloaded and can be downloaded again."""
    if folder := os.environ.get(CACHE_VARIABLE):
        return Path(folder).expanduser()
    from platformdirs import user_cache_dir

    return Path(user_cache_dir("atdata_nb"))


def _modules(cache: Path, packages: dict[str, bytes]) -> Path:
    def fetch(folder: Path) -> None:
        _write(packages, folder)
        _npm_ci(find_node(), folder)

    return _whole(cache / f"sandbox-{_digest(packages)}", fetch)


def _whole(folder: Path, fill: Callable[[Path], None]) -> Path:
    """Return the folder, filled by ``fill`` beside its place and then renamed into it."""
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        fill(staging)
        # Somebody else may have been faster; theirs is the same.
        with suppress(OSError):
            staging.rename(folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    if not folder.is_dir():
        raise ServiceError(f"the sandbox could not be put into {folder.parent}")
    return folder


def _npm_ci(node: Node, folder: Path) -> None:
    command = [*node.npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    try:
        done = subprocess.run(  # noqa: S603 - npm, on a folder that we wrote
            command, cwd=folder, capture_output=True, text=True, timeout=_NPM_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise ServiceError(f"npm did not finish within {_NPM_SECONDS} s") from error
    if done.returncode != 0:
        raise ServiceError(
            f"npm could not fetch the sandbox's servers ({_reason(done.stderr or done.stdout)}): "
            "look at the connection, or at npm's registry, and run it again"
        )


def _reason(said: str) -> str:
    r"""Return what npm says first, without its codes and without where in its code that was.

    >>> _reason("npm error code E1\nnpm error errno 1\nnpm error request to x failed")
    'request to x failed'
    """
    lines = [_PREFIX.sub("", line).strip() for line in said.splitlines()]
    told = [line for line in lines if line and not line.startswith(_CODES)]
    return (told or ["it said nothing"])[0][:_TOLD]


def _write(sources: dict[str, bytes], folder: Path) -> None:
    for name, data in sources.items():
        (folder / name).write_bytes(data)


def _source(name: str) -> bytes:
    return (files("atdata_nb.sandbox") / "javascript" / name).read_bytes()


def _digest(sources: dict[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, data in sorted(sources.items()):
        digest.update(b"%s %d\n" % (name.encode(), len(data)) + data)
    return digest.hexdigest()[:16]
