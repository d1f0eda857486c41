"""App: the command line as a whole: what commands share, and how they fail."""

from __future__ import annotations

import traceback
from pathlib import Path  # noqa: TC003 - typer reads annotations when it runs
from typing import TYPE_CHECKING, Annotated

import typer

from atdata_nb.cli import commands, flows, network, schemas, services, verifying
from atdata_nb.cli.session import Session
from atdata_nb.errors import AtdataError

if TYPE_CHECKING:
    from collections.abc import Sequence

FAILED = 1

app = typer.Typer(
    name="atdata-nb",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("demo")(commands.demo)
app.command("ls")(commands.ls)
app.command("show")(commands.show)
app.command("import")(commands.import_)
app.command("verify")(verifying.verify)
app.add_typer(services.local, name="local")
app.command("diagnose")(services.diagnose)
app.command("version")(commands.version)
app.command("login")(network.login)
app.command("logout")(network.logout)
app.command("whoami")(network.whoami)
app.command("promote")(flows.promote)
app.add_typer(schemas.schemas, name="schema")
app.add_typer(network.sandbox, name="sandbox")


@app.callback()
def shared(
    context: typer.Context,
    *,
    index: Annotated[
        Path | None,
        typer.Option(help="Folder of the index; else $ATDATA_NB_HOME, else your own."),
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error came from.")] = False,
) -> None:
    """Typed datasets: what is on this machine, and what is in it."""
    session = context.ensure_object(Session)
    session.folder = index
    session.debug = debug


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit status: 0 done, 1 failed, 2 misused."""
    session = Session()
    try:
        app(list(arguments), obj=session)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else FAILED
    except Exception as error:  # noqa: BLE001 - the last stop: a user gets a sentence
        _say(error, debug=session.debug)
        return FAILED
    return 0


def _say(error: Exception, *, debug: bool) -> None:
    if debug:
        traceback.print_exception(error)
    elif isinstance(error, AtdataError | OSError):
        typer.echo(f"atdata-nb: {error}", err=True)
    else:
        kind = type(error).__name__
        typer.echo(f"atdata-nb: unexpected {kind}: {error}", err=True)
        typer.echo("With --debug before the command it says where.", err=True)
