"""A charger's device: what is recognised of one that no row knows, and what never is."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_components.ev_lb.control.charger_device import (
    ChargerEntity,
    RecognisedCharger,
    recognise_charger,
)
from custom_components.ev_lb.control.known_chargers import KNOWN_CHARGERS, ChargerNote
from custom_components.ev_lb.inputs.charger_sensors import DRAW_SENSORS
from custom_components.ev_lb.inputs.units import ENERGY_UNITS, LOAD_UNITS

from .recorded_chargers import alfen, an_entity, disabled, esp32_evse, of_platform

BY_NAMES = (ChargerNote.FOUND_BY_NAMES,)


def a_number(
    entity_id: str = "number.charging_current",
    minimum: float | None = 6,
    maximum: float | None = 16,
    unit: str | None = "A",
) -> ChargerEntity:
    """Return a number that a car's current can be set by."""
    return an_entity(entity_id, unit, minimum=minimum, maximum=maximum)


def recognised(
    values: Mapping[str, object], *notes: ChargerNote, platform: str = "mqtt"
) -> RecognisedCharger:
    """Return what was found by names."""
    return RecognisedCharger(
        platform=platform,
        values={"control": "entities", **values},
        notes=(*BY_NAMES, *notes),
    )


NUMBER = {
    "current_number": "number.charging_current",
    "max_charger_current_a": 16,
    "min_ev_current_a": 6,
}


def test_esp32_evse() -> None:
    """An ESPHome charger: the current, and neither its default nor its highest one."""
    assert recognise_charger(esp32_evse(), 3) == recognised(
        {
            "current_number": "number.evse_charging_current",
            "max_charger_current_a": 32,
            "min_ev_current_a": 6,
            "pause": "switch",
            "pause_switch": "switch.evse_charging_enable",
            "draw_sensor": "sensor.evse_current_l1",
            "draw_sensor_l2": "sensor.evse_current_l2",
            "draw_sensor_l3": "sensor.evse_current_l3",
            "status_sensor": "sensor.evse_state",
            "energy_sensor": "sensor.evse_session_energy",
        },
        platform="esphome",
    )


def test_mqtt_charger() -> None:
    """An MQTT charger with the usual entities is filled in whole."""
    device = [
        a_number(),
        an_entity("switch.charging"),
        an_entity("sensor.current", "A"),
        an_entity("sensor.power", "W"),
        an_entity("sensor.status", options=("idle", "charging")),
        an_entity("sensor.session_energy", "kWh"),
        an_entity("sensor.total_energy", "kWh"),
        an_entity("sensor.wifi_status"),
    ]
    assert recognise_charger(device, 1) == recognised(
        NUMBER
        | {
            "pause": "switch",
            "pause_switch": "switch.charging",
            "draw_sensor": "sensor.current",
            "status_sensor": "sensor.status",
            "energy_sensor": "sensor.session_energy",
        }
    )


@pytest.mark.parametrize(
    ("others", "values", "notes"),
    [
        pytest.param(
            [an_entity("switch.charging_enabled"), an_entity("switch.charging_schedule")],
            {"pause": "switch", "pause_switch": "switch.charging_enabled"},
            (),
            id="switch",
        ),
        pytest.param(
            [an_entity("switch.pause_charging"), an_entity("switch.child_lock")],
            {"pause": "inverted_switch", "pause_switch": "switch.pause_charging"},
            (),
            id="inverted switch",
        ),
        pytest.param(
            [an_entity("button.start_charging"), an_entity("button.stop_charging")],
            {
                "pause": "buttons",
                "start_button": "button.start_charging",
                "stop_button": "button.stop_charging",
            },
            (),
            id="buttons",
        ),
        pytest.param(
            [an_entity("select.mode", options=("Normal", "Solar", "Pause"))],
            {
                "pause": "select",
                "pause_select": "select.mode",
                "charging_option": "Normal",
                "paused_option": "Pause",
            },
            (),
            id="select",
        ),
        pytest.param([], {}, (), id="nothing"),
        pytest.param([an_entity("button.start_charging")], {}, (), id="a start alone"),
        pytest.param(
            [an_entity("select.mode", options=("Normal", "On", "Off"))], {}, (), id="two mean on"
        ),
        pytest.param(
            [an_entity("switch.charging"), an_entity("switch.charge_enabled")],
            {},
            (),
            id="two switches",
        ),
    ],
)
def test_ways_to_pause(
    others: list[ChargerEntity], values: dict[str, object], notes: tuple[ChargerNote, ...]
) -> None:
    """What pauses is told by its name; where two would do, the user says which."""
    found = recognise_charger([a_number(), *others], 1)
    assert found == recognised(NUMBER | values, *notes)


