"""One suite, five kinds of index: the browser over each of them in a real page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, expect
from playwright.sync_api import Page as WebPage

import atdata_nb as at
from atdata_nb.atmosphere import AtmosphereIndex, NetworkIndex, PDSBlobStore
from atdata_nb.sandbox import Sandbox
from atdata_nb.shards import write_shard
from atdata_nb.widgets import Browser

NAMES = ("birds", "digits", "waves")


@at.packable
class Reading:
    """One measurement."""

    station: str
    celsius: float


def rows(name: str) -> list[Reading]:
    return [Reading(f"{name} {n}", n / 2) for n in range(3)]


def fill(index: at.LocalIndex) -> at.LocalIndex:
    for name in NAMES:
        index.write_samples(
            rows(name), name=name, description=f"All about {name}", tags=(name[0],), license="MIT"
        )
    return index


@dataclass
class OwnEntry:
    name: str
    schema_ref: str
    data_urls: list[str]
    metadata: dict[str, Any] | None = field(default=None)


class OwnIndex:
    """What somebody writes after reading the protocol: nothing but its methods."""

    data_store = None

    def __init__(self, entries: list[OwnEntry], schemas: dict[str, dict[str, Any]]) -> None:
        self._entries, self._schemas = entries, schemas

    @property
    def datasets(self) -> Iterator[OwnEntry]:
        return iter(self._entries)

    def list_datasets(self) -> list[OwnEntry]:
        return list(self._entries)

    def get_dataset(self, ref: str) -> OwnEntry:
        return {entry.name: entry for entry in self._entries}[ref]

    def insert_dataset(self, ds: at.Dataset[Any], *, name: str, **_: Any) -> OwnEntry:
        raise NotImplementedError

    @property
    def schemas(self) -> Iterator[dict[str, Any]]:
        return iter(self._schemas.values())

    def list_schemas(self) -> list[dict[str, Any]]:
        return list(self._schemas.values())

    def get_schema(self, ref: str) -> dict[str, Any]:
        return self._schemas[ref]

    def publish_schema(self, sample_type: type, *, version: str = "1.0.0", **_: Any) -> str:
        raise NotImplementedError

    def decode_schema(self, ref: str) -> type:
        return at.schema_to_type(self._schemas[ref])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("everywhere")


@pytest.fixture(scope="module")
def sqlite(home: Path) -> Iterator[at.LocalIndex]:
    with closing(at.LocalIndex(home / "sqlite")) as index:
        yield fill(index)


@pytest.fixture(scope="module")
def redis(home: Path, redis_url: str) -> Iterator[at.LocalIndex]:
    url = f"{redis_url.rpartition('/')[0]}/5"
    with closing(at.LocalIndex(home / "redis", redis=url)) as index:
        yield fill(index)


@pytest.fixture(scope="module")
def own(sqlite: at.LocalIndex) -> OwnIndex:
    entries = [
        OwnEntry(
            entry.name,
            entry.schema_ref,
            entry.data_urls,
            {"description": entry.description, "tags": list(entry.tags), "license": "MIT"},
        )
        for entry in sqlite.datasets
    ]
    return OwnIndex(
        entries, {entry.schema_ref: dict(sqlite.get_schema(entry.schema_ref)) for entry in entries}
    )


@pytest.fixture(scope="module")
def network() -> Iterator[Sandbox]:
    with Sandbox() as started:
        yield started


@pytest.fixture(scope="module")
def atmosphere(network: Sandbox, home: Path) -> AtmosphereIndex:
    client = network.client(network.account("browsed").name)
    index = AtmosphereIndex(client, data_store=PDSBlobStore(client))
    for name in NAMES:
        shard = write_shard(home / f"{name}.tar", rows(name))
        ds = at.Dataset[Reading](shard.url)
        index.insert_dataset(
            ds, name=name, description=f"All about {name}", tags=(name[0],), license="MIT"
        )
    return index


@pytest.fixture(scope="module")
def many(atmosphere: AtmosphereIndex, network: Sandbox) -> NetworkIndex:
    return NetworkIndex([atmosphere.repo], client=network.client())


@pytest.fixture(params=["sqlite", "redis", "atmosphere", "many", "own"])
def browser(request: pytest.FixtureRequest) -> Browser:
    return Browser(request.getfixturevalue(request.param))


def options(page: WebPage) -> Locator:
    return page.get_by_role("listbox").get_by_role("option")


def choose(page: WebPage, name: str) -> None:
    options(page).filter(has_text=name).click()
    expect(page.get_by_role("heading", level=3)).to_contain_text(name)


def test_search_facets_and_order_find_datasets(
    browser: Browser, page: WebPage, mount: Callable[..., Any]
) -> None:
    mounted = mount(browser)
    expect(options(page)).to_have_count(3)
    page.get_by_role("searchbox").fill("digi")
    expect(options(page)).to_have_count(1)
    page.get_by_role("searchbox").press("Escape")
    expect(options(page)).to_have_count(3)
    page.get_by_label("Order", exact=True).select_option("-name")
    expect(options(page).first).to_contain_text("waves")
    page.get_by_role("button", name="Filter by").click()
    page.get_by_label("tag", exact=True).select_option("b")
    expect(options(page)).to_have_count(1)
    assert (browser.query, browser.order, browser.facets) == ("", "-name", {"tag": "b"})
    browser.facets = {"license": "MIT"}
    mounted.tell()
    expect(options(page)).to_have_count(3)
    expect(page.get_by_label("license", exact=True)).to_have_value("MIT")


def test_the_places_are_counted(browser: Browser, page: WebPage, mount: Callable[..., Any]) -> None:
    mount(browser)
    chips = page.get_by_role("radiogroup", name="Where it lives").get_by_role("radio")
    expect(chips).to_have_count(2)
    expect(chips.nth(1)).to_contain_text(" 3")
    chips.nth(1).click()
    expect(options(page)).to_have_count(3)
    place = chips.nth(1).text_content() or ""
    assert browser.facets == {"place": place.split()[0]}


def test_every_tab_shows_what_there_is(
    browser: Browser, page: WebPage, mount: Callable[..., Any]
) -> None:
    mount(browser)
    choose(page, "digits")
    panel = page.get_by_role("tabpanel")
    expect(panel.get_by_role("row").nth(2)).to_contain_text("digits 1")
    page.get_by_role("tab", name="Overview").click()
    expect(panel).to_contain_text("get_dataset(")
    page.get_by_role("tab", name="Schema").click()
    expect(panel).to_contain_text("celsius")
    expect(panel).to_contain_text("One measurement.")
    page.get_by_role("tab", name="Shards").click()
    expect(panel).to_contain_text("1 shard")
    page.get_by_role("tab", name="Record").click()
    expect(panel.locator("pre")).to_contain_text('"digits"')
    assert next(sample.station for sample in browser.dataset()) == "digits 0"


def test_a_dataset_is_verified_where_it_is(
    browser: Browser, page: WebPage, mount: Callable[..., Any]
) -> None:
    mount(browser)
    choose(page, "waves")
    page.get_by_role("tab", name="Shards").click()
    panel = page.get_by_role("tabpanel")
    expect(panel.locator("tbody tr")).to_have_count(1)
    done = panel.locator("tbody td").last
    if panel.get_by_role("button", name="Verify").count():
        panel.get_by_role("button", name="Verify").click()
    expect(done).to_contain_text("as written" if _has_sums(browser) else "readable")
    expect(page.locator(".at-head .at-badge")).to_contain_text(
        "verified" if _has_sums(browser) else "no checksums"
    )


def _has_sums(browser: Browser) -> bool:
    return not isinstance(browser.index, OwnIndex)


def test_schemas_are_listed_too(browser: Browser, page: WebPage, mount: Callable[..., Any]) -> None:
    mount(browser)
    page.get_by_role("radio", name="Schemas").click()
    expect(options(page)).to_have_count(1)
    options(page).first.click()
    expect(page.get_by_role("tabpanel")).to_contain_text("celsius")
    expect(page.get_by_role("tab")).to_have_count(2)
    assert browser.selected is None
    assert browser.schema is not None
    assert browser.schema["name"] == "Reading"


def test_the_keyboard_does_it_all(
    browser: Browser, page: WebPage, mount: Callable[..., Any]
) -> None:
    mount(browser)
    expect(options(page)).to_have_count(3)
    page.get_by_role("listbox").focus()
    page.keyboard.press("/")
    page.keyboard.type("birds")
    expect(options(page)).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=3)).to_contain_text("birds")
    tab = page.get_by_role("tab", name="Samples")
    tab.focus()
    page.keyboard.press("End")
    expect(page.get_by_role("tab", name="Record")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("searchbox")).to_be_focused()
    assert browser.tab == "record"


def test_copied_code_shows_the_same(
    browser: Browser, page: WebPage, mount: Callable[..., Any]
) -> None:
    mount(browser)
    expect(options(page)).to_have_count(3)
    browser.order, browser.tab = "-name", "schema"
    browser.selected = "digits"
    scope: dict[str, Any] = {"at": at, "index": browser.index}
    exec(browser.code(), scope)  # noqa: S102 - it is what somebody does with it
    again: Browser = scope["browser"]
    assert (again.order, again.tab) == ("-name", "schema")
    assert again.selected == browser.selected
    assert [sample.station for sample in scope["dataset"]] == ["digits 0", "digits 1", "digits 2"]


def test_the_picture_in_a_saved_notebook_is_the_same_each_time(browser: Browser) -> None:
    first, second = (Browser(browser.index)._repr_mimebundle_()[0] for _ in range(2))
    assert first["text/html"] == second["text/html"]
    assert all(name in first["text/html"] for name in NAMES)
    assert len(first["text/html"]) < 200_000


# Of the network alone


def test_addresses_in_a_record_lead_on_within_the_widget(
    atmosphere: AtmosphereIndex, page: WebPage, mount: Callable[..., Any]
) -> None:
    browser = Browser(atmosphere)
    mount(browser)
    choose(page, "digits")
    page.get_by_role("tab", name="Record").click()
    panel = page.get_by_role("tabpanel")
    panel.get_by_role("button", name="sampleSchema").click()
    expect(page.get_by_role("heading", level=3)).to_contain_text("Reading")
    page.get_by_role("button", name="Back").click()
    expect(page.get_by_role("heading", level=3)).to_contain_text("digits")
    page.get_by_role("tab", name="Overview").click()
    panel.get_by_role("button", name="ac.foundation.dataset.record").click()
    expect(page.get_by_role("heading", level=3)).to_contain_text("digits")
    panel.get_by_role("button", name=atmosphere.client.did, exact=True).click()
    expect(panel).to_contain_text(f"server{atmosphere.client.pds}")
    panel.get_by_role("button", name="waves", exact=True).click()
    expect(page.get_by_role("heading", level=3)).to_contain_text("waves")
    page.get_by_role("button", name="Back").click()
    expect(page.get_by_role("heading", level=3)).to_contain_text("digits")


def test_versions_that_labels_name_are_picked_from(
    atmosphere: AtmosphereIndex, page: WebPage, mount: Callable[..., Any]
) -> None:
    old, new = (atmosphere.get_dataset(name).uri for name in ("birds", "waves"))
    for version, uri in (("1.0.0", old), ("1.1.0", new)):
        atmosphere.labels.put("birds", uri, version=version)
    browser = Browser(atmosphere)
    mount(browser)
    choose(page, "birds")
    pick = page.get_by_label("Version")
    expect(pick.locator("option")).to_have_text(["1.1.0", "1.0.0"])
    pick.select_option("1.1.0")
    expect(page.get_by_role("heading", level=3)).to_contain_text("waves")
    assert browser.selected.uri == new


def test_local_and_network_are_one_list_and_a_dead_one_hides_no_other(
    sqlite: at.LocalIndex, atmosphere: AtmosphereIndex, page: WebPage, mount: Callable[..., Any]
) -> None:
    class Dead(OwnIndex):
        alive = False

        @property
        def datasets(self) -> Iterator[OwnEntry]:
            if not self.alive:
                raise ConnectionError("nobody is there")
            return super().datasets

    dead = Dead([OwnEntry("late", "x", [])], {})
    mount(Browser(sqlite, atmosphere, dead))  # type: ignore[arg-type]
    expect(options(page)).to_have_count(6)
    expect(page.locator(".at-notes")).to_contain_text("Dead nobody is there")
    shown = [text.split("local")[0].split("at")[0] for text in options(page).all_inner_texts()]
    assert [text.splitlines()[0] for text in shown] == [n for n in NAMES for _ in range(2)]
    dead.alive = True
    page.locator(".at-notes").get_by_role("button", name="Retry").click()
    expect(options(page)).to_have_count(7)
    expect(page.locator(".at-notes")).to_have_count(0)
