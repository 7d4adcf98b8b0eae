"""A house owner sets up a site and its chargers in a real browser, by picking their devices.

A charger of core's Wallbox integration, a charge point that speaks OCPP, and one of MQTT.

With SCREENSHOTS=docs/images in the environment the pictures of the guides are taken anew.
"""

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import FloatRect, Locator, Page, expect

from demo.home_assistant import LOOPBACK, HomeAssistantProcess, free_port, wait_until
from demo.stage import running_household

from .broker import NEEDS_MOSQUITTO, Broker
from .browser import LOADED_MS, NEEDS_CHROMIUM, opened_page
from .charge_point import running_charge_point
from .mqtt_chargers import SwitchedCharger, running

OURS = "/config/integrations/integration/ev_lb"
ADD = "/config/integrations/dashboard/add?domain=ev_lb"
ANSWER_MS = 20_000
SHOWN_MS = 600
"""Until a page has stopped moving."""

SHOWN_S = 10.0
"""Until a form shows what is filled in."""

FOLLOWED_S = 90.0
"""After it was added its first command must settle, then two readings leave room for a start."""

OCPP, MQTT = "carport", "Drive wallbox"
"""The names of their devices."""

FULL_A = 16

PHASES = ("L1", "L2", "L3")
CURRENT = re.compile(r"^-?\d+\.\d$")

pytestmark = [NEEDS_CHROMIUM, NEEDS_MOSQUITTO]


