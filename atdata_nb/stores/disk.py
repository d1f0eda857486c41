"""LocalDiskStore: shards in a directory, named by what is in them."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from atdata_nb.errors import EmptyDatasetError, ShardNotFoundError, UnsafePathError
from atdata_nb.manifests.collecting import collectors
from atdata_nb.shards import Shard, ShardWriter
from atdata_nb.shards.sources import COMPANIONS
from atdata_nb.shards.writer import flush_folder, put_beside
from atdata_nb.stores.packing import MAX_COUNT, MAX_SIZE, Turn, cut, payloads, stored_type_of
from atdata_nb.stores.prefixes import check_prefix, shard_name
from atdata_nb.stores.staging import Staging, clean

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Mapping

    from atdata_nb.dataset import Dataset
    from atdata_nb.shards.writer import Observer
    from atdata_nb.stores.packing import Packed


class LocalDiskStore:
    """Shards as ``{root}/{prefix}/{last part of prefix}-{number}-{start of SHA-256}.tar``.

    The name follows from the content: writing the same samples again gives the same URLs, and two
    writers never overwrite each other. Shards get their names when all of them are on disk; a
    failed write leaves nothing, and what a killed one leaves goes with the next write.

    Example:
        >>> import tempfile
        >>> from atdata_nb.samples import DictSample
        >>> home = tempfile.TemporaryDirectory()
        >>> store = LocalDiskStore(home.name)
        >>> shards = store.write([DictSample(n=n) for n in range(5)], prefix="numbers", maxcount=2)
        >>> [shard.samples for shard in shards]
        [2, 2, 1]
        >>> store.list("numbers") == [shard.url for shard in shards]
        True
        >>> home.cleanup()
    """

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self.root = Path(root).expanduser().absolute()

    def write(
        self,
        samples: Dataset[Any] | Packed | Iterable[Any],
        *,
        prefix: str,
        maxcount: int = MAX_COUNT,
        maxsize: float = MAX_SIZE,
        sample_type: type | None = None,
        progress: Callable[[int], None] | None = None,
        turn: Turn | None = None,
        manifests: bool | None = None,
    ) -> list[Shard]:
        """Write samples as shards; return where they are, their sizes and hashes.

        Args:
            samples: a Dataset, whose bytes and keys are copied as they are, or samples of one type.
            prefix: folder below the root, with ``/`` between its parts.
            maxcount: most samples of a shard.
            maxsize: most bytes of a shard.
            sample_type: the type that all samples must have.
            progress: called with the number of samples so far.
            turn: which part of a dataset this is, where several write one.
            manifests: whether to write what is in each shard beside it, for `Dataset.where`; None:
                where pyarrow, which that takes, is installed.

        Raises:
            UnsafePathError: the prefix would lead out of the root, or can't be a path everywhere.
            EmptyDatasetError: there are no samples.
            SampleTypeError: a sample is not of the type.
        """
        folder = self._folder(prefix)
        staging = Staging(self.root, turn.run if turn else "")
        samples, stored = stored_type_of(samples, sample_type)
        with _Staged(staging, collectors(stored, manifests)) as staged:
            stream = payloads(samples, sample_type)
            cut(stream, staged.open_next, maxcount=maxcount, maxsize=maxsize, progress=progress)
            shards = staged.close()
            if not shards:
                raise EmptyDatasetError(f"{prefix}: there are no samples to write")
            return _put_in_place(shards, folder, turn)

    def clean(self, run: str) -> None:
        """Remove what writers of a run left behind that were killed."""
        clean(self.root, run)

    def write_shards(self, ds: Dataset[Any], *, prefix: str, **options: Any) -> list[str]:
        """Write a dataset's samples as shards; return their URLs. Takes what ``write`` takes."""
        return [shard.url for shard in self.write(ds, prefix=prefix, **options)]

    def read_url(self, url: str) -> str:
        """Return the URL as it is: a path can be read by whoever has it."""
        return url

    def supports_streaming(self) -> bool:
        """Files can be read from any place on."""
        return True

    def list(self, prefix: str = "") -> list[str]:
        """Return the URLs of all shards below a prefix, sorted."""
        folder = self._folder(prefix) if prefix else self.root
        found = (path for path in folder.rglob("*.tar") if not self._is_hidden(path))
        return sorted(str(path) for path in found)

    def delete(self, url: str) -> None:
        """Delete one shard, and the folders that it leaves empty.

        Raises:
            UnsafePathError: it is not below the root.
            ShardNotFoundError: it is not there.
        """
        path = self._own(url)
        try:
            path.unlink()
        except FileNotFoundError:
            raise ShardNotFoundError(f"the store {self.root.name} has no {path.name}") from None
        for beside in _beside(path):
            beside.unlink(missing_ok=True)
        _remove_empty(path.parent, above=self.root)

    def write_beside(self, url: str, files: Mapping[str, bytes]) -> None:
        """Write files beside a shard of the store, over what is there.

        Args:
            url: the shard.
            files: their bytes, by the ending of their names.

        Raises:
            UnsafePathError: the shard is not below the root.
            ShardNotFoundError: it is not there.
        """
        path = self._own(url)
        if not path.exists():
            raise ShardNotFoundError(f"the store {self.root.name} has no {path.name}")
        for ending, data in files.items():
            put_beside(path, ending, data)

    def _own(self, url: str) -> Path:
        path = Path(url)
        if not path.is_absolute() or not path.parent.resolve().is_relative_to(self.root.resolve()):
            raise UnsafePathError(f"{url} is not in the store {self.root.name}")
        return path

    def _folder(self, prefix: str) -> Path:
        parts = check_prefix(prefix)
        folder = self.root.joinpath(*parts)
        # Links that are there already may still lead out.
        if not folder.resolve().is_relative_to(self.root.resolve()):
            raise UnsafePathError(f"the prefix {prefix!r} leads out of the store through a link")
        return folder

    def _is_hidden(self, path: Path) -> bool:
        return any(part.startswith(".") for part in path.relative_to(self.root).parts)

    def __repr__(self) -> str:
        return f"LocalDiskStore({self.root.name!r})"


