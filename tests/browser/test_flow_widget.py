"""Publishing and promoting in a page: a real widget, a real network, real plans."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from zlib import crc32

import keyring
import keyring.backend
import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page as WebPage
from playwright.sync_api import expect
from services.buckets import open_to_all

import atdata_nb as at
from atdata_nb.atmosphere import AtmosphereClient, Retry
from atdata_nb.errors import FlowCancelledError, FlowError
from atdata_nb.flows import Event, Plan, Result
from atdata_nb.sandbox import Sandbox
from atdata_nb.sandbox.s3_server import S3Server
from atdata_nb.widgets.flows import Promote, shelf
from atdata_nb.widgets.flows.account import forget_all

pytestmark = pytest.mark.service


@at.packable
class Digit:
    image: NDArray[np.float32]
    label: int


@pytest.fixture
def index(tmp_path: Path) -> at.LocalIndex:
    index = at.LocalIndex(tmp_path / "index")
    image = np.arange(64, dtype=np.float32).reshape(8, 8)
    # Each test has data of its own: what another has published is there already.
    rows = [Digit(image + crc32(tmp_path.name.encode()) % 10_000, i) for i in range(30)]
    index.write_samples(rows, name=tmp_path.name, description="Grey values", tags=("images",))
    return index


@pytest.fixture
def entry(index: at.LocalIndex) -> Any:
    return index.list_datasets()[0]


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch, network: Sandbox) -> Iterator[None]:
    """Nobody is signed in here, and the environment names the sandbox."""
    monkeypatch.setenv("ATDATA_NB_PLC_URL", network.plc_url)
    monkeypatch.setenv("ATDATA_NB_PDS_URL", network.servers[0].url)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    forget_all()
    yield
    forget_all()


def confirm(page: WebPage) -> Any:
    return page.locator(".at-end .at-go")


def sign_in(page: WebPage, handle: str, password: str) -> None:
    page.get_by_role("textbox", name="Handle").fill(handle)
    page.get_by_label("App password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_from_the_form_to_an_address_that_others_can_load(
    network: Sandbox, entry: Any, page: WebPage, mount: Callable[..., Any]
) -> None:
    widget = at.promote(entry, client=network.client("alice"))
    mount(widget)
    expect(page.get_by_label("Description")).to_have_value("Grey values")
    license_ = page.get_by_role("combobox", name="License")
    license_.click()
    license_.press_sequentially("cc by")
    expect(page.get_by_role("option").first).to_contain_text("CC-BY-4.0")
    license_.press("ArrowDown")
    license_.press("Enter")
    expect(license_).to_have_value("CC-BY-4.0")
    expect(confirm(page)).to_have_text("Publish 1 shard, 41 KB, publicly as alice.test")
    expect(page.get_by_role("region", name="What becomes public")).to_contain_text("CC-BY-4.0")
    confirm(page).click()
    expect(page.locator(".at-result")).to_contain_text("Published")
    assert widget.result is not None
    uri = widget.result.uri
    expect(page.locator(".at-result")).to_contain_text(uri)
    expect(page.locator(".at-result")).to_contain_text("verified")
    found = at.AtmosphereIndex(network.client("bob")).get_dataset(uri)
    assert (found.license, found.tags) == ("CC-BY-4.0", ("images",))
    assert [sample.label for sample in found.dataset().ordered()] == list(range(30))


def test_promoting_the_same_again_says_that_it_is_there(
    network: Sandbox, entry: Any, page: WebPage, mount: Callable[..., Any]
) -> None:
    client = network.client("alice")
    uri = at.plan_promote(entry, client=client).run().uri
    mount(at.promote(entry, client=client))
    expect(confirm(page)).to_have_text("Show what is there")
    expect(page.locator(".at-say")).to_contain_text(uri)
    confirm(page).click()
    expect(page.locator(".at-result")).to_contain_text("it was there already")
    assert len(list(client.list_records("ac.foundation.dataset.record"))) == len(
        {record.value["name"] for record in client.list_records("ac.foundation.dataset.record")}
    )


def test_a_password_is_sent_once_and_kept_nowhere(
    network: Sandbox, entry: Any, page: WebPage, mount: Callable[..., Any]
) -> None:
    alice = network.account("alice")
    widget = at.promote(entry)
    mounted = mount(widget)
    expect(page.locator(".at-planned")).to_contain_text("Sign in to see what would become public")
    expect(confirm(page)).to_be_disabled()
    sign_in(page, f"@{alice.handle}", alice.password)
    expect(page.locator(".at-who")).to_contain_text(alice.handle)
    expect(confirm(page)).to_contain_text("publicly as alice.test")
    asked = [one for one in mounted.requests if alice.password in json.dumps(one)]
    assert [one["ask"]["kind"] for one in asked] == ["sign_in"]
    assert alice.password not in json.dumps(widget.get_state(), default=repr)
    assert alice.password not in repr(widget) + str(widget._repr_mimebundle_())
    assert alice.password not in page.content()


def test_who_signed_in_once_is_not_asked_again(
    network: Sandbox, entry: Any, page: WebPage, mount: Callable[..., Any]
) -> None:
    alice = network.account("alice")
    first = at.promote(entry)
    mount(first)
    sign_in(page, alice.handle, alice.password)
    expect(confirm(page)).to_contain_text("publicly as")
    again = at.promote(entry)
    assert again.answer({"id": 1, "kind": "flow", "ask": {"kind": "begin"}})[0]["account"] == {
        "handle": alice.handle,
        "did": alice.did,
        "host": "this machine",
        "how": "earlier",
    }


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        (("alice.test", "wrong"), "Invalid identifier or password"),
        (("nobody.test", "wrong"), "Invalid identifier or password"),
        (("", ""), "a handle and an app password are needed"),
    ],
)
def test_a_refused_login_says_why_and_can_be_tried_again(
    entry: Any, page: WebPage, mount: Callable[..., Any], told: tuple[str, str], sentence: str
) -> None:
    mount(at.promote(entry))
    expect(page.get_by_role("button", name="Sign in")).to_be_enabled()
    sign_in(page, *told)
    expect(page.locator(".at-signing [role=alert]")).to_contain_text(sentence)
    expect(page.get_by_label("App password")).to_have_value("")
    expect(page.get_by_role("button", name="Sign in")).to_be_enabled()


def test_a_handle_that_leads_nowhere_says_so(
    network: Sandbox, entry: Any, page: WebPage, mount: Callable[..., Any]
) -> None:
    mount(at.promote(entry, client=AtmosphereClient(plc_url=network.plc_url)))
    sign_in(page, "nobody.invalid", "wrong")
    expect(page.locator(".at-signing [role=alert]")).to_contain_text("nobody.invalid")


def test_a_server_that_has_gone_is_said_in_place_with_a_way_to_retry(
    network: Sandbox, entry: Any, page: WebPage, mount: Callable[..., Any]
) -> None:
    client = network.client("alice", retry=Retry(attempts=1))
    session = client.export_session().replace(client.pds, "http://localhost:9")
    client.login_with_session(session)
    mount(at.promote(entry, client=client))
    expect(page.locator(".at-planned")).to_contain_text("does not answer")
    expect(confirm(page)).to_be_disabled()


def test_what_blocks_is_said_with_its_remedy_and_the_button_waits(
    network: Sandbox, entry: Any, page: WebPage, mount: Callable[..., Any]
) -> None:
    mount(at.promote(entry, client=network.client("alice")))
    expect(confirm(page)).to_be_enabled()
    page.get_by_label("Name").fill("n" * 300)
    expect(page.locator(".at-blocker")).to_have_count(1)
    expect(confirm(page)).to_be_disabled()
    page.get_by_label("Name").fill("fine")
    expect(page.locator(".at-blocker")).to_have_count(0)
    expect(confirm(page)).to_be_enabled()


def test_without_an_entry_one_is_chosen_from_the_index(
    network: Sandbox, index: at.LocalIndex, entry: Any, page: WebPage, mount: Callable[..., Any]
) -> None:
    widget = at.promote(index=index, client=network.client("alice"))
    mount(widget)
    page.get_by_role("searchbox", name="Search datasets").fill("no such thing")
    expect(page.locator(".at-choosing")).to_contain_text("No dataset matches")
    page.get_by_role("searchbox", name="Search datasets").fill("")
    page.get_by_role("button", name=entry.name).click()
    expect(confirm(page)).to_contain_text("publicly as alice.test")
    assert widget.entry == entry


def test_an_empty_index_says_how_to_fill_it(
    network: Sandbox, tmp_path: Path, page: WebPage, mount: Callable[..., Any]
) -> None:
    mount(at.promote(index=at.LocalIndex(tmp_path / "none"), client=network.client("alice")))
    expect(page.locator(".at-choosing")).to_contain_text("at.publish(data) puts the first one in")


class Halting:
    """Carries a plan out until its first shard, and goes on when the test says so."""

    def __init__(self, real: Plan) -> None:
        self.real, self.gate = real, threading.Event()

    def run(self, plan: Plan, on_event: Any, cancel: Any) -> Result:
        shard = next(step for step in plan.steps if step.kind == "shard")
        on_event(Event(shard.id, "started", 0, shard.bytes))
        on_event(Event(shard.id, "progress", 5_000, shard.bytes, rate=31e6, left=1.2))
        while not self.gate.wait(0.01):
            if cancel.is_set():
                on_event(Event(shard.id, "cancelled", 5_000, shard.bytes))
                raise FlowCancelledError("it was cancelled")
        return self.real.run(on_event, cancel=cancel)


@pytest.fixture
def halting(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Halting]]:
    """Plans of the page halt at their first shard; here they are."""
    made: list[Halting] = []
    real = at.plan_promote

    def plan(*arguments: Any, **options: Any) -> Plan:
        found = real(*arguments, **options)
        made.append(Halting(found))
        return replace(found, action=made[-1])

    monkeypatch.setattr("atdata_nb.flows.plan_promote", plan)
    yield made
    for one in made:
        one.gate.set()


def test_progress_is_shown_in_bytes_with_rate_and_time_left(
    network: Sandbox, entry: Any, halting: list[Halting], page: WebPage, mount: Callable[..., Any]
) -> None:
    mount(at.promote(entry, client=network.client("alice")))
    confirm(page).click()
    shard = page.locator(".at-steps li").filter(has_text="Shard 1 of 1")
    expect(shard).to_contain_text("5.0 of 41 KB · 31 MB/s · 1 s left")
    expect(shard.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "12")
    expect(shard.get_by_role("img", name="going on")).to_be_visible()
    halting[-1].gate.set()
    expect(page.locator(".at-result")).to_contain_text("Published")


def test_a_cancelled_run_says_that_nothing_is_public_and_goes_on_when_resumed(
    network: Sandbox, entry: Any, halting: list[Halting], page: WebPage, mount: Callable[..., Any]
) -> None:
    widget = at.promote(entry, client=network.client("alice"))
    mount(widget)
    confirm(page).click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing of it is public; it can be resumed.")
    halting[-1].gate.set()
    page.get_by_role("button", name="Resume").click()
    expect(page.locator(".at-result")).to_contain_text("Published")
    assert widget.run is not None
    assert widget.run.state == "done"


def test_a_cell_that_is_run_again_shows_the_run_that_goes_on(
    network: Sandbox, entry: Any, halting: list[Halting], page: WebPage, mount: Callable[..., Any]
) -> None:
    client = network.client("alice")
    first = at.promote(entry, client=client)
    plan = first.answer({"id": 1, "kind": "flow", "ask": {"kind": "plan", "form": {}}})[0]
    while "errand" in plan:
        ask = {"kind": "look", "errand": plan["errand"]}
        plan = first.answer({"id": 2, "kind": "flow", "ask": ask})[0]
    ask = {"kind": "start", "plan": plan["number"]}
    first.answer({"id": 3, "kind": "flow", "ask": ask})
    run = first.run
    first.close()
    del first
    again = at.promote(entry, client=client)
    mount(again)
    expect(page.locator(".at-steps")).to_contain_text("5.0 of 41 KB")
    assert again.run is run
    halting[-1].gate.set()
    expect(page.locator(".at-result")).to_contain_text("Published")
    # And once more, when it is done.
    assert Promote(entry, entry.index, client)._desk.begin()["run"]["state"] == "done"
    shelf.forget(again._desk.subject())


def test_a_failed_run_says_why_and_what_to_do(
    network: Sandbox, entry: Any, halting: list[Halting], page: WebPage, mount: Callable[..., Any]
) -> None:
    mount(at.promote(entry, client=network.client("alice")))
    confirm(page).click()
    expect(page.locator(".at-steps")).to_contain_text("5.0 of 41 KB")
    for url in entry.data_urls:
        Path(url).unlink()
    halting[-1].gate.set()
    expect(page.get_by_role("alert")).to_contain_text("It has stopped.")
    expect(page.get_by_role("alert")).to_contain_text(Path(entry.data_urls[0]).name)
    expect(page.get_by_role("button", name="Resume")).to_be_enabled()
    page.get_by_role("button", name="Back to the form").click()
    expect(page.get_by_label("Name")).to_be_visible()


@pytest.mark.parametrize("width", [632, 900, 1632])
def test_nothing_is_cut_off_between_600_and_1600_pixels(
    network: Sandbox, entry: Any, page: WebPage, mount: Callable[..., Any], width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    mount(at.promote(entry, client=network.client("alice")))
    expect(confirm(page)).to_be_enabled()
    wide = page.locator(".at-flow").evaluate("it => it.scrollWidth - it.clientWidth")
    assert wide == 0
    inputs = page.locator(".at-flow :is(input, textarea, select)")
    assert inputs.count() == len(page.locator(".at-flow label").all())


def test_both_themes_reach_the_form(
    network: Sandbox, entry: Any, page: WebPage, mount: Callable[..., Any]
) -> None:
    mounted = mount(at.promote(entry, client=network.client("alice")))
    field = page.get_by_label("Name")
    ink = "it => [getComputedStyle(it).color, getComputedStyle(it).backgroundColor]"
    assert field.evaluate(ink) == ["rgba(0, 0, 0, 0.87)", "rgb(255, 255, 255)"]
    mounted.theme("dark")
    assert field.evaluate(ink) == ["rgb(255, 255, 255)", "rgb(17, 17, 17)"]


def test_what_was_cut_short_is_offered_to_be_resumed_or_rolled_back(
    network: Sandbox, entry: Any, page: WebPage, mount: Callable[..., Any]
) -> None:
    client = network.client("alice")
    stop = threading.Event()
    with pytest.raises(FlowCancelledError):
        at.plan_promote(entry, client=client).run(lambda _: stop.set(), cancel=stop)
    widget = at.promote(entry, client=client)
    mount(widget)
    offered = page.get_by_role("group", name="Promote")
    expect(offered).to_contain_text("as alice.test")
    offered.get_by_role("button", name="Resume").click()
    expect(page.locator(".at-result")).to_contain_text("Published")
    assert at.flows.unfinished(entry.index) == []


def test_what_was_cut_short_is_gone_once_it_is_rolled_back(
    network: Sandbox, entry: Any, page: WebPage, mount: Callable[..., Any]
) -> None:
    client = network.client("alice")
    stop = threading.Event()
    with pytest.raises(FlowCancelledError):
        at.plan_promote(entry, client=client).run(lambda _: stop.set(), cancel=stop)
    mount(at.promote(entry, client=client))
    offered = page.get_by_role("group", name="Promote")
    offered.get_by_role("button", name="Roll back").click()
    expect(offered).to_have_count(0)
    assert at.flows.unfinished(entry.index) == []


@pytest.fixture
def half_way(
    network: Sandbox, entry: Any, s3_server: S3Server, bucket: str, tmp_path: Path
) -> tuple[str, Path]:
    """A bucket whose shard nobody could read when it was promoted, and the file of its keys."""
    keys = tmp_path / "bucket.env"
    keys.write_text("".join(f"{name}={value}\n" for name, value in s3_server.credentials.items()))
    store, client = at.S3DataStore(str(keys), bucket=bucket), network.client("alice")
    with pytest.raises(FlowError, match="let everybody read the bucket"):
        at.plan_promote(entry, client=client, place="s3", store=store).run()
    open_to_all(s3_server, bucket)
    return bucket, keys


def test_what_was_cut_short_on_its_way_into_a_bucket_asks_for_its_credentials(
    network: Sandbox,
    entry: Any,
    half_way: tuple[str, Path],
    page: WebPage,
    mount: Callable[..., Any],
) -> None:
    bucket, keys = half_way
    mount(at.promote(entry, client=network.client("alice")))
    offered = page.get_by_role("group", name="Promote")
    expect(offered).to_contain_text(f"into the bucket {bucket}")
    offered.get_by_role("button", name="Resume").click()
    expect(offered.get_by_role("alert")).to_contain_text("it writes into the bucket")
    offered.get_by_label(f"Credentials of {bucket}").fill(str(keys))
    offered.get_by_role("button", name="Resume").click()
    expect(page.locator(".at-result")).to_contain_text("Published")
    assert at.flows.unfinished(entry.index) == []
    kept = [line.partition("=")[2] for line in keys.read_text().splitlines() if "SECRET" in line]
    assert len(kept) == 1
    assert kept[0] not in page.content()


class Ring(keyring.backend.KeyringBackend):
    """A key ring in memory."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password


