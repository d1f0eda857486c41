"""Labels: the names, and versions, under which somebody's datasets are found."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from atdata_nb.atmosphere.aturi import AtUri
from atdata_nb.atmosphere.records import LABELS, LabelRecord, now
from atdata_nb.errors import DatasetNotFoundError, RecordError, SchemaVersionError
from atdata_nb.schemas.versions import Version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from atdata_nb.atmosphere.client import AtmosphereClient

_VERSIONED = re.compile(r"(.+)@([^@]+)")


class Labels:
    """The labels of any repository, and of one's own to write."""

    def __init__(self, client: AtmosphereClient) -> None:
        self._client = client

    def of(self, repo: str) -> Iterator[tuple[AtUri, LabelRecord]]:
        """Yield address and content of all labels of a repository; what is none is left out."""
        for record in self._client.list_records(LABELS, repo=repo):
            try:
                yield record.uri, LabelRecord.read(record.value)
            except RecordError:
                continue

    def find(self, repo: str, name: str) -> LabelRecord | None:
        """Return the label of ``name`` or ``name@version``; of several, the highest version.

        Versions compare as numbers; a label without one comes before all that have one.
        """
        found = [label for _, label in self.of(repo) if label.name == name]
        match = _VERSIONED.fullmatch(name)
        if not found and match:
            return next(
                (
                    label
                    for _, label in self.of(repo)
                    if label.name == match[1] and label.version == match[2]
                ),
                None,
            )
        return max(found, key=_order, default=None)

    def put(
        self, name: str, dataset_uri: str, *, version: str | None = None, description: str = ""
    ) -> AtUri:
        """Give a dataset a name; a label that says so already stays as it is.

        Raises:
            DatasetNotFoundError: there is no such dataset.
            RecordError: no label can say that.
        """
        target = AtUri.parse(dataset_uri)
        try:
            self._client.get_record(target)
        except KeyError as error:
            raise DatasetNotFoundError(f"no dataset {target} to give a name to") from error
        for uri, there in self.of(self._client.did):
            if (there.name, there.version, there.dataset_uri) == (name, version, str(target)):
                return uri
        label = LabelRecord(
            name=name,
            dataset_uri=str(target),
            created_at=now(),
            version=version,
            description=description or None,
        )
        return self._client.create_record(LABELS, label.to_record()).uri

    def of_dataset(self, repo: str, dataset: AtUri) -> list[AtUri]:
        """Return the addresses of the labels of a repository that name a dataset."""
        return [uri for uri, label in self.of(repo) if label.dataset_uri == str(dataset)]


def _order(label: LabelRecord) -> tuple[int, tuple[int, ...], str]:
    try:
        version = Version.parse(label.version or "")
    except SchemaVersionError:
        # Some other text: after no version at all, before any that is one.
        return (1 if label.version else 0, (), label.created_at)
    return (2, (version.major, version.minor, version.patch), label.created_at)
