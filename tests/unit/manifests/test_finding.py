"""What manifests lead to is what reading everything finds, or they are not used."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atdata_nb import Dataset, DictSample, LocalDiskStore, LocalIndex, packable
from atdata_nb.errors import ComparisonError, ManifestError, ManifestWarning
from atdata_nb.manifests.beside import read_manifest
from atdata_nb.manifests.building import build_manifests
from atdata_nb.manifests.manifest import Manifest
from atdata_nb.queries.expressions import (
    And,
    Compare,
    Expression,
    In,
    Missing,
    Not,
    Or,
    Starts,
    Truth,
)
from atdata_nb.queries.operands import OPERATORS, Field, Literal
from atdata_nb.shards import write_shard


@packable
class Row:
    whole: int
    real: float
    text: str
    flag: bool
    maybe: int | None
    perhaps: float | None
    note: str | None


HUGE = 1 << 53
wholes = st.integers(-2, 4) | st.sampled_from([HUGE, HUGE + 1, -(1 << 63), (1 << 64) - 1])
reals = st.sampled_from([0.0, -0.0, 0.5, 1.0, float("nan"), float("inf"), float(HUGE)])
texts = st.text("ab", max_size=3) | st.just("z" * 200)
samples = st.builds(
    Row,
    wholes,
    reals,
    texts,
    st.booleans(),
    wholes | st.none(),
    reals | st.none(),
    texts | st.none(),
)
numbers = wholes | st.sampled_from([0.5, 1.0, float("inf"), -0.0, 1e300]) | st.just(1 << 70)


def of_field(name: str, constants: st.SearchStrategy[Any]) -> st.SearchStrategy[Expression]:
    field = Field((name,))
    operators = st.sampled_from(OPERATORS if name != "flag" else ("==", "!="))
    literals = st.builds(Literal, constants)
    return st.one_of(
        st.builds(Compare, st.just(field), operators, literals),
        st.builds(Compare, literals, operators, st.just(field)),
        st.builds(In, st.just(field), st.lists(literals, min_size=1, max_size=3).map(tuple)),
        st.just(Missing(field)),
    )


pairs = st.sampled_from([Field((name,)) for name in ("whole", "real", "maybe", "perhaps")])
conditions = st.recursive(
    st.one_of(
        *(of_field(name, numbers) for name in ("whole", "real", "maybe", "perhaps")),
        of_field("text", texts),
        of_field("note", texts),
        of_field("flag", st.booleans()),
        st.just(Truth(Field(("flag",)))),
        st.builds(Compare, pairs, st.sampled_from(OPERATORS), pairs),
        st.builds(Starts, st.just(Field(("note",))), texts),
    ),
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(And, st.tuples(inner, inner)),
        st.builds(Or, st.tuples(inner, inner)),
    ),
    max_leaves=4,
)


@settings(max_examples=25, deadline=None)
@given(st.lists(samples, min_size=1, max_size=25), st.lists(conditions, min_size=3, max_size=6))
def test_a_query_by_manifests_gives_what_a_scan_gives(
    rows: list[Row], several: list[Expression]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = LocalDiskStore(folder)
        shards = store.write(rows, prefix="rows", maxcount=6, manifests=True)
        ds = Dataset[Row]([shard.url for shard in shards])
        for condition in several:
            some = ds.where(condition)
            expected = [row.packed for row in rows if condition.matches(row)]
            assert [row.packed for row in some] == expected
            assert len(some) == len(expected)


@packable
class Number:
    n: int
    weight: float | None = None


def numbers_of(ds: Any) -> list[int]:
    return [sample.n for sample in ds]


@pytest.fixture
def ds(tmp_path: Path) -> Dataset[Number]:
    """Forty samples in four shards, each with its manifest."""
    store = LocalDiskStore(tmp_path)
    rows = [Number(n, n / 2 if n % 2 else None) for n in range(40)]
    shards = store.write(rows, prefix="numbers", maxcount=10, manifests=True)
    return Dataset[Number]([shard.url for shard in shards])


def beside(ds: Dataset[Any], ending: str, shard: int = 0) -> Path:
    return Path(ds.list_shards()[shard] + ending)


def test_shards_in_which_nothing_matches_are_not_opened(ds: Dataset[Number]) -> None:
    """TRAPS C20: there, no shard was skipped."""
    some = ds.where("n in [3, 12]")
    for number in (2, 3):
        # What is not read need not even be whole.
        path = Path(ds.list_shards()[number])
        stat = path.stat()
        path.write_bytes(b"x" * stat.st_size)
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert numbers_of(some) == [3, 12]
    assert repr(some.explain()) == (
        "where n in [3, 12]\n"
        "skips 2 shards: by their manifests nothing in them matches\n"
        "reads 2 samples of 2 shards, by their manifests"
    )


def test_shards_of_which_everything_matches_need_no_columns(ds: Dataset[Number]) -> None:
    for number in range(4):
        beside(ds, ".columns.parquet", number).unlink()
    assert numbers_of(ds.where("n >= 0")) == list(range(40))


def test_kinds_are_compared_as_in_a_scan_though_nothing_is_read(tmp_path: Path) -> None:
    store = LocalDiskStore(tmp_path)
    shards = store.write([DictSample(a="x")], prefix="s", manifests=True)
    with pytest.raises(ComparisonError, match="a is text"):
        list(Dataset(shards[0].url).where("a > 3"))
    with pytest.raises(ComparisonError, match="a is text: compare it"):
        list(Dataset(shards[0].url).where("a"))


def edited(change: Callable[[dict[str, Any]], None]) -> Callable[[Path], None]:
    """A change of a manifest with a checksum that holds: what an enemy would do."""

    def edit(path: Path) -> None:
        data = msgspec.json.decode(path.read_bytes())["manifest"]
        change(data)
        path.write_bytes(msgspec.convert(data, Manifest, strict=False).encode())

    return edit


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("ending", "harm", "reason"),
    [
        (".manifest.json", cut, "damaged, or no manifest"),
        (".manifest.json", flip, "its checksum does not hold|damaged, or no manifest"),
        (".manifest.json", lambda path: path.write_bytes(b"{}"), "damaged, or no manifest"),
        (".manifest.json", edited(lambda m: m.update(version=2)), "reads version 1"),
        (".manifest.json", edited(lambda m: m.update(samples=11)), "make no sense"),
        (".manifest.json", edited(lambda m: m.update(size=m["size"] + 512)), "another size"),
        (
            ".manifest.json",
            edited(lambda m: m["sidecar"]["columns"]["n"].update(offset=1 << 40)),
            "makes no sense",
        ),
        (
            ".manifest.json",
            edited(lambda m: m["sidecar"].update(size=1 << 40)),
            "makes no sense",
        ),
        (".columns.parquet", flip, "damaged, or another version's"),
        (".columns.parquet", cut, "not there, or cut"),
        (".columns.parquet", Path.unlink, "not there, or cut"),
    ],
)
def test_a_manifest_that_does_not_fit_is_told_of_and_not_used(
    ds: Dataset[Number], ending: str, harm: Callable[[Path], None], reason: str
) -> None:
    harm(beside(ds, ending))
    some = ds.where("weight > 1 and weight < 6")
    with pytest.warns(ManifestWarning, match=reason):
        assert numbers_of(some) == [3, 5, 7, 9, 11]
    assert "scans 1 shard: a manifest that does not fit" in repr(some.explain())


def test_a_manifest_that_leads_to_other_samples_is_found_out(ds: Dataset[Number]) -> None:
    """It is well-formed and of the right shard, but its columns are another shard's."""
    first, second = (read_manifest(ds.source, shard) for shard in ds.list_shards()[:2])
    assert first is not None
    assert second is not None
    lying = msgspec.structs.replace(first, sidecar=second.sidecar, columns=second.columns)
    beside(ds, ".manifest.json").write_bytes(lying.encode())
    beside(ds, ".columns.parquet").write_bytes(beside(ds, ".columns.parquet", 1).read_bytes())
    with pytest.raises(ManifestError, match="a sample that does not match"):
        ds.where("n == 12 or n == 3")[0]
    with pytest.warns(ManifestWarning, match="samples that do not match"):
        assert numbers_of(ds.where("n == 12 or n == 3")) == [3, 12]


