"""What the sensors of meters are called: the table that recognises a meter's device.

A row is one form of one integration's meter. Its texts are regular expressions that end where the
unique id ends (it survives renaming and translation); `{}` stands for the phase. `source` says
where the facts are from: a path is a file of Home Assistant's `components/`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """What a sensor says of a phase, or of the whole supply."""

    NET = "net"
    """Power, positive while drawing from the grid."""
    REVERSED = "reversed"
    """Power, negative while drawing from the grid."""
    IMPORTED = "imported"
    EXPORTED = "exported"
    APPARENT = "apparent"
    """In no row: those meters that tell it tell real power, too, which has a direction."""
    CURRENT = "current"
    VOLTAGE = "voltage"


NET, IMPORTED, EXPORTED = Role.NET, Role.IMPORTED, Role.EXPORTED
REVERSED = Role.REVERSED
CURRENT, VOLTAGE = Role.CURRENT, Role.VOLTAGE

L123 = ("l1", "l2", "l3")
NUMBERS = ("1", "2", "3")
LETTERS = ("a", "b", "c")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownMeter:
    """How an integration, or one kind of its devices, calls what it measures."""

    platform: str
    source: str
    total: Mapping[Role, str] = field(default_factory=dict[Role, str])
    per_phase: Mapping[Role, str] = field(default_factory=dict[Role, str])
    phases: tuple[str, ...] = ()
    """What stands for `{}`, from L1 on."""
    is_by_name: bool = False
    """The integration's unique ids do not tell; its names do and are not translated."""
    needs_all_phases: bool = False
    """With fewer, the same texts mean channels of a device that knows no phases."""
    spans_devices: bool = False
    """The sensors are spread over the devices of the meter's config entry."""


