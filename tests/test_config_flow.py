"""The dialogs: what they ask for, refuse, warn of and store."""

from typing import Any
from unittest.mock import patch

import pytest
from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlowResult,
    SubentryFlowContext,
    SubentryFlowResult,
)
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, section
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.translation import async_get_translations
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from .conftest import (
    METER,
    async_add_scripts,
    charger_data,
    charger_subentry,
    set_meter,
    site_data,
)

VOLTS, DRAW, STATUS = "sensor.house_volts", "sensor.garage_draw", "sensor.garage_status"
SITE_INPUT = {"name": "Home", "service_voltage_v": 230, "service_current_a": 25}


def meter_input(
    timeout_s: int | None = None,
    voltage_sensor: str | None = None,
    delay_s: int | None = None,
    **overrides: Any,
) -> dict[str, Any]:
    """Return what the browser sends for the meter; fields left empty are not sent."""
    details = {
        "meter_timeout_s": timeout_s,
        "meter_delay_s": delay_s,
        "voltage_sensor": voltage_sensor,
    }
    return {
        "power_meter": METER,
        "unavailable_behavior": "stop",
        "ramp_up_time_s": 30,
        "meter_details": {key: value for key, value in details.items() if value is not None},
    } | overrides


def charger_input(
    response_time_s: int = 10,
    command_interval_s: int = 0,
    draw_sensor: str | None = None,
    status_sensor: str | None = None,
    **overrides: Any,
) -> dict[str, Any]:
    """Return what the browser sends for a charger; fields set to None are left empty."""
    sensors = {"draw_sensor": draw_sensor, "status_sensor": status_sensor}
    values = {
        "name": "Garage",
        "max_charger_current_a": 16,
        "min_ev_current_a": 6,
        "priority": 50,
        "fallback_current_a": 6,
        "set_current_script": "script.set_current",
        "stop_charging_script": "script.stop_charging",
        "start_charging_script": "script.start_charging",
        "car_sensors": {key: value for key, value in sensors.items() if value is not None},
        "timing": {
            "response_time_s": response_time_s,
            "command_interval_s": command_interval_s,
        },
    } | overrides
    return {key: value for key, value in values.items() if value is not None}


async def async_open_site(hass: HomeAssistant) -> ConfigFlowResult:
    """Open "Add integration"."""
    result = await hass.config_entries.flow.async_init("ev_lb", context={"source": SOURCE_USER})
    await async_read(hass, "config", result)
    return result


async def async_change_site(hass: HomeAssistant, entry: MockConfigEntry) -> ConfigFlowResult:
    """Open "Reconfigure"."""
    result = await entry.start_reconfigure_flow(hass)
    await async_read(hass, "config", result)
    return result


async def async_open_meter(hass: HomeAssistant, **site: Any) -> ConfigFlowResult:
    """Open "Add integration" and go on to the meter."""
    return await async_send(hass, await async_open_site(hass), SITE_INPUT | site)


async def async_open_charger(
    hass: HomeAssistant, entry: ConfigEntry, subentry_id: str | None = None
) -> SubentryFlowResult:
    """Open "Add charger", or "Change charger"."""
    context = SubentryFlowContext(source=SOURCE_USER)
    if subentry_id is not None:
        context = SubentryFlowContext(source=SOURCE_RECONFIGURE, subentry_id=subentry_id)
    result = await hass.config_entries.subentries.async_init(
        (entry.entry_id, "charger"), context=context
    )
    await async_read(hass, "config_subentries", result)
    return result


async def async_send(
    hass: HomeAssistant, result: ConfigFlowResult, user_input: dict[str, Any]
) -> ConfigFlowResult:
    """Submit a form of the site's dialog."""
    result = await hass.config_entries.flow.async_configure(result["flow_id"], user_input)
    await async_read(hass, "config", result)
    await hass.async_block_till_done()
    return result


async def async_send_charger(
    hass: HomeAssistant, result: SubentryFlowResult, user_input: dict[str, Any]
) -> SubentryFlowResult:
    """Submit a form of the charger's dialog."""
    result = await hass.config_entries.subentries.async_configure(result["flow_id"], user_input)
    await async_read(hass, "config_subentries", result)
    await hass.async_block_till_done()
    return result


async def async_read(
    hass: HomeAssistant, category: str, result: ConfigFlowResult | SubentryFlowResult
) -> None:
    """Check that everything the form shows has a text, with all that the text names."""
    if result.get("type") is not FlowResultType.FORM:
        return
    flow = "component.ev_lb.config"
    if category == "config_subentries":
        flow = "component.ev_lb.config_subentries.charger"
    step = f"{flow}.step.{result.get('step_id')}"
    shown = [f"{step}.title", f"{step}.description"]
    shown += [f"{flow}.error.{error}" for error in (result.get("errors") or {}).values()]
    schema = result.get("data_schema")
    assert schema is not None
    for name, value in schema.schema.items():
        place, inner = step, [name]
        if isinstance(value, section):
            place, inner = f"{step}.sections.{name}", list(value.schema.schema)
            shown += [f"{place}.name", f"{place}.description"]
        shown += [f"{place}.{kind}.{key}" for key in inner for kind in ("data", "data_description")]
    texts = await async_get_translations(hass, "en", category, {"ev_lb"})
    assert [key for key in shown if key not in texts] == []
    placeholders = result.get("description_placeholders") or {}
    for key in shown:
        texts[key].format(**placeholders)


