"""Publishing and promoting in JupyterLab itself, against a network on this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from playwright.sync_api import Locator, expect
from services.buckets import open_to_all, sizes

import atdata_nb as at
from atdata_nb.sandbox import Sandbox
from atdata_nb.sandbox.background import Background
from atdata_nb.sandbox.install import default_cache
from atdata_nb.sandbox.s3_server import S3Server

pytestmark = pytest.mark.service

SETUP = """
import os
os.environ["ATDATA_NB_PLC_URL"] = {plc!r}
os.environ["ATDATA_NB_PDS_URL"] = {pds!r}
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"

import numpy as np
import pandas as pd
import atdata_nb as at

index = at.LocalIndex({home!r})
image = np.arange(64, dtype=np.float32).reshape(8, 8)
digits = pd.DataFrame({{"image": [image + n for n in range(9)], "label": range(9)}})
index.write_samples([at.DictSample(n=n) for n in range(5)], name="rows", license="MIT")
"""


@pytest.fixture
def notebook(network: Sandbox, tmp_path: Path) -> Path:
    """A notebook that publishes a DataFrame, and one that browses what is there."""
    home = str(tmp_path / "index")
    setup = SETUP.format(plc=network.plc_url, pds=network.servers[0].url, home=home)
    cells = [setup, "at.publish(digits, index)", "at.browse(index)"]
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    path = tmp_path / "flows.ipynb"
    nbformat.write(made, path)
    return path


def confirm(flow: Locator) -> Locator:
    return flow.locator(".at-end .at-go")


def run_cell(lab: Any, place: int) -> None:
    """Run one cell again, as somebody would who has closed its widget or lost sight of it."""
    lab.page.evaluate(
        """async (place) => {
          const { content } = window.notebook;
          content.deselectAll();
          content.activeCellIndex = place;
          await window.jupyterapp.commands.execute("notebook:run-cell");
        }""",
        place,
    )


def saved(lab: Any, name: str) -> str:
    """The notebook's file after it was saved with the state of its widgets."""
    lab.page.evaluate(
        """async () => {
          const { commands } = window.jupyterapp;
          const keep = "@jupyter-widgets/jupyterlab-manager:saveWidgetState";
          if (!commands.isToggled(keep)) await commands.execute(keep);
          await commands.execute("docmanager:save");
        }"""
    )
    return Path(lab.server.root, name).read_text("utf-8")


def test_by_clicks_from_a_frame_to_an_address_and_no_password_is_saved(
    lab: Any, notebook: Path, network: Sandbox
) -> None:
    alice = network.account("alice")
    lab.open(notebook)
    assert lab.run_all()
    flow = lab.notebook.locator(".at-flow-widget")
    expect(flow.get_by_label("Name", exact=True)).to_have_value("digits")
    expect(confirm(flow)).to_contain_text("as digits on this machine")
    confirm(flow).click()
    expect(flow.locator(".at-result")).to_contain_text("digits@1.0.0")
    flow.get_by_role("button", name="Promote…").click()
    flow.get_by_role("textbox", name="Handle").fill(alice.handle)
    flow.get_by_label("App password").fill("not-the-password")
    flow.get_by_role("button", name="Sign in").click()
    expect(flow.get_by_role("alert")).to_contain_text("Invalid identifier or password")
    flow.get_by_label("App password").fill(alice.password)
    flow.get_by_role("button", name="Sign in").click()
    expect(confirm(flow)).to_contain_text(f"publicly as {alice.handle}")
    confirm(flow).click()
    expect(flow.locator(".at-result")).to_contain_text("Published")
    uri = flow.locator(".at-result").get_by_text("at://").first.inner_text()
    found = at.AtmosphereIndex(network.client("bob")).get_dataset(uri)
    assert [row.label for row in found.dataset().ordered()] == list(range(9))

    # Signed in by now: from the browser it takes three clicks.
    browser = lab.notebook.locator(".at-browser")
    browser.get_by_role("option").filter(has_text="rows").click()
    browser.get_by_role("button", name="Promote…").click()
    confirm(browser).click()
    expect(browser.locator(".at-result")).to_contain_text("Published")
    at.AtmosphereIndex(network.client("bob")).get_dataset(f"@{alice.handle}/rows")

    # The cell that is run again shows what came of its run, and writes nothing once more.
    run_cell(lab, 1)
    expect(flow.locator(".at-result")).to_contain_text("digits@1.0.0")

    text = saved(lab, notebook.name)
    state = json.loads(text)["metadata"]["widgets"]
    assert "digits" in json.dumps(state), "the state of the widgets is saved, to be searched"
    assert alice.password not in text
    assert "not-the-password" not in text
    assert "accessJwt" not in text
    assert "eyJ" not in text, "no token either"


