"""Publishing and promoting in JupyterLab itself, against a network on this machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from playwright.sync_api import Locator, expect

import atdata_nb as at
from atdata_nb.sandbox import Sandbox

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
    lab.page.evaluate(
        """async () => {
          const { content } = window.notebook;
          content.deselectAll();
          content.activeCellIndex = 1;
          await window.jupyterapp.commands.execute("notebook:run-cell");
        }"""
    )
    expect(flow.locator(".at-result")).to_contain_text("digits@1.0.0")

    text = saved(lab, notebook.name)
    state = json.loads(text)["metadata"]["widgets"]
    assert "digits" in json.dumps(state), "the state of the widgets is saved, to be searched"
    assert alice.password not in text
    assert "not-the-password" not in text
    assert "accessJwt" not in text
    assert "eyJ" not in text, "no token either"