async def async_site(
    hass: HomeAssistant, *chargers: Any, entry_id: str = "ID_SITE", title: str = "Home", **data: Any
) -> MockConfigEntry:
    """Set up a site without the dialog."""
    entry = MockConfigEntry(
        domain="ev_lb",
        title=title,
        entry_id=entry_id,
        data=site_data(**data),
        subentries_data=chargers,
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry_id)
    await hass.async_block_till_done()
    return entry


def only_site(hass: HomeAssistant) -> ConfigEntry:
    """Return the one site there is."""
    (entry,) = hass.config_entries.async_entries("ev_lb")
    return entry


def fields(result: ConfigFlowResult | SubentryFlowResult) -> list[str]:
    """Return the names of a form's fields and sections."""
    schema = result.get("data_schema")
    assert schema is not None
    return [str(key) for key in schema.schema]


def suggested(result: ConfigFlowResult | SubentryFlowResult) -> dict[str, Any]:
    """Return what a form is filled in with, its sections undone."""
    schema = result.get("data_schema")
    assert schema is not None
    found: dict[str, Any] = {}
    for key, value in schema.schema.items():
        inner = value.schema.schema if isinstance(value, section) else {key: value}
        found |= {
            str(field): field.description["suggested_value"]
            for field in inner
            if field.description is not None
        }
    return found


def assert_refused(
    result: ConfigFlowResult | SubentryFlowResult,
    step_id: str,
    errors: dict[str, str],
    **kept: object,
) -> None:
    """Check that a form comes again with these errors, and with what was entered."""
    assert (result.get("step_id"), result.get("errors")) == (step_id, errors)
    assert suggested(result) | kept == suggested(result)


def set_sensor(hass: HomeAssistant, entity_id: str, state: str | None, unit: str | None) -> None:
    """Let a sensor say something; None: it does not exist."""
    if state is not None:
        hass.states.async_set(entity_id, state, {"unit_of_measurement": unit} if unit else {})


# A new site


async def test_site_and_first_charger_in_one_go(hass: HomeAssistant, scripts: None) -> None:
    """Two forms make the site, and the dialog goes straight on to its first charger."""
    set_meter(hass)

    result = await async_open_site(hass)
    assert (result.get("type"), result.get("step_id")) == (FlowResultType.FORM, "user")
    result = await async_send(hass, result, SITE_INPUT | {"name": " Home "})
    assert (result.get("type"), result.get("step_id")) == (FlowResultType.FORM, "meter")
    result = await async_send(hass, result, meter_input())

    assert result.get("type") is FlowResultType.CREATE_ENTRY
    entry = only_site(hass)
    assert entry.title == "Home"
    assert dict(entry.data) == site_data()
    assert entry.state is ConfigEntryState.LOADED
    next_flow = result.get("next_flow")
    assert next_flow is not None

    # As the browser does: it asks for the open form first.
    charger = await hass.config_entries.subentries.async_configure(next_flow[1])
    assert (charger.get("type"), charger.get("step_id")) == (FlowResultType.FORM, "user")
    charger = await async_send_charger(hass, charger, charger_input(name=" Garage "))

    assert charger.get("type") is FlowResultType.CREATE_ENTRY
    (subentry,) = entry.subentries.values()
    assert (subentry.title, dict(subentry.data)) == ("Garage", charger_data())
    assert entry.state is ConfigEntryState.LOADED
    assert hass.states.get("sensor.garage_current_set") is not None


async def test_defaults_and_empty_fields(hass: HomeAssistant, scripts: None) -> None:
    """What is left alone takes its default; what is left empty is not stored."""
    set_meter(hass)
    result = await async_open_site(hass)
    result = await async_send(hass, result, {"name": "Home"})
    result = await async_send(hass, result, {"power_meter": METER, "meter_details": {}})
    entry = only_site(hass)
    assert dict(entry.data) == site_data()

    charger = await async_open_charger(hass, entry)
    only = {"name": "Garage", "set_current_script": "script.set_current"}
    await async_send_charger(hass, charger, {**only, "car_sensors": {}, "timing": {}})
    (subentry,) = entry.subentries.values()
    expected = charger_data()
    del expected["stop_charging_script"], expected["start_charging_script"]
    assert dict(subentry.data) == expected


