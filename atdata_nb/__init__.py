"""Typed machine-learning datasets in a notebook: explore, understand, share.

Every name below is loaded when it is first asked for, so that ``import atdata_nb`` costs next to
nothing.

>>> import atdata_nb as at
>>> @at.packable
... class Reading:
...     station: str
...     celsius: float
>>> Reading.from_bytes(Reading("Lund", -3.5).packed)
Reading(station='Lund', celsius=-3.5)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from atdata_nb.cid import generate_cid as generate_cid
    from atdata_nb.cid import verify_cid as verify_cid
    from atdata_nb.protocols import AbstractDataStore as AbstractDataStore
    from atdata_nb.protocols import AbstractIndex as AbstractIndex
    from atdata_nb.protocols import DataSource as DataSource
    from atdata_nb.protocols import IndexEntry as IndexEntry
    from atdata_nb.protocols import Packable as Packable

# Where each public name lives.
_HOMES = {
    "AbstractDataStore": "protocols",
    "AbstractIndex": "protocols",
    "DataSource": "protocols",
    "Dataset": "dataset",
    "DatasetDict": "loading",
    "DictSample": "samples",
    "IndexEntry": "protocols",
    "Lens": "lenses",
    "LensNetwork": "lenses",
    "LocalDiskStore": "stores",
    "LocalIndex": "index",
    "Packable": "protocols",
    "PackableSample": "samples",
    "SampleBatch": "samples",
    "URLSource": "shards",
    "browse": "widgets",
    "generate_cid": "cid",
    "lens": "lenses",
    "load_dataset": "loading",
    "packable": "samples",
    "preview": "widgets",
    "schema_from_type": "schemas",
    "schema_to_type": "schemas",
    "verify_cid": "cid",
}

__all__ = [  # noqa: RUF022 - in the order of a first hour with the package
    "packable",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("atdata-nb")
    home = _HOMES.get(name)
    if home is None:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES, "__version__"})