@pytest.mark.parametrize(
    ("name", "pause"),
    [
        ("Charging", "switch"),
        ("Charge enabled", "switch"),
        ("Garage charger", "switch"),
        ("Allow charging", "switch"),
        ("Start charging", "switch"),
        ("EVSE enable", "switch"),
        ("Pause", "inverted_switch"),
        ("Charging paused", "inverted_switch"),
        ("Stop charging", "inverted_switch"),
        ("Block charging", "inverted_switch"),
        ("Disable charging", "inverted_switch"),
        ("Prevent charging", None),
        ("Charging schedule", None),
        ("Smart charging", None),
        ("Lock charger", None),
        ("Pause solar charging", None),
    ],
)
def test_names_of_switches(name: str, pause: str | None) -> None:
    """A switch that pauses while it is on is never taken for one that charges."""
    found = recognise_charger([a_number(), an_entity("switch.other", name=name)], 1)
    assert found is not None
    assert found.values.get("pause") == pause


def test_zero_amperes_may_pause() -> None:
    """A range that begins at 0 A may mean a pause, or no limit at all: the user has to try."""
    assert recognise_charger([a_number(minimum=0)], 1) == recognised(
        {
            "current_number": "number.charging_current",
            "max_charger_current_a": 16,
            "pause": "zero",
        },
        ChargerNote.TRY_ZERO,
    )


@pytest.mark.parametrize(
    ("minimum", "maximum", "currents"),
    [
        pytest.param(
            6, 32, {"min_ev_current_a": 6, "max_charger_current_a": 32}, id="a usual range"
        ),
        pytest.param(6.0, 31.9, {"min_ev_current_a": 6, "max_charger_current_a": 31}, id="floored"),
        pytest.param(
            7.5, 16, {"min_ev_current_a": 8, "max_charger_current_a": 16}, id="raised to whole"
        ),
        pytest.param(1, 16, {"max_charger_current_a": 16}, id="from 1 A"),
        pytest.param(5, 16, {"max_charger_current_a": 16}, id="below the standard"),
        pytest.param(6, 100, {"min_ev_current_a": 6}, id="a number's default"),
        pytest.param(-32, 32, {"max_charger_current_a": 32}, id="discharging"),
        pytest.param(float("nan"), float("nan"), {}, id="not a number"),
        pytest.param(6, float("inf"), {"min_ev_current_a": 6}, id="without an end"),
        pytest.param(None, None, {}, id="not known"),
    ],
)
def test_range_of_the_number(
    minimum: float | None, maximum: float | None, currents: dict[str, int]
) -> None:
    """The range of the number fills in the currents, where it says anything of them."""
    found = recognise_charger([a_number(minimum=minimum, maximum=maximum)], 1)
    assert found == recognised({"current_number": "number.charging_current"} | currents)


@pytest.mark.parametrize(
    "name",
    [
        "minimum current",
        "solar start current",
        "fallback current",
        "safe current",
        "main fuse",
        "grid current limit",
        "battery charging current",
        "max discharging current",
        "offline limit",
        "Set Max Ampere Limit",
        "current calibration",
        "L1 current limit",
    ],
)
def test_other_numbers_are_not_set(name: str) -> None:
    """A number in amperes that is a limit of something else makes no charger, and is never set."""
    other = an_entity("number.other", "A", name=name, minimum=0, maximum=32)
    assert recognise_charger([other], 1) is None
    assert recognise_charger([a_number(), other], 1) == recognised(NUMBER)


