"""The meter: what can be one, how the site is measured, and what is warned of."""

import pytest
from homeassistant.config_entries import (
    ConfigEntryState,
)
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er

from ..conftest import METER, set_meter, site_data
from .dialogs import (
    SITE_INPUT,
    VOLTS,
    assert_refused,
    async_change_to_meter,
    async_open_meter,
    async_pass_device,
    async_send,
    async_site,
    fields,
    meter_input,
    only_site,
    set_sensor,
    suggested,
)


@pytest.mark.parametrize("unit", ["W", "kW", "MW", "VA", "kVA", "A", "mA"])
async def test_meter_unit_is_accepted(hass: HomeAssistant, unit: str) -> None:
    """A meter shows power, apparent power or current, in the units that meters use."""
    set_meter(hass, "4.2", unit)
    result = await async_send(hass, await async_open_meter(hass), meter_input())
    assert result.get("type") is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    ("state", "unit", "error"),
    [
        pytest.param("on", "W", "not_numeric", id="word"),
        pytest.param("nan", "W", "not_numeric", id="not a number"),
        pytest.param("inf", "W", "not_numeric", id="infinite"),
        pytest.param("on", None, "not_numeric", id="word without unit"),
        pytest.param("12", "kWh", "energy_unit", id="kWh"),
        pytest.param("12", "Wh", "energy_unit", id="Wh"),
        pytest.param(STATE_UNAVAILABLE, "kWh", "energy_unit", id="unavailable kWh"),
        pytest.param("12", "V", "unit_unknown", id="volts"),
        pytest.param("12", None, "unit_unknown", id="no unit"),
        pytest.param(STATE_UNAVAILABLE, None, "unit_unknown", id="unavailable without unit"),
    ],
)
async def test_meter_is_refused(
    hass: HomeAssistant, state: str, unit: str | None, error: str
) -> None:
    """What cannot be a meter is refused with the reason, and can be mended in place."""
    set_meter(hass, state, unit)
    result = await async_send(hass, await async_open_meter(hass), meter_input(timeout_s=60))
    kept = {"unavailable_behavior": "stop", "ramp_up_time_s": 30, "meter_timeout_s": 60}
    assert_refused(result, "meter", {"power_meter": error}, power_meter=METER, **kept)

    set_meter(hass)
    result = await async_send(hass, result, meter_input())
    assert result.get("type") is FlowResultType.CREATE_ENTRY


async def test_missing_meter_is_refused(hass: HomeAssistant) -> None:
    """An entity that neither has a state nor is known to the registry does not exist."""
    result = await async_send(hass, await async_open_meter(hass), meter_input())
    assert result.get("errors") == {"power_meter": "entity_missing"}

    set_meter(hass)
    result = await async_send(hass, result, meter_input())
    assert result.get("type") is FlowResultType.CREATE_ENTRY


async def test_own_entity_is_refused(hass: HomeAssistant) -> None:
    """A balancer that reads what it wrote itself would chase its own tail."""
    set_meter(hass)
    await async_site(hass)
    result = await async_open_meter(hass, name="Cabin")
    own = meter_input(power_meter="sensor.home_available_current")
    result = await async_send(hass, result, own)
    assert result.get("errors") == {"power_meter": "entity_own"}

    hass.states.async_set("sensor.cabin_power", "1", {"unit_of_measurement": "kW"})
    result = await async_send(hass, result, meter_input(power_meter="sensor.cabin_power"))
    assert result.get("type") is FlowResultType.CREATE_ENTRY


async def test_meter_of_another_site_is_refused(hass: HomeAssistant) -> None:
    """Two sites on one meter would both hand out the same current."""
    set_meter(hass)
    await async_site(hass)
    result = await async_send(hass, await async_open_meter(hass, name="Cabin"), meter_input())
    assert result.get("errors") == {"power_meter": "meter_taken"}

    hass.states.async_set("sensor.cabin_power", "1", {"unit_of_measurement": "kW"})
    result = await async_send(hass, result, meter_input(power_meter="sensor.cabin_power"))
    assert result.get("type") is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize("timeout_s", [-1, 86401])
