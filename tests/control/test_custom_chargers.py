"""Chargers of integrations outside core are recognised by what their sources say today.

Their entities are recorded in `recorded_chargers`, each with the source and its revision.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.ev_lb.control.charger_device import (
    ChargerEntity,
    RecognisedCharger,
    recognise_charger,
)
from custom_components.ev_lb.control.known_chargers import ChargerNote

from .recorded_chargers import (
    alfen,
    disabled,
    easee,
    easee_equalizer,
    goe_by_its_own_discovery,
    goecharger_api2,
    goecharger_mqtt,
    ocpp,
    ocpp_station,
    openevse_of_firstof9,
    smartevse,
    smartevse_by_mqtt,
    zaptec,
    zaptec_installation,
)

LOCAL = {"response_time_s": 10, "command_interval_s": 10}
CLOUD = {"response_time_s": 20, "command_interval_s": 60}

CONNECTED: list[Any] = [
    {
        "action": "homeassistant.update_entity",
        "data": {"entity_id": "switch.charge_control"},
    },
    {
        "if": "{{ not has_value('switch.charge_control') }}",
        "then": [{"variables": {"failed": "{{ 'The charger is not connected' | int }}"}}],
    },
]


def profile(connector: str, limit: float | str, session: bool = False) -> dict[str, Any]:
    """Return the step that gives a connector of a charge point a profile."""
    told = {
        "chargingProfileId": 91 if session else 92,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxProfile" if session else "TxDefaultProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": {
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}],
        },
    }
    if session:
        told["transactionId"] = "{{ states('sensor.transaction_id') | int }}"
    data = {"devid": "charger", "conn_id": connector, "custom_profile": told}
    step = {"action": "ocpp.set_charge_rate", "data": data}
    if not session:
        return step
    return {"if": "{{ states('sensor.transaction_id') | int(0) > 0 }}", "then": [step]}


def ocpp_values(connector: str) -> dict[str, Any]:
    """Return what a connector of a charge point fills in."""
    return {
        "control": "actions",
        "set_current_action": [
            *CONNECTED,
            profile(connector, "{{ current_a | float }}", session=True),
            profile(connector, "{{ current_a | float }}"),
        ],
        "stop_charging_action": [
            *CONNECTED,
            {"action": "switch.turn_off", "target": {"entity_id": "switch.charge_control"}},
            {
                "wait_template": "{{ not is_state('switch.charge_control', 'on') }}",
                "timeout": 3,
            },
            {
                "if": "{{ is_state('switch.charge_control', 'on') }}",
                "then": [
                    profile(connector, 0.0, session=True),
                    {"variables": {"failed": "{{ 'The session has not ended' | int }}"}},
                ],
            },
        ],
        "start_charging_action": [
            *CONNECTED,
            {
                "if": "{{ states('sensor.status_connector') in ('Preparing', 'Finishing') }}",
                "then": [
                    {
                        "action": "switch.turn_on",
                        "target": {"entity_id": "switch.charge_control"},
                    }
                ],
            },
        ],
        "current_number": "number.maximum_current",
        "max_charger_current_a": 32,
        "pause": "switch",
        "pause_switch": "switch.charge_control",
        "start_order": "start_first",
        "draw_sensor": "sensor.current_import",
        "status_sensor": "sensor.status_connector",
        "energy_sensor": "sensor.energy_session",
        "response_time_s": 10,
        "command_interval_s": 60,
    }


OCPP_NOTES = (
    ChargerNote.FLASH_WEAR,
    ChargerNote.PROFILE_REFUSED_SILENTLY,
    ChargerNote.SAMPLE_OFTEN,
)


def test_ocpp() -> None:
    """A charge point is told by profiles of the session, which wear out no flash."""
    assert recognise_charger(ocpp(), 3) == RecognisedCharger(
        platform="ocpp", values=ocpp_values("1"), notes=OCPP_NOTES
    )


def test_ocpp_with_several_connectors() -> None:
    """Each connector is a device, and its number stands in the profiles."""
    assert recognise_charger(ocpp(2), 3) == RecognisedCharger(
        platform="ocpp", values=ocpp_values("2"), notes=OCPP_NOTES
    )


def test_ocpp_station_of_several_connectors() -> None:
    """The charge point above them cannot be told: the dialog asks for a connector."""
    assert recognise_charger(ocpp_station(), 3) == RecognisedCharger(
        platform="ocpp", values={}, notes=(ChargerNote.PICK_A_CONNECTOR,)
    )


def test_ocpp_that_tells_no_current() -> None:
    """Without its current, a charge point's power is the draw; the current is named."""
    found = recognise_charger(disabled(ocpp(), "sensor.current_import"), 3)
    assert found is not None
    assert found.values["draw_sensor"] == "sensor.power_active_import"
    assert found.disabled == ("sensor.current_import",)


