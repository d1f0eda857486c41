from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from scale.work import Reading, Warm, readings, warm

import atdata_nb as at
from atdata_nb.errors import EmptyDatasetError, LensError, SampleTypeError, ScanError
from atdata_nb.shards import write_shard


@pytest.fixture
def ds(tmp_path: Path) -> at.Dataset[Reading]:
    folder = tmp_path / "old"
    paths = [write_shard(folder / f"{n}.tar", readings(n, 40 + n)).url for n in range(4)]
    return at.Dataset[Reading](paths, name="winter", metadata={"season": "winter"})


@pytest.fixture
def store(tmp_path: Path) -> at.LocalDiskStore:
    return at.LocalDiskStore(tmp_path / "new")


def names(ds: at.Dataset[Any]) -> list[str]:
    return [Path(shard).name for shard in ds.list_shards()]


def test_a_mapped_dataset_calls_its_function_when_it_is_read(ds: at.Dataset[Reading]) -> None:
    called: list[int] = []

    def noted(sample: Reading) -> Warm:
        called.append(sample.count)
        return warm(sample)

    mapped = ds.map(noted)
    assert called == []
    assert mapped.sample_type is Warm
    assert mapped[1] == warm(ds[1])
    assert called == [1]
    (batch,) = mapped.ordered(batch_size=200)
    assert batch.kelvin == [warm(sample).kelvin for sample in ds]


def test_a_function_that_says_nothing_of_its_type_is_asked_for_it(ds: at.Dataset[Reading]) -> None:
    with pytest.raises(LensError, match="say what it returns with out_type="):
        ds.map(lambda sample: warm(sample))  # noqa: PLW0108 - a lambda has no annotation
    assert ds.map(lambda sample: sample.celsius, out_type=float).sample_type is float


def test_maps_follow_each_other(ds: at.Dataset[Reading]) -> None:
    def cooler(sample: Warm) -> Warm:
        return Warm(sample.station, sample.kelvin - 1)

    both = ds.map(warm).map(cooler)
    assert both.head(1)[0].kelvin == warm(ds[0]).kelvin - 1
    assert [step.function for step in both.steps] == ["warm", "cooler"]


def test_writing_makes_a_new_shard_of_each_old_one(
    ds: at.Dataset[Reading], store: at.LocalDiskStore
) -> None:
    made = ds.map(warm).write(store, prefix="warm")
    assert list(made) == [warm(sample) for sample in ds]
    assert [shard.samples for shard in made.written] == [40, 41, 42, 43]
    assert [name[:11] for name in names(made)] == [f"warm-{n:06d}" for n in range(4)]
    assert ds.map(warm).write(store, prefix="warm").written == made.written


def test_the_new_shards_are_those_that_one_writer_would_make(
    ds: at.Dataset[Reading], store: at.LocalDiskStore, tmp_path: Path
) -> None:
    alone = at.LocalDiskStore(tmp_path / "alone").write(map(warm, ds), prefix="w", maxcount=30)
    made = ds.map(warm).write(store, prefix="w", maxcount=30)
    assert [shard.sha256 for shard in made.written] == [shard.sha256 for shard in alone]
    assert names(made) == [Path(shard.url).name for shard in alone]


@pytest.mark.parametrize("maxcount", [1000, 41, 7])
def test_shards_can_be_made_larger_or_smaller(
    ds: at.Dataset[Reading], store: at.LocalDiskStore, maxcount: int
) -> None:
    made = ds.write(store, prefix="cut", maxcount=maxcount)
    assert list(made) == list(ds)
    counts = [shard.samples for shard in made.written]
    assert counts == [maxcount] * (166 // maxcount) + [166 % maxcount]


def test_names_that_samples_have_of_their_own_are_kept(
    store: at.LocalDiskStore, tmp_path: Path
) -> None:
    with at.shards.ShardWriter(tmp_path / "named.tar") as writer:
        for n in range(6):
            writer.write(at.DictSample(n=n), key=f"image-{n}")
    made = at.Dataset(tmp_path / "named.tar").write(store, prefix="named", maxcount=4)
    assert list(made.keys()) == [f"image-{n}" for n in range(6)]


def test_what_would_be_too_large_is_cut(ds: at.Dataset[Reading], store: at.LocalDiskStore) -> None:
    made = ds.write(store, prefix="small", maxsize=30_000)
    assert list(made) == list(ds)
    assert [name[:16] for name in names(made)][:3] == [
        "small-000000-" + names(made)[0][13:16],
        "small-000000.001",
        "small-000001-" + names(made)[2][13:16],
    ]


def test_the_metadata_says_what_it_is_made_from(
    ds: at.Dataset[Reading], store: at.LocalDiskStore
) -> None:
    made = ds.map(warm).write(store, prefix="warm")
    assert made.metadata == {
        "season": "winter",
        "made_from": {
            "name": "winter",
            "shards": 4,
            "steps": [{"function": "warm", "takes": "Reading", "gives": "Warm"}],
        },
    }
    again = made.write(store, prefix="again", maxcount=100).metadata or {}
    assert again["made_from"]["before"] == made.metadata["made_from"]
    assert len(again["made_from"]["sha256"]) == 64


def test_an_index_lists_what_was_made_and_from_what(
    ds: at.Dataset[Reading], tmp_path: Path
) -> None:
    index = at.LocalIndex(tmp_path / "index")
    entry = index.write_samples(ds.map(warm), name="warm", client="threads")
    assert index.write_samples(ds.map(warm), name="warm", client="threads") == entry
    assert (entry.samples, len(entry.shards), entry.version) == (166, 4, "1.0.0")
    assert (entry.metadata or {})["made_from"]["steps"][0]["gives"] == "Warm"
    assert entry.schema["name"] == "Warm"
    assert index.verify("warm", client="threads").ok
    with pytest.raises(SampleTypeError, match="client= spreads a Dataset's shards"):
        index.write_samples(readings(0, 3), name="no", client="threads")


def test_a_failure_leaves_nothing_new(ds: at.Dataset[Reading], store: at.LocalDiskStore) -> None:
    def picky(sample: Reading) -> Warm:
        if sample.count == 41:
            raise ArithmeticError("too warm")
        return warm(sample)

    with pytest.raises(ScanError, match=r"2\.tar: .*too warm.* 2 shards"):
        ds.map(picky).write(store, prefix="warm")
    assert [path for path in store.root.rglob("*") if path.is_file()] == []


def test_what_is_made_is_of_the_type_that_was_said(
    ds: at.Dataset[Reading], store: at.LocalDiskStore
) -> None:
    with pytest.raises((SampleTypeError, ScanError), match="a Reading where Warm was announced"):
        ds.map(lambda sample: sample, out_type=Warm).write(store, prefix="warm")  # type: ignore[arg-type, return-value]


def test_a_killed_writer_leaves_nothing_when_all_is_done(store: at.LocalDiskStore) -> None:
    (store.root / ".writing-cafe-0123").mkdir(parents=True)
    (store.root / ".writing-beef-0123").mkdir()
    store.clean("cafe")
    assert [path.name for path in store.root.iterdir()] == [".writing-beef-0123"]


def test_nothing_to_write_is_said(tmp_path: Path, store: at.LocalDiskStore) -> None:
    with pytest.raises(EmptyDatasetError, match="none: there are no samples"):
        at.Dataset(at.URLSource([])).write(store, prefix="none")
