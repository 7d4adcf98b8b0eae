"""The entities that a site uses of others: followed when renamed, missed when gone."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, cast

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
from .configuration import charger_subentries, circuit_subentries, meter_id
from .const import (
    CONF_CURRENT_NUMBER,
    CONF_ENERGY_SENSOR,
    CONF_HEARTBEAT,
    CONF_PAUSE_SELECT,
    CONF_PAUSE_SWITCH,
    CONF_POWER_METER,
    CONF_PRICE_SENSOR,
    CONF_START_BUTTON,
    CONF_STATUS_SENSOR,
    CONF_STOP_BUTTON,
    MAX_PHASES,
    of_phase,
)
from .control.actions import ACTION_KEYS
from .control.protocol import Control
from .control.scripts import SCRIPT_KEYS
from .inputs.charger_sensors import DRAW_SENSORS
from .inputs.units import CHANNEL_UNITS
from .repairs import async_report_source

METERS = frozenset(of_phase(CONF_POWER_METER, phase) for phase in (None, *range(MAX_PHASES)))
METER_SOURCES = tuple(
    of_phase(key, phase) for phase in (None, *range(MAX_PHASES)) for key in CHANNEL_UNITS
)
SITE_SOURCES = (*METER_SOURCES, CONF_HEARTBEAT, CONF_PRICE_SENSOR)
CHARGER_SCRIPTS = tuple(SCRIPT_KEYS.values())
CHARGER_CONTROLS = (
    *CHARGER_SCRIPTS,
    CONF_CURRENT_NUMBER,
    CONF_PAUSE_SWITCH,
    CONF_START_BUTTON,
    CONF_STOP_BUTTON,
    CONF_PAUSE_SELECT,
    *ACTION_KEYS.values(),
)
"""Where the dialog keeps what controls a charger: an entity, or actions that name some."""

CHARGER_SENSORS = (*DRAW_SENSORS, CONF_STATUS_SENSOR, CONF_ENERGY_SENSOR)


def source_ids(entry: ConfigEntry, controls: Iterable[Control]) -> dict[str, bool]:
    """Return the entities of the site and its chargers, and whether each is needed.

    Needed is what a site cannot do without when it is gone: what controls its chargers, and its
    meters. Of a pair the export half is no loss of safety.
    """
    used = [(key, entry.data[key]) for key in SITE_SOURCES if key in entry.data]
    for charger in charger_subentries(entry):
        used += [(key, charger.data[key]) for key in CHARGER_SENSORS if key in charger.data]
    for circuit in circuit_subentries(entry):
        used += [(key, circuit.data[key]) for key in METER_SOURCES if key in circuit.data]
    needed = {entity_id for key, entity_id in used if key in METERS}
    needed = needed.union(*(control.uses for control in controls))
    return dict.fromkeys((entity_id for _, entity_id in used), False) | dict.fromkeys(needed, True)


def users_of_sources(entry: ConfigEntry) -> list[tuple[ConfigSubentry, frozenset[str]]]:
    """Return what is on a site and uses entities, and under which keys."""
    charger_keys = frozenset((*CHARGER_CONTROLS, *CHARGER_SENSORS))
    circuit_keys = frozenset(METER_SOURCES)
    return [
        *((charger, charger_keys) for charger in charger_subentries(entry)),
        *((circuit, circuit_keys) for circuit in circuit_subentries(entry)),
    ]


def owner_of(entry: ConfigEntry, entity_id: str) -> str:
    """Return whose settings name an entity: the first charger's or circuit's, or the site's."""
    users = (
        user
        for user, keys in users_of_sources(entry)
        if any(
            replaced(user.data[key], entity_id, "") != user.data[key]
            for key in keys & user.data.keys()
        )
    )
    return next((user.subentry_id for user in users), entry.entry_id)


@callback
def async_follow_sources(
    hass: HomeAssistant, entry: ConfigEntry, controls: Iterable[Control]
) -> None:
    """Watch the entities of the site and its chargers, until it is unloaded."""
    ids = source_ids(entry, controls)

    def report(entity_id: str, *, is_missing: bool) -> None:
        async_report_source(
            hass,
            entry,
            entity_id,
            is_missing=is_missing,
            is_needed=ids[entity_id],
            owner_id=owner_of(entry, entity_id),
        )

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
        data = {**subentry.data} | renamed(subentry.data, keys, old_id, new_id)
        hass.config_entries.async_update_subentry(entry, subentry, data=data)
    data = {**entry.data} | renamed(entry.data, SITE_SOURCES, old_id, new_id)
    entry.runtime_data.store.rename_meter(meter_id(data))
    hass.config_entries.async_update_entry(entry, data=data)


def renamed(
    data: Mapping[str, Any], keys: Iterable[str], old_id: str, new_id: str
) -> dict[str, Any]:
    """Return what is stored under some keys, with an entity's new id for its old one."""
    return {key: replaced(data[key], old_id, new_id) for key in keys if key in data}


def replaced(stored: Any, old_id: str, new_id: str) -> Any:  # noqa: ANN401
    """Return an entity id or a sequence of actions with the new id; templates stay as they are."""
    if isinstance(stored, Mapping):
        entries = cast(Mapping[str, Any], stored).items()
        return {key: replaced(value, old_id, new_id) for key, value in entries}
    if isinstance(stored, list | tuple):
        return [replaced(value, old_id, new_id) for value in cast(Iterable[Any], stored)]
    return new_id if stored == old_id else stored
