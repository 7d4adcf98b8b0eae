"""The examples of the action scripts guide: pasted, called, and what they then call."""

from typing import Any

import pytest
from homeassistant.components.script.const import DOMAIN as SCRIPT_DOMAIN
from homeassistant.core import HomeAssistant, ServiceResponse
from homeassistant.exceptions import TemplateError
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import (
    async_capture_events,
    async_mock_service,
)

from .guide import examples

PAGE = "action-scripts-guide.md"
VARIABLES = {
    "current_a": 10,
    "current_w": 2300,
    "charger_id": "ID_GARAGE",
    "charger_name": "Garage",
}
ENTITIES = ("number.garage_current_limit", "switch.garage_charging", "switch.garage_socket")

SERVICES = {
    "Modbus": ("modbus", "write_register"),
    "REST": ("rest_command", "garage_charger"),
}


async def async_paste(hass: HomeAssistant, heading: str) -> None:
    """Set up the scripts of an example."""
    (example,) = examples(PAGE, heading)
    assert {script["mode"] for script in example["script"].values()} == {"restart"}
    for entity_id in ENTITIES:
        hass.states.async_set(entity_id, "0")
    assert await async_setup_component(hass, SCRIPT_DOMAIN, {"script": example["script"]})


async def async_call_all(hass: HomeAssistant) -> None:
    """Call the three scripts as the balancer does: start, set, stop."""
    for action, current_a in (("start_charging", 10), ("set_current", 10), ("stop_charging", 0)):
        variables = VARIABLES | {"current_a": current_a, "current_w": current_a * 230}
        await hass.services.async_call(SCRIPT_DOMAIN, f"garage_{action}", variables, blocking=True)


@pytest.mark.parametrize(
    ("heading", "sent"),
    [
        (
            "Modbus",
            [
                {"hub": "wallbox", "slave": 1, "address": 1001, "value": 1},
                {"hub": "wallbox", "slave": 1, "address": 1000, "value": 10},
                {"hub": "wallbox", "slave": 1, "address": 1001, "value": 0},
            ],
        ),
        (
            "REST",
            [
                {"settings": {"charging": True}},
                {"settings": {"current": 10}},
                {"settings": {"charging": False}},
            ],
        ),
    ],
)
async def test_an_example_calls_its_service(
    hass: HomeAssistant, heading: str, sent: list[dict[str, Any]]
) -> None:
    """The Modbus and REST examples send what stands in the guide."""
    response: ServiceResponse = {"status": 200} if heading == "REST" else None
    calls = async_mock_service(hass, *SERVICES[heading], response=response)
    await async_paste(hass, heading)

    await async_call_all(hass)

    assert [call.data for call in calls] == sent


async def test_the_number_and_switch_example(hass: HomeAssistant) -> None:
    """The number is set before the switch is turned on."""
    numbers = async_mock_service(hass, "number", "set_value")
    on = async_mock_service(hass, "switch", "turn_on")
    off = async_mock_service(hass, "switch", "turn_off")
    await async_paste(hass, "A number entity and a switch")

    await async_call_all(hass)

    assert [call.data["value"] for call in numbers] == [10, 10]
    assert [call.data["entity_id"] for call in on + off] == [["switch.garage_charging"]] * 2


async def test_the_plain_switch_example(hass: HomeAssistant) -> None:
    """The switch is turned on and off, and what was wanted is noted."""
    wanted = async_capture_events(hass, "garage_current_wanted")
    on = async_mock_service(hass, "switch", "turn_on")
    off = async_mock_service(hass, "switch", "turn_off")
    await async_paste(hass, "A plain switch")

    await async_call_all(hass)

    assert [call.data["entity_id"] for call in on + off] == [["switch.garage_socket"]] * 2
    assert [event.data["current_a"] for event in wanted] == [10]


@pytest.mark.parametrize("status", [400, 404, 500])
async def test_the_rest_example_fails_when_it_is_refused(hass: HomeAssistant, status: int) -> None:
    """What the charger refuses is an error, though `rest_command` only logs it."""
    async_mock_service(hass, "rest_command", "garage_charger", response={"status": status})
    await async_paste(hass, "REST")

    for action in ("start_charging", "set_current", "stop_charging"):
        with pytest.raises(TemplateError, match=f"The charger answered {status}"):
            await hass.services.async_call(
                SCRIPT_DOMAIN, f"garage_{action}", VARIABLES, blocking=True
            )


@pytest.mark.parametrize(
    ("heading", "entity_id", "action"),
    [
        ("A number entity and a switch", "number.garage_current_limit", "set_current"),
        ("A number entity and a switch", "switch.garage_charging", "start_charging"),
        ("A number entity and a switch", "switch.garage_charging", "stop_charging"),
        ("A plain switch", "switch.garage_socket", "start_charging"),
        ("A plain switch", "switch.garage_socket", "stop_charging"),
    ],
)
async def test_an_example_fails_while_its_charger_is_unavailable(
    hass: HomeAssistant, heading: str, entity_id: str, action: str
) -> None:
    """Home Assistant would pass over an unavailable entity without an error."""
    await async_paste(hass, heading)
    hass.states.async_set(entity_id, "unavailable")

    with pytest.raises(TemplateError, match="unavailable"):
        await hass.services.async_call(SCRIPT_DOMAIN, f"garage_{action}", VARIABLES, blocking=True)
