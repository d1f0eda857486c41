"""Sample classes: what may be a field, what a class keeps of its own, what type checkers see."""

from __future__ import annotations

import json
import multiprocessing
import pickle
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import FrozenInstanceError, field
from pathlib import Path
from typing import Annotated, Any, List, Optional, Union  # noqa: UP035 - spellings that users have

import msgpack
import numpy as np
import numpy.typing as npt
import pytest
from numpy.typing import NDArray

import atdata_nb as at
from atdata_nb.errors import AtdataError, SampleDecodeError, SampleTypeError
from atdata_nb.samples import field_specs
from atdata_nb.samples.packable import new_key

F4 = np.arange(6, dtype=np.float32).reshape(2, 3)


@at.packable
class Spellings:
    a: NDArray
    b: NDArray[np.float32]
    c: NDArray[np.float32] | None
    d: Optional[NDArray]  # noqa: UP045
    e: np.ndarray
    f: "np.ndarray"
    g: np.ndarray[Any, np.dtype[np.float32]]
    h: Annotated[NDArray[np.float32], (2, None), "a picture"]
    i: npt.NDArray[Any]
    j: Union[NDArray[np.float32], None]  # noqa: UP007
    k: np.ndarray | None = None


def test_arrays_come_back_as_arrays_however_they_are_spelled() -> None:
    """TRAPS C1."""
    names = [spec.name for spec in field_specs(Spellings)]
    back = Spellings.from_bytes(Spellings(*[F4] * len(names)).packed)
    for name in names:
        array = getattr(back, name)
        assert isinstance(array, np.ndarray), name
        assert array.dtype == np.float32
        np.testing.assert_array_equal(array, F4)
    none = Spellings(F4, F4, None, None, F4, F4, F4, F4, F4, None)
    back = Spellings.from_bytes(none.packed)
    assert (back.c, back.d, back.j, back.k) == (None, None, None, None)


def test_annotations_that_are_not_postponed_say_the_same() -> None:
    """TRAPS C1."""
    names: dict[str, Any] = {"np": np, "NDArray": NDArray, "at": at, "Optional": Optional}
    source = """
@at.packable
class Now:
    a: NDArray[np.float32]
    b: Optional[NDArray[np.float32]] = None
    c: NDArray | None = None
"""
    exec(compile(source, "cell", "exec", dont_inherit=True), names)  # noqa: S102 - a notebook's cell
    now = names["Now"]
    assert [spec.type.kind for spec in field_specs(now)] == ["ndarray"] * 3
    assert isinstance(now.from_bytes(now(F4, F4, None).packed).b, np.ndarray)


def test_a_decoded_array_is_read_only() -> None:
    back = Spellings.from_bytes(Spellings(*[F4] * 11).packed)
    with pytest.raises(ValueError, match="read-only"):
        back.a[0] = 1


@at.packable
class Worked:
    name: str
    n: int
    x: float
    ok: bool
    raw: bytes
    tags: list[str]
    img: NDArray[np.float32]
    opt: str | None


WORKED = Worked(
    "hi", -3, 1.5, True, b"\x00\xff", ["a", "b"], np.array([[1, 2], [3, 4]], np.float32), None
)
NPY = (
    b"\x93NUMPY\x01\x00\x76\x00"
    + b"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }".ljust(117)
    + b"\n"
    + bytes.fromhex("0000803f000000400000404000008040")
)


def test_the_bytes_of_a_sample_are_those_of_the_worked_example() -> None:
    expected = bytes.fromhex(
        "88a46e616d65a26869a16efda178cb3ff8000000000000a26f6bc3a3726177c40200ff"
        "a47461677392a161a162a3696d67c490"
    )
    expected += NPY + bytes.fromhex("a36f7074c0")
    assert len(expected) == 200
    assert WORKED.packed == expected
    assert Worked.from_bytes(expected) == WORKED


def test_the_newer_package_s_form_of_the_same_sample_reads() -> None:
    compact = "033c663402020000000000000002000000000000000000803f000000400000404000008040"
    theirs = WORKED.packed.replace(b"\xc4\x90" + NPY, b"\xc4\x25" + bytes.fromhex(compact))
    assert len(theirs) == 93
    assert Worked.from_bytes(theirs) == WORKED


def test_another_msgpack_reads_and_writes_the_same() -> None:
    fields = msgpack.unpackb(WORKED.packed)
    assert list(fields) == ["name", "n", "x", "ok", "raw", "tags", "img", "opt"]
    assert msgpack.packb(fields) == WORKED.packed


def test_a_float_field_is_stored_as_a_float_even_if_it_was_given_an_integer() -> None:
    sample = Worked("", 0, 2, False, b"", [], F4, None)
    assert msgpack.unpackb(sample.packed)["x"] == 2.0
    assert type(msgpack.unpackb(sample.packed)["x"]) is float


