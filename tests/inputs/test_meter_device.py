"""A meter's device: what is recognised of an integration that no row knows, and what never is."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_components.ev_lb.inputs.known_meters import KNOWN_METERS
from custom_components.ev_lb.inputs.meter_device import Candidate, Channel, Recognised, recognise
from custom_components.ev_lb.inputs.units import ENERGY_UNITS, LOAD_UNITS, VOLTAGE_UNITS

L123 = ("l1", "l2", "l3")
NUMBERS = ("1", "2", "3")
LETTERS = ("a", "b", "c")


def a_sensor(
    name: str, unit: str | None = "W", *, platform: str = "mqtt", unique_id: str = ""
) -> Candidate:
    """Return an enabled sensor whose entity id follows its name."""
    return Candidate(
        entity_id=f"sensor.{(unique_id or name).casefold().replace(' ', '_')}",
        platform=platform,
        translation_key=None,
        unique_id=unique_id,
        name=name,
        device_class=None,
        unit=unit,
        is_enabled=True,
    )


def sensors(platform: str, **names: tuple[str, ...]) -> list[Candidate]:
    """Return sensors, listed by unit."""
    return [
        a_sensor(name, unit, platform=platform)
        for unit, of_unit in names.items()
        for name in of_unit
    ]


def each(*texts: str, names: Iterable[str] = NUMBERS) -> tuple[str, ...]:
    """Return the texts for each phase."""
    return tuple(text.format(name) for name in names for text in texts)


def channel_of(sensors: Mapping[str, Any]) -> Channel:
    """Return a channel of these sensors, by their roles."""
    return Channel(**sensors)


def phases(names: Iterable[str], **texts: str) -> tuple[Channel, ...]:
    """Return channels whose sensors differ by the phase's name alone."""
    return tuple(
        channel_of({role: f"sensor.{text.format(name)}" for role, text in texts.items()})
        for name in names
    )


def test_slimmelezer() -> None:
    """Recorded from zuidwijk/slimmelezer, Mini/config.yaml: ESPHome's DSMR component."""
    device = sensors(
        "esphome",
        W=(
            "Power Consumed",
            "Power Produced",
            *each("Power Consumed Phase {}", "Power Produced Phase {}"),
        ),
        kW=(
            "Current Average Demand",
            "Maximum Month Demand",
            "13 Month Maximum Quarterly Demand",
        ),
        A=each("Current Phase {}"),
        V=each("Voltage Phase {}"),
        kWh=("Energy Consumed Tariff 1", "Energy Produced Tariff 1"),
        dBm=("Wi-Fi Signal",),
    )
    assert recognise(device) == Recognised(
        total=Channel(power="sensor.power_consumed", export="sensor.power_produced"),
        phases=phases(
            NUMBERS,
            power="power_consumed_phase_{}",
            export="power_produced_phase_{}",
            current="current_phase_{}",
            voltage="voltage_phase_{}",
        ),
    )


def test_esphome_dsmr_with_its_own_words() -> None:
    """Recorded from esphome/components/dsmr/sensor.py: delivered is to the house."""
    device = sensors(
        "esphome",
        kW=(
            "power_delivered",
            "power_returned",
            *each("power_delivered_{}", "power_returned_{}", names=L123),
        ),
        A=each("current_{}", names=L123),
        V=each("voltage_{}", names=L123),
        kvar=each("reactive_power_delivered_{}", names=L123),
    )
    assert recognise(device) == Recognised(
        total=Channel(power="sensor.power_delivered", export="sensor.power_returned"),
        phases=phases(
            L123,
            power="power_delivered_{}",
            export="power_returned_{}",
            current="current_{}",
            voltage="voltage_{}",
        ),
    )


def test_amsleser() -> None:
    """Recorded from UtilitechAS/amsreader-firmware, HomeAssistantStatic.h."""
    device = sensors(
        "mqtt",
        W=("Active import", "Active export", *each("L{} active import", "L{} active export")),
        var=("Reactive import", "Reactive export"),
        A=each("L{} current"),
        V=(*each("L{} voltage"), "Supply volt"),
        kWh=("Accumulated active import", "Month max", "Tariff threshold"),
    )
    assert recognise(device) == Recognised(
        total=Channel(power="sensor.active_import", export="sensor.active_export"),
        phases=phases(
            NUMBERS,
            power="l{}_active_import",
            export="l{}_active_export",
            current="l{}_current",
            voltage="l{}_voltage",
        ),
    )


