"""Core's chargers are recognised by what their integrations define today.

Descriptions are the integrations' own, imported by `core_chargers`; how a unique id is formed, and
what a class sets while it runs, must still stand in their code. A release that renames one of them
turns a test red. What core alone does not tell, a range or an option that the charger says, is
written here as its library says it.
"""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import homeassistant.components
import pytest
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import load_yaml_dict
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.ev_lb.control.charger_device import (
    KNOWN_PLATFORMS,
    ChargerEntity,
    RecognisedCharger,
    recognise_charger,
)
from custom_components.ev_lb.control.known_chargers import (
    DEVICELESS_PLATFORMS,
    KNOWN_CHARGERS,
    ChargerNote,
    KnownCharger,
)
from custom_components.ev_lb.inputs.charger_sensors import WORD_LISTS
from custom_components.ev_lb.inputs.status_words import explained, folded, unexplained

ROOT = Path(__file__).parents[2]
COMPONENTS = Path(homeassistant.components.__file__).parent
CUSTOM = {
    "alfen_wallbox",
    "easee",
    "goecharger_api2",
    "goecharger_mqtt",
    "ocpp",
    "smartevse",
    "zaptec",
}
"""The rows of integrations that core does not have: `test_custom_chargers.py`."""

LOCAL = {"response_time_s": 10, "command_interval_s": 10}
CLOUD = {"response_time_s": 20, "command_interval_s": 60}
CAR = {"response_time_s": 30, "command_interval_s": 120}

type Definitions = dict[str, dict[str, list[dict[str, Any]]]]