@pytest.fixture(scope="module")
def household(
    loopback: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[HomeAssistantProcess]:
    """Run the demo's house with three phases, in which nothing of ours is set up yet."""
    integrations = Path(__file__).parent / "custom_components"
    beside = {name: integrations / name for name in ("wallbox", "ocpp")}
    broker, port = Broker(tmp_path_factory.mktemp("broker")), free_port()
    mqtt = {
        "broker": LOOPBACK,
        "port": broker.port,
        "other_settings": {"set_client_cert": False, "set_ca_cert": "off"},
    }
    with ExitStack() as stack:
        home_assistant = stack.enter_context(
            running_household(tmp_path_factory.mktemp("household"), beside)
        )
        stack.callback(broker.kill)
        broker.start()
        drive = SwitchedCharger(MQTT, full_a=FULL_A)
        stack.enter_context(running(drive, port=broker.port))
        drive.report()
        stack.enter_context(running_charge_point(OCPP, port, full_a=FULL_A))
        home_assistant.run_flow("wallbox", {})
        home_assistant.run_flow("ocpp", {"user": {"port": port, "charge_points": [OCPP]}})
        home_assistant.run_flow("mqtt", {"broker": mqtt})
        yield home_assistant


@pytest.fixture
def page(household: HomeAssistantProcess) -> Iterator[Page]:
    """Begin to add a site."""
    with opened_page(household.url + ADD) as page:
        page.set_viewport_size({"width": 900, "height": 2300})
        page.get_by_role("button", name="OK", exact=True).click(timeout=LOADED_MS)
        page.set_default_timeout(ANSWER_MS)
        yield page


def dialog(page: Page) -> Locator:
    """Return the dialog."""
    return page.locator("dialog-data-entry-flow")


def go_on(page: Page, title: str) -> None:
    """Submit a page of the dialog, and wait for the next one."""
    page.get_by_role("button", name="Next", exact=True).click()
    shown = dialog(page).get_by_text(title, exact=True).first
    expect(shown).to_be_visible(timeout=ANSWER_MS)


def picture(page: Page, name: str) -> None:
    """Take a picture of the dialog, and of what it has opened, where pictures are wanted."""
    if (folder := os.environ.get("SCREENSHOTS")) is None:
        return
    page.wait_for_timeout(SHOWN_MS)
    parts = dialog(page).locator("dialog, ha-picker-combo-box").all()
    # What is at the edge covers the page for its clicks, and shows nothing.
    boxes = [box for part in parts if (box := part.bounding_box()) is not None and box["x"] > 0]
    left, top = (min(box[side] for box in boxes) for side in ("x", "y"))
    right = max(box["x"] + box["width"] for box in boxes)
    bottom = max(box["y"] + box["height"] for box in boxes)
    clip = FloatRect(x=left, y=top, width=right - left, height=bottom - top)
    page.screenshot(path=Path(folder) / f"{name}.png", clip=clip)


def pick_device(page: Page, name: str, picture_name: str) -> None:
    """Open the list of devices and pick one."""
    dialog(page).locator("ha-selector-device").click()
    picture(page, picture_name)
    page.get_by_text(name, exact=True).first.click()


def is_followed(household: HomeAssistantProcess, charger: str, shows: str) -> bool:
    """Return whether a charger was told a current, and an entity of it shows no more than that."""
    told, has = map(household.get_state, (f"sensor.{charger}_current_set", shows))
    unknown = (None, "unknown", "unavailable")
    if told is None or has is None or told in unknown or has in unknown:
        return False
    return 0 < float(has) <= float(told)  # a car takes no more than it can


def picked(page: Page) -> list[str]:
    """Return the entities that are filled in, by the names that the dialog shows."""
    rows = dialog(page).locator("ha-entity-picker [slot=headline]").all_inner_texts()
    return [row for row in map(str.strip, rows) if row and row != "Select an entity"]


def test_site_and_charger_are_set_up_by_picking_devices(
    page: Page, household: HomeAssistantProcess
) -> None:
    """Nothing is typed but the name of the site, and the charger follows what the house leaves."""
    dialog(page).locator("ha-selector-text input").fill("Home")
    dialog(page).get_by_text("Three phases", exact=True).click()
    picture(page, "set-up-1-site")
    go_on(page, "The meter's device")
    pick_device(page, "House meter", "set-up-2-device")
    go_on(page, "Power meter")
    picture(page, "set-up-3-meter")
    measured = [f"{what} {phase}" for what in ("Power", "Current", "Voltage") for phase in PHASES]
    assert picked(page) == measured
    go_on(page, "The charger's device")
    free = [household.get_state(f"sensor.home_available_current_l{number}") for number in (1, 2, 3)]
    assert all(CURRENT.match(str(current)) for current in free), free

    pick_device(page, "Wallbox Pulsar", "set-up-4-charger-device")
    go_on(page, "Charger")
    expect(dialog(page).get_by_text("The device was recognised").first).to_be_visible()
    picture(page, "set-up-5-charger")
    assert picked(page) == [
        "Maximum charging current",
        "Pause/resume",
        "Charging power",
        "Status description",
        "Added energy",
    ]
    page.get_by_role("button", name="Submit", exact=True).click()
    expect(dialog(page).get_by_text("Success")).to_be_visible()
    picture(page, "set-up-6-done")
    wait_until(
        lambda: is_followed(
            household, "wallbox_pulsar", "number.wallbox_pulsar_maximum_charging_current"
        ),
        FOLLOWED_S,
        "the charger to follow",
    )


@pytest.mark.parametrize(
    ("device", "filled_in", "charger", "shows"),
    [
        pytest.param(
            OCPP,
            ["Current Import", "Status Connector"],  # it is commanded by actions
            "carport",
            "sensor.carport_current_import",
            id="ocpp",
        ),
        pytest.param(
            MQTT,
            ["Current limit", "Charging", "Current", "Status"],
            "drive_wallbox",
            "number.drive_wallbox_current_limit",
            id="mqtt",
        ),
    ],
)
def test_charger_is_added_by_picking_its_device(
    page: Page,
    household: HomeAssistantProcess,
    device: str,
    filled_in: list[str],
    charger: str,
    shows: str,
) -> None:
    """Pick it, look, done: nothing is typed, and it has its share of what the house leaves.

    The house's meter does not see these cars: the one before is stopped, so that its share is free.
    """
    maximums = [
        entity_id
        for entity_id in household.states()
        if re.fullmatch(r"number\.\w+_max_charger_current", entity_id)
    ]
    household.call_service("number.set_value", entity_id=maximums, value=0)
    page.goto(household.url + OURS)
    page.get_by_role("button", name="Add charger", exact=True).click(timeout=LOADED_MS)
    pick_device(page, device, "set-up-4-charger-device")
    go_on(page, "Charger")
    expect(dialog(page).get_by_text("The device was recognised").first).to_be_visible()
    wait_until(lambda: picked(page) == filled_in, SHOWN_S, f"{filled_in} in the form")
    page.get_by_role("button", name="Submit", exact=True).click()
    success, to_read = (dialog(page).get_by_text(text) for text in ("Success", "Please read"))
    expect(success.or_(to_read)).to_be_visible()
    if to_read.is_visible():  # before its first session a charge point says nothing of its car
        page.get_by_role("button", name="Submit", exact=True).click()
    expect(success).to_be_visible()
    wait_until(lambda: is_followed(household, charger, shows), FOLLOWED_S, "the charger to follow")
