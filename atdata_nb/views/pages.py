"""Pages: one function a kind of object, from the object's facts to HTML through a template."""

from __future__ import annotations

import dataclasses
from itertools import islice
from typing import TYPE_CHECKING, Any

from atdata_nb.errors import AtdataError
from atdata_nb.views.amounts import counted
from atdata_nb.views.cells import outline
from atdata_nb.views.datasets import dataset_facts
from atdata_nb.views.diffs import diff_facts
from atdata_nb.views.entries import entry_facts
from atdata_nb.views.folds import MOST_ROWS
from atdata_nb.views.indexes import index_facts
from atdata_nb.views.laws import law_facts
from atdata_nb.views.lenses import lens_facts
from atdata_nb.views.networks import network_facts
from atdata_nb.views.plans import plan_facts, result_facts
from atdata_nb.views.rendering import render
from atdata_nb.views.samples import SampleTable, sample_table
from atdata_nb.views.schemas import schema_facts
from atdata_nb.views.statistics import statistics_facts
from atdata_nb.views.stored_lenses import body_facts, stored_lens_facts
from atdata_nb.views.text import one_line, visible
from atdata_nb.views.verdicts import verdict_facts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from atdata_nb.atmosphere.proof import Verdict
    from atdata_nb.flows import Plan, Result
    from atdata_nb.lenses import LawReport, Lens, LensNetwork, StoredLens
    from atdata_nb.lenses.stored import Body
    from atdata_nb.protocols import AbstractIndex, IndexEntry
    from atdata_nb.schemas.diff import SchemaDiff
    from atdata_nb.tables.statistics import Statistics

ROWS = 5
SIDE = 48
# A saved notebook keeps every picture; past this much the cells say dtype and shape alone.
PICTURE_BUDGET = 100_000


def entry_page(entry: IndexEntry) -> str:
    """Return an index entry: its facts, tags, metadata and shards."""
    return render("entry.html", entry=entry_facts(entry))


def schema_page(schema: Any) -> str:
    """Return a schema: its fields with types, defaults and descriptions."""
    return render("schema.html", schema=schema_facts(schema, MOST_ROWS))


def verdict_page(verdict: Verdict) -> str:
    """Return a verdict: what was looked at to trust a dataset, and what came of it."""
    return render("verdict.html", verdict=verdict_facts(verdict))


def plan_page(plan: Plan) -> str:
    """Return a plan: its steps, what becomes public, and what to know before."""
    return render("plan.html", plan=plan_facts(plan))


def result_page(result: Result) -> str:
    """Return what came of a run: where it is, how to load it, whether it was verified."""
    return render("result.html", result=result_facts(result))


def form_page(title: str, asked: Iterable[tuple[str, str]]) -> str:
    """Return a form with what is filled in: the static twin of a widget that asks."""
    rows = [(one_line(label, 60), visible(value, 500)) for label, value in asked]
    return render("form.html", title=one_line(title), rows=rows)


def diff_page(diff: SchemaDiff) -> str:
    """Return a schema diff: its changes, who can read what, the version, and the steps."""
    return render("diff.html", diff=diff_facts(diff))


def lens_page(lens: Lens[Any, Any]) -> str:
    """Return a lens: what it maps to what, step by step."""
    return render("lens.html", lens=lens_facts(lens))


def law_page(report: LawReport) -> str:
    """Return a law report: each law, and the counter-example to it."""
    return render("laws.html", report=law_facts(report))


def stored_lens_page(stored: StoredLens) -> str:
    """Return a stored lens: its schemas, its steps or where its code is, and any caution."""
    return render("stored_lens.html", lens=stored_lens_facts(stored))


def lens_body_page(body: Body) -> str:
    """Return what is stored of what a lens does."""
    return render("lens_body.html", body=body_facts(body))


def network_page(network: LensNetwork) -> str:
    """Return a lens network: its graph, and its lenses as a table."""
    return render("network.html", network=network_facts(network))


def statistics_page(statistics: Statistics) -> str:
    """Return statistics: one row a column."""
    return render("statistics.html", statistics=statistics_facts(statistics))


def dataset_page(dataset: Any) -> str:
    """Return a dataset: its facts and, where its first shard is a local file, its first samples."""
    facts = dataset_facts(dataset)
    table = sample_table(dataset.ordered(), ROWS, side=SIDE) if facts.local else None
    return render("dataset.html", dataset=facts, table=_within_budget(table))


def dataset_dict_page(splits: Mapping[str, Any]) -> str:
    """Return a dict of datasets: one row a split."""
    rows = [(one_line(name), dataset_facts(dataset)) for name, dataset in splits.items()]
    return render("splits.html", splits=rows)


def batch_page(batch: Any) -> str:
    """Return a batch: its first samples as a table."""
    table = sample_table(iter(batch), ROWS, side=SIDE)
    name = one_line(getattr(getattr(batch, "sample_type", None), "__name__", ""), 80)
    title = f"{counted(len(batch), 'sample')}{f' of {name}' if name else ''}"
    return render("batch.html", title=title, table=_within_budget(table))


def index_page(index: AbstractIndex) -> str:
    """Return an index: its first datasets as a table."""
    try:
        facts = index_facts(index)
    except AtdataError as error:
        # A server that does not answer, or nobody logged in: a sentence says it.
        return trouble_page(repr(index), str(error))
    return render("index.html", index=facts)


def report_page(report: Any) -> str:
    """Return the report of an import: its numbers, then what could not be taken over."""
    rows = [
        (field.name.replace("_", " "), _report_value(getattr(report, field.name)))
        for field in dataclasses.fields(report)
    ]
    return render("report.html", title=_words(type(report).__name__), rows=rows)


def samples_page(samples: Iterable[Any], count: int, title: str) -> str:
    """Return a table of samples alone: the static twin of the preview widget."""
    table = sample_table(samples, count, side=SIDE)
    return render("batch.html", title=one_line(title), table=_within_budget(table))


def trouble_page(title: str, reason: str) -> str:
    """Return what stands where something could not be shown."""
    return render("trouble.html", title=one_line(title), reason=visible(reason, 1_000))


def _within_budget(table: SampleTable | None) -> SampleTable | None:
    if table is None:
        return None
    left = PICTURE_BUDGET
    rows = []
    for row in table.rows:
        cells = []
        for cell in row:
            cost = len(cell.picture.uri) if cell.picture else 0
            kept = cell if cost <= left else dataclasses.replace(cell, picture=None)
            left -= cost if cost <= left else 0
            cells.append(kept)
        rows.append(tuple(cells))
    return dataclasses.replace(table, rows=tuple(rows))


def _report_value(value: Any) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, str):
        return visible(value, 500)
    if isinstance(value, (list, tuple)):
        return "\n".join(visible(str(item), 200) for item in islice(value, 20)) or "none"
    return outline(value)


def _words(name: str) -> str:
    return "".join(f" {c.lower()}" if c.isupper() else c for c in name).strip().capitalize()
