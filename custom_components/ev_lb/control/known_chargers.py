"""What the entities of chargers are called: the table that fills in a charger's form.

A row is one form of one integration's charger, by the keys of the form. Its texts are regular
expressions that end where the unique id ends (it survives renaming and translation); `{phase}`
stands for the phase and `{socket}` for the socket. `source` says where the facts are from: a path
is a file of Home Assistant's `components/`, otherwise the repository is named. The numbers of
seconds are ours: where to begin, until the charger was measured.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ..balancing.model import CarStatus
from ..const import (
    CONF_CURRENT_NUMBER,
    CONF_ENERGY_SENSOR,
    CONF_PAUSE_SELECT,
    CONF_PAUSE_SWITCH,
    CONF_SET_CURRENT_ACTION,
    CONF_START_BUTTON,
    CONF_START_CHARGING_ACTION,
    CONF_STATUS_SENSOR,
    CONF_STOP_BUTTON,
    CONF_STOP_CHARGING_ACTION,
)
from .entities import PauseKind, StartOrder
from .protocol import ControlKind

ENTITIES, ACTIONS = ControlKind.ENTITIES, ControlKind.ACTIONS
SET_FIRST, START_FIRST = StartOrder.SET_FIRST, StartOrder.START_FIRST
CHARGING, IDLE, ABSENT = CarStatus.CHARGING, CarStatus.IDLE, CarStatus.ABSENT

NUMBERS = ("1", "2", "3")
L123 = ("l1", "l2", "l3")
LETTERS = ("a", "b", "c")

DOMAINS: Mapping[str, tuple[str, ...]] = {
    CONF_CURRENT_NUMBER: ("number",),
    CONF_PAUSE_SWITCH: ("switch",),
    CONF_START_BUTTON: ("button",),
    CONF_STOP_BUTTON: ("button",),
    CONF_PAUSE_SELECT: ("select",),
    CONF_STATUS_SENSOR: ("sensor", "binary_sensor"),
    CONF_ENERGY_SENSOR: ("sensor",),
}
"""What can be picked for a key of the form."""


class ChargerNote(StrEnum):
    """What the dialog says of a charger, where it matters."""

    ALL_SOCKETS_TAKEN = "all_sockets_taken"
    ALWAYS_AVAILABLE = "always_available"
    AUTO_CHARGE_OFF = "auto_charge_off"
    CANNOT_SET_CURRENT = "cannot_set_current"
    CLOUD_LIMITS = "cloud_limits"
    DYNAMIC_MODE_OFF = "dynamic_mode_off"
    ERRORS_HIDDEN = "errors_hidden"
    FAILSAFE = "failsafe"
    FLASH_WEAR = "flash_wear"
    FOUND_BY_NAMES = "found_by_names"
    LIMIT_FORGOTTEN = "limit_forgotten"
    MANUAL_MODE = "manual_mode"
    MOVES_WITH_CAR = "moves_with_car"
    NUMBER_SHOWS_ANOTHER_LIMIT = "number_shows_another_limit"
    OLD_MODEL_WEARS = "old_model_wears"
    ONE_PHASE = "one_phase"
    OWN_BALANCING_OFF = "own_balancing_off"
    OWNER_RIGHTS = "owner_rights"
    PICK_A_CONNECTOR = "pick_a_connector"
    POLLED_SELDOM = "polled_seldom"
    PROFILE_REFUSED_SILENTLY = "profile_refused_silently"
    SAMPLE_OFTEN = "sample_often"
    SET_BEFORE_START = "set_before_start"
    SHARING_OFF = "sharing_off"
    SOLAR_MODE_OFF = "solar_mode_off"
    STOP_NEEDS_A_CAR = "stop_needs_a_car"
    TRY_ZERO = "try_zero"
    WHOLE_INSTALLATION = "whole_installation"
    ZERO_MAY_START = "zero_may_start"


Note = ChargerNote


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How quick a charger is, and how often it may be told more."""

    response_time_s: int
    command_interval_s: int


LOCAL = Timing(response_time_s=10, command_interval_s=10)
"""Followed within seconds, and polled or pushed as often."""

CLOUD = Timing(response_time_s=20, command_interval_s=60)
"""A detour through a server that counts requests."""

CAR = Timing(response_time_s=30, command_interval_s=120)
"""A car that sleeps is woken first, and each command may be paid for."""

WEARS = Timing(response_time_s=20, command_interval_s=600)
"""Each write may go to flash: at most six raises an hour."""

ZAPTEC = Timing(response_time_s=30, command_interval_s=900)
"""Zaptec asks for no more than a change each 15 minutes (its integration's README)."""

