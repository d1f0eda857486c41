"""What the samples grid is answered, asked as its page asks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

import atdata_nb as at
from atdata_nb.shards import write_shard
from atdata_nb.widgets.samples import SampleSession
from atdata_nb.widgets.samples.arrow import KINDS


@at.packable
class Thing:
    n: int
    score: float
    kind: str
    curve: NDArray[np.float32]
    note: str | None = None


@at.packable
class Picky:
    n: int

    def __post_init__(self) -> None:
        if self.n == 3:
            raise ValueError("three is not allowed")


def things(count: int) -> list[Thing]:
    curve = np.arange(4, dtype=np.float32)
    return [
        Thing(n, n / 2, "ab"[n % 2], curve + n, None if n % 4 else "noted") for n in range(count)
    ]


def write(tmp_path: Path, samples: list[Any], name: str = "a.tar") -> Path:
    write_shard(tmp_path / name, samples)
    return tmp_path / name


class Page:
    """The page's side: asks until all is said."""

    def __init__(self, session: SampleSession) -> None:
        self.session = session

    def ask(self, kind: str, **more: Any) -> dict[str, Any]:
        return self.session.answer({"id": 1, "kind": kind, **more})[0]

    def rows(self, start: int = 0, **more: Any) -> list[dict[str, Any]]:
        """An answer holds as many rows as there was time for: the rest is asked for again."""
        asked = {"id": 1, "kind": "rows", "count": 20, **more}
        found: list[dict[str, Any]] = []
        while True:
            here = {"start": start + len(found), "count": asked["count"] - len(found)}
            told, (data,) = self.session.answer({**asked, **here})
            found += pa.ipc.open_stream(data).read_all().to_pylist()
            if told["count"] == told["wanted"]:
                return found

    def scan(self, **more: Any) -> dict[str, Any]:
        for _ in range(100):
            answer = self.ask("scan", **more)
            if answer["done"]:
                return answer
        raise AssertionError(answer)

    def match(self, **more: Any) -> dict[str, Any]:
        self.scan()
        for _ in range(100):
            answer = self.ask("match", **more)
            if answer.get("error") or answer["caughtUp"]:
                return answer
        raise AssertionError(answer)


@pytest.fixture
def page(tmp_path: Path) -> Page:
    path = write(tmp_path, things(500))
    return Page(SampleSession(lambda: at.Dataset[Thing](path), source="dataset = …"))


def test_the_table_says_its_columns_and_how_many_rows(page: Page) -> None:
    table = page.ask("table")
    assert [(c["name"], c["type"], c["kind"]) for c in table["columns"]] == [
        ("n", "int", "number"),
        ("score", "float", "number"),
        ("kind", "str", "text"),
        ("curve", "float32", "array"),
        ("note", "str, optional", "text"),
    ]
    assert (table["random"], table["known"], table["whole"], table["read"]) == (True, 500, True, 0)


def test_rows_come_as_arrow_with_what_each_cell_shows(page: Page) -> None:
    row = page.rows(start=10, count=2, first=0, last=5)[1]
    assert (row["row"], row["fault"]) == (11, None)
    shown = [(KINDS[row[f"{i}"]["kind"]], row[f"{i}"]["text"]) for i in range(5)]
    assert shown == [
        ("number", "11"),
        ("number", "5.5"),
        ("text", "b"),
        ("array", "float32 4"),
        ("missing", "missing"),
    ]
    assert row["3"]["note"] == "11 … 14"
    assert list(row["3"]["curve"]) == [0, 85, 170, 255]


def test_only_the_columns_in_view_are_sent(page: Page) -> None:
    assert list(page.rows(first=1, last=3)[0]) == ["row", "fault", "0", "1"]


def test_headers_say_what_they_are_based_on(page: Page) -> None:
    answer = page.scan(first=0, last=5)
    assert (answer["read"], answer["known"], answer["sortable"]) == (500, 500, [0, 1, 2, 4])
    headers = dict(answer["headers"])
    assert (headers[0]["bars"]["low"], headers[0]["bars"]["high"]) == ("0", "499")
    assert sum(headers[0]["bars"]["counts"]) == 500
    assert headers[2]["top"] == [["a", 0.5], ["b", 0.5]]
    assert (headers[3]["type"], headers[3]["note"]) == ("float32 4", "0 … 502")
    assert headers[4]["type"] == "str, optional · 75 % missing"


