"""Switches: their positions after a restart."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import mock_restore_cache

from custom_components.ev_lb.diagnostics import async_get_config_entry_diagnostics

from .scenarios.entity_charger import EntityCharger
from .scenarios.house import STORE, Charger, House

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


# Whether a limit that a person has set at the charger is followed

MANUAL = "switch.car_follow_manual_limit"


async def followed(house: House) -> bool:
    """Return whether the balancer follows what a person has set at the charger."""
    told = await async_get_config_entry_diagnostics(house.hass, house.entry)
    return told["settings"]["chargers"][0]["follows_manual_limit"]


async def test_manual_limit_is_followed_until_it_is_switched_off(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, hass_storage: dict[str, Any]
) -> None:
    """The switch takes effect when the call returns, and survives a power cut."""
    house = House(hass, freezer, EntityCharger("car"))
    await house.async_set_up(10)
    assert (house.state(MANUAL), await followed(house)) == ("on", True)

    await house.async_switch(MANUAL, is_on=False)
    assert (house.state(MANUAL), house.state(CAR), await followed(house)) == ("off", "on", False)
    await house.async_run(2)
    await house.async_kill(hass_storage)
    assert hass_storage[STORE]["data"]["manual_limits"] == {"ID_CAR": False}
    await house.async_boot()
    assert (house.state(MANUAL), await followed(house)) == ("off", False)


async def test_home_assistants_memory_knows_whether_a_manual_limit_is_followed(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Without our file the switch stands as it was last seen."""
    mock_restore_cache(hass, [State(MANUAL, "off")])
    house = House(hass, freezer, EntityCharger("car"))
    await house.async_set_up(10)
    assert (house.state(MANUAL), await followed(house)) == ("off", False)


async def test_only_a_charger_that_its_entities_control_shows_what_was_set_there(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, entity_registry: er.EntityRegistry
) -> None:
    """The switch goes when the charger is controlled in another way, and comes with entities."""
    car = EntityCharger("car")
    house = House(hass, freezer, car, Charger("other"))
    await house.async_set_up(10)
    assert hass.states.get("switch.other_follow_manual_limit") is None
    assert entity_registry.async_get(MANUAL) is not None

    scripts = {"control": "scripts", "set_current_script": "script.other_set_current"}
    await house.async_change_charger(car, **scripts)
    await hass.async_block_till_done()
    assert entity_registry.async_get(MANUAL) is None

    await house.async_change_charger(car, control="entities")
    await hass.async_block_till_done()
    assert house.state(MANUAL) == "on"
