"""A site of an earlier version goes on with all that it has."""

from copy import deepcopy
from typing import Any

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from .conftest import charger_subentry, set_meter, site_data
from .scenarios.house import STORE, House


def charger_of_1_2(data: dict[str, Any]) -> dict[str, Any]:
    """Return a charger's data as versions before 1.3 stored it: they knew scripts alone."""
    return {key: value for key, value in data.items() if key != "control"}


def data_of_1_1(data: dict[str, Any]) -> dict[str, Any]:
    """Return a site's data as version 1.1 stored it: it knew one phase alone."""
    return {key: value for key, value in data.items() if key != "phases"}


@pytest.mark.parametrize("minor_version", [1, 2])
async def test_a_site_of_an_earlier_version_goes_on_with_everything(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    hass_storage: dict[str, Any],
    minor_version: int,
) -> None:
    """Chargers, numbers, switches and what was learned survive the update; nothing is asked."""
    house = House(hass, freezer, meter_timeout_s=120)
    await house.async_settle_in(10)
    await house.async_set_number("number.car_priority", 80)
    await house.async_set_number("number.home_service_current", 30)
    await house.async_run(15)
    await house.async_kill(hass_storage)
    file = deepcopy(hass_storage[STORE])
    learned = file["data"]["memory"]["meter"]
    assert learned["period_s"] is not None
    del file["data"]["manual_limits"]
    data = dict(house.entry.data)
    charger = house.subentry(house.charger)
    charger["data"] = charger_of_1_2(dict(charger["data"]))
    old = MockConfigEntry(
        domain="ev_lb",
        title="Home",
        entry_id="ID_SITE",
        version=1,
        minor_version=minor_version,
        data=data_of_1_1(data) if minor_version == 1 else data,
        subentries_data=[charger],
    )
    await hass.config_entries.async_remove(house.entry.entry_id)
    hass_storage[STORE] = file
    house.entry = old
    house.forget_past()

    await house.async_boot()
    await house.async_run(3)

    assert (old.state, old.version, old.minor_version) == (ConfigEntryState.LOADED, 1, 3)
    assert dict(old.data) == data_of_1_1(data) | {"phases": 1}
    assert dict(old.subentries["ID_CAR"].data) == charger["data"] | {"control": "scripts"}
    assert house.state("number.car_priority") == "80"
    assert house.state("number.home_service_current") == "30"
    assert house.charger.commands[0] == ("start_charging", 20)
    await house.async_run(3)
    assert hass_storage[STORE]["data"]["memory"]["meter"] == learned


async def test_a_site_of_a_later_version_is_left_alone(hass: HomeAssistant) -> None:
    """Who went back to an older release finds the site as it was after the next update."""
    set_meter(hass)
    later = MockConfigEntry(
        domain="ev_lb", title="Home", version=2, data=site_data(), subentries_data=[]
    )
    later.add_to_hass(hass)

    assert not await hass.config_entries.async_setup(later.entry_id)

    assert later.state is ConfigEntryState.MIGRATION_ERROR
    assert dict(later.data) == site_data()


async def test_a_site_of_a_later_minor_version_loads(hass: HomeAssistant, scripts: None) -> None:
    """A minor version adds what can be ignored."""
    set_meter(hass)
    later = MockConfigEntry(
        domain="ev_lb",
        title="Home",
        minor_version=9,
        data=site_data(),
        subentries_data=[charger_subentry()],
    )
    later.add_to_hass(hass)

    assert await hass.config_entries.async_setup(later.entry_id)

    assert (later.state, later.minor_version) == (ConfigEntryState.LOADED, 9)