async def test_numbers_are_stored_whole(hass: HomeAssistant, scripts: None) -> None:
    """The browser sends 25.0 for 25; what is stored is whole amperes and seconds."""
    set_meter(hass)
    result = await async_open_meter(hass, service_voltage_v=230.0, service_current_a=25.0)
    timeout = {"meter_timeout_s": 120.0}
    await async_send(hass, result, meter_input(ramp_up_time_s=30.0, meter_details=timeout))
    entry = only_site(hass)
    charger = await async_open_charger(hass, entry)
    await async_send_charger(hass, charger, charger_input(max_charger_current_a=16.0))
    (subentry,) = entry.subentries.values()

    numbers = [value for value in (entry.data | subentry.data).values() if type(value) is not str]
    assert len(numbers) == 10
    assert {type(number) for number in numbers} == {int}


async def test_cancelled_before_the_charger(hass: HomeAssistant) -> None:
    """Who closes the dialog after the first half has a site that works and waits for chargers."""
    set_meter(hass)
    result = await async_send(hass, await async_open_meter(hass), meter_input())
    next_flow = result.get("next_flow")
    assert next_flow is not None
    hass.config_entries.subentries.async_abort(next_flow[1])

    entry = only_site(hass)
    assert (entry.state, dict(entry.subentries)) == (ConfigEntryState.LOADED, {})
    assert hass.states.get("sensor.home_available_current") is not None


@pytest.mark.parametrize(
    ("name", "error"),
    [
        pytest.param("", "name_blank", id="empty"),
        pytest.param("  ", "name_blank", id="spaces"),
        pytest.param(" hOME ", "name_taken", id="another site's"),
    ],
)
async def test_site_name_is_refused(hass: HomeAssistant, name: str, error: str) -> None:
    """Every site has a name of its own, whatever its capitals."""
    set_meter(hass)
    await async_site(hass)
    result = await async_open_meter(hass, name=name)
    assert_refused(result, "user", {"name": error}, service_current_a=25)

    result = await async_send(hass, result, SITE_INPUT | {"name": "Cabin"})
    assert result.get("step_id") == "meter"


@pytest.mark.parametrize("unit", ["W", "kW", "MW", "A", "mA"])
async def test_meter_unit_is_accepted(hass: HomeAssistant, unit: str) -> None:
    """A meter shows power or current, in the units that meters use."""
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
    result = await async_send(hass, await async_change_site(hass, entry), SITE_INPUT)
    own = meter_input(voltage_sensor="sensor.home_available_current")
    result = await async_send(hass, result, own)
    assert result.get("errors") == {"meter_details": "voltage_own"}


# Warnings about the meter


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
    """Who did not mean it goes back to the form, filled in as it was sent."""
    set_meter(hass, STATE_UNAVAILABLE)
    sent = meter_input(timeout_s=0, ramp_up_time_s=60)
    result = await async_send(hass, await async_open_meter(hass), sent)
    assert fields(result) == ["meter_unavailable", "meter_never_silent", "go_back"]

    result = await async_send(hass, result, {"go_back": True})
    assert (result.get("step_id"), result.get("errors")) == ("meter", {})
    assert (suggested(result)["ramp_up_time_s"], suggested(result)["meter_timeout_s"]) == (60, 0)

    set_meter(hass)
    await async_send(hass, result, meter_input())
    assert dict(only_site(hass).data) == site_data()


# A new charger


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        pytest.param({"name": " "}, {"name": "name_blank"}, id="blank name"),
        pytest.param({"name": " DRIVE"}, {"name": "name_taken"}, id="another charger's name"),
        pytest.param(
            {"min_ev_current_a": 17}, {"min_ev_current_a": "min_above_max"}, id="min above max"
        ),
        pytest.param(
            {"set_current_script": "script.gone"},
            {"set_current_script": "script_missing"},
            id="no set current script",
        ),
        pytest.param(
            {"stop_charging_script": "script.gone", "start_charging_script": "switch.charger"},
            {"stop_charging_script": "script_missing", "start_charging_script": "script_missing"},
            id="no other scripts",
        ),
        pytest.param({"response_time_s": 0}, {"timing": "response_time_range"}, id="no response"),
        pytest.param({"response_time_s": 61}, {"timing": "response_time_range"}, id="slow"),
        pytest.param(
            {"command_interval_s": -1}, {"timing": "command_interval_range"}, id="negative interval"
        ),
        pytest.param(
            {"command_interval_s": 3601}, {"timing": "command_interval_range"}, id="long interval"
        ),
    ],
)
async def test_charger_is_refused(
    hass: HomeAssistant, scripts: None, changes: dict[str, Any], errors: dict[str, str]
) -> None:
    """What cannot work is refused at its field, and can be mended in place."""
    set_meter(hass)
    hass.states.async_set("switch.charger", "on")
    entry = await async_site(hass, charger_subentry("ID_DRIVE", "Drive"))
    result = await async_open_charger(hass, entry)
    result = await async_send_charger(hass, result, charger_input(**changes))
    assert_refused(result, "user", errors, **charger_data(name="Garage") | changes)

    result = await async_send_charger(hass, result, charger_input())
    assert result.get("type") is FlowResultType.CREATE_ENTRY
    assert [charger.title for charger in entry.subentries.values()] == ["Drive", "Garage"]