PROFILES = Timing(response_time_s=10, command_interval_s=60)
"""OCPP does not promise where a charger keeps a profile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCharger:
    """How an integration, or one kind of its devices, is controlled and what it measures."""

    platform: str
    source: str
    control: ControlKind | None = ENTITIES
    """None: nothing of it can set a current; what it measures is filled in all the same."""

    identity: str = ""
    """Any entity's unique id that tells the kind, where its number alone does not."""

    entities: Mapping[str, str] = field(default_factory=dict[str, str])
    phase_draw: str = ""
    """What is drawn on one phase."""

    phases: tuple[str, ...] = ()
    """What stands for `{phase}`, from L1 on."""

    draws: tuple[str, ...] = ()
    """One sensor for all phases, the best first: current per phase, or the power of all. A sum
    of currents is none: it would count as the current of each phase."""

    has_phases_it_shows: bool = False
    """Whether it has sensors of its phases only where it has more than one."""

    sockets: tuple[str, ...] = ("",)
    """What stands for `{socket}`."""

    pause: PauseKind | None = None
    charging_options: tuple[str, ...] = ()
    """Options of the select that mean charging: the first that it has."""

    paused_options: tuple[str, ...] = ()
    start_order: StartOrder | None = None
    actions: Mapping[str, tuple[Mapping[str, Any], ...]] = field(
        default_factory=dict[str, tuple[Mapping[str, Any], ...]]
    )
    """By the keys of the form; `$name` stands for what was picked for a key of the form, for a
    group of the identity, or for a reference."""

    references: Mapping[str, str] = field(default_factory=dict[str, str])
    """Sensors that the actions name and the form does not ask for."""

    timing: Timing | None = None
    words: Mapping[CarStatus, tuple[str, ...]] = field(
        default_factory=dict[CarStatus, tuple[str, ...]]
    )
    """What its status sensor says in words of its own; a fault means nothing certain."""

    notes: tuple[ChargerNote, ...] = ()


TESLA_ENTITIES: Mapping[str, str] = {
    CONF_CURRENT_NUMBER: "-charge_state_charge_current_request",
    CONF_PAUSE_SWITCH: "-charge_state_(user_)?charge_enable_request",
    CONF_STATUS_SENSOR: "-charge_state_charging_state",
    CONF_ENERGY_SENSOR: "-charge_state_charge_energy_added",
}
TESLA_DRAWS = ("-charge_state_charger_actual_current", "-charge_state_charger_power")


def fail_if(condition: str, reason: str) -> Mapping[str, Any]:
    """Return a step that lets an action fail: a call that is skipped would count as made."""
    return {
        "if": f"{{{{ {condition} }}}}",
        "then": [{"variables": {"failed": f"{{{{ '{reason}' | int }}}}"}}],
    }


FAIL_IF_UNREACHABLE = fail_if(
    "is_state('$current_number', 'unavailable')", "The charger cannot be reached"
)

FAIL_IF_DISCONNECTED: tuple[Mapping[str, Any], ...] = (
    {"action": "homeassistant.update_entity", "data": {"entity_id": "$pause_switch"}},
    fail_if("not has_value('$pause_switch')", "The charger is not connected"),
)
"""A charge point's entities keep their last state while it is disconnected, until asked."""


def ocpp_profile(
    profile_id: int, purpose: str, limit: float | str, **session: str
) -> Mapping[str, Any]:
    """Return the action that gives a charge point one profile."""
    return {
        "action": "ocpp.set_charge_rate",
        "data": {
            "devid": "$charger",
            "conn_id": "$connector",
            "custom_profile": {
                "chargingProfileId": profile_id,
                **session,
                "stackLevel": 0,
                "chargingProfilePurpose": purpose,
                "chargingProfileKind": "Relative",
                "chargingSchedule": {
                    "chargingRateUnit": "A",
                    "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}],
                },
            },
        },
    }


def ocpp_session_profile(limit: float | str) -> Mapping[str, Any]:
    """Return the step that limits the session that runs, if one does."""
    session = {"transactionId": "{{ states('$transaction') | int }}"}
    return {
        "if": "{{ states('$transaction') | int(0) > 0 }}",
        "then": [ocpp_profile(91, "TxProfile", limit, **session)],
    }


