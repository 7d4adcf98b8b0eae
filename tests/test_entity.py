"""The entities: ids, names, kinds, and that they are written only when there is something new."""

from typing import Any

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import (
    Event,
    EventStateChangedData,
    EventStateReportedData,
    HomeAssistant,
    callback,
)
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import translation
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_component import async_update_entity
from homeassistant.helpers.event import (
    async_track_state_change_event,
    async_track_state_report_event,
)
from homeassistant.helpers.json import json_bytes
from homeassistant.setup import async_setup_component
from homeassistant.util.json import json_loads
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from syrupy.assertion import SnapshotAssertion

from .scenarios.house import Charger, House

CONFIG, DIAGNOSTIC = "config", "diagnostic"

ENTITIES = {
    # entity id: (name, category, device class, unit)
    "binary_sensor.home_fallback_active": ("Fallback active", None, "problem", None),
    "binary_sensor.home_meter_status": ("Meter status", DIAGNOSTIC, "connectivity", None),
    "event.home_news": ("News", None, None, None),
    "number.home_ramp_up_time": ("Ramp-up time", CONFIG, "duration", "s"),
    "number.home_service_current": ("Service current", CONFIG, "current", "A"),
    "sensor.home_available_current": ("Available current", None, "current", "A"),
    "sensor.home_house_current": ("House current", None, "current", "A"),
    "sensor.home_configured_fallback": ("Configured fallback", DIAGNOSTIC, "enum", None),
    "sensor.home_meter_delay": ("Meter delay", DIAGNOSTIC, "duration", "s"),
    "sensor.home_meter_period": ("Meter period", DIAGNOSTIC, "duration", "s"),
    "sensor.home_observed_overloads_avoided": ("Observed overloads avoided", None, None, None),
    "sensor.home_observed_seconds_over": ("Observed seconds over", None, "duration", "s"),
    "switch.home_enabled": ("Enabled", None, None, None),
    "switch.home_observe_only": ("Observe only", CONFIG, None, None),
    "binary_sensor.garage_active": ("Active", None, "running", None),
    "binary_sensor.garage_unresponsive": ("Unresponsive", DIAGNOSTIC, "problem", None),
    "event.garage_news": ("News", None, None, None),
    "number.garage_max_charger_current": ("Max charger current", None, "current", "A"),
    "number.garage_max_starts_per_hour": ("Max starts per hour", CONFIG, None, None),
    "number.garage_min_ev_current": ("Min EV current", CONFIG, "current", "A"),
    "number.garage_priority": ("Priority", CONFIG, None, None),
    "sensor.garage_balancer_state": ("Balancer state", DIAGNOSTIC, "enum", None),
    "sensor.garage_current_set": ("Current set", None, "current", "A"),
    "sensor.garage_last_command": ("Last command", DIAGNOSTIC, "enum", None),
    "sensor.garage_last_command_latency": ("Last command latency", DIAGNOSTIC, "duration", "s"),
    "sensor.garage_last_command_time": ("Last command time", DIAGNOSTIC, "timestamp", None),
    "sensor.garage_limit": ("Limit", None, "current", "A"),
    "sensor.garage_limited_by": ("Limited by", None, "enum", None),
    "sensor.garage_power_set": ("Power set", None, "power", "W"),
    "switch.garage_enabled": ("Enabled", None, None, None),
}
DISABLED = {"sensor.garage_last_command_latency", "sensor.garage_last_command_time"}


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Let snapshots of Home Assistant's objects be readable; the plugin's own does not win."""
    return snapshot.use_extension(HomeAssistantSnapshotExtension)


@pytest.fixture
async def house(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> House:
    """Return a house with one charger, not yet set up."""
    freezer.move_to("2026-11-22 18:00:00+00:00")
    return House(hass, freezer, Charger("garage"))


async def test_the_entities_are_those_of_the_design(
    house: House, entity_registry: er.EntityRegistry
) -> None:
    """Ids, names, categories, kinds and units are what users and the guides rely on."""
    await house.async_set_up()

    found = {
        entity.entity_id: (
            entity.original_name,
            entity.entity_category,
            entity.original_device_class,
            entity.unit_of_measurement,
        )
        for entity in er.async_entries_for_config_entry(entity_registry, "ID_SITE")
    }
    assert found == ENTITIES


async def test_only_the_details_of_a_command_are_disabled(
    house: House, entity_registry: er.EntityRegistry
) -> None:
    """A user sees everything at once but the time and latency of the last command."""
    await house.async_set_up()

    entities = er.async_entries_for_config_entry(entity_registry, "ID_SITE")
    disabled = {entity.entity_id for entity in entities if entity.disabled_by is not None}
    assert disabled == DISABLED
    assert {entity.has_entity_name for entity in entities} == {True}


async def test_entity_ids_are_english_in_every_language(
    hass: HomeAssistant,
    house: House,
    entity_registry: er.EntityRegistry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """People write automations on the ids: a German Home Assistant has the same ones."""
    english = translation.async_get_translations

    async def german(*args: Any, **kwargs: Any) -> dict[str, str]:
        texts = await english(*args, **kwargs)
        return {
            key: f"{text} auf Deutsch" if key.startswith("component.ev_lb.entity.") else text
            for key, text in texts.items()
        }

    monkeypatch.setattr(translation, "async_get_translations", german)
    hass.config.language = "de"
    await house.async_set_up()

    entities = er.async_entries_for_config_entry(entity_registry, "ID_SITE")
    assert {entity.entity_id for entity in entities} == set(ENTITIES)
    assert {(entity.original_name or "").endswith(" auf Deutsch") for entity in entities} == {True}


async def test_unique_ids_belong_to_the_site_and_the_charger(
    house: House, entity_registry: er.EntityRegistry
) -> None:
    """A renamed site or charger keeps its entities, and a removed charger takes its own along."""
    await house.async_set_up()

    for entity in er.async_entries_for_config_entry(entity_registry, "ID_SITE"):
        key = entity.entity_id.split(".")[1].partition("_")[2]
        is_site = ".home_" in entity.entity_id
        assert entity.unique_id == f"{'ID_SITE' if is_site else 'ID_GARAGE'}_{key}"
        assert entity.config_subentry_id == (None if is_site else "ID_GARAGE")


async def test_a_charger_is_a_device_that_hangs_on_the_sites(
    house: House, device_registry: dr.DeviceRegistry
) -> None:
    """Each charger has a device of its own, reached by way of the site's."""
    await house.async_set_up()

    site = device_registry.async_get(house.device_id())
    charger = device_registry.async_get(house.device_id(house.charger))
    assert isinstance(site, dr.DeviceEntry)
    assert isinstance(charger, dr.DeviceEntry)
    assert (site.name, site.model, site.entry_type) == ("Home", "Supply, 1 x 32 A", None)
    assert (charger.name, charger.model) == ("Garage", "Charger, 1 x 32 A")
    assert (site.manufacturer, charger.manufacturer) == ("EV Charger Load Balancing",) * 2
    assert charger.via_device_id == site.id
    assert charger.config_subentry_id == "ID_GARAGE"


