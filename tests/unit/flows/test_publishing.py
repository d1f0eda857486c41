from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event as Signal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from PIL import Image

from atdata_nb import Dataset, LocalIndex, packable, plan_publish
from atdata_nb.cli.app import run
from atdata_nb.errors import (
    FlowCancelledError,
    FlowError,
    PlanBlockedError,
    SampleDecodeError,
    SampleTypeError,
    ShardNotFoundError,
)
from atdata_nb.flows import Event, unfinished
from atdata_nb.shards import write_shard


@packable
class Digit:
    label: int
    image: NDArray[np.uint8]


ROWS = [Digit(n, np.full((4, 4), n, np.uint8)) for n in range(6)]


@pytest.fixture
def index(tmp_path: Path) -> Iterator[LocalIndex]:
    with LocalIndex(tmp_path / "home") as made:
        yield made


def fields(plan: Any) -> dict[str, str]:
    return {
        field.name: f"{field.type.primitive or field.type.dtype}{'?' * field.optional}"
        for field in plan.schema.fields
    }


# ---- what can be published ----------------------------------------------------------------------


def test_samples_are_planned_without_writing_and_then_written(index: LocalIndex) -> None:
    plan = plan_publish(ROWS, index=index, name="digits", license="MIT", description="Digits")
    assert len(index) == 0
    assert not (index.path / "shards").exists()
    assert plan.title == "Publish digits 1.0.0"
    assert plan.confirm == "Write 6 samples, about 6.1 KB, as digits on this machine"
    assert [step.id for step in plan.steps] == ["check", "schema", "write", "record"]
    assert (plan.warnings, plan.blockers) == ((), ())
    assert plan.public.fields == ("label", "image")
    json.dumps(plan.to_dict())
    events: list[Event] = []
    result = plan.run(events.append)
    assert (result.uri, result.changed) == ("digits@1.0.0", True)
    assert result.code == 'index.get_dataset("digits@1.0.0").dataset()'
    assert {event.step: event.kind for event in events} == dict.fromkeys(
        ("check", "schema", "write", "record"), "finished"
    )
    entry = index.get_dataset("digits")
    assert [sample.label for sample in entry.dataset()] == list(range(6))


def test_running_it_again_changes_nothing_and_says_so(index: LocalIndex) -> None:
    plan = plan_publish(ROWS, index=index, name="digits")
    assert plan.run().changed
    again = plan.run()
    assert (again.changed, again.bytes) == (False, 0)
    assert "was there already" in repr(again)
    schema = plan_publish(ROWS, index=index, name="digits").step("schema")
    assert schema.reused
    assert len(index.versions("digits")) == 1


def test_a_frame_gets_dtypes_shapes_and_optional_columns(index: LocalIndex) -> None:
    frame = pd.DataFrame(
        {
            "n": [1, 2],
            "note": ["a", None],
            "vector": [np.zeros(3, np.float32), np.ones(3, np.float32)],
            "picture": [Image.new("RGB", (6, 4)), Image.new("RGB", (6, 4))],
        }
    )
    plan = plan_publish(frame, index=index, name="frame")
    assert fields(plan) == {"n": "int", "note": "str?", "vector": "float32", "picture": "uint8"}
    assert plan.schema.get_field("picture").type.shape == (4, 6, 3)
    entry = plan.run().entry
    assert entry.dataset().head(1)[0].picture.shape == (4, 6, 3)


def test_an_arrow_table_is_published(index: LocalIndex) -> None:
    table = pa.table({"city": ["Lund", None], "celsius": [-3.5, 4.0]})
    plan = plan_publish(table, index=index, name="winter")
    assert fields(plan) == {"city": "str?", "celsius": "float"}
    assert [sample.city for sample in plan.run().entry.dataset()] == ["Lund", None]


def test_dicts_are_published_with_the_schema_that_they_show(index: LocalIndex) -> None:
    rows = [{"n": 1, "image": np.zeros((2, 2))}, {"n": 2, "image": np.zeros((2, 2)), "tag": "b"}]
    plan = plan_publish(rows, index=index, name="rows")
    assert fields(plan) == {"n": "int", "image": "float64", "tag": "str?"}
    assert plan.schema.get_field("image").type.shape == (2, 2)
    assert [sample.tag for sample in plan.run().entry.dataset()] == [None, "b"]


def test_a_stream_is_looked_into_and_none_of_it_is_lost(index: LocalIndex) -> None:
    plan = plan_publish(({"n": n} for n in range(2_500)), index=index, name="stream")
    assert plan.bytes is None
    assert plan.confirm == "Write the samples, as stream on this machine"
    assert [sample.n for sample in plan.run().entry.dataset()] == list(range(2_500))
    with pytest.raises(FlowError, match="came as a stream and were read already"):
        plan.run()
    assert [entry.ref for entry in index.versions("stream")] == ["stream@1.0.0"]


