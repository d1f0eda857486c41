from __future__ import annotations

import pickle
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import IO

import pytest
from scale.work import Reading, readings, total

import atdata_nb as at
from atdata_nb.errors import AtdataError, ShardNotFoundError, TruncatedShardError
from atdata_nb.scanning.tasks import Job, pack, portable, run_packed, value_of
from atdata_nb.shards import write_shard

SECRET = "wJalrXUtnFEMI/K7MDENG"  # noqa: S105 - nobody's


class Box:
    """A source whose shards have names that are no URLs, as a blob's or a database's are."""

    def __init__(self, **shards: bytes) -> None:
        self._shards = shards

    def list_shards(self) -> list[str]:
        return list(self._shards)

    @property
    def shards(self) -> Iterator[tuple[str, IO[bytes]]]:
        for name in self._shards:
            yield name, self.open_shard(name)

    def open_shard(self, shard_id: str, /) -> IO[bytes]:
        return BytesIO(self._shards[shard_id])


@pytest.fixture
def box(tmp_path: Path) -> Box:
    paths = [write_shard(tmp_path / f"{n}.tar", readings(n, 20)).url for n in range(2)]
    first, second = (Path(path).read_bytes() for path in paths)
    return Box(first=first, second=second)


def test_a_shard_is_opened_by_its_source_and_not_by_its_name(box: Box) -> None:
    """TRAPS C22: the published package reopened identifiers as URLs, so only files worked."""
    ds = at.Dataset[Reading](box)
    expected = [
        total(at.Dataset(Box(one=data), sample_type=Reading)) for data in box._shards.values()
    ]
    assert list(at.map_shards(total, ds)) == expected
    packed = [pack(Job(total, part, "", i)) for i, part in enumerate(ds.by_shard())]
    assert [value_of(run_packed(task)) for task in packed] == expected


def test_a_part_of_a_source_has_no_other_shards(box: Box) -> None:
    """TRAPS C22."""
    part = at.Dataset[Reading](box).by_shard()[1]
    assert part.list_shards() == ["second"]
    assert [name for name, _ in part.source.shards] == ["second"]
    with pytest.raises(ShardNotFoundError, match="'first' in this part"):
        part.source.open_shard("first")


def test_secrets_travel_and_are_not_shown() -> None:
    source = at.S3Source("team", ["a.tar", "b.tar"], access_key="AKIA", secret_key=SECRET)
    part = at.Dataset(source).by_shard()[0]
    task = pack(Job(total, part, "s3://team/a.tar", 0))
    shown = f"{task!r} {part!r} {part.source!r} {run_packed(task)!r}"
    assert "AKIA" not in shown
    assert SECRET not in shown
    assert SECRET.encode() not in pickle.dumps(task)
    _, arrived = pickle.loads(task.packed)
    assert arrived.source._access.current_keys().secret.reveal() == SECRET


def test_keys_of_this_environment_go_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_REGION", "eu-north-1")
    for source in (at.S3Source("team", "a.tar"), at.URLSource("s3://team/a.tar")):
        task = pack(Job(total, source.only(["s3://team/a.tar"]), "", 0))
        with monkeypatch.context() as elsewhere:
            elsewhere.delenv("AWS_ACCESS_KEY_ID")
            elsewhere.delenv("AWS_SECRET_ACCESS_KEY")
            elsewhere.delenv("AWS_REGION")
            _, arrived = pickle.loads(task.packed)
            keys = arrived._access.current_keys()
            assert (keys.access, keys.secret.reveal()) == ("AKIA", SECRET)
            assert arrived._access.region_name == "eu-north-1"
        assert SECRET not in f"{arrived!r}{task!r}"


def test_a_signed_url_is_shown_without_its_signature() -> None:
    task = pack(Job(total, "", "https://me:word@example.org/a.tar?X-Amz-Signature=0f", 0))
    assert repr(task) == "Task('https://example.org/a.tar')"


def test_a_relative_path_stays_relative_to_where_it_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_shard(tmp_path / "a.tar", readings(0, 3))
    monkeypatch.chdir(tmp_path)
    part = at.URLSource("a.tar").only(["a.tar"])
    monkeypatch.chdir("/")
    assert part.list_shards() == ["a.tar"]
    with part.open_shard("a.tar") as stream:
        assert stream.read(9) == b"000000000"


def test_errors_come_back_as_they_are_or_as_their_sentence() -> None:
    class OddError(Exception):
        def __init__(self, one: str, two: str) -> None:
            super().__init__(f"{one} and {two}")

    cut = TruncatedShardError("cut", shard="a.tar", member="m", offset=3)
    assert portable(cut) is cut
    told = portable(OddError("this", "that"))
    assert type(told) is AtdataError
    assert str(told) == "OddError: this and that"
