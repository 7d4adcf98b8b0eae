"""A charger that is controlled by its entities: a number, and what pauses it."""

from typing import Any

import pytest
from homeassistant.config_entries import SubentryFlowResult
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from ..conftest import charger_data, charger_subentry, set_meter
from .dialogs import (
    NUMBER,
    assert_refused,
    async_choose_way,
    async_open_charger,
    async_send_charger,
    async_site,
    charger_input,
    entities_data,
    entities_input,
    fields,
    set_number,
    suggested,
)

SWITCH, SELECT = "switch.garage_charging", "select.garage_mode"
START, STOP = "button.garage_start", "button.garage_stop"
OPTIONS = {"options": ["Normal", "Solar", "Pause"]}
CHOSEN = {"charging_option": "Normal", "paused_option": "Pause"}


@pytest.fixture(autouse=True)
def _charger(hass: HomeAssistant) -> None:
    """Let a charger have every way to pause, and the meter say something."""
    set_meter(hass)
    set_number(hass)
    hass.states.async_set(SWITCH, "on")
    hass.states.async_set(START, STATE_UNKNOWN)  # a button that nobody has pressed yet
    hass.states.async_set(STOP, STATE_UNKNOWN)
    hass.states.async_set(SELECT, "Normal", OPTIONS)


async def test_charger_that_pauses_at_zero(hass: HomeAssistant) -> None:
    """The number is all there is to pick."""
    entry = await async_site(hass)
    result = await async_open_charger(hass, entry, way="by_entities")
    assert [field for field in fields(result) if "_script" in field or "_action" in field] == []
    result = await async_send_charger(hass, result, entities_input())
    assert result.get("type") is FlowResultType.CREATE_ENTRY
    (garage,) = entry.subentries.values()
    assert dict(garage.data) == entities_data()


@pytest.mark.parametrize(
    ("pause", "entities"),
    [
        ("switch", {"pause_switch": SWITCH}),
        ("inverted_switch", {"pause_switch": SWITCH}),
        ("buttons", {"start_button": START, "stop_button": STOP}),
    ],
)
async def test_what_pauses_is_asked_next(
    hass: HomeAssistant, pause: str, entities: dict[str, str]
) -> None:
    """Only the entities that the chosen way needs are asked for, and the order of a start."""
    entry = await async_site(hass)
    result = await async_open_charger(hass, entry, way="by_entities")
    result = await async_send_charger(hass, result, entities_input(pause=pause))
    assert (result.get("step_id"), fields(result)) == ("pause", [*entities, "start_order"])
    # The browser asks again when its page was reloaded.
    result = await hass.config_entries.subentries.async_configure(result["flow_id"])
    assert result.get("step_id") == "pause"

    result = await async_send_charger(hass, result, entities | {"start_order": "set_first"})
    assert result.get("type") is FlowResultType.CREATE_ENTRY
    (garage,) = entry.subentries.values()
    assert dict(garage.data) == entities_data(pause=pause, start_order="set_first", **entities)


async def test_options_of_a_select_are_asked_once_it_is_picked(hass: HomeAssistant) -> None:
    """Its own options are offered, so that none is misspelt."""
    entry = await async_site(hass)
    result = await async_open_charger(hass, entry, way="by_entities")
    result = await async_send_charger(hass, result, entities_input(pause="select"))
    assert fields(result) == ["pause_select", "start_order"]
    result = await async_send_charger(hass, result, {"pause_select": SELECT})
    assert result.get("errors") == {}
    assert fields(result) == ["pause_select", "charging_option", "paused_option", "start_order"]
    assert options_offered(result) == OPTIONS["options"]

    result = await async_send_charger(hass, result, {"pause_select": SELECT, **CHOSEN})
    assert result.get("type") is FlowResultType.CREATE_ENTRY
    (garage,) = entry.subentries.values()
    expected = entities_data(pause="select", pause_select=SELECT, **CHOSEN)
    assert dict(garage.data) == expected | {"start_order": "start_first"}


def options_offered(result: SubentryFlowResult) -> list[str]:
    """Return the options that the user can choose from."""
    schema = result.get("data_schema")
    assert schema is not None
    return schema.schema["charging_option"].config["options"]


