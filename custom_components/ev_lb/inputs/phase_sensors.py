"""The sensors of one phase become its current.

Where power and export are a pair, an export that was not said since the import moved counts as
none, and so does one that contradicts the import. Where a sensor shows the current beside the
power, its magnitude is what a breaker feels, and the power says in which direction it flows. In
doubt the reading leaves less headroom, never more.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from math import isfinite

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import State

from .units import current_a, number

TELEGRAM_S = 0.25
"""Sensors that are written within this time say what one telegram of the meter said."""

CONTRADICTION_A = 0.5
"""No phase draws and feeds as much at once; less is a meter's noise."""

AGREEING_SHARE, AGREEING_A = 0.15, 1.0
"""How far power and current may be apart: volts, power factor, and meters with whole amperes."""

DIRECTION_S = 10.0
"""A power that was silent for so long when the current moved does not say where it flows."""


class Unusable(StrEnum):
    """What the state of a meter is that is no reading."""

    UNAVAILABLE = STATE_UNAVAILABLE
    UNKNOWN = STATE_UNKNOWN
    REMOVED = "removed"
    NOT_A_NUMBER = "not_a_number"
    UNIT = "unit"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseSensors:
    """What measures one phase, or the total of all."""

    power: str
    """Power, apparent power or current; where there is an export sensor, the import alone."""

    export: str | None = None
    current: str | None = None
    """Amperes beside the power, signed or not."""

    voltage: str | None = None
    is_reversed: bool = False
    """Whether what is drawn shows as negative; not where there is an export sensor."""

    phase: int | None = None
    """Which of the site's phases it is; None: the total of all."""

    @property
    def measuring(self) -> tuple[str, ...]:
        """The sensors that say how much flows."""
        return tuple(key for key in (self.power, self.export, self.current) if key is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What flows, import positive."""

    current_a: float
    is_contradictory: bool = False
    """Whether import and export were both well above zero."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """Why nothing is known of a phase."""

    entity_id: str
    why: Unusable


type StateOf = Callable[[str], State | None]


def measured(
    sensors: PhaseSensors, state_of: StateOf, voltage_v: float, *, is_whole: bool = True
) -> Measured | Unread:
    """Return what the sensors say now; only what no reading can do without makes it none.

    `is_whole`: whether the telegram has ended, so that none of them is still to come.
    """
    power = state_of(sensors.power)
    power_a = current_a(power, voltage_v)
    if power is None or power_a is None:
        return Unread(entity_id=sensors.power, why=unusable(power))
    if sensors.is_reversed:
        power_a = -power_a
    is_contradictory = False
    if sensors.export is not None:
        export_a = exported_a(power, state_of(sensors.export), voltage_v)
        is_contradictory = min(power_a, export_a) > CONTRADICTION_A
        power_a = max(power_a, 0.0) - (0.0 if is_contradictory else export_a)
    if sensors.current is not None:
        power_a = felt_a(power_a, sensors, state_of, voltage_v, is_whole=is_whole)
    return Measured(current_a=power_a, is_contradictory=is_contradictory)


def exported_a(imported: State, exported: State | None, voltage_v: float) -> float:
    """Return what the export half of a pair is worth beside this import."""
    export_a = current_a(exported, voltage_v)
    if exported is None or export_a is None or not isfinite(export_a):
        return 0.0
    is_stale = exported.last_reported < imported.last_changed - timedelta(seconds=TELEGRAM_S)
    return 0.0 if is_stale else max(export_a, 0.0)


def felt_a(
    power_a: float, sensors: PhaseSensors, state_of: StateOf, voltage_v: float, *, is_whole: bool
) -> float:
    """Return the current with the direction of the power; of both the one that leaves less.

    While the telegram comes in, the one that has come: beside it the other is of the last one.
    """
    felt = state_of(sensors.current) if sensors.current is not None else None
    amperes = current_a(felt, voltage_v)
    if felt is None or amperes is None or not isfinite(amperes):
        return power_a
    magnitude_a = abs(amperes)
    said = [state for key in (sensors.power, sensors.export) if key and (state := state_of(key))]
    silent_s = min((felt.last_changed - each.last_reported).total_seconds() for each in said)
    if silent_s > DIRECTION_S:
        return magnitude_a  # a frozen export must not become a larger one
    if power_a < 0:
        return -magnitude_a if is_about(magnitude_a, -power_a) else power_a
    later_s = min((felt.last_reported - each.last_reported).total_seconds() for each in said)
    if not is_whole and abs(later_s) > TELEGRAM_S:
        return magnitude_a if later_s > 0 else power_a
    return max(magnitude_a, power_a)  # whole amperes, or a clamp that is off, must not hide any


def is_about(larger_a: float, smaller_a: float) -> bool:
    """Return whether the first is not much more than the second."""
    return larger_a <= (1 + AGREEING_SHARE) * smaller_a + AGREEING_A


def unusable(state: State | None) -> Unusable:
    """Return why a state that means no current does not."""
    if state is None:
        return Unusable.REMOVED
    if state.state in (STATE_UNAVAILABLE, STATE_UNKNOWN):
        return Unusable(state.state)
    return Unusable.NOT_A_NUMBER if number(state) is None else Unusable.UNIT