KNOWN_CHARGERS = (
    # Its number writes a station-wide profile, which many chargers keep in flash; while the charge
    # point is disconnected a switch does nothing, without an error; after a restart a stop is
    # swallowed until the first meter values. The actions are those of action-scripts-guide.md.
    KnownCharger(
        platform="ocpp",
        source=(
            "lbbrhzn/ocpp a37fed3: number.py, switch.py, sensor.py, const.py sensor_unique_id, "
            "chargepoint.py process_phases, docs/Charge_automation.md; tried with a charge point"
        ),
        control=ACTIONS,
        identity=r"^number\.ocpp\.(?P<charger>.+?)(\.conn(?P<connector>\d+))?\.maximum_current",
        entities={
            CONF_CURRENT_NUMBER: r"^number\.ocpp\..+\.maximum_current",
            CONF_PAUSE_SWITCH: r"\.charge_control",
            CONF_STATUS_SENSOR: r"\.status_connector\.sensor",
            CONF_ENERGY_SENSOR: r"\.energy_session\.sensor",
        },
        draws=(r"\.current_import\.sensor", r"\.power_active_import\.sensor"),
        pause=PauseKind.SWITCH,
        start_order=START_FIRST,
        references={"transaction": r"\.transaction_id\.sensor"},
        actions={
            CONF_SET_CURRENT_ACTION: (
                *FAIL_IF_DISCONNECTED,
                ocpp_session_profile("{{ current_a | float }}"),
                ocpp_profile(92, "TxDefaultProfile", "{{ current_a | float }}"),
            ),
            CONF_STOP_CHARGING_ACTION: (
                *FAIL_IF_DISCONNECTED,
                {"action": "switch.turn_off", "target": {"entity_id": "$pause_switch"}},
                {"wait_template": "{{ not is_state('$pause_switch', 'on') }}", "timeout": 3},
                {
                    "if": "{{ is_state('$pause_switch', 'on') }}",
                    "then": [
                        ocpp_session_profile(0.0),
                        {"variables": {"failed": "{{ 'The session has not ended' | int }}"}},
                    ],
                },
            ),
            # Without a car a start is accepted, too, and then anybody may charge.
            CONF_START_CHARGING_ACTION: (
                *FAIL_IF_DISCONNECTED,
                {
                    "if": "{{ states('$status_sensor') in ('Preparing', 'Finishing') }}",
                    "then": [
                        {"action": "switch.turn_on", "target": {"entity_id": "$pause_switch"}}
                    ],
                },
            ),
        },
        timing=PROFILES,
        notes=(Note.FLASH_WEAR, Note.PROFILE_REFUSED_SILENTLY, Note.SAMPLE_OFTEN),
    ),
    KnownCharger(  # the charge point of several connectors, each of which is a device
        platform="ocpp",
        source="lbbrhzn/ocpp a37fed3: sensor.py, CHARGER_ONLY",
        control=None,
        identity=r"^ocpp\..+\.connectors\.sensor",
        notes=(Note.PICK_A_CONNECTOR,),
    ),
    KnownCharger(  # its number has no unit; only its range and its name tell
        platform="wallbox",
        source="wallbox/number.py, switch.py, sensor.py; const.py UPDATE_INTERVAL, 90 s",
        entities={
            CONF_CURRENT_NUMBER: "^max_charging_current-.+",
            CONF_PAUSE_SWITCH: "^paused-.+",
            CONF_STATUS_SENSOR: "^status_description-.+",
            CONF_ENERGY_SENSOR: "^added_energy-.+",
        },
        draws=("^charging_power-.+",),
        pause=PauseKind.SWITCH,
        start_order=SET_FIRST,
        timing=CLOUD,
        notes=(
            Note.CLOUD_LIMITS,
            Note.STOP_NEEDS_A_CAR,
            Note.SOLAR_MODE_OFF,
            Note.OWN_BALANCING_OFF,
            Note.OWNER_RIGHTS,
        ),
    ),
    KnownCharger(
        platform="peblar",
        source="peblar/number.py, switch.py, sensor.py; coordinator.py, 10 s",
        entities={
            CONF_CURRENT_NUMBER: "_charge_current_limit",
            CONF_PAUSE_SWITCH: "_charge",
            CONF_STATUS_SENSOR: "_cp_state",
            CONF_ENERGY_SENSOR: "_energy_session",
        },
        phase_draw="_current_phase_{phase}",
        phases=NUMBERS,
        draws=("_power_total",),
        has_phases_it_shows=True,
        pause=PauseKind.SWITCH,
        start_order=SET_FIRST,
        timing=LOCAL,
        notes=(Note.SET_BEFORE_START, Note.SOLAR_MODE_OFF),
    ),
    KnownCharger(
        platform="v2c",
        source="v2c/number.py, switch.py, sensor.py, binary_sensor.py",
        entities={
            CONF_CURRENT_NUMBER: "(?<!_min)(?<!_max)_intensity",
            CONF_PAUSE_SWITCH: "_paused",
            CONF_STATUS_SENSOR: "_charging",
            CONF_ENERGY_SENSOR: "_charge_energy",
        },
        draws=("_charge_power",),
        pause=PauseKind.INVERTED_SWITCH,
        start_order=SET_FIRST,
        timing=LOCAL,
        notes=(Note.DYNAMIC_MODE_OFF,),
    ),
    KnownCharger(
        platform="lektrico",
        source="lektrico/number.py, sensor.py; Lektrico/ha_lektrico README: 0 pauses",
        entities={
            CONF_CURRENT_NUMBER: "_dynamic_limit",
            CONF_STATUS_SENSOR: "_state",
            CONF_ENERGY_SENSOR: "(?<!_lifetime)_energy",
        },
        phase_draw="_current_{phase}",
        phases=L123,
        draws=("(?<!_installation)_current", "_power"),
        has_phases_it_shows=True,
        pause=PauseKind.ZERO,
        timing=LOCAL,
        notes=(Note.OWN_BALANCING_OFF,),
    ),
    KnownCharger(  # tenths of an ampere; the balancer gives whole ones
        platform="nrgkick",
        source="nrgkick/number.py, switch.py, sensor.py; const.py, 30 s",
        entities={
            CONF_CURRENT_NUMBER: "_current_set",
            CONF_PAUSE_SWITCH: "_charging_enabled",
            CONF_STATUS_SENSOR: "_status",
            CONF_ENERGY_SENSOR: "(?<!_total)_charged_energy",
        },
        phase_draw="_{phase}_current",
        phases=L123,
        draws=("_total_active_power",),
        pause=PauseKind.SWITCH,
        start_order=SET_FIRST,
        timing=LOCAL,
    ),
    # Its number shows the soft limit of the configuration, and sets an override beside it (python-
    # openevse-http, commands.py set_current, properties.py max_current_soft): read back, it
    # would say that no cut was ever taken.
    KnownCharger(
        platform="openevse",
        source="openevse/number.py, select.py, sensor.py; python-openevse-http 1.5.0",
        control=ACTIONS,
        identity="-charge_rate",
        entities={
            CONF_CURRENT_NUMBER: "-charge_rate",
            CONF_PAUSE_SELECT: "-override_state",
            CONF_STATUS_SENSOR: "-status",
            CONF_ENERGY_SENSOR: "-usage_session",
        },
        draws=("-charging_current", "-charging_power"),
        pause=PauseKind.SELECT,
        charging_options=("active",),
        paused_options=("disabled",),
        start_order=SET_FIRST,
        actions={
            CONF_SET_CURRENT_ACTION: (
                FAIL_IF_UNREACHABLE,
                {
                    "action": "number.set_value",
                    "target": {"entity_id": "$current_number"},
                    "data": {"value": "{{ current_a | int }}"},
                },
            ),
            CONF_STOP_CHARGING_ACTION: (
                FAIL_IF_UNREACHABLE,
                {
                    "action": "select.select_option",
                    "target": {"entity_id": "$pause_select"},
                    "data": {"option": "disabled"},
                },
            ),
            CONF_START_CHARGING_ACTION: (
                FAIL_IF_UNREACHABLE,
                {
                    "action": "select.select_option",
                    "target": {"entity_id": "$pause_select"},
                    "data": {"option": "active"},
                },
            ),
        },
        timing=LOCAL,
        notes=(Note.NUMBER_SHOWS_ANOTHER_LIMIT, Note.SOLAR_MODE_OFF, Note.OWN_BALANCING_OFF),
    ),
    KnownCharger(  # the same domain, of the same author; its number reads the override back
        platform="openevse",
        source="firstof9/openevse 0694f3a: const.py, number.py, select.py, sensor.py, __init__.py",
        entities={
            CONF_CURRENT_NUMBER: "^Charge Rate_.+",
            CONF_PAUSE_SELECT: " Override State_.+",
            CONF_STATUS_SENSOR: "^Charging Status_.+",
            CONF_ENERGY_SENSOR: "^Usage this Session_.+",
        },
        draws=("^Charging Current_.+", r"^Current Power Usage \(Actual\)_.+"),
        pause=PauseKind.SELECT,
        charging_options=("active",),
        paused_options=("disabled",),
        start_order=SET_FIRST,
        timing=LOCAL,
        notes=(Note.SOLAR_MODE_OFF, Note.OWN_BALANCING_OFF),
    ),
    KnownCharger(
        platform="technove",
        source="technove/number.py, switch.py, sensor.py; const.py SCAN_INTERVAL, 5 s",
        entities={
            CONF_CURRENT_NUMBER: "(?<!_station)_max_current",
            CONF_PAUSE_SWITCH: "_session_active",
            CONF_STATUS_SENSOR: "_status",
            CONF_ENERGY_SENSOR: "_energy_session",
        },
        draws=("(?<!_max)(?<!_station)_current",),
        pause=PauseKind.SWITCH,
        start_order=SET_FIRST,
        timing=LOCAL,
        notes=(Note.SHARING_OFF, Note.AUTO_CHARGE_OFF),
    ),
    KnownCharger(
        platform="silla_prism",
        source="silla_prism/number.py, select.py, sensor.py",
        entities={
            CONF_CURRENT_NUMBER: "_user_current",
            CONF_PAUSE_SELECT: "_charging_mode",
            CONF_STATUS_SENSOR: "_status",
            CONF_ENERGY_SENSOR: "_session_energy",
        },
        draws=("(?<!_user)_current", "(?<!_grid)_power"),
        pause=PauseKind.SELECT,
        charging_options=("normal",),
        paused_options=("pause",),
        start_order=SET_FIRST,
        timing=LOCAL,
        notes=(Note.SOLAR_MODE_OFF, Note.OWN_BALANCING_OFF),
    ),
    KnownCharger(
        platform="besen",
        source="besen/number.py, switch.py, sensor.py, entity.py",
        entities={
            CONF_CURRENT_NUMBER: "_charging_current",
            CONF_PAUSE_SWITCH: "_charging",
            CONF_STATUS_SENSOR: "_charging_message",
            CONF_ENERGY_SENSOR: "_session_energy",
        },
        phase_draw="_{phase}_current",
        phases=L123,
        draws=("_charging_power",),
        has_phases_it_shows=True,
        pause=PauseKind.SWITCH,
        start_order=START_FIRST,
        timing=LOCAL,
    ),
    KnownCharger(
        platform="goecharger_api2",
        source=(
            "marq24/ha-goecharger-api2 b48a90c: const.py, __init__.py unique_id, "
            "pygoecharger_ha/const.py; goecharger/go-eCharger-API-v2#23, #112 for the wear"
        ),
        entities={
            CONF_CURRENT_NUMBER: "(?<!_lot)_amp",
            CONF_PAUSE_SELECT: "_frc",
            CONF_STATUS_SENSOR: "_car_value",
            CONF_ENERGY_SENSOR: "_wh",
        },
        phase_draw="_nrg_{phase}",
        phases=("4", "5", "6"),
        draws=("_nrg_11",),
        pause=PauseKind.SELECT,
        charging_options=("0",),
        paused_options=("1",),
        start_order=SET_FIRST,
        timing=LOCAL,
        words={
            CHARGING: ("Laden",),
            IDLE: ("Wait for car", "Inaktiv/Frei", "Warte auf Fahrzeug", "Abgeschlossen"),
        },
        notes=(Note.OLD_MODEL_WEARS, Note.OWN_BALANCING_OFF),
    ),
    KnownCharger(
        platform="goecharger_mqtt",
        source=(
            "syssi/homeassistant-goecharger-mqtt 4754303: definitions/, entity.py, select.py; "
            "goecharger/go-eCharger-API-v2#23, #112 for the wear"
        ),
        entities={
            CONF_CURRENT_NUMBER: "-number-amp-0",
            CONF_PAUSE_SELECT: "-select-frc-frc",
            CONF_STATUS_SENSOR: "-sensor-car-car",
            CONF_ENERGY_SENSOR: "-sensor-wh-0",
        },
        phase_draw="-sensor-nrg-{phase}",
        phases=("4", "5", "6"),
        draws=("-sensor-nrg-11",),
        pause=PauseKind.SELECT,
        charging_options=("Neutral",),
        paused_options=("Don't charge",),
        start_order=SET_FIRST,
        timing=LOCAL,
        words={IDLE: ("Wait for car",)},
        notes=(Note.OLD_MODEL_WEARS, Note.OWN_BALANCING_OFF),
    ),
    KnownCharger(
        platform="alfen_wallbox",
        source=(
            "leeyuentuen/alfen_wallbox bc96986: number.py, sensor.py, entity.py available, "
            "alfen.py set_value, #143 for 0 A; straybiker/HA-load-balancer README for the flash"
        ),
        sockets=NUMBERS[:2],
        entities={
            CONF_CURRENT_NUMBER: "_main_normal_max_current_socket_{socket}",
            CONF_STATUS_SENSOR: "-mode_3_state_socket_{socket}",
            CONF_ENERGY_SENSOR: "-custom_transaction_socket_{socket}_charging",
        },
        phase_draw="-current_l{phase}_socket_{socket}",
        phases=NUMBERS,
        draws=("-active_power_total_socket_{socket}",),
        pause=PauseKind.ZERO,
        timing=WEARS,
        words={
            CHARGING: ("STATE_C2", "STATE_D2"),
            IDLE: ("STATE_B1", "STATE_B2", "STATE_C1", "STATE_D1"),
            ABSENT: ("STATE_A", "STATE_A1"),
        },
        notes=(Note.FLASH_WEAR, Note.ERRORS_HIDDEN, Note.ALWAYS_AVAILABLE, Note.OWN_BALANCING_OFF),
    ),
    # The buttons and the switch are unavailable while what they do would change nothing: 0 A can
    # always be told.
    KnownCharger(
        platform="zaptec",
        source=(
            "custom-components/zaptec b1a02b3: number.py, sensor.py, entity.py, const.py, README; "
            "#283 and dirkgroenen/hass-evse-load-balancer#51 for the number, #366 for 0 A"
        ),
        entities={
            CONF_CURRENT_NUMBER: "_charger_max_current",
            CONF_STATUS_SENSOR: "_charger_operation_mode",
            CONF_ENERGY_SENSOR: "_total_charge_power_session",
        },
        phase_draw="(?<!_available)_current_phase{phase}",
        phases=NUMBERS,
        draws=("_total_charge_power",),
        pause=PauseKind.ZERO,
        timing=ZAPTEC,
        notes=(Note.CLOUD_LIMITS, Note.ZERO_MAY_START, Note.OWNER_RIGHTS, Note.OWN_BALANCING_OFF),
    ),
    KnownCharger(
        platform="zaptec",
        source="custom-components/zaptec b1a02b3: number.py, README Setting charging current",
        entities={CONF_CURRENT_NUMBER: "_available_current"},
        pause=PauseKind.ZERO,
        timing=ZAPTEC,
        notes=(
            Note.WHOLE_INSTALLATION,
            Note.CLOUD_LIMITS,
            Note.OWNER_RIGHTS,
            Note.OWN_BALANCING_OFF,
        ),
    ),
    # A limit below 6 A stops, whatever the mode, and is no session's affair: pause and resume are
    # refused when there is nothing to pause, and the integration only logs that.
    KnownCharger(
        platform="easee",
        source=(
            "nordicopen/easee_hass 0a95d0d: const.py, services.py, services.yaml, entity.py; "
            "#213, #273 for 0 A, #120 for the flash, #684 for equal values"
        ),
        control=ACTIONS,
        identity="^(?P<charger>.+)_is_enabled",
        entities={CONF_STATUS_SENSOR: "_status", CONF_ENERGY_SENSOR: "_session_energy"},
        draws=("(?<!_circuit)(?<!_no)_current", "_power"),
        actions={
            CONF_SET_CURRENT_ACTION: (
                {
                    "action": "easee.set_charger_dynamic_limit",
                    "data": {"charger_id": "$charger", "current": "{{ current_a | int }}"},
                },
            ),
        },
        timing=CLOUD,
        words={
            IDLE: (
                "awaiting_load_balancing",
                "awaiting_smart_start",
                "awaiting_scheduled_start",
                "authenticating",
                "paused_due_to_equalizer",
            ),
        },
        notes=(
            Note.CLOUD_LIMITS,
            Note.ERRORS_HIDDEN,
            Note.LIMIT_FORGOTTEN,
            Note.OWN_BALANCING_OFF,
        ),
    ),
    KnownCharger(  # set up in YAML: its entities have no device, and its actions no target
        platform="keba",
        source=(
            "keba/services.yaml, services.py, sensor.py, binary_sensor.py; keba-kecontact 1.3.0, "
            "connection.py: nothing waits for an answer"
        ),
        control=ACTIONS,
        identity="^keba_wallbox_.+_charging_power",
        entities={
            CONF_STATUS_SENSOR: "_charging_state",
            CONF_ENERGY_SENSOR: "_session_energy",
        },
        draws=("_charging_power",),
        actions={
            CONF_SET_CURRENT_ACTION: (
                {"action": "keba.set_current", "data": {"current": "{{ current_a | int }}"}},
            ),
            CONF_STOP_CHARGING_ACTION: ({"action": "keba.disable"},),
            CONF_START_CHARGING_ACTION: ({"action": "keba.enable"},),
        },
        timing=LOCAL,
        notes=(Note.ERRORS_HIDDEN, Note.FAILSAFE),
    ),
    KnownCharger(
        platform="tesla_fleet",
        source="tesla_fleet/number.py, switch.py, sensor.py; coordinator.py, 600 s",
        entities=TESLA_ENTITIES,
        draws=TESLA_DRAWS,
        pause=PauseKind.SWITCH,
        start_order=SET_FIRST,
        timing=CAR,
        notes=(Note.MOVES_WITH_CAR, Note.CLOUD_LIMITS, Note.POLLED_SELDOM),
    ),
    KnownCharger(
        platform="teslemetry",
        source="teslemetry/number.py, switch.py, sensor.py",
        entities=TESLA_ENTITIES,
        draws=TESLA_DRAWS,
        pause=PauseKind.SWITCH,
        start_order=SET_FIRST,
        timing=CAR,
        notes=(Note.MOVES_WITH_CAR, Note.CLOUD_LIMITS),
    ),
    KnownCharger(
        platform="tessie",
        source="tessie/number.py, switch.py, sensor.py",
        entities=TESLA_ENTITIES,
        draws=TESLA_DRAWS,
        pause=PauseKind.SWITCH,
        start_order=SET_FIRST,
        timing=CAR,
        notes=(Note.MOVES_WITH_CAR, Note.CLOUD_LIMITS),
    ),
    KnownCharger(
        platform="shelly",
        source="shelly/number.py RPC_NUMBERS, switch.py, sensor.py RPC_SENSORS: model EVE01",
        entities={
            CONF_CURRENT_NUMBER: "-number_current_limit",
            CONF_PAUSE_SWITCH: "-boolean_start_charging",
            CONF_STATUS_SENSOR: "-enum_work_state",
            CONF_ENERGY_SENSOR: "-number_energy_charge",
        },
        phase_draw="-object_phase_{phase}_current",
        phases=LETTERS,
        draws=("-object_total_power",),
        pause=PauseKind.SWITCH,
        start_order=SET_FIRST,
        timing=LOCAL,
        notes=(Note.OWN_BALANCING_OFF,),
    ),
    KnownCharger(  # the older way; the firmware's own MQTT discovery is the better one
        platform="smartevse",
        source="dingo35/ha-SmartEVSEv3 24b887b: const.py, number.py, select.py, smart_entity.py",
        entities={
            CONF_CURRENT_NUMBER: "_smartevse_override_current",
            CONF_PAUSE_SELECT: "_smartevse_mode_id",
            CONF_STATUS_SENSOR: "_smartevse_state",
            CONF_ENERGY_SENSOR: "_smartevse_ev_charged_kwh",
        },
        phase_draw="_smartevse_ev_{phase}",
        phases=L123,
        draws=("_smartevse_ev_import_active_power",),
        pause=PauseKind.SELECT,
        charging_options=("NORMAL",),
        paused_options=("PAUSE", "OFF"),
        start_order=START_FIRST,
        timing=LOCAL,
        words={IDLE: ("Connected to EV", "Charging Stopped")},
        notes=(Note.ERRORS_HIDDEN, Note.POLLED_SELDOM, Note.OWN_BALANCING_OFF),
    ),
    KnownCharger(  # 0 A would lift the limit: it is paused by its mode alone
        platform="mqtt",
        source=(
            "dingo35/SmartEVSE-3.5 2d95cf0: esp32.cpp SetupMQTTClient, mqtt_receive_callback; "
            "network_common.cpp announce"
        ),
        entities={
            CONF_CURRENT_NUMBER: "-ChargeCurrentOverride",
            CONF_PAUSE_SELECT: "-Mode",
            CONF_STATUS_SENSOR: "-State",
            CONF_ENERGY_SENSOR: "-EVEnergyCharged",
        },
        phase_draw="-EVCurrentL{phase}",
        phases=NUMBERS,
        draws=("-EVChargePower",),
        pause=PauseKind.SELECT,
        charging_options=("Normal",),
        paused_options=("Pause", "Off"),
        start_order=START_FIRST,
        timing=LOCAL,
        words={IDLE: ("Connected to EV", "Charging Stopped")},
        notes=(Note.OWN_BALANCING_OFF,),
    ),
    KnownCharger(  # category qccdz; range and unit are what the cloud says of the device
        platform="tuya",
        source="tuya/number.py, switch.py, sensor.py: DeviceCategory.QCCDZ",
        entities={
            CONF_CURRENT_NUMBER: r"^tuya\..+charge_cur_set",
            CONF_PAUSE_SWITCH: r"^tuya\..+switch",
            CONF_STATUS_SENSOR: r"^tuya\..+work_state",
            CONF_ENERGY_SENSOR: r"^tuya\..+charge_energy_once",
        },
        draws=(r"^tuya\..+power_total",),
        pause=PauseKind.SWITCH,
        start_order=START_FIRST,
        timing=CLOUD,
        notes=(Note.CLOUD_LIMITS,),
    ),
    KnownCharger(
        platform="victron_gx",
        source="victron_gx/strings.json, entity.py; victron-mqtt 2026.9.5, _victron_topics.py",
        entities={
            CONF_CURRENT_NUMBER: "_evcharger_set_current",
            CONF_PAUSE_SWITCH: "_evcharger_charge",
            CONF_STATUS_SENSOR: "_evcharger_status",
            CONF_ENERGY_SENSOR: "_evcharger_session_energy",
        },
        draws=("_evcharger_current", "_evcharger_power"),
        pause=PauseKind.SWITCH,
        start_order=SET_FIRST,
        timing=LOCAL,
        notes=(Note.MANUAL_MODE,),
    ),
    KnownCharger(
        platform="blue_current",
        source="blue_current/sensor.py; nothing in button.py, switch.py, services.yaml sets it",
        control=None,
        identity="^activity_.+",
        entities={CONF_STATUS_SENSOR: "^activity_.+"},
        phase_draw="^actual_p{phase}_.+",
        phases=NUMBERS,
        draws=("^total_kw_.+",),
        notes=(Note.CANNOT_SET_CURRENT,),
    ),
    KnownCharger(
        platform="ohme",
        source="ohme/sensor.py; select.py, number.py and switch.py set no current",
        control=None,
        identity="_charge_mode",
        entities={CONF_STATUS_SENSOR: "_status"},
        draws=("_current", "_power"),
        notes=(Note.CANNOT_SET_CURRENT,),
    ),
    KnownCharger(
        platform="tesla_wall_connector",
        source="tesla_wall_connector/sensor.py; it has no other platform but binary_sensor",
        control=None,
        identity="-status",
        entities={CONF_STATUS_SENSOR: "-status", CONF_ENERGY_SENSOR: "-session_energy_wh"},
        phase_draw="-current_{phase}_a",
        phases=LETTERS,
        draws=("-vehicle_current_a", "-total_power_w"),
        notes=(Note.CANNOT_SET_CURRENT,),
    ),
)