@pytest.fixture(scope="module")
def definitions() -> Definitions:
    """Return what core describes, by integration and table."""
    printed = subprocess.run(
        [sys.executable, "-m", "tests.control.core_chargers"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(printed.stdout)


def code_of(integration: str, file: str) -> str:
    """Return the code of a core integration, its lines joined."""
    return re.sub(r"\s+", " ", (COMPONENTS / integration / file).read_text("utf-8"))


def says(integration: str, file: str, *texts: str) -> None:
    """Fail unless the code of a core integration still says this."""
    code = code_of(integration, file)
    assert [text for text in texts if text not in code] == []


def entities(
    definitions: Definitions,
    integration: str,
    unique_id: str,
    keys: dict[str, str] | None = None,
    only: Callable[[dict[str, Any]], bool] = bool,
) -> list[ChargerEntity]:
    """Return the entities that an integration makes of its tables; `{}` is where the key stands.

    Classes without a description have the key that is given by their name.
    """
    return [
        ChargerEntity(
            entity_id=f"{domain}.{key}",
            platform=integration,
            domain=domain,
            translation_key=described["translation_key"],
            unique_id=unique_id.format(described["unique_id"] or key),
            name=described["name"],
            device_class=described["device_class"],
            unit=described["unit"],
            options=tuple(described["options"]),
            minimum=described["native_min_value"],
            maximum=described["native_max_value"],
            step=described["native_step"],
            is_enabled=described["is_enabled"],
        )
        for path, table in definitions[integration].items()
        for described in table
        if only(described)
        for domain, key in [
            (path.partition(".")[0], (keys or {}).get(described["id"], described["id"]))
        ]
    ]


def ranged(
    found: Iterable[ChargerEntity], entity_id: str, minimum: float, maximum: float
) -> list[ChargerEntity]:
    """Return the entities with the range that a number gets while it runs."""
    return [
        replace(entity, minimum=minimum, maximum=maximum)
        if entity.entity_id == entity_id
        else entity
        for entity in found
    ]


def enabled(found: Iterable[ChargerEntity]) -> list[ChargerEntity]:
    """Return the entities after their user has enabled them all."""
    return [replace(entity, is_enabled=True) for entity in found]


def without(found: Iterable[ChargerEntity], *parts: str) -> list[ChargerEntity]:
    """Return the entities but for those that this kind of device does not have."""
    return [entity for entity in found if not any(part in entity.entity_id for part in parts)]


def rows_of(platform: str) -> list[KnownCharger]:
    """Return the rows of an integration."""
    return [row for row in KNOWN_CHARGERS if row.platform == platform]


def unclear(platform: str, options: Iterable[str]) -> set[str]:
    """Return the words of a status sensor that neither we nor its row can explain."""
    words = {
        folded(word) for row in rows_of(platform) for each in row.words.values() for word in each
    }
    left = unexplained({"options": list(options)}, ())
    return {word for word in left if folded(word) not in words}


def options_of(definitions: Definitions, integration: str, path: str, key: str) -> list[str]:
    """Return the options of a described entity."""
    (options,) = (each["options"] for each in definitions[integration][path] if each["id"] == key)
    return options


WALLBOX_VALUES = {
    "control": "entities",
    "current_number": "number.max_charging_current",
    "max_charger_current_a": 32,
    "min_ev_current_a": 6,
    "pause": "switch",
    "pause_switch": "switch.paused",
    "start_order": "set_first",
    "draw_sensor": "sensor.charging_power",
    "status_sensor": "sensor.status_description",
    "energy_sensor": "sensor.added_energy",
} | CLOUD
WALLBOX_NOTES = (
    ChargerNote.CLOUD_LIMITS,
    ChargerNote.STOP_NEEDS_A_CAR,
    ChargerNote.SOLAR_MODE_OFF,
    ChargerNote.OWN_BALANCING_OFF,
    ChargerNote.OWNER_RIGHTS,
)


def wallbox(definitions: Definitions) -> list[ChargerEntity]:
    """Return the entities of a Wallbox, whose number has no unit."""
    for file in ("number.py", "sensor.py", "switch.py"):
        says(
            "wallbox",
            file,
            'f"{description.key}" f"-{coordinator.data[CHARGER_DATA_KEY]'
            '[CHARGER_SERIAL_NUMBER_KEY]}"',
        )
    says("wallbox", "number.py", "return 6", "max_value_fn=lambda coordinator: cast(")
    found = entities(definitions, "wallbox", "{}-12345")
    return ranged(found, "number.max_charging_current", 6, 32)


def test_wallbox(definitions: Definitions) -> None:
    """Its number and its pause switch, and not the limit of Power Boost beside it."""
    assert recognise_charger(wallbox(definitions), 3) == RecognisedCharger(
        platform="wallbox", values=WALLBOX_VALUES, notes=WALLBOX_NOTES
    )


def test_wallbox_that_can_discharge(definitions: Definitions) -> None:
    """A range that begins below zero says nothing of the least current of a car."""
    says("wallbox", "number.py", "coordinator.data[CHARGER_MAX_AVAILABLE_POWER_KEY] * -1")
    quasar = ranged(wallbox(definitions), "number.max_charging_current", -32, 32)
    values = {key: value for key, value in WALLBOX_VALUES.items() if key != "min_ev_current_a"}
    assert recognise_charger(quasar, 1) == RecognisedCharger(
        platform="wallbox", values=values, notes=WALLBOX_NOTES
    )


def test_wallbox_status_words() -> None:
    """Each word of a Wallbox is understood, but two faults of its meter and its own unknown."""
    words = re.findall(r'= "([A-Z][^"]+)"', (COMPONENTS / "wallbox/const.py").read_text("utf-8"))
    assert {"Charging", "Locked, car connected"} <= set(words)
    assert unclear("wallbox", words) == {
        "Waiting MID failed",
        "Waiting MID safety margin exceeded",
        "POWER_BOOST",
    }


PEBLAR_VALUES = {
    "control": "entities",
    "current_number": "number.charge_current_limit",
    "max_charger_current_a": 16,
    "min_ev_current_a": 6,
    "pause": "switch",
    "pause_switch": "switch.charge",
    "start_order": "set_first",
    "draw_sensor": "sensor.power_total",
    "status_sensor": "sensor.cp_state",
    "energy_sensor": "sensor.energy_session",
} | LOCAL
PEBLAR_NOTES = (ChargerNote.SET_BEFORE_START, ChargerNote.SOLAR_MODE_OFF)


def peblar(definitions: Definitions) -> list[ChargerEntity]:
    """Return the entities of a Peblar with three phases."""
    says("peblar", "entity.py", 'f"{entry.unique_id}_{description.key}"')
    says("peblar", "number.py", 'NumberEntityDescription(key="charge_current_limit")')
    keys = {"PeblarChargeCurrentLimitNumberEntity": "charge_current_limit"}
    found = entities(definitions, "peblar", "23-45-A4O-MOF_{}", keys)
    return ranged(found, "number.charge_current_limit", 6, 16)


def test_peblar_as_installed(definitions: Definitions) -> None:
    """The current is set before it is started; the phases, all disabled, are named."""
    assert recognise_charger(peblar(definitions), 3) == RecognisedCharger(
        platform="peblar",
        values=PEBLAR_VALUES,
        notes=PEBLAR_NOTES,
        disabled=tuple(f"sensor.current_phase_{phase}" for phase in (1, 2, 3)),
    )


def test_peblar_with_all_enabled(definitions: Definitions) -> None:
    """Each phase is measured, and not their sum."""
    assert recognise_charger(enabled(peblar(definitions)), 3) == RecognisedCharger(
        platform="peblar",
        values=PEBLAR_VALUES
        | {
            "draw_sensor": "sensor.current_phase_1",
            "draw_sensor_l2": "sensor.current_phase_2",
            "draw_sensor_l3": "sensor.current_phase_3",
        },
        notes=PEBLAR_NOTES,
    )


def test_peblar_with_one_phase(definitions: Definitions) -> None:
    """A charger that has no sensors of phases has one: on which, the user says."""
    says("peblar", "sensor.py", "has_fn=lambda x: x.connected_phases >= 2")
    found = without(peblar(definitions), "_phase_")
    assert recognise_charger(found, 3) == RecognisedCharger(
        platform="peblar", values=PEBLAR_VALUES, notes=(*PEBLAR_NOTES, ChargerNote.ONE_PHASE)
    )
    assert recognise_charger(found, 1) == RecognisedCharger(
        platform="peblar", values=PEBLAR_VALUES, notes=PEBLAR_NOTES
    )


def test_v2c(definitions: Definitions) -> None:
    """On is paused; neither the lowest nor the highest intensity is the one that is set."""
    for file in ("number.py", "switch.py", "sensor.py", "binary_sensor.py"):
        says("v2c", file, 'f"{entry_id}_{description.key}"')
    says("v2c", "switch.py", "turn_on_fn=lambda evse: evse.pause()")
    assert recognise_charger(entities(definitions, "v2c", "01J_{}"), 1) == RecognisedCharger(
        platform="v2c",
        values={
            "control": "entities",
            "current_number": "number.intensity",
            "max_charger_current_a": 32,
            "min_ev_current_a": 6,
            "pause": "inverted_switch",
            "pause_switch": "switch.paused",
            "start_order": "set_first",
            "draw_sensor": "sensor.charge_power",
            "status_sensor": "binary_sensor.charging",
            "energy_sensor": "sensor.charge_energy",
        }
        | LOCAL,
        notes=(ChargerNote.DYNAMIC_MODE_OFF,),
    )


LEKTRICO_VALUES = {
    "control": "entities",
    "current_number": "number.dynamic_limit",
    "max_charger_current_a": 32,
    "pause": "zero",
    "status_sensor": "sensor.state",
    "energy_sensor": "sensor.energy",
} | LOCAL


def lektrico(definitions: Definitions) -> list[ChargerEntity]:
    """Return the entities of a Lektrico."""
    says("lektrico", "number.py", 'f"{coordinator.serial_number}_{description.key}"')
    says("lektrico", "sensor.py", 'f"{coordinator.serial_number}_{description.key}"')
    return without(entities(definitions, "lektrico", "500006_{}"), "breaker_current")


def test_lektrico_with_three_phases(definitions: Definitions) -> None:
    """0 A pauses it; each phase is measured, and not what the installation may give."""
    found = without(lektrico(definitions), "sensor.current")
    phases = [
        entity
        for entity in lektrico(definitions)
        if re.fullmatch(r"sensor\.current_l[123]", entity.entity_id)
    ]
    assert recognise_charger([*found, *phases], 3) == RecognisedCharger(
        platform="lektrico",
        values=LEKTRICO_VALUES
        | {
            "draw_sensor": "sensor.current_l1",
            "draw_sensor_l2": "sensor.current_l2",
            "draw_sensor_l3": "sensor.current_l3",
        },
        notes=(ChargerNote.OWN_BALANCING_OFF,),
    )


def test_lektrico_with_one_phase(definitions: Definitions) -> None:
    """Its one current is the draw; where it is wired the user says."""
    found = without(lektrico(definitions), "_l1", "_l2", "_l3")
    assert recognise_charger(found, 3) == RecognisedCharger(
        platform="lektrico",
        values=LEKTRICO_VALUES | {"draw_sensor": "sensor.current"},
        notes=(ChargerNote.OWN_BALANCING_OFF, ChargerNote.ONE_PHASE),
    )


def nrgkick(definitions: Definitions) -> list[ChargerEntity]:
    """Return the entities of an NRGkick."""
    says("nrgkick", "entity.py", 'f"{serial}_{self._key}"')
    says("nrgkick", "switch.py", 'CHARGING_ENABLED_KEY = "charging_enabled"')
    keys = {"NRGkickChargingEnabledSwitch": "charging_enabled"}
    found = entities(definitions, "nrgkick", "10000100_{}", keys)
    return ranged(found, "number.current_set", 6, 31.9)


def test_nrgkick(definitions: Definitions) -> None:
    """Its number counts tenths: a highest of 31.9 A is one of 31."""
    assert recognise_charger(nrgkick(definitions), 3) == RecognisedCharger(
        platform="nrgkick",
        values={
            "control": "entities",
            "current_number": "number.current_set",
            "max_charger_current_a": 31,
            "min_ev_current_a": 6,
            "pause": "switch",
            "pause_switch": "switch.charging_enabled",
            "start_order": "set_first",
            "draw_sensor": "sensor.l1_current",
            "draw_sensor_l2": "sensor.l2_current",
            "draw_sensor_l3": "sensor.l3_current",
            "status_sensor": "sensor.status",
            "energy_sensor": "sensor.charged_energy",
        }
        | LOCAL,
    )


def openevse(definitions: Definitions) -> list[ChargerEntity]:
    """Return the entities of core's OpenEVSE."""
    says("openevse", "entity.py", 'f"{identifier}-{description.key}"')
    found = entities(definitions, "openevse", "deadbeeffeed-{}")
    return ranged(found, "number.charge_rate", 6, 48)


UNREACHABLE: dict[str, Any] = {
    "if": "{{ is_state('number.charge_rate', 'unavailable') }}",
    "then": [{"variables": {"failed": "{{ 'The charger cannot be reached' | int }}"}}],
}


def select_option(option: str) -> list[Any]:
    """Return the action that overrides an OpenEVSE's state."""
    return [
        UNREACHABLE,
        {
            "action": "select.select_option",
            "target": {"entity_id": "select.override_state"},
            "data": {"option": option},
        },
    ]


OPENEVSE_ACTIONS = {
    "set_current_action": [
        UNREACHABLE,
        {
            "action": "number.set_value",
            "target": {"entity_id": "number.charge_rate"},
            "data": {"value": "{{ current_a | int }}"},
        },
    ],
    "stop_charging_action": select_option("disabled"),
    "start_charging_action": select_option("active"),
}


def test_openevse(definitions: Definitions) -> None:
    """Its number shows another limit than the one it sets: it is set by actions, not read back."""
    says(
        "openevse",
        "number.py",
        "value_fn=lambda ev: ev.max_current_soft or 0",
        "set_value_fn=lambda ev, value: ev.set_current(int(value))",
    )
    assert recognise_charger(openevse(definitions), 1) == RecognisedCharger(
        platform="openevse",
        values={
            "control": "actions",
            "current_number": "number.charge_rate",
            "max_charger_current_a": 48,
            "min_ev_current_a": 6,
            "pause": "select",
            "pause_select": "select.override_state",
            "charging_option": "active",
            "paused_option": "disabled",
            "start_order": "set_first",
            "draw_sensor": "sensor.charging_current",
            "status_sensor": "sensor.status",
            "energy_sensor": "sensor.usage_session",
        }
        | OPENEVSE_ACTIONS
        | LOCAL,
        notes=(
            ChargerNote.NUMBER_SHOWS_ANOTHER_LIMIT,
            ChargerNote.SOLAR_MODE_OFF,
            ChargerNote.OWN_BALANCING_OFF,
        ),
    )


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("set_current_action", ("number.charge_rate", {"value": 10})),
        ("stop_charging_action", ("select.override_state", {"option": "disabled"})),
        ("start_charging_action", ("select.override_state", {"option": "active"})),
    ],
)
async def test_openevse_actions(
    hass: HomeAssistant, key: str, told: tuple[str, dict[str, Any]]
) -> None:
    """An action tells the charger, and fails while it cannot be reached: no cut counts as made."""
    number = async_mock_service(hass, "number", "set_value")
    select = async_mock_service(hass, "select", "select_option")
    script = {"told": {"sequence": OPENEVSE_ACTIONS[key]}}
    assert await async_setup_component(hass, "script", {"script": script})
    hass.states.async_set("number.charge_rate", "32")
    await hass.services.async_call("script", "told", {"current_a": 10}, blocking=True)
    assert [(call.data["entity_id"], call.data) for call in (*number, *select)] == [
        ([told[0]], {"entity_id": [told[0]], **told[1]})
    ]
    hass.states.async_set("number.charge_rate", "unavailable")
    with pytest.raises(HomeAssistantError):
        await hass.services.async_call("script", "told", {"current_a": 10}, blocking=True)
    assert len(number) + len(select) == 1


