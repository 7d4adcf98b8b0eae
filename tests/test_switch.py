"""Switches: their positions after a restart."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant, State
from pytest_homeassistant_custom_component.common import mock_restore_cache

from .scenarios.house import STORE, House

SITE, CAR = "switch.home_enabled", "switch.car_enabled"


async def test_switches_are_on_until_they_are_switched_off(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A new site balances at once; a switch shows its position when the call returns."""
    house = House(hass, freezer)
    await house.async_set_up(10)
    assert (house.state(SITE), house.state(CAR)) == ("on", "on")

    await house.async_switch(CAR, is_on=False)
    assert (house.state(SITE), house.state(CAR)) == ("on", "off")

    await house.async_switch(SITE, is_on=False)
    await house.async_switch(CAR, is_on=True)
    assert (house.state(SITE), house.state(CAR)) == ("off", "on")
    assert house.state("sensor.car_balancer_state") == "disabled"


async def test_home_assistants_memory_steps_in_where_our_file_is_lost(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Without our file the switches stand as they were last seen, and nothing is sent."""
    mock_restore_cache(hass, [State(SITE, "unavailable"), State(CAR, "off")])
    house = House(hass, freezer)
    await house.async_set_up(10)
    await house.async_run(5)

    assert (house.state(SITE), house.state(CAR)) == ("on", "off")
    assert house.charger.commands == []


async def test_our_file_wins_over_home_assistants_memory(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, hass_storage: dict[str, Any]
) -> None:
    """What was switched in the last minutes before a kill is known from our file."""
    mock_restore_cache(hass, [State(SITE, "off"), State(CAR, "off")])
    hass_storage[STORE] = {
        "version": 1,
        "minor_version": 1,
        "key": STORE,
        "data": {"numbers": {}, "switches": {"ID_SITE": True}, "saved_at": 0.0},
    }
    house = House(hass, freezer)
    await house.async_set_up(10)
    await house.async_run(2)

    assert (house.state(SITE), house.state(CAR)) == ("on", "on")
    assert house.charger.commands == [("start_charging", 22), ("set_current", 22)]