@pytest.fixture
def kept(network: Sandbox, nobody: None) -> Iterator[None]:
    """Alice's session is in the key ring, as after ``login(…, remember=True)``."""
    before = keyring.get_keyring()
    keyring.set_keyring(Ring())
    alice = network.account("alice")
    network.client().login(alice.handle, alice.password, remember=True)
    yield
    keyring.set_keyring(before)


def test_from_the_browser_it_takes_three_clicks(
    network: Sandbox, kept: None, index: at.LocalIndex, page: WebPage, mount: Callable[..., Any]
) -> None:
    name = index.list_datasets()[0].name
    mount(at.browse(index))
    page.get_by_role("option").filter(has_text=name).click()
    page.get_by_role("button", name="Promote…").click()
    expect(page.locator(".at-who")).to_contain_text("from this machine’s key ring")
    expect(confirm(page)).to_have_text("Publish 1 shard, 41 KB, publicly as alice.test")
    confirm(page).click()
    expect(page.locator(".at-result")).to_contain_text("Published")
    published = at.AtmosphereIndex(network.client("bob")).get_dataset(f"@alice.test/{name}")
    assert published.samples is None or published.samples == 30
    page.get_by_role("button", name="Close").click()
    expect(page.locator(".at-flow")).to_have_count(0)
    # Back again, it shows what came of it.
    page.get_by_role("button", name="Promote…").click()
    expect(page.locator(".at-result")).to_contain_text(str(published.uri))