# ---- classes that do more ------------------------------------------------------------------------


@at.packable
class Base:
    name: str
    image: NDArray[np.float32] | None = None


@at.packable
class Child(Base):
    score: float = 0.5


def test_an_inherited_field_is_a_field_alone_and_in_a_batch() -> None:
    """TRAPS C29."""
    child = Child("a", F4, 1.0)
    assert Child.from_bytes(child.packed) == child
    batch = at.SampleBatch[Child]([child, child])
    assert batch.name == ["a", "a"]
    assert batch.image.shape == (2, 2, 3)
    assert batch.field_names == ("name", "image", "score")


@at.packable
class Derived:
    n: int
    double: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.double = self.n * 2


def test_a_class_s_own_post_init_runs_on_reading_too() -> None:
    """TRAPS C29."""
    assert Derived(3).double == 6
    assert Derived.from_bytes(Derived(3).packed).double == 6
    assert msgpack.unpackb(Derived(3).packed) == {"n": 3}


@at.packable
class Odd:
    packed: int  # type: ignore[assignment]
    as_wds: str  # type: ignore[assignment]
    keys: list[int]
    samples: NDArray
    from_bytes: int = 7
    sample_type: str = "s"
    _private: int = 1


def test_fields_may_have_the_names_of_our_own_attributes(tmp_path: Path) -> None:
    """TRAPS C29."""
    from atdata_nb.shards import write_shard

    odd = Odd(1, "w", [2], F4)
    write_shard(tmp_path / "a.tar", [odd, odd])
    (batch,) = at.Dataset[Odd](tmp_path / "a.tar").ordered(batch_size=8)
    assert batch["packed"] == [1, 1]
    assert batch["samples"].shape == (2, 2, 3)
    assert batch["keys"] == [[2], [2]]
    assert batch["sample_type"] == ["s", "s"]
    back = at.Dataset[Odd](tmp_path / "a.tar")[1]
    assert (back.packed, back.as_wds, back.keys, back.from_bytes) == (1, "w", [2], 7)
    assert back == odd


@at.packable(frozen=True)
class Frozen:
    n: int


@at.packable(kw_only=True)
class Keyword:
    a: int = 1
    b: NDArray | None


def test_frozen_and_keyword_only_classes_are_samples() -> None:
    assert Frozen.from_bytes(Frozen(1).packed) == Frozen(1)
    with pytest.raises(FrozenInstanceError):
        Frozen(1).n = 2  # type: ignore[misc]
    keyword = Keyword(b=F4)
    assert Keyword.from_bytes(keyword.packed) == keyword
    with pytest.raises(TypeError):
        Keyword(1, F4)  # type: ignore[call-arg, misc]


class Derivation(at.PackableSample):
    pass


@at.packable
class Slotted:
    __slots__ = ("n", "x")
    n: int
    x: float


def test_a_class_with_slots_is_a_sample() -> None:
    assert Slotted.from_bytes(Slotted(1, 2.0).packed) == Slotted(1, 2.0)
    assert not hasattr(Slotted(1, 2.0), "__dict__")


def test_both_ways_of_making_a_sample_class_are_packable() -> None:
    assert issubclass(Frozen, at.PackableSample)
    assert isinstance(Frozen(1), at.Packable)
    assert Frozen.__mro__ == (Frozen, object)
    assert issubclass(Derivation, at.PackableSample)


@at.packable
class Defaults:
    a: int
    b: str = "b"
    c: list[int] = field(default_factory=lambda: [1])
    d: NDArray | None = None


def test_fields_that_are_not_stored_have_their_defaults() -> None:
    assert Defaults.from_bytes(msgpack.packb({"a": 1})) == Defaults(1)
    assert Defaults.from_bytes(msgpack.packb({"c": [2], "a": 1})) == Defaults(1, c=[2])


@at.packable
class Inner:
    n: int
    array: NDArray[np.int16]


@at.packable
class Outer:
    inner: Inner
    maybe: Inner | None
    many: list[Inner]
    named: dict[str, Inner]
    arrays: list[NDArray[np.float32]]
    table: dict[str, NDArray]
    deep: dict[str, list[list[int]]]
    optional_items: list[int | None]
    old: List[str]  # noqa: UP006
    anything: Any = None


def test_samples_nest_and_so_do_lists_and_dicts_of_arrays() -> None:
    inner = Inner(1, np.array([1, 2], np.int16))
    outer = Outer(
        inner,
        None,
        [inner, inner],
        {"a": inner},
        [F4, F4 + 1],
        {"x": np.array("text"), "y": np.zeros((0, 2))},
        {"k": [[1], [], [2, 3]]},
        [1, None],
        ["o"],
        {"free": [1, {"x": None}]},
    )
    back = Outer.from_bytes(outer.packed)
    assert back == outer
    assert type(back.many[1]) is Inner
    assert back.many[1].array.dtype == np.int16
    assert back.arrays[1].dtype == np.float32


