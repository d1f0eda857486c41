"""Opening: the dataset that a word on the command line means, and the names that complete it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from atdata_nb.cli import network

if TYPE_CHECKING:
    from atdata_nb.cli.session import Session
    from atdata_nb.dataset import Dataset


def complete(context: typer.Context, incomplete: str) -> list[str]:
    """Return the names of the index that begin so, for the shell's completion."""
    from atdata_nb.index import LocalIndex

    # Options before the command are known already, but its callback did not run.
    folder = context.find_root().params.get("index")
    try:
        entries = LocalIndex(folder).page(limit=1000).items
    except Exception:  # noqa: BLE001 - a fault must not write into somebody's command line
        return []
    return [entry.name for entry in entries if entry.name.startswith(incomplete)]


Name = Annotated[
    str,
    typer.Argument(
        help="NAME, NAME@VERSION, CID, at://… or @handle/name.", autocompletion=complete
    ),
]
NameOrPath = Annotated[
    str,
    typer.Argument(
        help="NAME, NAME@VERSION, CID, at://…, @handle/name, or the path of a shard.",
        autocompletion=complete,
    ),
]


def open_dataset(session: Session, name: str) -> Dataset[Any]:
    """Return the dataset that a name or a path means.

    Raises:
        DatasetNotFoundError: nothing of that name is listed, and no such file is there.
    """
    from atdata_nb.dataset import Dataset

    if network.is_published(name):
        from atdata_nb.atmosphere import AtmosphereIndex

        found: Dataset[Any] = AtmosphereIndex(network.connect()).get_dataset(name).dataset()
        return found
    if name.endswith(".tar") or ".tar." in name or Path(name).is_file():
        return Dataset(name, name=Path(name).name)
    return session.open_index().get_dataset(name).dataset()
