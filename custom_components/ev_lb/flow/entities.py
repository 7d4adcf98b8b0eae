"""What can be picked: why an entity cannot be used, and what it is like now."""

from collections.abc import Container

from homeassistant.components.script.const import DOMAIN as SCRIPT_DOMAIN
from homeassistant.const import ATTR_MODE, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant, split_entity_id
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.script import SCRIPT_MODE_SINGLE

from ..const import DOMAIN
from ..inputs.units import ENERGY_UNITS, is_number, unit_of

CONTROL_ERRORS = {"entity_missing": "control_missing", "entity_own": "control_own"}


def entity_error(hass: HomeAssistant, entity_id: str) -> str | None:
    """Return why we cannot listen to the entity."""
    registered = er.async_get(hass).entities.get(entity_id)
    if registered is None and hass.states.get(entity_id) is None:
        return "entity_missing"
    return "entity_own" if registered is not None and registered.platform == DOMAIN else None


def control_error(hass: HomeAssistant, entity_id: str, domains: Container[str]) -> str | None:
    """Return why the entity cannot control a charger."""
    if split_entity_id(entity_id)[0] not in domains:
        return "control_missing"
    error = entity_error(hass, entity_id)
    return CONTROL_ERRORS[error] if error is not None else None


def sensor_error(hass: HomeAssistant, entity_id: str, units: Container[str | None]) -> str | None:
    """Return why the entity cannot be a sensor of something in these units."""
    if error := entity_error(hass, entity_id):
        return error
    if not is_silent(hass, entity_id) and not is_number(hass.states.get(entity_id)):
        return "not_numeric"
    unit = known_unit(hass, entity_id)
    if unit in units:
        return None
    return "energy_unit" if unit in ENERGY_UNITS else "unit_unknown"


def is_silent(hass: HomeAssistant, entity_id: str) -> bool:
    """Return whether the entity says nothing at the moment."""
    state = hass.states.get(entity_id)
    return state is None or state.state in (STATE_UNAVAILABLE, STATE_UNKNOWN)


def known_unit(hass: HomeAssistant, entity_id: str) -> str | None:
    """Return the entity's unit, also while it says nothing."""
    registered = er.async_get(hass).entities.get(entity_id)
    registered_unit = registered.unit_of_measurement if registered is not None else None
    return unit_of(hass.states.get(entity_id)) or registered_unit


def has_script(hass: HomeAssistant, entity_id: str) -> bool:
    """Return whether the entity id is that of a script; it may not be loaded yet."""
    domain, _, name = entity_id.partition(".")
    return domain == SCRIPT_DOMAIN and (
        hass.states.get(entity_id) is not None
        or entity_id in er.async_get(hass).entities
        or hass.services.has_service(SCRIPT_DOMAIN, name)
    )


def drops_calls(hass: HomeAssistant, entity_id: str) -> bool:
    """Return whether Home Assistant drops a call while the script still runs."""
    state = hass.states.get(entity_id)
    return state is not None and state.attributes.get(ATTR_MODE) == SCRIPT_MODE_SINGLE
