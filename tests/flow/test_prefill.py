"""The meter's device: the form of the meter comes filled in, and everything can be changed."""

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er

from ..conftest import set_meter, site_data
from .dialogs import (
    SITE_INPUT,
    async_change_site,
    async_open_device,
    async_send,
    async_site,
    meter_input,
    only_site,
    phases_input,
    suggested,
)
from .test_meter_device import add_device, add_sensor

UNITS = {"electricity": "W", "power": "W", "current": "A", "voltage": "V", "percent": "%"}
DISABLED = er.RegistryEntryDisabler.INTEGRATION


def add_meter(hass: HomeAssistant, platform: str, *names: str, disabled: str = "") -> str:
    """Add a meter's device with sensors of these unique ids, and return its id.

    `disabled`: what is in the names of those that nobody has enabled.
    """
    (device_id,) = add_device(hass, platform, "Meter")
    for name in names:
        unit = next((unit for kind, unit in UNITS.items() if kind in name), "W")
        is_disabled = bool(disabled) and disabled in name
        entity_id = add_sensor(
            hass, device_id, name, unit=unit, disabled_by=DISABLED if is_disabled else None
        )
        if not is_disabled:
            hass.states.async_set(entity_id, "230", {"unit_of_measurement": unit})
    return device_id


DSMR = (
    "p1_current_electricity_usage",
    "p1_current_electricity_delivery",
    *(
        f"p1_instantaneous_{quantity}_l{phase}{sign}"
        for phase in (1, 2, 3)
        for quantity, sign in (
            ("active_power", "_positive"),
            ("active_power", "_negative"),
            ("current", ""),
            ("voltage", ""),
        )
    ),
)
DSMR_PHASES = {
    key: f"sensor.p1_instantaneous_{name}"
    for phase in (1, 2, 3)
    for key, name in {
        f"power_meter_l{phase}": f"active_power_l{phase}_positive",
        f"export_meter_l{phase}": f"active_power_l{phase}_negative",
        f"current_meter_l{phase}": f"current_l{phase}",
        f"voltage_sensor_l{phase}": f"voltage_l{phase}",
    }.items()
}


async def async_pick(hass: HomeAssistant, device_id: str, phases: str = "3") -> ConfigFlowResult:
    """Open the dialog of a new site and pick the meter's device."""
    result = await async_open_device(hass, phases=phases)
    return await async_send(hass, result, {"meter_device": device_id})


async def test_meter_with_three_phases_is_filled_in(hass: HomeAssistant) -> None:
    """Import, export, current and volts of each phase: picked by picking one device."""
    result = await async_pick(hass, add_meter(hass, "dsmr", *DSMR))
    assert result.get("step_id") == "meter_phases"
    assert suggested(result) == DSMR_PHASES

    channels = {key: value for key, value in DSMR_PHASES.items() if "_meter_" in key}
    meters = [channels.pop(f"power_meter_l{phase}") for phase in (1, 2, 3)]
    details = {key: value for key, value in DSMR_PHASES.items() if "voltage" in key}
    result = await async_send(hass, result, phases_input(*meters, channels=channels, **details))
    assert result.get("type") is FlowResultType.CREATE_ENTRY
    stored = only_site(hass).data
    assert {key: stored[key] for key in DSMR_PHASES} == DSMR_PHASES


async def test_disabled_phases_are_named(hass: HomeAssistant) -> None:
    """What the device has and Home Assistant hides is named; once enabled it is filled in."""
    device_id = add_meter(hass, "dsmr", *DSMR, disabled="instantaneous")
    result = await async_pick(hass, device_id)
    assert (result.get("type"), result.get("step_id")) == (FlowResultType.MENU, "meter_disabled")
    named = (result.get("description_placeholders") or {})["entities"]
    assert "sensor.p1_instantaneous_active_power_l2_positive" in named

    # The browser asks again when its page was reloaded.
    result = await hass.config_entries.flow.async_configure(result["flow_id"])
    assert result.get("step_id") == "meter_disabled"
    registry = er.async_get(hass)
    for name in DSMR:
        registry.async_update_entity(f"sensor.{name}", disabled_by=None)
    result = await async_send(hass, result, {"next_step_id": "meter_device"})
    assert suggested(result) == {"meter_device": device_id}
    result = await async_send(hass, result, {"meter_device": device_id})
    assert (result.get("step_id"), suggested(result)) == ("meter_phases", DSMR_PHASES)


