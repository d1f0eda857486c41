"""Opening: from an entry of any index to the dataset it stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from atdata_nb.dataset import Dataset
    from atdata_nb.protocols import AbstractIndex, IndexEntry


def open_dataset(entry: IndexEntry, index: AbstractIndex | None = None) -> Dataset[Any]:
    """Return the dataset of an entry.

    Entries of our own indexes know how (credentials, blobs, checksums). Of any other, the index
    builds the sample type and its store says where the shards can be read.

    Raises:
        TypeError: the entry does not know how, and no index was given.
    """
    opener = getattr(entry, "dataset", None)
    if callable(opener):
        dataset: Dataset[Any] = opener()
        return dataset
    if index is None:
        message = f"{type(entry).__name__} has no dataset() method: open it through its index"
        raise TypeError(message)
    from atdata_nb.dataset import Dataset

    store = index.data_store
    urls = [store.read_url(url) if store is not None else url for url in entry.data_urls]
    sample_type = index.decode_schema(entry.schema_ref)
    return Dataset(urls, sample_type=sample_type, name=entry.name)


def code_for(entry: IndexEntry) -> str:
    """Return lines that open the same dataset in a cell."""
    version = getattr(entry, "version", None)
    ref = f"{entry.name}@{version}" if version else entry.name
    if callable(getattr(entry, "dataset", None)):
        return f"dataset = index.get_dataset({ref!r}).dataset()"
    return (
        f"entry = index.get_dataset({ref!r})\n"
        "sample_type = index.decode_schema(entry.schema_ref)\n"
        "dataset = at.Dataset(entry.data_urls, sample_type=sample_type)"
    )


def source_code(source: Any) -> str:
    """Return lines that make ``dataset`` of what a preview was given."""
    from atdata_nb.dataset import Dataset

    if not isinstance(source, Dataset):
        return f"index = at.LocalIndex()\n{code_for(source)}"
    shards = source.list_shards()
    given = shards[0] if len(shards) == 1 else shards
    return f"dataset = at.Dataset({given!r})"