async def test_one_name_on_two_sites(hass: HomeAssistant, scripts: None) -> None:
    """Names are per site: both houses may have a garage."""
    set_meter(hass)
    await async_site(hass, charger_subentry())
    hass.states.async_set("sensor.cabin_power", "1", {"unit_of_measurement": "kW"})
    cabin = await async_site(
        hass, entry_id="ID_CABIN", title="Cabin", power_meter="sensor.cabin_power"
    )
    result = await async_send_charger(hass, await async_open_charger(hass, cabin), charger_input())
    assert result.get("type") is FlowResultType.CREATE_ENTRY


async def test_script_that_is_not_loaded_yet(
    hass: HomeAssistant, entity_registry: er.EntityRegistry
) -> None:
    """A script counts when the registry or its action is known, even without a state."""
    entity_registry.async_get_or_create("script", "script", "one", suggested_object_id="one")
    hass.services.async_register("script", "two", lambda call: None)
    set_meter(hass, STATE_UNAVAILABLE)  # so that nothing is sent to a script that is missing
    result = await async_open_charger(hass, await async_site(hass))
    user_input = charger_input(
        set_current_script="script.one",
        stop_charging_script="script.two",
        start_charging_script=None,
    )
    result = await async_send_charger(hass, result, user_input)
    assert result.get("type") is FlowResultType.CREATE_ENTRY


# A charger's own sensors


def set_draw(hass: HomeAssistant, state: str = "6.2", unit: str | None = "A") -> None:
    """Let the charger's draw sensor say something."""
    hass.states.async_set(DRAW, state, {"unit_of_measurement": unit} if unit else {})


def set_status(hass: HomeAssistant, state: str, options: list[str] | None = None) -> None:
    """Let the charger's status sensor say something."""
    hass.states.async_set(STATUS, state, {"options": options} if options else {})


@pytest.mark.parametrize("unit", ["A", "mA", "W", "kW", "MW"])
async def test_charger_with_sensors_that_are_understood(
    hass: HomeAssistant, scripts: None, unit: str
) -> None:
    """Known words need no explanation, and nothing more is asked."""
    set_meter(hass)
    set_draw(hass, unit=unit)
    set_status(hass, "Charging", ["Available", "Charging", "SuspendedEV", "Faulted"])
    entry = await async_site(hass)
    result = await async_open_charger(hass, entry)
    user_input = charger_input(draw_sensor=DRAW, status_sensor=STATUS)
    result = await async_send_charger(hass, result, user_input)
    assert result.get("type") is FlowResultType.CREATE_ENTRY
    (garage,) = entry.subentries.values()
    assert dict(garage.data) == charger_data(draw_sensor=DRAW, status_sensor=STATUS)


@pytest.mark.parametrize(
    ("state", "unit", "error"),
    [
        pytest.param(None, None, "draw_missing", id="missing"),
        pytest.param("high", "A", "draw_not_numeric", id="word"),
        pytest.param("inf", "A", "draw_not_numeric", id="infinite"),
        pytest.param("7", "kWh", "draw_energy_unit", id="energy"),
        pytest.param("7", "V", "draw_unit", id="volts"),
        pytest.param("7", None, "draw_unit", id="no unit"),
        pytest.param(STATE_UNAVAILABLE, "Wh", "draw_energy_unit", id="unavailable energy"),
    ],
)
async def test_draw_sensor_is_refused(
    hass: HomeAssistant, scripts: None, state: str | None, unit: str | None, error: str
) -> None:
    """What measures no draw is refused at its section, and can be mended in place."""
    set_meter(hass)
    set_sensor(hass, DRAW, state, unit)
    result = await async_open_charger(hass, await async_site(hass))
    result = await async_send_charger(hass, result, charger_input(draw_sensor=DRAW))
    assert_refused(result, "user", {"car_sensors": error}, draw_sensor=DRAW)

    result = await async_send_charger(hass, result, charger_input())
    assert result.get("type") is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize("taken", [METER, DRAW], ids=["the meter", "another charger's"])
async def test_draw_sensor_measures_this_charger_alone(
    hass: HomeAssistant, scripts: None, taken: str
) -> None:
    """What measures the house, or another charger, is not what this car draws."""
    set_meter(hass)
    set_draw(hass)
    drive = charger_subentry("ID_DRIVE", "Drive", draw_sensor=DRAW)
    result = await async_open_charger(hass, await async_site(hass, drive))
    result = await async_send_charger(hass, result, charger_input(draw_sensor=taken))
    assert result.get("errors") == {"car_sensors": "draw_taken"}


