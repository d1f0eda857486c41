"""What only the SQLite back end can get wrong: files, processes, forks."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from atdata_nb import LocalIndex
from atdata_nb.errors import IndexFormatError
from atdata_nb.index.layout import MIGRATIONS

if TYPE_CHECKING:
    from collections.abc import Callable

FIXTURES = Path(__file__).parents[2] / "fixtures"

# Every script waits for a line, so that all processes begin at the same moment.
PREAMBLE = """
import os, sys
from atdata_nb import Dataset, LocalIndex, packable
home, number = sys.argv[1], int(sys.argv[2])
def row(fields):
    return packable(type("Row", (), {"__annotations__": fields, "__doc__": "A row."}))
Row = row({"n": int})
sys.stdin.readline()
"""


def run_at_once(script: str, home: Path, processes: int) -> list[list[str]]:
    """Run a script in several processes at the same time; return the lines that each printed."""
    command = [sys.executable, "-W", "error", "-c", PREAMBLE + script, str(home)]
    running = [
        subprocess.Popen(
            [*command, str(number)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for number in range(processes)
    ]
    for process in running:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    outputs = [process.communicate()[0] for process in running]
    assert [process.returncode for process in running] == [0] * processes
    return [output.split() for output in outputs]


def test_two_processes_that_start_at_once_make_one_index(tmp_path: Path) -> None:
    script = """
entry = LocalIndex(home).write_samples([Row(number)], name=f"d{number}")
print(entry.ref)
"""
    for attempt in range(3):
        home = tmp_path / str(attempt)
        printed = run_at_once(script, home, 4)
        assert printed == [[f"d{number}@1.0.0"] for number in range(4)]
        with LocalIndex(home) as index:
            assert [entry.name for entry in index] == ["d0", "d1", "d2", "d3"]
        left = {path.name for path in home.iterdir()}
        assert left <= {"index.db", "index.db-wal", "index.db-shm", "shards", "writing.lock"}


def test_processes_that_list_at_once_lose_nothing(tmp_path: Path) -> None:
    script = """
index = LocalIndex(home)
ds = Dataset("https://example.org/a.tar", sample_type=Row)
for i in range(200):
    index.insert_dataset(ds, name=f"p{number}-{i}")
    index.insert_dataset(ds, name="shared", metadata={"p": number, "i": i})
"""
    run_at_once(script, tmp_path, 3)
    with LocalIndex(tmp_path) as index:
        assert len(index) == 601
        versions = index.versions("shared")
        assert len({entry.version for entry in versions}) == len(versions) == 600
        assert index.get_dataset("shared").version == "1.599.0"


def test_processes_that_publish_at_once_agree_on_versions(tmp_path: Path) -> None:
    """TRAPS C9."""
    script = """
index = LocalIndex(home)
for i in range(20):
    print(i, index.publish_schema(row({f"f{i}": int})))
"""
    printed = run_at_once(script, tmp_path, 4)
    pairs = {pair for lines in printed for pair in zip(lines[::2], lines[1::2], strict=True)}
    assert len(pairs) == len({ref for _, ref in pairs}) == 20


def test_processes_that_publish_other_content_never_share_a_version(tmp_path: Path) -> None:
    """TRAPS C9: 4 publishers of 20 versions left 24 of 80."""
    script = """
index = LocalIndex(home)
for i in range(20):
    print(index.publish_schema(row({f"f{number}_{i}": int})))
"""
    printed = run_at_once(script, tmp_path, 4)
    assert len({ref for lines in printed for ref in lines}) == 80
    with LocalIndex(tmp_path) as index:
        assert len(index.list_schemas()) == 80


def test_processes_that_write_the_same_samples_share_one_shard(tmp_path: Path) -> None:
    script = """
entry = LocalIndex(home).write_samples([Row(n) for n in range(1000)], name="same")
print(entry.cid, entry.version, len(list(entry.dataset())))
"""
    printed = run_at_once(script, tmp_path, 4)
    assert all(line == printed[0] for line in printed)
    assert printed[0][1:] == ["1.0.0", "1000"]
    assert len(list(tmp_path.rglob("*.tar"))) == 1


def test_a_forked_child_opens_connections_of_its_own(tmp_path: Path) -> None:
    script = """
index = LocalIndex(home)
index.write_samples([Row(0)], name="parent")
for child in range(4):
    if os.fork() == 0:
        index.write_samples([Row(child + 1)], name=f"child{child}")
        assert index.get_dataset("parent").samples == 1
        os._exit(0)
codes = [os.wait()[1] for _ in range(4)]
assert codes == [0] * 4, codes
index.write_samples([Row(9)], name="after")
print(*[entry.name for entry in index])
"""
    (printed,) = run_at_once(script, tmp_path, 1)
    assert printed == ["after", "child0", "child1", "child2", "child3", "parent"]
    with closing(sqlite3.connect(tmp_path / "index.db")) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_many_threads_read_and_write_one_index(
    tmp_path: Path, rows: Callable[..., list[Any]]
) -> None:
    """TRAPS 4.3: a second thread could not use the index."""
    index = LocalIndex(tmp_path)
    found: list[int] = []

    def work(number: int) -> None:
        for i in range(10):
            index.write_samples(rows(3, number * 100 + i), name=f"t{number}-{i}")
            found.append(len(index.search(f"t{number}").items))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == sorted(list(range(1, 11)) * 4)
    assert index.count() == 40
    index.close()


def test_an_index_of_the_other_package_is_refused_with_the_way_to_take_it_over(
    tmp_path: Path,
) -> None:
    shutil.copy(FIXTURES / "atdata-0.7.0b1" / "index.db", tmp_path)
    before = (tmp_path / "index.db").read_bytes()
    with pytest.raises(IndexFormatError, match="import_atdata"):
        LocalIndex(tmp_path)
    assert (tmp_path / "index.db").read_bytes() == before


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "index.db").write_bytes(b"not a database at all, but long enough" * 100)
    with pytest.raises(IndexFormatError, match="not a database"):
        LocalIndex(tmp_path)
    with closing(sqlite3.connect(tmp_path / "other.db")) as db:
        db.execute("CREATE TABLE photos (id)")
    (tmp_path / "other.db").replace(tmp_path / "index.db")
    with pytest.raises(IndexFormatError, match="something else"):
        LocalIndex(tmp_path)


def test_a_file_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    LocalIndex(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / "index.db")) as db:
        db.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with pytest.raises(IndexFormatError, match="update atdata_nb"):
        LocalIndex(tmp_path)


def test_a_crash_in_the_middle_of_listing_leaves_the_state_before(
    tmp_path: Path, rows: Callable[..., list[Any]]
) -> None:
    script = """
from atdata_nb.index.sqlite import SqliteStorage
from atdata_nb.index.draft import Draft
from pathlib import Path
def drafts():
    for i in range(50):
        yield Draft(name=f"d{i}", schema="local://schemas/m.Row@1.0.0", data_urls=("a.tar",))
    os._exit(0)
SqliteStorage(Path(home, "index.db")).insert(drafts())
"""
    with LocalIndex(tmp_path) as index:
        entry = index.write_samples(rows(3), name="before")
    run_at_once(script, tmp_path, 1)
    with LocalIndex(tmp_path) as index:
        assert index.list_datasets() == [entry]
        assert len(index) == 1
