"""A house owner finds what is wrong among the repairs, in a real browser, and fixes it there.

With CARD_PICTURES=<folder> in the environment pictures are taken, to be looked at.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from demo.home_assistant import HomeAssistantProcess
from demo.stage import running_household

from .browser import LOADED_MS, NEEDS_CHROMIUM, opened_page

REPAIRS = "/config/repairs"
ANSWER_MS = 30_000

METER, OTHER, PRICE = "sensor.own_power", "sensor.other_power", "sensor.own_price"
POWER = {"unit_of_measurement": "W", "device_class": "power"}

pytestmark = NEEDS_CHROMIUM


@pytest.fixture(scope="module")
def household(
    loopback: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[HomeAssistantProcess]:
    """Run a house whose site has a meter of its own and a price."""
    with running_household(tmp_path_factory.mktemp("household")) as home_assistant:
        for meter in (METER, OTHER):
            home_assistant.set_state(meter, 1000, friendly_name=meter, **POWER)
        home_assistant.set_state(PRICE, 0.3, unit_of_measurement="EUR/kWh")
        user = {"name": "Home", "phases": "1", "cost": {"price_sensor": PRICE}}
        answers = {"user": user, "meter": {"power_meter": METER}}
        home_assistant.run_flow("ev_lb", answers)
        yield home_assistant


@pytest.fixture
def page(household: HomeAssistantProcess) -> Iterator[Page]:
    """Look at the repairs."""
    with opened_page(household.url + REPAIRS) as page:
        page.set_default_timeout(LOADED_MS)
        page.wait_for_selector("ha-config-repairs-dashboard", timeout=LOADED_MS)
        page.set_default_timeout(ANSWER_MS)
        yield page


def picture(page: Page, name: str) -> None:
    """Take a picture where pictures are wanted."""
    if folder := os.environ.get("CARD_PICTURES"):
        page.screenshot(path=Path(folder) / f"repairs-{name}.png")


def test_sensor_that_is_gone_is_replaced_from_its_repair(
    page: Page, household: HomeAssistantProcess
) -> None:
    """The issue opens the settings, and is gone when they name another sensor."""
    title = f"{METER} is missing"
    issue = page.locator("ha-config-repairs").get_by_text(title)
    expect(issue).to_have_count(0)
    household.request("DELETE", f"/api/states/{METER}")
    issue.click(timeout=ANSWER_MS)
    picture(page, "asked")
    dialog = page.locator("dialog-data-entry-flow")
    expect(dialog).to_contain_text("The next step opens the settings.")
    dialog.get_by_role("button", name="Submit", exact=True).click()
    go_on(dialog, "The meter's device")
    go_on(dialog, "Power meter")
    picture(page, "opened")
    dialog.locator("ha-entity-picker").first.click()
    page.get_by_text(OTHER, exact=True).first.click()
    picture(page, "picked")
    dialog.get_by_role("button", name="Submit", exact=True).click()
    expect(issue).to_have_count(0, timeout=ANSWER_MS)


def go_on(dialog: Locator, title: str) -> None:
    """Submit a page of the dialog, and wait for the next one."""
    dialog.get_by_role("button", name="Next", exact=True).click()
    expect(dialog.get_by_text(title, exact=True).first).to_be_visible(timeout=ANSWER_MS)


def test_repairs_come_and_go_by_themselves(page: Page, household: HomeAssistantProcess) -> None:
    """What is mended outside needs nobody to say so."""
    repairs = page.locator("ha-config-repairs")
    units = repairs.get_by_text("cannot be used")
    for meter in (METER, OTHER):
        household.set_state(meter, 20, unit_of_measurement="°C")
    expect(units).to_be_visible(timeout=ANSWER_MS)
    for meter in (METER, OTHER):
        household.set_state(meter, 1000, **POWER)
    expect(units).to_have_count(0, timeout=ANSWER_MS)

    missing = repairs.get_by_text(f"{PRICE} is missing")
    household.request("DELETE", f"/api/states/{PRICE}")
    expect(missing).to_be_visible(timeout=ANSWER_MS)
    household.set_state(PRICE, 0.3, unit_of_measurement="EUR/kWh")
    expect(missing).to_have_count(0, timeout=ANSWER_MS)