async def test_meter_timeout_out_of_range(hass: HomeAssistant, timeout_s: int) -> None:
    """A field inside a section cannot show its error: the section does."""
    set_meter(hass)
    result = await async_send(hass, await async_open_meter(hass), meter_input(timeout_s))
    assert result.get("errors") == {"meter_details": "meter_timeout_range"}
    assert suggested(result)["meter_timeout_s"] == timeout_s

    await async_send(hass, result, meter_input(timeout_s=86400))
    assert dict(only_site(hass).data) == site_data(meter_timeout_s=86400)


@pytest.mark.parametrize("delay_s", [-1, 61])
async def test_meter_delay_out_of_range(hass: HomeAssistant, delay_s: int) -> None:
    """A delay of hours would make every reading worthless; 0 is a delay, too."""
    set_meter(hass)
    result = await async_send(hass, await async_open_meter(hass), meter_input(delay_s=delay_s))
    assert result.get("errors") == {"meter_details": "meter_delay_range"}
    assert suggested(result)["meter_delay_s"] == delay_s

    await async_send(hass, result, meter_input(delay_s=0))
    assert dict(only_site(hass).data) == site_data(meter_delay_s=0)


@pytest.mark.parametrize(
    ("state", "unit"),
    [("231.5", "V"), ("231500", "mV"), ("0.2315", "kV")],
    ids=["V", "mV", "kV"],
)
async def test_voltage_sensor_is_stored(hass: HomeAssistant, state: str, unit: str) -> None:
    """A sensor that shows volts is taken without a word."""
    set_meter(hass)
    hass.states.async_set(VOLTS, state, {"unit_of_measurement": unit})
    result = await async_open_meter(hass)
    result = await async_send(hass, result, meter_input(voltage_sensor=VOLTS))
    assert result.get("type") is FlowResultType.CREATE_ENTRY
    assert dict(only_site(hass).data) == site_data(voltage_sensor=VOLTS)


@pytest.mark.parametrize(
    ("state", "unit", "error"),
    [
        pytest.param(None, None, "voltage_missing", id="missing"),
        pytest.param("on", "V", "voltage_not_numeric", id="word"),
        pytest.param("nan", "V", "voltage_not_numeric", id="not a number"),
        pytest.param("230", "W", "voltage_unit", id="power"),
        pytest.param("230", "kWh", "voltage_unit", id="energy"),
        pytest.param("230", None, "voltage_unit", id="no unit"),
        pytest.param(STATE_UNAVAILABLE, "A", "voltage_unit", id="unavailable amperes"),
    ],
)
async def test_voltage_sensor_is_refused(
    hass: HomeAssistant, state: str | None, unit: str | None, error: str
) -> None:
    """What shows no volts is refused at its section, with the reason; it comes before a time."""
    set_meter(hass)
    set_sensor(hass, VOLTS, state, unit)
    result = await async_open_meter(hass)
    user_input = meter_input(timeout_s=-1, voltage_sensor=VOLTS)
    result = await async_send(hass, result, user_input)
    assert_refused(result, "meter", {"meter_details": error}, voltage_sensor=VOLTS)

    result = await async_send(hass, result, meter_input())
    assert dict(only_site(hass).data) == site_data()


async def test_own_entity_does_not_tell_the_volts(hass: HomeAssistant) -> None:
    """None of our entities measures anything."""
    set_meter(hass)
    entry = await async_site(hass)
    result = await async_change_to_meter(hass, entry)
    own = meter_input(voltage_sensor="sensor.home_available_current")
    result = await async_send(hass, result, own)
    assert result.get("errors") == {"meter_details": "voltage_own"}