def technove(definitions: Definitions) -> list[ChargerEntity]:
    """Return the entities of a TechnoVE."""
    says("technove", "entity.py", 'f"{info.mac_address}_{key}"')
    says("technove", "number.py", "native_max_value_fn=lambda station:")
    found = entities(definitions, "technove", "AA:AA:AA:AA:AA:BB_{}")
    return ranged(found, "number.max_current", 8, 32)


def test_technove(definitions: Definitions) -> None:
    """It charges at 8 A or more; what the station may give is no draw."""
    says("technove", "switch.py", "if coordinator.data.info.auto_charge: raise")
    says("technove", "number.py", "if coordinator.data.info.in_sharing_mode: raise")
    assert recognise_charger(technove(definitions), 1) == RecognisedCharger(
        platform="technove",
        values={
            "control": "entities",
            "current_number": "number.max_current",
            "max_charger_current_a": 32,
            "min_ev_current_a": 8,
            "pause": "switch",
            "pause_switch": "switch.session_active",
            "start_order": "set_first",
            "draw_sensor": "sensor.current",
            "status_sensor": "sensor.status",
            "energy_sensor": "sensor.energy_session",
        }
        | LOCAL,
        notes=(ChargerNote.SHARING_OFF, ChargerNote.AUTO_CHARGE_OFF),
    )


