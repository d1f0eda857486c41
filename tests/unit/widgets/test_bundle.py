from __future__ import annotations

import pytest

from atdata_nb.errors import BundleNotFoundError
from atdata_nb.widgets.bundle import Asset


def test_a_bundle_that_was_not_built_says_how_to_build_it() -> None:
    with pytest.raises(BundleNotFoundError, match="npm run build"):
        str(Asset("no-such-file.js"))


def test_the_bundle_reaches_no_other_host_and_builds_no_markup() -> None:
    for name in ("browser.js", "preview.js", "widgets.css"):
        text = str(Asset(name)).replace("http://www.w3.org/2000/svg", "")
        assert "http" not in text
        assert "innerHTML" not in text
        assert "prefers-color-scheme" not in text