def test_a_query_and_an_order_make_a_view_of_rows(page: Page) -> None:
    found = page.match(query='n >= 490 and kind == "a"', sort=1, down=True)
    assert (found["count"], found["looked"]) == (5, 500)
    assert [row["row"] for row in page.rows(view=found["view"])] == [498, 496, 494, 492, 490]
    again = page.match(query="", sort=-1)
    assert again["view"] == 0


def test_missing_values_come_last_in_either_order(page: Page) -> None:
    for down in (False, True):
        found = page.match(sort=4, down=down)
        numbers = [row["row"] for row in page.rows(view=found["view"], count=500)]
        assert set(numbers[:125]) == set(range(0, 500, 4))
        assert set(numbers) == set(range(500))


def test_rows_of_a_view_that_was_left_are_not_given(page: Page) -> None:
    old = page.match(query="n < 5")["view"]
    page.match(query="n < 3")
    assert page.rows(view=old) == []


@pytest.mark.parametrize(
    ("query", "said", "position"),
    [
        ("n = 3", "two values are compared with `==`", 2),
        ("nn == 3", "there is no column nn; there are: n, score, kind, note", 0),
        ("n == 1 and curve == 3", "curve is no column of numbers, text or booleans", 11),
        ('n == "x"', "", None),
    ],
)
def test_what_is_wrong_with_a_query_is_an_answer(
    query: str, said: str, position: int | None, page: Page
) -> None:
    fault = page.match(query=query)["error"]
    assert said in fault["text"]
    assert fault["position"] == position


def test_a_query_is_never_run(page: Page, tmp_path: Path) -> None:
    """TRAPS S3: text of somebody else never becomes code."""
    marker = tmp_path / "ran"
    assert page.match(query=f"__import__('pathlib').Path({str(marker)!r}).touch()")["error"]
    assert not marker.exists()


def test_a_request_that_is_none_is_refused(page: Page) -> None:
    for wrong in ({"kind": "rows", "count": 10_000}, {"kind": "rows", "start": -1}, {"kind": "x"}):
        with pytest.raises(msgspec.ValidationError):
            page.session.answer({"id": 1, **wrong})


def test_a_sample_that_its_class_refuses_is_a_row_that_says_why(tmp_path: Path) -> None:
    path = write(tmp_path, [at.DictSample({"n": n}) for n in range(6)])
    page = Page(SampleSession(lambda: at.Dataset[Picky](path)))
    rows = page.rows()
    assert [row["row"] for row in rows] == list(range(6))
    assert "three is not allowed" in rows[3]["fault"]
    assert [row["0"]["text"] for row in rows if row["fault"] is None] == ["0", "1", "2", "4", "5"]


def test_bytes_that_do_not_decode_break_no_other_row(tmp_path: Path) -> None:
    path = write(tmp_path, things(300))
    data = bytearray(path.read_bytes())
    data[data.find(b"000000123.msgpack") + 512] = 0xC1
    path.write_bytes(data)
    page = Page(SampleSession(lambda: at.Dataset[Thing](path)))
    rows = page.rows(start=120, count=6)
    assert [bool(row["fault"]) for row in rows] == [False] * 3 + [True] + [False] * 2
    assert "000000123.msgpack" in rows[3]["fault"]
    answer = page.scan()
    assert (answer["read"], answer["broken"]) == (300, 1)
    assert page.match(query="n > 120 and n < 126")["count"] == 4
    assert [row["row"] for row in page.rows(view=1)] == [121, 122, 124, 125]


