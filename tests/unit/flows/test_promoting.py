from __future__ import annotations

from pathlib import Path
from typing import assert_type

import pytest

from atdata_nb import DictSample, LocalIndex, flows
from atdata_nb.errors import FlowError


def test_one_dataset_gives_a_plan_and_several_give_plans(tmp_path: Path) -> None:
    with LocalIndex(tmp_path) as index:
        entry = index.write_samples([DictSample(n=1)], name="rows")
        one = assert_type(flows.plan_promote(entry, index=index), flows.Plan)
        named = assert_type(flows.plan_promote("rows", index=index), flows.Plan)
        several = assert_type(flows.plan_promote(index.list_datasets(), index=index), flows.Plans)
        mixed = assert_type(flows.plan_promote(("rows", "none"), index=index), flows.Plans)
        assert one == named == several[0] == mixed[0]
        # Nobody is logged in, and nobody is asked.
        assert [note.kind for note in one.blockers] == ["login"]
        assert [note.kind for note in mixed[1].blockers] == ["entry"]
        with pytest.raises(FlowError, match="several datasets can't have one name"):
            flows.plan_promote([entry], index=index, name="all of them")
