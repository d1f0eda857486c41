from __future__ import annotations

from unit.views.page_text import page_of, tell_the_same, words

from atdata_nb.atmosphere import Verdict
from atdata_nb.atmosphere.proof import Step as Looked
from atdata_nb.flows import Note, Plan, Public, Result, Step
from atdata_nb.views.plans import plan_facts

EVIL = "<script>alarm()</script>\u202e\x1b[31m"
URI = "at://did:plc:ewvi7nxzyoun6zhxrhs64oiz/ac.foundation.dataset.record/3n2wsxkbll52q"


def plan_of(*steps: Step, **options: object) -> Plan:
    told = {
        "kind": "promote",
        "title": "Promote digits 1.1.0",
        "confirm": "Publish 2 shards, 35 MB, publicly as me.example.org",
        "public": Public(facts=(("name", "digits"),), record={"name": "digits"}),
    }
    return Plan(steps=steps, **(told | options))  # type: ignore[arg-type]


SCHEMA = Step(
    "schema", "schema", "Schema Digit 1.1.0", "already public, reused: at://somewhere", reused=True
)
SHARD = Step("shard-0", "shard", "Shard 1 of 1", "", 35_000_000)


def test_a_plan_tells_its_steps_and_what_becomes_public() -> None:
    plan = plan_of(SCHEMA, SHARD, bytes=35_000_000, seconds=2)
    tell_the_same(plan, "Promote digits 1.1.0", "Schema Digit 1.1.0", "Shard 1 of 1", plan.confirm)
    page = words(page_of(plan))
    assert "What becomes public name digits" in page
    assert "✓ Schema Digit 1.1.0 at://somewhere already public, reused" in page
    assert "2 steps · 35 MB to move · about 2 s" in page
    assert '"name": "digits"' in page


def test_warnings_and_blockers_stand_above_with_their_remedy() -> None:
    plan = plan_of(
        SHARD,
        warnings=(Note("license", "there is no license", "choose one"),),
        blockers=(Note("login", "nobody is logged in", "log in first"),),
    )
    tell_the_same(plan, "there is no license", "choose one", "nobody is logged in", "log in first")
    page = words(page_of(plan))
    assert page.index("nobody is logged in") < page.index("there is no license")
    assert page.index("there is no license") < page.index("Shard 1 of 1")
    assert page.endswith("Nothing can be done yet.")


def test_a_plan_of_which_all_is_there_says_so() -> None:
    plan = plan_of(SCHEMA)
    assert words(page_of(plan)).endswith("All of it is there already.")


def test_a_publication_on_this_machine_does_not_speak_of_the_public() -> None:
    assert "What it will say" in page_of(plan_of(SHARD, kind="publish"))
    assert "What becomes public" not in page_of(plan_of(SHARD, kind="publish"))


def test_addresses_and_what_is_left_out_are_named() -> None:
    public = Public(urls=("https://example.org/a.tar",), fields=("image",), left_out=("a path",))
    page = words(page_of(plan_of(SHARD, public=public)))
    assert "fields image" in page
    assert "addresses https://example.org/a.tar" in page
    assert "left out a path" in page


def test_a_thousand_shards_are_folded() -> None:
    shards = [Step(f"shard-{n}", "shard", f"Shard {n + 1}", "", 10) for n in range(3_000)]
    facts = plan_facts(plan_of(*shards))
    assert [len(part.rows) for part in facts.parts] == [100] * 20
    assert facts.left_out == 1_000
    assert "and 1,000 more steps" in page_of(plan_of(*shards))


def test_no_word_of_a_plan_acts_on_the_page() -> None:
    plan = plan_of(
        Step("a", "shard", EVIL, EVIL),
        title=EVIL,
        confirm=EVIL,
        public=Public(
            facts=((EVIL, EVIL),), urls=(EVIL,), fields=(EVIL,), left_out=(EVIL,), record={EVIL: 1}
        ),
        warnings=(Note(EVIL, EVIL, EVIL),),
    )
    page = page_of(plan)
    assert "<script>" not in page
    assert "\u202e" not in page
    assert "\x1b" not in page


def test_a_result_tells_where_it_is_and_how_to_load_it() -> None:
    verdict = Verdict(URI, (Looked("signature", ok=True, why="signed by the author"),))
    code = 'at.load_dataset("@me.example.org/digits")'
    result = Result(
        uri=URI, url="https://me.example.org/x", code=code, changed=True, bytes=9, verdict=verdict
    )
    tell_the_same(result, "Published", URI, code, "https://me.example.org/x", "verified")
    assert "signed by the author" in words(page_of(result))


def test_a_result_that_changed_nothing_says_so() -> None:
    result = Result(uri="digits@1.0.0", url="", code="index.get_dataset('digits')", changed=False)
    assert "it was there already" in words(page_of(result))
    assert "it was there already" in repr(result)


def test_an_address_stands_below_its_step_and_a_word_at_its_end() -> None:
    uri = "at://did:plc:x/ac.foundation.dataset.sampleSchema/3n2wsxk2fb32q"
    plan = plan_of(
        Step("a", "schema", "Schema", uri, reused=True),
        Step("b", "record", "Record", "written last", 1_400),
    )
    (part,) = plan_facts(plan).parts
    assert [(step.note, step.detail) for step in part.rows] == [
        ("already there, reused", uri),
        ("1.4 KB · written last", ""),
    ]