def test_p1ib() -> None:
    """Recorded from remne/p1ib#34 and #55, where "(solar)" is import less export."""
    device = sensors(
        "mqtt",
        kW=(
            "P1IB Active power plus Q1 Q4",
            "P1IB Active power minus Q2 Q3",
            *each("P1IB Active power plus L{}", "P1IB Active power minus L{}"),
            *each("P1IB Active power L{} (solar)"),
        ),
        kVAr=each("P1IB Reactive power plus L{}"),
        A=each("P1IB Current L{}"),
        V=each("P1IB Voltage L{}"),
        kWh=("P1IB Hourly active import Q1 Q4",),
    )
    assert recognise(device) == Recognised(
        total=Channel(
            power="sensor.p1ib_active_power_plus_q1_q4",
            export="sensor.p1ib_active_power_minus_q2_q3",
        ),
        phases=phases(
            NUMBERS,
            power="p1ib_active_power_plus_l{}",
            export="p1ib_active_power_minus_l{}",
            current="p1ib_current_l{}",
            voltage="p1ib_voltage_l{}",
        ),
    )


def test_dsmr_reader() -> None:
    """Recorded from dsmr_reader/definitions.py: the names of DSMR-reader's topics."""
    device = sensors(
        "mqtt",
        kW=(
            "electricity_currently_delivered",
            "electricity_currently_returned",
            *each("phase_currently_delivered_{}", "phase_currently_returned_{}", names=L123),
        ),
        A=each("phase_power_current_{}", names=L123),
        V=each("phase_voltage_{}", names=L123),
        kWh=("electricity_delivered_1", "electricity_returned_1"),
    )
    assert recognise(device) == Recognised(
        total=Channel(
            power="sensor.electricity_currently_delivered",
            export="sensor.electricity_currently_returned",
        ),
        phases=phases(
            L123,
            power="phase_currently_delivered_{}",
            export="phase_currently_returned_{}",
            current="phase_power_current_{}",
            voltage="phase_voltage_{}",
        ),
    )


def zigbee(*properties: str, unit: str) -> list[Candidate]:
    """Return what Zigbee2MQTT announces of a device: names are the properties' in words."""
    return [
        a_sensor(
            text.replace("_", " ").capitalize(), unit, unique_id=f"0x00158d0001_{text}_zigbee2mqtt"
        )
        for text in properties
    ]


def test_zigbee_without_a_name_for_phase_a() -> None:
    """Recorded from Koenkk/zigbee-herdsman-converters, SPM02-U01: phase A is the one unnamed."""
    device = [
        *zigbee("power", "power_phase_b", "power_phase_c", unit="W"),
        *zigbee("power_apparent", "power_apparent_phase_b", unit="VA"),
        *zigbee("power_reactive", "power_reactive_phase_b", unit="VAR"),
        *zigbee("current", "current_phase_b", "current_phase_c", unit="A"),
        *zigbee("voltage", "voltage_phase_b", "voltage_phase_c", unit="V"),
        *zigbee("energy", "produced_energy", unit="kWh"),
    ]
    ending = "0x00158d0001_{}{{}}_zigbee2mqtt"
    assert recognise(device) == Recognised(
        phases=phases(
            ("", "_phase_b", "_phase_c"),
            power=ending.format("power"),
            current=ending.format("current"),
            voltage=ending.format("voltage"),
        )
    )


def test_zigbee_with_three_lettered_phases() -> None:
    """Recorded from zigbee2mqtt.io, TS0601_3_phase_clamp_meter: A, B and C are phases."""
    device = [
        *zigbee("power", "power_a", "power_b", "power_c", unit="W"),
        *zigbee("current", "current_a", "current_b", "current_c", unit="A"),
        *zigbee("voltage_a", "voltage_b", "voltage_c", unit="V"),
        *zigbee("energy", "energy_a", unit="kWh"),
    ]
    ending = "0x00158d0001_{}_{{}}_zigbee2mqtt"
    assert recognise(device) == Recognised(
        total=Channel(
            power="sensor.0x00158d0001_power_zigbee2mqtt",
            current="sensor.0x00158d0001_current_zigbee2mqtt",
        ),
        phases=phases(
            LETTERS,
            power=ending.format("power"),
            current=ending.format("current"),
            voltage=ending.format("voltage"),
        ),
    )


