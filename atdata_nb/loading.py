"""Loading: a dataset from a path, a pattern, a folder or an index, by its splits."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Generic, TypeAlias, TypeVar, overload

from atdata_nb.dataset import Dataset
from atdata_nb.display import Displayed
from atdata_nb.errors import DatasetNotFoundError, ShardNotFoundError, SplitNotFoundError, UrlError
from atdata_nb.protocols import ShardOpener
from atdata_nb.samples import DictSample
from atdata_nb.shards import URLSource, expand
from atdata_nb.shards.urls import check_url, local_path, scheme_of
from atdata_nb.splits import DEFAULT_SPLIT, fixed_root, group_by_split

if TYPE_CHECKING:
    from atdata_nb.protocols import AbstractIndex, IndexEntry

T = TypeVar("T")
Files: TypeAlias = str | Sequence[str]

SHARD_ENDINGS: Final = (".tar", ".tar.gz", ".tgz", ".tar.zst", ".tar.bz2", ".tar.xz")


class DatasetDict(dict[str, Dataset[T]], Displayed, Generic[T]):
    """The splits of a dataset, by name.

    Example:
        >>> DatasetDict()
        DatasetDict(no splits)
    """

    def __init__(
        self,
        splits: Mapping[str, Dataset[T]] | None = None,
        sample_type: type[T] | None = None,
        *,
        streaming: bool = False,
    ) -> None:
        super().__init__(splits or {})
        self._sample_type = sample_type
        self.streaming = streaming

    @property
    def sample_type(self) -> type[T] | None:
        """Type of the samples of every split; None where there is no split to ask."""
        if self._sample_type is None and self:
            return next(iter(self.values())).sample_type
        return self._sample_type

    @property
    def num_shards(self) -> dict[str, int]:
        """Number of shards of each split."""
        return {name: len(split.list_shards()) for name, split in self.items()}

    def __missing__(self, name: str) -> Dataset[T]:
        message = f"no split {name!r}; there are: {', '.join(self) or 'none'}"
        raise KeyError(message)

    def __repr__(self) -> str:
        if not self:
            return "DatasetDict(no splits)"
        counts = self.num_shards.items()
        shown = ", ".join(f"{name}: {n} shard{'' if n == 1 else 's'}" for name, n in counts)
        kind = self.sample_type or DictSample
        return f"DatasetDict[{kind.__qualname__}]({shown})"


@overload
def load_dataset(
    path: str | os.PathLike[str],
    sample_type: type[T],
    *,
    split: None = None,
    data_files: Files | Mapping[str, Files] | None = None,
    streaming: bool = False,
    index: AbstractIndex | None = None,
) -> DatasetDict[T]: ...
@overload
def load_dataset(
    path: str | os.PathLike[str],
    sample_type: type[T],
    *,
    split: str,
    data_files: Files | Mapping[str, Files] | None = None,
    streaming: bool = False,
    index: AbstractIndex | None = None,
) -> Dataset[T]: ...
@overload
def load_dataset(
    path: str | os.PathLike[str],
    sample_type: None = None,
    *,
    split: None = None,
    data_files: Files | Mapping[str, Files] | None = None,
    streaming: bool = False,
    index: AbstractIndex | None = None,
) -> DatasetDict[Any]: ...
@overload
def load_dataset(
    path: str | os.PathLike[str],
    sample_type: None = None,
    *,
    split: str,
    data_files: Files | Mapping[str, Files] | None = None,
    streaming: bool = False,
    index: AbstractIndex | None = None,
) -> Dataset[Any]: ...
def load_dataset(
    path: str | os.PathLike[str],
    sample_type: type[Any] | None = None,
    *,
    split: str | None = None,
    data_files: Files | Mapping[str, Files] | None = None,
    streaming: bool = False,
    index: AbstractIndex | None = None,
) -> DatasetDict[Any] | Dataset[Any]:
    """Load a dataset.

    Args:
        path: a shard, a folder of shards, a brace or glob pattern; ``@handle/name``,
            ``@handle/name@1.0.0`` or ``at://…`` for what somebody published; ``@owner/name`` or
            just ``name`` for what a given index lists.
        sample_type: type of the samples; without one, what the index says, else DictSample.
        split: one split, as a Dataset; without it, all of them, as a DatasetDict.
        data_files: the shards, below ``path``: one, several, or by split.
        streaming: noted, for those who pass it; shards are always read as they are needed.
        index: where names are looked up.

    Raises:
        SplitNotFoundError: there is no such split; says which there are.
        ShardNotFoundError: no shard is there.
        DatasetNotFoundError: the index lists no such dataset.
        UrlError: the path can't be used.

    Example:
        >>> import tempfile
        >>> from atdata_nb import packable
        >>> from atdata_nb.shards import write_shard
        >>> @packable
        ... class Row:
        ...     n: int
        >>> folder = Path(tempfile.mkdtemp())
        >>> for name in ("rows-train-0.tar", "rows-train-1.tar", "rows-test-0.tar"):
        ...     shard = write_shard(folder / name, [Row(1)])
        >>> load_dataset(folder, Row)
        DatasetDict[Row](train: 2 shards, test: 1 shard)
        >>> load_dataset(folder, Row, split="test").head()
        [Row(n=1)]
    """
    text = os.fspath(path)
    if text.startswith(("@", "at://")):
        splits = {DEFAULT_SPLIT: _from_network(text, sample_type, index)}
    elif index is not None and data_files is None and not _is_place(text):
        splits = {DEFAULT_SPLIT: _from_index(text, sample_type, index)}
    else:
        found = _find_shards(text, data_files)
        kind = sample_type or DictSample
        splits = {
            name: Dataset(URLSource(shards), sample_type=kind) for name, shards in found.items()
        }
    if split is None:
        return DatasetDict(splits, sample_type, streaming=streaming)
    if split not in splits:
        message = f"no split {split!r}; there are: {', '.join(splits)}"
        raise SplitNotFoundError(message)
    return splits[split]


def _is_place(text: str) -> bool:
    """Whether a text is a path or URL rather than a dataset's name."""
    if any(sign in text for sign in "/\\{*?[") or text.endswith(SHARD_ENDINGS):
        return True
    return Path(text).exists()


