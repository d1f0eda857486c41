"""Services: commands that start servers on this machine, and that look for what is wrong."""

from __future__ import annotations

import json as json_format
import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from atdata_nb.cli.examples import epilog

if TYPE_CHECKING:
    from atdata_nb.sandbox.local_services import LocalServices, Service

local = typer.Typer(no_args_is_help=True, help="A Redis and an S3 server on this machine.")
_Json = Annotated[bool, typer.Option("--json", help="As JSON.")]
_Port = Annotated[int | None, typer.Option(min=1, max=65535, help="Where it listens; else chosen.")]


@local.command(epilog=epilog("local up"))
def up(
    context: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[redis] [s3]", help="Which; else both.")
    ] = None,
    *,
    redis_port: _Port = None,
    s3_port: _Port = None,
    json: _Json = False,
) -> None:
    """Start them, where they do not run yet; exit status 1 if one can't be started."""
    services = _services(context)
    ports = {"redis": redis_port, "s3": s3_port}
    told = {name: port for name, port in ports.items() if port is not None}
    found = services.up(names, ports=told) if names else services.up(ports=told)
    _tell(services, found, json=json)
    if any(one.fault for one in found):
        raise typer.Exit(1)


@local.command(epilog=epilog("local down"))
def down(context: typer.Context, *, json: _Json = False) -> None:
    """End them; what they hold stays for the next time."""
    ended = _services(context).down()
    if json:
        typer.echo(json_format.dumps({"ended": list(ended)}))
        return
    typer.echo(f"Ended: {', '.join(ended)}." if ended else "Nothing was running.")


@local.command(epilog=epilog("local status"))
def status(context: typer.Context, *, json: _Json = False) -> None:
    """Say which run, and where; exit status 1 if one is there and does not answer."""
    services = _services(context)
    found = services.status()
    _tell(services, found, json=json)
    if any(one.state == "silent" for one in found):
        raise typer.Exit(1)


def _services(context: typer.Context) -> LocalServices:
    from atdata_nb.sandbox.local_services import LocalServices

    folder = context.obj.folder
    return LocalServices(None if folder is None else folder / "services")


def _tell(services: LocalServices, found: tuple[Service, ...], *, json: bool) -> None:
    if json:
        from msgspec.json import encode

        told = {"credentials": str(services.credentials), "services": [asdict(s) for s in found]}
        typer.echo(encode(told).decode())
        return
    for service in found:
        typer.echo(f"{service.name:<6} {service.state:<8} {service.url or ''}".rstrip())
        if service.fault:
            typer.echo(f"atdata-nb: {service.name}: {service.fault}", err=True)
    running = {service.name for service in found if service.state == "running"}
    if running:
        typer.echo("\n" + "\n".join(_how_to_use(services, running)))


def _how_to_use(services: LocalServices, running: set[str]) -> list[str]:
    from atdata_nb.sandbox.local_services import BUCKET, REDIS_VARIABLE

    lines = [f"Credentials are in {services.credentials}; to have them in the environment:"]
    lines.append(f'  set -a; . "{services.credentials}"; set +a')
    if "redis" in running:
        lines.append(f'  at.LocalIndex(redis=os.environ["{REDIS_VARIABLE}"])')
    if "s3" in running:
        lines.append("or name the file:")
        lines.append(f'  at.S3DataStore("{services.credentials}", bucket="{BUCKET}")')
    return lines


def diagnose(
    context: typer.Context,
    *,
    redis: Annotated[str | None, typer.Option(help="URL; else $ATDATA_NB_REDIS.")] = None,
    s3: Annotated[str | None, typer.Option(help="Name of a bucket.")] = None,
    credentials: Annotated[
        str | None, typer.Option(help=".env file or profile; else the environment.")
    ] = None,
    pds: Annotated[str | None, typer.Option(help="Address of a personal data server.")] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Put an object into the bucket and delete it again.")
    ] = False,
    timeout: Annotated[
        float, typer.Option(min=0.1, help="Seconds after which a silent server is given up.")
    ] = 5.0,
    json: _Json = False,
) -> None:
    """Look for what is wrong with index, servers and clocks; exit status 1 if anything is."""
    from atdata_nb.diagnosis import diagnose as look
    from atdata_nb.sandbox.local_services import REDIS_VARIABLE

    report = look(
        context.obj.folder,
        redis=redis or os.environ.get(REDIS_VARIABLE),
        s3=s3,
        credentials=credentials,
        pds=pds,
        write=write,
        timeout=timeout,
    )
    if json:
        from msgspec.json import encode

        told = {"ok": report.ok, "findings": [asdict(finding) for finding in report.findings]}
        typer.echo(encode(told).decode())
    else:
        typer.echo(repr(report))
    if not report.ok:
        raise typer.Exit(1)
