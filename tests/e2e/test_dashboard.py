"""The demo's dashboards in a real browser: every card shows what it should, and it lives."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import pytest_socket
from playwright.sync_api import Page, expect

from demo.stage import running_demo

from .browser import LOADED_MS, NEEDS_CHROMIUM, opened_page

LIVE_MS = 30_000
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


def test_dashboard_is_the_page_that_opens(page: Page, demo: Demo) -> None:
    """Nobody has to log in or to look for it."""
    expect(page).to_have_url(re.compile(r"/ev-charging/live$"))
    house = "House" if demo.phases == 1 else "Through the breaker of 3 x 25 A"
    for heading in (house, "Garage", "Drive", "Play with it"):
        expect(page.get_by_text(heading, exact=True).first).to_be_visible()


CHARGER = ("Draws", "Set to", "Limited by", "Balanced", "Maximum")
PLAY = ("Breaker", "Busy household", "Balancing")
TILES = {
    1: ("House load", "Available", *CHARGER, *CHARGER, "More house load", *PLAY),
    3: (
        *("Free on L1", "Free on L2", "Free on L3", "On the fullest phase"),
        *("Garage uses", "Drive uses"),
        *(*CHARGER, *CHARGER, "More on L1", "More on L2", "More on L3", *PLAY),
    ),
}
"""By the phases of the house."""

NO_CURRENTS = {"Limited by", "Balanced", "Busy household", "Balancing", "Garage uses", "Drive uses"}


def test_every_card_shows_its_entity(page: Page, demo: Demo) -> None:
    """No card reports an error or a missing entity, and the currents are currents."""
    expect(page.locator("ha-gauge")).to_have_count(demo.phases)
    expect(page.locator("hui-history-graph-card canvas")).to_be_visible(timeout=LIVE_MS)
    expect(page.locator("hui-error-card, hui-warning")).to_have_count(0)
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


def test_values_are_live(page: Page) -> None:
    """What flows through the house is seen to change without a reload."""
    first = page.locator("hui-tile-card [slot=secondary]").first
    before = first.inner_text()
    expect(first).not_to_have_text(before, timeout=LIVE_MS)