def test_zigbee_with_two_channels() -> None:
    """The circuits of a PJ-1203A are no phases, and neither is named as the supply's."""
    device = [
        *zigbee("power_a", "power_b", "power_ab", unit="W"),
        *zigbee("current_a", "current_b", unit="A"),
        *zigbee("voltage", unit="V"),
    ]
    assert (
        recognise(device)
        == Recognised(total=Channel(voltage="sensor.0x00158d0001_voltage_zigbee2mqtt"))
        or recognise(device) == Recognised()
    )


def test_split_phase() -> None:
    """Two legs are two phases."""
    device = sensors("esphome", W=("Phase A Power", "Phase B Power", "Total Power"))
    assert recognise(device) == Recognised(
        total=Channel(power="sensor.total_power"), phases=phases(("a", "b"), power="phase_{}_power")
    )


def test_single_circuits_are_not_the_supply() -> None:
    """Beside circuits, the sensor that is named as the whole is taken."""
    circuits = sensors("esphome", W=("Circuit 1 Power", "Circuit 2 Power"))
    assert recognise(circuits) == Recognised()
    found = recognise([*circuits, a_sensor("Grid Power", platform="esphome")])
    assert found == Recognised(total=Channel(power="sensor.grid_power"))


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        pytest.param(
            ("Net Power", "Power Import", "Power Export"),
            Channel(power="sensor.net_power"),
            id="signed before a pair",
        ),
        pytest.param(
            ("Power Import", "Power Export"),
            Channel(power="sensor.power_import", export="sensor.power_export"),
            id="a pair",
        ),
        pytest.param(
            ("Import Export",), Channel(power="sensor.import_export"), id="both in one: signed"
        ),
        pytest.param(("Power Import",), Channel(power="sensor.power_import"), id="import alone"),
        pytest.param(("Power Production",), Channel(), id="production alone"),
        pytest.param(("Solar Power", "Battery Power"), Channel(), id="sun and battery"),
        pytest.param(("Peak Power", "Power Max", "Average Power"), Channel(), id="not now"),
    ],
)
def test_power_of_the_whole_supply(names: tuple[str, ...], expected: Channel) -> None:
    """Signed power is better than a pair, a pair than import alone, and production is no load."""
    assert recognise(sensors("esphome", W=names)) == Recognised(total=expected)


def test_apparent_power_will_do() -> None:
    """Some meters say nothing else (the French Linky)."""
    device = [a_sensor("Apparent power", "VA")]
    assert recognise(device) == Recognised(total=Channel(power="sensor.apparent_power"))
    found = recognise([*device, a_sensor("Power")])
    assert found == Recognised(total=Channel(power="sensor.power"))


def test_disabled_sensors_are_named_and_not_taken() -> None:
    """What would fill an empty place is named; what has an enabled alternative is not."""
    enabled = sensors("mqtt", W=("Power L1",), A=("Current L1",))
    disabled = [
        replace(sensor, is_enabled=False)
        for sensor in sensors("mqtt", W=("Power L2", "Power import L1"), V=("Voltage L1",))
    ]
    assert recognise([*enabled, *disabled]) == Recognised(
        phases=(Channel(power="sensor.power_l1", current="sensor.current_l1"), Channel()),
        disabled=("sensor.voltage_l1", "sensor.power_l2"),
    )


def test_device_of_which_all_is_disabled() -> None:
    """Nothing can be used, and all that would fit is named."""
    device = [
        replace(sensor, is_enabled=False)
        for sensor in sensors("mqtt", W=("Power",), kWh=("Energy",), V=("Voltage",))
    ]
    assert recognise(device) == Recognised(disabled=("sensor.power", "sensor.voltage"))