class _Staged:
    """Shards that are being written where nobody looks for them."""

    def __init__(self, staging: Staging, observe: Callable[[], Observer] | None) -> None:
        self._staging, self._observe = staging, observe
        self._shards: list[Shard] = []
        self._writer: ShardWriter | None = None

    def open_next(self) -> ShardWriter:
        self._close_writer()
        path = self._staging.open() / f"{len(self._shards):06d}.tar"
        observer = None if self._observe is None else self._observe()
        self._writer = ShardWriter(path, index=True, observer=observer)
        return self._writer

    def close(self) -> list[Shard]:
        self._close_writer()
        return self._shards

    def _close_writer(self) -> None:
        if self._writer is not None:
            self._shards.append(self._writer.close())
            self._writer = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._writer is not None:
            self._writer.discard()
        self._staging.close()


def _beside(path: Path) -> list[Path]:
    return [path.with_name(path.name + ending) for ending in COMPANIONS]


def _put_in_place(shards: list[Shard], folder: Path, turn: Turn | None) -> list[Shard]:
    folder.mkdir(parents=True, exist_ok=True)
    placed: list[Shard] = []
    new: list[Path] = []
    try:
        for place, shard in enumerate(shards):
            number, part = (place, 0) if turn is None else (turn.number, place)
            path = folder / shard_name(folder.name, number, shard.sha256, part=part)
            if not path.exists():
                new += [path, *_beside(path)]
            # First what lies beside it: who finds a shard finds its index too.
            for made, beside in zip(_beside(Path(shard.url)), _beside(path), strict=True):
                with contextlib.suppress(FileNotFoundError):
                    made.replace(beside)
            Path(shard.url).replace(path)
            placed.append(replace(shard, url=str(path)))
    except BaseException:
        for path in new:
            path.unlink(missing_ok=True)
        raise
    flush_folder(folder)
    return placed


def _remove_empty(folder: Path, *, above: Path) -> None:
    # rmdir refuses a folder that has something in it, so nothing is lost to a race.
    with contextlib.suppress(OSError):
        while folder != above:
            folder.rmdir()
            folder = folder.parent
