"""Lab: the command that opens JupyterLab on the datasets of this machine."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from atdata_nb.errors import MissingExtraError

if TYPE_CHECKING:
    from atdata_nb.cli.session import Session

# As the card in JupyterLab's launcher calls it.
TOUR: Final = "atdata-tour"


def lab(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Where to work.")] = Path(),
    *,
    browser: Annotated[bool, typer.Option(help="Open a browser; else only say where.")] = True,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Where it listens; else chosen.")
    ] = None,
    tour: Annotated[
        bool, typer.Option("--tour", help=f"Begin with the tour, copied to FOLDER/{TOUR}.")
    ] = False,
) -> None:
    """Open JupyterLab; the first time with the demo's datasets, and the tour to begin with."""
    from importlib.util import find_spec

    if find_spec("jupyterlab") is None:
        raise MissingExtraError("JupyterLab is not installed: pip install 'atdata-nb[all]'")
    if not folder.is_dir():
        raise typer.BadParameter(f"{folder} is no folder")
    options = [*_listening(port, browser=browser), f"--ServerApp.root_dir={folder.absolute()}"]
    if (_fill_empty(context.obj) or tour) and (first := unpack(folder)):
        options.append(f"--LabApp.default_url=/lab/tree/{first}")
    if context.obj.folder is not None:
        from atdata_nb.index.local import HOME_VARIABLE

        os.environ[HOME_VARIABLE] = str(context.obj.folder.absolute())
    sys.stderr.flush()
    # In this process's place: Ctrl-C is JupyterLab's own, which ends its kernels first.
    os.execv(sys.executable, [sys.executable, "-m", "jupyterlab", *options])  # noqa: S606


def unpack(folder: Path) -> str | None:
    """Copy those notebooks of the tour that are not there yet; return the first, if there is one.

    Its address is relative to the folder.
    """
    from jupyter_core.paths import jupyter_path

    places = (Path(place, "atdata-nb", "static", "tour") for place in jupyter_path("labextensions"))
    notebooks = sorted(next((p for p in places if p.is_dir()), Path()).glob("0*.ipynb"))
    if not notebooks:
        return None
    (folder / TOUR).mkdir(exist_ok=True)
    for notebook in notebooks:
        copy = folder / TOUR / notebook.name
        if not copy.exists():
            shutil.copyfile(notebook, copy)
    return f"{TOUR}/{notebooks[0].name}"


def _fill_empty(session: Session) -> bool:
    """Fill an index that is empty with the demo; return whether it was."""
    from importlib.util import find_spec

    with session.open_index() as index:
        if index.page(limit=1).items:
            return False
        if find_spec("sklearn") is not None:
            from atdata_nb.demo import fill

            typer.echo(repr(fill(index)), err=True)
    return True


def _listening(port: int | None, *, browser: bool) -> list[str]:
    # Who presses Ctrl-C is not asked whether they mean it.
    options = ["--ServerApp.answer_yes=True", *([] if browser else ["--no-browser"])]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # In a container one is often root, which JupyterLab must be told to accept.
        options.append("--allow-root")
    if port is not None:
        from atdata_nb.sandbox.ports import check_free

        options += [f"--ServerApp.port={check_free(port)}", "--ServerApp.port_retries=0"]
    return options
