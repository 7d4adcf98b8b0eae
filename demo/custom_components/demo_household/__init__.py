"""The demo household in Home Assistant: it moves on, and chargers take their commands."""

import time
from datetime import datetime, timedelta

from homeassistant.const import STATE_ON, Platform
from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.discovery import async_load_platform
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.helpers.typing import ConfigType
from homeassistant.util.hass_dict import HassKey

from .household import Charger, Household

DOMAIN = "demo_household"
HOUSEHOLD: HassKey[Household] = HassKey(DOMAIN)
RATED_CURRENT_A = {"garage": 32, "drive": 10}
BUSY_SWITCH = "input_boolean.busy_household"
EXTRA_LOAD = "input_number.extra_house_load"

STEP = timedelta(seconds=0.25)
"""How often the world moves on; the meter reports less often."""

SIGNAL_MOVED = f"{DOMAIN}_moved"

CONFIG_SCHEMA = cv.empty_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Set the household in motion."""
    chargers = {name: Charger(rated_a) for name, rated_a in RATED_CURRENT_A.items()}
    household = hass.data[HOUSEHOLD] = Household(chargers, time.monotonic())

    @callback
    def set_current(call: ServiceCall) -> None:
        chargers[call.data["charger"]].set_current(call.data["current_a"], time.monotonic())

    @callback
    def start(call: ServiceCall) -> None:
        chargers[call.data["charger"]].start(time.monotonic())

    @callback
    def stop(call: ServiceCall) -> None:
        chargers[call.data["charger"]].stop(time.monotonic())

    hass.services.async_register(DOMAIN, "set_current", set_current)
    hass.services.async_register(DOMAIN, "start", start)
    hass.services.async_register(DOMAIN, "stop", stop)

    @callback
    def move(_: datetime) -> None:
        now = time.monotonic()
        household.set_busy(is_busy=hass.states.is_state(BUSY_SWITCH, STATE_ON), now=now)
        extra = hass.states.get(EXTRA_LOAD)
        household.extra_a = float(extra.state) if extra else 0.0
        async_dispatcher_send(hass, SIGNAL_MOVED, now)

    async_track_time_interval(hass, move, STEP, cancel_on_shutdown=True)
    hass.async_create_task(async_load_platform(hass, Platform.SENSOR, DOMAIN, {}, config))
    return True
