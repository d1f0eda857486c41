"""Session: what one call of the command line works on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from atdata_nb.index import LocalIndex


@dataclass(slots=True)
class Session:
    """Options that stand before the command.

    Attributes:
        folder: folder of the index, or None for the default one.
    """

    folder: Path | None = None
    debug: bool = False

    def open_index(self) -> LocalIndex:
        """Open the index, which makes it where there is none."""
        from atdata_nb.index import LocalIndex

        return LocalIndex(self.folder)
