"""Magics: ``%load_ext atdata_nb`` shows indexes, entries and datasets as widgets.

Beside that it gives ``%browse`` and ``%preview``. ``%unload_ext atdata_nb`` takes all of it back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError
from IPython.core.formatters import MimeBundleFormatter, catch_format_error
from IPython.core.magic import Magics, line_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring

from atdata_nb import notebook
from atdata_nb.errors import AtdataError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from IPython.core.interactiveshell import InteractiveShell

_ENTRY = ("name", "schema_ref", "data_urls", "metadata")
_INDEX = ("get_dataset", "list_datasets", "get_schema")
_DATASET = "atdata_nb.dataset.Dataset"
_NAMES = ("browse", "preview")


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Give ``%browse`` and ``%preview``, and show what is displayed as widgets.

    Raises:
        MissingExtraError: the widgets' packages are not installed.
    """
    notebook.browser_type()
    shell.register_magics(DatasetMagics(shell))
    formatter: Any = shell.display_formatter
    # A terminal has nothing that could show a widget.
    if hasattr(shell, "kernel") and not isinstance(formatter.mimebundle_formatter, WidgetFormatter):
        before = formatter.mimebundle_formatter
        formatter.mimebundle_formatter = WidgetFormatter(before, parent=formatter)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Take back what loading has changed."""
    formatter: Any = shell.display_formatter
    if isinstance(formatter.mimebundle_formatter, WidgetFormatter):
        formatter.mimebundle_formatter = formatter.mimebundle_formatter.before
    for name in _NAMES:
        shell.magics_manager.magics["line"].pop(name, None)


class WidgetFormatter(MimeBundleFormatter):
    """Shows indexes, entries and datasets as widgets, and all else as before.

    Attributes:
        before: the formatter that this one stands in front of.
    """

    def __init__(self, before: Any, **options: Any) -> None:
        super().__init__(**options)
        self.before = before

    @catch_format_error
    def __call__(self, obj: Any, include: Any = None, exclude: Any = None) -> Any:
        """Return what an object shows, by type of content."""
        verb = verb_for(obj)
        shown = obj if verb is None else verb(obj)
        return self.before(shown, include=include, exclude=exclude)


def verb_for(obj: Any) -> Callable[[Any], Any] | None:
    """Return what makes a widget of an object: ``browse``, ``preview``, or None for neither.

    An entry that does not know its dataset stays as it is: only its index could open it.
    """
    kind = type(obj)
    if all(callable(getattr(kind, name, None)) for name in _INDEX):
        return notebook.browse
    if any(f"{cls.__module__}.{cls.__qualname__}" == _DATASET for cls in kind.__mro__):
        return notebook.preview
    if all(_has(obj, name) for name in _ENTRY) and callable(getattr(kind, "dataset", None)):
        return notebook.preview
    return None


def _has(obj: Any, name: str) -> bool:
    # Of the class and of its own attributes: hasattr() would run a stranger's __getattr__, and
    # every object that is displayed comes by here.
    return hasattr(type(obj), name) or name in getattr(obj, "__dict__", {})


@magics_class
class DatasetMagics(Magics):
    """``%browse`` and ``%preview``."""

    @magic_arguments()
    @argument("index", nargs="*", help="a variable that holds an index; the local one if left out")
    @argument("-q", "--query", nargs="+", default=[], help="what to search for at first")
    @line_magic
    def browse(self, line: str) -> Any:
        """Browse an index."""
        asked = parse_argstring(self.browse, line)
        indexes = [self._index(name) for name in asked.index]
        return _tried(notebook.browse, *indexes, query=_said(asked.query))

    @magic_arguments()
    @argument("source", help="a variable that holds a dataset or an entry, or a dataset's name")
    @argument("-i", "--index", help="a variable that holds the index of that name")
    @argument("-n", type=int, help="samples at most")
    @argument("-q", "--query", nargs="+", default=[], help="which samples: label == 3 and mean > 2")
    @line_magic
    def preview(self, line: str) -> Any:
        """Preview a dataset."""
        asked = parse_argstring(self.preview, line)
        widget = _tried(notebook.preview, self._source(_bare(asked.source), asked.index), n=asked.n)
        widget.query = _said(asked.query)
        return widget

    def _index(self, name: str) -> Any:
        found = self._variable(name)
        if verb_for(found) is not notebook.browse:
            message = f"{name} is no index"
            raise UsageError(message)
        return found

    def _source(self, name: str, index: str | None) -> Any:
        if index is None and name.partition(".")[0] in self._names:
            found = self._variable(name)
            if verb_for(found) is not notebook.preview:
                message = f"{name} is a {type(found).__name__}, no dataset and no entry of one"
                raise UsageError(message)
            return found
        where = notebook.default_index() if index is None else self._index(index)
        return _tried(where.get_dataset, name)

    @property
    def _names(self) -> Mapping[str, Any]:
        return self.shell.user_ns if self.shell is not None else {}

    def _variable(self, name: str) -> Any:
        """Return the value of a name, or of attributes of one; nothing of a line is evaluated."""
        first, *rest = name.split(".")
        if first not in self._names:
            message = f"there is no variable {first}"
            raise UsageError(message)
        found = self._names[first]
        for attribute in rest:
            if attribute.startswith("_") or not hasattr(found, attribute):
                message = f"{name}: there is no attribute {attribute}"
                raise UsageError(message)
            found = getattr(found, attribute)
        return found


def _bare(word: str) -> str:
    # IPython's parser keeps the quotes that hold a word together.
    quoted = len(word) > 1 and word[0] == word[-1] and word[0] in "\"'"
    return word[1:-1] if quoted else word


def _said(words: list[str]) -> str:
    # Quotes around the whole are the line's; those around a part are the query's own.
    return _bare(words[0]) if len(words) == 1 else " ".join(words)


def _tried(act: Callable[..., Any], *args: Any, **options: Any) -> Any:
    try:
        return act(*args, **options)
    except AtdataError as error:
        raise UsageError(str(error)) from error