async def test_disabled_phases_can_be_done_without(hass: HomeAssistant) -> None:
    """Who does not want them goes on with what there is: the total of all phases."""
    result = await async_pick(hass, add_meter(hass, "dsmr", *DSMR, disabled="instantaneous"))
    result = await async_send(hass, result, {"next_step_id": "meter_as_it_is"})
    assert result.get("step_id") == "meter"
    assert suggested(result) == {
        "power_meter": "sensor.p1_current_electricity_usage",
        "export_meter": "sensor.p1_current_electricity_delivery",
    }


async def test_total_of_a_meter_is_filled_in_on_one_phase(hass: HomeAssistant) -> None:
    """A site with one phase has one sensor of each kind."""
    names = ("p1_active_power_w", "p1_active_power_l1_w", "p1_active_voltage_l1_v")
    result = await async_pick(hass, add_meter(hass, "homewizard", *names), "1")
    assert result.get("step_id") == "meter"
    assert suggested(result) == {
        "power_meter": "sensor.p1_active_power_w",
        "voltage_sensor": "sensor.p1_active_voltage_l1_v",
    }


async def test_current_alone_is_the_meter(hass: HomeAssistant) -> None:
    """Where a phase has no power, its current measures it."""
    names = [f"pulse_rt_currentL{phase}" for phase in (1, 2, 3)]
    result = await async_pick(hass, add_meter(hass, "tibber", *names))
    if result.get("step_id") == "meter_disabled":
        result = await async_send(hass, result, {"next_step_id": "meter_as_it_is"})
    assert result.get("step_id") == "meter_phases"
    assert suggested(result) == {
        f"power_meter_l{phase}": f"sensor.pulse_rt_currentl{phase}" for phase in (1, 2, 3)
    }


async def test_device_of_which_nothing_is_recognised(hass: HomeAssistant) -> None:
    """The plain form comes, as without a device; on several phases it is asked which."""
    device_id = add_meter(hass, "toaster", "heat_setting_percent")
    result = await async_pick(hass, device_id, "1")
    assert (result.get("step_id"), suggested(result)) == ("meter", {})
    result = await async_pick(hass, device_id)
    assert result.get("step_id") == "meter_kind"
    result = await hass.config_entries.flow.async_configure(result["flow_id"])
    assert result.get("step_id") == "meter_kind"


async def test_changed_site_gets_the_sensors_of_another_device(hass: HomeAssistant) -> None:
    """A new meter replaces the sensors of the old one, and nothing else."""
    set_meter(hass)
    entry = await async_site(hass, export_meter="sensor.old_export", ramp_up_time_s=60)
    device_id = add_meter(hass, "dsmr", *DSMR)
    result = await async_send(hass, await async_change_site(hass, entry), SITE_INPUT)
    result = await async_send(hass, result, {"meter_device": device_id})
    assert suggested(result) == {
        "power_meter": "sensor.p1_current_electricity_usage",
        "export_meter": "sensor.p1_current_electricity_delivery",
        "unavailable_behavior": "stop",
        "ramp_up_time_s": 60,
    }
    total = meter_input(power_meter="sensor.p1_current_electricity_usage", ramp_up_time_s=60)
    result = await async_send(hass, result, total)
    assert result.get("step_id") == "meter_warnings"
    await async_send(hass, result, {})
    expected = site_data(power_meter="sensor.p1_current_electricity_usage", ramp_up_time_s=60)
    assert dict(entry.data) == expected


async def test_back_to_the_meters_device(hass: HomeAssistant) -> None:
    """The same device keeps what was entered; other phases are filled in anew."""
    device_id = add_meter(hass, "dsmr", *DSMR)
    result = await async_pick(hass, device_id, "1")
    shown = suggested(result)
    total = meter_input(**shown, ramp_up_time_s=60, timeout_s=0)
    result = await async_send(hass, result, total)
    assert result.get("step_id") == "meter_warnings"
    result = await async_send(hass, result, {"go_back": True})
    assert (result.get("step_id"), suggested(result)["phases"]) == ("user", "1")

    again = await async_send(hass, result, SITE_INPUT)
    assert suggested(again) == {"meter_device": device_id}
    again = await async_send(hass, again, {"meter_device": device_id})
    assert suggested(again) == shown | {
        "unavailable_behavior": "stop",
        "ramp_up_time_s": 60,
        "meter_timeout_s": 0,
    }
    result = await async_send(hass, again, total)
    result = await async_send(hass, result, {"go_back": True})
    result = await async_send(hass, result, SITE_INPUT | {"phases": "3"})
    result = await async_send(hass, result, {"meter_device": device_id})
    assert (result.get("step_id"), suggested(result)) == ("meter_phases", DSMR_PHASES)
