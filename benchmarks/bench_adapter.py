"""Adapter of the shared closed-loop benchmark: the integration, set up as a user would."""

from typing import Any

from homeassistant.config_entries import SOURCE_USER
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

NEEDS = {"total_w"}
VARIANTS = ("nominal",)

DOMAIN = "ev_lb"


def supports(scenario: Any) -> bool:
    """Return whether the integration can run this: one phase for now."""
    return scenario.phases == 1


async def setup(hass: HomeAssistant, rig: Any, variant: str) -> list[Any]:
    """Set the site and its chargers up through the dialogs."""
    flow = hass.config_entries.flow
    result = await flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    scenario = rig.scenario
    site = {"name": "House", "service_voltage_v": 230, "service_current_a": scenario.breaker_a}
    result = await flow.async_configure(result["flow_id"], site)
    meter = {
        "power_meter": "sensor.house_power",
        "unavailable_behavior": "stop",
        "ramp_up_time_s": 30,
        "meter_details": {},
    }
    result = await flow.async_configure(result["flow_id"], meter)
    while result["type"] is FlowResultType.FORM and not result["errors"]:
        result = await flow.async_configure(result["flow_id"], {})
    entry = result["result"]
    for index in range(len(scenario.cars)):
        await add_charger(hass, rig, entry, index)
        await rig.settle()
    return [entry]


async def add_charger(hass: HomeAssistant, rig: Any, entry: Any, index: int) -> None:
    """Add one charger to the site."""
    subentries = hass.config_entries.subentries
    handler = (entry.entry_id, "charger")
    result = await subentries.async_init(handler, context={"source": SOURCE_USER})
    charger = {
        "name": f"EV{index + 1}",
        "max_charger_current_a": rig.scenario.charger_max_a,
        "min_ev_current_a": 6,
        "priority": 50,
        "fallback_current_a": 6,
        "set_current_script": rig.script(index, "set_current"),
        "stop_charging_script": rig.script(index, "stop"),
        "start_charging_script": rig.script(index, "start"),
        "timing": {"response_time_s": 10, "command_interval_s": 0},
    }
    result = await subentries.async_configure(result["flow_id"], charger)
    while result["type"] is FlowResultType.FORM and not result["errors"]:
        result = await subentries.async_configure(result["flow_id"], {})
