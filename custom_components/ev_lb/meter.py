"""The meter's states become a reading: the one place where a state is read as a number."""

from collections.abc import Callable
from datetime import datetime
from math import isfinite

from homeassistant.const import (
    ATTR_RESTORED,
    ATTR_UNIT_OF_MEASUREMENT,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
    UnitOfElectricCurrent,
    UnitOfPower,
)
from homeassistant.core import (
    CALLBACK_TYPE,
    CoreState,
    Event,
    EventStateChangedData,
    EventStateReportedData,
    HomeAssistant,
    State,
    callback,
)
from homeassistant.helpers.event import (
    async_track_state_change_event,
    async_track_state_report_event,
)
from homeassistant.util import dt as dt_util
from homeassistant.util.unit_conversion import (
    ElectricCurrentConverter,
    EnergyConverter,
    PowerConverter,
)

from .balancing.model import Reading

POWER_UNITS = frozenset({UnitOfPower.WATT, UnitOfPower.KILO_WATT, UnitOfPower.MEGA_WATT})
CURRENT_UNITS = frozenset({UnitOfElectricCurrent.AMPERE, UnitOfElectricCurrent.MILLIAMPERE})
ENERGY_UNITS = frozenset(EnergyConverter.VALID_UNITS)


class Meter:
    """The site's meter."""

    def __init__(self, hass: HomeAssistant, *, entity_id: str, service_voltage_v: float) -> None:
        """Note the entity, and the nominal volts that turn power into current."""
        self.hass, self.entity_id = hass, entity_id
        self.service_voltage_v = service_voltage_v

    @callback
    def listen(self, on_reading: Callable[[Reading | None], None]) -> CALLBACK_TYPE:
        """Hand on all that the meter says once Home Assistant has started, until unsubscribed.

        What stands already is news after a reload; not before a start, nor if it was restored.
        """

        @callback
        def changed(event: Event[EventStateChangedData]) -> None:
            state = event.data["new_state"]
            take(state, state.last_updated if state is not None else dt_util.utcnow())

        @callback
        def reported(event: Event[EventStateReportedData]) -> None:
            take(event.data["new_state"], event.data["last_reported"])

        def take(state: State | None, at: datetime) -> None:
            if self.hass.state is CoreState.running:
                on_reading(self.reading(state, at))

        standing = self.hass.states.get(self.entity_id)
        if standing is not None and not standing.attributes.get(ATTR_RESTORED):
            take(standing, standing.last_reported)
        unsubscribe = (
            async_track_state_change_event(self.hass, self.entity_id, changed),
            async_track_state_report_event(self.hass, self.entity_id, reported),
        )

        @callback
        def stop() -> None:
            for call in unsubscribe:
                call()

        return stop

    def reading(self, state: State | None, reported: datetime) -> Reading | None:
        """Return the reading that a state means; None if it means none."""
        amperes = current_a(state, self.service_voltage_v)
        if amperes is None:
            return None
        age_s = max((dt_util.utcnow() - reported).total_seconds(), 0.0)
        return Reading(current_a=(amperes,), at=self.hass.loop.time() - age_s)


def current_a(state: State | None, voltage_v: float) -> float | None:
    """Return the current that a state means; None if it means none.

    The unit is read each time: users change it while Home Assistant runs.
    """
    value = number(state)
    convert = converter(unit_of(state), voltage_v)
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
