"""The actions: temporary limits for chargers."""

from collections.abc import Iterator
from math import floor

import voluptuous as vol
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import device_registry as dr

from .const import DOMAIN, MAX_CHARGER_CURRENT_A
from .coordinator import EvLbConfigEntry, EvLbCoordinator

SERVICE_SET_LIMIT = "set_limit"
SERVICE_CLEAR_LIMIT = "clear_limit"
ATTR_CURRENT_A = "current_a"
ATTR_DURATION = "duration"

MIN_DURATION_S = 1
MAX_DURATION_S = 24 * 60 * 60

DEVICES = vol.All(cv.ensure_list, [cv.string])
CLEAR_LIMIT_SCHEMA = vol.Schema({vol.Required(ATTR_DEVICE_ID): DEVICES})
SET_LIMIT_SCHEMA = CLEAR_LIMIT_SCHEMA.extend(
    {
        vol.Required(ATTR_CURRENT_A): vol.Coerce(float),
        vol.Required(ATTR_DURATION): vol.Any(dict, str, vol.Coerce(float)),
    }
)


@callback
def async_register_services(hass: HomeAssistant) -> None:
    """Register the actions."""

    @callback
    def set_limit(call: ServiceCall) -> None:
        current_a = whole_current_a(call.data[ATTR_CURRENT_A])
        duration_s = whole_duration_s(call.data[ATTR_DURATION])
        for coordinator, charger_id in list(chargers(hass, call)):
            coordinator.set_limit(charger_id, current_a, duration_s)

    @callback
    def clear_limit(call: ServiceCall) -> None:
        for coordinator, charger_id in list(chargers(hass, call)):
            coordinator.clear_limit(charger_id)

    hass.services.async_register(DOMAIN, SERVICE_SET_LIMIT, set_limit, SET_LIMIT_SCHEMA)
    hass.services.async_register(DOMAIN, SERVICE_CLEAR_LIMIT, clear_limit, CLEAR_LIMIT_SCHEMA)


def whole_current_a(current_a: float) -> int:
    """Return the limit in whole amperes, floored.

    Raises ServiceValidationError: when it is negative or no finite number.
    """
    if not 0 <= current_a < float("inf"):
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="current_invalid",
            translation_placeholders={"current": str(current_a)},
        )
    return floor(min(current_a, MAX_CHARGER_CURRENT_A))


def whole_duration_s(duration: object) -> float:
    """Return how long a limit holds.

    Raises ServiceValidationError: when it is no duration, or shorter or longer than allowed.
    """
    try:
        duration_s = cv.positive_time_period(duration).total_seconds()
    except vol.Invalid, OverflowError:
        duration_s = 0.0
    if MIN_DURATION_S <= duration_s <= MAX_DURATION_S:
        return duration_s
    raise ServiceValidationError(translation_domain=DOMAIN, translation_key="duration_invalid")


def chargers(hass: HomeAssistant, call: ServiceCall) -> Iterator[tuple[EvLbCoordinator, str]]:
    """Yield the coordinator and the id of every charger device that is named.

    Raises ServiceValidationError: for a device that is none of ours, a site, or not loaded.
    """
    registry = dr.async_get(hass)
    for device_id in call.data[ATTR_DEVICE_ID]:
        device = registry.async_get(device_id)
        entry = site_of(hass, device)
        placeholders = {"device": (device and (device.name_by_user or device.name)) or device_id}
        if device is None or entry is None:
            key = "device_unknown"
        elif device.config_subentry_id is None:
            key = "device_not_charger"
        elif entry.state is not ConfigEntryState.LOADED:
            key = "site_not_loaded"
        else:
            yield entry.runtime_data, device.config_subentry_id
            continue
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders
        )


def site_of(hass: HomeAssistant, device: dr.AnyDeviceEntry | None) -> EvLbConfigEntry | None:
    """Return the site that a device belongs to, if it is one of ours."""
    if device is None:
        return None
    entry = hass.config_entries.async_get_entry(device.config_entry_id)
    return entry if entry is not None and entry.domain == DOMAIN else None
