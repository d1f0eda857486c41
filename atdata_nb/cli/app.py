"""App: the command line as a whole: what commands share, and how they fail."""

from __future__ import annotations

import os
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from atdata_nb.cli import (
    STOPPED,
    STOPPED_SENTENCE,
    commands,
    flows,
    importing,
    lab,
    looking,
    network,
    schemas,
    services,
    verifying,
)
from atdata_nb.cli.examples import epilog
from atdata_nb.cli.session import Session
from atdata_nb.errors import AtdataError, FlowCancelledError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FAILED = 1


class Commands(TyperGroup):
    """The commands; Ctrl-C ends any of them with a sentence."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        # Any: the context is click's or typer's own, by the version of typer.
        try:
            return super().invoke(ctx)
        except (KeyboardInterrupt, typer.Abort):
            typer.echo(STOPPED_SENTENCE, err=True, nl=False)
            raise typer.Exit(STOPPED) from None


app = typer.Typer(
    name="atdata-nb",
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
_COMMANDS: dict[str, Callable[..., None]] = {
    "lab": lab.lab,
    "demo": commands.demo,
    "ls": commands.ls,
    "show": commands.show,
    "preview": looking.preview,
    "describe": looking.describe,
    "import": importing.import_,
    "publish": flows.publish,
    "promote": flows.promote,
    "resume": flows.resume,
    "verify": verifying.verify,
    "diagnose": services.diagnose,
    "version": commands.version,
    "login": network.login,
    "logout": network.logout,
    "whoami": network.whoami,
}
for name, command in _COMMANDS.items():
    app.command(name, epilog=epilog(name))(command)
app.add_typer(services.local, name="local")
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
    except FlowCancelledError as error:
        # Ctrl-C in a run, which says by itself what it has left.
        _say(error, debug=session.debug)
        return STOPPED
    except Exception as error:  # noqa: BLE001 - the last stop: a user gets a sentence
        _say(error, debug=session.debug)
        return FAILED
    return 0


def _say(error: Exception, *, debug: bool) -> None:
    if debug:
        traceback.print_exception(error)
    elif isinstance(error, AtdataError | OSError):
        typer.echo(f"atdata-nb: {_sentence(error)}", err=True)
    else:
        kind = type(error).__name__
        typer.echo(f"atdata-nb: unexpected {kind}: {error}", err=True)
        typer.echo("With --debug before the command it says where.", err=True)


def _sentence(error: Exception) -> str:
    """Return what a user reads; what the system says by a number comes with what to do."""
    if isinstance(error, AtdataError) or not isinstance(error, OSError) or not error.strerror:
        return str(error)
    from atdata_nb.index.faults import of_system

    place = Path("." if error.filename is None else os.fsdecode(error.filename))
    return str(of_system(error, place))
