"""Shards between this package and the published ones, both ways, value by value."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from interop.peers import Peer
from interop.truth import to_truth
from interop.values import KINDS
from numpy.typing import NDArray

import atdata_nb as at
from atdata_nb.shards import write_shard

pytestmark = pytest.mark.interop


@at.packable
class Plain:
    name: str
    count: int
    score: float
    flag: bool
    blob: bytes
    note: str | None


@at.packable
class Arrays:
    what: str
    array: NDArray
    mask: NDArray[np.bool_] | None


@at.packable
class Lists:
    words: list[str]
    numbers: list[int]


TYPES: dict[str, type] = {"plain": Plain, "arrays": Arrays, "lists": Lists}


def values_of(sample: Any) -> dict[str, Any]:
    return {field.name: getattr(sample, field.name) for field in fields(sample)}


@pytest.fixture(params=sorted(TYPES))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_published_package_reads_what_we_write(peer: Peer, kind: str, tmp_path: Path) -> None:
    values = KINDS[kind]()
    shards = [tmp_path / "a.tar", tmp_path / "b.tar"]
    for shard, part in zip(shards, (values[:3], values[3:]), strict=True):
        write_shard(shard, [TYPES[kind](**value) for value in part])
    assert peer.ask("read", kind, *shards) == to_truth(values)


def test_we_read_what_a_published_package_writes(peer: Peer, kind: str, tmp_path: Path) -> None:
    shard = tmp_path / "theirs.tar"
    truth = peer.ask("write", kind, shard)
    samples = list(at.Dataset[TYPES[kind]](shard))
    assert all(type(sample) is TYPES[kind] for sample in samples)
    assert to_truth(map(values_of, samples)) == truth


def test_we_read_it_without_its_type_too(peer: Peer, tmp_path: Path) -> None:
    shard = tmp_path / "theirs.tar"
    truth = peer.ask("write", "plain", shard)
    samples = at.Dataset[at.DictSample](shard)
    assert to_truth(sample.to_dict() for sample in samples) == truth