@pytest.mark.parametrize(
    ("field", "error"),
    [("draw_sensor", "draw_own"), ("status_sensor", "status_own")],
    ids=["draw", "status"],
)
async def test_own_entities_say_nothing_of_the_car(
    hass: HomeAssistant, scripts: None, field: str, error: str
) -> None:
    """What the charger was told is not what the car does."""
    set_meter(hass)
    entry = await async_site(hass, charger_subentry())
    result = await async_open_charger(hass, entry, "ID_GARAGE")
    own = charger_input()
    own["car_sensors"] = {field: "sensor.garage_current_set"}
    result = await async_send_charger(hass, result, own)
    assert result.get("errors") == {"car_sensors": error}


async def test_status_sensor_is_refused(hass: HomeAssistant, scripts: None) -> None:
    """A sensor that is missing, or that shows a measurement, says nothing in words."""
    set_meter(hass)
    result = await async_open_charger(hass, await async_site(hass))
    result = await async_send_charger(hass, result, charger_input(status_sensor=STATUS))
    assert result.get("errors") == {"car_sensors": "status_missing"}

    hass.states.async_set(STATUS, "7", {"unit_of_measurement": "A"})
    result = await async_send_charger(hass, result, charger_input(status_sensor=STATUS))
    assert result.get("errors") == {"car_sensors": "status_no_words"}

    set_status(hass, "charging")
    result = await async_send_charger(hass, result, charger_input(status_sensor=STATUS))
    assert result.get("type") is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    ("draw", "status", "warnings", "placeholders"),
    [
        pytest.param(
            STATE_UNAVAILABLE, "idle", ["draw_unavailable"], {"draw_sensor": DRAW}, id="draw"
        ),
        pytest.param(
            "7", STATE_UNKNOWN, ["status_unavailable"], {"status_sensor": STATUS}, id="status"
        ),
        pytest.param(
            STATE_UNKNOWN,
            STATE_UNAVAILABLE,
            ["draw_unavailable", "status_unavailable"],
            {"draw_sensor": DRAW, "status_sensor": STATUS},
            id="both",
        ),
    ],
)
async def test_silent_sensors_are_accepted_with_a_warning(
    hass: HomeAssistant,
    scripts: None,
    draw: str,
    status: str,
    warnings: list[str],
    placeholders: dict[str, str],
) -> None:
    """A charger that is offline at the moment can be set up."""
    set_meter(hass)
    set_draw(hass, draw)
    set_status(hass, status)
    entry = await async_site(hass)
    result = await async_open_charger(hass, entry)
    user_input = charger_input(draw_sensor=DRAW, status_sensor=STATUS)
    result = await async_send_charger(hass, result, user_input)
    assert fields(result) == [*warnings, "go_back"]
    assert result.get("description_placeholders") == placeholders

    await async_send_charger(hass, result, {})
    (garage,) = entry.subentries.values()
    assert dict(garage.data) == charger_data(draw_sensor=DRAW, status_sensor=STATUS)


def asked(result: SubentryFlowResult) -> list[str]:
    """Return the words that the user is offered in each list."""
    schema = result.get("data_schema")
    assert schema is not None
    lists = [selector.config["options"] for selector in schema.schema.values()]
    assert lists[1:] == lists[:-1]
    return lists[0]


async def test_unknown_words_are_asked_for(hass: HomeAssistant, scripts: None) -> None:
    """What the sensor says or may say, and we do not know, is asked once; all may be left out."""
    set_meter(hass)
    set_status(hass, "Laden", ["Bereit", "Laden", "Charging", "Fehler", "Kein Auto"])
    entry = await async_site(hass)
    result = await async_open_charger(hass, entry)
    result = await async_send_charger(hass, result, charger_input(status_sensor=STATUS))
    assert result.get("step_id") == "status_words"
    assert result.get("description_placeholders") == {
        "status_sensor": STATUS,
        "words": "Bereit, Laden, Fehler, Kein Auto",
    }
    assert asked(result) == ["Bereit", "Laden", "Fehler", "Kein Auto"]

    # The browser asks again when its page was reloaded.
    result = await hass.config_entries.subentries.async_configure(result["flow_id"])
    assert result.get("step_id") == "status_words"
    lists = {"charging_words": ["Laden"], "absent_words": ["Kein Auto", "Leer"]}
    result = await async_send_charger(hass, result, lists)
    assert result.get("type") is FlowResultType.CREATE_ENTRY
    (garage,) = entry.subentries.values()
    assert dict(garage.data) == charger_data(status_sensor=STATUS, **lists)


async def test_word_with_two_meanings_is_refused(hass: HomeAssistant, scripts: None) -> None:
    """However it is written, a word cannot mean two things."""
    set_meter(hass)
    set_status(hass, "An Aus")
    entry = await async_site(hass)
    result = await async_open_charger(hass, entry)
    result = await async_send_charger(hass, result, charger_input(status_sensor=STATUS))
    twice = {"charging_words": ["An Aus"], "absent_words": ["an_aus"]}
    result = await async_send_charger(hass, result, twice)
    assert (result.get("step_id"), result.get("errors")) == (
        "status_words",
        {"absent_words": "word_twice"},
    )
    assert suggested(result) == {**twice, "idle_words": []}

    await async_send_charger(hass, result, {"idle_words": ["An Aus"]})
    (garage,) = entry.subentries.values()
    assert dict(garage.data) == charger_data(status_sensor=STATUS, idle_words=["An Aus"])