def test_ocpp_without_its_switch() -> None:
    """An action that would name a disabled entity is left to the user, who is told which it is."""
    found = recognise_charger(disabled(ocpp(), "switch.charge_control"), 3)
    assert found is not None
    assert not {key for key in found.values if key.endswith("_action")}
    assert found.values["control"] == "actions"
    assert found.disabled == ("switch.charge_control",)


async def told(hass: HomeAssistant, steps: Sequence[Any]) -> None:
    """Carry out an action of a charger with 10 A."""
    script = {"told": {"sequence": json.loads(json.dumps(steps))}}
    assert await async_setup_component(hass, "homeassistant", {})
    assert await async_setup_component(hass, "script", {"script": script})
    await hass.services.async_call("script", "told", {"current_a": 10}, blocking=True)


async def test_ocpp_limits_the_session_and_the_next_one(hass: HomeAssistant) -> None:
    """Home Assistant takes the action as it stands: two profiles, with numbers in them."""
    rates = async_mock_service(hass, "ocpp", "set_charge_rate")
    hass.states.async_set("switch.charge_control", "on")
    hass.states.async_set("sensor.transaction_id", "17")
    await told(hass, ocpp_values("1")["set_current_action"])
    profiles = [call.data["custom_profile"] for call in rates]
    assert [each.get("transactionId") for each in profiles] == [17, None]
    assert [
        each["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"] for each in profiles
    ] == [10.0, 10.0]
    assert [call.data["conn_id"] for call in rates] == ["1", "1"]


@pytest.mark.parametrize(
    "key", ["set_current_action", "stop_charging_action", "start_charging_action"]
)
async def test_ocpp_actions_fail_while_it_is_disconnected(hass: HomeAssistant, key: str) -> None:
    """No command to a charge point that is away counts as carried out."""
    rates = async_mock_service(hass, "ocpp", "set_charge_rate")
    switched = [async_mock_service(hass, "switch", service) for service in ("turn_on", "turn_off")]
    hass.states.async_set("switch.charge_control", "unavailable")
    with pytest.raises(HomeAssistantError):
        await told(hass, ocpp_values("1")[key])
    assert [rates, *switched] == [[], [], []]


@pytest.mark.parametrize(
    ("status", "starts"),
    [("Preparing", 1), ("Finishing", 1), ("Available", 0), ("Charging", 0)],
)
async def test_ocpp_starts_only_a_car_that_waits(
    hass: HomeAssistant, status: str, starts: int
) -> None:
    """A start without a car would let anybody charge."""
    turned_on = async_mock_service(hass, "switch", "turn_on")
    hass.states.async_set("switch.charge_control", "off")
    hass.states.async_set("sensor.status_connector", status)
    await told(hass, ocpp_values("1")["start_charging_action"])
    assert len(turned_on) == starts


EASEE = RecognisedCharger(
    platform="easee",
    values={
        "control": "actions",
        "set_current_action": [
            {
                "action": "easee.set_charger_dynamic_limit",
                "data": {"charger_id": "EH123456", "current": "{{ current_a | int }}"},
            }
        ],
        "draw_sensor": "sensor.power",
        "status_sensor": "sensor.status",
        "energy_sensor": "sensor.session_energy",
        "idle_words": [
            "awaiting_load_balancing",
            "awaiting_smart_start",
            "awaiting_scheduled_start",
            "authenticating",
            "paused_due_to_equalizer",
        ],
    }
    | CLOUD,
    notes=(
        ChargerNote.CLOUD_LIMITS,
        ChargerNote.ERRORS_HIDDEN,
        ChargerNote.LIMIT_FORGOTTEN,
        ChargerNote.OWN_BALANCING_OFF,
    ),
    disabled=("sensor.current",),
)


def test_easee() -> None:
    """0 A of the limit that wears out nothing pauses it; its current, disabled, is named."""
    assert recognise_charger(easee(), 3) == EASEE


async def test_easee_is_told_by_its_charger_id(hass: HomeAssistant) -> None:
    """The action carries a whole number of amperes."""
    limits = async_mock_service(hass, "easee", "set_charger_dynamic_limit")
    await told(hass, EASEE.values["set_current_action"])
    assert [call.data for call in limits] == [{"charger_id": "EH123456", "current": 10}]


def test_easee_equalizer_is_no_charger() -> None:
    """The same integration's meter is not taken for one."""
    assert recognise_charger(easee_equalizer(), 3) is None


