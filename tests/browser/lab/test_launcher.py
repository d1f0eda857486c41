from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

NOTEBOOKS = Path(__file__).parents[3] / "notebooks"


def test_the_launcher_opens_the_tour_and_keeps_what_the_user_changed_in_it(lab: Any) -> None:
    first, *others = sorted(path.name for path in NOTEBOOKS.glob("*.ipynb"))
    tour = lab.server.root / "atdata-tour"
    tour.mkdir()
    mine = {"cells": [], "metadata": {"mine": True}, "nbformat": 4, "nbformat_minor": 5}
    (tour / others[0]).write_text(json.dumps(mine), "utf-8")

    lab.page.locator(".jp-LauncherCard").filter(has_text="atdata tour").click()

    tab = lab.page.locator(".lm-TabBar-tabLabel").filter(has_text=first)
    expect(tab.first).to_be_visible()
    assert sorted(path.name for path in tour.glob("*.ipynb")) == [first, *others]
    assert json.loads((tour / others[0]).read_text("utf-8"))["metadata"]["mine"]
    lab.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    assert json.loads((tour / first).read_text("utf-8"))["cells"]
