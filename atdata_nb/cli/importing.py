"""Importing: the command that takes over an index of the atdata package, or data of any kind."""

from __future__ import annotations

import json as json_format
from pathlib import Path
from typing import Annotated

import typer

from atdata_nb.cli import network  # noqa: TC001 - typer reads annotations when it runs
from atdata_nb.cli.listing import as_json

_INDEXES = (".db", ".sqlite", ".sqlite3")


def import_(
    context: typer.Context,
    source: Annotated[
        str,
        typer.Argument(
            help="An index: SQLite file or redis:// URL. Or data: a folder of images or sounds, "
            "a table (.csv .jsonl .parquet .arrow), a .tar of webdataset."
        ),
    ],
    *,
    name: Annotated[
        str | None, typer.Option(help="What to list data under; else like its file.")
    ] = None,
    description: Annotated[str | None, typer.Option(help="What it is, for searches.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="A tag; may be given again.")] = None,
    license: Annotated[  # noqa: A002 - the field's own word
        str | None, typer.Option(help="SPDX expression or URL.")
    ] = None,
    json: network.Json = False,
) -> None:
    """Take over an index of the atdata package, or write data as a dataset of this index."""
    index = context.obj.open_index()
    if _is_index(source):
        report = index.import_atdata(source)
        facts = {
            "datasets": report.datasets,
            "unchanged": report.unchanged,
            "schemas": report.schemas,
            "lenses": report.lenses,
            "notes": list(report.notes),
            "skipped": list(report.skipped),
        }
        typer.echo(json_format.dumps(facts, ensure_ascii=False) if json else repr(report))
        return
    from atdata_nb.bridges.files import from_path

    ds = from_path(source, name=name)
    entry = index.write_samples(
        ds, name=ds.name or "rows", description=description, tags=tag or (), license=license
    )
    typer.echo(as_json(entry) if json else repr(entry))


def _is_index(source: str) -> bool:
    if "://" in source or source.lower().endswith(_INDEXES):
        return True
    try:
        with Path(source).expanduser().open("rb") as file:
            return file.read(15) == b"SQLite format 3"
    except OSError:
        return False