def test_a_shard_that_was_changed_afterwards_is_read(ds: Dataset[Number], tmp_path: Path) -> None:
    shard = Path(ds.list_shards()[0])
    changed = shard.read_bytes().replace(Number(3, 1.5).packed, Number(7, 1.5).packed)
    shard.write_bytes(changed)
    later = beside(ds, ".manifest.json").stat().st_mtime_ns + 1_000_000_000
    os.utime(shard, ns=(later, later))
    with pytest.warns(ManifestWarning, match="the shard was changed after"):
        assert numbers_of(ds.where("n == 7")) == [7, 7]
    # A copy may be younger than its manifest, and is the same.
    other = Path(ds.list_shards()[1])
    os.utime(other, ns=(later, later))
    assert ds.where("n == 12").by_shard()[1].explain().scanned == 0


def test_an_entry_s_manifest_must_be_of_the_shard_it_lists(ds: Dataset[Number]) -> None:
    from atdata_nb.shards import Shard

    shard = ds.list_shards()[0]
    manifest = read_manifest(ds.source, shard)
    assert manifest is not None
    written = Shard(shard, manifest.samples, manifest.size, "0" * 64, "")
    some = Dataset[Number](shard, written=[written]).where("n > 100")
    with pytest.warns(ManifestWarning, match="another version of the shard"):
        assert some.explain().scanned == 1


