"""Manifests of the published package, as it wrote them (TRAPS C20)."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from atdata_nb import Dataset, packable
from atdata_nb.errors import ManifestError
from atdata_nb.manifests.published import read_published

WRITTEN = Path(__file__).parents[2] / "fixtures" / "atdata-0.7.0b1" / "manifests"


@packable
class Item:
    label: str
    n: int
    score: float
    valid: bool
    tags: list[str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(WRITTEN, tmp_path / "written"))


def test_a_published_manifest_is_read_with_what_it_says_of_its_samples(folder: Path) -> None:
    found = read_published(folder / "data.v1.tar")
    assert found is not None
    assert (found.shard, found.schema, found.samples) == ("data.v1", "Item", 5)
    assert found.columns["n"] == [0, 1, 2, 3, 4]
    assert found.columns["label"] == ["l0", "l1", "l0", "l1", "l0"]
    assert [s.n for s in Dataset[Item](folder / "data.v1.tar")] == found.columns["n"]


@pytest.mark.parametrize(
    ("shard", "faults"),
    [
        ("data.v1", ["its offsets are no places in the shard: [0, 41, 84] and not [1024, "]),
        (
            "sharded-000000",
            ["it calls its shard 'sharded', and lies beside 'sharded-000000'", "offsets are no"],
        ),
        (
            "sharded-000001",
            ["it calls its shard 'sharded-000000', and lies beside", "its offsets are no places"],
        ),
        (
            "sharded-000002",
            [
                "it counts 0 samples, the shard has 1",
                "it lists 0 samples, the shard has 1",
                "it has no values of 'n'",
                "it has no values of 'score'",
            ],
        ),
    ],
)
def test_its_faults_are_found(folder: Path, shard: str, faults: list[str]) -> None:
    """TRAPS C20: shard_id off by one, the last shard's emptied, offsets that are none."""
    found = read_published(folder / f"{shard}.tar")
    assert found is not None
    assert len(found.faults) == len(faults)
    for told, expected in zip(found.faults, faults, strict=True):
        assert expected in told


def test_it_is_never_trusted_so_no_sample_is_lost(folder: Path) -> None:
    """TRAPS C20: there, a query over five samples gave four."""
    ds = Dataset[Item](folder / "sharded-{000000..000002}.tar")
    some = ds.where("n >= 0 and score < 100")
    assert [sample.n for sample in some] == [0, 1, 2, 3, 4]
    assert repr(some.explain()).endswith(
        "scans 3 shards: no manifest but one of the published package, which can't be trusted"
    )
    assert ds.build_manifests() == 3
    assert ds.where("n == 4").explain().pruned == 2
    assert [sample.n for sample in ds.where("n == 4")] == [4]


def test_one_of_another_shard_is_found_out_by_its_keys(folder: Path) -> None:
    shutil.copy(
        folder / "sharded-000001.manifest.parquet", folder / "sharded-000000.manifest.parquet"
    )
    found = read_published(folder / "sharded-000000.tar")
    assert found is not None
    assert any(fault.startswith("its sample 0 is") for fault in found.faults)
    assert "its bounds of 'n' are not those of its values" in found.faults


def test_without_one_there_is_none_and_a_broken_one_is_an_error(folder: Path) -> None:
    told = folder / "sharded-000000.manifest.json"
    told.write_text("{}")
    with pytest.raises(ManifestError, match="no manifest of the published package"):
        read_published(folder / "sharded-000000.tar")
    told.write_text("[" * 100_000)
    with pytest.raises(ManifestError, match="can't be read"):
        read_published(folder / "sharded-000000.tar")
    told.unlink()
    assert read_published(folder / "sharded-000000.tar") is None
