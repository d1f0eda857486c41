"""Lab: the command that opens JupyterLab on the datasets of this machine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from atdata_nb.errors import MissingExtraError


def lab(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Where to work.")] = Path(),
    *,
    browser: Annotated[bool, typer.Option(help="Open a browser; else only say where.")] = True,
) -> None:
    """Open JupyterLab; an index that is still empty is filled with the demo's datasets first."""
    from importlib.util import find_spec

    if find_spec("jupyterlab") is None:
        raise MissingExtraError("JupyterLab is not installed: pip install 'atdata-nb[all]'")
    index = context.obj.open_index()
    if not index.page(limit=1).items and find_spec("sklearn") is not None:
        from atdata_nb.demo import fill

        typer.echo(repr(fill(index)), err=True)
    index.close()
    options = [] if browser else ["--no-browser"]
    if not folder.is_dir():
        raise typer.BadParameter(f"{folder} is no folder")
    done = subprocess.run(  # noqa: S603 - this interpreter, and a folder of the user's
        [sys.executable, "-m", "jupyterlab", *options, str(folder)], check=False
    )
    if done.returncode:
        raise typer.Exit(done.returncode)