def test_a_field_that_is_not_stored_and_has_a_default_is_read(tmp_path: Path) -> None:
    @packable
    class Old:
        n: int

    @packable
    class New:
        n: int
        weight: float = 2.0

    store = LocalDiskStore(tmp_path)
    shards = store.write([Old(1), Old(2)], prefix="s", manifests=True)
    some = Dataset[New](shards[0].url).where("weight == 2 and n > 1")
    assert list(some) == [New(2, 2.0)]
    assert "which their manifest can't know" in repr(some.explain())


def test_manifests_are_built_for_shards_that_have_none(tmp_path: Path) -> None:
    for i in range(3):
        write_shard(tmp_path / f"{i}.tar", [Number(10 * i + n) for n in range(10)])
    ds = Dataset[Number](tmp_path / "{0..2}.tar")
    assert ds.where("n == 15").explain().scanned == 3
    assert ds.build_manifests() == 3
    assert ds.where("n == 15").explain().pruned == 2
    assert numbers_of(ds.where("n == 15")) == [15]
    assert ds.build_manifests() == 0
    assert ds.build_manifests(force=True) == 3
    names = {path.name for path in tmp_path.iterdir()}
    assert {"0.tar", "0.tar.idx", "0.tar.manifest.json", "0.tar.columns.parquet"} <= names


def test_built_later_or_while_writing_a_manifest_is_the_same(ds: Dataset[Number]) -> None:
    before = [beside(ds, ".manifest.json", i).read_bytes() for i in range(4)]
    assert build_manifests(ds, force=True) == 4
    assert [beside(ds, ".manifest.json", i).read_bytes() for i in range(4)] == before


def test_a_compressed_shard_is_pruned_but_read_in_order(tmp_path: Path) -> None:
    import gzip

    shard = write_shard(tmp_path / "a.tar", [Number(n) for n in range(50)])
    packed = tmp_path / "b.tar.gz"
    packed.write_bytes(gzip.compress(Path(shard.url).read_bytes(), mtime=0))
    ds = Dataset[Number](packed)
    assert ds.build_manifests() == 1
    assert ds.where("n > 100").explain().pruned == 1
    assert numbers_of(ds.where("n == 33")) == [33]
    assert ds.where("n == 33").sample(3, seed=0) == [Number(33)]


def test_a_shard_written_again_by_hand_loses_its_old_manifest(tmp_path: Path) -> None:
    ds = Dataset[Number](write_shard(tmp_path / "a.tar", [Number(1)]).url)
    ds.build_manifests()
    write_shard(tmp_path / "a.tar", [Number(2)])
    assert [path.name for path in tmp_path.iterdir()] == ["a.tar"]


