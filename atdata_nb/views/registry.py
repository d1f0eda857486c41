"""Registry of views: which function shows which object, found without importing either."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    View = Callable[[Any], str]

_PAGES = "atdata_nb.views.pages"

# By class name, anywhere in the object's ancestry and from any package: a class that a later
# floor adds needs one line here and no import.
_BY_NAME = {
    "SchemaDict": "schema_page",
    "Schema": "schema_page",
    "Dataset": "dataset_page",
    "DatasetDict": "dataset_dict_page",
    "SampleBatch": "batch_page",
    "ImportReport": "report_page",
    "SchemaDiff": "diff_page",
    "Lens": "lens_page",
    "LawReport": "law_page",
    "StoredLens": "stored_lens_page",
    "DeclarativeLens": "lens_body_page",
    "CodeReference": "lens_body_page",
    "Opaque": "lens_body_page",
    "LensNetwork": "network_page",
    "Statistics": "statistics_page",
    "Plan": "plan_page",
    "Result": "result_page",
}


def html(obj: Any) -> str | None:
    """Return the HTML of an object; None where nothing here knows how to show it.

    That is also what ``_repr_html_`` returns to a notebook which is to show the text instead.

    >>> html({"name": "Digit", "version": "1.0.0", "fields": []})[:19]
    '<div class="atdata"'
    >>> html(3)
    """
    view = view_for(obj)
    return None if view is None else view(obj)


def view_for(obj: Any) -> View | None:
    """Return the view of an object, or None."""
    for cls in type(obj).__mro__:
        if cls.__name__ in _BY_NAME and cls.__module__.split(".")[0] != "builtins":
            return _page(_BY_NAME[cls.__name__])
    # Whether a schema can read another is a Verdict too.
    if _has(obj, "uri", "steps", "complete"):
        return _page("verdict_page")
    if isinstance(obj, Mapping):
        return _page("schema_page")
    if _has(obj, "name", "schema_ref", "data_urls", "metadata"):
        return _page("entry_page")
    # AbstractIndex is not runtime-checkable, and isinstance would run its lazy properties.
    if _has(type(obj), "get_dataset", "list_datasets", "get_schema"):
        return _page("index_page")
    return None


def _page(name: str) -> View:
    view: View = getattr(import_module(_PAGES), name)
    return view


def _has(obj: Any, *names: str) -> bool:
    return all(hasattr(obj, name) for name in names)
