from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from atdata_nb import LocalDiskStore
from atdata_nb.samples import DictSample
from atdata_nb.stores.staging import Staging

ROWS = [DictSample(n=n) for n in range(3)]
WRITER = """
import sys
from pathlib import Path
from atdata_nb.stores.staging import Staging

folder = Staging(Path(sys.argv[1])).open()
(folder / "000000.tar").write_bytes(b"half")
print(folder, flush=True)
sys.stdin.read()
"""


def test_the_next_write_removes_what_a_killed_one_left_and_no_more(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        folder = Path(process.stdout.readline().strip())
        LocalDiskStore(tmp_path).write(ROWS, prefix="numbers")
        assert (folder / "000000.tar").read_bytes() == b"half"
        process.kill()
    assert folder.exists()
    LocalDiskStore(tmp_path).write(ROWS, prefix="numbers")
    assert [path.name for path in tmp_path.iterdir()] == ["numbers"]


def test_writers_of_one_process_do_not_take_each_other_for_dead(tmp_path: Path) -> None:
    first, second = Staging(tmp_path), Staging(tmp_path)
    (first.open() / "a.tar").touch()
    second.open()
    assert (first.open() / "a.tar").exists()
    first.close()
    second.close()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_whose_writer_nobody_knows_stays(tmp_path: Path) -> None:
    (tmp_path / ".writing-0123").mkdir()
    LocalDiskStore(tmp_path).write(ROWS, prefix="numbers")
    assert (tmp_path / ".writing-0123").exists()