@pytest.mark.parametrize(
    ("number", "changes", "errors"),
    [
        pytest.param(None, {}, {"current_number": "control_missing"}, id="missing"),
        pytest.param(
            {}, {"current_number": SWITCH}, {"current_number": "control_missing"}, id="no number"
        ),
        pytest.param(
            {},
            {"current_number": "number.drive_max_charger_current"},
            {"current_number": "control_own"},
            id="our own",
        ),
        pytest.param({"unit": "W"}, {}, {"current_number": "number_unit"}, id="watts"),
        pytest.param({"unit": "%"}, {}, {"current_number": "number_unit"}, id="percent"),
        pytest.param(
            {"max": 5}, {}, {"current_number": "number_below_minimum"}, id="below the minimum"
        ),
        pytest.param(
            {"max": 5999, "unit": "mA"},
            {},
            {"current_number": "number_below_minimum"},
            id="milliamperes below the minimum",
        ),
        pytest.param(
            {"min": 6, "state": STATE_UNAVAILABLE}, {}, {"pause": "pause_above_zero"}, id="no zero"
        ),
    ],
)
async def test_number_is_refused(
    hass: HomeAssistant,
    scripts: None,
    number: dict[str, Any] | None,
    changes: dict[str, Any],
    errors: dict[str, str],
) -> None:
    """A number that cannot take the charger's current is refused, and can be mended in place."""
    hass.states.async_remove(NUMBER)
    if number is not None:
        set_number(hass, **number)
    entry = await async_site(hass, charger_subentry("ID_DRIVE", "Drive"))
    result = await async_open_charger(hass, entry, way="by_entities")
    result = await async_send_charger(hass, result, entities_input(**changes))
    assert_refused(result, "charger", errors, name="Garage", **changes)

    set_number(hass)
    result = await async_send_charger(hass, result, entities_input())
    assert result.get("type") is FlowResultType.CREATE_ENTRY


async def test_number_of_another_charger_is_refused(hass: HomeAssistant) -> None:
    """Two chargers that write to one number would fight, on one site or on two."""
    drive = charger_subentry("ID_DRIVE", "Drive", control="entities", **BY_NUMBER)
    await async_site(hass, drive)
    hass.states.async_set("sensor.cabin_power", "1", {"unit_of_measurement": "kW"})
    cabin = await async_site(
        hass, entry_id="ID_CABIN", title="Cabin", power_meter="sensor.cabin_power"
    )
    result = await async_open_charger(hass, cabin, way="by_entities")
    result = await async_send_charger(hass, result, entities_input())
    assert result.get("errors") == {"current_number": "number_taken"}


BY_NUMBER = {"current_number": NUMBER, "pause": "zero", "start_order": "start_first"}
BY_SELECT = BY_NUMBER | {"pause": "select", "pause_select": SELECT}


@pytest.mark.parametrize(
    ("pause", "entities", "errors"),
    [
        pytest.param(
            "switch",
            {"pause_switch": "switch.gone"},
            {"pause_switch": "control_missing"},
            id="gone",
        ),
        pytest.param(
            "inverted_switch",
            {"pause_switch": "switch.drive_enabled"},
            {"pause_switch": "control_own"},
            id="our own",
        ),
        pytest.param(
            "buttons",
            {"start_button": SWITCH, "stop_button": "button.gone"},
            {"start_button": "control_missing", "stop_button": "control_missing"},
            id="no buttons",
        ),
        pytest.param(
            "buttons",
            {"start_button": START, "stop_button": START},
            {"stop_button": "buttons_same"},
            id="one button",
        ),
        pytest.param(
            "select",
            {"pause_select": "select.gone"},
            {"pause_select": "control_missing"},
            id="list",
        ),
    ],
)
async def test_what_cannot_pause_is_refused(
    hass: HomeAssistant,
    scripts: None,
    pause: str,
    entities: dict[str, str],
    errors: dict[str, str],
) -> None:
    """Each field says what is wrong with it."""
    entry = await async_site(hass, charger_subentry("ID_DRIVE", "Drive"))
    result = await async_open_charger(hass, entry, way="by_entities")
    result = await async_send_charger(hass, result, entities_input(pause=pause))
    result = await async_send_charger(hass, result, entities)
    assert_refused(result, "pause", errors, **entities)


