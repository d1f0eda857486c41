"""Write docs/cli.md: every command of the app, with its arguments, options and examples."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import typer

from atdata_nb.cli.app import app
from atdata_nb.cli.examples import examples_of

PLACE = Path(__file__).parent.parent / "docs" / "cli.md"
_EVERYWHERE = {"help", "install_completion", "show_completion"}
HEAD = """# Command line

`atdata-nb` leaves with 0 when it did what it was told, with 1 when it failed or found something
wrong, with 2 when it was called wrongly, with 130 when Ctrl-C ended it. What went wrong is one
sentence on standard error; `--debug` before the command shows where. `--json` prints what programs
read. `atdata-nb --install-completion` teaches your shell the commands, and the names of your
datasets.

This page is generated (`make docs`); the tests compare it with the app.
"""


def reference() -> str:
    """Return the page."""
    group: Any = typer.main.get_command(app)
    parts = [HEAD, "## Before any command\n", *_table(_told(group))]
    for words, command in leaves(group):
        parts += ["", *_section(words, command)]
    return "\n".join(parts).rstrip() + "\n"


def leaves(group: Any, words: tuple[str, ...] = ()) -> list[tuple[str, Any]]:
    """Return all commands by their words, those of groups included."""
    found: list[tuple[str, Any]] = []
    for name, command in group.commands.items():
        here = (*words, name)
        found += (
            leaves(command, here) if hasattr(command, "commands") else [(" ".join(here), command)]
        )
    return found


def _section(words: str, command: Any) -> list[str]:
    arguments = [_named(each) for each in command.params if each.param_type_name == "argument"]
    usage = " ".join(
        ("atdata-nb", words, *(["[OPTIONS]"] if _options(command) else []), *arguments)
    )
    help_text = " ".join((command.help or "").split())
    lines = [f"## {words}\n", f"{help_text}\n", "```sh", usage, "```\n"]
    if told := _told(command):
        lines += [*_table(told), ""]
    if examples := examples_of(words):
        lines += ["Examples:\n", "```sh", *examples, "```"]
    return lines


def _named(argument: Any) -> str:
    name = argument.metavar or argument.name.upper()
    if name.startswith("["):
        return str(name)
    return name if argument.required else f"[{name}]"


def _options(command: Any) -> list[Any]:
    return [each for each in command.params if each.param_type_name == "option"]


def _told(command: Any) -> list[tuple[str, str]]:
    rows = []
    for each in command.params:
        if getattr(each, "hidden", False) or each.name in {
            "help",
            "install_completion",
            "show_completion",
        }:
            continue
        is_option = each.param_type_name == "option"
        names = ", ".join((*each.opts, *each.secondary_opts)) if is_option else _named(each)
        rows.append((names, " ".join((getattr(each, "help", None) or "").split())))
    return rows


def _table(rows: list[tuple[str, str]]) -> list[str]:
    lines = [f"| `{names}` | {told.replace('|', chr(92) + '|')} |" for names, told in rows]
    return ["| | |", "|---|---|", *lines]


if __name__ == "__main__":
    PLACE.write_text(reference(), encoding="utf-8")
    sys.stdout.write(f"{PLACE.name}\n")