@pytest.mark.parametrize(
    "numbers",
    [
        pytest.param(
            [
                an_entity("number.charger_1_charging_current", "A"),
                an_entity("number.charger_2_charging_current", "A"),
            ],
            id="two chargers",
        ),
        pytest.param([an_entity("number.brightness", "%")], id="another unit"),
        pytest.param([an_entity("number.charging_current", "mA")], id="milliamperes"),
        pytest.param([an_entity("sensor.charging_current", "A")], id="no number"),
        pytest.param([], id="nothing"),
    ],
)
def test_no_charger(numbers: list[ChargerEntity]) -> None:
    """Without one number that can only be the charger's, nothing is filled in."""
    assert recognise_charger(numbers, 1) is None


def test_number_without_a_unit_yet() -> None:
    """While a number has never said anything, its device class tells."""
    number = replace(a_number(unit=None), device_class="current")
    assert recognise_charger([number], 1) == recognised(NUMBER)


def test_entity_without_a_name() -> None:
    """Its id tells then."""
    assert recognise_charger([replace(a_number(), name="")], 1) == recognised(NUMBER)


def draws(*found: ChargerEntity, phase_count: int = 3) -> dict[str, object]:
    """Return the draw sensors of a device with these entities."""
    charger = recognise_charger([a_number(), *found], phase_count)
    assert charger is not None
    return {key: charger.values[key] for key in DRAW_SENSORS if key in charger.values}


PHASES = [an_entity(f"sensor.current_l{phase}", "A") for phase in (1, 2, 3)]


@pytest.mark.parametrize(
    ("phase_count", "found"),
    [
        (1, {"draw_sensor": "sensor.current_l1"}),
        (2, {"draw_sensor": "sensor.current_l1", "draw_sensor_l2": "sensor.current_l2"}),
        (
            3,
            {
                "draw_sensor": "sensor.current_l1",
                "draw_sensor_l2": "sensor.current_l2",
                "draw_sensor_l3": "sensor.current_l3",
            },
        ),
    ],
)
def test_draw_of_each_phase(phase_count: int, found: dict[str, object]) -> None:
    """As many sensors as the site has phases, before one of all."""
    power = an_entity("sensor.power", "W")
    assert draws(*PHASES, power, phase_count=phase_count) == found


def test_draw_of_some_phases_is_none() -> None:
    """A sensor of L1 alone is not the draw of three phases; the power of all is."""
    assert draws(PHASES[0], an_entity("sensor.power", "kW")) == {"draw_sensor": "sensor.power"}
    assert draws(PHASES[0]) == {}


@pytest.mark.parametrize(
    "name",
    [
        "current limit",
        "max current",
        "offered current",
        "available current",
        "grid power",
        "house power",
        "solar power",
        "current N",
        "pilot current",
        "charging current",
    ],
)
def test_other_sensors_are_no_draw(name: str) -> None:
    """What may flow, what flows elsewhere, and what only mirrors the number are no draw."""
    unit = "W" if "power" in name else "A"
    assert draws(an_entity("sensor.other", unit, name=name)) == {}


def test_two_draws_are_none() -> None:
    """Between two powers nobody can choose but the user."""
    assert draws(an_entity("sensor.power", "W"), an_entity("sensor.charge_power", "W")) == {}


def test_disabled_sensors_are_named() -> None:
    """What would measure each phase is named; the power of all is used until it is enabled."""
    device = [a_number(), *PHASES, an_entity("sensor.power", "W")]
    asleep = [phase.entity_id for phase in PHASES]
    assert recognise_charger(disabled(device, *asleep), 3) == RecognisedCharger(
        platform="mqtt",
        values={"control": "entities", "draw_sensor": "sensor.power"} | NUMBER,
        notes=BY_NAMES,
        disabled=tuple(asleep),
    )


def test_disabled_number_is_named() -> None:
    """A charger whose number is disabled is known all the same: it has to be enabled."""
    asleep = disabled([a_number()], "number.charging_current")
    assert recognise_charger(asleep, 1) == RecognisedCharger(
        platform="mqtt",
        values={"control": "entities", "max_charger_current_a": 16, "min_ev_current_a": 6},
        notes=BY_NAMES,
        disabled=("number.charging_current",),
    )


