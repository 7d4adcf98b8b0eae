"""The meter's states become a reading: the one place where a state is read as a number."""

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite

from homeassistant.const import (
    ATTR_UNIT_OF_MEASUREMENT,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
    UnitOfElectricCurrent,
    UnitOfPower,
)
from homeassistant.core import State
from homeassistant.util.unit_conversion import (
    ElectricCurrentConverter,
    EnergyConverter,
    PowerConverter,
)

POWER_UNITS = frozenset({UnitOfPower.WATT, UnitOfPower.KILO_WATT, UnitOfPower.MEGA_WATT})
CURRENT_UNITS = frozenset({UnitOfElectricCurrent.AMPERE, UnitOfElectricCurrent.MILLIAMPERE})
ENERGY_UNITS = frozenset(EnergyConverter.VALID_UNITS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """How the site's meter is read."""

    entity_id: str
    service_voltage_v: float
    """Nominal, line to neutral; turns power into current."""

    def current_a(self, state: State | None) -> float | None:
        """Return the current that the state means; None if it means none.

        The unit is read each time: users change it while Home Assistant runs.
        """
        value = number(state)
        convert = converter(unit_of(state), self.service_voltage_v)
        return None if value is None or convert is None else convert(value)


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


def converter(unit: str | None, voltage_v: float) -> Callable[[float], float] | None:
    """Return what turns a number of the unit into amperes; None for a unit we cannot use."""
    if unit in POWER_UNITS:
        return lambda value: PowerConverter.convert(value, unit, UnitOfPower.WATT) / voltage_v
    if unit in CURRENT_UNITS:
        to_a = UnitOfElectricCurrent.AMPERE
        return lambda value: ElectricCurrentConverter.convert(value, unit, to_a)
    return None


def is_number(state: State | None) -> bool:
    """Return whether the state says a finite number."""
    value = number(state)
    return value is not None and isfinite(value)
