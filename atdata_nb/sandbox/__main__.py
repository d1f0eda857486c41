"""``python -m atdata_nb.sandbox install``: fetch what the sandbox runs on, ahead of time."""

from __future__ import annotations

import sys

from atdata_nb.sandbox.install import install

if __name__ == "__main__":
    if sys.argv[1:] != ["install"]:
        sys.exit("usage: python -m atdata_nb.sandbox install")
    sys.stdout.write(f"{install()}\n")