def test_nothing_is_recognised() -> None:
    """A device that measures something else leads to the plain form."""
    assert recognise([]) == Recognised()
    volts = a_sensor("Voltage", "V")
    assert recognise([volts]) == recognise([replace(volts, is_enabled=False)]) == Recognised()
    assert recognise([a_sensor("Temperature", "°C"), a_sensor("RSSI", "dBm")]) == Recognised()


def test_meter_that_counts_the_other_way_round_is_not_taken() -> None:
    """Export as positive power (SolarEdge) would hide an overload behind the sun."""
    device = sensors("solaredge_modbus_multi", W=("AC Power",), A=("AC Current",))
    assert recognise(device) == Recognised()


def test_sensor_without_a_unit() -> None:
    """One that has never said anything is known by its device class."""
    silent = replace(a_sensor("Power", None), device_class="power")
    assert recognise([silent]) == Recognised(total=Channel(power="sensor.power"))
    assert recognise([replace(silent, device_class="energy")]) == Recognised()
    assert recognise([replace(silent, device_class=None)]) == Recognised()


def test_sensors_of_helpers_are_not_mixed_in() -> None:
    """A helper's sensor on the meter's device is not the meter's."""
    derivative = a_sensor("Grid power", platform="derivative", unique_id="01J")
    meter = a_sensor("", platform="powerfox", unique_id="9x_power")
    assert recognise([derivative, meter]) == Recognised(total=Channel(power="sensor.9x_power"))


WORDS = (
    *("Power", "Current", "Voltage", "Energy", "Apparent", "Reactive", "L1", "L2", "L3"),
    *("Phase A", "Phase B", "phase_3", "Import", "Export", "Produced", "Net", "Grid", "Total"),
    *("a", "b", "c", "Solar", "Max"),
)
UNITS = [*LOAD_UNITS, *VOLTAGE_UNITS, *ENERGY_UNITS, "var", "%", "dBm", None]
ENDINGS = sorted(
    text.replace("{}", phase)
    for meter in KNOWN_METERS
    for text in (*meter.total.values(), *meter.per_phase.values())
    for phase in meter.phases or ("",)
)
PLATFORMS = sorted({meter.platform for meter in KNOWN_METERS} | {"mqtt", "esphome"})


@st.composite
def devices(draw: st.DrawFn) -> list[Candidate]:
    """Draw a device with sensors of any names, kinds and states."""
    platforms = draw(st.lists(st.sampled_from(PLATFORMS), min_size=1, max_size=2))
    return [
        Candidate(
            entity_id=f"sensor.number_{index}",
            platform=draw(st.sampled_from(platforms)),
            translation_key=None,
            unique_id=f"1{draw(st.sampled_from(['', *ENDINGS]))}",
            name=" ".join(draw(st.lists(st.sampled_from(WORDS), max_size=4))),
            device_class=draw(st.sampled_from(["power", "current", "voltage", "energy", None])),
            unit=draw(st.sampled_from(sorted(UNITS, key=str))),
            is_enabled=draw(st.booleans()),
            is_own=draw(st.booleans()),
        )
        for index in range(draw(st.integers(min_value=0, max_value=12)))
    ]


@given(devices())
def test_no_entity_twice_and_no_energy(device: list[Candidate]) -> None:
    """Whatever a device is like: a sensor has one place, counts no energy, and can be used."""
    found = recognise(device)
    by_id = {candidate.entity_id: candidate for candidate in device}
    taken = [
        entity_id
        for channel in (found.total, *found.phases)
        for entity_id in (channel.power, channel.export, channel.current, channel.voltage)
        if entity_id is not None
    ]
    named = [*taken, *found.disabled]
    assert len(set(named)) == len(named)
    assert all(by_id[entity_id].is_enabled for entity_id in taken)
    assert not any(by_id[entity_id].is_enabled for entity_id in found.disabled)
    measured = {by_id[entity_id].unit for entity_id in named}
    assert measured <= LOAD_UNITS | VOLTAGE_UNITS | {None}
    assert len({by_id[entity_id].platform for entity_id in named}) <= 1
    assert all(channel.export is None or channel.power is not None for channel in found.phases)
