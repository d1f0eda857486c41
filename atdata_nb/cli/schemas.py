"""Schemas: the command that shows a schema, or what changed between two of them."""

from __future__ import annotations

import json as json_format
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from atdata_nb.cli import network
from atdata_nb.cli.examples import epilog


class ShowsByDefault(TyperGroup):
    """A group whose first word is a schema, unless it is one of its commands."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put ``show`` in front of what is no command."""
        # Any: the context is click's or typer's own, by the version of typer.
        if args and args[0] not in {*self.commands, *self.get_help_option_names(ctx)}:
            args = ["show", *args]
        return super().parse_args(ctx, args)


schemas = typer.Typer(
    cls=ShowsByDefault,
    no_args_is_help=True,
    help="Show a schema: NAME, NAME@1.0.0 or at://…; or what changed between two.",
)
schemas.command("show", hidden=True, epilog=epilog("schema show"))(network.schema)


@schemas.command("diff", epilog=epilog("schema diff"))
def diff(
    context: typer.Context,
    old: Annotated[str, typer.Argument(help="The schema before: NAME or NAME@1.0.0.")],
    new: Annotated[str, typer.Argument(help="The schema after.")],
    *,
    json: network.Json = False,
) -> None:
    """Show what changed from one schema to another, and whether data of each reads as the other."""
    from atdata_nb.schemas import diff_schemas

    index = context.obj.open_index()
    found = diff_schemas(index.get_schema(old), index.get_schema(new))
    if not json:
        typer.echo(repr(found))
        return
    facts = {
        "added": [field.name for field in found.added],
        "removed": [field.name for field in found.removed],
        "old_read_as_new": found.old_read_as_new,
        "new_read_as_old": found.new_read_as_old,
        "bump": found.bump,
    }
    typer.echo(json_format.dumps(facts, ensure_ascii=False))