def test_shards_of_a_folder_are_copied_or_listed_where_they_are(
    index: LocalIndex, tmp_path: Path
) -> None:
    folder = tmp_path / "tars"
    for n in range(2):
        write_shard(folder / f"{n}.tar", ROWS)
    there = plan_publish(folder, index=index, name="there", copy=False)
    assert there.step("write").detail == "2 shards stay where they are"
    assert there.run().entry.data_urls == [str(folder / f"{n}.tar") for n in range(2)]
    copied = plan_publish(Dataset[Digit](sorted(folder.iterdir())), index=index, name="copied")
    (url,) = {str(Path(url).parent.parent) for url in copied.run().entry.data_urls}
    assert url == str(index.path / "shards")
    untyped = plan_publish(folder, index=index, name="untyped").run().entry
    assert [sample.label for sample in untyped.dataset()] == [*range(6), *range(6)]


def test_a_folder_of_images_is_published_with_its_labels(index: LocalIndex, tmp_path: Path) -> None:
    for name in ("cats/tom.png", "dogs/rex.png"):
        path = tmp_path / "pets" / name
        path.parent.mkdir(parents=True)
        Image.new("RGB", (6, 4)).save(path)
    plan = plan_publish(tmp_path / "pets", index=index, name="pets")
    assert fields(plan) == {"image": "uint8", "label": "str", "file": "str"}
    assert [sample.label for sample in plan.run().entry.dataset()] == ["cats", "dogs"]


def test_a_folder_of_recordings_is_published(index: LocalIndex, tmp_path: Path) -> None:
    import soundfile

    (tmp_path / "sounds").mkdir()
    soundfile.write(tmp_path / "sounds" / "beep.wav", np.zeros((80, 1), np.int16), 8_000)
    plan = plan_publish(tmp_path / "sounds", index=index, name="sounds")
    assert fields(plan) == {"waveform": "int16", "sample_rate": "int", "file": "str"}
    assert plan.run().entry.dataset().head(1)[0].sample_rate == 8_000


# ---- the schema, edited -------------------------------------------------------------------------


def test_the_schema_can_be_edited_before_anything_is_written(index: LocalIndex) -> None:
    frame = pd.DataFrame({"email": ["a@b.se"], "v": [np.zeros(3)], "n": [1]})
    plan = plan_publish(frame, index=index, name="edited")
    assert [note.kind for note in plan.warnings] == ["license", "description", "personal"]
    _, vector, number = plan.schema.fields
    narrow = replace(vector, type=replace(vector.type, dtype="float32"))
    wide = replace(number, type=replace(number.type, primitive="float"), description="How many.")
    edited = plan.with_schema(replace(plan.schema, name="Edited", fields=(narrow, wide)))
    assert "personal" not in {note.kind for note in edited.warnings}
    assert edited.public.fields == ("v", "n")
    entry = edited.run().entry
    (sample,) = entry.dataset()
    assert (sample.v.dtype, sample.n) == (np.float32, 1.0)
    assert entry.schema.schema.get_field("n").description == "How many."
    assert entry.schema["name"] == "Edited"
    assert b"a@b.se" not in Path(entry.data_urls[0]).read_bytes()


def test_a_field_that_no_sample_has_needs_a_default(index: LocalIndex) -> None:
    plan = plan_publish([{"n": 1}], index=index, name="rows")
    (number,) = plan.schema.fields
    more = replace(number, name="more")
    with pytest.raises(SampleTypeError, match="the samples have no more: give a default"):
        plan.with_schema(replace(plan.schema, fields=(number, more)))
    filled = plan.with_schema(replace(plan.schema, fields=(number, replace(more, default=7))))
    assert next(iter(filled.run().entry.dataset())).more == 7


# ---- what is in the way -------------------------------------------------------------------------


@pytest.mark.parametrize("nothing", [[], iter(()), pd.DataFrame({"n": []})])
def test_no_samples_are_a_blocker_and_leave_nothing(index: LocalIndex, nothing: Any) -> None:
    """TRAPS C25."""
    plan = plan_publish(nothing, index=index, name="none")
    assert [note.kind for note in plan.blockers] == ["samples"]
    with pytest.raises(PlanBlockedError, match="give at least one sample"):
        plan.run()
    assert len(index) == 0
    assert not (index.path / "shards").exists()


