"""Extras: the optional packages that data is handed to, asked for when they are needed."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

from atdata_nb.errors import MissingExtraError

# Which extra of this package brings them.
_EXTRAS: Final = {
    "pandas": "tables",
    "pyarrow": "tables",
    "torch": "torch",
    "webdataset": "webdataset",
}


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
        message = f"{package} is not installed: pip install 'atdata-nb[{_EXTRAS[package]}]'"
        raise MissingExtraError(message) from error