RING = '''
import json
import keyring.backend
from pathlib import Path

class Ring(keyring.backend.KeyringBackend):
    """A key ring that is still there when the kernel is restarted."""

    priority = 1
    file = Path({file!r})

    def _all(self):
        return json.loads(self.file.read_text()) if self.file.exists() else {{}}

    def get_password(self, service, username):
        return self._all().get(f"{{service}}/{{username}}")

    def set_password(self, service, username, password):
        self.file.write_text(json.dumps(self._all() | {{f"{{service}}/{{username}}": password}}))

keyring.set_keyring(Ring())
'''
GATED = """
import threading

class Gated(list):
    gate = threading.Event()

    def __iter__(self):
        for place, row in enumerate(super().__iter__()):
            if place == len(self) // 2:
                self.gate.wait()
            yield row

os.environ["ATDATA_NB_HOME"] = {sandbox!r}
os.environ["ATDATA_NB_CACHE"] = {cache!r}
index.write_samples([at.DictSample(n=n) for n in range(7)], name="kept", license="MIT")
gated = Gated({{"n": n}} for n in range(2_000))
gated.gate.set()
"""


@pytest.fixture
def kernel_home(tmp_path: Path) -> Iterator[Path]:
    """Where the kernel has its sandbox, which ends with the test."""
    yield tmp_path / "kernel"
    Background(tmp_path / "kernel" / "sandbox").down()


@pytest.fixture
def long_notebook(network: Sandbox, tmp_path: Path, kernel_home: Path) -> Path:
    """A notebook with a run that waits, and with a key ring that is kept."""
    setup = SETUP.format(
        plc=network.plc_url, pds=network.servers[0].url, home=str(tmp_path / "index")
    )
    setup += RING.format(file=str(tmp_path / "ring.json"))
    # The servers are installed once, and JupyterLab has a home of its own here.
    setup += GATED.format(sandbox=str(kernel_home), cache=str(default_cache()))
    cells = [setup, "at.publish(gated, index)", 'at.promote("kept", index)']
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    path = tmp_path / "accounts.ipynb"
    nbformat.write(made, path)
    return path