DEVICELESS_PLATFORMS = frozenset({"keba"})
"""Their entities belong to no device that could be picked."""

# What every other integration's entities are called: MQTT discovery, ESPHome, Modbus and template
# entities that their users name. Searched in words that are joined by "_".

NOT_THE_SETPOINT = (
    r"(?:^|_)(?:min|minimum|solar|pv|surplus|fallback|fall_back|failsafe|safe|offline|default"
    r"|initial|start|stop|breaker|fuse|main|mains|grid|house|home|import|export|battery|discharge"
    r"|discharging|inverter|hysteresis|calibration|offset|threshold|l[123]|phase|neutral|alarm"
    # go-e's own discovery offers only the limit that it keeps (goecharger/go-eCharger-API-v2#328)
    r"|set_max_ampere_limit)(?:_|$)"
)

SETPOINT_WORDS = (
    r"(?:^|_)(?:charg(?:e|ing|er)_(?:current|rate|limit)|current_(?:limit|setpoint|set|override)"
    r"|set_(?:charg(?:e|ing)_)?current|(?:max|maximum|target|requested|dynamic|allowed)_current"
    r"|(?:max|maximum|target|requested|dynamic|allowed)_charg(?:e|ing)_current)(?:_|$)"
)

MAXIMUM_WORDS = r"(?:^|_)(?:max|maximum)(?:_|$)"
"""Beside a current, the highest one is a setting of the charger."""