def test_a_write_that_fails_leaves_nothing(index: LocalIndex) -> None:
    """TRAPS C25."""
    rows: list[Any] = [{"n": n} for n in range(2_000)] + [{"n": "not a number"}]
    plan = plan_publish(iter(rows), index=index, name="broken")
    with pytest.raises(SampleDecodeError, match=r"Broken\.n: str 'not a number' is no int"):
        plan.run()
    assert len(index) == 0
    assert not list((index.path / "shards").rglob("*.tar"))


def test_a_cancelled_write_leaves_nothing(index: LocalIndex) -> None:
    stop = Signal()

    def on_event(event: Event) -> None:
        if event.kind == "progress":
            stop.set()

    plan = plan_publish([{"n": n} for n in range(20_000)], index=index, name="long")
    with pytest.raises(FlowCancelledError, match="run again it begins anew"):
        plan.run(on_event, cancel=stop)
    assert len(index) == 0
    assert list((index.path / "shards").iterdir()) == []
    assert unfinished(index) == []
    assert plan.run().entry.samples == 20_000


def test_what_is_listed_already_is_not_said_to_be_cancelled(index: LocalIndex) -> None:
    stop = Signal()

    def on_event(event: Event) -> None:
        if (event.step, event.kind) == ("write", "finished"):
            stop.set()

    result = plan_publish(ROWS, index=index, name="digits").run(on_event, cancel=stop)
    assert (result.uri, len(index)) == ("digits@1.0.0", 1)


KILLED = """
import sys
import atdata_nb as at
from atdata_nb import flows

def rows():
    for n in range(20_000):
        if n == 15_000:
            print("a shard is written, and half of the next", flush=True)
            sys.stdin.read()
        yield {"n": n}

index = at.LocalIndex(sys.argv[1])
flows.plan_publish(rows(), index=index, name="long", maxcount=10_000).run()
"""


def test_a_killed_write_leaves_nothing_to_resume_and_begins_anew(
    index: LocalIndex, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [sys.executable, "-c", KILLED, str(index.path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("a shard is written")
        process.kill()
    shards = index.path / "shards"
    assert len([path for path in shards.iterdir() if path.is_dir()]) == 1
    assert not list(shards.rglob("long-*.tar"))
    assert len(index) == 0
    assert unfinished(index) == []
    monkeypatch.setenv("ATDATA_NB_HOME", str(index.path))
    assert run(("resume",)) == 0
    assert capsys.readouterr().out == "No promotion was cut short.\n"

    rows = [{"n": n} for n in range(20_000)]
    entry = plan_publish(rows, index=index, name="long", maxcount=10_000).run().entry
    assert entry.samples == 20_000
    # What the killed one had begun is gone too.
    assert [path.name for path in shards.iterdir()] == ["long"]
    assert len(list(shards.rglob("*.tar"))) == 2


def test_a_name_that_is_taken_is_kept_replaced_or_in_the_way(index: LocalIndex) -> None:
    plan_publish(ROWS, index=index, name="digits").run()
    other = ROWS[:2]
    blocked = plan_publish(other, index=index, name="digits", on_existing="stop")
    assert [note.kind for note in blocked.blockers] == ["exists"]
    assert plan_publish(other, index=index, name="digits").run().uri == "digits@1.1.0"
    plan = plan_publish(ROWS[:3], index=index, name="digits", on_existing="replace")
    assert "exists" in {note.kind for note in plan.warnings}
    plan.run()
    assert [entry.samples for entry in index.versions("digits")] == [3]
    with pytest.raises(FlowError, match="on_existing is"):
        plan_publish(ROWS, index=index, name="digits", on_existing="whatever")  # type: ignore[arg-type]


@pytest.mark.parametrize(("name", "told"), [("", "needs a name"), ("a@1.0.0", "like a version")])
def test_an_illegal_name_is_a_blocker(index: LocalIndex, name: str, told: str) -> None:
    (note,) = plan_publish(ROWS, index=index, name=name).blockers
    assert told in note.text


def test_what_is_no_data_is_refused_with_what_would_be(index: LocalIndex) -> None:
    for nothing in (3, {"a": 1}, b"bytes", [3]):
        with pytest.raises(SampleTypeError, match="give"):
            plan_publish(nothing, index=index, name="x")
    with pytest.raises(ShardNotFoundError, match="no such file or folder"):
        plan_publish("/nowhere/at/all", index=index, name="x")


def test_paths_in_the_metadata_are_told_of(index: LocalIndex) -> None:
    plan = plan_publish(ROWS, index=index, name="digits", metadata={"from": "/data/raw"})
    (note,) = [note for note in plan.warnings if note.kind == "metadata"]
    assert "is left out if the dataset is promoted" in note.remedy
    (fault,) = plan_publish(ROWS, index=index, name="x", metadata={"f": object()}).blockers
    assert fault.kind == "metadata"