@pytest.mark.parametrize("state", [STATE_UNAVAILABLE, STATE_UNKNOWN])
async def test_silent_meter_is_accepted_with_a_warning(hass: HomeAssistant, state: str) -> None:
    """A meter that is away right now can be set up: it says what unit it will have."""
    set_meter(hass, state, "kW")
    result = await async_send(hass, await async_open_meter(hass), meter_input())
    assert (result.get("type"), result.get("step_id")) == (FlowResultType.FORM, "meter_warnings")
    assert fields(result) == ["meter_unavailable", "go_back"]
    assert result.get("description_placeholders") == {"entity_id": METER}

    # The browser asks again when its page was reloaded.
    result = await hass.config_entries.flow.async_configure(result["flow_id"])
    assert result.get("step_id") == "meter_warnings"
    result = await async_send(hass, result, {"meter_unavailable": {}, "go_back": False})
    assert result.get("type") is FlowResultType.CREATE_ENTRY
    assert only_site(hass).state is ConfigEntryState.LOADED


@pytest.mark.parametrize(
    ("state", "warning", "placeholders"),
    [
        pytest.param(STATE_UNAVAILABLE, "voltage_unavailable", {}, id="unavailable"),
        pytest.param(
            "401.3",
            "voltage_not_believed",
            {"measured_v": "401.3", "service_voltage_v": "230"},
            id="between two phases",
        ),
    ],
)
async def test_voltage_sensor_is_accepted_with_a_warning(
    hass: HomeAssistant, state: str, warning: str, placeholders: dict[str, str]
) -> None:
    """A sensor whose volts cannot be used now is stored once the user has read so."""
    set_meter(hass)
    hass.states.async_set(VOLTS, state, {"unit_of_measurement": "V"})
    result = await async_open_meter(hass)
    result = await async_send(hass, result, meter_input(voltage_sensor=VOLTS))
    assert fields(result) == [warning, "go_back"]
    expected = {"voltage_sensor": VOLTS} | placeholders
    assert result.get("description_placeholders") == expected

    await async_send(hass, result, {})
    assert only_site(hass).data["voltage_sensor"] == VOLTS


@pytest.mark.parametrize(
    ("unit", "step_id", "errors"),
    [
        pytest.param("A", "meter_warnings", None, id="unit known"),
        pytest.param("kWh", "meter", {"power_meter": "energy_unit"}, id="kWh"),
        pytest.param(None, "meter", {"power_meter": "unit_unknown"}, id="no unit"),
    ],
)
async def test_meter_that_is_not_loaded_yet(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    unit: str | None,
    step_id: str,
    errors: dict[str, str] | None,
) -> None:
    """A meter without a state is judged by what the registry knows of it."""
    entity_registry.async_get_or_create(
        "sensor", "mqtt", "1", suggested_object_id="house_power", unit_of_measurement=unit
    )
    result = await async_send(hass, await async_open_meter(hass), meter_input())
    assert (result.get("step_id"), result.get("errors")) == (step_id, errors)


async def test_meter_timeout_of_zero_is_accepted_with_a_warning(hass: HomeAssistant) -> None:
    """Who switches the timeout off is told what is lost."""
    set_meter(hass)
    result = await async_send(hass, await async_open_meter(hass), meter_input(timeout_s=0))
    assert fields(result) == ["meter_never_silent", "go_back"]
    await async_send(hass, result, {})
    assert dict(only_site(hass).data) == site_data(meter_timeout_s=0)


async def test_back_from_the_meter_warnings(hass: HomeAssistant) -> None:
    """Who did not mean it begins at the first form, and finds all as it was sent."""
    set_meter(hass, STATE_UNAVAILABLE)
    sent = meter_input(timeout_s=0, ramp_up_time_s=60)
    result = await async_send(hass, await async_open_meter(hass), sent)
    assert fields(result) == ["meter_unavailable", "meter_never_silent", "go_back"]

    result = await async_send(hass, result, {"go_back": True})
    assert (result.get("step_id"), result.get("errors")) == ("user", {})
    assert suggested(result) | {"phase_ratings": {}} == SITE_INPUT
    result = await async_pass_device(hass, await async_send(hass, result, SITE_INPUT))
    assert (result.get("step_id"), result.get("errors")) == ("meter", {})
    assert (suggested(result)["ramp_up_time_s"], suggested(result)["meter_timeout_s"]) == (60, 0)

    set_meter(hass)
    await async_send(hass, result, meter_input())
    assert dict(only_site(hass).data) == site_data()
