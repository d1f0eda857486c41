"""Repository: what the user's own repository says already of a dataset that is promoted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from atdata_nb.atmosphere.labels import Labels
from atdata_nb.atmosphere.records import namespace_of
from atdata_nb.atmosphere.schema_plan import SchemaPlan
from atdata_nb.errors import SchemaVersionError
from atdata_nb.schemas.versions import Version

if TYPE_CHECKING:
    from atdata_nb.atmosphere.aturi import AtUri
    from atdata_nb.atmosphere.client import AtmosphereClient, Record
    from atdata_nb.atmosphere.records import LabelRecord
    from atdata_nb.schemas import Schema

# What differs between two records of the same.
_TIME: Final = {"createdAt": ""}


@dataclass(frozen=True, slots=True)
class Repository:
    """The records of who is logged in, as they were when they were looked at.

    Attributes:
        namespace: name of the namespace.
        schema: what publishing the schema comes to.
        namesakes: the datasets of that name, the newest first.
        labels: address and content of the labels of that name.
    """

    namespace: str
    schema: SchemaPlan
    namesakes: tuple[Record, ...]
    labels: tuple[tuple[AtUri, LabelRecord], ...]

    @classmethod
    def look(
        cls, client: AtmosphereClient, namespace: str, name: str, schema: Schema
    ) -> Repository:
        """Look at it.

        Raises:
            LoginError: nobody is logged in.
            UnreachableError: the server does not answer.
        """
        space = namespace_of(namespace)
        found = [
            record
            for record in client.list_records(space.dataset)
            if record.value.get("name") == name
        ]
        own = [(uri, label) for uri, label in Labels(client).of(client.did) if label.name == name]
        return cls(
            namespace=namespace,
            schema=SchemaPlan.of(schema, client, space),
            namesakes=tuple(sorted(found, key=_created, reverse=True)),
            labels=tuple(own),
        )

    def same(self, record: dict[str, Any]) -> Record | None:
        """Return the dataset that says the same, whenever it was published."""
        wanted = record | _TIME
        return next((one for one in self.namesakes if one.value | _TIME == wanted), None)

    def version_of(self, record: Record) -> str | None:
        """Return the version that a label gives to a dataset."""
        found = [label.version for _, label in self.labels if label.dataset_uri == str(record.uri)]
        return next((version for version in found if version), None)

    def next_version(self, wanted: str) -> str:
        """Return the version that a new dataset gets: the wanted one, or the first that is free."""
        taken = [version for _, label in self.labels if (version := _parsed(label.version))]
        highest = max(taken, default=None)
        if highest is None or Version.parse(wanted) > highest:
            return wanted
        return str(highest.bump("minor"))


def _parsed(text: str | None) -> Version | None:
    try:
        return Version.parse(text)
    except SchemaVersionError:
        return None


def _created(record: Record) -> str:
    return str(record.value.get("createdAt", ""))
