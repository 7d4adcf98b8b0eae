"""What core's integrations say of their chargers' entities: imported and printed.

Run as a process of its own, by `test_known_chargers.py`, as `core_definitions` is: libraries that
are not installed here are replaced by modules in which every name is an empty class.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from inspect import isclass
from typing import Any, cast

from homeassistant.helpers.entity import Entity, EntityDescription

from tests.inputs.core_definitions import MissingLibraries

TABLES: Mapping[str, tuple[str, ...]] = {
    "besen": (
        "number.BesenChargingCurrentNumber",
        "select.SELECT_DESCRIPTIONS",
        "sensor.SENSOR_DESCRIPTIONS",
        "switch.BesenChargeSwitch",
    ),
    "blue_current": (
        "button.CHARGE_POINT_BUTTONS",
        "sensor.SENSORS",
        "sensor.TIMESTAMP_SENSORS",
        "switch.SWITCHES",
    ),
    "lektrico": (
        "button.BUTTONS_FOR_CHARGERS",
        "number.NUMBERS",
        "select.SELECTS",
        "sensor.SENSORS_FOR_1_PHASE",
        "sensor.SENSORS_FOR_3_PHASE",
        "sensor.SENSORS_FOR_CHARGERS",
        "sensor.SENSORS_FOR_LB_DEVICES",
        "switch.SWITCHS_FOR_3_PHASE_CHARGERS",
        "switch.SWITCHS_FOR_ALL_CHARGERS",
    ),
    "nrgkick": (
        "binary_sensor.BINARY_SENSORS",
        "number.NUMBERS",
        "number.PHASE_COUNT_DESCRIPTION",
        "sensor.SENSORS",
        "switch.NRGkickChargingEnabledSwitch",
    ),
    "ohme": (
        "button.BUTTON_DESCRIPTIONS",
        "number.NUMBER_DESCRIPTION",
        "select.MODE_SELECT_DESCRIPTION",
        "sensor.SENSORS",
        "switch.SWITCH_CONFIG",
        "switch.SWITCH_DESCRIPTION",
    ),
    "openevse": (
        "binary_sensor.BINARY_SENSOR_TYPES",
        "button.BUTTON_TYPES",
        "number.NUMBER_TYPES",
        "select.SELECT_TYPES",
        "sensor.SENSOR_TYPES",
        "switch.SWITCH_TYPES",
    ),
    "peblar": (
        "binary_sensor.DESCRIPTIONS",
        "button.DESCRIPTIONS",
        "number.PeblarChargeCurrentLimitNumberEntity",
        "select.DESCRIPTIONS",
        "sensor.DESCRIPTIONS",
        "switch.DATA_DESCRIPTIONS",
        "switch.USER_CONFIG_DESCRIPTIONS",
    ),
    "shelly": ("number.RPC_NUMBERS", "sensor.RPC_SENSORS", "switch.RPC_SWITCHES"),
    "silla_prism": (
        "number.PrismUserCurrentNumber",
        "select.PrismModeSelect",
        "sensor.SENSORS",
    ),
    "technove": (
        "binary_sensor.BINARY_SENSORS",
        "number.NUMBERS",
        "sensor.SENSORS",
        "switch.SWITCHES",
    ),
    "tesla_fleet": (
        "number.VEHICLE_DESCRIPTIONS",
        "sensor.VEHICLE_DESCRIPTIONS",
        "switch.VEHICLE_DESCRIPTIONS",
    ),
    "tesla_wall_connector": (
        "binary_sensor.WALL_CONNECTOR_SENSORS",
        "sensor.WALL_CONNECTOR_SENSORS",
    ),
    "teslemetry": (
        "number.VEHICLE_DESCRIPTIONS",
        "sensor.VEHICLE_DESCRIPTIONS",
        "switch.VEHICLE_DESCRIPTIONS",
    ),
    "tessie": ("number.VEHICLE_DESCRIPTIONS", "sensor.DESCRIPTIONS", "switch.DESCRIPTIONS"),
    "tuya": (
        "number.NUMBERS[qccdz]",
        "select.SELECTS[qccdz]",
        "sensor.SENSORS[qccdz]",
        "switch.SWITCHES[qccdz]",
    ),
    "v2c": (
        "binary_sensor.TRYDAN_SENSORS",
        "number.TRYDAN_NUMBER_SETTINGS",
        "select.TRYDAN_SELECTS",
        "sensor.TRYDAN_SENSORS",
        "switch.TRYDAN_SWITCHES",
    ),
    "wallbox": (
        "button.BUTTON_TYPES",
        "number.NUMBER_TYPES",
        "select.SELECT_TYPES",
        "sensor.SENSOR_TYPES",
        "switch.SWITCH_TYPES",
    ),
}


def described(source: object, name: str = "") -> Iterator[dict[str, Any]]:
    """Yield what a table, a description or an entity's class says, with the table's name for it."""
    if isclass(source) and issubclass(source, Entity):
        yield of_class(source)
    elif hasattr(source, "entity_registry_enabled_default"):
        yield of_description(cast(EntityDescription, source), name)
    elif isinstance(source, Mapping):
        for key, entry in cast(Mapping[object, object], source).items():
            yield from described(entry, key if isinstance(key, str) else "")
    else:
        for entry in cast(Iterable[object], source):
            yield from described(entry)


def of_description(description: EntityDescription, name: str) -> dict[str, Any]:
    """Return what a description says."""
    says = {field: getattr(description, field, None) for field in NUMBERS_AND_TEXTS}
    unit = getattr(description, "suggested_unit_of_measurement", None)
    options = getattr(description, "options", None)
    return {
        "id": name or description.key,
        "key": description.key,
        "unique_id": getattr(description, "unique_id", None),
        "name": description.name if isinstance(description.name, str) else "",
        "role": getattr(description, "role", None),
        "models": sorted(cast(Iterable[str], getattr(description, "models", None) or ())),
        "unit": unit or says["native_unit_of_measurement"],
        "options": list(cast(Iterable[str], options or ())),
        "is_enabled": description.entity_registry_enabled_default,
    } | says


def of_class(of: type[Entity]) -> dict[str, Any]:
    """Return what a class says that needs no description; its key is in its code."""
    entity: Any = object.__new__(of)
    says = {field: getattr(entity, f"_attr_{field}", None) for field in NUMBERS_AND_TEXTS}
    return {
        "id": of.__name__,
        "key": None,
        "unique_id": None,
        "name": "",
        "role": None,
        "models": [],
        "unit": says["native_unit_of_measurement"],
        "options": list(getattr(entity, "_attr_options", None) or ()),
        "is_enabled": getattr(entity, "_attr_entity_registry_enabled_default", True),
    } | says


NUMBERS_AND_TEXTS = (
    "translation_key",
    "device_class",
    "native_unit_of_measurement",
    "native_min_value",
    "native_max_value",
    "native_step",
)
"""What a description and a class say by the same names."""


def table_of(integration: str, path: str) -> object:
    """Return a table by its module and name; "[…]" picks one of its entries."""
    module, _, name = path.partition(".")
    name, _, entry = name.partition("[")
    table = getattr(import_module(f"homeassistant.components.{integration}.{module}"), name)
    return table[entry.removesuffix("]")] if entry else table


def main() -> None:
    """Print every table."""
    sys.meta_path.append(cast(Any, MissingLibraries()))
    definitions = {
        integration: {path: list(described(table_of(integration, path))) for path in paths}
        for integration, paths in TABLES.items()
    }
    json.dump(definitions, sys.stdout, default=str)


if __name__ == "__main__":
    main()
