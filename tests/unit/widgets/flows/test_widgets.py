from __future__ import annotations

import json
from pathlib import Path

import pytest

import atdata_nb as at
from atdata_nb.errors import LoginError
from atdata_nb.widgets.flows import Account
from atdata_nb.widgets.flows.account import forget_all


@pytest.fixture
def index(tmp_path: Path) -> at.LocalIndex:
    index = at.LocalIndex(tmp_path / "index")
    index.write_samples([at.DictSample(n=1)], name="rows", description="Rows", license="MIT")
    return index


@pytest.fixture(autouse=True)
def no_ring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    forget_all()


def test_a_saved_notebook_shows_the_dataset_that_would_be_promoted(index: at.LocalIndex) -> None:
    widget = at.promote("rows", index)
    bundle = widget._repr_mimebundle_()[0]
    assert bundle["text/plain"] == "Promote rows 1.0.0: nothing is public yet"
    assert "Rows" in bundle["text/html"]
    assert "<table" in bundle["text/html"]


def test_the_form_is_filled_in_before_anything_was_asked(index: at.LocalIndex) -> None:
    form = {field["name"]: field["value"] for field in at.promote("rows", index).first["form"]}
    assert (form["name"], form["description"], form["license"]) == ("rows", "Rows", "MIT")
    assert form["place"] == "blobs"


def test_without_an_entry_the_index_is_shown(index: at.LocalIndex) -> None:
    widget = at.promote(index=index)
    assert widget.first["choose"] is True
    assert repr(widget) == "Promote: no dataset chosen yet"
    assert "rows" in widget._repr_mimebundle_()[0]["text/html"]


def test_publishing_shows_its_form_in_a_saved_notebook(index: at.LocalIndex) -> None:
    widget = at.publish([at.DictSample(n=1)], index)
    assert repr(widget) == "Publish a dataset: nothing is written yet"
    assert "<table" in widget._repr_mimebundle_()[0]["text/html"]


def test_nobody_is_signed_in_where_nobody_was(index: at.LocalIndex) -> None:
    account = Account()
    account.find()
    assert account.wire() is None
    with pytest.raises(LoginError, match="sign in first"):
        _ = account.client


def test_an_ask_that_is_none_is_answered_with_its_reason(index: at.LocalIndex) -> None:
    widget = at.promote("rows", index)
    sent: list[dict[str, object]] = []
    widget.send = lambda content, _buffers=None: sent.append(content)
    ask = {"kind": "sign_in", "handle": 3, "password": "hunter2"}
    widget._handle_custom_msg({"id": 1, "kind": "flow", "ask": ask}, [])
    widget._handle_custom_msg({"id": 2, "kind": "flow", "ask": {"kind": "progress"}}, [])
    assert "Expected `str`" in str(sent[0]["error"])
    assert "nothing is running here" in str(sent[1]["error"])
    assert "hunter2" not in json.dumps(sent)