def test_a_run_outlives_its_cell_and_who_signs_in_is_remembered_nowhere_but_in_the_key_ring(
    lab: Any, long_notebook: Path, network: Sandbox, s3_server: S3Server, bucket: str
) -> None:
    open_to_all(s3_server, bucket)
    keys = long_notebook.with_name("bucket.env")
    keys.write_text("".join(f"{name}={value}\n" for name, value in s3_server.credentials.items()))
    lab.open(long_notebook)
    assert lab.run_all()
    publish, promote = lab.notebook.locator(".at-flow-widget").all()
    a_run_goes_on_when_its_cell_is_run_again(lab, publish, promote)

    promote.get_by_role("button", name="Use the sandbox").click()
    expect(promote.locator(".at-who")).to_contain_text("sandbox, nothing leaves this machine")
    confirm(promote).click()
    expect(promote.locator(".at-result")).to_contain_text("Published")
    promote.get_by_role("button", name="Promote again").click()

    alice = network.account("alice")
    promote.get_by_role("button", name="Use another").click()
    promote.get_by_role("textbox", name="Handle").fill(alice.handle)
    promote.get_by_label("App password").fill(alice.password)
    promote.get_by_label("remember on this machine").check()
    promote.get_by_role("button", name="Sign in").click()
    expect(promote.locator(".at-who")).to_contain_text(alice.handle)
    into_a_bucket(promote, network, s3_server, bucket, keys)
    ring = long_notebook.with_name("ring.json").read_text()
    secrets = [*tokens_of(ring), alice.password, s3_server.secret_key]
    assert len(secrets) == 4
    holds_none_of(secrets, saved(lab, long_notebook.name))

    lab.restart()
    assert lab.run_all()
    promote = lab.notebook.locator(".at-flow-widget").last
    expect(promote.locator(".at-who")).to_contain_text("from this machine’s key ring")
    expect(confirm(promote)).to_contain_text(f"publicly as {alice.handle}")
    holds_none_of(secrets, saved(lab, long_notebook.name))


def a_run_goes_on_when_its_cell_is_run_again(lab: Any, publish: Locator, promote: Locator) -> None:
    expect(confirm(publish)).to_contain_text("as gated on this machine")
    lab.execute("gated.gate.clear()")
    confirm(publish).click()
    expect(publish.locator(".at-steps")).to_contain_text("of 2,000 samples")
    lab.execute("(run,) = at.flows.running()")
    run_cell(lab, 1)
    expect(publish.locator(".at-steps")).to_contain_text("of 2,000 samples")
    run_cell(lab, 2)
    line = promote.get_by_role("group", name="Publish gated 1.0.0")
    expect(line).to_contain_text("goes on, begun elsewhere")
    # Nobody looks at it for a while.
    lab.execute("assert at.flows.running() == [run]")
    lab.execute("gated.gate.set()")
    expect(publish.locator(".at-result")).to_contain_text("gated@1.0.0")
    expect(line).to_have_count(0)
    lab.execute("assert (run.state, index.get_dataset('gated').samples) == ('done', 2_000)")


def into_a_bucket(
    promote: Locator, network: Sandbox, server: S3Server, bucket: str, keys: Path
) -> None:
    """Promote the seven rows, with their shard in a bucket that the form names."""
    expect(promote.get_by_label("Bucket")).to_be_hidden()
    promote.get_by_label("Put shards").select_option("s3")
    promote.get_by_label("Bucket").fill(bucket)
    promote.get_by_label("Credentials").fill(str(keys))
    public = promote.get_by_role("region", name="What becomes public")
    expect(public).to_contain_text(f"in your bucket {bucket}, for everybody to read")
    expect(confirm(promote)).to_contain_text("publicly as")
    confirm(promote).click()
    expect(promote.locator(".at-result")).to_contain_text("Published")
    uri = promote.locator(".at-result").get_by_text("at://").first.inner_text()
    found = at.AtmosphereIndex(network.client("bob")).get_dataset(uri)
    (url,) = found.data_urls
    assert url.startswith(f"{server.endpoint}/{bucket}/kept/")
    assert url.rpartition(f"{bucket}/")[2] in sizes(server, bucket)
    assert [row.n for row in found.dataset().ordered()] == list(range(7))


def tokens_of(ring: str) -> list[str]:
    """The two tokens of the session that a key ring keeps."""
    (session,) = [text for text in json.loads(ring).values() if ":::" in text]
    return [part for part in session.split(":::") if part.startswith("eyJ")]


def holds_none_of(secrets: list[str], text: str) -> None:
    assert "kept" in json.dumps(json.loads(text)["metadata"]["widgets"])
    assert [secret for secret in secrets if secret in text] == []
    assert "eyJ" not in text
    assert "Jwt" not in text
