from __future__ import annotations

from pathlib import Path

import pytest

from atdata_nb.errors import BundleNotFoundError
from atdata_nb.widgets.bundle import Asset


def test_a_bundle_that_was_not_built_says_how_to_build_it() -> None:
    with pytest.raises(BundleNotFoundError, match="npm run build"):
        str(Asset("no-such-file.js"))


def test_the_bundle_reaches_no_other_host() -> None:
    for name in ("browser.js", "preview.js", "flow.js", "widgets.css"):
        text = str(Asset(name)).replace("http://www.w3.org/2000/svg", "")
        text = text.replace(r"/^https?:\/\//", "")  # what an address must look like to be a link
        assert "http" not in text
        assert "prefers-color-scheme" not in text


def test_no_markup_is_built_from_text() -> None:
    ours = (Path(__file__).parents[3] / "widgets" / "src").rglob("*.ts")
    assert [path.name for path in ours if "innerHTML" in path.read_text("utf-8")] == []
    # regular-table's own two: a frame without content, and an empty table.
    for name in ("browser.js", "preview.js"):
        assert str(Asset(name)).count("innerHTML") <= 2
