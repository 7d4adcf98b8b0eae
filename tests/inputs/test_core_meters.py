"""Core's meters are recognised by what their integrations define today.

Descriptions are the integrations' own, imported by `core_definitions`; how a unique id is formed is
a template that must still stand in their code. A release that renames either turns a test red.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import homeassistant.components
import pytest

from custom_components.ev_lb.inputs.known_meters import KNOWN_METERS
from custom_components.ev_lb.inputs.meter_device import Candidate, Channel, Recognised, recognise

ROOT = Path(__file__).parents[2]
COMPONENTS = Path(homeassistant.components.__file__).parent

L123 = ("l1", "l2", "l3")
NUMBERS = ("1", "2", "3")
LETTERS = ("a", "b", "c")

DESCRIBED = "{description.key}"
"""What a template says for the sensor's key, unless it says it in another way."""

type Definitions = dict[str, dict[str, list[dict[str, Any]]]]


@pytest.fixture(scope="module")
def definitions() -> Definitions:
    """Return core's description tables, by integration and name."""
    printed = subprocess.run(
        [sys.executable, "-m", "tests.inputs.core_definitions"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(printed.stdout)


def code_of(integration: str, file: str = "sensor.py") -> str:
    """Return the code of a core integration."""
    return (COMPONENTS / integration / file).read_text()


def prefix(integration: str, template: str, file: str = "sensor.py", **parts: str) -> str:
    """Return what comes before the key in an integration's unique ids: the rest of its template.

    A part's name is the last name of the expression in the code.
    """
    assert f'f"{template}"' in code_of(integration, file), f"{integration} forms them otherwise"
    formed = template.removesuffix(DESCRIBED)
    for name, value in parts.items():
        start, _, rest = formed.partition("{")
        expression, _, end = rest.partition("}")
        assert expression.endswith(name)
        formed = f"{start}{value}{end}"
    assert "{" not in formed
    return formed


def sensors(
    definitions: Definitions,
    integration: str,
    *tables: str,
    start: str,
    only: Callable[[dict[str, Any]], bool] = bool,
) -> list[Candidate]:
    """Return the sensors that an integration makes of its tables."""
    return [
        Candidate(
            entity_id=f"sensor.{described['id']}",
            platform=integration,
            translation_key=described["translation_key"],
            unique_id=f"{start}{described['id']}",
            name=described["name"],
            device_class=described["device_class"],
            unit=described["unit"],
            is_enabled=described["is_enabled"],
        )
        for table in tables
        for described in definitions[integration][table]
        if only(described)
    ]


def enabled(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Return them after their user has enabled them all."""
    return [replace(candidate, is_enabled=True) for candidate in candidates]


def of_part(candidates: Iterable[Candidate], part: str) -> list[Candidate]:
    """Return them with their entity ids told apart from those of the device's other parts."""
    return [
        replace(candidate, entity_id=candidate.entity_id.replace(".", f".{part}_", 1))
        for candidate in candidates
    ]


def seen_from_another(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Return them as another device of the same config entry was picked."""
    return [replace(candidate, is_own=False) for candidate in candidates]


def channel_of(sensors: Mapping[str, Any]) -> Channel:
    """Return a channel of these sensors, by their roles."""
    return Channel(**sensors)


def phases(names: Iterable[str], **texts: str) -> tuple[Channel, ...]:
    """Return channels whose sensors differ by the phase's name alone."""
    return tuple(
        channel_of({role: f"sensor.{text.format(name)}" for role, text in texts.items()})
        for name in names
    )


def ids(names: Iterable[str], *texts: str) -> tuple[str, ...]:
    """Return the entity ids of each phase, phase after phase."""
    return tuple(f"sensor.{text.format(name)}" for name in names for text in texts)


def dsmr(definitions: Definitions) -> list[Candidate]:
    """Return the sensors of DSMR, whose units come with the telegram."""
    assert 'f"{device_serial}_{entity_description.key}"' in code_of("dsmr")
    units = {"power": "kW", "current": "A", "voltage": "V", "energy": "kWh"}
    return [
        replace(sensor, unit=units.get(sensor.device_class or ""))
        for sensor in sensors(definitions, "dsmr", "SENSORS", start="E0047000036352518_")
    ]


DSMR_TOTAL = Channel(
    power="sensor.current_electricity_usage", export="sensor.current_electricity_delivery"
)


def test_dsmr_as_installed(definitions: Definitions) -> None:
    """The total is found; the phases, all disabled, are named."""
    assert recognise(dsmr(definitions)) == Recognised(
        total=DSMR_TOTAL,
        disabled=ids(
            L123,
            "instantaneous_active_power_{}_positive",
            "instantaneous_active_power_{}_negative",
            "instantaneous_current_{}",
            "instantaneous_voltage_{}",
        ),
    )


def test_dsmr_with_all_enabled(definitions: Definitions) -> None:
    """Pairs, currents and volts per phase; no limit, demand or count is taken for one."""
    assert recognise(enabled(dsmr(definitions))) == Recognised(
        total=DSMR_TOTAL,
        phases=phases(
            L123,
            power="instantaneous_active_power_{}_positive",
            export="instantaneous_active_power_{}_negative",
            current="instantaneous_current_{}",
            voltage="instantaneous_voltage_{}",
        ),
    )


def test_dsmr_with_one_phase(definitions: Definitions) -> None:
    """A meter of one phase has no sensors of the others."""
    of_one = [
        sensor
        for sensor in enabled(dsmr(definitions))
        if "_l2" not in sensor.unique_id and "_l3" not in sensor.unique_id
    ]
    assert recognise(of_one) == Recognised(
        total=DSMR_TOTAL,
        phases=phases(
            ["l1"],
            power="instantaneous_active_power_{}_positive",
            export="instantaneous_active_power_{}_negative",
            current="instantaneous_current_{}",
            voltage="instantaneous_voltage_{}",
        ),
    )


def homewizard(definitions: Definitions) -> list[Candidate]:
    """Return the sensors of a HomeWizard P1 or kWh meter."""
    template = "{coordinator.config_entry.unique_id}_{description.key}"
    start = prefix("homewizard", template, unique_id="HWE-P1_3c39e7aabbcc")
    return sensors(definitions, "homewizard", "SENSORS", start=start)


def test_homewizard_as_installed(definitions: Definitions) -> None:
    """Signed power per phase; the disabled currents and volts are named, apparent power is not."""
    assert recognise(homewizard(definitions)) == Recognised(
        total=Channel(power="sensor.active_power_w"),
        phases=phases(L123, power="active_power_{}_w"),
        disabled=ids(L123, "active_current_{}_a", "active_voltage_{}_v"),
    )


def test_homewizard_with_all_enabled(definitions: Definitions) -> None:
    """Real power is taken before apparent power."""
    assert recognise(enabled(homewizard(definitions))) == Recognised(
        total=Channel(
            power="sensor.active_power_w",
            current="sensor.active_current_a",
            voltage="sensor.active_voltage_v",
        ),
        phases=phases(
            L123,
            power="active_power_{}_w",
            current="active_current_{}_a",
            voltage="active_voltage_{}_v",
        ),
    )


def test_tibber(definitions: Definitions) -> None:
    """A pair for the whole supply, currents and volts per phase; no average, minimum or maximum."""
    template = "{self._tibber_home.home_id}_rt_{description.key}"
    start = prefix("tibber", template, home_id="4242")
    assert recognise(sensors(definitions, "tibber", "RT_SENSORS", start=start)) == Recognised(
        total=Channel(power="sensor.power", export="sensor.powerProduction"),
        phases=tuple(
            Channel(current=f"sensor.current{phase}", voltage=f"sensor.voltagePhase{phase[1]}")
            for phase in ("L1", "L2", "L3")
        ),
    )


def shelly(definitions: Definitions, component: str) -> list[Candidate]:
    """Return the sensors of a component of a Shelly of generation 2 or later: em:0, em1:1."""
    start = prefix(
        "shelly", "{coordinator.mac}-{key}", "entity.py", mac="AABBCCDDEEFF", key=component
    )
    assert 'f"{super().unique_id}-{attribute}"' in code_of("shelly", "entity.py")
    kind = component.partition(":")[0]
    return sensors(
        definitions,
        "shelly",
        "RPC_SENSORS",
        start=f"{start}-",
        only=lambda described: described["key"] == kind,
    )


def shelly_gen1(definitions: Definitions, channel: int) -> list[Candidate]:
    """Return the sensors of a channel of a Shelly of generation 1."""
    template = "{coordinator.mac}-{block.description}"
    block = f"emeter_{channel}"
    start = prefix("shelly", template, "entity.py", mac="AABBCCDDEEFF", description=block)
    assert 'f"{super().unique_id}-{self.attribute}"' in code_of("shelly", "entity.py")
    found = sensors(
        definitions,
        "shelly",
        "BLOCK_SENSORS",
        start="",
        only=lambda described: described["key"].startswith("emeter|"),
    )
    attributes = [(sensor, sensor.unique_id.partition("|")[2]) for sensor in found]
    return [
        replace(sensor, unique_id=f"{start}-{attribute}", entity_id=f"sensor.{block}_{attribute}")
        for sensor, attribute in attributes
    ]


def test_shelly_pro_3em(definitions: Definitions) -> None:
    """Its phases are devices of their own: whichever is picked, all three are found."""
    meter = shelly(definitions, "em:0")
    expected = Recognised(
        total=Channel(power="sensor.total_act_power"),
        phases=phases(LETTERS, power="{}_act_power"),
        disabled=ids(LETTERS, "{}_current", "{}_voltage"),
    )
    assert recognise(meter) == expected
    assert recognise(seen_from_another(meter)) == expected


def test_shelly_pro_3em_with_all_enabled(definitions: Definitions) -> None:
    """The neutral's current and the sum of the currents are no phase's."""
    assert recognise(enabled(shelly(definitions, "em:0"))) == Recognised(
        total=Channel(power="sensor.total_act_power"),
        phases=phases(LETTERS, power="{}_act_power", current="{}_current", voltage="{}_voltage"),
    )


@pytest.mark.parametrize("kind", ["em1", "pm1"])
def test_shelly_channel(definitions: Definitions, kind: str) -> None:
    """A channel's device is one circuit; the other channel's is not looked at."""
    picked = of_part(shelly(definitions, f"{kind}:0"), "first")
    other = seen_from_another(of_part(enabled(shelly(definitions, f"{kind}:1")), "second"))
    assert recognise([*other, *picked]) == Recognised(
        total=Channel(power=f"sensor.first_power_{kind}"),
        disabled=(f"sensor.first_current_{kind}", f"sensor.first_voltage_{kind}"),
    )


def test_shelly_3em_of_generation_1(definitions: Definitions) -> None:
    """Three channels are three phases, each a device; the picked one is one of them."""
    picked = shelly_gen1(definitions, 1)
    others = [*shelly_gen1(definitions, 0), *shelly_gen1(definitions, 2)]
    assert recognise([*picked, *seen_from_another(others)]) == Recognised(
        phases=phases(
            ("0", "1", "2"),
            power="emeter_{}_power",
            current="emeter_{}_current",
            voltage="emeter_{}_voltage",
        )
    )


def test_shelly_em_of_generation_1(definitions: Definitions) -> None:
    """Two channels are two circuits: only the picked one's device is the meter."""
    picked, other = shelly_gen1(definitions, 1), shelly_gen1(definitions, 0)
    assert recognise([*picked, *seen_from_another(other)]) == Recognised(
        total=Channel(
            power="sensor.emeter_1_power",
            current="sensor.emeter_1_current",
            voltage="sensor.emeter_1_voltage",
        )
    )
    assert recognise(seen_from_another([*picked, *other])) == Recognised()


ENVOY_TABLES = (
    "PRODUCTION_SENSORS",
    "PRODUCTION_PHASE_SENSORS",
    "CONSUMPTION_SENSORS",
    "CONSUMPTION_PHASE_SENSORS",
    "NET_CONSUMPTION_SENSORS",
    "NET_CONSUMPTION_PHASE_SENSORS",
)
CT_TABLES = ("CT_SENSORS", "CT_PHASE_SENSORS")


def envoy(definitions: Definitions, *tables: str) -> list[Candidate]:
    """Return the sensors of an Envoy."""
    template = "{self.envoy_serial_num}_{description.key}"
    start = prefix("enphase_envoy", template, envoy_serial_num="122233344455")
    return sensors(definitions, "enphase_envoy", *tables, start=start)


def test_enphase_envoy_as_installed(definitions: Definitions) -> None:
    """The net meter at the grid is taken, not what the house draws or the sun gives."""
    assert recognise(envoy(definitions, *ENVOY_TABLES, *CT_TABLES)) == Recognised(
        total=Channel(power="sensor.net_consumption"),
        disabled=(
            "sensor.net_ct_current",
            "sensor.voltage",
            *ids(L123, "net_consumption_{}", "net_ct_current_{}", "voltage_{}"),
        ),
    )


def test_enphase_envoy_with_all_enabled(definitions: Definitions) -> None:
    """The net meter's phases, of all the meters that an Envoy can have."""
    assert recognise(enabled(envoy(definitions, *ENVOY_TABLES, *CT_TABLES))) == Recognised(
        total=Channel(
            power="sensor.net_consumption",
            current="sensor.net_ct_current",
            voltage="sensor.voltage",
        ),
        phases=phases(
            L123, power="net_consumption_{}", current="net_ct_current_{}", voltage="voltage_{}"
        ),
    )


def test_enphase_envoy_without_a_net_meter(definitions: Definitions) -> None:
    """What the house draws is the next best."""
    assert recognise(envoy(definitions, *ENVOY_TABLES)) == Recognised(
        total=Channel(power="sensor.consumption"), disabled=ids(L123, "consumption_{}")
    )


def fronius_meter(definitions: Definitions) -> list[Candidate]:
    """Return the sensors of a Fronius Smart Meter."""
    start = prefix("fronius", "{meter_uid}-{description.key}", meter_uid="18460377")
    return sensors(definitions, "fronius", "METER_ENTITY_DESCRIPTIONS", start=start)


def test_fronius_meter_as_installed(definitions: Definitions) -> None:
    """The phases are disabled, and named."""
    assert recognise(fronius_meter(definitions)) == Recognised(
        total=Channel(power="sensor.power_real"),
        disabled=ids(NUMBERS, "power_real_phase_{}", "current_ac_phase_{}", "voltage_ac_phase_{}"),
    )


def test_fronius_meter_with_all_enabled(definitions: Definitions) -> None:
    """Real power and the volts of a phase; not those between two."""
    assert recognise(enabled(fronius_meter(definitions))) == Recognised(
        total=Channel(power="sensor.power_real"),
        phases=phases(
            NUMBERS,
            power="power_real_phase_{}",
            current="current_ac_phase_{}",
            voltage="voltage_ac_phase_{}",
        ),
    )


def test_fronius_power_flow(definitions: Definitions) -> None:
    """The pair that is enabled will do; once the signed one is enabled, it is better."""
    template = "{coordinator.solar_net.solar_net_device_id}-power_flow-{description.key}"
    start = prefix("fronius", template, solar_net_device_id="solar_net_123")
    flow = sensors(definitions, "fronius", "POWER_FLOW_ENTITY_DESCRIPTIONS", start=start)
    assert recognise(flow) == Recognised(
        total=Channel(power="sensor.power_grid_import", export="sensor.power_grid_export")
    )
    assert recognise(enabled(flow)) == Recognised(total=Channel(power="sensor.power_grid"))


@pytest.mark.parametrize("table", ["INVERTER_ENTITY_DESCRIPTIONS", "STORAGE_ENTITY_DESCRIPTIONS"])
def test_fronius_inverter_and_battery_are_no_meter(definitions: Definitions, table: str) -> None:
    """What they give is not what the house draws."""
    assert recognise(enabled(sensors(definitions, "fronius", table, start="1-"))) == Recognised()


def test_solaredge_cloud_is_no_meter(definitions: Definitions) -> None:
    """It is 15 minutes old."""
    assert recognise(sensors(definitions, "solaredge", "SENSOR_TYPES", start="1_")) == Recognised()


def solaredge_meter(definitions: Definitions) -> list[Candidate]:
    """Return the sensors of a meter behind a SolarEdge inverter."""
    template = "{serial_number}_{key_prefix}{description.key}"
    identity = 'key_prefix=f"meter_{identity}_"'
    assert identity in code_of("solaredge_modbus", "entity.py")
    start = prefix(
        "solaredge_modbus",
        template,
        "entity.py",
        serial_number="7E1A2B3C",
        key_prefix="meter_4321_",
    )
    return sensors(definitions, "solaredge_modbus", "METER_SENSORS", start=start)


def test_solaredge_meter(definitions: Definitions) -> None:
    """Its power counts the other way round, and is taken so."""
    assert recognise(enabled(solaredge_meter(definitions))) == Recognised(
        total=Channel(
            power="sensor.ac_power",
            current="sensor.ac_current",
            voltage="sensor.ac_voltage",
            is_reversed=True,
        ),
        phases=tuple(
            replace(channel, is_reversed=True)
            for channel in phases(
                LETTERS,
                power="ac_power_phase_{}",
                current="ac_current_phase_{}",
                voltage="ac_voltage_phase_{}n",
            )
        ),
    )
    assert recognise(solaredge_meter(definitions)).disabled == ids(LETTERS, "ac_voltage_phase_{}n")


@pytest.mark.parametrize("table", ["INVERTER_SENSORS", "BATTERY_SENSORS"])
def test_solaredge_inverter_and_battery_are_no_meter(definitions: Definitions, table: str) -> None:
    """What they give is not what the house draws."""
    candidates = sensors(definitions, "solaredge_modbus", table, start="7E1A2B3C_battery_1_")
    assert recognise(enabled(candidates)) == Recognised()


def test_p1_monitor(definitions: Definitions) -> None:
    """Totals and phases are two devices: whichever is picked, both are found."""
    template = "{entry.runtime_data.config_entry.entry_id}_{service}_{description.key}"
    found = {
        service: sensors(
            definitions,
            "p1_monitor",
            table,
            start=prefix("p1_monitor", template, entry_id="01JABC", service=service),
        )
        for service, table in (
            ("smartmeter", "SENSORS_SMARTMETER"),
            ("phases", "SENSORS_PHASES"),
            ("settings", "SENSORS_SETTINGS"),
        )
    }
    assert recognise(
        [*found["phases"], *seen_from_another(found["smartmeter"] + found["settings"])]
    ) == Recognised(
        total=Channel(power="sensor.power_consumption", export="sensor.power_production"),
        phases=phases(
            L123,
            power="power_consumed_phase_{}",
            export="power_produced_phase_{}",
            current="current_phase_{}",
            voltage="voltage_phase_{}",
        ),
    )


def test_youless(definitions: Definitions) -> None:
    """The power now and the phases; neither the peaks nor the pulse input."""
    assert 'f"{DOMAIN}_{device}_{description.key}"' in code_of("youless")
    meter = sensors(definitions, "youless", "SENSOR_TYPES", start="youless_2b:ff_")
    assert recognise(meter) == Recognised(
        total=Channel(power="sensor.usage"),
        phases=phases(
            NUMBERS,
            power="phase_{}_power",
            current="phase_{}_current",
            voltage="phase_{}_voltage",
        ),
    )


def sma(definitions: Definitions) -> list[Candidate]:
    """Return the sensors of an SMA device, which are told by their names."""
    assert "self._attr_name = f\"{device_name or 'SMA'} {sensor_name}\"" in code_of("sma")
    found = sensors(definitions, "sma", "SENSOR_ENTITIES", start="3005-")
    return [
        replace(sensor, name=f"SN: 3005 {sensor.name}", unique_id=f"3005-6100_{index:08X}_0")
        for index, sensor in enumerate(found)
    ]


def test_sma(definitions: Definitions) -> None:
    """What the meter says, not what the inverter gives; only its volts are disabled."""
    assert recognise(sma(definitions)) == Recognised(
        total=Channel(
            power="sensor.metering_power_absorbed", export="sensor.metering_power_supplied"
        ),
        phases=phases(
            L123,
            power="metering_active_power_draw_{}",
            export="metering_active_power_feed_{}",
            current="metering_current_{}",
        ),
        disabled=ids(L123, "metering_voltage_{}"),
    )


def test_sma_inverter_is_no_meter(definitions: Definitions) -> None:
    """Without a meter, an inverter's L1 to L3 and grid power are what it gives."""
    inverter = [sensor for sensor in sma(definitions) if "Metering" not in sensor.name]
    assert recognise(enabled(inverter)) == Recognised()


@pytest.mark.parametrize(
    ("integration", "table", "template", "part"),
    [
        ("powerfox", "SENSORS_POWER", "{device.id}_{description.key}", "id"),
        ("powerfox_local", "SENSORS", "{coordinator.device_id}_{description.key}", "device_id"),
    ],
    ids=["powerfox", "powerfox_local"],
)
def test_powerfox(
    definitions: Definitions, integration: str, table: str, template: str, part: str
) -> None:
    """One signed power."""
    start = prefix(integration, template, **{part: "9x9x1f12xx3x"})
    found = recognise(sensors(definitions, integration, table, start=start))
    assert found == Recognised(total=Channel(power="sensor.power"))


def refoss(definitions: Definitions, channels: int) -> list[Candidate]:
    """Return the sensors of a Refoss with so many channels."""
    assert 'f"{mac}_{channel}"' in code_of("refoss", "entity.py")
    assert 'f"{super().unique_id}{description.key}"' in code_of("refoss")
    return [
        sensor
        for channel in range(1, channels + 1)
        for sensor in of_part(
            sensors(definitions, "refoss", "SENSORS", start=f"aa:bb_{channel}"), str(channel)
        )
    ]


@pytest.mark.parametrize(
    ("channels", "names"), [(6, ("1", "2", "3")), (18, ("1", "7", "13"))], ids=["em06", "em16"]
)
def test_refoss(definitions: Definitions, channels: int, names: tuple[str, ...]) -> None:
    """A1, B1 and C1 are the phases; the other channels are other circuits."""
    shown = code_of("refoss", "const.py").replace(" ", "")
    assert all(f'{name}:"{letter}1",' in shown for name, letter in zip(names, "ABC", strict=True))
    assert recognise(refoss(definitions, channels)) == Recognised(
        phases=phases(names, power="{}_power", current="{}_current", voltage="{}_voltage")
    )


def iotawatt(definitions: Definitions, *names: str) -> list[Candidate]:
    """Return the power sensors of an IoTaWatt's inputs, named by the user, and its volts."""
    code = code_of("iotawatt")
    assert 'f"{data.hub_mac_address}-input-{data.getChannel()}-{data.getUnit()}"' in code
    assert "return self._sensor_data.getName()" in code
    inputs = [(name, "Watts") for name in names] + [("Voltage", "Volts")]
    return [
        replace(
            sensor,
            entity_id=f"sensor.{name.casefold()}",
            name=name,
            unique_id=f"aabb-input-{channel}-{unit}",
        )
        for channel, (name, unit) in enumerate(inputs)
        for sensor in sensors(
            definitions,
            "iotawatt",
            "ENTITY_DESCRIPTION_KEY_MAP",
            start="",
            only=lambda described, unit=unit: described["key"] == unit,
        )
    ]


def test_iotawatt(definitions: Definitions) -> None:
    """Inputs are named by the user: only those that are named as the supply's are taken."""
    assert recognise(iotawatt(definitions, "Main_1", "Main_2", "Dryer")) == Recognised(
        phases=phases(["1", "2"], power="main_{}")
    )
    assert recognise(iotawatt(definitions, "Mains", "Dryer")) == Recognised(
        total=Channel(power="sensor.mains")
    )
    assert recognise(iotawatt(definitions, "Oven", "Dryer")) == Recognised()


def test_egauge(definitions: Definitions) -> None:
    """Each register is a device; the picked one is the supply's."""
    template = "{coordinator.serial_number}_{register_name}_{description.key}"
    start = prefix("egauge", template, serial_number="ABC123", register_name="Grid")
    found = recognise(sensors(definitions, "egauge", "SENSORS", start=start))
    assert found == Recognised(
        total=Channel(power="sensor.power", current="sensor.current", voltage="sensor.voltage")
    )


@pytest.mark.parametrize(
    ("power", "voltage"),
    [("power{}", "phase{}Voltage"), ("phase{}Power", "voltage{}")],
    ids=["power1", "phase1Power"],
)
def test_discovergy(definitions: Definitions, power: str, voltage: str) -> None:
    """Power and volts per phase are disabled; meters spell them in two ways."""
    assert 'f"{meter.full_serial_number}-{data_key}"' in code_of("discovergy")
    code = code_of("discovergy")
    spelled = [text.format(number) for text in (power, voltage) for number in NUMBERS]
    assert all(f'"{text}"' in code for text in ("power", *spelled))
    described = sensors(definitions, "discovergy", "ELECTRICITY_SENSORS", start="")
    total, *others = (sensor for sensor in described if sensor.unit in ("W", "V"))
    respelled = [
        replace(sensor, unique_id=f"00-{text}", entity_id=f"sensor.{text}")
        for sensor, text in zip(others, spelled, strict=True)
    ]
    meter = [replace(total, unique_id="00-power"), *respelled]
    assert recognise(meter) == Recognised(
        total=Channel(power="sensor.power"), disabled=ids(NUMBERS, power, voltage)
    )
    assert recognise(enabled(meter)) == Recognised(
        total=Channel(power="sensor.power"), phases=phases(NUMBERS, power=power, voltage=voltage)
    )


def test_sense() -> None:
    """What the house draws, and neither its sun nor one appliance.

    The sensors are classes without descriptions, so they are recorded here, from sense/sensor.py
    and const.py of Home Assistant 2026.10.
    """
    code, constants = code_of("sense"), code_of("sense", "const.py")
    assert 'f"{ACTIVE_TYPE}-{variant_id}"' in code
    assert 'f"{sense_monitor_id}-{unique_id}"' in code_of("sense", "entity.py")
    assert 'ACTIVE_TYPE = "active"' in constants
    assert 'CONSUMPTION_ID = "usage"' in constants
    recorded = {
        "m1-active-usage": ("power", "W"),
        "m1-active-production": ("power", "W"),
        "m1-L1": ("voltage", "V"),
        "m1-L2": ("voltage", "V"),
        "m1-daily-usage": ("energy", "kWh"),
        "m1-d7-usage": ("power", "W"),
    }
    monitor = [
        Candidate(
            entity_id=f"sensor.{unique_id}",
            platform="sense",
            translation_key=None,
            unique_id=unique_id,
            name="",
            device_class=device_class,
            unit=unit,
            is_enabled=True,
        )
        for unique_id, (device_class, unit) in recorded.items()
    ]
    assert recognise(monitor) == Recognised(total=Channel(power="sensor.m1-active-usage"))


def test_iskra(definitions: Definitions) -> None:
    """Real power of the whole and of each phase; not the apparent and reactive."""
    start = prefix("iskra", "{coordinator.device.serial}_{description.key}", serial="10001")
    assert recognise(sensors(definitions, "iskra", "SENSOR_TYPES", start=start)) == Recognised(
        total=Channel(power="sensor.total_active_power"),
        phases=phases(
            NUMBERS, power="phase{}_power", current="phase{}_current", voltage="phase{}_voltage"
        ),
    )


def test_known_integrations_exist() -> None:
    """A row of an integration that core has given up would never be met; one is not core's."""
    platforms = {meter.platform for meter in KNOWN_METERS}
    missing = {platform for platform in platforms if not (COMPONENTS / platform).is_dir()}
    assert missing == {"solaredge_modbus_multi"}
