"""A charger that is controlled by actions: sequences that the dialog holds."""

from typing import Any

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from ..conftest import charger_data, set_meter
from .dialogs import (
    SCRIPTS_LEFT_OUT,
    assert_refused,
    async_open_charger,
    async_send_charger,
    async_site,
    charger_input,
    fields,
)

SET_CURRENT = [
    {"action": "easee.set_charger_dynamic_limit", "data": {"current": "{{ current_a }}"}}
]
STOP = [{"action": "keba.disable"}]
BROKEN = [{"action": "not an action"}]
OF_NO_DEVICE = [{"device_id": "gone", "domain": "switch", "type": "turn_off", "entity_id": "a.b"}]


def actions_input(**actions: Any) -> dict[str, Any]:
    """Return what the browser sends for a charger that is controlled by actions."""
    return charger_input(**{**SCRIPTS_LEFT_OUT, **actions})


async def test_actions_are_stored_as_they_are_written(hass: HomeAssistant) -> None:
    """Templates stay templates; a sequence that was emptied is forgotten."""
    set_meter(hass)
    entry = await async_site(hass)
    result = await async_open_charger(hass, entry, way="by_actions")
    actions = {"set_current_action": SET_CURRENT, "stop_charging_action": STOP}
    result = await async_send_charger(
        hass, result, actions_input(**actions, start_charging_action=[])
    )
    assert result.get("type") is FlowResultType.CREATE_ENTRY
    (garage,) = entry.subentries.values()
    stored = charger_data(control="actions", **actions).items()
    assert dict(garage.data) == {key: value for key, value in stored if "_script" not in key}


@pytest.mark.parametrize(
    ("actions", "errors", "said"),
    [
        pytest.param(
            {"set_current_action": []}, {"set_current_action": "action_empty"}, "", id="nothing"
        ),
        pytest.param(
            {"set_current_action": BROKEN, "stop_charging_action": STOP},
            {"set_current_action": "action_invalid"},
            "not an action",
            id="no action",
        ),
        pytest.param(
            {"set_current_action": SET_CURRENT, "start_charging_action": OF_NO_DEVICE},
            {"start_charging_action": "action_invalid"},
            "gone",
            id="device that is gone",
        ),
    ],
)
async def test_actions_that_cannot_run_are_refused(
    hass: HomeAssistant, actions: dict[str, Any], errors: dict[str, str], said: str
) -> None:
    """They are checked as those of automations are, and it is said what is wrong."""
    set_meter(hass)
    result = await async_open_charger(hass, await async_site(hass), way="by_actions")
    result = await async_send_charger(hass, result, actions_input(**actions))
    assert_refused(result, "charger", errors, **actions)
    assert said in (result.get("description_placeholders") or {})["action_faults"]

    result = await async_send_charger(hass, result, actions_input(set_current_action=SET_CURRENT))
    assert result.get("type") is FlowResultType.CREATE_ENTRY


async def test_form_for_actions(hass: HomeAssistant) -> None:
    """Only actions are asked for, and it is said what they can use: their fields cannot say it."""
    set_meter(hass)
    result = await async_open_charger(hass, await async_site(hass), way="by_actions")
    assert [field for field in fields(result) if "_action" in field or "_script" in field] == [
        "set_current_action",
        "stop_charging_action",
        "start_charging_action",
    ]
    said = (result.get("description_placeholders") or {})["notes"]
    assert all(f"{name} " in said for name in ("current_a", "current_w", "charger_id"))