KNOWN_METERS = (
    KnownMeter(
        platform="dsmr",
        source="dsmr/sensor.py",
        total={
            IMPORTED: "_current_electricity_usage",
            EXPORTED: "_current_electricity_delivery",
        },
        per_phase={
            IMPORTED: "_instantaneous_active_power_{}_positive",
            EXPORTED: "_instantaneous_active_power_{}_negative",
            CURRENT: "_instantaneous_current_{}",
            VOLTAGE: "_instantaneous_voltage_{}",
        },
        phases=L123,
    ),
    KnownMeter(
        platform="homewizard",
        source="homewizard/sensor.py",
        total={
            NET: "_active_power_w",
            CURRENT: "_active_current_a",
            VOLTAGE: "_active_voltage_v",
        },
        per_phase={
            NET: "_active_power_{}_w",
            CURRENT: "_active_current_{}_a",
            VOLTAGE: "_active_voltage_{}_v",
        },
        phases=L123,
    ),
    KnownMeter(
        platform="tibber",
        source="tibber/sensor.py, RT_SENSORS",
        total={IMPORTED: "_rt_power", EXPORTED: "_rt_powerProduction"},
        per_phase={CURRENT: "_rt_currentL{}", VOLTAGE: "_rt_voltagePhase{}"},
        phases=NUMBERS,
    ),
    KnownMeter(  # a device for the meter and one for each phase
        platform="shelly",
        source="shelly/sensor.py, RPC_SENSORS (em: 3EM of generation 2 and later)",
        total={NET: "-total_act_power"},
        per_phase={
            NET: "-{}_act_power",
            CURRENT: "-{}_current",
            VOLTAGE: "-{}_voltage",
        },
        phases=LETTERS,
        spans_devices=True,
    ),
    KnownMeter(  # a device for each phase, named by the user
        platform="shelly",
        source="shelly/sensor.py, BLOCK_SENSORS (emeter: 3EM of generation 1)",
        per_phase={
            NET: "-emeter_{}-power",
            CURRENT: "-emeter_{}-current",
            VOLTAGE: "-emeter_{}-voltage",
        },
        phases=("0", "1", "2"),
        needs_all_phases=True,
        spans_devices=True,
    ),
    KnownMeter(  # a device for each channel: the user picks the one at the supply
        platform="shelly",
        source="shelly/sensor.py, BLOCK_SENSORS (EM of generation 1) and RPC_SENSORS (em1, pm1)",
        total={
            NET: "(-emeter_[01]-power|-power_(em1|pm1))",
            CURRENT: "(-emeter_[01]-current|-current_(em1|pm1))",
            VOLTAGE: "(-emeter_[01]-voltage|-voltage_(em1|pm1))",
        },
    ),
    KnownMeter(
        platform="enphase_envoy",
        source="enphase_envoy/sensor.py, CT_SENSORS of the net consumption meter",
        total={NET: r"\d_net_consumption", CURRENT: "_net_ct_current", VOLTAGE: r"\d_voltage"},
        per_phase={
            NET: r"\d_net_consumption_{}",
            CURRENT: "_net_ct_current_{}",
            VOLTAGE: r"\d_voltage_{}",
        },
        phases=L123,
    ),
    KnownMeter(  # without a meter at the grid: what the house draws, its own sun included
        platform="enphase_envoy",
        source="enphase_envoy/sensor.py, CONSUMPTION_SENSORS",
        total={IMPORTED: r"\d_consumption"},
        per_phase={IMPORTED: r"\d_consumption_{}"},
        phases=L123,
    ),
    KnownMeter(  # "load" side meters count what is drawn as negative: at the grid only
        platform="fronius",
        source="fronius/sensor.py, METER_ENTITY_DESCRIPTIONS",
        total={NET: "-power_real"},
        per_phase={
            NET: "-power_real_phase_{}",
            CURRENT: "-current_ac_phase_{}",
            VOLTAGE: "-voltage_ac_phase_{}",
        },
        phases=NUMBERS,
    ),
    KnownMeter(
        platform="fronius",
        source="fronius/sensor.py, POWER_FLOW_ENTITY_DESCRIPTIONS",
        total={
            NET: "-power_flow-power_grid",
            IMPORTED: "-power_flow-power_grid_import",
            EXPORTED: "-power_flow-power_grid_export",
        },
    ),
    KnownMeter(  # 15 minutes old, and of the production: unusable
        platform="solaredge",
        source="solaredge/sensor.py",
    ),
    KnownMeter(  # counts export as positive: WillCodeForCats/solaredge-modbus-multi#928
        platform="solaredge_modbus",
        source="solaredge_modbus/sensor.py, METER_SENSORS; entity.py for the prefix",
        total={
            REVERSED: "_meter_.*_ac_power",
            CURRENT: "_meter_.*_ac_current",
            VOLTAGE: "_meter_.*_ac_voltage",
        },
        per_phase={
            REVERSED: "_meter_.*_ac_power_phase_{}",
            CURRENT: "_meter_.*_ac_current_phase_{}",
            VOLTAGE: "_meter_.*_ac_voltage_phase_{}n",
        },
        phases=LETTERS,
    ),
    KnownMeter(  # its meters count the same way round; by their names they would be taken
        platform="solaredge_modbus_multi",
        source="WillCodeForCats/solaredge-modbus-multi#928",
    ),
    KnownMeter(  # one device with the totals, one with the phases
        platform="p1_monitor",
        source="p1_monitor/sensor.py",
        total={
            IMPORTED: "_smartmeter_power_consumption",
            EXPORTED: "_smartmeter_power_production",
        },
        per_phase={
            IMPORTED: "_phases_power_consumed_phase_{}",
            EXPORTED: "_phases_power_produced_phase_{}",
            CURRENT: "_phases_current_phase_{}",
            VOLTAGE: "_phases_voltage_phase_{}",
        },
        phases=L123,
        spans_devices=True,
    ),
    KnownMeter(
        platform="youless",
        source="youless/sensor.py; extra_usage is the pulse input",
        total={NET: "(?<!_extra)_usage"},
        per_phase={
            NET: "_phase_{}_power",
            CURRENT: "_phase_{}_current",
            VOLTAGE: "_phase_{}_voltage",
        },
        phases=NUMBERS,
    ),
    KnownMeter(  # the unique ids are register numbers of the inverter
        platform="sma",
        source="sma/sensor.py; what is not called metering is the inverter's",
        total={IMPORTED: "Metering Power Absorbed", EXPORTED: "Metering Power Supplied"},
        per_phase={
            IMPORTED: "Metering Active Power Draw {}",
            EXPORTED: "Metering Active Power Feed {}",
            CURRENT: "Metering Current {}",
            VOLTAGE: "Metering Voltage {}",
        },
        phases=("L1", "L2", "L3"),
        is_by_name=True,
    ),
    KnownMeter(
        platform="powerfox",
        source="powerfox/sensor.py, SENSORS_POWER",
        total={NET: "_power"},
    ),
    KnownMeter(
        platform="powerfox_local",
        source="powerfox_local/sensor.py",
        total={NET: "_power"},
    ),
    KnownMeter(  # 18 channels; A1, B1 and C1 are one circuit's three phases
        platform="refoss",
        source="refoss/sensor.py; const.py, CHANNEL_DISPLAY_NAME of the em16",
        per_phase={NET: "_{}power", CURRENT: "_{}current", VOLTAGE: "_{}voltage"},
        phases=("1", "7", "13"),
        needs_all_phases=True,
    ),
    KnownMeter(
        platform="refoss",
        source="refoss/sensor.py; const.py, CHANNEL_DISPLAY_NAME of the em06",
        per_phase={NET: "_{}power", CURRENT: "_{}current", VOLTAGE: "_{}voltage"},
        phases=NUMBERS,
    ),
    KnownMeter(  # inputs are named by the user; these are the names of its documentation
        platform="iotawatt",
        source="iotawatt/sensor.py; docs.iotawatt.com for the names",
        total={IMPORTED: "^(?i:mains?|grid|total)"},
        per_phase={IMPORTED: "^(?i:mains?|grid)[_ ]?(?i:l)?{}"},
        phases=NUMBERS,
        is_by_name=True,
    ),
    KnownMeter(  # a device for each register: the user picks the one at the supply
        platform="egauge",
        source="egauge/sensor.py; entity.py",
        total={NET: "_power", CURRENT: "_current", VOLTAGE: "_voltage"},
    ),
    KnownMeter(  # a meter uses one of the two spellings
        platform="discovergy",
        source="discovergy/sensor.py, ELECTRICITY_SENSORS",
        total={NET: "-power"},
        per_phase={NET: "-(power{}|phase{}Power)", VOLTAGE: "-(phase{}Voltage|voltage{})"},
        phases=NUMBERS,
    ),
    KnownMeter(  # what the house draws, its own sun included
        platform="sense",
        source="sense/sensor.py; const.py",
        total={IMPORTED: "-active-usage"},
    ),
    KnownMeter(
        platform="iskra",
        source="iskra/sensor.py; const.py",
        total={NET: "_total_active_power"},
        per_phase={NET: "_phase{}_power", CURRENT: "_phase{}_current", VOLTAGE: "_phase{}_voltage"},
        phases=NUMBERS,
    ),
)

