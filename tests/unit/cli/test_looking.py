from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pytest
from numpy.typing import NDArray

import atdata_nb as at


@at.packable
class Measured:
    place: str
    celsius: float
    grid: Annotated[NDArray[np.uint8], (8, 8)]
    note: str | None = None


@pytest.fixture
def filled(command: Any) -> Any:
    places = ("Lund", "Kiruna", "[bold]Visby")
    rows = [
        Measured(place, float(i), np.full((8, 8), i, np.uint8)) for i, place in enumerate(places)
    ]
    command.index.write_samples(rows, name="winter")
    return command


def test_a_preview_is_a_table_of_the_first_samples(filled: Any) -> None:
    lines = filled("preview", "winter", "--rows", "2").out.splitlines()
    assert lines[0].split() == ["place", "celsius", "grid", "note"]
    assert [line.split()[0] for line in lines[1:]] == ["Lund", "Kiruna"]
    assert "uint8 8×8" in lines[1]


def test_what_a_sample_says_is_no_instruction_to_the_terminal(filled: Any) -> None:
    assert "[bold]Visby" in filled("preview", "winter").out


def test_programs_read_a_preview_as_one_object_a_line(filled: Any) -> None:
    rows = [json.loads(line) for line in filled("preview", "winter", "--json").out.splitlines()]
    assert rows[1] == {
        "place": "Kiruna",
        "celsius": 1.0,
        "grid": {"dtype": "uint8", "shape": [8, 8]},
        "note": None,
    }


def test_a_shard_can_be_looked_at_by_its_path(filled: Any) -> None:
    (shard,) = filled.index.get_dataset("winter").data_urls
    assert "Kiruna" in filled("preview", shard).out
    assert filled("preview", "nowhere.tar").err.startswith("atdata-nb: nowhere.tar")


def test_a_description_has_a_row_a_field_with_a_histogram(filled: Any) -> None:
    out = filled("describe", "winter").out
    celsius = next(line for line in out.splitlines() if line.startswith("celsius"))
    assert "0 … 2" in celsius
    assert "█" in celsius
    assert out.splitlines()[-1] == "3 samples"


def test_programs_read_a_description_as_one_object(filled: Any) -> None:
    told = json.loads(filled("describe", "winter", "--json").out)
    fields = {field["name"]: field for field in told["fields"]}
    assert told["samples"] == 3
    assert (fields["celsius"]["low"], fields["celsius"]["high"]) == (0.0, 2.0)
    assert sum(count for _, _, count in fields["celsius"]["histogram"]) == 3
    assert (fields["note"]["missing"], fields["place"]["distinct"]) == (3, 3)


def test_a_table_is_published_as_a_dataset(command: Any, tmp_path: Path) -> None:
    path = tmp_path / "cities.csv"
    path.write_text("city,population\nLund,94703\nKiruna,22423\n")
    said = command("publish", str(path), "--name", "cities", "--tag", "demo", "--yes")
    assert said.status == 0, said.err
    rows = list(command.index.get_dataset("cities").dataset())
    assert [(row.city, row.population) for row in rows] == [("Lund", 94703), ("Kiruna", 22423)]


def test_a_file_that_nobody_knows_fails_with_what_is_known(command: Any, tmp_path: Path) -> None:
    (tmp_path / "a.xyz").write_text("?")
    said = command("publish", str(tmp_path / "a.xyz"), "--name", "a")
    assert said.status == 1
    assert "a.xyz: what is this? Known are folders, and files that end in .csv" in said.err


def test_names_are_completed_from_the_index(filled: Any) -> None:
    program = Path(sys.executable).with_name("atdata-nb")
    line = f"atdata-nb --index {filled.index.path} preview win"
    asked = {"_ATDATA_NB_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": "4"}
    done = subprocess.run(
        [program], env={**os.environ, **asked}, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["winter"]