def test_a_field_of_no_known_type_is_refused_when_the_class_is_made() -> None:
    for annotation in ("set[int]", "int | str", "complex", "dict[int, str]", "object"):
        with pytest.raises(SampleTypeError, match="field"):
            exec(  # noqa: S102 - a notebook's cell
                f"@at.packable\nclass Bad:\n    field: {annotation}\n", {"at": at}
            )


BAD_VALUES: dict[str, tuple[str, Any]] = {
    "text for a number": ("n", "1"),
    "a fraction for an integer": ("n", 1.5),
    "nothing for a number": ("n", None),
    "past 64 bits": ("n", 2**64),
    "below 64 bits": ("n", -(2**63) - 1),
    "bytes for text": ("name", b"x"),
    "half of a character": ("name", "\ud800"),
    "a number for a truth": ("ok", 1),
    "text for bytes": ("raw", "x"),
    "text for a list": ("tags", "ab"),
    "numbers in a list of texts": ("tags", [1]),
    "complex for float32": ("img", np.zeros(2, complex)),
    "objects": ("img", np.array([{}, None], object)),
    "hidden elements": ("img", np.ma.masked_array([1.0, 2.0], [True, False])),
}


@pytest.mark.parametrize("what", BAD_VALUES)
def test_a_value_that_is_not_of_its_field_s_type_is_refused(what: str) -> None:
    name, value = BAD_VALUES[what]
    values = {n: getattr(WORKED, n) for n in WORKED.__dataclass_fields__} | {name: value}  # type: ignore[attr-defined]
    with pytest.raises(SampleTypeError, match=r"Worked") as caught:
        _ = Worked(**values).packed
    assert name in str(caught.value) or what in {"past 64 bits", "half of a character"}


def test_masked_arrays_are_refused_rather_than_filled() -> None:
    """TRAPS C27."""
    masked = np.ma.masked_array([1.0, 2.0], [True, False])
    with pytest.raises(SampleTypeError, match="masked array"):
        _ = Worked("", 0, 0.0, False, b"", [], masked, None).packed
    with pytest.raises(AtdataError, match="masked array"):
        _ = at.DictSample(x=masked).packed


def test_numpy_s_own_scalars_are_taken_as_python_s() -> None:
    sample = Worked(
        str(np.str_("s")),
        np.int8(3),
        np.float32(0.5),
        np.bool_(True),
        b"",
        [],
        F4,
        None,  # type: ignore[arg-type]
    )
    back = Worked.from_bytes(sample.packed)
    assert (back.n, back.x, back.ok) == (3, 0.5, True)


def test_from_data_takes_arrays_or_their_bytes_and_names_what_is_wrong() -> None:
    values: dict[str, Any] = {"n": 1, "array": np.array([1], np.int16)}
    assert Inner.from_data(values) == Inner(**values)
    packed = msgpack.unpackb(Inner(**values).packed)
    assert Inner.from_data(packed) == Inner(**values)
    with pytest.raises(SampleDecodeError, match=r"unknown field 'm'.*missing field 'array'"):
        Inner.from_data({"n": 1, "m": 2})
    with pytest.raises(SampleDecodeError, match=r"Inner\.n"):
        Inner.from_data({"n": "x", "array": F4})


# ---- equality, text, hash ------------------------------------------------------------------------


def test_samples_with_arrays_compare_by_value() -> None:
    """TRAPS 4.4."""
    assert Base("a", F4) == Base("a", F4.copy())
    assert Base("a", F4) != Base("a", F4 + 1)
    assert Base("a", F4) != Base("a", F4.astype(float))
    assert Base("a", F4) != Base("a")
    assert Base("a", np.array([np.nan], np.float32)) == Base("a", np.array([np.nan], np.float32))
    assert Base("a") != Child("a")
    assert Base("a") != "a"


def test_a_sample_is_short_in_text_whatever_its_arrays() -> None:
    """TRAPS 4.4."""
    assert (
        repr(Base("a", np.zeros((640, 480), np.float32)))
        == "Base(name='a', image=<float32 640×480>)"
    )
    assert len(repr(Worked("x" * 10_000, 0, 0.0, False, bytes(9999), [], F4, None))) < 400


# ---- pickling ------------------------------------------------------------------------------------


def count_in_process(ds: Any) -> list[int]:
    return [sample.n for sample in ds]


