from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.manager import start_new_kernel

VIEW = "application/vnd.jupyter.widget-view+json"
SETUP = """
import atdata_nb as at

@at.packable
class Word:
    text: str
    number: int

class Foreign:
    name, schema_ref, data_urls, metadata = "theirs", "ref", [], None

local = at.LocalIndex()
words = local.write_samples([Word("a", 1), Word("b", 2)], name="words")
dataset = words.dataset()
other = at.LocalIndex("other")
other.write_samples([Word("c", 3)], name="elsewhere")
"""


class Kernel:
    """A real kernel; what a cell shows comes back."""

    def __init__(self, home: Path) -> None:
        folders = {"ATDATA_NB_HOME": str(home / "index"), "IPYTHONDIR": str(home / "ipython")}
        env = os.environ | folders
        self._manager, self._client = start_new_kernel(startup_timeout=120, cwd=str(home), env=env)
        self.shows(SETUP)

    def shows(self, code: str) -> dict[str, Any]:
        """Return the cell's result by type of content, or its error by name and text."""
        shown: dict[str, Any] = {}

        def hear(message: dict[str, Any]) -> None:
            content = message["content"]
            if message["msg_type"] == "execute_result":
                shown.update(content["data"])
            elif message["msg_type"] == "error":
                shown.update(error=f"{content['ename']}: {content['evalue']}")
            elif message["msg_type"] == "stream":
                shown[content["name"]] = shown.get(content["name"], "") + content["text"]

        self._client.execute_interactive(code, timeout=60, output_hook=hear)
        return shown

    def stop(self) -> None:
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    kernel = Kernel(tmp_path_factory.mktemp("kernel"))
    yield kernel
    kernel.stop()


@pytest.fixture
def loaded(kernel: Kernel) -> Iterator[Kernel]:
    assert kernel.shows("%load_ext atdata_nb") == {}
    yield kernel
    kernel.shows("%unload_ext atdata_nb")


def test_what_is_displayed_last_is_a_widget_until_the_extension_is_unloaded(
    kernel: Kernel,
) -> None:
    names = ("local", "words", "dataset")
    before = {name: kernel.shows(name) for name in names}
    assert all(VIEW not in shown for shown in before.values())
    kernel.shows("%load_ext atdata_nb")
    live = {name: kernel.shows(name) for name in names}
    assert all(VIEW in shown for shown in live.values())
    assert live["local"]["text/plain"].startswith("Browser of LocalIndex")
    assert live["words"]["text/plain"].startswith("Preview of words")
    # The static picture goes with it, for wherever the widget cannot be.
    assert all("<table" in shown["text/html"] for shown in live.values())
    kernel.shows("%unload_ext atdata_nb")
    assert {name: kernel.shows(name) for name in names} == before
    assert "%browse` not found" in kernel.shows("%browse")["stderr"]


def test_all_else_is_displayed_as_before(loaded: Kernel) -> None:
    assert loaded.shows("6 * 7") == {"text/plain": "42"}
    assert VIEW not in loaded.shows("words.schema_ref")
    assert VIEW not in loaded.shows("local.get_schema(words.schema_ref)")
    # Only its own index could open it.
    assert VIEW not in loaded.shows("Foreign()")
    assert VIEW in loaded.shows("at.preview(words)")
    # Loading twice, as a notebook that is run again does.
    loaded.shows("%reload_ext atdata_nb")
    assert loaded.shows("6 * 7") == {"text/plain": "42"}


def test_what_asks_for_any_attribute_is_left_alone(loaded: Kernel) -> None:
    code = """
class Echo:
    def __getattr__(self, name):
        raise RuntimeError(f"asked for {name}")
    def __repr__(self):
        return "Echo()"
Echo()
"""
    assert loaded.shows(code)["text/plain"] == "Echo()"


def test_browse_takes_variables_and_a_query(loaded: Kernel) -> None:
    assert loaded.shows("%browse")["text/plain"] == "Browser of LocalIndex: 1 dataset"
    loaded.shows("browser = %browse other -q else where")
    assert loaded.shows("browser.index is other, browser.query")["text/plain"] == (
        "(True, 'else where')"
    )
    assert "no variable nothing" in loaded.shows("%browse nothing")["stderr"]
    assert "words is no index" in loaded.shows("%browse words")["stderr"]


def test_preview_takes_a_variable_or_a_name(loaded: Kernel) -> None:
    assert VIEW in loaded.shows("%preview dataset")
    assert VIEW in loaded.shows("%preview words")
    loaded.shows("del words")
    # No variable any more, so the dataset of that name.
    assert VIEW in loaded.shows("%preview words -n 1")
    assert VIEW in loaded.shows("%preview elsewhere -i other")
    loaded.shows("""preview = %preview dataset -q number > 1 and text == "b" """)
    assert loaded.shows("preview.query")["text/plain"] == """'number > 1 and text == "b"'"""
    loaded.shows("preview = %preview dataset -q 'number > 1'")
    assert loaded.shows("preview.query")["text/plain"] == "'number > 1'"
    assert "no dataset" in loaded.shows("%preview nothing")["stderr"]
    assert "at is a module" in loaded.shows("%preview at")["stderr"]
    loaded.shows("words = local.get_dataset('words')")


def test_nothing_of_a_line_is_evaluated(loaded: Kernel) -> None:
    loaded.shows("ran = []")
    for line in ("%browse ran.append(1)", "%preview ran.append(1)", "%browse ran.__class__"):
        assert "stderr" in loaded.shows(line)
    assert loaded.shows("ran")["text/plain"] == "[]"