def silla_prism(definitions: Definitions) -> list[ChargerEntity]:
    """Return the entities of a Silla Prism."""
    says("silla_prism", "entity.py", 'f"{base_topic}_{key}"')
    says("silla_prism", "number.py", 'super().__init__(coordinator, "user_current")')
    says("silla_prism", "select.py", 'super().__init__(coordinator, "charging_mode")')
    keys = {"PrismUserCurrentNumber": "user_current", "PrismModeSelect": "charging_mode"}
    return entities(definitions, "silla_prism", "prism_{}", keys)


def test_silla_prism(definitions: Definitions) -> None:
    """It is paused by its mode; the pilot's and the grid's sensors are no draw."""
    assert recognise_charger(silla_prism(definitions), 1) == RecognisedCharger(
        platform="silla_prism",
        values={
            "control": "entities",
            "current_number": "number.user_current",
            "max_charger_current_a": 32,
            "min_ev_current_a": 6,
            "pause": "select",
            "pause_select": "select.charging_mode",
            "charging_option": "normal",
            "paused_option": "pause",
            "start_order": "set_first",
            "draw_sensor": "sensor.current",
            "status_sensor": "sensor.status",
            "energy_sensor": "sensor.session_energy",
        }
        | LOCAL,
        notes=(ChargerNote.SOLAR_MODE_OFF, ChargerNote.OWN_BALANCING_OFF),
    )


BESEN_VALUES = {
    "control": "entities",
    "current_number": "number.charging_current",
    "max_charger_current_a": 32,
    "min_ev_current_a": 6,
    "pause": "switch",
    "pause_switch": "switch.charging",
    "start_order": "start_first",
    "draw_sensor": "sensor.charging_power",
    "status_sensor": "sensor.charging_message",
    "energy_sensor": "sensor.session_energy",
} | LOCAL


