from __future__ import annotations

import msgspec
import pytest

from atdata_nb.widgets.flows.asks import FlowRequest, MakePlan, SignIn, read_ask


def test_a_password_is_in_no_repr_of_what_was_asked() -> None:
    ask = {"kind": "sign_in", "handle": "me.test", "password": "hunter2"}
    assert isinstance(read_ask(ask), SignIn)
    assert "hunter2" not in repr(read_ask(ask))
    assert "hunter2" not in repr(FlowRequest(1, ask))


@pytest.mark.parametrize(
    "ask",
    [
        {"kind": "run", "code": "import os"},
        {"kind": "plan", "form": {"name": 3}},
        {"kind": "plan", "form": {str(n): "" for n in range(41)}},
        {"kind": "progress", "since": -1},
        {"kind": "sign_in", "handle": "me.test", "password": "p" * 10_001},
    ],
)
def test_what_nobody_may_ask_is_refused_without_a_word_of_it(ask: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError) as refused:
        read_ask(ask)
    assert "ppp" not in str(refused.value)
    assert "import os" not in str(refused.value)


def test_columns_come_with_the_form_of_new_data() -> None:
    column = {"source": "a", "name": "b", "optional": True}
    ask = read_ask({"kind": "plan", "form": {}, "columns": [column]})
    assert isinstance(ask, MakePlan)
    assert (ask.columns[0].source, ask.columns[0].name, ask.columns[0].keep) == ("a", "b", True)
