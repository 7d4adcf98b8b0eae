"""A charger: its currents and its scripts."""

from typing import Any

import pytest
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er

from ..conftest import async_add_scripts, charger_data, charger_subentry, set_meter
from .dialogs import (
    assert_refused,
    async_choose_way,
    async_open_charger,
    async_send_charger,
    async_site,
    charger_input,
    charger_shown,
    fields,
    suggested,
)


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
    assert_refused(result, "charger", errors, **charger_shown(**changes))

    result = await async_send_charger(hass, result, charger_input())
    assert result.get("type") is FlowResultType.CREATE_ENTRY
    assert [charger.title for charger in entry.subentries.values()] == ["Drive", "Garage"]


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


async def test_back_from_the_charger_warnings(hass: HomeAssistant) -> None:
    """All warnings come at once; who did not mean it begins again, and finds it as it was sent."""
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
    result = await async_choose_way(hass, result)
    assert (result.get("step_id"), result.get("errors")) == ("charger", {})
    assert suggested(result) == charger_shown(**changes)

    await async_send_charger(hass, result, charger_input())
    (garage,) = entry.subentries.values()
    assert dict(garage.data) == charger_data()
