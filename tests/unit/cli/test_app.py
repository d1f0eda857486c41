from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import atdata_nb as at


@at.packable
class Reading:
    station: str
    celsius: float


@pytest.fixture
def filled(command: Any) -> Any:
    rows = [Reading("Lund", -3.5), Reading("Kiruna", -21.0)]
    command.index.write_samples(rows, name="winter", tags=["weather"], license="CC0-1.0")
    command.index.write_samples(rows[:1], name="winter", tags=["weather"])
    command.index.write_samples(rows, name="autumn")
    return command


def test_an_empty_index_says_how_to_fill_it(command: Any) -> None:
    said = command("ls")
    assert (said.status, said.out) == (0, "")
    assert "atdata-nb demo" in said.err


def test_a_listing_has_one_line_a_dataset_with_its_newest_version(filled: Any) -> None:
    lines = [line.split() for line in filled("ls").out.splitlines()]
    assert lines == [
        ["NAME", "VERSION", "SAMPLES", "BYTES", "SCHEMA", "TAGS"],
        ["autumn", "1.0.0", "2", "10,240", "Reading@1.0.0"],
        ["winter", "1.1.0", "1", "10,240", "Reading@1.0.0", "weather"],
    ]


def test_a_query_lists_what_matches(filled: Any) -> None:
    for words in (["weather"], ["winter", "weather"], ["winter weather"]):
        assert filled("ls", *words).out.splitlines()[1].startswith("winter")
    said = filled("ls", "sunshine")
    assert (said.status, said.out, said.err) == (0, "", "No dataset matches.\n")


def test_a_listing_that_is_cut_says_how_much_is_left(filled: Any) -> None:
    said = filled("ls", "--limit", "1")
    assert len(said.out.splitlines()) == 2
    assert said.err == "1 more: --limit 2\n"


def test_programs_read_one_json_object_a_line(filled: Any) -> None:
    rows = [json.loads(line) for line in filled("ls", "--json").out.splitlines()]
    assert [(row["name"], row["samples"]) for row in rows] == [("autumn", 2), ("winter", 1)]


def test_show_tells_the_facts_the_schema_and_the_other_versions(filled: Any) -> None:
    out = filled("show", "winter").out
    for fact in ("winter@1.1.0", "weather", "Reading 1.0.0", "celsius", "Other versions: 1.0.0"):
        assert fact in out
    assert "CC0-1.0" in filled("show", "winter@1.0.0").out


def test_programs_read_what_show_tells_as_one_object(filled: Any) -> None:
    told = json.loads(filled("show", "winter", "--json").out)
    assert (told["name"], told["version"], told["other_versions"]) == ("winter", "1.1.0", ["1.0.0"])
    assert [field["name"] for field in told["schema"]["fields"]] == ["station", "celsius"]


def test_programs_read_what_verifying_found(filled: Any) -> None:
    said = filled("verify", "winter@1.0.0", "--quiet", "--json")
    told = json.loads(said.out)
    assert (said.status, told["ref"], told["ok"]) == (0, "winter@1.0.0", True)
    assert [check["outcome"] for check in told["shards"]] == ["same"]
    Path(filled.index.get_dataset("winter@1.0.0").data_urls[0]).write_bytes(b"another")
    said = filled("verify", "winter@1.0.0", "--quiet", "--json")
    told = json.loads(said.out)
    assert (said.status, told["ok"], told["shards"][0]["outcome"]) == (1, False, "failed")


@pytest.mark.parametrize("command_line", [("show", "x", "--json"), ("verify", "x", "--json")])
def test_a_program_reads_nothing_where_a_command_fails(
    command: Any, command_line: tuple[str, ...]
) -> None:
    said = command(*command_line)
    assert (said.status, said.out) == (1, "")
    assert "Traceback" not in said.err


def test_programs_read_what_the_demo_added_and_which_version_this_is(command: Any) -> None:
    first, again = (json.loads(command("demo", "--json").out) for _ in range(2))
    assert set(first) == {"added", "kept", "missing"}
    assert "digits@1.0.0" in first["added"]
    assert (again["added"], again["kept"]) == ([], first["added"])
    assert json.loads(command("version", "--json").out) == {"version": at.__version__}


def test_a_name_that_is_not_there_fails_with_a_sentence(filled: Any) -> None:
    said = filled("show", "wintre")
    assert said.status == 1
    assert said.out == ""
    assert "wintre" in said.err
    assert "Traceback" not in said.err


def test_debug_says_where_an_error_came_from(filled: Any) -> None:
    assert "Traceback" in filled("--debug", "show", "nothing").err


def test_an_unknown_command_is_misuse(command: Any) -> None:
    said = command("nothing")
    assert said.status == 2
    assert "No such command" in said.err


def test_an_index_of_the_published_package_is_taken_over(command: Any, fixtures: Path) -> None:
    database = str(fixtures / "atdata-0.7.0b1" / "index.db")
    assert "3 new" in command("import", database).out
    assert "0 new" in command("import", database).out
    assert len(command.index.list_datasets()) == 3


def test_a_file_that_is_no_index_fails_with_a_sentence(command: Any, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    other.write_text("not a database")
    said = command("import", str(other))
    assert said.status == 1
    assert "other.db" in said.err


def test_the_installed_command_hands_on_its_exit_status(tmp_path: Path) -> None:
    """TRAPS C30."""
    program = Path(sys.executable).with_name("atdata-nb")
    done = subprocess.run([program, "--index", tmp_path, "show", "x"], check=False, text=True)
    assert done.returncode == 1
    version = subprocess.run([program, "version"], check=True, text=True, capture_output=True)
    assert version.stdout == f"{at.__version__}\n"
