"""Flows: commands that publish into the index, promote to the network, and go on after a fall."""

from __future__ import annotations

import json as json_format
import os
import sys
from pathlib import Path  # noqa: TC003 - typer reads annotations when it runs
from typing import TYPE_CHECKING, Annotated, Any

import typer

from atdata_nb.cli import network
from atdata_nb.cli.progress import shown
from atdata_nb.errors import AtdataError, FlowError, LoginError, PlanBlockedError

if TYPE_CHECKING:
    from atdata_nb.atmosphere import AtmosphereClient
    from atdata_nb.flows import Plan, Result, Run, Unfinished

_Description = Annotated[str | None, typer.Option(help="What it is, in a sentence or two.")]
_Tags = Annotated[list[str] | None, typer.Option("--tag", help="A word to find it by; repeatable.")]
_License = Annotated[str | None, typer.Option(help="SPDX identifier, like CC-BY-4.0, or a URL.")]
_Version = Annotated[str | None, typer.Option(help="MAJOR.MINOR.PATCH; else the one that fits.")]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Show the plan, and do nothing.")]
_Yes = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]
_OnExisting = Annotated[
    str, typer.Option(help="If the name is taken: 'new version', replace or stop.")
]


def publish(
    context: typer.Context,
    path: Annotated[
        Path,
        typer.Argument(
            help="A shard; a folder of shards, images or sounds; a table (.csv .jsonl .parquet "
            ".arrow); a tar file of webdataset."
        ),
    ],
    *,
    name: Annotated[str, typer.Option(help="What to list it under.")],
    description: _Description = None,
    tags: _Tags = None,
    license: _License = None,  # noqa: A002 - the field's own word
    version: _Version = None,
    on_existing: _OnExisting = "new version",
    copy: Annotated[
        bool, typer.Option(help="Copy shards to the index's own; else they stay where they are.")
    ] = True,
    dry_run: _DryRun = False,
    yes: _Yes = False,
    json: network.Json = False,
) -> None:
    """Write data into the index, on this machine only; the plan is shown first."""
    from atdata_nb.flows import plan_publish

    plan = plan_publish(
        path,
        index=context.obj.open_index(),
        name=name,
        description=description,
        tags=tags or (),
        license=license,
        version=version,
        on_existing=_existing(on_existing),
        copy=copy,
    )
    _carry_out(plan, dry_run=dry_run, yes=yes, json=json)


def promote(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="NAME or NAME@VERSION in the index.")],
    *,
    place: Annotated[
        str, typer.Option(help="Where the shards go: blobs, s3, or urls to leave them.")
    ] = "blobs",
    bucket: Annotated[str | None, typer.Option(help="For s3: name of the bucket.")] = None,
    credentials: Annotated[
        str | None, typer.Option(help="For s3: .env file or profile; else the environment.")
    ] = None,
    public_url: Annotated[
        str | None, typer.Option(help="For s3: what stands before the keys in public addresses.")
    ] = None,
    as_name: Annotated[str | None, typer.Option("--as", help="Another name, there.")] = None,
    description: _Description = None,
    tags: _Tags = None,
    license: _License = None,  # noqa: A002 - the field's own word
    version: _Version = None,
    on_existing: _OnExisting = "new version",
    dry_run: _DryRun = False,
    yes: _Yes = False,
    json: network.Json = False,
) -> None:
    """Promote a dataset to the network, for everybody to see; the plan is shown first."""
    from atdata_nb.flows import plan_promote

    index = context.obj.open_index()
    entry = index.get_dataset(name)
    plan = plan_promote(
        entry,
        index=index,
        client=signed_in(),
        place=_one_of(place, "--place", "blobs", "s3", "urls"),
        store=_bucket(bucket, credentials),
        public_url=public_url,
        name=as_name,
        description=description,
        tags=tags,
        license=license,
        version=version,
        on_existing=_existing(on_existing),
    )
    _carry_out(plan, dry_run=dry_run, yes=yes, json=json)


