"""The meter's states become a reading: the one place where a state is read as a number."""

from collections.abc import Callable
from math import isfinite

from homeassistant.const import (
    ATTR_RESTORED,
    ATTR_UNIT_OF_MEASUREMENT,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
    UnitOfElectricCurrent,
    UnitOfElectricPotential,
    UnitOfPower,
)
from homeassistant.core import CALLBACK_TYPE, CoreState, HomeAssistant, State, callback
from homeassistant.util.unit_conversion import (
    ElectricCurrentConverter,
    ElectricPotentialConverter,
    EnergyConverter,
    PowerConverter,
)

from .balancing.model import Reading
from .balancing.voltage import line_voltage_v
from .reports import Said, age_s, async_follow_reports

POWER_UNITS = frozenset({UnitOfPower.WATT, UnitOfPower.KILO_WATT, UnitOfPower.MEGA_WATT})
CURRENT_UNITS = frozenset({UnitOfElectricCurrent.AMPERE, UnitOfElectricCurrent.MILLIAMPERE})
ENERGY_UNITS = frozenset(EnergyConverter.VALID_UNITS)
VOLTAGE_UNITS = frozenset(
    {
        UnitOfElectricPotential.VOLT,
        UnitOfElectricPotential.MILLIVOLT,
        UnitOfElectricPotential.KILOVOLT,
    }
)


class Meter:
    """The site's meter, and what tells its volts."""

    def __init__(
        self,
        hass: HomeAssistant,
        *,
        entity_id: str,
        service_voltage_v: float,
        voltage_sensor: str | None = None,
    ) -> None:
        """Note the entities, and the nominal volts."""
        self.hass, self.entity_id = hass, entity_id
        self.service_voltage_v, self.voltage_sensor = service_voltage_v, voltage_sensor
        self.is_available = True
        """Whether what was read last could be used."""

        self._said: Said | None = None

    @callback
    def listen(self, on_news: Callable[[], None]) -> CALLBACK_TYPE:
        """Tell of all that the meter says once Home Assistant has started, until unsubscribed.

        What stands already is news after a reload; not before a start, nor if it was restored.
        """

        def take(said: Said) -> None:
            self._said = said
            on_news()

        standing = self.hass.states.get(self.entity_id)
        is_read = self.hass.state is CoreState.running
        if is_read and standing is not None and not standing.attributes.get(ATTR_RESTORED):
            take(Said(entity_id=self.entity_id, state=standing, at=standing.last_reported))
        return async_follow_reports(self.hass, [self.entity_id], take)

    def take_reading(self) -> Reading | None:
        """Return what the meter said last, once; None if it was nothing new or nothing usable.

        Not read before the end of the turn: a meter writes its volts after its power.
        """
        said, self._said = self._said, None
        if said is None:
            return None
        amperes = current_a(said.state, self.line_voltage_v())
        self.is_available = amperes is not None
        if amperes is None:
            return None
        return Reading(current_a=(amperes,), at=self.hass.loop.time() - age_s(said.at))

    def line_voltage_v(self) -> float:
        """Return the volts of the supply: the measured ones, or the nominal."""
        if self.voltage_sensor is None:
            return self.service_voltage_v
        state = self.hass.states.get(self.voltage_sensor)
        if state is None:
            return self.service_voltage_v
        return line_voltage_v(self.service_voltage_v, volts(state), age_s(state.last_reported))


def current_a(state: State | None, voltage_v: float) -> float | None:
    """Return the current that a state means; None if it means none.

    The unit is read each time: users change it while Home Assistant runs.
    """
    value, unit = number(state), unit_of(state)
    if value is None:
        return None
    if unit in POWER_UNITS:
        return PowerConverter.convert(value, unit, UnitOfPower.WATT) / voltage_v
    if unit in CURRENT_UNITS:
        return ElectricCurrentConverter.convert(value, unit, UnitOfElectricCurrent.AMPERE)
    return None


def volts(state: State | None) -> float | None:
    """Return the voltage that a state means; None if it means none."""
    value, unit = number(state), unit_of(state)
    if value is None or unit not in VOLTAGE_UNITS:
        return None
    return ElectricPotentialConverter.convert(value, unit, UnitOfElectricPotential.VOLT)


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


def is_number(state: State | None) -> bool:
    """Return whether the state says a finite number."""
    value = number(state)
    return value is not None and isfinite(value)
