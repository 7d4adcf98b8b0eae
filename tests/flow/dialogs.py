"""What the tests of the dialogs share: the forms are opened, read and sent as a browser does."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

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

from ..conftest import METER, charger_data, site_data

VOLTS, DRAW, STATUS = "sensor.house_volts", "sensor.garage_draw", "sensor.garage_status"
ENERGY, NUMBER = "sensor.garage_energy", "number.garage_current"
SITE_INPUT: dict[str, Any] = {
    "name": "Home",
    "phases": "1",
    "service_voltage_v": 230,
    "service_current_a": 25,
    "phase_ratings": {},
}


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
    channels = ("export_meter", "current_meter")
    return {
        "power_meter": METER,
        "unavailable_behavior": "stop",
        "ramp_up_time_s": 30,
        "meter_channels": {key: overrides.pop(key) for key in channels if key in overrides},
        "meter_details": {key: value for key, value in details.items() if value is not None},
    } | overrides


def phases_input(
    *meters: str, channels: dict[str, str] | None = None, **details: Any
) -> dict[str, Any]:
    """Return what the browser sends for a meter with a sensor for each phase."""
    return {f"power_meter_l{index + 1}": meter for index, meter in enumerate(meters)} | {
        "unavailable_behavior": "stop",
        "ramp_up_time_s": 30,
        "meter_channels": channels or {},
        "meter_details": details,
    }


def charger_input(
    response_time_s: int = 10,
    command_interval_s: int = 0,
    draw_sensor: str | None = None,
    status_sensor: str | None = None,
    **overrides: Any,
) -> dict[str, Any]:
    """Return what the browser sends for a charger; fields set to None are left empty."""
    sensors = {
        "draw_sensor": draw_sensor,
        "draw_sensor_l2": overrides.pop("draw_sensor_l2", None),
        "draw_sensor_l3": overrides.pop("draw_sensor_l3", None),
        "status_sensor": status_sensor,
        "energy_sensor": overrides.pop("energy_sensor", None),
    }
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


SCRIPTS_LEFT_OUT: dict[str, Any] = dict.fromkeys(
    ("set_current_script", "stop_charging_script", "start_charging_script")
)


def entities_input(**overrides: Any) -> dict[str, Any]:
    """Return what the browser sends for a charger that is controlled by its entities."""
    control = {"current_number": NUMBER, "pause": "zero"}
    return charger_input(**{**SCRIPTS_LEFT_OUT, **control, **overrides})


def entities_data(**overrides: Any) -> dict[str, Any]:
    """Return what is stored of a charger that is controlled by its entities."""
    control = {"current_number": NUMBER, "pause": "zero", "start_order": "start_first"}
    stored = charger_data(control="entities", **control) | overrides
    return {key: value for key, value in stored.items() if key not in SCRIPTS_LEFT_OUT}


def set_number(
    hass: HomeAssistant,
    entity_id: str = NUMBER,
    state: str = "16",
    unit: str | None = "A",
    **attributes: Any,
) -> None:
    """Let a number say something; its range is that of a charger."""
    can = {"min": 0, "max": 32, "step": 1} | attributes
    shown = {} if unit is None else {"unit_of_measurement": unit}
    hass.states.async_set(entity_id, state, can | shown)


def charger_shown(**overrides: Any) -> dict[str, Any]:
    """Return what the form of a new charger with scripts shows; its way was chosen before."""
    stored = charger_data(name="Garage") | overrides
    return {key: value for key, value in stored.items() if key != "control"}


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


async def async_open_device(hass: HomeAssistant, **site: Any) -> ConfigFlowResult:
    """Open "Add integration" and go on to the meter's device."""
    return await async_send(hass, await async_open_site(hass), SITE_INPUT | site)


async def async_open_meter(
    hass: HomeAssistant, kind: str | None = None, **site: Any
) -> ConfigFlowResult:
    """Open "Add integration" and go on to the meter, without its device.

    `kind`: which form is chosen where there is a choice.
    """
    return await async_pass_device(hass, await async_open_device(hass, **site), kind)


async def async_pass_device(
    hass: HomeAssistant, result: ConfigFlowResult, kind: str | None = None
) -> ConfigFlowResult:
    """Go on without a device."""
    if result.get("step_id") != "meter_device":
        return result  # the site was refused
    result = await async_send(hass, result, {})
    if kind is not None:
        assert result.get("step_id") == "meter_kind"
        result = await async_send(hass, result, {"next_step_id": kind})
    return result


