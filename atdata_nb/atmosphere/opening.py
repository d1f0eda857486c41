"""Opening: a published dataset by its address or name, with nothing else given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atdata_nb.atmosphere.blob_source import BlobSource
from atdata_nb.atmosphere.client import AtmosphereClient
from atdata_nb.atmosphere.index import AtmosphereIndex
from atdata_nb.dataset import Dataset

if TYPE_CHECKING:
    from collections.abc import Callable

_BLOB = "/blob/"


def open_dataset(
    text: str,
    sample_type: type | None = None,
    *,
    connect: Callable[[], AtmosphereClient] = AtmosphereClient,
) -> Dataset[Any]:
    """Open ``at://did/collection/key``, ``at://did/blob/cid`` or ``@handle/name[@version]``.

    Args:
        text: what to open.
        sample_type: type of the samples; without one, that of the published schema.
        connect: makes the client, which is of the public network unless this says otherwise.

    Raises:
        DatasetNotFoundError: there is none.
        IdentityError: nobody is called so.
    """
    client = connect()
    if text.startswith("at://") and _BLOB in text:
        return Dataset(BlobSource([text], client), sample_type=sample_type)
    return AtmosphereIndex(client).get_dataset(text).dataset(sample_type)