def test_zaptec() -> None:
    """The charger's own highest current is set: 0 A pauses, since its buttons come and go."""
    assert recognise_charger(zaptec(), 3) == RecognisedCharger(
        platform="zaptec",
        values={
            "control": "entities",
            "current_number": "number.charger_max_current",
            "max_charger_current_a": 32,
            "pause": "zero",
            "draw_sensor": "sensor.current_phase1",
            "draw_sensor_l2": "sensor.current_phase2",
            "draw_sensor_l3": "sensor.current_phase3",
            "status_sensor": "sensor.charger_operation_mode",
            "energy_sensor": "sensor.total_charge_power_session",
            "response_time_s": 30,
            "command_interval_s": 900,
        },
        notes=(
            ChargerNote.CLOUD_LIMITS,
            ChargerNote.ZERO_MAY_START,
            ChargerNote.OWNER_RIGHTS,
            ChargerNote.OWN_BALANCING_OFF,
        ),
    )


def test_zaptec_installation() -> None:
    """The installation can be set, too, and the dialog says that it is not one charger."""
    assert recognise_charger(zaptec_installation(), 3) == RecognisedCharger(
        platform="zaptec",
        values={
            "control": "entities",
            "current_number": "number.available_current",
            "max_charger_current_a": 25,
            "pause": "zero",
            "response_time_s": 30,
            "command_interval_s": 900,
        },
        notes=(
            ChargerNote.WHOLE_INSTALLATION,
            ChargerNote.CLOUD_LIMITS,
            ChargerNote.OWNER_RIGHTS,
            ChargerNote.OWN_BALANCING_OFF,
        ),
    )


def test_openevse_of_firstof9() -> None:
    """The other OpenEVSE of the same domain is set by its entities: its number reads back."""
    assert recognise_charger(openevse_of_firstof9(), 1) == RecognisedCharger(
        platform="openevse",
        values={
            "control": "entities",
            "current_number": "number.charge_rate",
            "max_charger_current_a": 32,
            "min_ev_current_a": 6,
            "pause": "select",
            "pause_select": "select.override_state",
            "charging_option": "active",
            "paused_option": "disabled",
            "start_order": "set_first",
            "draw_sensor": "sensor.charging_current",
            "status_sensor": "sensor.charging_status",
            "energy_sensor": "sensor.usage_this_session",
        }
        | LOCAL,
        notes=(ChargerNote.SOLAR_MODE_OFF, ChargerNote.OWN_BALANCING_OFF),
    )


GOE_NOTES = (ChargerNote.OLD_MODEL_WEARS, ChargerNote.OWN_BALANCING_OFF)


def test_goecharger_api2() -> None:
    """The requested current, and not the limit that is kept; neutral is charging."""
    assert recognise_charger(goecharger_api2(), 3) == RecognisedCharger(
        platform="goecharger_api2",
        values={
            "control": "entities",
            "current_number": "number.amp",
            "max_charger_current_a": 16,
            "min_ev_current_a": 6,
            "pause": "select",
            "pause_select": "select.frc",
            "charging_option": "0",
            "paused_option": "1",
            "start_order": "set_first",
            "draw_sensor": "sensor.nrg_4",
            "draw_sensor_l2": "sensor.nrg_5",
            "draw_sensor_l3": "sensor.nrg_6",
            "status_sensor": "sensor.car_value",
            "energy_sensor": "sensor.wh",
            "charging_words": ["Laden"],
            "idle_words": ["Wait for car", "Inaktiv/Frei", "Warte auf Fahrzeug", "Abgeschlossen"],
        }
        | LOCAL,
        notes=GOE_NOTES,
    )


def test_goecharger_mqtt() -> None:
    """The same charger by MQTT, with its options in words."""
    assert recognise_charger(goecharger_mqtt(), 1) == RecognisedCharger(
        platform="goecharger_mqtt",
        values={
            "control": "entities",
            "current_number": "number.amp",
            "max_charger_current_a": 32,
            "min_ev_current_a": 6,
            "pause": "select",
            "pause_select": "select.frc",
            "charging_option": "Neutral",
            "paused_option": "Don't charge",
            "start_order": "set_first",
            "draw_sensor": "sensor.nrg_4",
            "status_sensor": "sensor.car_car",
            "energy_sensor": "sensor.wh_0",
            "idle_words": ["Wait for car"],
        }
        | LOCAL,
        notes=GOE_NOTES,
    )


def test_goe_by_its_own_discovery_is_not_taken() -> None:
    """It offers only the limit that the charger keeps: that is not set all day."""
    assert recognise_charger(goe_by_its_own_discovery(), 1) is None


