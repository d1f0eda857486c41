from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import expect

APP = """
import marimo

app = marimo.App()


@app.cell
def _():
    import atdata_nb as at

    @at.packable
    class Word:
        text: str

    index = at.LocalIndex("words")
    entry = index.write_samples([Word("first"), Word("second")], name="words")
    return at, entry, index


@app.cell
def _(at, index):
    at.browse(index)
    return


@app.cell
def _(at, entry):
    at.preview(entry)
    return


if __name__ == "__main__":
    app.run()
"""


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A marimo server of its own, which shows the app."""
    (tmp_path / "app.py").write_text(APP, "utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--headless", "--no-token", "--port", str(port)]
    server = subprocess.Popen(
        [sys.executable, "-m", "marimo", "-y", "run", "app.py", *options],
        cwd=tmp_path,
        env=os.environ | {"HOME": str(tmp_path), "ATDATA_NB_HOME": str(tmp_path / "home")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert server.stdout is not None
    said = []
    for line in server.stdout:
        said.append(line)
        if f":{port}" in line:
            break
    else:
        pytest.fail("marimo did not start:\n" + "".join(said))
    # Nobody else reads the pipe, and a full one would stop the server.
    Thread(target=server.stdout.read, daemon=True).start()
    yield f"http://127.0.0.1:{port}"
    server.terminate()
    server.wait(15)


def test_browser_preview_and_sample_work_in_marimo(chromium: Chromium, address: str) -> None:
    asked: list[str] = []
    context = chromium.new_context(viewport={"width": 1280, "height": 1400})
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.on("websocket", lambda websocket: asked.append(websocket.url))
    page.goto(address)
    browser = page.locator(".at-browser")
    browser.get_by_role("option").filter(has_text="words").click()
    expect(browser.get_by_role("tabpanel")).to_contain_text("second")
    preview = page.locator(".at-preview")
    preview.get_by_role("gridcell").filter(has_text="first").click()
    expect(preview.get_by_role("dialog")).to_contain_text("Sample 0 of 2")
    page.keyboard.press("ArrowRight")
    expect(preview.get_by_role("dialog")).to_contain_text("second")
    context.close()
    own = (address, address.replace("http", "ws", 1), "blob:", "data:")
    assert [url for url in asked if not url.startswith(own)] == []
