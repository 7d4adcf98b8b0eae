"""What core's integrations say of their sensors: their description tables, imported and printed.

Run as a process of its own, by `test_core_meters.py`. The integrations import libraries that are
not installed here; their place is taken by modules in which every name is an empty class, so that
what runs is core's own code. What a description takes from a library is in `FROM_LIBRARIES`.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum, IntEnum
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, ClassVar, cast

from homeassistant.components.sensor import SensorEntityDescription

TABLES: Mapping[str, tuple[str, ...]] = {
    "discovergy": ("ELECTRICITY_SENSORS",),
    "dsmr": ("SENSORS",),
    "egauge": ("SENSORS",),
    "enphase_envoy": (
        "PRODUCTION_SENSORS",
        "PRODUCTION_PHASE_SENSORS",
        "CONSUMPTION_SENSORS",
        "CONSUMPTION_PHASE_SENSORS",
        "NET_CONSUMPTION_SENSORS",
        "NET_CONSUMPTION_PHASE_SENSORS",
        "CT_SENSORS",
        "CT_PHASE_SENSORS",
    ),
    "fronius": (
        "INVERTER_ENTITY_DESCRIPTIONS",
        "METER_ENTITY_DESCRIPTIONS",
        "POWER_FLOW_ENTITY_DESCRIPTIONS",
        "STORAGE_ENTITY_DESCRIPTIONS",
    ),
    "homewizard": ("SENSORS",),
    "iotawatt": ("ENTITY_DESCRIPTION_KEY_MAP",),
    "iskra": ("SENSOR_TYPES",),
    "p1_monitor": ("SENSORS_SMARTMETER", "SENSORS_PHASES", "SENSORS_SETTINGS"),
    "powerfox": ("SENSORS_POWER",),
    "powerfox_local": ("SENSORS",),
    "refoss": ("SENSORS",),
    "shelly": ("BLOCK_SENSORS", "RPC_SENSORS"),
    "sma": ("SENSOR_ENTITIES",),
    "solaredge": ("SENSOR_TYPES",),
    "solaredge_modbus": ("INVERTER_SENSORS", "METER_SENSORS", "BATTERY_SENSORS"),
    "tibber": ("RT_SENSORS", "SENSORS", "DATA_API_SENSORS"),
    "youless": ("SENSOR_TYPES",),
}

LIBRARIES = frozenset(
    {
        "aiopowerwall",
        "aioshelly",
        "aiosolaredge",
        "aiousbwatcher",
        "besen",
        "bleak",
        "bleak_retry_connector",
        "bluecurrent_api",
        "dsmr_parser",
        "egauge_async",
        "fronius_modbus",
        "habluetooth",
        "homewizard_energy",
        "iotawattpy",
        "lektricowifi",
        "modbus_connection",
        "nrgkick_api",
        "ohme",
        "openevsehttp",
        "p1monitor",
        "peblar",
        "powerfox",
        "pydiscovergy",
        "pyenphase",
        "pyfronius",
        "pyiskra",
        "pymodbus",
        "pysillaprism",
        "pysma",
        "pytrydan",
        "refoss_ha",
        "serialx",
        "solaredge_web",
        "solaredged",
        "technove",
        "tesla_fleet_api",
        "tesla_wall_connector",
        "teslemetry_stream",
        "tessie_api",
        "tibber",
        "tuya_device_handlers",
        "tuya_sharing",
        "wallbox",
        "youless_api",
    }
)
"""What the integrations import and may be missing here; where it is installed, it is used."""

TechnoveStatus = Enum(
    "Status",
    {
        name.upper(): name
        for name in (
            "unknown",
            "unplugged",
            "plugged_waiting",
            "plugged_charging",
            "ventilation_required",
            "pilot_fault",
            "evse_fault",
            "ground_fault",
            "out_of_activation_period",
            "high_tariff_period",
        )
    },
)

FROM_LIBRARIES: Mapping[str, Mapping[str, object]] = {
    "besen.const": {"MIN_CHARGE_AMPS": 6, "FALLBACK_MAX_CHARGE_AMPS": 32},
    "pyenphase.const": {"PHASENAMES": ["L1", "L2", "L3"]},
    "pysillaprism": {
        "SETTABLE_MODES": tuple(IntEnum("PortMode", ["SOLAR", "NORMAL", "PAUSE"])),
    },
    "tesla_fleet_api.const": {"SERVERS": {}},
    "technove": {"MIN_CURRENT": 8, "Status": TechnoveStatus},
}


class Anything(type):
    """A class of which every attribute is another one."""

    def __getattr__(cls, name: str) -> Anything:
        """Return a name of a missing library."""
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything(name, (), {})

    def __getitem__(cls, item: object) -> Anything:
        """Return the class, whatever it is made generic in."""
        return cls

    def __iter__(cls) -> Iterator[Anything]:
        """Return no members."""
        return iter(())

    def __lt__(cls, other: object) -> bool:
        """Return that it may stand anywhere."""
        return False


class MissingModule(ModuleType):
    """A module in which every name exists."""

    __path__: ClassVar[list[str]] = []

    def __getattr__(self, name: str) -> object:
        """Return what a library has, or else something that has everything."""
        recorded = FROM_LIBRARIES.get(self.__name__, {})
        return recorded[name] if name in recorded else getattr(Anything("Anything", (), {}), name)


class MissingLibraries:
    """The last finder: what nobody else finds is missing."""

    def find_spec(self, name: str, path: object, target: object = None) -> ModuleSpec | None:
        """Return how to import a missing library."""
        is_missing = name.partition(".")[0] in LIBRARIES
        return ModuleSpec(name, cast(Any, self)) if is_missing else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return an empty module."""
        return MissingModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Run nothing."""


def described(table: object, name: str = "") -> Iterator[dict[str, Any]]:
    """Return the descriptions in a table of any form, each with the name that the table gives it.

    They are told by what they have: a plain `SensorEntityDescription` is no instance of its class.
    """
    if hasattr(table, "native_unit_of_measurement"):
        sensor = cast(SensorEntityDescription, table)
        unit = sensor.suggested_unit_of_measurement or sensor.native_unit_of_measurement
        yield {
            "id": name or sensor.key,
            "key": sensor.key,
            "translation_key": sensor.translation_key,
            "name": sensor.name if isinstance(sensor.name, str) else "",
            "device_class": sensor.device_class,
            "unit": unit,
            "is_enabled": sensor.entity_registry_enabled_default,
        }
    elif isinstance(table, Mapping):
        for key, entry in cast(Mapping[object, object], table).items():
            is_entry = hasattr(entry, "native_unit_of_measurement") and isinstance(key, str)
            yield from described(entry, str(key) if is_entry else "")
    else:
        for entry in cast(Iterable[object], table):
            yield from described(entry)


def main() -> None:
    """Print every table."""
    sys.meta_path.append(cast(Any, MissingLibraries()))
    definitions: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for integration, tables in TABLES.items():
        module = import_module(f"homeassistant.components.{integration}.sensor")
        definitions[integration] = {
            table: list(described(getattr(module, table))) for table in tables
        }
    json.dump(definitions, sys.stdout)


if __name__ == "__main__":
    main()