async def test_words_come_filled_in_until_the_sensor_changes(
    hass: HomeAssistant, scripts: None
) -> None:
    """What was explained is kept with its sensor, and forgotten with it."""
    set_meter(hass)
    set_status(hass, "charging")
    words: dict[str, Any] = {"charging_words": ["Laden"], "idle_words": ["Voll"]}
    entry = await async_site(hass, charger_subentry(status_sensor=STATUS, **words))
    result = await async_open_charger(hass, entry, "ID_GARAGE")
    result = await async_send_charger(
        hass, result, charger_input(status_sensor=STATUS, fallback_current_a=0)
    )
    assert result.get("step_id") == "status_words"
    assert asked(result) == ["Laden", "Voll"]
    assert suggested(result) == words
    result = await async_send_charger(hass, result, words)

    # Back from the warnings, another sensor is picked.
    assert result.get("step_id") == "charger_warnings"
    result = await async_send_charger(hass, result, {"go_back": True})
    assert suggested(result)["status_sensor"] == STATUS
    other = "binary_sensor.garage_charging"
    hass.states.async_set(other, "on", {"device_class": "power"})
    result = await async_send_charger(hass, result, charger_input(status_sensor=other))
    assert result.get("reason") == "reconfigure_successful"
    assert dict(entry.subentries["ID_GARAGE"].data) == charger_data(status_sensor=other)


# Warnings about a charger


@pytest.mark.parametrize(
    ("changes", "warning", "placeholders"),
    [
        pytest.param(
            {"fallback_current_a": 20},
            "fallback_above_maximum",
            {"fallback_a": "20", "max_charger_current_a": "16"},
            id="above the maximum",
        ),
        pytest.param(
            {"fallback_current_a": 5},
            "fallback_below_minimum",
            {"fallback_a": "5", "min_ev_current_a": "6"},
            id="below the minimum",
        ),
        pytest.param(
            {"fallback_current_a": 17, "max_charger_current_a": 17},
            "fallbacks_above_service",
            {"total_a": "26", "service_current_a": "25"},
            id="together above the service current",
        ),
        pytest.param(
            {"set_current_script": "script.lazy", "stop_charging_script": "script.lazy"},
            "script_single",
            {"scripts": "script.lazy"},
            id="script that drops calls",
        ),
    ],
)
async def test_charger_is_accepted_with_a_warning(
    hass: HomeAssistant, changes: dict[str, Any], warning: str, placeholders: dict[str, str]
) -> None:
    """What works otherwise than one might think is said before it is stored."""
    await async_add_scripts(hass, lazy="single")
    set_meter(hass)
    drive = charger_subentry("ID_DRIVE", "Drive", fallback_current_a=9)
    entry = await async_site(hass, drive)
    result = await async_open_charger(hass, entry)
    result = await async_send_charger(hass, result, charger_input(**changes))
    assert result.get("step_id") == "charger_warnings"
    assert fields(result) == [warning, "go_back"]
    assert result.get("description_placeholders") == placeholders

    result = await hass.config_entries.subentries.async_configure(result["flow_id"])
    assert result.get("step_id") == "charger_warnings"
    result = await async_send_charger(hass, result, {warning: {}})
    assert result.get("type") is FlowResultType.CREATE_ENTRY
    garage = list(entry.subentries.values())[-1]
    assert dict(garage.data) == charger_data(**changes)


async def test_queued_script_is_accepted(hass: HomeAssistant) -> None:
    """A script that queues its calls drops none."""
    await async_add_scripts(hass, patient="queued")
    set_meter(hass)
    result = await async_open_charger(hass, await async_site(hass))
    user_input = charger_input(set_current_script="script.patient")
    result = await async_send_charger(hass, result, user_input)
    assert result.get("type") is FlowResultType.CREATE_ENTRY


async def test_fallbacks_count_as_they_take_effect(hass: HomeAssistant, scripts: None) -> None:
    """Capped at the maximum, and 0 below the minimum: 16 + 9 + 0 A fit on 25 A."""
    set_meter(hass)
    drive = charger_subentry("ID_DRIVE", "Drive", fallback_current_a=32)
    yard = charger_subentry("ID_YARD", "Yard", fallback_current_a=5)
    result = await async_open_charger(hass, await async_site(hass, drive, yard))
    result = await async_send_charger(hass, result, charger_input(fallback_current_a=9))
    assert result.get("type") is FlowResultType.CREATE_ENTRY


