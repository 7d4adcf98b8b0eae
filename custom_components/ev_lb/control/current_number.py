"""What a number entity for a current takes, in its own range, steps and unit."""

from dataclasses import dataclass
from math import floor, inf

from homeassistant.components.number.const import ATTR_MAX, ATTR_MIN, ATTR_STEP
from homeassistant.const import UnitOfElectricCurrent
from homeassistant.core import State
from homeassistant.util.unit_conversion import ElectricCurrentConverter

from ..inputs.units import CURRENT_UNITS, number, unit_of

DIGITS = 6
"""More than any step has: 0.1 and its like are not exact in binary."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentNumber:
    """A number that a charger's current is written to."""

    minimum: float
    maximum: float
    step: float
    """0: every value in its range."""

    unit: str
    per_a: float
    """What it says of an ampere."""

    @property
    def can_be_zero(self) -> bool:
        """Whether 0 A can be written to it."""
        return self.value_of(0) == 0

    @property
    def most_a(self) -> int | None:
        """The most whole amperes that can be written to it; None: it has no end."""
        if self.maximum == inf:
            return None
        most = self.value_of(self.amperes(self.maximum))
        return None if most is None else floor(round(self.amperes(most), DIGITS))

    def value_of(self, current_a: float) -> float | None:
        """Return what to write for a current: never more than it; None: it is below the range."""
        wanted = min(current_a * self.per_a, self.maximum)
        if wanted < self.minimum:
            return None
        if self.step == 0:
            return wanted
        steps = floor(round((wanted - self.minimum) / self.step, DIGITS))
        return round(self.minimum + steps * self.step, DIGITS)

    def amperes(self, value: float) -> float:
        """Return the current that a value of it means."""
        return value / self.per_a


def current_number(state: State | None) -> CurrentNumber | None:
    """Return what a number takes; None: it has a unit that is none of a current.

    Without a unit it means amperes, as numbers of several charger integrations do.
    """
    unit = unit_of(state) or UnitOfElectricCurrent.AMPERE
    if state is None or unit not in CURRENT_UNITS:
        return None
    minimum = limit(state.attributes.get(ATTR_MIN), 0.0)
    maximum = limit(state.attributes.get(ATTR_MAX), inf)
    step = limit(state.attributes.get(ATTR_STEP), 0.0)
    # Home Assistant gives the range in the unit that the user chose, and the step in the device's.
    has_step = 0 < step <= maximum - minimum
    return CurrentNumber(
        minimum=minimum,
        maximum=maximum,
        step=step if has_step else 0.0,
        unit=unit,
        per_a=ElectricCurrentConverter.convert(1, UnitOfElectricCurrent.AMPERE, unit),
    )


def limit(value: object, missing: float) -> float:
    """Return an end or the step of a range."""
    return float(value) if isinstance(value, int | float) else missing


def read_current_a(state: State | None) -> float | None:
    """Return the current that a number says it is set to; None if it says none."""
    value, kind = number(state), current_number(state)
    return None if value is None or kind is None else kind.amperes(value)
