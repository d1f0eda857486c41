"""The command ``atdata-nb``."""

from __future__ import annotations

import sys
from typing import Final

# What a shell gives for a program that Ctrl-C ended.
STOPPED: Final = 130
STOPPED_SENTENCE: Final = (
    "\natdata-nb: stopped; what was finished stays, the rest can be run again.\n"
)


def main() -> None:
    """Run the command line and leave with its exit status: 0 done, 1 failed, 2 misused."""
    try:
        status = _run(sys.argv[1:])
    except KeyboardInterrupt:
        # While the commands are still being imported.
        sys.stderr.write(STOPPED_SENTENCE)
        status = STOPPED
    sys.exit(status)


def _run(arguments: list[str]) -> int | str:
    try:
        from atdata_nb.cli.app import run
    except ImportError as error:
        return f"atdata-nb: {error.name} is not installed; pip install 'atdata-nb[cli]'"
    return run(arguments)
