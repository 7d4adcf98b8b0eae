"""The blueprints: Home Assistant takes them, and they do what they say with our own entities."""

import re
import shutil
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.automation.config import AUTOMATION_BLUEPRINT_SCHEMA
from homeassistant.components.blueprint.models import Blueprint
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import load_yaml_dict
from pytest_homeassistant_custom_component.common import async_mock_service

from .scenarios.house import House

ROOT = Path(__file__).parents[1]
FOLDER = "blueprints/automation/ev_lb"
BLUEPRINTS = sorted((ROOT / FOLDER).glob("*.yaml"))
REPOSITORY = "https://github.com/alexisml/ha-ev-charger-balancer/blob/main"
GUIDE = (ROOT / "docs/documentation/blueprints.md").read_text("utf-8")


@pytest.fixture
async def house(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, tmp_path: Path
) -> AsyncGenerator[House]:
    """Return a house into whose configuration the blueprints were imported."""
    shutil.copytree(ROOT / FOLDER, tmp_path / FOLDER)
    hass.config.config_dir = str(tmp_path)
    yield House(hass, freezer)
    all_of_them = {"entity_id": "all"}  # so that no timer of theirs is left
    await hass.services.async_call("automation", "turn_off", all_of_them, blocking=True)


async def async_use(hass: HomeAssistant, blueprint: str, **inputs: Any) -> None:
    """Make an automation of a blueprint, as a user does in the dialog."""
    use = {"path": f"ev_lb/{blueprint}.yaml", "input": inputs}
    assert await async_setup_component(hass, "automation", {"automation": {"use_blueprint": use}})
    (automation,) = hass.states.async_all("automation")
    assert automation.state == "on"


@pytest.mark.parametrize("path", BLUEPRINTS, ids=lambda path: path.stem)
def test_blueprint_can_be_imported_from_the_guide(path: Path) -> None:
    """Its address is its own, and the guide's button leads there."""
    blueprint = Blueprint(
        load_yaml_dict(str(path)), expected_domain="automation", schema=AUTOMATION_BLUEPRINT_SCHEMA
    )
    address = f"{REPOSITORY}/{FOLDER}/{path.name}"
    assert blueprint.validate() is None
    assert blueprint.metadata["source_url"] == address
    assert f"/redirect/blueprint_import/?blueprint_url={quote(address, safe='')})" in GUIDE


async def test_trouble_is_told(house: House, hass: HomeAssistant) -> None:
    """An overload stop, and a meter that is lost and back: the phone hears of each."""
    sent = async_mock_service(hass, "notify", "send_message")
    await async_use(hass, "notify_trouble", phones=["notify.phone"])
    await house.async_settle_in(2)

    await house.async_run(5, 30)
    house.lose_meter()
    await house.async_run(3, 2)
    house.mend_meter()
    await house.async_run(60)

    told = [(call.data["entity_id"], call.data["title"], call.data["message"]) for call in sent]
    assert told == [
        (
            ["notify.phone"],
            "Car",
            "Stopped: the house leaves 2.0 A to the cars. It starts again when there is room.",
        ),
        (["notify.phone"], "Home", "The meter sensor.house_power is lost (missing)."),
        (["notify.phone"], "Home", "The meter is back."),
    ]


async def test_deaf_charger_is_told(house: House, hass: HomeAssistant) -> None:
    """What is not wished to be heard is not told: here the overload stop."""
    sent = async_mock_service(hass, "notify", "send_message")
    await async_use(hass, "notify_trouble", phones=["notify.phone"], events=["unresponsive"])
    await house.async_settle_in(2)

    house.charger.is_deaf = True
    await house.async_run(120, 30)
    house.charger.mend()
    await house.async_run(60)

    assert [call.data["message"] for call in sent] == [
        "It does not do what it is told. Look at the charger, and stop it by hand if the breaker "
        "is overloaded.",
        "It follows again.",
    ]


async def test_schedule_makes_cheap_hours(house: House, hass: HomeAssistant) -> None:
    """While it is on the car has all that it can, and while it is off as little as is said."""
    hass.states.async_set("schedule.night", "off")
    await async_use(
        hass,
        "cheap_hours_schedule",
        max_currents=["number.car_max_charger_current"],
        schedule="schedule.night",
        other_a=8,
    )
    await house.async_settle_in(2)

    hass.states.async_set("schedule.night", "on")
    await house.async_run(40)
    assert house.charger.drawn_a == 30

    hass.states.async_set("schedule.night", "off")
    await house.async_run(10)
    assert house.charger.drawn_a == 8

    hass.states.async_set("schedule.night", "unavailable")
    await house.async_run(10)
    assert house.state("number.car_max_charger_current") == "8"


async def test_price_makes_cheap_hours(house: House, hass: HomeAssistant) -> None:
    """Up to the limit the car charges, above it or without a price it does not."""
    hass.states.async_set("sensor.price", "0.31")
    await async_use(
        hass,
        "cheap_hours_price",
        max_currents=["number.car_max_charger_current"],
        price="sensor.price",
        price_limit=0.2,
        cheap_a=16,
    )
    await house.async_settle_in(2)

    for price, drawn_a in (("0.2", 16), ("0.21", 0), ("-0.05", 16), ("unknown", 0)):
        hass.states.async_set("sensor.price", price)
        await house.async_run(40)
        assert house.charger.drawn_a == drawn_a, price


async def test_sun_alone_charges_the_car(house: House, hass: HomeAssistant) -> None:
    """What would be fed in goes into the car; a cloud lowers it, and a grey hour stops it."""
    await async_use(
        hass,
        "solar_only",
        max_current="number.car_max_charger_current",
        current_set="sensor.car_current_set",
        grid_power="sensor.house_power",
        patience_min=5,
    )
    await house.async_settle_in(-10.5)
    await house.async_run(180)
    assert house.charger.drawn_a == 10

    await house.async_run(120, -8)
    assert house.charger.drawn_a == 8
    await house.async_run(120, -2)
    assert house.charger.drawn_a == 6
    await house.async_run(120, -12)
    assert house.charger.drawn_a == 12

    await house.async_run(430, 3)
    assert house.charger.drawn_a == 0
    await house.async_run(150, -12)
    assert house.charger.drawn_a == 0
    await house.async_run(200)
    assert house.charger.drawn_a == 12


async def test_sun_in_the_use_case(house: House, hass: HomeAssistant) -> None:
    """The number follows the meter as the guide's table has it, and the car stops in the end."""
    await async_use(
        hass,
        "solar_only",
        max_current="number.car_max_charger_current",
        current_set="sensor.car_current_set",
        grid_power="sensor.house_power",
    )
    await house.async_settle_in(20)
    await house.async_set_number("number.car_max_charger_current", 0)
    await house.async_run(120, 0)
    for house_a, watts, becomes in ((-10, -2300, 10), (-12, -460, 12), (-9, 690, 9), (-4, 1150, 6)):
        house.report(house_a)
        assert float(house.state("sensor.house_power")) == watts
        await house.async_run(700 if becomes == 10 else 70)
        assert float(house.state("number.car_max_charger_current")) == becomes
    await house.async_run(700)
    assert float(house.state("number.car_max_charger_current")) == 0


def test_every_blueprint_is_tried() -> None:
    """No blueprint is published that no test has run."""
    tried = re.findall(r'async_use\(\s*hass,\s*"(\w+)"', Path(__file__).read_text("utf-8"))
    assert {path.stem for path in BLUEPRINTS} == set(tried)
