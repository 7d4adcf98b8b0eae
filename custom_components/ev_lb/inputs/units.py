"""States become amperes and volts: the one place where a state is read as a number."""

from collections.abc import Mapping
from math import isfinite

from homeassistant.const import (
    ATTR_UNIT_OF_MEASUREMENT,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
    UnitOfApparentPower,
    UnitOfElectricCurrent,
    UnitOfElectricPotential,
    UnitOfEnergy,
    UnitOfPower,
)
from homeassistant.core import State
from homeassistant.util.unit_conversion import (
    ApparentPowerConverter,
    ElectricCurrentConverter,
    ElectricPotentialConverter,
    EnergyConverter,
    PowerConverter,
)

from ..const import (
    CONF_CURRENT_METER,
    CONF_EXPORT_METER,
    CONF_POWER_METER,
    CONF_VOLTAGE_SENSOR,
)

POWER_UNITS = frozenset({UnitOfPower.WATT, UnitOfPower.KILO_WATT, UnitOfPower.MEGA_WATT})
APPARENT_POWER_UNITS = frozenset(
    {UnitOfApparentPower.VOLT_AMPERE, UnitOfApparentPower.KILO_VOLT_AMPERE}
)
CURRENT_UNITS = frozenset({UnitOfElectricCurrent.AMPERE, UnitOfElectricCurrent.MILLIAMPERE})
LOAD_UNITS = POWER_UNITS | APPARENT_POWER_UNITS | CURRENT_UNITS
"""What says how much flows."""

ENERGY_UNITS = frozenset(EnergyConverter.VALID_UNITS)
VOLTAGE_UNITS = frozenset(
    {
        UnitOfElectricPotential.VOLT,
        UnitOfElectricPotential.MILLIVOLT,
        UnitOfElectricPotential.KILOVOLT,
    }
)

CHANNEL_UNITS: Mapping[str, frozenset[str]] = {
    CONF_POWER_METER: LOAD_UNITS,
    CONF_EXPORT_METER: LOAD_UNITS,
    CONF_CURRENT_METER: CURRENT_UNITS,
    CONF_VOLTAGE_SENSOR: VOLTAGE_UNITS,
}
"""What may be measured of a phase, or of all together, and the units that it can have."""

MEASURING_CHANNELS = tuple(key for key in CHANNEL_UNITS if key != CONF_VOLTAGE_SENSOR)
"""What says how much flows."""


def current_a(state: State | None, voltage_v: float) -> float | None:
    """Return the current that a state means; None if it means none.

    The unit is read each time: users change it while Home Assistant runs.
    """
    value, unit = number(state), unit_of(state)
    if value is None:
        return None
    if unit in POWER_UNITS:
        return PowerConverter.convert(value, unit, UnitOfPower.WATT) / voltage_v
    if unit in APPARENT_POWER_UNITS:  # what a breaker feels, more than the power of a motor says
        volt_amperes = ApparentPowerConverter.convert(value, unit, UnitOfApparentPower.VOLT_AMPERE)
        return volt_amperes / voltage_v
    if unit in CURRENT_UNITS:
        return ElectricCurrentConverter.convert(value, unit, UnitOfElectricCurrent.AMPERE)
    return None


def volts(state: State | None) -> float | None:
    """Return the voltage that a state means; None if it means none."""
    value, unit = number(state), unit_of(state)
    if value is None or unit not in VOLTAGE_UNITS:
        return None
    return ElectricPotentialConverter.convert(value, unit, UnitOfElectricPotential.VOLT)


def energy_kwh(state: State | None) -> float | None:
    """Return the energy that a state means; None if it means none."""
    value, unit = number(state), unit_of(state)
    if value is None or unit not in ENERGY_UNITS or not isfinite(value):
        return None
    return EnergyConverter.convert(value, unit, UnitOfEnergy.KILO_WATT_HOUR)


def number(state: State | None) -> float | None:
    """Return the number that a state says; None if it says none.

    "inf" and "nan" are numbers here: the core judges what no meter can mean.
    """
    if state is None or state.state in (STATE_UNAVAILABLE, STATE_UNKNOWN):
        return None
    try:
        return float(state.state)
    except ValueError:
        return None


def unit_of(state: State | None) -> str | None:
    """Return the unit of a state's number; None for what is no unit at all."""
    unit = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT) if state is not None else None
    return unit if isinstance(unit, str) else None


def is_unit_unusable(state: State | None, units: frozenset[str]) -> bool:
    """Return whether the state says a number, but in none of these units."""
    return number(state) is not None and unit_of(state) not in units


def is_number(state: State | None) -> bool:
    """Return whether the state says a finite number."""
    value = number(state)
    return value is not None and isfinite(value)