@pytest.mark.parametrize(
    "status",
    [
        an_entity("sensor.evse", options=("idle", "charging", "error")),
        an_entity("sensor.charger_status"),
        an_entity("binary_sensor.car", device_class="battery_charging"),
    ],
    ids=["by its words", "by its name", "by its class"],
)
def test_status_sensor(status: ChargerEntity) -> None:
    """The sensor that says whether the car charges, and not that of a radio or a door."""
    others = [an_entity("sensor.wifi_status"), an_entity("binary_sensor.lock_state")]
    found = recognise_charger([a_number(), status, *others], 1)
    assert found == recognised(NUMBER | {"status_sensor": status.entity_id})


def test_helpers_on_the_device_are_not_mixed_in() -> None:
    """A helper that is shown on a charger's device is another integration's."""
    helper = of_platform("utility_meter", an_entity("sensor.session_energy", "kWh"))
    template = of_platform("template", a_number("number.my_charging_current"))
    found = recognise_charger([*template, *helper, *alfen()], 3)
    assert found == recognise_charger(alfen(), 3)


def test_taken_number() -> None:
    """A number that already sets another charger is not filled in again."""
    found = recognise_charger([a_number()], 1, {"number.charging_current"})
    assert found == RecognisedCharger(
        platform="mqtt", values={}, notes=(ChargerNote.ALL_SOCKETS_TAKEN,)
    )


TEXTS = sorted(
    {text for row in KNOWN_CHARGERS for text in (*row.entities.values(), row.phase_draw)}
    | {"charging_current", "current_l1", "status", "charging", "pause", "start", "power"}
)

ENTITIES = st.builds(
    ChargerEntity,
    entity_id=st.builds(
        "{}.{}".format,
        st.sampled_from(["number", "switch", "select", "button", "sensor", "binary_sensor"]),
        st.integers(0, 9),
    ),
    platform=st.sampled_from(sorted({row.platform for row in KNOWN_CHARGERS} | {"mqtt"})),
    domain=st.sampled_from(["number", "switch", "select", "button", "sensor", "binary_sensor"]),
    translation_key=st.none(),
    unique_id=st.sampled_from(TEXTS),
    name=st.sampled_from(TEXTS) | st.text(max_size=5),
    device_class=st.sampled_from([None, "current", "battery_charging"]),
    unit=st.sampled_from([None, "A", "mA", "W", "kWh", "%"]),
    options=st.tuples(st.sampled_from(["charging", "Normal", "on"]), st.text(max_size=3)),
    minimum=st.none() | st.floats(),
    maximum=st.none() | st.floats(),
    step=st.none() | st.floats(),
    is_enabled=st.booleans(),
)


@given(device=st.lists(ENTITIES, max_size=8), phase_count=st.integers(1, 3))
def test_any_device(device: Sequence[ChargerEntity], phase_count: int) -> None:
    """Whatever a device has: only what is enabled is filled in, and only what is not is named."""
    found = recognise_charger(device, phase_count)
    if found is None:
        return
    by_id: dict[str, list[ChargerEntity]] = {}
    for entity in device:
        by_id.setdefault(entity.entity_id, []).append(entity)
    for key, value in found.values.items():
        if key.endswith(("_number", "_switch", "_button", "_select", "_sensor")):
            assert any(entity.is_enabled for entity in by_id[value]), key
    for key in DRAW_SENSORS[:phase_count]:
        if key in found.values:
            units = {entity.unit for entity in by_id[found.values[key]]}
            assert units & (LOAD_UNITS | {None}), key
    if "energy_sensor" in found.values:
        units = {entity.unit for entity in by_id[found.values["energy_sensor"]]}
        assert units & (ENERGY_UNITS | {None})
    assert not set(DRAW_SENSORS[phase_count:]) & found.values.keys()
    for entity_id in found.disabled:
        assert not all(entity.is_enabled for entity in by_id[entity_id])
