from __future__ import annotations

import io
import shlex
import sys
from pathlib import Path
from runpy import run_path
from typing import Any

import pytest
import typer

from atdata_nb.cli.app import app, run
from atdata_nb.cli.examples import EXAMPLES

ROOT = Path(__file__).parents[3]
SCRIPT = run_path(str(ROOT / "scripts" / "cli_reference.py"))
LEAVES: list[tuple[str, Any]] = SCRIPT["leaves"](typer.main.get_command(app))


def test_the_reference_is_the_one_of_this_command_line() -> None:
    page = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert page == SCRIPT["reference"](), "run: make docs"


def test_every_command_is_in_the_reference() -> None:
    page = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert {words for words, _ in LEAVES} == set(EXAMPLES)
    assert all(f"\n## {words}\n" in page for words in EXAMPLES)


@pytest.mark.parametrize(("words", "command"), LEAVES, ids=[words for words, _ in LEAVES])
def test_every_command_has_help_that_shows_its_examples(
    words: str, command: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*words.split(), "--help"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert all(f"atdata-nb {example}"[:60] in shown for example in EXAMPLES[words])
    for example in EXAMPLES[words]:
        given = {word for word in shlex.split(example) if word.startswith("--")} - {"--index"}
        known = {opt for each in command.params for opt in (*each.opts, *each.secondary_opts)}
        assert given <= known


@pytest.mark.parametrize(("words", "command"), LEAVES, ids=[words for words, _ in LEAVES])
def test_every_example_is_understood(words: str, command: Any) -> None:
    for example in EXAMPLES[words]:
        # What comes before the command belongs to the app, what comes after "<" to the shell.
        line = shlex.split(example.partition("<")[0])
        line = line[line.index(words.split(maxsplit=1)[0]) :]
        rest = line[1:] if words == "schema show" else line[len(words.split()) :]
        command.make_context(words, rest)


class Interrupted(io.StringIO):
    """A standard input at which somebody presses Ctrl-C."""

    def readline(self, *_: Any) -> str:
        # What Python's own handler does; another test may have left another handler behind.
        raise KeyboardInterrupt


def test_ctrl_c_ends_a_command_with_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", Interrupted())
    assert run(["login", "alice.test", "--password-stdin"]) == 130
    said = capsys.readouterr().err.strip()
    assert said == "atdata-nb: stopped; what was finished stays, the rest can be run again."
