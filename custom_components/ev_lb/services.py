"""The actions: temporary limits for chargers, and what would have been."""

from collections.abc import Iterator
from datetime import timedelta
from math import floor

import voluptuous as vol
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import ATTR_CONFIG_ENTRY_ID, ATTR_DEVICE_ID
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.service import async_get_config_entry
from homeassistant.util import dt as dt_util

from .const import DOMAIN, MAX_CHARGER_CURRENT_A, MAX_SERVICE_CURRENT_A
from .coordinator import EvLbConfigEntry, EvLbCoordinator
from .what_if.history import Question, async_simulate

SERVICE_SET_LIMIT = "set_limit"
SERVICE_CLEAR_LIMIT = "clear_limit"
SERVICE_SIMULATE = "simulate"
ATTR_CURRENT_A = "current_a"
ATTR_DURATION = "duration"
ATTR_START = "start"
ATTR_END = "end"
ATTR_SERVICE_CURRENT_A = "service_current_a"

MIN_DURATION_S = 1
MAX_DURATION_S = 24 * 60 * 60
DEFAULT_PERIOD = timedelta(days=7)

DEVICES = vol.All(cv.ensure_list, [cv.string])
CLEAR_LIMIT_SCHEMA = vol.Schema({vol.Required(ATTR_DEVICE_ID): DEVICES})
SET_LIMIT_SCHEMA = CLEAR_LIMIT_SCHEMA.extend(
    {
        vol.Required(ATTR_CURRENT_A): vol.Coerce(float),
        vol.Required(ATTR_DURATION): vol.Any(dict, str, vol.Coerce(float)),
    }
)
SIMULATE_SCHEMA = vol.Schema(
    {
        vol.Optional(ATTR_CONFIG_ENTRY_ID): cv.string,
        vol.Optional(ATTR_START): cv.datetime,
        vol.Optional(ATTR_END): cv.datetime,
        vol.Optional(ATTR_SERVICE_CURRENT_A): vol.All(
            vol.Coerce(float), vol.Range(min=1, max=MAX_SERVICE_CURRENT_A)
        ),
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

    async def simulate(call: ServiceCall) -> ServiceResponse:
        entry = async_get_config_entry(hass, DOMAIN, call.data.get(ATTR_CONFIG_ENTRY_ID))
        return await async_simulate(hass, entry, question(call))

    hass.services.async_register(DOMAIN, SERVICE_SET_LIMIT, set_limit, SET_LIMIT_SCHEMA)
    hass.services.async_register(DOMAIN, SERVICE_CLEAR_LIMIT, clear_limit, CLEAR_LIMIT_SCHEMA)
    hass.services.async_register(
        DOMAIN,
        SERVICE_SIMULATE,
        simulate,
        SIMULATE_SCHEMA,
        supports_response=SupportsResponse.ONLY,
    )


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


def question(call: ServiceCall) -> Question:
    """Return what is asked: the last week where nothing is said.

    Raises ServiceValidationError: when the time ends before it begins.
    """
    now = dt_util.utcnow()
    end = min(dt_util.as_utc(call.data.get(ATTR_END, now)), now)
    start = dt_util.as_utc(call.data.get(ATTR_START, end - DEFAULT_PERIOD))
    if start >= end:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="period_invalid")
    return Question(start=start, end=end, service_current_a=call.data.get(ATTR_SERVICE_CURRENT_A))


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
