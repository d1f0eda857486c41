"""Notebook verbs: ``browse`` an index, ``preview`` a dataset, ``promote`` one to the network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atdata_nb.atmosphere import AtmosphereClient
    from atdata_nb.dataset import Dataset
    from atdata_nb.protocols import AbstractIndex, IndexEntry
    from atdata_nb.widgets import Browser, Preview
    from atdata_nb.widgets.flows import Promote, Publish
    from atdata_nb.widgets.progress import ScanProgress
    from atdata_nb.widgets.wanted import Listed


def browse(
    *indexes: AbstractIndex,
    query: str = "",
    facets: Mapping[str, str] | None = None,
    order: str = "",
    listed: Listed = "datasets",
    tab: str = "samples",
) -> Browser:
    """Return a browser of an index, or of several as one; without any, of the default local one.

    The browser's ``selected``, ``query``, ``facets``, ``order`` and ``dataset()`` are what is
    chosen on screen.

    Args:
        indexes: anything with the methods of ``AbstractIndex``; where it can search, count, page
            and narrow down by itself, that is used.
        query: what to search for at first.
        facets: a value for ``place`` (``local``, ``s3``, ``network``), ``schema`` (its
            reference), ``tag`` or ``license``, or for several of them.
        order: ``name``, ``date`` or ``size``, with ``-`` in front from the other end.
        listed: ``datasets`` or ``schemas``.
        tab: ``overview``, ``schema``, ``samples``, ``shards`` or ``record``.
    """
    widgets = _widgets()
    browser: Browser = widgets.Browser(
        *(indexes or (default_index(),)),
        query=query,
        facets=facets,
        order=order,
        listed=listed,
        tab=tab,
    )
    return browser


def preview(source: Dataset[Any] | IndexEntry, n: int | None = None) -> Preview:
    """Return the samples of a dataset or of an index entry as a table.

    The preview's ``query``, ``selection`` and ``to_pandas()`` are what is on screen.

    Args:
        source: a dataset, or an entry that knows its dataset.
        n: samples at most, from the start; None for all.
    """
    widget: Preview = _widgets().Preview(source, count=n)
    return widget


def progress(client: Any = None) -> ScanProgress:
    """Return a bar that follows a scan: what ``on_event`` of `map_shards` and its like takes.

    Args:
        client: the Dask client, for the link to its dashboard.
    """
    _widgets()
    from atdata_nb.widgets.progress import ScanProgress

    return ScanProgress(client)


def promote(
    entry: IndexEntry | str | None = None,
    index: AbstractIndex | None = None,
    client: AtmosphereClient | None = None,
) -> Promote:
    """Return a widget that promotes a dataset to the network: form, plan, run and result.

    Nothing is public until its button is pressed, which says what it does. A run goes on whatever
    happens to the widget; the cell run again shows it, running or done.

    Args:
        entry: an entry of an index, or its name; without one, the widget offers the index's.
        index: whose entry it is; without one, the entry's own or the default local one.
        client: who publishes; without one, whoever is signed in, or signs in in the widget.
    """
    widgets = _widgets()
    found = index or getattr(entry, "index", None) or default_index()
    chosen = found.get_dataset(entry) if isinstance(entry, str) else entry
    widget: Promote = widgets.Promote(chosen, found, client)
    return widget


def publish(
    data: Any = None, index: AbstractIndex | None = None, client: AtmosphereClient | None = None
) -> Publish:
    """Return a widget that writes data into an index: its schema to edit, form, plan and result.

    Nothing is written until its button is pressed, and nothing becomes public by it; promoting
    what was written is one more button.

    Args:
        data: what ``plan_publish`` takes: a DataFrame, an Arrow table, a Dataset, samples, or the
            path of a folder; without it, the widget offers the notebook's variables.
        index: where it will be listed; without it, the default local one.
        client: who promotes it afterwards; without one, whoever is signed in.
    """
    widget: Publish = _widgets().Publish(data, default_index() if index is None else index, client)
    return widget


def default_index() -> Any:
    """Return the index that is meant where none is named."""
    from atdata_nb.index import LocalIndex

    return LocalIndex()


def browser_type() -> type[Browser]:
    """Return the type of a browser.

    Raises:
        MissingExtraError: the widgets' packages are not installed.
    """
    found: type[Browser] = _widgets().Browser
    return found


def _widgets() -> Any:
    from importlib import import_module

    try:
        return import_module("atdata_nb.widgets")
    except ImportError as error:
        from atdata_nb.errors import MissingExtraError

        raise MissingExtraError(
            f"the notebook widgets need {error.name}: pip install 'atdata-nb[lab]'"
        ) from error
