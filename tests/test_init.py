"""Setting up, unloading and removing a site."""

from typing import Any

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntries, ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from .conftest import set_meter, site_data
from .scenarios.house import Charger, House


async def test_a_site_without_chargers_loads(hass: HomeAssistant) -> None:
    """The dialog of the first charger may be cancelled: the site is there, and shows its meter."""
    set_meter(hass, "2300")
    entry = MockConfigEntry(domain="ev_lb", title="Home", data=site_data())
    entry.add_to_hass(hass)

    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()

    assert entry.state is ConfigEntryState.LOADED
    state = hass.states.get("sensor.home_available_current")
    assert state is not None
    assert state.state == "15.0"


async def test_an_unloaded_site_is_silent(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """After an unload nothing is decided, and the entities are unavailable."""
    house = House(hass, freezer)
    await house.async_settle_in(10)

    assert await hass.config_entries.async_unload(house.entry.entry_id)
    await house.async_run(60, 30)

    assert house.charger.commands == []
    assert house.events == []
    assert house.state("sensor.car_current_set") == STATE_UNAVAILABLE


async def test_nothing_is_decided_while_a_site_is_unloaded(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A reading that comes while an unload waits for a cut leads to no new command."""
    house = House(hass, freezer, Charger("a"), Charger("b"))
    await house.async_settle_in(2)
    await house.async_run(20)
    house.forget_past()
    house.charger.script_s = 5
    await house.async_run(1, 10)
    unloading = hass.loop.create_task(hass.config_entries.async_unload(house.entry.entry_id))
    await house.async_settle()
    await house.async_run(8, 30)

    assert unloading.done()
    assert [item.commands for item in house.chargers] == [[("set_current", 11)]] * 2


async def test_a_site_unloaded_before_home_assistant_has_started_never_acts(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """What was set up and unloaded during the start does not come back with its end."""
    hass.set_state(CoreState.starting)
    house = House(hass, freezer)
    await house.async_set_up(10)
    assert await hass.config_entries.async_unload(house.entry.entry_id)

    await house.async_started()
    await house.async_run(70)

    assert house.charger.commands == []
    assert house.events == []


async def test_a_removed_site_leaves_nothing(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    entity_registry: er.EntityRegistry,
    device_registry: dr.DeviceRegistry,
) -> None:
    """Entities and devices go with their site."""
    house = House(hass, freezer)
    await house.async_settle_in(10)

    await hass.config_entries.async_remove(house.entry.entry_id)
    await house.async_settle()

    assert er.async_entries_for_config_entry(entity_registry, house.entry.entry_id) == []
    assert dr.async_entries_for_config_entry(device_registry, house.entry.entry_id) == []


@pytest.mark.parametrize("is_loaded", [True, False])
async def test_the_actions_are_there_with_or_without_a_site(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, is_loaded: bool
) -> None:
    """An automation that calls an action is valid also while its site is not loaded."""
    house = House(hass, freezer)
    await house.async_set_up(10)
    if not is_loaded:
        assert await hass.config_entries.async_unload(house.entry.entry_id)

    assert hass.services.has_service("ev_lb", "set_limit")
    assert hass.services.has_service("ev_lb", "clear_limit")


async def test_two_sites_do_not_meddle_with_each_other(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Each site follows its own meter."""
    house = House(hass, freezer)
    await house.async_settle_in(10)
    hass.states.async_set("sensor.barn_power", "0", {"unit_of_measurement": "W"})
    barn = MockConfigEntry(
        domain="ev_lb", title="Barn", data=site_data(power_meter="sensor.barn_power")
    )
    barn.add_to_hass(hass)
    assert await hass.config_entries.async_setup(barn.entry_id)
    await house.async_settle()

    hass.states.async_set("sensor.barn_power", "unavailable")
    await house.async_settle()

    assert house.charger.commands == []
    assert house.state("binary_sensor.barn_meter_status") == "off"
    assert house.state("binary_sensor.home_meter_status") == "on"


async def test_a_charger_that_is_removed_while_the_site_is_set_up_is_let_go(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was commanded on, for nobody listened yet."""
    house = House(hass, freezer, Charger("a"), Charger("b"))
    await house.async_settle_in(2)
    forward, removed = ConfigEntries.async_forward_entry_setups, list[str]()

    async def remove_meanwhile(*args: Any) -> None:
        await forward(*args)
        if not removed:
            removed.append("ID_B")
            hass.config_entries.async_remove_subentry(house.entry, "ID_B")

    monkeypatch.setattr(ConfigEntries, "async_forward_entry_setups", remove_meanwhile)
    await house.async_reload()
    await house.async_run(30)
    known = house.entry.runtime_data.data.settings.chargers
    assert [charger.charger_id for charger in known] == ["ID_A"]
