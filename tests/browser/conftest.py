"""A real widget in a real Chromium page, without Jupyter between them."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser as Chromium
    from playwright.sync_api import Page

    from atdata_nb.sandbox import Sandbox
    from atdata_nb.widgets.channel import Channel

HOST = Path(__file__).with_name("page.html").read_text("utf-8")
# The page runs as root on test machines, and none of Chromium's own services may call out.
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


class Mounted:
    """A widget on a page: what it sends goes to the page, what the page sends comes here."""

    def __init__(self, page: Page, widget: Channel) -> None:
        self.page, self.widget = page, widget
        self.requests: list[dict[str, Any]] = []
        self._messages: list[tuple[Any, list[str]]] = []
        self._changed: set[str] = set()
        widget.observe(lambda change: self._changed.add(change["name"]))
        widget.send = self._collect
        page.expose_function("kernelSend", self._receive)
        page.expose_function("kernelSave", self._save)
        page.evaluate("parts => window.mount(...parts)", [*self._assets(), self._state()])

    def tell(self) -> None:
        """Bring to the page what the kernel has changed by itself."""
        self.page.evaluate("news => window.take(news)", self._news())

    def theme(self, name: str) -> None:
        self.page.evaluate("name => { document.body.dataset.theme = name }", name)

    def _assets(self) -> list[str]:
        return [self.widget._esm, self.widget._css]

    def _state(self, names: set[str] | None = None) -> dict[str, Any]:
        state = self.widget.get_state(names)
        return {name: value for name, value in state.items() if not name.startswith("_")}

    def _receive(self, content: dict[str, Any]) -> dict[str, Any]:
        self.requests.append(content)
        self.widget._handle_custom_msg(content, [])
        return self._news()

    def _save(self, state: dict[str, Any]) -> dict[str, Any]:
        self.widget.set_state(state)
        self._changed -= set(state)
        return self._news()

    def _collect(self, content: Any, buffers: list[bytes] | None = None) -> None:
        self._messages.append((content, [base64.b64encode(b).decode() for b in buffers or []]))

    def _news(self) -> dict[str, Any]:
        names = {name for name in self._changed if self.widget.trait_metadata(name, "sync")}
        news = {"messages": [*self._messages], "traits": self._state(names) if names else {}}
        self._messages.clear()
        self._changed.clear()
        return news


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    from playwright.sync_api import expect, sync_playwright

    # The first page of rows waits for pyarrow to be imported, on a machine that does much else.
    expect.set_options(timeout=30_000)
    program = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def network() -> Iterator[Sandbox]:
    """A network of one server, with somebody on it."""
    from atdata_nb.sandbox import Sandbox

    with Sandbox() as started:
        yield started


@pytest.fixture
def page(chromium: Chromium) -> Iterator[Page]:
    """An empty page; the test fails if a script on it does, or if it asks anything of a network."""
    faults: list[str] = []
    context = chromium.new_context(viewport={"width": 1160, "height": 600})
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: _note_request(request.url, faults))
    page.set_content(HOST)
    yield page
    context.close()
    assert faults == []


@pytest.fixture
def mount(page: Page) -> Callable[[Channel], Mounted]:
    """Put a widget on the page."""
    return lambda widget: Mounted(page, widget)


def _note_request(url: str, faults: list[str]) -> None:
    if not url.startswith(("blob:", "data:", "about:")):
        faults.append(f"the page asked for {url}")