CHARGING_SWITCH_WORDS = (
    r"(?:^|_)(?:(?:charging|charge|charger|evse)(?:_(?:enabled?|control|allowed|active|session|on)"
    r")?|(?:enable|allow|start|control|session)_(?:charging|charge|charger)|session_active"
    r"|enabled?)$"
)

ON_IS_PAUSED_WORDS = (
    r"(?:^|_)(?:pause|paused|stop|stopped|block|blocked|inhibit|disable|disabled|prevent|forbid"
    r"|hold|suspend)(?:_|$)"
)
"""In the name of a switch: then "on" does not mean charging."""

PAUSE_SWITCH_WORDS = (
    r"(?:^|_)(?:pause|paused|inhibit|(?:pause|stop|block|disable|inhibit)_(?:charging|charge"
    r"|charger|session)|(?:charging|charge|charger|session)_(?:paused|stopped|blocked|disabled))$"
)

START_BUTTON_WORDS = r"(?:^|_)(?:start|resume)(?:_charg(?:e|ing)|_session)?$|charg(?:e|ing)_start$"
STOP_BUTTON_WORDS = r"(?:^|_)(?:stop|pause)(?:_charg(?:e|ing)|_session)?$|charg(?:e|ing)_stop$"

CHARGING_OPTION_WORDS = frozenset({"on", "normal", "charge", "charging", "active", "enabled"})
PAUSED_OPTION_WORDS = frozenset(
    {"off", "pause", "paused", "stop", "stopped", "disabled", "dontcharge", "donotcharge"}
)

