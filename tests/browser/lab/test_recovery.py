from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from playwright.sync_api import expect

from atdata_nb.sandbox.redis_program import REDIS_VARIABLE, RedisProgram

SETUP = """
import pathlib
import atdata_nb as at

@at.packable
class Word:
    text: str

index = at.LocalIndex("store", redis="{url}")
entry = index.write_samples([Word("first"), Word("second")], name="words")
"""
HIDE = "shard = pathlib.Path(entry.data_urls[0]); shard = shard.rename(shard.with_suffix('.away'))"
BACK = "shard.rename(shard.with_suffix('.tar'))"


class Redis:
    """A Redis that is stopped and started again with the same data."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._program = RedisProgram(folder)
        self.start()

    @property
    def url(self) -> str:
        return self._program.variables(self.port)[REDIS_VARIABLE]

    def start(self) -> None:
        self._handle = self._program.start(self.port)
        self._program.wait(self._handle, self.port)

    def stop(self) -> None:
        assert self._handle.end(15)


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    folder = tmp_path / "redis"
    folder.mkdir()
    redis = Redis(folder)
    yield redis
    redis.stop()


@pytest.fixture
def notebook(tmp_path: Path, redis: Redis) -> Path:
    cells = [SETUP.format(url=redis.url), "at.browse(index)", "at.preview(entry)"]
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    path = tmp_path / "recovery.ipynb"
    nbformat.write(made, path)
    return path


def test_what_fails_says_so_in_place_and_one_click_goes_on(
    lab: Any, notebook: Path, redis: Redis
) -> None:
    lab.open(notebook)
    assert lab.run_all()
    browser = lab.notebook.locator(".at-browser")
    preview = lab.notebook.locator(".at-preview")
    expect(browser.locator(".at-item")).to_have_count(1)
    expect(preview).to_contain_text("second")

    # An index that is dead.
    redis.stop()
    browser.get_by_role("searchbox").fill("wor")
    alert = browser.get_by_role("alert").first
    expect(alert).to_be_visible()
    redis.start()
    alert.get_by_role("button", name="Retry").click()
    expect(browser.locator(".at-item")).to_have_count(1)

    # An exception in the kernel: the shard is gone.
    lab.execute(HIDE)
    preview.get_by_role("gridcell").filter(has_text="first").click()
    sample = preview.get_by_role("dialog")
    expect(sample.get_by_role("alert")).to_contain_text("The sample cannot be read.")
    lab.execute(BACK)
    sample.get_by_role("button", name="Retry").click()
    expect(sample).to_contain_text("first")

    # A connection that is cut with a question on its way: the kernel is still there.
    silence = lab.notebook.locator(".at-silence")
    lab.cut(clicking=".at-preview button[title='Next (→)']")
    lab.mend()
    expect(sample).to_contain_text("Sample 1 of 2")
    expect(sample).to_contain_text("second")
    lab.page.keyboard.press("Escape")
    browser.locator(".at-item").click()
    expect(browser.get_by_role("tabpanel")).to_contain_text("second")
    expect(silence).to_have_count(0)

    # What is stored of it holds no secret but the one that was typed into a cell.
    cells = nbformat.read(lab.save(), as_version=4).cells
    assert redis.url in cells[0].source
    assert redis.url.partition("@")[0] not in repr([cell.get("outputs") for cell in cells])

    # A kernel that has forgotten everything.
    lab.restart()
    expect(silence).to_have_count(2)
    expect(silence.first).to_contain_text("run this cell again")
    silence.first.get_by_role("button", name="Try again").click()
    expect(silence).to_have_count(2)
    expect(browser.locator(".at-item")).to_have_count(1)
