"""What the tests of the dialogs share: the forms are opened, read and sent as a browser does."""

from typing import Any

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigEntry,
    ConfigFlowResult,
    SubentryFlowContext,
    SubentryFlowResult,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, section
from homeassistant.helpers.translation import async_get_translations
from pytest_homeassistant_custom_component.common import MockConfigEntry

from ..conftest import METER, site_data

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


def set_draw(hass: HomeAssistant, state: str = "6.2", unit: str | None = "A") -> None:
    """Let the charger's draw sensor say something."""
    hass.states.async_set(DRAW, state, {"unit_of_measurement": unit} if unit else {})


def set_status(hass: HomeAssistant, state: str, options: list[str] | None = None) -> None:
    """Let the charger's status sensor say something."""
    hass.states.async_set(STATUS, state, {"options": options} if options else {})


def asked(result: SubentryFlowResult) -> list[str]:
    """Return the words that the user is offered in each list."""
    schema = result.get("data_schema")
    assert schema is not None
    lists = [selector.config["options"] for selector in schema.schema.values()]
    assert lists[1:] == lists[:-1]
    return lists[0]
