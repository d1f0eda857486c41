from __future__ import annotations

from pathlib import Path

import pytest

from atdata_nb import Dataset, LocalIndex, packable
from atdata_nb.cli.app import run
from atdata_nb.errors import ChecksumError, ShardWarning
from atdata_nb.shards import write_shard


@packable
class Row:
    n: int


@pytest.fixture
def index(tmp_path: Path) -> LocalIndex:
    opened = LocalIndex(tmp_path / "home")
    opened.write_samples([Row(i) for i in range(30)], name="rows", maxcount=10)
    return opened


def change(path: str) -> None:
    """Change one sample, and nothing that a tar's own checksums cover."""
    data = bytearray(Path(path).read_bytes())
    data[512 + 3] = 99
    Path(path).write_bytes(data)


def test_shards_as_they_were_written_are_told_so(index: LocalIndex) -> None:
    told: list[tuple[int, int]] = []
    report = index.verify("rows", progress=lambda done, total: told.append((done, total)))
    assert report.ok
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert repr(report).startswith("rows@1.0.0: 3 as written; ")
    assert report.bytes == index.get_dataset("rows").bytes


def test_a_changed_shard_is_an_error_when_it_is_read(index: LocalIndex) -> None:
    """TRAPS S6."""
    entry = index.get_dataset("rows")
    assert len(list(entry.dataset(Row))) == 30
    change(entry.data_urls[1])
    got = []
    with pytest.raises(ChecksumError, match=r"rows-000001-.*SHA-256 begins") as found:
        got += [sample.n for sample in entry.dataset(Row)]
    assert found.value.shard == entry.data_urls[1]
    with pytest.warns(ShardWarning, match="SHA-256"):
        assert len(list(entry.dataset(Row).ordered(errors="warn"))) == 30
    assert [sample.n for sample in Dataset(entry.data_urls[0])] == list(range(10))
    with pytest.raises(ChecksumError):
        list(entry.dataset(Row).ordered(batch_size=7))


def test_what_reads_only_a_part_is_not_checked(index: LocalIndex) -> None:
    entry = index.get_dataset("rows")
    change(entry.data_urls[1])
    ds = entry.dataset(Row)
    assert [sample.n for sample in ds.head(3)] == [0, 1, 2]
    assert ds[29].n == 29


def test_every_failed_shard_is_told_with_its_reason(index: LocalIndex) -> None:
    urls = index.get_dataset("rows").data_urls
    change(urls[0])
    Path(urls[2]).unlink()
    report = index.verify("rows")
    assert [check.outcome for check in report.shards] == ["failed", "same", "failed"]
    assert "SHA-256" in report.failed[0].reason
    assert "no such file" in report.failed[1].reason
    assert "1 as written, 2 FAILED" in repr(report)


def test_without_checksums_a_shard_must_at_least_be_whole(
    index: LocalIndex, tmp_path: Path
) -> None:
    path = tmp_path / "own.tar"
    write_shard(path, [Row(i) for i in range(5)])
    index.insert_dataset(Dataset[Row](path), name="own")
    report = index.verify("own")
    assert report.ok
    assert "1 readable, with no checksum recorded" in repr(report)
    path.write_bytes(path.read_bytes()[:2048])
    assert "cut" in index.verify("own").failed[0].reason


def test_the_command_line_says_by_its_exit_status_what_was_found(
    index: LocalIndex, capsys: pytest.CaptureFixture[str]
) -> None:
    """TRAPS C30."""
    where = ["--index", str(index.path)]
    assert run([*where, "verify", "rows"]) == 0
    told = capsys.readouterr()
    assert told.out.startswith("rows@1.0.0: 3 as written")
    assert "3 of 3 shards" in told.err
    change(index.get_dataset("rows").data_urls[1])
    assert run([*where, "verify", "rows", "--quiet"]) == 1
    told = capsys.readouterr()
    assert "1 FAILED" in told.out
    assert told.err == ""
    assert run([*where, "verify", "nothing"]) == 1
    assert "no dataset 'nothing'" in capsys.readouterr().err
