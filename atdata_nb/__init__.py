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
    from atdata_nb import flows
    from atdata_nb.atmosphere import (
        AtmosphereClient,
        AtmosphereIndex,
        AtUri,
        BlobSource,
        PDSBlobStore,
        discover,
    )
    from atdata_nb.batch import SampleBatch
    from atdata_nb.bridges import (
        from_arrow,
        from_folder,
        from_huggingface,
        from_pandas,
        from_webdataset,
    )
    from atdata_nb.cid import generate_cid, verify_cid
    from atdata_nb.dataset import Dataset
    from atdata_nb.flows import plan_promote, plan_publish, promote_to_atmosphere
    from atdata_nb.index import LocalIndex
    from atdata_nb.lenses import Lens, LensNetwork, check_lens_laws, lens, structural_lens
    from atdata_nb.loading import DatasetDict, load_dataset
    from atdata_nb.notebook import browse, preview, progress, promote, publish
    from atdata_nb.protocols import (
        AbstractDataStore,
        AbstractIndex,
        DataSource,
        IndexEntry,
        Packable,
    )
    from atdata_nb.queries import col
    from atdata_nb.samples import DictSample, PackableSample, packable
    from atdata_nb.sandbox import sandbox
    from atdata_nb.scanning import map_shards
    from atdata_nb.schemas import diff_schemas, schema_from_type, schema_to_type
    from atdata_nb.shards import S3Source, URLSource
    from atdata_nb.stores import LocalDiskStore, S3DataStore
    from atdata_nb.tables import describe

__all__ = [
    "AbstractDataStore",
    "AbstractIndex",
    "AtUri",
    "AtmosphereClient",
    "AtmosphereIndex",
    "BlobSource",
    "DataSource",
    "Dataset",
    "DatasetDict",
    "DictSample",
    "IndexEntry",
    "Lens",
    "LensNetwork",
    "LocalDiskStore",
    "LocalIndex",
    "PDSBlobStore",
    "Packable",
    "PackableSample",
    "S3DataStore",
    "S3Source",
    "SampleBatch",
    "URLSource",
    "browse",
    "check_lens_laws",
    "col",
    "describe",
    "diff_schemas",
    "discover",
    "flows",
    "from_arrow",
    "from_folder",
    "from_huggingface",
    "from_pandas",
    "from_webdataset",
    "generate_cid",
    "lens",
    "load_dataset",
    "map_shards",
    "packable",
    "plan_promote",
    "plan_publish",
    "preview",
    "progress",
    "promote",
    "promote_to_atmosphere",
    "publish",
    "sandbox",
    "schema_from_type",
    "schema_to_type",
    "structural_lens",
    "verify_cid",
]

# Where each of them lives.
_HOMES = {
    "AbstractDataStore": "protocols",
    "AbstractIndex": "protocols",
    "AtUri": "atmosphere",
    "AtmosphereClient": "atmosphere",
    "AtmosphereIndex": "atmosphere",
    "BlobSource": "atmosphere",
    "DataSource": "protocols",
    "Dataset": "dataset",
    "DatasetDict": "loading",
    "DictSample": "samples",
    "IndexEntry": "protocols",
    "Lens": "lenses",
    "LensNetwork": "lenses",
    "LocalDiskStore": "stores",
    "LocalIndex": "index",
    "PDSBlobStore": "atmosphere",
    "Packable": "protocols",
    "PackableSample": "samples",
    "S3DataStore": "stores",
    "S3Source": "shards",
    "SampleBatch": "batch",
    "URLSource": "shards",
    "browse": "notebook",
    "discover": "atmosphere",
    "check_lens_laws": "lenses",
    "col": "queries",
    "describe": "tables",
    "diff_schemas": "schemas",
    "flows": "flows",
    "from_arrow": "bridges",
    "from_folder": "bridges",
    "from_huggingface": "bridges",
    "from_pandas": "bridges",
    "from_webdataset": "bridges",
    "generate_cid": "cid",
    "lens": "lenses",
    "load_dataset": "loading",
    "map_shards": "scanning",
    "packable": "samples",
    "plan_promote": "flows",
    "plan_publish": "flows",
    "preview": "notebook",
    "progress": "notebook",
    "promote": "notebook",
    "promote_to_atmosphere": "flows",
    "publish": "notebook",
    "sandbox": "sandbox",
    "schema_from_type": "schemas",
    "schema_to_type": "schemas",
    "structural_lens": "lenses",
    "verify_cid": "cid",
    # IPython's own, for %load_ext.
    "load_ipython_extension": "magics",
    "unload_ipython_extension": "magics",
}

# What the packages are called in pyproject.toml that a whole part of the house rests on.
_EXTRAS = {"atmosphere": "atmosphere", "bridges": "bridges", "flows": "atmosphere"}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("atdata-nb")
    home = _HOMES.get(name)
    if home is None:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    module = _module(home)
    # Importing anything below atdata_nb.sandbox makes at.sandbox that package, which can be called.
    value = module if home == name else getattr(module, name)
    globals()[name] = value
    return value


def _module(home: str) -> Any:
    try:
        return import_module(f"{__name__}.{home}")
    except ModuleNotFoundError as error:
        if home not in _EXTRAS or (error.name or "").startswith(__name__):
            raise
        from atdata_nb.errors import MissingExtraError

        message = f"{error.name} is not installed: pip install 'atdata-nb[{_EXTRAS[home]}]'"
        raise MissingExtraError(message) from error


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES, "__version__"})
