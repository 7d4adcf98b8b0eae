"""What a charger's own sensors have measured: energy, and the session of the car that is there.

Power is added up over time as it was told, so a sensor that reports only changes counts as one that
repeats. A counter of the charger's own (`energy_sensor`) is more exact and goes first. A session
begins when a car is there and ends when it has left.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .balancing.model import CarReading

JOULES_PER_KWH = 3.6e6

CHARGING_A = 1.0
"""A car that draws less is not charging: chargers measure some tenths of an ampere of nothing."""

type VoltageOf = Callable[[int], float]
"""Tells the volts of a phase of the site."""


@dataclass(slots=True, kw_only=True)
class ChargerEnergy:
    """What one charger has given."""

    energy_kwh: float = 0.0
    """Since it was set up."""

    session_kwh: float = 0.0
    charging_s: float = 0.0
    """How long the car of this session has drawn."""

    limited_s: float = 0.0
    """How long of that it was given less than its charger's maximum."""

    power_w: float | None = None
    """What flows now; None: it is not known."""

    counter_kwh: float | None = None
    """What the charger's own counter said last; None: it has none, or has said nothing yet."""

    fallen_from_kwh: float | None = None
    """What it said before it fell; None: it has not just fallen."""

    is_charging: bool = False
    at: float | None = None

    def on_time(self, now: float, *, is_limited: bool, has_left: bool) -> None:
        """Add up what has flowed since the last time."""
        elapsed_s = 0.0 if self.at is None else now - self.at
        self.at = now
        if has_left:
            self.session_kwh = self.charging_s = self.limited_s = 0.0
        if self.power_w is not None and self.counter_kwh is None:
            self._add(self.power_w * elapsed_s / JOULES_PER_KWH)
        if self.is_charging:
            self.charging_s += elapsed_s
            self.limited_s += elapsed_s if is_limited else 0.0

    def on_counter(self, counter_kwh: float) -> None:
        """Follow the charger's own counter; one that falls has begun anew, as with each car.

        But one that is back at once was a bad sample: a lifetime's energy would be added again.
        """
        before_kwh, top_kwh = self.counter_kwh, self.fallen_from_kwh
        if before_kwh is None or counter_kwh == before_kwh:
            self.counter_kwh = counter_kwh
            return
        self.counter_kwh, self.fallen_from_kwh = counter_kwh, None
        if counter_kwh < before_kwh:
            self.fallen_from_kwh = before_kwh
        elif top_kwh is not None and counter_kwh >= top_kwh:
            self._add(counter_kwh - top_kwh)
        else:
            self._add(counter_kwh - before_kwh)

    def _add(self, given_kwh: float) -> None:
        self.energy_kwh += given_kwh
        self.session_kwh += given_kwh

    def on_reading(
        self, car: CarReading, wired: Sequence[int], used: Sequence[int], voltage_v: VoltageOf
    ) -> None:
        """Follow what is drawn from now on; of its phases the car may use some alone."""
        self.power_w = power_w(car, wired, used, voltage_v)
        self.is_charging = (car.current_a or 0.0) >= CHARGING_A

    def to_json(self) -> dict[str, float | None]:
        """Return what must survive a restart."""
        return {
            "counter_kwh": self.counter_kwh,
            "fallen_from_kwh": self.fallen_from_kwh,
            "energy_kwh": self.energy_kwh,
            "session_kwh": self.session_kwh,
            "charging_s": self.charging_s,
            "limited_s": self.limited_s,
        }


def power_w(
    car: CarReading, wired: Sequence[int], used: Sequence[int], voltage_v: VoltageOf
) -> float | None:
    """Return the power that a charger's sensors say, at the volts of its phases."""
    if car.current_a is None:
        return None
    if car.phase_current_a:
        each = zip(wired, car.phase_current_a, strict=True)
        return sum(voltage_v(phase) * drawn_a for phase, drawn_a in each)
    phases = wired if car.is_divided else used
    return car.current_a * sum(voltage_v(phase) for phase in phases)