@pytest.mark.parametrize(
    ("chosen", "errors"),
    [
        pytest.param(
            {"charging_option": "Solar", "paused_option": "Solar"},
            {"paused_option": "options_same"},
            id="one option",
        ),
        pytest.param(
            {"charging_option": "Charge", "paused_option": "Pause"},
            {"charging_option": "option_unknown"},
            id="an option that is gone",
        ),
    ],
)
async def test_options_are_refused(
    hass: HomeAssistant, chosen: dict[str, str], errors: dict[str, str]
) -> None:
    """A charger would never be paused, or never charge again."""
    garage = charger_subentry(control="entities", **BY_SELECT, **chosen)
    entry = await async_site(hass, garage)
    result = await async_open_charger(hass, entry, "ID_GARAGE")
    user_input = entities_input(**BY_SELECT, **chosen)
    result = await async_send_charger(hass, result, user_input)
    assert_refused(result, "charger", errors, **chosen)

    result = await async_send_charger(hass, result, entities_input(**BY_SELECT, **CHOSEN))
    assert result.get("reason") == "reconfigure_successful"


async def test_another_select_brings_its_own_options(hass: HomeAssistant) -> None:
    """Options of the one before do not stay chosen."""
    hass.states.async_set("select.other", "on", {"options": ["on", "off"]})
    entry = await async_site(hass, charger_subentry(control="entities", **BY_SELECT, **CHOSEN))
    result = await async_open_charger(hass, entry, "ID_GARAGE")
    assert options_offered(result) == OPTIONS["options"]
    changed = BY_SELECT | {"pause_select": "select.other"}
    result = await async_send_charger(hass, result, entities_input(**changed, **CHOSEN))
    unknown = {"charging_option": "option_unknown", "paused_option": "option_unknown"}
    assert (result.get("step_id"), result.get("errors")) == ("charger", unknown)
    assert options_offered(result) == ["on", "off"]


async def test_options_of_a_select_that_names_none_are_typed(hass: HomeAssistant) -> None:
    """A charger that is offline at the moment can be set up."""
    hass.states.async_set(SELECT, STATE_UNAVAILABLE)
    entry = await async_site(hass)
    result = await async_open_charger(hass, entry, way="by_entities")
    result = await async_send_charger(hass, result, entities_input(pause="select"))
    result = await async_send_charger(hass, result, {"pause_select": SELECT})
    result = await async_send_charger(hass, result, {"pause_select": SELECT, **CHOSEN})
    assert fields(result) == ["control_unavailable", "go_back"]
    assert result.get("description_placeholders") == {"control_entities": SELECT}


@pytest.mark.parametrize(
    ("number", "warnings", "placeholders"),
    [
        pytest.param(
            {"state": STATE_UNAVAILABLE},
            ["control_unavailable"],
            {"control_entities": NUMBER},
            id="unavailable",
        ),
        pytest.param(
            {"unit": None}, ["number_without_unit"], {"current_number": NUMBER}, id="no unit"
        ),
        pytest.param(
            {"assumed_state": True},
            ["number_not_read_back"],
            {"current_number": NUMBER},
            id="assumed",
        ),
        pytest.param(
            {"entity_id": "input_number.garage"},
            ["number_not_read_back"],
            {"current_number": "input_number.garage"},
            id="helper",
        ),
        pytest.param(
            {"max": 13},
            ["number_below_maximum"],
            {
                "current_number": NUMBER,
                "number_maximum_a": "13",
                "max_charger_current_a": "16",
            },
            id="less than the maximum",
        ),
        pytest.param({"state": STATE_UNKNOWN}, None, None, id="nothing said yet"),
        pytest.param({"unit": "mA", "max": 32000}, None, None, id="milliamperes"),
    ],
)
async def test_number_is_accepted(
    hass: HomeAssistant,
    number: dict[str, Any],
    warnings: list[str] | None,
    placeholders: dict[str, str] | None,
) -> None:
    """What works, but otherwise than one might think, is said before it is stored."""
    set_number(hass, **number)
    picked = {"current_number": number.get("entity_id", NUMBER)}
    entry = await async_site(hass)
    result = await async_open_charger(hass, entry, way="by_entities")
    result = await async_send_charger(hass, result, entities_input(**picked))
    if warnings is not None:
        assert fields(result) == [*warnings, "go_back"]
        assert result.get("description_placeholders") == placeholders
        result = await async_send_charger(hass, result, {})
    assert result.get("type") is FlowResultType.CREATE_ENTRY
    (garage,) = entry.subentries.values()
    assert dict(garage.data) == entities_data(**picked)


