"""The examples of the action scripts guide: pasted, called, and what they then call."""

from datetime import timedelta
from typing import Any

import pytest
from homeassistant.components.homeassistant import SCHEMA_UPDATE_ENTITY
from homeassistant.components.script.const import DOMAIN as SCRIPT_DOMAIN
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse
from homeassistant.exceptions import TemplateError
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import (
    async_capture_events,
    async_fire_time_changed,
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


OCPP_SWITCH = "switch.charger_charge_control"
OCPP_STATUS = "sensor.charger_status_connector"
OCPP_SESSION = "sensor.charger_transaction_id"


class Ocpp:
    """The OCPP integration as the scripts see it."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Answer the actions that the scripts call; the charger charges a car."""
        self.hass = hass
        self.is_connected = True
        self.stops_at_once = True
        self.profiles = async_mock_service(hass, "ocpp", "set_charge_rate")
        self.starts = async_mock_service(hass, "switch", "turn_on")
        self.stops = 0
        hass.services.async_register("switch", "turn_off", self.stop)
        hass.services.async_register(
            "homeassistant", "update_entity", self.update, SCHEMA_UPDATE_ENTITY
        )
        self.show("on", "Charging", session=17)

    def show(self, switch: str, status: str, *, session: int = 0) -> None:
        """Write the entities."""
        for entity_id, state in (
            (OCPP_SWITCH, switch),
            (OCPP_STATUS, status),
            (OCPP_SESSION, str(session)),
        ):
            self.hass.states.async_set(entity_id, state)

    def stop(self, _: ServiceCall) -> None:
        """End the session, or forget to."""
        self.stops += 1
        if self.stops_at_once:
            self.show("off", "Finishing")

    def update(self, call: ServiceCall) -> None:
        """Write what is known: until asked, entities of a lost charger keep their last state."""
        if not self.is_connected:
            for entity_id in call.data["entity_id"]:
                self.hass.states.async_set(entity_id, "unavailable")

    @property
    def limits_a(self) -> list[tuple[str, float]]:
        """Return the purpose and the current of each profile."""
        profiles = [call.data["custom_profile"] for call in self.profiles]
        return [
            (
                profile["chargingProfilePurpose"],
                profile["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"],
            )
            for profile in profiles
        ]


@pytest.fixture
async def ocpp(hass: HomeAssistant) -> Ocpp:
    """The OCPP example, pasted."""
    ocpp = Ocpp(hass)
    await async_paste(hass, "OCPP")
    return ocpp


async def async_call(hass: HomeAssistant, action: str) -> None:
    """Call one of the scripts as the balancer does."""
    await hass.services.async_call(SCRIPT_DOMAIN, f"garage_{action}", VARIABLES, blocking=True)


async def test_the_ocpp_example_limits_this_session_and_later_ones(
    hass: HomeAssistant, ocpp: Ocpp
) -> None:
    """The session that runs gets a profile of its own, whoever comes later another one."""
    await async_call(hass, "set_current")
    assert ocpp.limits_a == [("TxProfile", 10.0), ("TxDefaultProfile", 10.0)]
    assert [call.data["custom_profile"].get("transactionId") for call in ocpp.profiles] == [
        17,
        None,
    ]


async def test_the_ocpp_example_without_a_session_limits_the_next_one(
    hass: HomeAssistant, ocpp: Ocpp
) -> None:
    """Without a session there is none to limit."""
    ocpp.show("off", "Preparing")
    await async_call(hass, "set_current")
    assert ocpp.limits_a == [("TxDefaultProfile", 10.0)]


@pytest.mark.parametrize(
    ("switch", "status", "starts"),
    [
        ("off", "Preparing", 1),
        ("off", "Finishing", 1),
        ("off", "Available", 0),
        ("off", "Unavailable", 0),
        ("off", "Faulted", 0),
        ("on", "Charging", 0),
        ("on", "SuspendedEV", 0),
    ],
)
async def test_the_ocpp_example_starts_only_a_car_that_waits(
    hass: HomeAssistant, ocpp: Ocpp, switch: str, status: str, starts: int
) -> None:
    """A start without a car would let anybody charge; a second one would be refused."""
    ocpp.show(switch, status)
    await async_call(hass, "start_charging")
    assert len(ocpp.starts) == starts


async def test_the_ocpp_example_stops_the_session(hass: HomeAssistant, ocpp: Ocpp) -> None:
    """A session that ends needs no profile."""
    await async_call(hass, "stop_charging")
    assert (ocpp.stops, ocpp.limits_a) == (1, [])


async def test_the_ocpp_example_fails_when_the_session_does_not_end(
    hass: HomeAssistant, ocpp: Ocpp
) -> None:
    """A stop that does nothing, as after a restart, lets 0 A flow and is an error."""
    ocpp.stops_at_once = False
    stopping = hass.async_create_task(async_call(hass, "stop_charging"))
    await hass.async_block_till_done(wait_background_tasks=False)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=3))
    with pytest.raises(TemplateError, match="The session has not ended"):
        await stopping
    assert ocpp.limits_a == [("TxProfile", 0.0)]
    assert [call.data["custom_profile"]["transactionId"] for call in ocpp.profiles] == [17]


@pytest.mark.parametrize("action", ["set_current", "start_charging", "stop_charging"])
async def test_the_ocpp_example_fails_while_its_charger_is_disconnected(
    hass: HomeAssistant, ocpp: Ocpp, action: str
) -> None:
    """The entities of a disconnected charger keep their last state until they are asked."""
    ocpp.is_connected = False
    with pytest.raises(TemplateError, match="The charger is not connected"):
        await async_call(hass, action)
    assert (ocpp.stops, len(ocpp.starts), ocpp.limits_a) == (0, 0, [])
