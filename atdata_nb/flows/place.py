"""Place: where the shards of a promoted dataset are for everybody to read."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, Protocol, TypeAlias

from atdata_nb.atmosphere.storage import Blob, Location

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from atdata_nb.atmosphere.storage import Storage
    from atdata_nb.flows.material import Material, Parcel
    from atdata_nb.flows.plan import Note, Step
    from atdata_nb.flows.work import Work

Carried: TypeAlias = Blob | Location
Watch: TypeAlias = "Callable[[int, int | None], None]"
PIECE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Survey:
    """What a place makes of the shards, before anything is moved.

    Attributes:
        steps: one a shard.
        storage: as the record will have it; ``…`` in it where only the run can know.
        moved: bytes to move; None where nobody knows.
        urls: every address that will be named.
        beside: what goes with the shards; empty where nothing does.
        warnings: what to know before.
        blockers: what speaks against it.
    """

    steps: tuple[Step, ...]
    storage: Storage
    moved: int | None
    urls: tuple[str, ...]
    warnings: tuple[Note, ...] = ()
    blockers: tuple[Note, ...] = ()
    beside: str = ""


class Place(Protocol):
    """A place for shards."""

    @property
    def words(self) -> str:
        """Where it is, as in "shards go …"."""
        ...

    @property
    def host(self) -> str:
        """Whose rate of transfer counts."""
        ...

    def survey(self, material: Material) -> Survey:
        """Look at what is there already; nothing is written."""
        ...

    def has(self, parcel: Parcel) -> tuple[Carried, ...] | None:
        """Return where a shard is, if it is there already."""
        ...

    def carry(self, parcel: Parcel, work: Work, watch: Watch) -> tuple[Carried, ...]:
        """Bring a shard there, unless it is; return where it, or what it was cut into, is."""
        ...

    def storage(self, carried: list[Carried]) -> Storage:
        """Return what the record says of where the shards are."""
        ...

    def undo(self, work: Work) -> None:
        """Take away what a run brought there, where it does not vanish by itself."""
        ...


@contextmanager
def file_of(parcel: Parcel, open_shard: Callable[[str], IO[bytes]]) -> Iterator[Path]:
    """Give the file of a shard; one that is elsewhere is copied here for as long, and checked."""
    if parcel.path is not None:
        yield parcel.path
        return
    with tempfile.TemporaryDirectory(prefix="atdata-nb-") as folder:
        path = Path(folder, "shard.tar")
        with open_shard(parcel.shard) as stream, path.open("wb") as file:
            while piece := stream.read(PIECE):
                file.write(piece)
            # Sources that can check compare what came with what is known.
            if hasattr(stream, "finish"):
                stream.finish()
        yield path