def besen(definitions: Definitions) -> list[ChargerEntity]:
    """Return the entities of a Besen with three phases."""
    says("besen", "entity.py", 'f"{coordinator.client.address}_{key}"')
    says("besen", "number.py", 'super().__init__(coordinator, "charging_current")')
    says("besen", "switch.py", 'super().__init__(coordinator, "charging")')
    keys = {"BesenChargingCurrentNumber": "charging_current", "BesenChargeSwitch": "charging"}
    found = entities(definitions, "besen", "AA:BB:CC:DD:EE:FF_{}", keys)
    return ranged(found, "number.charging_current", 6, 32)


def test_besen_as_installed(definitions: Definitions) -> None:
    """The power of all phases is the draw; their currents, all disabled, are named."""
    assert recognise_charger(besen(definitions), 3) == RecognisedCharger(
        platform="besen",
        values=BESEN_VALUES,
        disabled=tuple(f"sensor.l{phase}_current" for phase in (1, 2, 3)),
    )


def test_besen_with_one_phase(definitions: Definitions) -> None:
    """It has no sensors of L2 and L3; where it is wired the user says."""
    says("besen", "sensor.py", "if not description.three_phase_only or")
    found = without(enabled(besen(definitions)), "l2_", "l3_")
    assert recognise_charger(found, 3) == RecognisedCharger(
        platform="besen",
        values=BESEN_VALUES,
        notes=(ChargerNote.ONE_PHASE,),
    )
    assert recognise_charger(found, 1) == RecognisedCharger(
        platform="besen", values=BESEN_VALUES | {"draw_sensor": "sensor.l1_current"}
    )


@pytest.mark.parametrize(
    ("integration", "switch", "notes"),
    [
        (
            "tesla_fleet",
            "charge_state_user_charge_enable_request",
            (
                ChargerNote.MOVES_WITH_CAR,
                ChargerNote.CLOUD_LIMITS,
                ChargerNote.POLLED_SELDOM,
            ),
        ),
        (
            "teslemetry",
            "charge_state_user_charge_enable_request",
            (ChargerNote.MOVES_WITH_CAR, ChargerNote.CLOUD_LIMITS),
        ),
        (
            "tessie",
            "charge_state_charge_enable_request",
            (ChargerNote.MOVES_WITH_CAR, ChargerNote.CLOUD_LIMITS),
        ),
    ],
    ids=["tesla_fleet", "teslemetry", "tessie"],
)
def test_tesla(
    definitions: Definitions, integration: str, switch: str, notes: tuple[ChargerNote, ...]
) -> None:
    """The car's own current and its charge switch; 0 A is no least current of a car."""
    says(integration, "entity.py", "vin}-{key}")
    says(integration, "switch.py", "-{description.unique_id}", f'unique_id="{switch}"')
    found = entities(definitions, integration, "LRWXF7EK4KC700000-{}")
    assert recognise_charger(found, 1) == RecognisedCharger(
        platform=integration,
        values={
            "control": "entities",
            "current_number": "number.charge_state_charge_current_request",
            "max_charger_current_a": 32,
            "pause": "switch",
            "pause_switch": "switch.charge_state_charging_state",
            "start_order": "set_first",
            "draw_sensor": "sensor.charge_state_charger_actual_current",
            "status_sensor": "sensor.charge_state_charging_state",
            "energy_sensor": "sensor.charge_state_charge_energy_added",
        }
        | CAR,
        notes=notes,
    )


SHELLY_VALUES = {
    "control": "entities",
    "current_number": "number.number_current_limit",
    "max_charger_current_a": 32,
    "min_ev_current_a": 6,
    "pause": "switch",
    "pause_switch": "switch.boolean_start_charging",
    "start_order": "set_first",
    "draw_sensor": "sensor.object_phase_a_current",
    "draw_sensor_l2": "sensor.object_phase_b_current",
    "draw_sensor_l3": "sensor.object_phase_c_current",
    "status_sensor": "sensor.enum_work_state",
    "energy_sensor": "sensor.number_energy_charge",
} | LOCAL


def shelly(definitions: Definitions) -> list[ChargerEntity]:
    """Return the entities of an EVE01: of its model and of the roles that it has."""
    says("shelly", "const.py", 'MODEL_TOP_EV_CHARGER_EVE01 = "EVE01"')
    says(
        "shelly",
        "entity.py",
        'f"{coordinator.mac}-{key}"',
        'f"{super().unique_id}-{attribute}"',
    )
    roles = {"current_limit", "start_charging", "work_state", "energy_charge", "phase_info"}
    found = entities(
        definitions,
        "shelly",
        "AABBCCDDEEFF-number:200-{}",
        only=lambda described: (
            described["role"] in roles and described["models"] in ([], ["EVE01"])
        ),
    )
    return ranged(found, "number.number_current_limit", 6, 32)


def test_shelly(definitions: Definitions) -> None:
    """The charger's own limit, switch and phases."""
    assert recognise_charger(shelly(definitions), 3) == RecognisedCharger(
        platform="shelly", values=SHELLY_VALUES, notes=(ChargerNote.OWN_BALANCING_OFF,)
    )