async def test_back_from_the_charger_warnings(hass: HomeAssistant) -> None:
    """All warnings come at once; who did not mean it goes back to the form as it was sent."""
    await async_add_scripts(hass, lazy="single", idle="single")
    set_meter(hass)
    entry = await async_site(hass, service_current_a=10)
    result = await async_open_charger(hass, entry)
    changes = {
        "fallback_current_a": 20,
        "set_current_script": "script.lazy",
        "stop_charging_script": "script.idle",
    }
    result = await async_send_charger(hass, result, charger_input(**changes))
    assert fields(result) == [
        "fallback_above_maximum",
        "fallbacks_above_service",
        "script_single",
        "go_back",
    ]
    assert result.get("description_placeholders") == {
        "fallback_a": "20",
        "max_charger_current_a": "16",
        "total_a": "16",
        "service_current_a": "10",
        "scripts": "script.lazy, script.idle",
    }

    result = await async_send_charger(hass, result, {"go_back": True})
    assert (result.get("step_id"), result.get("errors")) == ("user", {})
    assert suggested(result) == charger_data(name="Garage") | changes

    await async_send_charger(hass, result, charger_input())
    (garage,) = entry.subentries.values()
    assert dict(garage.data) == charger_data()


# Changes


async def test_site_is_changed_while_it_runs(hass: HomeAssistant, scripts: None) -> None:
    """The forms come filled in; what they say afterwards is in force at once."""
    set_meter(hass)
    entry = await async_site(hass, charger_subentry(), meter_timeout_s=120)
    result = await async_change_site(hass, entry)
    assert result.get("step_id") == "user"
    assert suggested(result) == SITE_INPUT

    result = await async_send(hass, result, SITE_INPUT | {"name": "House", "service_current_a": 20})
    assert result.get("step_id") == "meter"
    assert suggested(result) == {
        "power_meter": METER,
        "unavailable_behavior": "stop",
        "ramp_up_time_s": 30,
        "meter_timeout_s": 120,
    }
    result = await async_send(hass, result, meter_input(unavailable_behavior="ignore"))

    assert (result.get("type"), result.get("reason")) == (
        FlowResultType.ABORT,
        "reconfigure_successful",
    )
    assert entry.title == "House"
    expected = site_data(service_current_a=20, unavailable_behavior="ignore")
    assert dict(entry.data) == expected
    assert entry.state is ConfigEntryState.LOADED
    number = hass.states.get("number.home_service_current")
    assert number is not None
    assert number.state == "20"


async def test_changed_site_is_checked_like_a_new_one(hass: HomeAssistant, scripts: None) -> None:
    """A change is refused for the same reasons; its own name and meter are no obstacle."""
    set_meter(hass)
    entry = await async_site(hass)
    hass.states.async_set("sensor.cabin_power", "1", {"unit_of_measurement": "kW"})
    await async_site(hass, entry_id="ID_CABIN", title="Cabin", power_meter="sensor.cabin_power")

    result = await async_change_site(hass, entry)
    result = await async_send(hass, result, SITE_INPUT | {"name": "cabin"})
    assert (result.get("step_id"), result.get("errors")) == ("user", {"name": "name_taken"})
    result = await async_send(hass, result, SITE_INPUT)
    result = await async_send(hass, result, meter_input(power_meter="sensor.cabin_power"))
    assert (result.get("step_id"), result.get("errors")) == (
        "meter",
        {"power_meter": "meter_taken"},
    )
    result = await async_send(hass, result, meter_input())
    assert result.get("reason") == "reconfigure_successful"
    assert dict(entry.data) == site_data()


@pytest.mark.parametrize(
    ("behavior", "warnings"),
    [
        pytest.param("set_current", ["fallbacks_above_service", "go_back"], id="used"),
        pytest.param("stop", None, id="not used"),
    ],
)
async def test_lower_service_current_is_checked_against_the_fallbacks(
    hass: HomeAssistant, scripts: None, behavior: str, warnings: list[str] | None
) -> None:
    """A smaller breaker may not bear the fallback currents any more."""
    set_meter(hass)
    entry = await async_site(hass, charger_subentry(fallback_current_a=16))
    result = await async_change_site(hass, entry)
    result = await async_send(hass, result, SITE_INPUT | {"service_current_a": 10})
    result = await async_send(hass, result, meter_input(unavailable_behavior=behavior))
    if warnings is not None:
        assert fields(result) == warnings
        assert result.get("description_placeholders") == {
            "total_a": "16",
            "service_current_a": "10",
        }
        result = await async_send(hass, result, {})
    assert result.get("reason") == "reconfigure_successful"
    assert entry.data["service_current_a"] == 10