def test_what_is_on_the_network_already_has_no_such_button(
    network: Sandbox, entry: Any, page: WebPage, mount: Callable[..., Any]
) -> None:
    client = network.client("alice")
    at.plan_promote(entry, client=client).run()
    mount(at.browse(at.AtmosphereIndex(client)))
    page.get_by_role("option").filter(has_text=entry.name).click()
    expect(page.get_by_role("tab").first).to_be_visible()
    expect(page.get_by_text("Grey values").first).to_be_visible()
    expect(page.get_by_role("button", name="Promote…")).to_have_count(0)


ALARM = "window.__alarm=1;document.title='alarm'"
ATTACKS = (
    f"<script>{ALARM}</script>",
    f'"><img src=x onerror="{ALARM}">',
    f"javascript:{ALARM}",
    "\u202eright to left\u2066 and \x1b[31m red \x07",
    "</td></table></div><style>*{display:none!important}</style>",
)


def test_what_strangers_say_stays_text_in_the_plan_and_in_what_becomes_public(
    network: Sandbox, tmp_path: Path, page: WebPage, mount: Callable[..., Any]
) -> None:
    index = at.LocalIndex(tmp_path / "evil")
    entry = index.write_samples(
        [at.DictSample(text=ATTACKS[0])],
        name=f"evil {ATTACKS[0]}",
        description=" ".join(ATTACKS),
        tags=ATTACKS,
        license=ATTACKS[1],
        metadata={attack: [attack, {attack: "https://example.org"}] for attack in ATTACKS},
    )
    mount(at.promote(entry, client=network.client("alice")))
    public = page.get_by_role("region", name="What becomes public")
    expect(public).to_contain_text("<script>")
    live = "script, img, iframe, [onerror], [onload], .atdata style"
    assert page.locator(".at-flow").locator(live).count() == 0
    assert page.evaluate("() => [window.__alarm ?? 0, document.title.includes('alarm')]") == [
        0,
        False,
    ]
    shown = public.inner_text()
    assert "\u202e" not in shown
    assert "\x1b" not in shown
    expect(page.get_by_label("Name", exact=True)).to_be_visible()
