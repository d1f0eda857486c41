"""Commands: each prints what a person asked for; nothing else calls them."""

from __future__ import annotations

import json as json_format
from dataclasses import asdict
from typing import Annotated

import typer

from atdata_nb.cli import network
from atdata_nb.cli.listing import as_json, as_table
from atdata_nb.cli.opening import Name  # noqa: TC001 - typer reads annotations when it runs


def demo(context: typer.Context, *, json: network.Json = False) -> None:
    """Fill the index with a few real datasets; a second time changes nothing."""
    from atdata_nb.demo import fill

    filling = fill(context.obj.open_index())
    typer.echo(json_format.dumps(asdict(filling)) if json else repr(filling))


def ls(
    context: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[QUERY]", help="Words to search for, or @handle: what somebody published."
        ),
    ] = None,
    *,
    limit: Annotated[int, typer.Option(min=1, help="How many to list at most.")] = 50,
    json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List datasets, by name; with a query, those that match, best first."""
    query = " ".join(words or ())
    if network.is_published(query):
        network.ls(query, limit, json=json)
        return
    index = context.obj.open_index()
    page = index.search(query, limit=limit) if query else index.page(limit=limit)
    if json:
        typer.echo("".join(f"{as_json(entry)}\n" for entry in page.items), nl=False)
        return
    if not page.items:
        nothing = "No dataset matches." if query else "No datasets yet: try `atdata-nb demo`."
        typer.echo(nothing, err=True)
        return
    typer.echo(as_table(page.items))
    if page.total is not None and page.total > len(page.items):
        typer.echo(f"{page.total - len(page.items):,} more: --limit {page.total}", err=True)


def show(
    context: typer.Context,
    name: Name,
    *,
    json: network.Json = False,
) -> None:
    """Show a dataset: what is known of it, its schema, its other versions."""
    if network.is_published(name):
        network.show(name, json=json)
        return
    index = context.obj.open_index()
    entry = index.get_dataset(name)
    others = [item.version for item in index.versions(entry.name) if item.version != entry.version]
    if json:
        typer.echo(as_json(entry, schema=entry.schema, other_versions=others))
        return
    typer.echo(f"{entry!r}\n\n{entry.schema!r}")
    if others:
        typer.echo(f"\nOther versions: {', '.join(others)}")


def version(*, json: network.Json = False) -> None:
    """Print the version of this package."""
    from atdata_nb import __version__

    typer.echo(json_format.dumps({"version": __version__}) if json else __version__)
