"""The command ``atdata-nb``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and leave with its exit status: 0 done, 1 failed, 2 misused."""
    try:
        from atdata_nb.cli.app import run
    except ImportError as error:
        sys.exit(f"atdata-nb: {error.name} is not installed; pip install 'atdata-nb[cli]'")
    sys.exit(run(sys.argv[1:]))
