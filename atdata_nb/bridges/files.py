"""Files: a file or a folder as a Dataset, by what it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.bridges.folders import from_folder
from atdata_nb.bridges.frames import from_pandas
from atdata_nb.bridges.tables import from_arrow
from atdata_nb.bridges.web_datasets import from_webdataset
from atdata_nb.dataset import Dataset
from atdata_nb.errors import MissingMemberError, SampleTypeError, ShardNotFoundError
from atdata_nb.tables.extras import need

if TYPE_CHECKING:
    from collections.abc import Callable

_TARS: Final = ("*.tar", "*.tar.gz", "*.tar.zst", "*.tgz")


def from_path(path: str | Path, *, name: str | None = None) -> Dataset[Any]:
    r"""Return a file or a folder as a Dataset.

    Args:
        path: a shard or a tar file of webdataset; a folder of them, of images or of sounds;
            ``.csv``, ``.tsv``, ``.json`` (a list of rows), ``.jsonl``, ``.parquet``, ``.arrow`` or
            ``.feather``.
        name: what to call it; None: like the file, without its ending.

    Raises:
        ShardNotFoundError: it is not there.
        SampleTypeError: it is none of these.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp(), "cities.csv")
        >>> _ = path.write_text("city,celsius\nLund,-3.5\n")
        >>> from_path(path).head()
        [Cities(city='Lund', celsius=-3.5)]
    """
    file = Path(path).expanduser()
    called = name or file.name.partition(".")[0] or "rows"
    if file.is_dir():
        shards = sorted(found for pattern in _TARS for found in file.glob(pattern))
        return _tars(shards, called) if shards else from_folder(file, name=name)
    if not file.exists():
        message = f"{file.name}: there is no such file or folder"
        raise ShardNotFoundError(message)
    ending = file.name.lower().rpartition(".")[2] if ".tar." not in file.name else "tar"
    read = _READERS.get(ending)
    if read is None:
        known = ", ".join(f".{each}" for each in _READERS)
        message = f"{file.name}: what is this? Known are folders, and files that end in {known}"
        raise SampleTypeError(message)
    return read(file, called)


def _frame(method: str, **options: Any) -> Callable[[Path, str], Dataset[Any]]:
    def read(file: Path, name: str) -> Dataset[Any]:
        return from_pandas(getattr(need("pandas"), method)(file, **options), name=name)

    return read


def _arrow(file: Path, name: str) -> Dataset[Any]:
    kind = "parquet" if file.name.lower().endswith(".parquet") else "feather"
    return from_arrow(need("pyarrow.dataset").dataset(file, format=kind), name=name)


def _tars(files: list[Path], name: str) -> Dataset[Any]:
    """Return shards as they are; archives with a member a field as webdataset's."""
    ds: Dataset[Any] = Dataset(files, name=name)
    try:
        ds.head(1)
    except MissingMemberError:
        return from_webdataset(files, name=name)
    return ds


_READERS: Final[dict[str, Callable[[Path, str], Dataset[Any]]]] = {
    "csv": _frame("read_csv"),
    "tsv": _frame("read_csv", sep="\t"),
    "json": _frame("read_json"),
    "jsonl": _frame("read_json", lines=True),
    "parquet": _arrow,
    "arrow": _arrow,
    "feather": _arrow,
    "tar": lambda file, name: _tars([file], name),
}
