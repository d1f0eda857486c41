"""Bridges: the field's other data as a Dataset – frames, tables, archives and folders.

Each gives a Dataset at once and reads what is behind it when samples are asked for; nothing is
copied to disk before the Dataset is written somewhere.
"""

from __future__ import annotations

from atdata_nb.bridges.files import from_path
from atdata_nb.bridges.folders import from_folder
from atdata_nb.bridges.frames import from_pandas
from atdata_nb.bridges.hugging_face import from_huggingface
from atdata_nb.bridges.tables import from_arrow
from atdata_nb.bridges.web_datasets import from_webdataset

__all__ = [
    "from_arrow",
    "from_folder",
    "from_huggingface",
    "from_pandas",
    "from_path",
    "from_webdataset",
]