def test_shelly_that_is_no_charger(definitions: Definitions) -> None:
    """Without its limit it is another device."""
    assert recognise_charger(without(shelly(definitions), "current_limit"), 3) is None


def test_tuya(definitions: Definitions) -> None:
    """Its range and its units are what the cloud says of the device."""
    says("tuya", "entity.py", 'f"tuya.{device.id}{description.key}"')
    says("tuya", "const.py", 'CHARGE_CUR_SET = "charge_cur_set"', 'QCCDZ = "qccdz"')
    found = ranged(
        entities(definitions, "tuya", "tuya.bf83514d9c14b426f0fz5y{}"),
        "number.charge_cur_set",
        8,
        32,
    )
    assert recognise_charger(found, 1) == RecognisedCharger(
        platform="tuya",
        values={
            "control": "entities",
            "current_number": "number.charge_cur_set",
            "max_charger_current_a": 32,
            "min_ev_current_a": 8,
            "pause": "switch",
            "pause_switch": "switch.switch",
            "start_order": "start_first",
            "draw_sensor": "sensor.power_total",
            "status_sensor": "sensor.work_state",
            "energy_sensor": "sensor.charge_energy_once",
        }
        | CLOUD,
        notes=(ChargerNote.CLOUD_LIMITS,),
    )


def strings_of(integration: str) -> dict[str, dict[str, Any]]:
    """Return the names that an integration gives its entities, by domain and key."""
    text = (COMPONENTS / integration / "strings.json").read_text("utf-8")
    return json.loads(text)["entity"]


def test_victron_gx() -> None:
    """Its entities are described by its library: their keys stand in its texts, and no more.

    Units and ranges are those of victron-mqtt 2026.9.5.
    """
    says("victron_gx", "entity.py", 'f"{installation_id}_{metric.unique_id}"')
    strings = strings_of("victron_gx")
    units = {"current": "A", "power": "W", "energy": "kWh"}
    found = [
        ChargerEntity(
            entity_id=f"{domain}.{key}",
            platform="victron_gx",
            domain=domain,
            translation_key=key,
            unique_id=f"c0619ab123_evcharger_40_{key}",
            name="",
            device_class=None,
            unit=units.get(key.rpartition("_")[2]),
            options=tuple(texts[key].get("state", ())),
            minimum=0 if domain == "number" else None,
            maximum=32 if domain == "number" else None,
            step=1 if domain == "number" else None,
            is_enabled=True,
        )
        for domain, texts in strings.items()
        for key in texts
        if key.startswith("evcharger_")
    ]
    assert recognise_charger(found, 3) == RecognisedCharger(
        platform="victron_gx",
        values={
            "control": "entities",
            "current_number": "number.evcharger_set_current",
            "max_charger_current_a": 32,
            "pause": "switch",
            "pause_switch": "switch.evcharger_charge",
            "start_order": "set_first",
            "draw_sensor": "sensor.evcharger_current",
            "status_sensor": "sensor.evcharger_status",
            "energy_sensor": "sensor.evcharger_session_energy",
        }
        | LOCAL,
        notes=(ChargerNote.MANUAL_MODE,),
    )


def test_blue_current(definitions: Definitions) -> None:
    """It cannot be set; its sensors can help a script, and its phases are named."""
    says("blue_current", "sensor.py", 'f"{sensor.key}_{evse_id}"')
    services = load_yaml_dict(str(COMPONENTS / "blue_current" / "services.yaml"))
    assert not [name for name in services if "current" in name or "limit" in name]
    assert recognise_charger(entities(definitions, "blue_current", "{}_101"), 3) == (
        RecognisedCharger(
            platform="blue_current",
            values={"draw_sensor": "sensor.total_kw", "status_sensor": "sensor.activity"},
            notes=(ChargerNote.CANNOT_SET_CURRENT,),
            disabled=tuple(f"sensor.actual_p{phase}" for phase in (1, 2, 3)),
        )
    )


def test_ohme(definitions: Definitions) -> None:
    """It can be paused and not be set."""
    says("ohme", "entity.py", 'f"{client.serial}_{entity_description.key}"')
    assert recognise_charger(entities(definitions, "ohme", "chargerid_{}"), 1) == (
        RecognisedCharger(
            platform="ohme",
            values={"draw_sensor": "sensor.current", "status_sensor": "sensor.status"},
            notes=(ChargerNote.CANNOT_SET_CURRENT,),
        )
    )


def test_tesla_wall_connector(definitions: Definitions) -> None:
    """It can only be read; the car can be set beside it."""
    says("tesla_wall_connector", "entity.py", 'f"{serial_number}-{key}"')
    platforms = {path.stem for path in (COMPONENTS / "tesla_wall_connector").glob("*.py")}
    assert not platforms & {"number", "select", "switch", "services"}
    found = entities(definitions, "tesla_wall_connector", "abc123-{}")
    assert recognise_charger(found, 3) == RecognisedCharger(
        platform="tesla_wall_connector",
        values={
            "draw_sensor": "sensor.current_a_a",
            "draw_sensor_l2": "sensor.current_b_a",
            "draw_sensor_l3": "sensor.current_c_a",
            "status_sensor": "sensor.status",
            "energy_sensor": "sensor.session_energy_wh",
        },
        notes=(ChargerNote.CANNOT_SET_CURRENT,),
    )