def test_a_shard_that_is_cut_shows_what_came_before(tmp_path: Path) -> None:
    """TRAPS C25: a cut shard is never taken for a whole one."""
    first, second = write(tmp_path, things(50)), write(tmp_path, things(5), "b.tar")
    first.write_bytes(first.read_bytes()[: first.stat().st_size // 2])
    page = Page(SampleSession(lambda: at.Dataset[Thing]([first, second])))
    assert page.ask("table")["random"] is False
    known = page.scan()["known"]
    rows = page.rows(count=100)
    assert len(rows) == known
    (broken,) = [i for i, row in enumerate(rows) if row["fault"]]
    assert "a.tar" in rows[broken]["fault"]
    assert len(rows) - broken == 1 + 5
    assert [row["0"]["text"] for row in rows[:broken]] == [f"{n}" for n in range(broken)]


def test_a_compressed_shard_is_read_on_in_strides(tmp_path: Path) -> None:
    import gzip

    path = write(tmp_path, things(2_000))
    packed = tmp_path / "a.tar.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    page = Page(SampleSession(lambda: at.Dataset[Thing](packed)))
    table = page.ask("table")
    assert (table["random"], table["whole"], table["known"] < 2_000) == (False, False, True)
    answer = page.scan()
    assert (answer["known"], answer["read"], answer["whole"]) == (2_000, 2_000, True)
    assert page.rows(start=1_990)[-1]["0"]["text"] == "1999"


def test_no_more_than_a_limit_is_shown(tmp_path: Path) -> None:
    path = write(tmp_path, things(100))
    page = Page(SampleSession(lambda: at.Dataset[Thing](path), limit=7))
    assert page.ask("table")["known"] == 7
    assert len(page.rows()) == 7
    assert page.scan()["read"] == 7
    assert page.match(query="n >= 0")["count"] == 7


def test_fields_that_only_some_samples_have(tmp_path: Path) -> None:
    rows = [{"a": 1}, {"a": 2.5, "b": "x"}, {"b": "y", "c": [1, 2]}]
    path = write(tmp_path, [at.DictSample(row) for row in rows])
    page = Page(SampleSession(lambda: at.Dataset(path)))
    assert [c["name"] for c in page.ask("table")["columns"]] == ["a", "b", "c"]
    assert [row["2"]["text"] for row in page.rows()] == ["missing", "missing", "[1, 2]"]
    answer = page.scan()
    assert answer["sortable"] == [0, 1]
    assert page.match(query="a > 0")["count"] == 2
    assert page.match(query="b is missing")["count"] == 1


def test_a_new_look_opens_the_dataset_again(tmp_path: Path) -> None:
    path = write(tmp_path, things(3))
    opened: list[int] = []

    def opener() -> at.Dataset[Thing]:
        opened.append(1)
        return at.Dataset[Thing](path)

    page = Page(SampleSession(opener))
    page.ask("table")
    path.unlink()
    write(tmp_path, things(5))
    assert page.ask("table", fresh=True)["known"] == 5
    assert len(opened) == 2


def test_code_gives_the_chosen_rows_or_the_view(page: Page) -> None:
    page.ask("table")
    assert page.ask("code", query="n < 3")["code"].splitlines() == [
        "dataset = …",
        "samples = dataset.where('n < 3')",
    ]
    assert page.ask("code", query="n < 3", rows=[5, 2])["code"].endswith("dataset.take([5, 2])")
    assert page.ask("code", sort=1, down=True)["code"].endswith(
        "frame = dataset.to_pandas().sort_values('score', ascending=False, kind='stable')"
    )


@pytest.fixture
def hear() -> Callable[[Path, type], tuple[dict[str, Any], bytes]]:
    def ask(path: Path, kind: type) -> tuple[dict[str, Any], bytes]:
        session = SampleSession(lambda: at.Dataset(path, sample_type=kind))
        answer, (data,) = session.answer({"id": 1, "kind": "sound", "row": 0, "column": 0})
        return answer, data

    return ask


def test_a_waveform_beside_its_rate_is_heard(tmp_path: Path, hear: Callable[..., Any]) -> None:
    @at.packable
    class Take:
        waveform: NDArray[np.int16]
        sample_rate: int

    wave = (np.sin(np.arange(8_000) / 4) * 20_000).astype(np.int16)
    path = write(tmp_path, [Take(wave, 8_000)])
    answer, data = hear(path, Take)
    assert (answer["type"], data[:4], len(data)) == ("audio/wav", b"RIFF", 44 + 16_000)
    row = Page(SampleSession(lambda: at.Dataset[Take](path))).rows()[0]
    assert KINDS[row["0"]["kind"]] == "audio"
    assert row["0"]["text"] == "int16 at 8,000 Hz · 1 s"


def test_huge_cells_are_sent_as_a_few_facts(tmp_path: Path) -> None:
    @at.packable
    class Huge:
        volume: NDArray[np.float32]
        blob: bytes
        text: str

    volume = np.zeros((30, 1_000, 1_000), np.float32)
    path = write(tmp_path, [Huge(volume, bytes(40_000_000), "x" * 40_000_000)])
    session = SampleSession(lambda: at.Dataset[Huge](path))
    _, (data,) = session.answer({"id": 1, "kind": "rows"})
    assert len(data) < 5_000
    row = pa.ipc.open_stream(data).read_all().to_pylist()[0]
    assert row["0"]["text"] == "float32 30×1000×1000"
    assert row["1"]["text"] == "bytes (40 MB)"
    answer = Page(session).scan()
    headers = dict(answer["headers"])
    assert (headers[1]["note"], headers[2]["note"]) == ("40 MB", "40,000,000 characters")
    assert answer["sortable"] == []
