from __future__ import annotations

import gzip
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import webdataset
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import atdata_nb as at
from atdata_nb.errors import (
    EmptyDatasetError,
    SampleDecodeError,
    SampleTypeError,
    TruncatedShardError,
    UnsafeUrlError,
)


def npy(array: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def png(size: tuple[int, int], colour: str = "red") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "png")
    return file.getvalue()


def sound() -> bytes:
    file = io.BytesIO()
    soundfile.write(file, np.arange(4, dtype=np.int16), 8000, format="WAV")
    return file.getvalue()


def put(path: Path, *samples: dict[str, bytes]) -> Path:
    with webdataset.TarWriter(str(path)) as writer:
        for number, sample in enumerate(samples):
            writer.write({"__key__": f"{number:04d}", **sample})
    return path


def test_members_are_fields_of_the_type_that_their_ending_says(tmp_path: Path) -> None:
    path = put(
        tmp_path / "a.tar",
        {
            "png": png((4, 3)),
            "wav": sound(),
            "npy": npy(np.ones((2, 2), np.float32)),
            "json": json.dumps({"a": [1, None]}).encode(),
            "txt": "blå".encode(),
            "cls": b"7",
            "pyd": b"cos\nsystem\n",
        },
        {"png": png((5, 5)), "wav": sound(), "npy": npy(np.ones(3, np.float32))}
        | {"json": b"[1]", "txt": b"", "cls": b"8", "pyd": b""},
    )
    first, second = at.from_webdataset(path)
    assert first.png.shape == (3, 4, 3)
    assert first.png[0, 0].tolist() == [255, 0, 0]
    assert first.wav[:, 0].tolist() == [0, 1, 2, 3]
    assert (first.wav.dtype, first.wav_rate) == (np.int16, 8000)
    assert (first.npy.shape, second.npy.shape) == ((2, 2), (3,))
    assert (first.json, second.json) == ({"a": [1, None]}, [1])
    assert (first.txt, first.cls, first.pyd) == ("blå", 7, b"cos\nsystem\n")
    assert (first.key, second.key) == ("0000", "0001")


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
wholes = st.integers(-(2**63), 2**63 - 1)


@settings(max_examples=20)
@given(st.lists(st.tuples(texts, wholes, st.binary(max_size=9)), min_size=1))
def test_what_webdataset_wrote_comes_back(rows: list[tuple[str, int, bytes]]) -> None:
    file = io.BytesIO()
    with webdataset.TarWriter(file) as writer:
        for number, (text, whole, data) in enumerate(rows):
            values = {"txt": text.encode(), "cls": str(whole).encode(), "bin": data}
            writer.write({"__key__": str(number), **values})
    with Folder(file.getvalue()) as path:
        found = [(sample.txt, sample.cls, sample.bin) for sample in at.from_webdataset(path)]
    assert found == rows


class Folder:
    """A file that goes when the block ends: hypothesis runs a test many times in one tmp_path."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def __enter__(self) -> str:
        import tempfile

        self._folder = tempfile.TemporaryDirectory()
        path = Path(self._folder.name, "a.tar")
        path.write_bytes(self._data)
        return str(path)

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()


def test_fields_can_be_named_and_have_several_endings(tmp_path: Path) -> None:
    path = put(tmp_path / "a.tar", {"jpg": png((2, 2)), "cls": b"1"}, {"png": png((2, 2))})
    ds = at.from_webdataset(path, fields={"image": "jpg;png", "label": "cls"})
    assert ds.field_names == ("image", "label", "key")
    assert [sample.label for sample in ds] == [1, None]


def test_several_and_compressed_files_are_read_one_after_the_other(tmp_path: Path) -> None:
    data = put(tmp_path / "0.tar", {"cls": b"1"}).read_bytes()
    (tmp_path / "1.tar.gz").write_bytes(gzip.compress(data))
    ds = at.from_webdataset([tmp_path / "0.tar", tmp_path / "1.tar.gz"])
    assert [sample.cls for sample in ds] == [1, 1]
    assert len(ds.list_shards()) == 2


def test_a_name_with_two_dots_is_a_field_of_its_own(tmp_path: Path) -> None:
    (sample,) = at.from_webdataset(put(tmp_path / "a.tar", {"seg.png": png((2, 2)), "cls": b"1"}))
    assert sample.seg_png.shape == (2, 2, 3)


def test_commands_are_never_run(tmp_path: Path) -> None:
    """TRAPS S1."""
    with pytest.raises(UnsafeUrlError, match="pipe"):
        at.from_webdataset("pipe:touch " + str(tmp_path / "ran"))
    assert not (tmp_path / "ran").exists()


def test_arrays_are_never_unpickled(tmp_path: Path) -> None:
    """TRAPS S2."""
    data = io.BytesIO()
    np.save(data, np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises((SampleDecodeError, ValueError), match="object"):
        at.from_webdataset(put(tmp_path / "a.tar", {"npy": data.getvalue()}))


@pytest.mark.parametrize("kept", [512, 1024 + 512, 1024])
def test_an_archive_that_was_cut_is_told_wherever_it_was_cut(tmp_path: Path, kept: int) -> None:
    """TRAPS C25."""
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as tar:
        for number in range(2):
            info = tarfile.TarInfo(f"{number}.cls")
            info.size = 1
            tar.addfile(info, io.BytesIO(b"1"))
    whole = at.from_webdataset(path)
    assert len(list(whole)) == 2
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(TruncatedShardError, match=r"a\.tar"):
        list(whole)


def test_a_sample_that_lacks_what_the_others_have_is_named(tmp_path: Path) -> None:
    rows = [{"cls": b"1", "txt": b"a"}] * 100 + [{"txt": b"b"}]
    ds = at.from_webdataset(put(tmp_path / "a.tar", *rows))
    with pytest.raises(SampleTypeError, match=r"sample 0100 has no member \.cls"):
        list(ds)


def test_a_member_that_is_not_what_its_ending_says_is_named(tmp_path: Path) -> None:
    rows = [{"cls": b"1"}] * 100 + [{"cls": b"cat"}]
    ds = at.from_webdataset(put(tmp_path / "a.tar", *rows))
    with pytest.raises(SampleDecodeError, match=r"sample 0100\.cls"):
        list(ds)


def test_an_ending_that_nobody_has_is_told(tmp_path: Path) -> None:
    path = put(tmp_path / "a.tar", {"cls": b"1"})
    with pytest.raises(SampleTypeError, match=r"no member \.jpg or \.png for the field 'image'"):
        at.from_webdataset(path, fields={"image": "jpg;png"})


def test_files_without_samples_are_told(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w"):
        pass
    with pytest.raises(EmptyDatasetError):
        at.from_webdataset(tmp_path / "a.tar")
