"""The demo's dashboards in a real browser: every card shows what it should, and it lives.

With SCREENSHOTS=docs/images in the environment the pictures of the README are taken anew.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_socket
from playwright.sync_api import Page, expect

from demo.stage import running_demo

from .browser import LOADED_MS, NEEDS_CHROMIUM, opened_page

LIVE_MS = 30_000
DRAWN_MS = 100_000
"""Until the graph of a demo that has just begun has something to show."""

AMPERES = re.compile(r"^-?\d+(\.\d)? A$")

pytestmark = NEEDS_CHROMIUM


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """A demo that runs."""

    phases: int
    url: str


@pytest.fixture(scope="module", params=[3, 1], ids=["three phases", "one phase"])
def demo(
    loopback: None, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Demo]:
    """Run the demo and return its address."""
    pytest_socket.enable_socket()  # the tests of the demo before have forbidden it again
    with running_demo(tmp_path_factory.mktemp("demo"), request.param) as home_assistant:
        # Fails where a package that Home Assistant describes its actions with is missing from
        # the lock; the browser would only wait on its loading page.
        home_assistant.request("GET", "/api/services")
        yield Demo(phases=request.param, url=home_assistant.url)


@pytest.fixture
def page(demo: Demo) -> Iterator[Page]:
    """Open the demo as a newcomer does: at its address, with nothing else."""
    with opened_page(demo.url) as page:
        page.locator("hui-tile-card").first.wait_for(timeout=LOADED_MS)
        yield page


def tiles(page: Page) -> list[tuple[str, str]]:
    """Return the name and the value of every tile."""
    return [
        (
            tile.locator("[slot=primary]").inner_text().strip(),
            tile.locator("[slot=secondary]").inner_text().strip(),
        )
        for tile in page.locator("hui-tile-card").all()
    ]


def picture(page: Page, demo: Demo) -> None:
    """Take pictures for the guides while both cars share a phase, where pictures are wanted."""
    folder = os.environ.get("SCREENSHOTS")
    if folder is None or demo.phases == 1:
        return
    page.wait_for_timeout(DRAWN_MS)
    page.reload()
    expect(page.locator("ev-lb-card")).to_contain_text("shared with", timeout=LOADED_MS)
    expect(page.locator("hui-history-graph-card canvas")).to_be_visible(timeout=LOADED_MS)
    page.wait_for_timeout(LIVE_MS / 10)
    page.screenshot(path=Path(folder) / "dashboard.png", full_page=True)
    page.locator("ev-lb-card").screenshot(path=Path(folder) / "card.png")


def test_dashboard_is_the_page_that_opens(page: Page, demo: Demo) -> None:
    """Nobody has to log in or to look for it."""
    expect(page).to_have_url(re.compile(r"/ev-charging/live$"))
    for heading in ("The last two minutes", "Play with it"):
        expect(page.get_by_text(heading, exact=True).first).to_be_visible()


PLAY = ("Garage at most", "Drive at most", "Breaker", "Busy household", "Balancing")
TILES = {
    1: ("More house load", *PLAY),
    3: ("Garage uses", "Drive uses", "More on L1", "More on L2", "More on L3", *PLAY),
}
"""By the phases of the house."""

NO_CURRENTS = {"Busy household", "Balancing", "Garage uses", "Drive uses"}


def test_every_card_shows_its_entity(page: Page, demo: Demo) -> None:
    """No card reports an error or a missing entity, and the currents are currents."""
    expect(page.locator("hui-history-graph-card canvas")).to_be_visible(timeout=LIVE_MS)
    # While Home Assistant still starts, what is not there yet is a warning.
    expect(page.locator("hui-error-card, hui-warning")).to_have_count(0, timeout=LIVE_MS)
    if demo.phases > 1:
        # Until the cars draw, nobody knows.
        for name, phases in (("Garage uses", "L1, L2, L3"), ("Drive uses", "L1")):
            tile = page.locator("hui-tile-card").filter(has_text=name)
            expect(tile.locator("[slot=secondary]")).to_have_text(phases, timeout=LIVE_MS)
    shown = tiles(page)
    assert tuple(name for name, _ in shown) == TILES[demo.phases]
    currents = [tile for tile in shown if tile[0] not in NO_CURRENTS]
    assert [tile for tile in currents if not AMPERES.match(tile[1])] == []
    assert [tile for tile in shown if tile[1].lower() in ("", "unknown", "unavailable")] == []


def test_card_is_there_by_itself_and_lives(page: Page, demo: Demo) -> None:
    """Nobody has added a resource, and what flows is seen to change without a reload."""
    card = page.locator("ev-lb-card")
    supply = "35 A" if demo.phases == 1 else "3 \u00d7 25 A"
    expect(card.locator(".head")).to_contain_text(f"Home{supply}", timeout=LIVE_MS)
    expect(card.locator(".figure")).to_have_count(demo.phases, timeout=LIVE_MS)
    expect(card.locator(".name")).to_have_count(2, timeout=LIVE_MS)
    assert card.locator(".name").all_inner_texts() == ["Garage", "Drive"]
    expect(card.locator(".dot ha-svg-icon").first).to_be_visible(timeout=LIVE_MS)
    picture(page, demo)
    first = card.locator(".figure b").first
    before = first.inner_text()
    expect(first).not_to_have_text(before, timeout=LIVE_MS)


def test_card_acts_on_the_chargers(page: Page) -> None:
    """A pause stops the car, its end lets it go on, and the switch leaves it alone."""
    drive = page.locator("ev-lb-card .charger").last
    drive.get_by_role("button", name="Pause or limit Drive").click(timeout=LIVE_MS)
    drive.get_by_role("button", name="Pause 1 h").click()
    expect(drive).to_contain_text("Stopped: it may have less than its minimum", timeout=LIVE_MS)
    expect(drive).to_contain_text("Until ")
    drive.get_by_role("button", name="End limit").click()
    expect(drive).not_to_contain_text("it may have less", timeout=LIVE_MS)
    switch = drive.get_by_role("switch")
    switch.click()
    expect(switch).not_to_be_checked(timeout=LIVE_MS)
    expect(drive).to_contain_text("Its balancing is off", timeout=LIVE_MS)
    switch.click()
    expect(switch).to_be_checked(timeout=LIVE_MS)


def test_row_opens_the_reason(page: Page) -> None:
    """A tap shows the history of why the car got what it got."""
    page.locator("ev-lb-card .open").first.click(timeout=LIVE_MS)
    dialog = page.locator("ha-more-info-dialog")
    expect(dialog.get_by_text("Limited by").first).to_be_visible(timeout=LIVE_MS)


def test_dashboard_of_the_integration_is_made_in_one_click(page: Page, demo: Demo) -> None:
    """The strategy finds site and chargers by itself, and no card of it reports an error."""
    page.evaluate("""async () => {
      const hass = document.querySelector("home-assistant").hass;
      await hass.callWS({ type: "lovelace/dashboards/create", url_path: "made-by-itself",
        title: "Made", mode: "storage" });
      await hass.callWS({ type: "lovelace/config/save", url_path: "made-by-itself",
        config: { strategy: { type: "custom:ev-lb" } } });
    }""")
    offered = page.evaluate(
        "customStrategies.map(({ type, strategyType }) => [type, strategyType])"
    )
    assert offered == [["ev-lb", "dashboard"]]
    page.goto(demo.url + "/made-by-itself")
    expect(page.locator("ev-lb-card .figure").first).to_be_visible(timeout=LOADED_MS)
    expect(page.locator("hui-history-graph-card canvas")).to_be_visible(timeout=LIVE_MS)
    expect(page.locator("hui-logbook-card")).to_be_visible(timeout=LIVE_MS)
    expect(page.locator("hui-error-card, hui-warning")).to_have_count(0)
    headings = page.locator("hui-heading-card .title").all_inner_texts()
    assert headings == ["The last day", "Garage", "Drive", "Home", "What happened"]
    charger = ["Enabled", "Current set", "Max charger current", "Min EV current", "Priority"]
    site = ["Enabled", "Observe only", "Meter status", "Service current", "Ramp-up time"]
    assert [name for name, _ in tiles(page)] == [*charger, *charger, *site]


def test_card_is_offered_by_the_picker(page: Page) -> None:
    """With a preview that lives, and a form to set it up."""
    offered = page.evaluate("customCards.map(({ type, preview }) => [type, preview])")
    assert offered == [["ev-lb-card", True]]
