"""Benchmarks: ``python -m benchmarks [reading|index|schemas …]`` prints tables.

``ATDATA_NB_BENCH`` names the folder for the measured files (needs 4 GB for a while).
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from importlib import import_module
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

TABLES = (
    "reading",
    "writing",
    "access",
    "index",
    "pictures",
    "previews",
    "schemas",
    "network",
    "flows",
    "scale",
    "queries",
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("tables", nargs="*", help=", ".join(TABLES))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--shards", type=int, default=40, help="of the table scale")
    parser.add_argument("--samples", type=int, default=5000, help="a shard, of the table scale")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="atdata-nb-bench-") as made:
        folder = Path(os.environ.get("ATDATA_NB_BENCH", made))
        for name in wanted.tables or TABLES:
            module = import_module(name)
            if name == "index":
                module.run()
            elif name == "scale":
                module.bench(folder, wanted.rounds, wanted.shards, wanted.samples)
            else:
                module.bench(folder, wanted.rounds)


if __name__ == "__main__":
    main()
