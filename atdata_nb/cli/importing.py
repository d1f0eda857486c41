"""Importing: the command that takes over an index of the atdata package."""

from __future__ import annotations

import json as json_format
from dataclasses import asdict
from typing import Annotated

import typer

from atdata_nb.cli import network  # noqa: TC001 - typer reads annotations when it runs


def import_(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="SQLite file, or redis:// URL.")],
    *,
    json: network.Json = False,
) -> None:
    """Take over an index of the atdata package; data itself is for `publish`."""
    report = context.obj.open_index().import_atdata(source)
    typer.echo(json_format.dumps(asdict(report), ensure_ascii=False) if json else repr(report))