def resume(
    context: typer.Context,
    *,
    roll_back: Annotated[
        bool, typer.Option("--roll-back", help="Take back what was made, instead.")
    ] = False,
    credentials: Annotated[
        str | None,
        typer.Option(help="Where shards go to a bucket: .env file or profile; else environment."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what there is.")] = False,
    json: network.Json = False,
) -> None:
    """Go on with promotions that were cut short; exit status 1 if one of them can't.

    Publishing is all or nothing: cut short it has left nothing, and is begun anew.
    """
    from atdata_nb.flows import unfinished

    found = unfinished(context.obj.open_index())
    if json and dry_run:
        told = [{"name": one.name, "title": one.title, "handle": one.handle} for one in found]
        typer.echo(_as_json(unfinished=told))
        return
    if not found:
        typer.echo(_as_json(results=[]) if json else "No promotion was cut short.")
        return
    ends = [
        _go_on(one, credentials, roll_back=roll_back, dry_run=dry_run, json=json) for one in found
    ]
    if json:
        typer.echo(_as_json(results=ends))
    if any("error" in end for end in ends):
        raise typer.Exit(1)


def _go_on(
    one: Unfinished, credentials: str | None, *, roll_back: bool, dry_run: bool, json: bool
) -> dict[str, Any]:
    typer.echo(repr(one), err=json)
    if dry_run:
        return {}
    try:
        store = None if credentials is None else _bucket(one.bucket or None, credentials)
        if roll_back:
            end = {"name": one.name, "rolled_back": one.roll_back(_from_env(), store=store)}
        else:
            end = {"name": one.name, **run_shown(one.plan(_from_env(), store)).to_dict()}
    except AtdataError as error:
        # One that can't go on keeps no other from it.
        typer.echo(f"atdata-nb: {error}", err=True)
        return {"name": one.name, "error": str(error)}
    if not json:
        typer.echo(end.get("rolled_back") or f"Published {end['uri']}")
    return end


def signed_in() -> AtmosphereClient:
    """Return a client of who is signed in, by the environment or by ``atdata-nb login``.

    Raises:
        LoginError: nobody is.
    """
    client = _from_env()
    if client is not None:
        return client
    try:
        return network.connect().login_from_keyring()
    except LoginError as error:
        raise LoginError(
            "nobody is signed in: atdata-nb login YOUR.HANDLE; or, without a key ring, "
            f"ATDATA_NB_HANDLE and ATDATA_NB_PASSWORD in the environment ({error})"
        ) from None


def _from_env() -> AtmosphereClient | None:
    if os.environ.get("ATDATA_NB_HANDLE") and os.environ.get("ATDATA_NB_PASSWORD"):
        return network.connect().login_from_env()
    return None


def _existing(value: str) -> Any:
    return _one_of(value, "--on-existing", "new version", "replace", "stop")


def _bucket(name: str | None, credentials: str | None) -> Any:
    if name is None:
        return None
    from atdata_nb.stores import S3DataStore

    return S3DataStore(credentials, bucket=name)


def _one_of(value: str, option: str, *choices: str) -> Any:
    if value not in choices:
        raise typer.BadParameter(f"{option} is one of: {', '.join(choices)}")
    return value


def _carry_out(plan: Plan, *, dry_run: bool, yes: bool, json: bool) -> None:
    if dry_run:
        typer.echo(_as_json(plan=plan.to_dict()) if json else repr(plan))
        plan.check()
        return
    if not json:
        typer.echo(repr(plan), err=True)
    plan.check()
    if not yes and not plan.is_done:
        _ask(plan)
    _tell(run_shown(plan), json=json)


def _ask(plan: Plan) -> None:
    if not sys.stdin.isatty():
        raise PlanBlockedError(
            "nobody is there to confirm it: --yes does it, --dry-run only shows it"
        )
    if not typer.confirm(f"{plan.confirm}?", err=True):
        raise FlowError("nothing was done")


def run_shown(plan: Plan) -> Result:
    """Carry a plan out, showing how far it is; an interrupt ends it, and says what it leaves."""
    from atdata_nb import flows

    with shown(plan) as tell:
        run = flows.start(plan)
        run.listen(tell)
        return _waited_for(run)


def _waited_for(run: Run) -> Result:
    try:
        return run.wait()
    except KeyboardInterrupt:
        run.cancel()
        return run.wait()


def _tell(result: Result, *, json: bool) -> None:
    typer.echo(_as_json(result=result.to_dict()) if json else repr(result))
    if result.verdict is not None and not result.verdict.ok:
        raise typer.Exit(1)


def _as_json(**facts: Any) -> str:
    return json_format.dumps(facts, ensure_ascii=False)