def alfen_socket(socket: int) -> RecognisedCharger:
    """Return what a socket of an Alfen fills in."""
    return RecognisedCharger(
        platform="alfen_wallbox",
        values={
            "control": "entities",
            "current_number": f"number.main_normal_max_current_socket_{socket}",
            "max_charger_current_a": 16,
            "pause": "zero",
            "draw_sensor": f"sensor.current_l1_socket_{socket}",
            "draw_sensor_l2": f"sensor.current_l2_socket_{socket}",
            "draw_sensor_l3": f"sensor.current_l3_socket_{socket}",
            "status_sensor": f"sensor.mode_3_state_socket_{socket}",
            "energy_sensor": f"sensor.custom_transaction_socket_{socket}_charging",
            "charging_words": ["STATE_C2", "STATE_D2"],
            "idle_words": ["STATE_B1", "STATE_B2", "STATE_C1", "STATE_D1"],
            "absent_words": ["STATE_A", "STATE_A1"],
            "response_time_s": 20,
            "command_interval_s": 600,
        },
        notes=(
            ChargerNote.FLASH_WEAR,
            ChargerNote.ERRORS_HIDDEN,
            ChargerNote.ALWAYS_AVAILABLE,
            ChargerNote.OWN_BALANCING_OFF,
        ),
    )


@pytest.mark.parametrize("sockets", [1, 2])
def test_alfen(sockets: int) -> None:
    """The first socket is meant; neither the station's limit nor its safe current is set."""
    assert recognise_charger(alfen(sockets), 3) == alfen_socket(1)


def test_alfen_whose_first_socket_is_taken() -> None:
    """Where another charger is set by the first socket, the second one is meant."""
    taken = {"number.main_normal_max_current_socket_1"}
    assert recognise_charger(alfen(2), 3, taken) == alfen_socket(2)


def test_alfen_whose_sockets_are_all_taken() -> None:
    """Nothing is filled in twice: the dialog says why."""
    taken = {f"number.main_normal_max_current_socket_{socket}" for socket in (1, 2)}
    assert recognise_charger(alfen(2), 3, taken) == RecognisedCharger(
        platform="alfen_wallbox", values={}, notes=(ChargerNote.ALL_SOCKETS_TAKEN,)
    )


SMARTEVSE_VALUES = {
    "control": "entities",
    "max_charger_current_a": 16,
    "pause": "select",
    "start_order": "start_first",
    "status_sensor": "sensor.state",
    "idle_words": ["Connected to EV", "Charging Stopped"],
} | LOCAL


def smartevse_with_options(*options: str) -> list[ChargerEntity]:
    """Return a SmartEVSE with other modes than the newest."""
    return [
        replace(entity, options=options) if entity.domain == "select" else entity
        for entity in smartevse()
    ]


@pytest.mark.parametrize(
    ("found", "paused"),
    [
        (smartevse(), "PAUSE"),
        (smartevse_with_options("OFF", "NORMAL", "SOLAR", "SMART"), "OFF"),
    ],
    ids=["with a pause", "older"],
)
def test_smartevse(found: list[ChargerEntity], paused: str) -> None:
    """It is paused by its mode: an older one has no pause, and is switched off."""
    assert recognise_charger(found, 3) == RecognisedCharger(
        platform="smartevse",
        values=SMARTEVSE_VALUES
        | {
            "current_number": "number.override_current",
            "min_ev_current_a": 6,
            "pause_select": "select.mode_id",
            "charging_option": "NORMAL",
            "paused_option": paused,
            "draw_sensor": "sensor.ev_l1",
            "draw_sensor_l2": "sensor.ev_l2",
            "draw_sensor_l3": "sensor.ev_l3",
            "energy_sensor": "sensor.ev_charged_kwh",
        },
        notes=(
            ChargerNote.ERRORS_HIDDEN,
            ChargerNote.POLLED_SELDOM,
            ChargerNote.OWN_BALANCING_OFF,
        ),
    )


def test_smartevse_by_mqtt() -> None:
    """0 A would lift its limit, though its range begins there: it is paused by its mode."""
    assert recognise_charger(smartevse_by_mqtt(), 3) == RecognisedCharger(
        platform="mqtt",
        values=SMARTEVSE_VALUES
        | {
            "current_number": "number.charge_current_override",
            "pause_select": "select.mode",
            "charging_option": "Normal",
            "paused_option": "Pause",
            "draw_sensor": "sensor.ev_current_l1",
            "draw_sensor_l2": "sensor.ev_current_l2",
            "draw_sensor_l3": "sensor.ev_current_l3",
            "energy_sensor": "sensor.ev_energy_charged",
        },
        notes=(ChargerNote.OWN_BALANCING_OFF,),
    )
