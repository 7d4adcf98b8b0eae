"""The picked meter's device: its entities, as the registries know them."""

from homeassistant.components.sensor.const import DOMAIN as SENSOR_DOMAIN
from homeassistant.const import ATTR_FRIENDLY_NAME
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from ..const import DOMAIN
from ..inputs.known_meters import KNOWN_METERS
from ..inputs.meter_device import Candidate
from .entities import known_unit

SPREAD_PLATFORMS = frozenset(meter.platform for meter in KNOWN_METERS if meter.spans_devices)
"""Their meters are several devices; any of these can be picked."""


def candidates_of(hass: HomeAssistant, device_id: str) -> list[Candidate]:
    """Return the sensors of a device, also the disabled ones; our own are no meter."""
    registry = er.async_get(hass)
    own = er.async_entries_for_device(registry, device_id, include_disabled_entities=True)
    config_entry_ids = dict.fromkeys(
        entity.config_entry_id
        for entity in own
        if entity.platform in SPREAD_PLATFORMS and entity.config_entry_id is not None
    )
    entities = {entity.entity_id: entity for entity in own} | {
        entity.entity_id: entity
        for config_entry_id in config_entry_ids
        for entity in er.async_entries_for_config_entry(registry, config_entry_id)
    }
    return [
        candidate_of(hass, entity, is_own=entity.device_id == device_id)
        for entity in entities.values()
        if entity.domain == SENSOR_DOMAIN and entity.platform != DOMAIN
    ]


def candidate_of(hass: HomeAssistant, entity: er.RegistryEntry, *, is_own: bool) -> Candidate:
    """Return an entity as the recognition sees it."""
    state = hass.states.get(entity.entity_id)
    friendly_name = state.attributes.get(ATTR_FRIENDLY_NAME) if state is not None else None
    return Candidate(
        entity_id=entity.entity_id,
        platform=entity.platform,
        translation_key=entity.translation_key,
        unique_id=entity.unique_id,
        name=entity.name or entity.original_name or friendly_name or "",
        device_class=entity.device_class or entity.original_device_class,
        unit=known_unit(hass, entity.entity_id),
        is_enabled=not (entity.disabled or entity.hidden),
        is_own=is_own,
    )