# ---- shards by path -----------------------------------------------------------------------------


def _find_shards(path: str, data_files: Files | Mapping[str, Files] | None) -> dict[str, list[str]]:
    if isinstance(data_files, Mapping):
        return {name: _listed(path, files) for name, files in data_files.items()}
    if data_files is not None:
        # A plain list is one split, as elsewhere in the field.
        return {DEFAULT_SPLIT: _listed(path, data_files)}
    place = local_path(path)
    if place is not None and Path(place).is_dir():
        return group_by_split(_in_folder(Path(place)), root=place)
    return group_by_split(_expanded(path), root=_root(path))


def _root(path: str) -> str:
    return fixed_root(path) if any(sign in path for sign in "{*?[") else ""


def _listed(path: str, files: Files) -> list[str]:
    names = [files] if isinstance(files, str) else list(files)
    if not names:
        message = "data_files names no shard"
        raise ShardNotFoundError(message)
    return [shard for name in names for shard in _expanded(_below(path, name))]


def _below(path: str, name: str) -> str:
    place = local_path(path)
    if local_path(name) is None or Path(name).is_absolute() or not path:
        return name
    if place is None:
        return f"{path.rstrip('/')}/{name}"
    folder = Path(place) if Path(place).is_dir() else Path(place).parent
    return str(folder / name)


def _in_folder(folder: Path) -> list[str]:
    found = sorted(
        str(file)
        for file in folder.rglob("*")
        if file.name.endswith(SHARD_ENDINGS) and not file.name.startswith(".")
    )
    if not found:
        message = f"{folder}: no shard in this folder (*.tar, also .gz, .zst, .bz2, .xz)"
        raise ShardNotFoundError(message)
    return found


def _expanded(pattern: str) -> list[str]:
    shards = expand(check_url(pattern, trusted=True))
    for shard in shards:
        # A scheme may hide in a brace list.
        place = local_path(check_url(shard, trusted=True))
        if place is None:
            _refuse_web_glob(shard)
        elif not Path(place).exists():
            raise ShardNotFoundError(_missing(shard))
    return [one for shard in shards for one in _in_bucket(shard)]


def _in_bucket(shard: str) -> list[str]:
    # Their names say which split they belong to, so they are looked up here.
    return URLSource(shard).list_shards() if scheme_of(shard) == "s3" else [shard]


def _missing(shard: str) -> str:
    kind = "no file fits the pattern" if set(shard) & set("*?[") else "there is no such file"
    return f"{shard}: {kind}; look at the path, or at the folder it is relative to"


def _refuse_web_glob(pattern: str) -> None:
    # A bucket can be listed, a web server can't.
    if scheme_of(pattern) != "s3" and "*" in pattern.split("?", 1)[0]:
        message = (
            f"{pattern}: what lies behind a remote * can't be listed; "
            "name the shards with braces, as in {000..041}.tar"
        )
        raise UrlError(message)


# ---- shards by name -----------------------------------------------------------------------------


def _from_network(
    text: str, sample_type: type[Any] | None, index: AbstractIndex | None
) -> Dataset[Any]:
    """Open ``@owner/name`` or an address of the network.

    An index that resolves owners is asked as it is; another one only knows its own names. By name:
    the network is a floor above.
    """
    if getattr(index, "resolves_owners", False):
        return _from_index(text, sample_type, index)
    if text.startswith("at://") or (index is None and "." in text.partition("/")[0]):
        dataset: Dataset[Any] = import_module("atdata_nb.atmosphere").open_dataset(
            text, sample_type
        )
        return dataset
    return _from_index(text, sample_type, index)


def _from_index(
    text: str, sample_type: type[Any] | None, index: AbstractIndex | None
) -> Dataset[Any]:
    if index is None:
        message = f"{text!r} is looked up in an index: give one, as in index=LocalIndex()"
        raise DatasetNotFoundError(message)
    resolves = getattr(index, "resolves_owners", False)
    entry = index.get_dataset(text if resolves else _name_of(text))
    own = getattr(entry, "dataset", None)
    if callable(own):
        dataset: Dataset[Any] = own(sample_type)
        return dataset
    return _from_entry(entry, sample_type, index)


def _name_of(text: str) -> str:
    if not text.startswith("@"):
        return text
    owner, slash, name = text[1:].partition("/")
    if not owner or not slash or not name:
        message = f"{text!r} names no dataset; write @owner/name"
        raise UrlError(message)
    return name


def _from_entry(
    entry: IndexEntry, sample_type: type[Any] | None, index: AbstractIndex
) -> Dataset[Any]:
    store: Any = index.data_store
    source: Any = store.source(entry.data_urls) if isinstance(store, ShardOpener) else None
    if source is None:
        given = entry.data_urls
        urls = given if store is None else [store.read_url(url) for url in given]
        # Somebody else's index may repeat what a stranger wrote.
        source = URLSource(urls, trusted=False)
    return Dataset(
        source,
        sample_type=sample_type or index.decode_schema(entry.schema_ref),
        metadata=entry.metadata,
        name=entry.name,
    )
