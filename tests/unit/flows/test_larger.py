from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from atdata_nb import DictSample, LocalIndex
from atdata_nb.flows.larger import larger_shards
from atdata_nb.flows.material import Material


def material_of(index: LocalIndex, size: int) -> Material:
    entry = index.write_samples([DictSample(n=n) for n in range(7)], name="it's")
    material = Material.of(entry, index)
    return replace(material, parcels=tuple(replace(one, bytes=size) for one in material.parcels))


def test_shards_are_as_large_as_a_server_takes(tmp_path: Path) -> None:
    with LocalIndex(tmp_path) as index:
        told = larger_shards(material_of(index, 4_000_000_000), limit=50 << 20)
    assert told == (
        "write them into about 79 shards of up to 51 MB, and promote that version: "
        'index.write_samples(entry.dataset().ordered(), name="it\'s", maxcount=7, '
        "maxsize=51000000, description=entry.description, tags=entry.tags, license=entry.license)"
    )


def test_what_is_too_much_even_so_says_where_else_it_can_go(tmp_path: Path) -> None:
    with LocalIndex(tmp_path) as index:
        told = larger_shards(material_of(index, 100_000_000_000), limit=50 << 20)
    assert told.startswith("even in shards of 51 MB there are 1,961: promote parts of it")
