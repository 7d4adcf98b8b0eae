"""The entities that a site uses of others: followed when renamed, missed when gone."""

from datetime import datetime

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import (
    async_call_later,
    async_track_entity_registry_updated_event,
    async_track_state_change_event,
)
from homeassistant.helpers.start import async_at_started

from .balancing.meter.availability import FIRST_READING_WAIT_S
from .configuration import charger_subentries
from .const import (
    CONF_DRAW_SENSOR,
    CONF_POWER_METER,
    CONF_SET_CURRENT_SCRIPT,
    CONF_START_CHARGING_SCRIPT,
    CONF_STATUS_SENSOR,
    CONF_STOP_CHARGING_SCRIPT,
    CONF_VOLTAGE_SENSOR,
)
from .repairs import async_report_source

SITE_SOURCES = (CONF_POWER_METER, CONF_VOLTAGE_SENSOR)
CHARGER_SCRIPTS = (CONF_SET_CURRENT_SCRIPT, CONF_STOP_CHARGING_SCRIPT, CONF_START_CHARGING_SCRIPT)
CHARGER_SOURCES = (*CHARGER_SCRIPTS, CONF_DRAW_SENSOR, CONF_STATUS_SENSOR)
OPTIONAL_SOURCES = frozenset({CONF_VOLTAGE_SENSOR, CONF_DRAW_SENSOR, CONF_STATUS_SENSOR})
"""What a site can do without when it is gone."""


def source_ids(entry: ConfigEntry) -> dict[str, bool]:
    """Return the entities of the site and its chargers, and whether each is needed."""
    used = [(key, entry.data[key]) for key in SITE_SOURCES if key in entry.data]
    for charger in charger_subentries(entry):
        used += [(key, charger.data[key]) for key in CHARGER_SOURCES if key in charger.data]
    needed = {entity_id for key, entity_id in used if key not in OPTIONAL_SOURCES}
    return {entity_id: entity_id in needed for _, entity_id in used}


@callback
def async_follow_sources(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Watch the entities of the site and its chargers, until it is unloaded."""
    ids = source_ids(entry)

    def report(entity_id: str, *, is_missing: bool) -> None:
        is_needed = ids[entity_id]
        async_report_source(hass, entry, entity_id, is_missing=is_missing, is_needed=is_needed)

    @callback
    def registry_changed(event: Event[er.EventEntityRegistryUpdatedData]) -> None:
        data = event.data
        if data["action"] == "update" and "old_entity_id" in data:
            async_rename_source(hass, entry, data["old_entity_id"], data["entity_id"])

    @callback
    def state_changed(event: Event[EventStateChangedData]) -> None:
        report(event.data["entity_id"], is_missing=event.data["new_state"] is None)

    @callback
    def check(_now: datetime) -> None:
        for entity_id in ids:
            report(entity_id, is_missing=hass.states.get(entity_id) is None)

    @callback
    def started(hass: HomeAssistant) -> None:
        entry.async_on_unload(async_call_later(hass, FIRST_READING_WAIT_S, check))

    @callback
    def withdraw() -> None:
        for entity_id in ids:
            report(entity_id, is_missing=False)

    entry.async_on_unload(withdraw)
    entry.async_on_unload(async_track_entity_registry_updated_event(hass, ids, registry_changed))
    entry.async_on_unload(async_track_state_change_event(hass, ids, state_changed))
    entry.async_on_unload(async_at_started(hass, started))


@callback
def async_rename_source(hass: HomeAssistant, entry: ConfigEntry, old_id: str, new_id: str) -> None:
    """Follow an entity that the user renamed; the change reloads the site."""
    for charger in charger_subentries(entry):
        renamed = {key: new_id for key in CHARGER_SOURCES if charger.data.get(key) == old_id}
        if renamed:
            data = {**charger.data, **renamed}
            hass.config_entries.async_update_subentry(entry, charger, data=data)
    renamed = {key: new_id for key in SITE_SOURCES if entry.data.get(key) == old_id}
    if renamed:
        hass.config_entries.async_update_entry(entry, data={**entry.data, **renamed})
