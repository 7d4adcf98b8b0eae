"""The entities that a site uses of others: followed when renamed, missed when gone."""

from datetime import datetime

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import (
    async_call_later,
    async_track_entity_registry_updated_event,
    async_track_state_change_event,
)
from homeassistant.helpers.start import async_at_started

from .balancing.meter.availability import FIRST_READING_WAIT_S
from .configuration import charger_subentries, circuit_subentries
from .const import (
    CONF_HEARTBEAT,
    CONF_POWER_METER,
    CONF_SET_CURRENT_SCRIPT,
    CONF_START_CHARGING_SCRIPT,
    CONF_STATUS_SENSOR,
    CONF_STOP_CHARGING_SCRIPT,
    MAX_PHASES,
    of_phase,
)
from .inputs.charger_sensors import DRAW_SENSORS
from .inputs.units import CHANNEL_UNITS
from .repairs import async_report_source

METERS = frozenset(of_phase(CONF_POWER_METER, phase) for phase in (None, *range(MAX_PHASES)))
METER_SOURCES = tuple(
    of_phase(key, phase) for phase in (None, *range(MAX_PHASES)) for key in CHANNEL_UNITS
)
SITE_SOURCES = (*METER_SOURCES, CONF_HEARTBEAT)
CHARGER_SCRIPTS = (CONF_SET_CURRENT_SCRIPT, CONF_STOP_CHARGING_SCRIPT, CONF_START_CHARGING_SCRIPT)
CHARGER_SOURCES = (*CHARGER_SCRIPTS, *DRAW_SENSORS, CONF_STATUS_SENSOR)
NEEDED_SOURCES = METERS | frozenset(CHARGER_SCRIPTS)
"""What a site cannot do without when it is gone; of a pair the export half is no loss of safety."""


def source_ids(entry: ConfigEntry) -> dict[str, bool]:
    """Return the entities of the site and its chargers, and whether each is needed."""
    used = [(key, entry.data[key]) for key in SITE_SOURCES if key in entry.data]
    for subentry, keys in users_of_sources(entry):
        used += [(key, subentry.data[key]) for key in keys if key in subentry.data]
    needed = {entity_id for key, entity_id in used if key in NEEDED_SOURCES}
    return {entity_id: entity_id in needed for _, entity_id in used}


def users_of_sources(entry: ConfigEntry) -> list[tuple[ConfigSubentry, tuple[str, ...]]]:
    """Return what is on a site and uses entities, and under which keys."""
    return [
        *((charger, CHARGER_SOURCES) for charger in charger_subentries(entry)),
        *((circuit, METER_SOURCES) for circuit in circuit_subentries(entry)),
    ]


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
    for subentry, keys in users_of_sources(entry):
        renamed = {key: new_id for key in keys if subentry.data.get(key) == old_id}
        if renamed:
            data = {**subentry.data, **renamed}
            hass.config_entries.async_update_subentry(entry, subentry, data=data)
    renamed = {key: new_id for key in SITE_SOURCES if entry.data.get(key) == old_id}
    if renamed:
        hass.config_entries.async_update_entry(entry, data={**entry.data, **renamed})