async def async_change_to_meter(
    hass: HomeAssistant, entry: MockConfigEntry, kind: str | None = None, **site: Any
) -> ConfigFlowResult:
    """Open "Reconfigure" and go on to the meter."""
    result = await async_send(hass, await async_change_site(hass, entry), SITE_INPUT | site)
    return await async_pass_device(hass, result, kind)


async def async_open_charger(
    hass: HomeAssistant,
    entry: ConfigEntry,
    subentry_id: str | None = None,
    way: str = "by_scripts",
) -> SubentryFlowResult:
    """Open "Change charger", or "Add charger" and go on to its form without a device."""
    result = await async_open_part(hass, entry, subentry_id)
    return result if subentry_id is not None else await async_choose_way(hass, result, way)


async def async_choose_way(
    hass: HomeAssistant, result: SubentryFlowResult, way: str = "by_scripts"
) -> SubentryFlowResult:
    """Go on without the charger's device."""
    assert result.get("step_id") == "user"
    result = await async_send_charger(hass, result, {})
    assert result.get("step_id") == "control_kind"
    return await async_send_charger(hass, result, {"next_step_id": way})


async def async_open_part(
    hass: HomeAssistant, entry: ConfigEntry, subentry_id: str | None = None, kind: str = "charger"
) -> SubentryFlowResult:
    """Open the dialog of a charger, or of another kind of part."""
    context = SubentryFlowContext(source=SOURCE_USER)
    if subentry_id is not None:
        context = SubentryFlowContext(source=SOURCE_RECONFIGURE, subentry_id=subentry_id)
    result = await hass.config_entries.subentries.async_init(
        (entry.entry_id, kind), context=context
    )
    await async_read(hass, f"config_subentries.{kind}", result)
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
    hass: HomeAssistant,
    result: SubentryFlowResult,
    user_input: dict[str, Any],
    kind: str = "charger",
) -> SubentryFlowResult:
    """Submit a form of the charger's dialog, or of another kind's."""
    result = await hass.config_entries.subentries.async_configure(result["flow_id"], user_input)
    await async_read(hass, f"config_subentries.{kind}", result)
    await hass.async_block_till_done()
    return result


async def async_read(
    hass: HomeAssistant, flow: str, result: ConfigFlowResult | SubentryFlowResult
) -> None:
    """Check that everything the form or menu shows has a text, with all that the text names."""
    step = f"component.ev_lb.{flow}.step.{result.get('step_id')}"
    shown = [f"{step}.title", f"{step}.description"]
    if result.get("type") is FlowResultType.MENU:
        options = [*cast("list[str]", result.get("menu_options"))]
        shown += [f"{step}.menu_options.{option}" for option in options]
    elif result.get("type") is FlowResultType.FORM:
        errors = (result.get("errors") or {}).values()
        shown += [f"component.ev_lb.{flow}.error.{error}" for error in errors]
        schema = result.get("data_schema")
        assert schema is not None
        shown += shown_in_form(step, schema.schema)
    else:
        return
    texts = await async_get_translations(hass, "en", flow.partition(".")[0], {"ev_lb"})
    assert [key for key in shown if key not in texts] == []
    placeholders = result.get("description_placeholders") or {}
    for key in shown:
        texts[key].format(**placeholders)


def shown_in_form(step: str, schema: Mapping[Any, Any]) -> Iterator[str]:
    """Yield the keys of the texts that a form's fields and sections show."""
    for name, value in schema.items():
        place, inner = step, [name]
        if isinstance(value, section):
            place, inner = f"{step}.sections.{name}", list(value.schema.schema)
            yield from (f"{place}.name", f"{place}.description")
        yield from (
            f"{place}.{kind}.{key}" for key in inner for kind in ("data", "data_description")
        )


async def async_site(
    hass: HomeAssistant, *chargers: Any, entry_id: str = "ID_SITE", title: str = "Home", **data: Any
) -> MockConfigEntry:
    """Set up a site without the dialog."""
    entry = MockConfigEntry(
        domain="ev_lb",
        title=title,
        entry_id=entry_id,
        minor_version=3,
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