# What every other integration's sensors are called: ESPHome's DSMR component and SlimmeLezer
# (zuidwijk/slimmelezer, Mini/config.yaml), Zigbee2MQTT (Koenkk/zigbee-herdsman-converters,
# e.power_phase_b; zigbee2mqtt.io, TS0601_3_phase_clamp_meter), P1IB (remne/p1ib#34, #55),
# AMSleser (UtilitechAS/amsreader-firmware, HomeAssistantStatic.h), DSMR-reader's topics
# (dsmr_reader/definitions.py; core's integration has no device to pick).
# Searched in words that are joined by "_": "Power Consumed Phase 1" is power_consumed_phase_1.

PHASE_WORDS = (
    r"(?:^|_)(?:l|phase_?l?|line_?)([123])(?:_|$)",
    r"(?:^|_)phase_?([abc])(?:_|$)",
    r"(?:^|_)([abc])_(?:act|active|aprt|apparent|power|current|voltage)(?:_|$)",
)

CHANNEL_OR_PHASE = r"(?:power|current|voltage)_([abc])$"
"""A phase beside a C: a two-channel meter has A and B (Zigbee2MQTT's PJ-1203A), and an A alone can
be an ampere."""

EXPORT_WORDS = (
    r"(?:^|_)(?:exports?|exported|returned|return|produced|production|injected|injection|delivery"
    r"|feed|fed|minus|negative|to_grid|gridin)(?:_|$)"
)

IMPORT_WORDS = (
    r"(?:^|_)(?:imports?|imported|consumed|consumption|usage|used|delivered|drawn?|plus|positive"
    r"|from_grid)(?:_|$)"
)

NOT_THE_LOAD = (
    # other quantities, and other times than now
    r"(?:^|_)(?:reactive|factor|pf|min|minimum|max|maximum|average|avg|mean|peak|tariff"
    r"|threshold|limit|fuse|rated|nominal|sag|swell|estimated|forecast|yesterday|today|month|hour"
    # other circuits
    r"|battery|batteries|storage|solar|pv|inverter|generator|dc|charger|ev|evse|car|vehicle"
    r"|neutral|residual|leakage|heat_pump"
    # the device's own supply, and the volts between two phases
    r"|supply_volt|supply_voltage|vcc|phase_to_phase|l1_l2|l2_l3|l3_l1|ab|bc|ca)(?:_|$)"
)

WHOLE_SUPPLY_WORDS = r"(?:^|_)(?:grid|mains?|net|total|site|house|home)(?:_|$)"
"""Beside sensors of single circuits, these name the supply."""