async def test_charger_is_changed_while_it_runs(hass: HomeAssistant, scripts: None) -> None:
    """The form comes filled in; an emptied field is forgotten, the rest is in force at once."""
    set_meter(hass)
    entry = await async_site(hass, charger_subentry())
    result = await async_open_charger(hass, entry, "ID_GARAGE")
    assert result.get("step_id") == "user"
    assert suggested(result) == charger_data(name="Garage")

    user_input = charger_input(name="Carport", max_charger_current_a=20, start_charging_script=None)
    result = await async_send_charger(hass, result, user_input)

    assert (result.get("type"), result.get("reason")) == (
        FlowResultType.ABORT,
        "reconfigure_successful",
    )
    expected = charger_data(max_charger_current_a=20)
    del expected["start_charging_script"]
    charger = entry.subentries["ID_GARAGE"]
    assert (charger.title, dict(charger.data)) == ("Carport", expected)
    assert entry.state is ConfigEntryState.LOADED
    number = hass.states.get("number.garage_max_charger_current")
    assert number is not None
    assert number.state == "20"


async def test_changed_charger_is_checked_like_a_new_one(
    hass: HomeAssistant, scripts: None
) -> None:
    """A change is refused and warned of for the same reasons; its own name is no obstacle."""
    set_meter(hass)
    drive = charger_subentry("ID_DRIVE", "Drive", fallback_current_a=10)
    entry = await async_site(hass, charger_subentry(), drive)
    result = await async_open_charger(hass, entry, "ID_GARAGE")
    user_input = charger_input(name="drive", max_charger_current_a=5)
    result = await async_send_charger(hass, result, user_input)
    assert result.get("errors") == {"name": "name_taken", "min_ev_current_a": "min_above_max"}

    user_input = charger_input(name="GARAGE", fallback_current_a=16)
    result = await async_send_charger(hass, result, user_input)
    assert fields(result) == ["fallbacks_above_service", "go_back"]
    result = await async_send_charger(hass, result, {})
    assert result.get("reason") == "reconfigure_successful"
    charger = entry.subentries["ID_GARAGE"]
    assert (charger.title, charger.data["fallback_current_a"]) == ("GARAGE", 16)


async def test_change_loads_a_site_that_had_failed(hass: HomeAssistant, scripts: None) -> None:
    """A site that could not be loaded is tried again after a change: nobody else would."""
    set_meter(hass)
    entry = MockConfigEntry(
        domain="ev_lb", title="Home", data=site_data(), subentries_data=[charger_subentry()]
    )
    entry.add_to_hass(hass)
    for is_charger in (False, True):
        with patch("custom_components.ev_lb.async_setup_entry", return_value=False):
            await hass.config_entries.async_reload(entry.entry_id)
        assert entry.state is ConfigEntryState.SETUP_ERROR
        if is_charger:
            charger = await async_open_charger(hass, entry, "ID_GARAGE")
            await async_send_charger(hass, charger, charger_input())
        else:
            result = await async_send(hass, await async_change_site(hass, entry), SITE_INPUT)
            await async_send(hass, result, meter_input())
        assert entry.state is ConfigEntryState.LOADED


async def test_browser_gets_every_form(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, scripts: None
) -> None:
    """Every form travels to the browser and back."""
    assert await async_setup_component(hass, "config", {})
    client = await hass_client()
    set_meter(hass, STATE_UNAVAILABLE)
    flow, subflow = "/api/config/config_entries/flow", "/api/config/config_entries/subentries/flow"

    async def async_post(path: str, data: dict[str, Any]) -> dict[str, Any]:
        response = await client.post(path, json=data)
        assert response.status == 200, await response.text()
        return await response.json()

    def names(form: dict[str, Any]) -> list[str]:
        return [field["name"] for field in form["data_schema"]]

    form = await async_post(flow, {"handler": "ev_lb"})
    assert names(form) == ["name", "service_voltage_v", "service_current_a"]
    form = await async_post(f"{flow}/{form['flow_id']}", SITE_INPUT)
    assert names(form) == [
        "power_meter",
        "unavailable_behavior",
        "ramp_up_time_s",
        "meter_details",
    ]
    form = await async_post(f"{flow}/{form['flow_id']}", meter_input())
    assert names(form) == ["meter_unavailable", "go_back"]
    created = await async_post(f"{flow}/{form['flow_id']}", {})
    kind, flow_id = created["next_flow"]
    assert kind == "config_subentries_flow"
    form = await (await client.get(f"{subflow}/{flow_id}")).json()
    assert names(form) == [
        "name",
        "max_charger_current_a",
        "min_ev_current_a",
        "priority",
        "fallback_current_a",
        "set_current_script",
        "stop_charging_script",
        "start_charging_script",
        "car_sensors",
        "timing",
    ]
    hass.states.async_set(STATUS, "Laden", {"options": ["Laden", "Voll"]})
    user_input = charger_input(fallback_current_a=0, status_sensor=STATUS)
    form = await async_post(f"{subflow}/{flow_id}", user_input)
    assert names(form) == ["charging_words", "idle_words", "absent_words"]
    form = await async_post(f"{subflow}/{flow_id}", {"charging_words": ["Laden"]})
    assert names(form) == ["fallback_below_minimum", "go_back"]
    created = await async_post(f"{subflow}/{flow_id}", {})
    await hass.async_block_till_done()
    assert created["title"] == "Garage"
    assert only_site(hass).state is ConfigEntryState.LOADED
