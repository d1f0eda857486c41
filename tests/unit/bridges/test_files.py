from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import webdataset
from PIL import Image

from atdata_nb import packable
from atdata_nb.bridges import from_path
from atdata_nb.errors import SampleTypeError, ShardNotFoundError
from atdata_nb.shards import write_shard


@packable
class City:
    name: str
    people: int


FRAME = pd.DataFrame({"name": ["Lund", "Kiruna"], "people": [94_703, 22_423]})
WRITERS: dict[str, Any] = {
    "a.csv": lambda path: FRAME.to_csv(path, index=False),
    "a.tsv": lambda path: FRAME.to_csv(path, index=False, sep="\t"),
    "a.json": lambda path: FRAME.to_json(path, orient="records"),
    "a.jsonl": lambda path: FRAME.to_json(path, orient="records", lines=True),
    "a.parquet": FRAME.to_parquet,
    "a.feather": FRAME.to_feather,
    "a.tar": lambda path: write_shard(path, [City("Lund", 94_703), City("Kiruna", 22_423)]),
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_table_in_a_file_has_its_rows_as_samples(name: str, tmp_path: Path) -> None:
    WRITERS[name](tmp_path / name)
    rows = [(row.name, row.people) for row in from_path(tmp_path / name)]
    assert rows == [("Lund", 94_703), ("Kiruna", 22_423)]


def test_a_folder_of_shards_is_read_as_they_are(tmp_path: Path) -> None:
    for number in range(2):
        write_shard(tmp_path / f"{number}.tar", [City("Lund", number)])
    ds = from_path(tmp_path)
    assert [row.people for row in ds] == [0, 1]
    assert ds.list_shards() == [str(tmp_path / "0.tar"), str(tmp_path / "1.tar")]


def test_archives_with_a_member_a_field_are_webdatasets(tmp_path: Path) -> None:
    with webdataset.TarWriter(str(tmp_path / "a.tar")) as writer:
        writer.write({"__key__": "0", "cls": b"7"})
    assert [row.cls for row in from_path(tmp_path)] == [7]


def test_a_folder_without_archives_has_images_or_sounds(tmp_path: Path) -> None:
    Image.new("L", (3, 2)).save(tmp_path / "a.png")
    assert from_path(tmp_path)[0].image.shape == (2, 3)


def test_what_is_not_there_or_not_known_is_told(tmp_path: Path) -> None:
    with pytest.raises(ShardNotFoundError, match=r"b\.csv: there is no such file"):
        from_path(tmp_path / "b.csv")
    (tmp_path / "b.xyz").touch()
    with pytest.raises(SampleTypeError, match=r"b\.xyz: what is this"):
        from_path(tmp_path / "b.xyz")