KEBA_SENSORS = {
    "max_current": "A",
    "energy_target": "kWh",
    "charging_power": "kW",
    "session_energy": "kWh",
    "total_energy": "kWh",
}
KEBA_BINARY_SENSORS = {
    "device_state": "connectivity",
    "plug_state": "plug",
    "charging_state": "power",
    "failsafe_mode_state": "safety",
}


def keba() -> list[ChargerEntity]:
    """Return the entities of a KEBA, which are made inside a function: their words must stand."""
    for file in ("sensor.py", "binary_sensor.py"):
        says("keba", file, 'f"{keba.device_id}_{entity_type}"')
    says("keba", "__init__.py", "f\"keba_wallbox_{self.get_value('Serial')}\"")
    says("keba", "sensor.py", *(f'keba, "{key}", SensorEntityDescription(' for key in KEBA_SENSORS))
    says(
        "keba",
        "binary_sensor.py",
        *(
            f'"{key}", BinarySensorDeviceClass.{device_class.upper()},'
            for key, device_class in KEBA_BINARY_SENSORS.items()
        ),
    )
    return [
        ChargerEntity(
            entity_id=f"{domain}.{key}",
            platform="keba",
            domain=domain,
            translation_key=None,
            unique_id=f"keba_wallbox_15017355_{key}",
            name=key,
            device_class=says_of if domain == "binary_sensor" else None,
            unit=says_of if domain == "sensor" else None,
            options=(),
            minimum=None,
            maximum=None,
            step=None,
            is_enabled=True,
        )
        for domain, table in (("sensor", KEBA_SENSORS), ("binary_sensor", KEBA_BINARY_SENSORS))
        for key, says_of in table.items()
    ]


def test_keba() -> None:
    """It is set by actions, which have no target; "on" is charging."""
    assert recognise_charger(keba(), 3) == RecognisedCharger(
        platform="keba",
        values={
            "control": "actions",
            "set_current_action": [
                {"action": "keba.set_current", "data": {"current": "{{ current_a | int }}"}}
            ],
            "stop_charging_action": [{"action": "keba.disable"}],
            "start_charging_action": [{"action": "keba.enable"}],
            "draw_sensor": "sensor.charging_power",
            "status_sensor": "binary_sensor.charging_state",
            "energy_sensor": "sensor.session_energy",
        }
        | LOCAL,
        notes=(ChargerNote.ERRORS_HIDDEN, ChargerNote.FAILSAFE),
    )


def test_keba_actions_are_its_services() -> None:
    """The services and their field are what the integration describes, without a target."""
    services = load_yaml_dict(str(COMPONENTS / "keba" / "services.yaml"))
    assert [*services["set_current"]["fields"]] == ["current"]
    assert {name: services[name] for name in ("enable", "disable")} == {
        "enable": None,
        "disable": None,
    }
    assert "target" not in services["set_current"]
    says("keba", "services.py", '"enable": "async_enable_ev"', '"disable": "async_disable_ev"')
    says("keba", "__init__.py", "await self.set_current(float(current))")


def test_keba_has_no_device() -> None:
    """Its entities belong to no device: the dialog has to look for them by their integration."""
    assert {"keba"} == DEVICELESS_PLATFORMS
    code = " ".join(code_of("keba", path.name) for path in (COMPONENTS / "keba").glob("*.py"))
    assert "device_info" not in code


STATUS_TABLES = [
    ("besen", "sensor.SENSOR_DESCRIPTIONS", "charging_message", set[str]()),
    ("blue_current", "sensor.SENSORS", "activity", {"offline"}),
    ("lektrico", "sensor.SENSORS_FOR_CHARGERS", "state", set[str]()),
    ("nrgkick", "sensor.SENSORS", "status", set[str]()),
    ("openevse", "sensor.SENSOR_TYPES", "status", set[str]()),
    ("peblar", "sensor.DESCRIPTIONS", "cp_state", set[str]()),
    ("silla_prism", "sensor.SENSORS", "status", set[str]()),
    ("technove", "sensor.SENSORS", "status", set[str]()),
    ("tesla_fleet", "sensor.VEHICLE_DESCRIPTIONS", "charge_state_charging_state", set[str]()),
    ("tesla_wall_connector", "sensor.WALL_CONNECTOR_SENSORS", "status", set[str]()),
    ("teslemetry", "sensor.VEHICLE_DESCRIPTIONS", "charge_state_charging_state", set[str]()),
    ("tessie", "sensor.DESCRIPTIONS", "charge_state_charging_state", set[str]()),
]


@pytest.mark.parametrize(
    ("integration", "path", "key", "asked"),
    STATUS_TABLES,
    ids=[integration for integration, *_ in STATUS_TABLES],
)
def test_status_words(
    definitions: Definitions, integration: str, path: str, key: str, asked: set[str]
) -> None:
    """The user of a core charger explains no word of its status sensor, or only these."""
    options = options_of(definitions, integration, path, key)
    assert "charging" in " ".join(options)
    assert unclear(integration, options) == asked


