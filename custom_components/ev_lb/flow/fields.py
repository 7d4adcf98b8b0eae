"""What the forms are made of, and the way between them and the flat values that are stored."""

from collections.abc import Iterable, Mapping
from typing import Any

import voluptuous as vol
from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.const import UnitOfElectricCurrent, UnitOfEnergy, UnitOfTime
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    EntitySelectorConfig,
    EntityWithDeviceFilterSelectorConfig,
    NumberSelectorConfig,
    NumberSelectorMode,
    Selector,
)

from ..const import (
    SECTION_CAR,
    SECTION_CHANNELS,
    SECTION_CIRCUIT,
    SECTION_COST,
    SECTION_METER,
    SECTION_PHASES,
    SECTION_TIMING,
)
from ..inputs.units import CURRENT_UNITS, LOAD_UNITS, VOLTAGE_UNITS
from .selectors import BooleanSelector, EntitySelector, NumberSelector

type Values = Mapping[str, Any]
"""What a dialog holds, flat, by the keys of `const.py`."""

type Errors = dict[str, str]
"""Error keys by the field or section they are shown at."""

type Warnings = dict[str, dict[str, str]]
"""Warning keys, each with the placeholders of its text."""

CONF_GO_BACK = "go_back"
"""The way back from the warnings: a flow has no button for it."""

SECTIONS = (
    SECTION_PHASES,
    SECTION_COST,
    SECTION_CHANNELS,
    SECTION_METER,
    SECTION_CIRCUIT,
    SECTION_CAR,
    SECTION_TIMING,
)


def whole_number(least: int, most: int, unit: str | None = None) -> vol.All[int]:
    """Return a field for a whole number."""
    config = NumberSelectorConfig(min=least, max=most, step=1, mode=NumberSelectorMode.BOX)
    if unit is not None:
        config["unit_of_measurement"] = unit
    return vol.All(NumberSelector(config), vol.Coerce(int))


def whole_number_in_section(unit: str) -> vol.All[int]:
    """Return a field for a whole number inside a section.

    Without limits: Home Assistant could not say at the field that one is broken, so the step
    checks them itself.
    """
    config = NumberSelectorConfig(step=1, mode=NumberSelectorMode.BOX, unit_of_measurement=unit)
    return vol.All(NumberSelector(config), vol.Coerce(int))


def whole_seconds() -> vol.All[int]:
    """Return a field for a time inside a section."""
    return whole_number_in_section(UnitOfTime.SECONDS)


def whole_amperes() -> vol.All[int]:
    """Return a field for a current inside a section."""
    return whole_number_in_section(UnitOfElectricCurrent.AMPERE)


def entity_of(domains: Iterable[str]) -> Selector[EntitySelectorConfig]:
    """Return a field for an entity of one of these domains."""
    return EntitySelector(
        EntitySelectorConfig(filter=EntityWithDeviceFilterSelectorConfig(domain=[*domains]))
    )


def sensor(
    device_classes: list[SensorDeviceClass], units: Iterable[str]
) -> Selector[EntitySelectorConfig]:
    """Return a field for a sensor that measures one of these."""
    measuring = EntityWithDeviceFilterSelectorConfig(
        domain=SENSOR_DOMAIN, device_class=[*device_classes]
    )
    # Home-made sensors often have a unit, but no device class.
    in_units = EntityWithDeviceFilterSelectorConfig(
        domain=SENSOR_DOMAIN, unit_of_measurement=sorted(units)
    )
    return EntitySelector(EntitySelectorConfig(filter=[measuring, in_units]))


ENERGY_SENSOR = sensor([SensorDeviceClass.ENERGY], UnitOfEnergy)
LOAD_SENSOR = sensor(
    [SensorDeviceClass.POWER, SensorDeviceClass.APPARENT_POWER, SensorDeviceClass.CURRENT],
    LOAD_UNITS,
)
CURRENT_SENSOR = sensor([SensorDeviceClass.CURRENT], CURRENT_UNITS)
VOLTAGE_SENSOR = sensor([SensorDeviceClass.VOLTAGE], VOLTAGE_UNITS)

SENSOR_FIELDS: Mapping[frozenset[str], Selector[EntitySelectorConfig]] = {
    LOAD_UNITS: LOAD_SENSOR,
    CURRENT_UNITS: CURRENT_SENSOR,
    VOLTAGE_UNITS: VOLTAGE_SENSOR,
}
"""The field for a sensor that can have these units."""


def flat(user_input: Values, schema: vol.Schema, shown: Values) -> dict[str, Any]:
    """Return what a form sent with its sections undone, as it is stored.

    A section that was not sent is as the form has shown it: an emptied one is sent empty.
    """
    values = dict(user_input)
    for name, kind in schema.schema.items():
        if isinstance(kind, section):
            if name not in values:
                fields = map(str, kind.schema.schema)
                values[name] = kind({key: shown[key] for key in fields if key in shown})
            values |= values.pop(name)
    return values


def nested(values: Values) -> dict[str, Any]:
    """Return the stored values as suggestions for a form with sections."""
    return {**values, **dict.fromkeys(SECTIONS, values)}


def names_of(schema: vol.Schema) -> set[str]:
    """Return the names of a form's fields, those inside its sections too."""
    return {
        str(name)
        for field, kind in schema.schema.items()
        for name in (kind.schema.schema if isinstance(kind, section) else [field])
    }


def warnings_schema(warnings: Iterable[str]) -> vol.Schema:
    """Return a form that shows each warning as a section without fields."""
    return vol.Schema(
        {vol.Optional(warning): section(vol.Schema({})) for warning in warnings}
        | {vol.Required(CONF_GO_BACK, default=False): BooleanSelector()}
    )


def placeholders(warnings: Warnings) -> dict[str, str]:
    """Return what the texts of the warnings name."""
    return {name: value for named in warnings.values() for name, value in named.items()}


def at(place: str, error: str | None) -> Errors:
    """Return the error at its place, if there is one."""
    return {} if error is None else {place: error}
