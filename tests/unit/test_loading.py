"""load_dataset: what a path, a pattern, a folder or a name stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from atdata_nb import errors
from atdata_nb.dataset import Dataset
from atdata_nb.loading import DatasetDict, load_dataset
from atdata_nb.samples import DictSample, packable
from atdata_nb.shards import write_shard
from atdata_nb.splits import fixed_root, split_of

if TYPE_CHECKING:
    from pathlib import Path


@packable
class Row:
    n: int


def put(folder: Path, *names: str) -> None:
    for i, name in enumerate(names):
        write_shard(folder / name, [Row(i)])


def numbers(dataset: Dataset[Row]) -> list[int]:
    return [row.n for row in dataset]


def test_a_pattern_over_several_splits_gives_several_splits(tmp_path: Path) -> None:
    """TRAPS C13."""
    put(tmp_path, "a-train-0.tar", "a-train-1.tar", "a-test-0.tar")
    splits = load_dataset(f"{tmp_path}/a-{{train,test}}-0.tar", Row)
    assert {name: numbers(split) for name, split in splits.items()} == {"train": [0], "test": [2]}
    assert numbers(load_dataset(f"{tmp_path}/a-*.tar", Row, split="train")) == [0, 1]


@pytest.mark.parametrize("folder", ["dev", "test", "validation"])
def test_a_folder_above_the_data_says_nothing_of_its_split(tmp_path: Path, folder: str) -> None:
    """TRAPS C13."""
    put(tmp_path / folder, "a.tar")
    for path in (tmp_path / folder / "a.tar", tmp_path / folder, tmp_path / folder / "*.tar"):
        assert numbers(load_dataset(path, Row, split="train")) == [0]


def test_folders_below_the_one_given_name_splits(tmp_path: Path) -> None:
    put(tmp_path, "training/0.tar", "dev/0.tar", "test/0.tar", "test/1.tar")
    splits = load_dataset(tmp_path, Row)
    assert splits.num_shards == {"train": 1, "validation": 1, "test": 2}
    assert repr(splits) == "DatasetDict[Row](train: 1 shard, validation: 1 shard, test: 2 shards)"


def test_words_inside_words_are_no_splits() -> None:
    names = ["latest.tar", "restrained-0.tar", "a_valid_0.tar", "dev.tar", "x.test.tar"]
    assert [split_of(n) for n in names] == ["train", "train", "validation", "validation", "test"]


def test_a_missing_split_says_which_there_are(tmp_path: Path) -> None:
    put(tmp_path, "a-train.tar", "a-test.tar")
    with pytest.raises(errors.SplitNotFoundError, match="no split 'dev'; there are: train, test"):
        load_dataset(tmp_path, Row, split="dev")
    with pytest.raises(KeyError, match="no split 'dev'"):
        load_dataset(tmp_path, Row)["dev"]


def test_data_files_are_found_below_the_path(tmp_path: Path) -> None:
    put(tmp_path, "x0.tar", "x1.tar", "y.tar")
    assert numbers(load_dataset(tmp_path, Row, data_files="x*.tar", split="train")) == [0, 1]
    splits = load_dataset(tmp_path, Row, data_files={"a": "x{0..1}.tar", "b": ["y.tar"]})
    assert {name: numbers(split) for name, split in splits.items()} == {"a": [0, 1], "b": [2]}


def test_without_a_type_samples_are_dictionaries(tmp_path: Path) -> None:
    put(tmp_path, "a.tar")
    assert load_dataset(tmp_path / "a.tar", split="train").head() == [DictSample(n=0)]


@pytest.mark.parametrize("name", ["none.tar", "none-*.tar", "{a,b}.tar"])
def test_a_path_that_leads_nowhere_fails_at_once(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileNotFoundError, match=r"no (such )?file"):
        load_dataset(tmp_path / name, Row)


def test_an_empty_folder_says_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(errors.ShardNotFoundError, match=r"no shard in this folder \(\*\.tar"):
        load_dataset(tmp_path, Row)


def test_a_remote_star_is_refused_with_the_way_out() -> None:
    with pytest.raises(errors.UrlError, match="braces"):
        load_dataset("https://example.org/*.tar", Row)


def test_a_command_is_never_run(tmp_path: Path) -> None:
    """TRAPS S1."""
    witness = tmp_path / "ran"
    for path in (f"pipe:touch {witness}", f"{{pipe:touch {witness},a}}.tar"):
        with pytest.raises(errors.UrlError):
            load_dataset(path, Row)
    assert not witness.exists()


def test_names_need_an_index() -> None:
    with pytest.raises(KeyError, match="index=LocalIndex"):
        load_dataset("@local/digits")
    with pytest.raises(errors.UrlError, match="@owner/name"):
        load_dataset("@digits", index=Listing("", []))  # type: ignore[arg-type]


class Listing:
    """An index of one entry, with nothing but what the protocol names."""

    data_store = None

    def __init__(self, name: str, urls: list[str]) -> None:
        self.name, self.data_urls = name, urls
        self.schema_ref, self.metadata = "atdata://local/sampleSchema/Row@1.0.0", {"k": 1}

    def get_dataset(self, ref: str) -> Any:
        if ref != self.name:
            raise KeyError(ref)
        return self

    def decode_schema(self, ref: str) -> type:  # noqa: ARG002
        return Row


def test_a_foreign_index_may_not_name_local_files(tmp_path: Path) -> None:
    """TRAPS S1, S9."""
    put(tmp_path, "a.tar")
    index: Any = Listing("rows", [str(tmp_path / "a.tar")])
    with pytest.raises(errors.UnsafeUrlError, match="local path in somebody's record"):
        load_dataset("@x/rows", index=index)
    remote: Any = Listing("rows", ["https://example.org/a.tar"])
    found = load_dataset("rows", index=remote, split="train")
    assert (found.sample_type, found.metadata, found.name) == (Row, {"k": 1}, "rows")


def test_fixed_root_ends_before_the_pattern() -> None:
    assert fixed_root("s3://b/dev/{a,b}.tar") == "s3://b/dev/"
    assert fixed_root("dev/x-*.tar") == "dev/"


def test_the_splits_say_their_type(tmp_path: Path) -> None:
    put(tmp_path, "a.tar")
    splits = load_dataset(tmp_path, Row)
    assert isinstance(splits, DatasetDict)
    assert splits.sample_type is Row
    assert DatasetDict().sample_type is None