def test_samples_batches_and_datasets_survive_pickling(tmp_path: Path) -> None:
    from atdata_nb.shards import write_shard

    samples = [Inner(i, np.array([i], np.int16)) for i in range(10)]
    write_shard(tmp_path / "a.tar", samples)
    ds = at.Dataset[Inner](tmp_path / "a.tar", name="ten")
    assert pickle.loads(pickle.dumps(samples)) == samples
    copy = pickle.loads(pickle.dumps(ds))
    assert (list(copy), copy.sample_type, copy.name) == (samples, Inner, "ten")
    (batch,) = ds.ordered(batch_size=20)
    again = pickle.loads(pickle.dumps(batch))
    assert again.samples == samples
    assert again.array.shape == (10, 1)
    assert again.sample_keys == batch.sample_keys
    dicts = pickle.loads(pickle.dumps(list(at.Dataset(tmp_path / "a.tar"))))
    assert [sample.n for sample in dicts] == list(range(10))


def test_a_dataset_travels_to_a_process_that_was_spawned(tmp_path: Path) -> None:
    from atdata_nb.shards import write_shard

    write_shard(tmp_path / "a.tar", [at.DictSample(n=i) for i in range(5)])
    ds = at.Dataset(tmp_path / "a.tar")
    len(ds)  # mapped: maps stay where they are
    code = (
        "import pickle, sys; ds = pickle.load(sys.stdin.buffer); print([s.n for s in ds], len(ds))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=pickle.dumps(ds), capture_output=True, check=True
    )
    assert done.stdout.strip() == b"[0, 1, 2, 3, 4] 5"


# ---- keys ----------------------------------------------------------------------------------------


def make_keys(count: int) -> list[str]:
    return [new_key() for _ in range(count)]


def test_keys_sort_by_the_time_they_were_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """TRAPS C12."""
    keys = []
    for seconds in (0, 60, 200, 430, 600, 10**6, 10**9):
        monkeypatch.setattr(time, "time_ns", lambda s=seconds: (1_700_000_000 + s) * 10**9)
        keys.append(new_key())
    assert keys == sorted(keys)


def test_keys_of_two_processes_never_collide() -> None:
    """TRAPS C12."""
    with multiprocessing.get_context("fork").Pool(2) as pool:
        parts = pool.map(make_keys, [20_000, 20_000])
    assert len(set(parts[0] + parts[1])) == 40_000


def test_a_sample_for_webdataset_has_a_key_without_dots() -> None:
    made = WORKED.as_wds
    assert set(made) == {"__key__", "msgpack"}
    assert made["msgpack"] == WORKED.packed
    assert "." not in made["__key__"]


# ---- type checkers -------------------------------------------------------------------------------

CHECKED = """
from __future__ import annotations
from typing import assert_type
import numpy as np
from numpy.typing import NDArray
import atdata_nb as at

@at.packable
class S:
    name: str
    image: NDArray[np.float32]
    count: int = 0

@at.packable(frozen=True)
class F(at.PackableSample):
    n: int

s = S(name="a", image=np.zeros(3, np.float32))
assert_type(s.name, str)
S("a", 5)  # WRONG
S(nmae="a")  # WRONG
ds = at.Dataset[S]("x.tar")
for sample in ds:
    assert_type(sample, S)
for each in ds.ordered():
    assert_type(each, S)
for batch in ds.ordered(batch_size=8):
    assert_type(batch, at.SampleBatch[S])
    assert_type(batch.samples, list[S])
    batch.name
    for one in batch:
        assert_type(one, S)
assert_type(ds[0], S)
assert_type(ds[0:2], list[S])
assert_type(ds.head(3), list[S])
assert_type(ds.as_type(F), at.Dataset[F])
assert_type(F.from_bytes(b""), F)
assert_type(F(1).packed, bytes)

@at.lens
def to_f(s: S) -> F:
    return F(s.count)
"""


PYRIGHT = [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable]


def wrong_lines() -> list[int]:
    return [i for i, line in enumerate(CHECKED.splitlines(), 1) if line.endswith("# WRONG")]


def test_mypy_accepts_what_is_right_and_nothing_else(
    tmp_path: Path, mypy: Callable[..., str]
) -> None:
    """TRAPS 4.4."""
    (tmp_path / "checked.py").write_text(CHECKED)
    said = mypy("checked.py", cwd=tmp_path)
    found = sorted({int(line.split(":")[1]) for line in said.splitlines() if ": error" in line})
    assert found == wrong_lines(), said


def test_pyright_accepts_what_is_right_and_nothing_else(tmp_path: Path) -> None:
    """TRAPS 4.4."""
    (tmp_path / "checked.py").write_text(CHECKED)
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pyright",
            "--outputjson",
            "--pythonpath",
            sys.executable,
            "checked.py",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    told = json.loads(done.stdout)["generalDiagnostics"]
    errors = [one for one in told if one["severity"] == "error"]
    found = sorted({one["range"]["start"]["line"] + 1 for one in errors})
    assert found == wrong_lines(), errors