def test_a_store_deletes_and_writes_manifests_with_their_shards(tmp_path: Path) -> None:
    store = LocalDiskStore(tmp_path)
    (shard,) = store.write([Number(1)], prefix="n", manifests=True)
    (again,) = store.write([Number(1)], prefix="n", manifests=True)
    assert again == shard
    assert len(list((tmp_path / "n").iterdir())) == 4
    assert store.list() == [shard.url]
    store.delete(shard.url)
    assert list(tmp_path.iterdir()) == []
    (shard,) = store.write([Number(1)], prefix="n", manifests=False)
    assert len(list((tmp_path / "n").iterdir())) == 2


def test_columns_are_those_of_the_shard_and_dotted_names_are_kept_apart(tmp_path: Path) -> None:
    """TRAPS C20: dotted names collide."""
    samples = [DictSample({"a.b": 1, "a": 5}), DictSample({"a.b": 2, "a": 6})]
    (shard,) = LocalDiskStore(tmp_path).write(samples, prefix="d", manifests=True)
    ds = Dataset(shard.url)
    assert [s["a"] for s in ds.where("`a.b` == 2")] == [6]
    assert ds.where("`a.b` == 2 and a == 6").explain().found == 1
    assert ds.where("a.b == 2").explain().scanned == 1


def test_what_an_index_writes_has_its_manifests_and_its_maxcount(tmp_path: Path) -> None:
    """TRAPS C22: there, maxcount was ignored; manifest, tags and description were lost."""
    with LocalIndex(tmp_path / "index") as index:
        samples = [Number(n) for n in range(40)]
        entry = index.write_samples(
            samples, name="numbers", maxcount=10, description="All of them", tags=["whole"]
        )
        assert (entry.description, entry.tags) == ("All of them", ("whole",))
        ds = index.get_dataset("numbers").dataset(Number)
        assert len(ds.list_shards()) == 4
        assert ds.where("n == 12").explain().pruned == 3
        index.insert_dataset(ds.where("n >= 10"), name="copied", copy=True, maxcount=15)
        copied = index.get_dataset("copied").dataset(Number)
        assert copied.where("n == 12").explain().pruned == 1
        assert list(copied.keys())[:2] == ["000000000", "000000001"]
        cut = ds.where("n >= 35").write(LocalDiskStore(tmp_path), prefix="cut", maxcount=3)
        assert "".join(cut.keys()) == "000000000000000001000000002000000000000000001"
        assert numbers_of(copied.where("n > 37")) == [38, 39]
        store = LocalDiskStore(tmp_path)
        mapped = copied.where("n > 30").map(doubled).write(store, prefix="mapped", maxcount=5)
        assert numbers_of(mapped.where("n >= 76")) == [76, 78]
        assert mapped.where("n >= 76").explain().scanned == 0
        steps = [step.function for step in copied.where("n > 30").map(doubled).steps]
        assert steps[0] == "where n > 30"


def doubled(number: Number) -> Number:
    return Number(2 * number.n)


def test_manifests_of_an_entry_are_built_through_its_index(tmp_path: Path) -> None:
    with LocalIndex(tmp_path / "index") as index:
        index.write_samples([Number(1)], name="numbers", manifests=False)
        assert index.get_dataset("numbers").dataset(Number).where("n > 5").explain().scanned == 1
        assert index.build_manifests("numbers") == 1
        assert index.get_dataset("numbers").dataset(Number).where("n > 5").explain().pruned == 1
        index.remove("numbers", delete_shards=True)
        assert not [path for path in tmp_path.rglob("*") if ".tar" in path.name]


def test_a_small_file_that_would_become_a_huge_column_is_refused(tmp_path: Path) -> None:
    import pyarrow as pa

    from atdata_nb.manifests import ColumnFacts
    from atdata_nb.manifests.sidecar import encode_sidecar, read_columns

    indices = pa.array([0] * 2000, pa.int32())
    column = pa.DictionaryArray.from_arrays(indices, pa.array(["x" * (1 << 20)]))
    data, sidecar = encode_sidecar({"s": column}, {"s": ColumnFacts("s", distinct=1)})
    assert len(data) < 1 << 20
    manifest = Manifest("", 2000 * 1024, 2000, (ColumnFacts("s", {"text": 2000}),), sidecar)
    with pytest.raises(ManifestError, match="too large"):
        read_columns(manifest, ["s"], lambda start, length: data[start : start + length])