async def test_a_site_that_was_a_service_is_one_no_more(
    house: House, device_registry: dr.DeviceRegistry
) -> None:
    """A supply is a thing, also where it was registered as something else before."""
    await house.async_set_up()
    device_registry.async_update_device(house.device_id(), entry_type=dr.DeviceEntryType.SERVICE)
    await house.async_reload()
    site = device_registry.async_get(house.device_id())
    assert isinstance(site, dr.DeviceEntry)
    assert site.entry_type is None


async def test_a_renamed_charger_keeps_its_entity_ids(
    hass: HomeAssistant, house: House, device_registry: dr.DeviceRegistry
) -> None:
    """A new name in the dialog is the device's name; the ids stay."""
    await house.async_set_up()
    subentry = house.entry.subentries["ID_GARAGE"]
    hass.config_entries.async_update_subentry(house.entry, subentry, title="Drive")
    await hass.async_block_till_done()

    device = device_registry.async_get(house.device_id(house.charger))
    assert device is not None
    assert device.name == "Drive"
    state = hass.states.get("sensor.garage_current_set")
    assert state is not None
    assert state.name == "Drive Current set"


async def test_what_the_entities_show(
    hass: HomeAssistant,
    house: House,
    snapshot: SnapshotAssertion,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Everything that a charging site shows, with the attributes that dashboards use."""
    monkeypatch.setattr(Entity, "entity_registry_enabled_default", True)
    await house.async_set_up(2)
    await house.async_run(20)

    shown = {
        state.entity_id: {"state": state.state, **state.attributes}
        for state in hass.states.async_all()
        if state.entity_id in ENTITIES
    }
    assert shown.keys() == ENTITIES.keys()
    assert json_loads(json_bytes(shown)) == snapshot


async def test_entities_are_written_only_when_they_change(
    hass: HomeAssistant, house: House
) -> None:
    """A meter that speaks every second does not fill the database."""
    await house.async_set_up(2.3)
    await house.async_run(30)
    written: list[str] = []

    @callback
    def note(event: Event[EventStateChangedData] | Event[EventStateReportedData]) -> None:
        written.append(event.data["entity_id"])

    async_track_state_change_event(hass, ENTITIES, note)
    async_track_state_report_event(hass, ENTITIES, note)

    await house.async_run(20)
    assert written == []

    await house.async_run(5, 2.31)
    assert written == []

    await house.async_run(1, 2.5)
    assert written == ["sensor.home_available_current", "sensor.home_house_current"]


async def test_asking_for_an_update_does_no_harm(hass: HomeAssistant, house: House) -> None:
    """The action `homeassistant.update_entity` has nothing to fetch, and no error."""
    assert await async_setup_component(hass, "homeassistant", {})
    await house.async_set_up(2)

    await async_update_entity(hass, "sensor.garage_current_set")
    await house.async_run(5)

    assert house.state("sensor.garage_current_set") == "30"
