"""Extras: the optional packages that data is handed to, asked for when they are needed."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

from atdata_nb.errors import MissingExtraError

# Which extra of this package brings them.
_EXTRAS: Final = {
    "dask": "scale",
    "PIL": "bridges",
    "datasets": "bridges",
    "duckdb": "bridges",
    "pandas": "tables",
    "polars": "bridges",
    "pyarrow": "tables",
    "soundfile": "bridges",
    "torch": "torch",
    "webdataset": "webdataset",
}
# What they are called where their modules are not called so.
_NAMES: Final = {"PIL": "pillow"}


def need(module: str) -> Any:
    """Return an optional module.

    Raises:
        MissingExtraError: it is not installed; the message says how to get it.

    Example:
        >>> need("pyarrow").int64()
        DataType(int64)
    """
    package = module.partition(".")[0]
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != package:
            raise
        name = _NAMES.get(package, package)
        message = f"{name} is not installed: pip install 'atdata-nb[{_EXTRAS[package]}]'"
        raise MissingExtraError(message) from error