@pytest.mark.parametrize(
    ("integration", "domain", "key", "asked"),
    [
        ("shelly", "sensor", "charger_state", set[str]()),
        ("tuya", "sensor", "charger_status", set[str]()),
        (
            "victron_gx",
            "sensor",
            "evcharger_status",
            {
                "charging_limit",
                "cp_input_test_error",
                "ground_test_error",
                "overheating_detected",
                "overvoltage_detected",
                "reserved15",
                "reserved16",
                "reserved17",
                "reserved18",
                "reserved19",
                "residual_current_detected",
                "start_charging",
                "switching_to_1_phase",
                "switching_to_3_phase",
                "undervoltage_detected",
                "welded_contacts_test_error",
            },
        ),
    ],
    ids=["shelly", "tuya", "victron_gx"],
)
def test_status_words_that_a_charger_tells_itself(
    integration: str, domain: str, key: str, asked: set[str]
) -> None:
    """Where the options come from the device, the words are those that have a translation."""
    assert unclear(integration, strings_of(integration)[domain][key]["state"]) == asked


def test_translated_numbers_exist() -> None:
    """The keys of core's numbers, switches and selects are those that their texts translate."""
    for integration, domain, key in (
        ("besen", "number", "charging_current"),
        ("lektrico", "number", "dynamic_limit"),
        ("nrgkick", "number", "current_set"),
        ("openevse", "select", "override_state"),
        ("peblar", "number", "charge_current_limit"),
        ("shelly", "number", "current_limit"),
        ("silla_prism", "select", "charging_mode"),
        ("technove", "number", "max_current"),
        ("tuya", "number", "charging_current"),
        ("v2c", "switch", "paused"),
        ("wallbox", "number", "maximum_charging_current"),
    ):
        assert key in strings_of(integration)[domain], integration


@pytest.mark.parametrize("phase_count", [1, 2, 3])
@pytest.mark.parametrize(
    "device",
    [wallbox, peblar, lektrico, nrgkick, openevse, technove, silla_prism, besen, shelly],
    ids=lambda device: device.__name__,
)
def test_no_more_sensors_than_phases(
    definitions: Definitions,
    device: Callable[[Definitions], Sequence[ChargerEntity]],
    phase_count: int,
) -> None:
    """One sensor of all phases, or one of each: never some of them."""
    found = recognise_charger(enabled(device(definitions)), phase_count)
    assert found is not None
    keys = [key for key in found.values if key.startswith("draw_sensor")]
    assert keys in (
        ["draw_sensor"],
        ["draw_sensor", "draw_sensor_l2", "draw_sensor_l3"][:phase_count],
    )


def test_known_integrations_exist() -> None:
    """A row of an integration that core has given up would never be met; the others are custom."""
    missing = {platform for platform in KNOWN_PLATFORMS if not (COMPONENTS / platform).is_dir()}
    assert missing == CUSTOM


@pytest.mark.parametrize("row", KNOWN_CHARGERS, ids=lambda row: f"{row.platform}")
def test_every_row_is_whole(row: KnownCharger) -> None:
    """A row says where it is from, compiles, and gives no word two meanings."""
    assert row.source
    texts = [*row.entities.values(), row.phase_draw, *row.draws, row.identity]
    texts += row.references.values()
    assert all(re.compile(text) for text in texts)
    assert bool(row.phase_draw) == bool(row.phases)
    assert ("{socket}" in "".join(texts)) == (row.sockets != ("",))
    words = [folded(word) for each in row.words.values() for word in each]
    assert len(words) == len(set(words))
    assert explained(row.words).keys() == set(words)
    assert set(row.words) <= set(WORD_LISTS)
    assert [*map(folded, unexplained({}, words))] == words, "the user need not explain these"


@pytest.mark.parametrize("platform", sorted(KNOWN_PLATFORMS))
def test_every_integration_is_documented(platform: str) -> None:
    """The guide has a row for each, which claims no more than was done."""
    guide = (ROOT / "docs" / "documentation" / "chargers.md").read_text("utf-8")
    rows = re.findall(rf"^\| [^|]+ \| `{platform}`[^|]*\|.*\| (\w+) \|$", guide, re.MULTILINE)
    seen = {"ocpp": ["behavior"], "openevse": ["definitions", "sources"], "mqtt": ["sources"]}
    usual = ["sources"] if platform in CUSTOM else ["definitions"]
    assert rows == seen.get(platform, usual)


def test_seconds_are_documented() -> None:
    """The guide's seconds are those that are filled in."""
    guide = (ROOT / "docs" / "documentation" / "chargers.md").read_text("utf-8")
    for row in KNOWN_CHARGERS:
        cells = re.findall(rf"^\| [^|]+ \| `{row.platform}`.*$", guide, re.MULTILINE)
        assert cells, row.platform
        if row.timing is not None:
            seconds = f"| {row.timing.response_time_s}, {row.timing.command_interval_s} |"
            assert all(seconds in cell for cell in cells), row.platform


def test_every_note_is_said() -> None:
    """No sentence is translated for nothing."""
    of_rows = {note for row in KNOWN_CHARGERS for note in row.notes}
    assert set(ChargerNote) - of_rows == {
        ChargerNote.ALL_SOCKETS_TAKEN,
        ChargerNote.FOUND_BY_NAMES,
        ChargerNote.ONE_PHASE,
        ChargerNote.TRY_ZERO,
    }