async def test_accepted_number_is_not_warned_of_again(hass: HomeAssistant) -> None:
    """That a number without a unit means amperes has been said once."""
    set_number(hass, unit=None)
    entry = await async_site(hass, charger_subentry(control="entities", **BY_NUMBER))
    result = await async_open_charger(hass, entry, "ID_GARAGE")
    result = await async_send_charger(hass, result, entities_input(priority=60))
    assert result.get("reason") == "reconfigure_successful"


async def test_charger_gets_another_way(hass: HomeAssistant, scripts: None) -> None:
    """From scripts to entities and back: each way brings its fields, and nothing of it is left."""
    entry = await async_site(hass, charger_subentry())
    result = await async_open_charger(hass, entry, "ID_GARAGE")
    result = await async_send_charger(hass, result, charger_input(control="entities", priority=60))
    assert (result.get("step_id"), result.get("errors")) == ("charger", {})
    assert (suggested(result)["priority"], suggested(result)["control"]) == (60, "entities")
    assert "set_current_script" not in fields(result)
    by_switch = entities_input(control="entities", pause="switch")
    result = await async_send_charger(hass, result, by_switch)
    result = await async_send_charger(hass, result, {"pause_switch": SWITCH})
    assert result.get("reason") == "reconfigure_successful"
    garage = entry.subentries["ID_GARAGE"]
    switched = {"pause": "switch", "pause_switch": SWITCH, "start_order": "start_first"}
    assert dict(garage.data) == entities_data(**switched)

    result = await async_open_charger(hass, entry, "ID_GARAGE")
    assert suggested(result) == entities_data(name="Garage", **switched)
    back = entities_input(control="scripts", **switched)
    result = await async_send_charger(hass, result, back)
    result = await async_send_charger(hass, result, charger_input(control="scripts"))
    assert result.get("reason") == "reconfigure_successful"
    assert dict(entry.subentries["ID_GARAGE"].data) == charger_data()


async def test_way_to_pause_is_changed(hass: HomeAssistant) -> None:
    """What the new way needs is asked for; what the old one needed is forgotten."""
    switched = {"pause": "switch", "pause_switch": SWITCH, "start_order": "set_first"}
    garage = charger_subentry(control="entities", current_number=NUMBER, **switched)
    entry = await async_site(hass, garage)
    result = await async_open_charger(hass, entry, "ID_GARAGE")
    sent = entities_input(**switched | {"pause": "buttons"})
    result = await async_send_charger(hass, result, sent)
    assert fields(result) == ["start_button", "stop_button", "start_order"]
    assert suggested(result) == {"start_order": "set_first"}
    pressed = {"start_button": START, "stop_button": STOP, "start_order": "start_first"}
    await async_send_charger(hass, result, pressed)
    expected = entities_data(pause="buttons", **pressed)
    assert dict(entry.subentries["ID_GARAGE"].data) == expected

    result = await async_open_charger(hass, entry, "ID_GARAGE")
    await async_send_charger(hass, result, entities_input(**pressed))
    assert dict(entry.subentries["ID_GARAGE"].data) == entities_data()


async def test_back_from_the_warnings_keeps_what_pauses(hass: HomeAssistant) -> None:
    """Who goes back finds the entities of the second page on the first."""
    set_number(hass, unit=None)
    entry = await async_site(hass)
    result = await async_open_charger(hass, entry, way="by_entities")
    result = await async_send_charger(hass, result, entities_input(pause="switch"))
    result = await async_send_charger(hass, result, {"pause_switch": SWITCH})
    result = await async_send_charger(hass, result, {"go_back": True})
    result = await async_choose_way(hass, result, "by_entities")
    switched = {"pause": "switch", "pause_switch": SWITCH, "start_order": "start_first"}
    assert suggested(result) | switched | {"name": "Garage"} == suggested(result)
    set_number(hass)
    result = await async_send_charger(hass, result, entities_input(**switched))
    assert result.get("type") is FlowResultType.CREATE_ENTRY
