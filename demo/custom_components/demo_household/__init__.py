"""The demo household in Home Assistant: it moves on, and chargers take their commands."""

import time
from datetime import datetime, timedelta

from homeassistant.config_entries import SOURCE_IMPORT, ConfigEntry
from homeassistant.const import STATE_ON, Platform
from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.helpers.typing import ConfigType
from homeassistant.util.hass_dict import HassKey

from .homes import HOMES
from .household import Household

DOMAIN = "demo_household"
HOUSEHOLD: HassKey[Household] = HassKey(DOMAIN)
BUSY_SWITCH = "input_boolean.busy_household"

STEP = timedelta(seconds=0.25)
"""How often the world moves on; the meter reports less often."""

SIGNAL_MOVED = f"{DOMAIN}_moved"


def extra_load(phase: int) -> str:
    """Return what the visitor of the demo draws more load on a phase with."""
    return f"input_number.extra_house_load_l{phase + 1}"


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Set the household in motion."""
    household = Household(HOMES[config[DOMAIN]["phases"]], time.monotonic())
    hass.data[HOUSEHOLD] = household

    @callback
    def set_current(call: ServiceCall) -> None:
        charger = household.chargers[call.data["charger"]]
        charger.set_current(call.data["current_a"], time.monotonic())

    @callback
    def start(call: ServiceCall) -> None:
        household.chargers[call.data["charger"]].start(time.monotonic())

    @callback
    def stop(call: ServiceCall) -> None:
        household.chargers[call.data["charger"]].stop(time.monotonic())

    hass.services.async_register(DOMAIN, "set_current", set_current)
    hass.services.async_register(DOMAIN, "start", start)
    hass.services.async_register(DOMAIN, "stop", stop)

    @callback
    def move(_: datetime) -> None:
        now = time.monotonic()
        household.set_busy(is_busy=hass.states.is_state(BUSY_SWITCH, STATE_ON), now=now)
        for phase in household.home.phases:
            extra = hass.states.get(extra_load(phase))
            household.extra_a[phase] = float(extra.state) if extra else 0.0
        async_dispatcher_send(hass, SIGNAL_MOVED, now)

    async_track_time_interval(hass, move, STEP, cancel_on_shutdown=True)
    hass.async_create_task(
        hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_IMPORT}, data={})
    )
    return True


async def async_setup_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Show what can be seen of the household."""
    await hass.config_entries.async_forward_entry_setups(entry, [Platform.SENSOR])
    return True
