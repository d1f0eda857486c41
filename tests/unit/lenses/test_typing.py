"""Type checkers accept lenses between sample types, and know what comes out."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PROGRAM = """
from atdata_nb.lenses import Lens, LensNetwork, identity_lens, lens, structural_lens, transform
from atdata_nb.samples import packable

@packable
class A:
    a: int

@packable
class B:
    b: int

@packable
class C:
    c: str

@lens
def a_to_b(sample: A) -> B:
    return B(b=sample.a)

@a_to_b.putter
def put_b(view: B, source: A) -> A:
    return A(a=view.b)

@lens(name="other", cost=2)
def b_to_c(sample: B) -> C:
    return C(c=str(sample.b))

first: Lens[A, B] = a_to_b
b: B = a_to_b(A(a=1))
a: A = a_to_b.put(b, A(a=1))
c: C = (a_to_b | b_to_c)(A(a=1))
also_c: C = (b_to_c @ a_to_b)(A(a=1))
found: C = transform(A, C)(A(a=1))
same: A = identity_lens(A)(A(a=1))
copied: B = structural_lens(A, B)(A(a=1))
put_again: A = put_b(b, a)
network: LensNetwork = LensNetwork.fresh()
"""
WRONG = PROGRAM + "wrong: C = a_to_b(A(a=1))\nalso_wrong = b_to_c | a_to_b\n"


def run(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=cwd, capture_output=True, text=True, check=False
    )


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    (tmp_path / "right.py").write_text(PROGRAM)
    (tmp_path / "wrong.py").write_text(WRONG)
    return tmp_path


def test_mypy(programs: Path, mypy: Callable[..., str]) -> None:
    """TRAPS 4.4."""
    said = mypy("right.py", "wrong.py", cwd=programs)
    faults = [line for line in said.splitlines() if "error:" in line]
    assert [line.split(":")[0] for line in faults] == ["wrong.py", "wrong.py"], said


def test_pyright(programs: Path) -> None:
    """TRAPS 4.4: the published package's lenses between @packable classes were rejected."""
    options = ("--outputjson", "--pythonpath", sys.executable)
    done = run("pyright", *options, "right.py", "wrong.py", cwd=programs)
    report = json.loads(done.stdout)["generalDiagnostics"]
    faults = [item["file"].rpartition("/")[2] for item in report if item["severity"] == "error"]
    assert faults == ["wrong.py", "wrong.py"], report
