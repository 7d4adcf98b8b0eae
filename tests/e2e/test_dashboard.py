"""The demo's dashboard in a real browser: every card shows what it should, and it lives."""

import re
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from demo.stage import running_demo

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
LOADED_MS = 60_000
LIVE_MS = 30_000
AMPERES = re.compile(r"^-?\d+(\.\d)? A$")

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium here: apt-get install -y chromium"
)


@pytest.fixture(scope="module")
def demo(loopback: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run the demo and return its address."""
    with running_demo(tmp_path_factory.mktemp("demo")) as home_assistant:
        # Fails where a package that Home Assistant describes its actions with is missing from
        # the lock; the browser would only wait on its loading page.
        home_assistant.request("GET", "/api/services")
        yield home_assistant.url


@pytest.fixture
def page(demo: str) -> Iterator[Page]:
    """Open the demo as a newcomer does: at its address, with nothing else.

    For each test anew: playwright's event loop and that of pytest-asyncio exclude each other.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(demo)
        page.locator("hui-tile-card").first.wait_for(timeout=LOADED_MS)
        yield page
        browser.close()


def tiles(page: Page) -> list[tuple[str, str]]:
    """Return the name and the value of every tile."""
    return [
        (
            tile.locator("[slot=primary]").inner_text().strip(),
            tile.locator("[slot=secondary]").inner_text().strip(),
        )
        for tile in page.locator("hui-tile-card").all()
    ]


def test_dashboard_is_the_page_that_opens(page: Page) -> None:
    """Nobody has to log in or to look for it."""
    expect(page).to_have_url(re.compile(r"/ev-charging/live$"))
    for heading in ("House", "Garage", "Drive", "Play with it"):
        expect(page.get_by_text(heading, exact=True).first).to_be_visible()


def test_every_card_shows_its_entity(page: Page) -> None:
    """No card reports an error or a missing entity, and the currents are currents."""
    expect(page.locator("ha-gauge")).to_be_visible()
    expect(page.locator("hui-history-graph-card canvas")).to_be_visible(timeout=LIVE_MS)
    expect(page.locator("hui-error-card, hui-warning")).to_have_count(0)
    shown = tiles(page)
    currents = {"House load", "Available", "Draws", "Set to", "Maximum", "More house load"}
    assert [name for name, _ in shown] == [
        *("House load", "Available"),
        *("Draws", "Set to", "Limited by", "Balanced", "Maximum"),
        *("Draws", "Set to", "Limited by", "Balanced", "Maximum"),
        *("More house load", "Breaker", "Busy household", "Balancing"),
    ]
    assert [tile for tile in shown if tile[0] in currents and not AMPERES.match(tile[1])] == []
    assert [tile for tile in shown if tile[1].lower() in ("", "unknown", "unavailable")] == []


def test_values_are_live(page: Page) -> None:
    """What flows through the house is seen to change without a reload."""
    house_load = page.locator("hui-tile-card [slot=secondary]").first
    before = house_load.inner_text()
    expect(house_load).not_to_have_text(before, timeout=LIVE_MS)
