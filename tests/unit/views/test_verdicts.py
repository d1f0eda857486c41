from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest
from unit.views.page_text import page_of, tell_the_same, words

from atdata_nb.atmosphere import (
    AtmosphereClient,
    AtmosphereEntry,
    AtmosphereIndex,
    AtUri,
    NetworkIndex,
    Verdict,
)
from atdata_nb.atmosphere.proof import Step
from atdata_nb.atmosphere.records import DatasetRecord
from atdata_nb.atmosphere.storage import Blob, Blobs
from atdata_nb.errors import ServiceError
from atdata_nb.schemas.reading import Verdict as Readable
from atdata_nb.views import view_for

DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
URI = f"at://{DID}/ac.foundation.dataset.record/3n2wsxkbll52q"
SCHEMA = f"at://{DID}/ac.foundation.dataset.sampleSchema/3n2wsxk2fb32q"
CID = "bafyreibwj2whwjm5zhmsdjzh3lsls57whl47wycsjecmosarlu2lnbzrvm"
BLOB = Blob("bafkreibfn63uienxeoymb2fmo7n3ty5ftpfb2cgxxyycwgall56hgbookq", 2_048)
EVIL = "<script>alarm()</script><img src=x onerror=alarm()>\u202e\x1b[31m"

GOOD = Step("signature", ok=True, why="commit 3n2w is signed by the author")
BAD = Step("a.tar", ok=False, why="its checksum is another")
OPEN = Step("b.tar", ok=None, why="its record has no checksum of it")


@pytest.fixture
def client() -> AtmosphereClient:
    return AtmosphereClient("http://localhost:9", plc_url="http://localhost:9", timeout=1)


@pytest.fixture
def entry(client: AtmosphereClient) -> AtmosphereEntry:
    return entry_of(client, "digits", "Grey values")


def entry_of(client: AtmosphereClient, name: str, description: str) -> AtmosphereEntry:
    record = DatasetRecord(
        name=name,
        schema_ref=SCHEMA,
        storage=Blobs((BLOB,)),
        created_at="2026-01-02T03:04:05.000Z",
        description=description,
        bytes=2_048,
    )
    index = AtmosphereIndex(client, repo=DID)
    return AtmosphereEntry(AtUri.parse(URI), CID, "alice.test", record, {}, index)


def test_a_verdict_tells_each_step_with_its_reason() -> None:
    verdict = Verdict(URI, (GOOD, BAD, OPEN))
    tell_the_same(verdict, URI, "NOT ok", *(s.what for s in verdict.steps))
    tell_the_same(verdict, *(step.why for step in verdict.steps))


def test_a_step_has_its_state_as_a_sign_a_word_and_a_colour() -> None:
    page = page_of(Verdict(URI, (GOOD, BAD, OPEN)))
    assert '<span class="at-good">✓&nbsp;ok</span>' in page
    assert '<span class="at-bad">✗&nbsp;failed</span>' in page
    assert "<span>–&nbsp;unknown</span>" in page


@pytest.mark.parametrize(
    ("steps", "outcome", "shown"),
    [
        ((GOOD,), "verified", '<b class="at-good">✓ verified</b>'),
        ((GOOD, OPEN), "nothing wrong was found", "<b>– nothing wrong was found</b>"),
        ((GOOD, OPEN, BAD), "NOT ok", '<b class="at-bad">✗ NOT ok</b>'),
    ],
)
def test_what_came_of_it_stands_first(steps: tuple[Step, ...], outcome: str, shown: str) -> None:
    verdict = Verdict(URI, steps)
    tell_the_same(verdict, outcome)
    assert shown in page_of(verdict)


def test_the_one_bad_shard_of_thousands_is_not_folded_away() -> None:
    shards = [Step(f"shard-{n:04}.tar", ok=True, why="as the record says") for n in range(2_500)]
    page = page_of(Verdict(URI, (GOOD, *shards, BAD)))
    assert page.index("✗&nbsp;failed") < page.index("<details>")
    assert "… and 502 more steps" in words(page)


def test_what_can_be_read_is_no_verdict_of_this_kind() -> None:
    assert view_for(Readable(())) is None


def test_a_published_entry_tells_where_it_is_and_whose(entry: AtmosphereEntry) -> None:
    facts = (URI, CID, "@alice.test", "2026-01-02", "Grey values", "not verified yet")
    tell_the_same(entry, "digits", *facts)
    assert "2.0 KB" in words(page_of(entry))
    assert "2,048 bytes" in repr(entry)


def test_a_verified_entry_shows_what_came_of_it(entry: AtmosphereEntry) -> None:
    known = dataclasses.replace(entry, verdict=Verdict(URI, (GOOD, BAD)))
    tell_the_same(known, "NOT ok")
    assert "its checksum is another" in words(page_of(known))
    assert known == entry
    assert "not verified yet" in repr(entry)


def test_verifying_is_shown_by_the_entry_itself(entry: AtmosphereEntry) -> None:
    # Nobody answers there, which is a verdict too.
    verdict = entry.verify()
    assert not verdict
    assert entry.verdict is verdict
    tell_the_same(entry, "NOT ok")


def test_hostile_texts_of_the_network_run_nothing(client: AtmosphereClient) -> None:
    verdict = Verdict(EVIL, (Step(EVIL, ok=False, why=EVIL * 1_000),))
    hostile = dataclasses.replace(
        entry_of(client, EVIL, EVIL * 100), handle=EVIL, cid=EVIL, verdict=verdict
    )
    for thing in (verdict, hostile):
        page = page_of(thing)
        assert "<script" not in page
        assert "<img" not in page
        assert "\u202e" not in page
        assert "\x1b" not in page + repr(thing)
        assert "\u202e" not in repr(thing)
        assert len(page) < 30_000


def test_an_index_of_the_network_tells_whose_it_is(
    entry: AtmosphereEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AtmosphereIndex, "datasets", [entry])
    tell_the_same(entry.index, "AtmosphereIndex", DID)
    assert "digits 1 dataset" not in words(page_of(entry.index))
    assert "Grey values" in words(page_of(entry.index))


def test_an_index_that_cannot_be_read_says_why(client: AtmosphereClient) -> None:
    said = words(page_of(AtmosphereIndex(client)))
    assert "AtmosphereIndex(nobody" in said
    assert "log" in said


def test_a_server_that_does_not_answer_hides_no_other(
    entry: AtmosphereEntry, client: AtmosphereClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def readable(index: AtmosphereIndex) -> Iterator[AtmosphereEntry]:
        if index.owner != DID:
            raise ServiceError("nobody answers")
        yield entry

    monkeypatch.setattr(AtmosphereIndex, "readable", readable)
    said = words(page_of(NetworkIndex([DID, "did:plc:gone"], client=client)))
    assert "1 dataset" in said
    assert "Grey values" in said
    assert "Unreachable: did:plc:gone: nobody answers" in said
