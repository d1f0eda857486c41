"""Verifying: the command that reads shards again and compares them with what was written."""

from __future__ import annotations

import json as json_format
from dataclasses import asdict
from typing import Annotated

import typer

from atdata_nb.cli import network
from atdata_nb.cli.opening import Name  # noqa: TC001 - typer reads annotations when it runs


def verify(
    context: typer.Context,
    name: Name,
    *,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress.")] = False,
    json: network.Json = False,
) -> None:
    """Check all shards of a dataset against their checksums; exit status 1 if one fails."""
    if network.is_published(name):
        network.verify(name, json=json, quiet=quiet)
        return
    index = context.obj.open_index()

    def tell(done: int, total: int) -> None:
        typer.echo(f"\r{done:,} of {total:,} shards", err=True, nl=done == total)

    report = index.verify(name, progress=None if quiet else tell)
    if json:
        checks = [asdict(check) for check in report.shards]
        facts = {"ref": report.ref, "ok": report.ok, "bytes": report.bytes, "shards": checks}
        typer.echo(json_format.dumps(facts, ensure_ascii=False))
    else:
        typer.echo(repr(report))
    if not report.ok:
        raise typer.Exit(1)