NOT_CHARGING_ITSELF = (
    r"(?:^|_)(?:schedule|scheduled|timer|lock|locked|cable|solar|pv|surplus|eco|boost|smart|auto"
    r"|rfid|led|light|plug_and_charge|limit|phase|phases|delayed|battery|authentication)(?:_|$)"
)

STATUS_WORDS = r"(?:^|_)(?:status|state|charging_state|charger_state|charging_status)$"

NOT_THE_STATUS = (
    r"(?:^|_)(?:wifi|network|connection|mqtt|error|firmware|update|led|lock|lock_state|relay|rfid"
    r"|ocpp|modem|schedule|soc|of_charge|phase|meter|plug|id)(?:_|$)"
)

SESSION_WORDS = r"(?:^|_)(?:session|charged|added)(?:_|$)"

NOT_THE_DRAW = (
    r"(?:^|_)(?:limit|max|maximum|min|minimum|set|setpoint|offered|available|allowed|allocated"
    r"|target|requested|house|home|grid|main|mains|solar|pv|battery|neutral|n|export|shaper"
    r"|installation|circuit|rated|capacity|cable|pilot|dynamic|override|reactive|factor|residual"
    r"|leakage|average|avg|l1_l2|l2_l3|l3_l1)(?:_|$)"
)
