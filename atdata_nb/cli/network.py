"""Network: commands about accounts, published schemas and datasets, and the sandbox."""

from __future__ import annotations

import json as json_format
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from atdata_nb.cli.examples import epilog

if TYPE_CHECKING:
    from atdata_nb.atmosphere import AtmosphereClient, AtmosphereEntry
    from atdata_nb.atmosphere.proof import Step

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]

sandbox = typer.Typer(
    no_args_is_help=True, help="A network on this machine, to practise on.", add_completion=False
)


def is_published(name: str) -> bool:
    """Whether a name on the command line is one of the network rather than of the local index."""
    return name.startswith(("at://", "@"))


def connect() -> AtmosphereClient:
    """Return a client of the network that the environment names: the public one, if none."""
    from atdata_nb.atmosphere.environment import connect as client

    return client()


def login(
    handle: Annotated[str, typer.Argument(help="Your handle, like alice.example.org.")],
    *,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the app password from standard input.")
    ] = False,
    json: Json = False,
) -> None:
    """Log in with an app password; the session is kept in the system's key ring."""
    password = (
        typer.get_text_stream("stdin").readline().rstrip("\n")
        if password_stdin
        else typer.prompt("App password", hide_input=True)
    )
    client = connect().login(handle, password, remember=True)
    typer.echo(_account(client) if json else f"Logged in as {client.handle} ({client.did}).")


def logout(*, json: Json = False) -> None:
    """End the session and forget it."""
    client = connect().login_from_keyring()
    left = _account(client)
    client.logout()
    typer.echo(left if json else "Logged out.")


def whoami(*, json: Json = False) -> None:
    """Say who is logged in; exit status 1 if nobody is."""
    client = connect().login_from_keyring()
    typer.echo(_account(client) if json else f"{client.handle} ({client.did})")


def _account(client: AtmosphereClient) -> str:
    return json_format.dumps({"handle": client.handle, "did": client.did})


def schema(
    context: typer.Context,
    ref: Annotated[str, typer.Argument(help="Name, Name@1.0.0 or at://… of a schema.")],
    *,
    json: Json = False,
) -> None:
    """Show a schema, stored here or published by somebody."""
    from atdata_nb.atmosphere import AtmosphereIndex

    index: Any = AtmosphereIndex(connect()) if is_published(ref) else context.obj.open_index()
    found = index.get_schema(ref)
    typer.echo(json_format.dumps(found, ensure_ascii=False) if json else repr(found))


def show(name: str, *, json: bool) -> None:
    """Show a published dataset and its schema."""
    from atdata_nb.atmosphere import AtmosphereIndex

    entry = AtmosphereIndex(connect()).get_dataset(name)
    if json:
        facts = _facts(entry) | {"data_urls": entry.data_urls, "schema": entry.schema}
        typer.echo(json_format.dumps(facts, ensure_ascii=False))
    else:
        typer.echo(f"{entry!r}\n\n{entry.schema!r}")


def ls(repo: str, limit: int, *, json: bool) -> None:
    """List what somebody published, the newest first."""
    from itertools import islice

    from atdata_nb.atmosphere import AtmosphereIndex
    from atdata_nb.views.text import one_line

    for entry in islice(AtmosphereIndex(connect(), repo=repo).datasets, limit):
        # A stranger's words must not act on the terminal.
        line = f"{entry.uri}  {one_line(entry.name)}"
        typer.echo(json_format.dumps(_facts(entry), ensure_ascii=False) if json else line)


def _facts(entry: AtmosphereEntry) -> dict[str, Any]:
    return {
        "uri": str(entry.uri),
        "cid": entry.cid,
        "name": entry.name,
        "handle": entry.handle,
        "samples": entry.samples,
        "bytes": entry.bytes,
        "description": entry.description,
        "tags": list(entry.tags),
        "license": entry.license,
        "schema_ref": entry.schema_ref,
        "created_at": entry.created_at,
    }


def verify(name: str, *, json: bool, quiet: bool = False) -> None:
    """Verify a published dataset; exit status 1 if its proof or its data fails."""
    from atdata_nb.atmosphere import AtmosphereIndex

    entry = AtmosphereIndex(connect()).get_dataset(name)
    left, total = set(entry.data_urls), len(entry.data_urls)

    def tell(step: Step) -> None:
        if step.what in left:
            left.discard(step.what)
            done = total - len(left)
            typer.echo(f"\r{done:,} of {total:,} shards", err=True, nl=not left)

    verdict = entry.verify(on_step=None if quiet else tell)
    if json:
        steps = [asdict(step) for step in verdict.steps]
        facts = {"uri": verdict.uri, "ok": verdict.ok, "complete": verdict.complete}
        typer.echo(json_format.dumps(facts | {"steps": steps}, ensure_ascii=False))
    else:
        typer.echo(repr(verdict))
    if not verdict.ok:
        raise typer.Exit(1)


@sandbox.command(epilog=epilog("sandbox up"))
def up(
    *,
    pds: Annotated[int, typer.Option(min=1, help="Number of servers, the first time.")] = 1,
    json: Json = False,
) -> None:
    """Start the network; it stays until `down`, and keeps its data."""
    from atdata_nb.sandbox.background import Background, default_folder

    accounts = Background(default_folder()).up(pds=pds)
    _tell_status(json=json)
    for account in () if json else accounts.values():
        typer.echo(f"  {account.handle}  password: {account.password}")


@sandbox.command(epilog=epilog("sandbox status"))
def status(*, json: Json = False) -> None:
    """Say where the network runs; exit status 1 if it does not."""
    if not _tell_status(json=json):
        raise typer.Exit(1)


@sandbox.command(epilog=epilog("sandbox down"))
def down(*, json: Json = False) -> None:
    """Stop the network."""
    from atdata_nb.sandbox.background import Background, default_folder

    ran = Background(default_folder()).down()
    if json:
        typer.echo(json_format.dumps({"stopped": ran}))
    else:
        typer.echo("Stopped." if ran else "It did not run.")


def _tell_status(*, json: bool) -> bool:
    from atdata_nb.sandbox.background import Background, default_folder

    addresses = Background(default_folder()).status()
    if addresses is None:
        typer.echo("{}" if json else "The sandbox does not run: atdata-nb sandbox up")
        return False
    facts = {
        "ATDATA_NB_PLC_URL": addresses.plc,
        "ATDATA_NB_PDS_URL": addresses.servers[0].url,
        "relay": addresses.relay,
    }
    if json:
        typer.echo(json_format.dumps(facts))
    else:
        typer.echo("\n".join(f"{name}={value}" for name, value in facts.items()))
    return True
