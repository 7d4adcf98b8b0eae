"""What a charger's own sensors have measured: energy, and the session of the car that is there.

What the session costs is its energy at the price of the moment. What was given while nobody knew a
price counts at the next one that is known.

Power is added up over time as it was told, so a sensor that reports only changes counts as one that
repeats. A counter of the charger's own (`energy_sensor`) is more exact and goes first. A session
begins when a car is there and ends when it has left.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .balancing.model import CarReading
from .inputs.price import Price

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

    session_at: float | None = None
    """When this session began, in seconds of UTC; None: nobody knows."""

    has_left: bool = False
    """Whether the car of the last session has left, and the next has not come."""

    cost: float = 0.0
    """Of this session, as far as a price was known."""

    currency: str | None = None
    """Of the cost; None: there was no price yet."""

    unpriced_kwh: float = 0.0
    """What was given in this session while no price was known."""

    price: Price | None = None
    """What a kilowatt hour costs now; None: it is not known."""

    power_w: float | None = None
    """What flows now; None: it is not known."""

    counter_kwh: float | None = None
    """What the charger's own counter said last; None: it has none, or has said nothing yet."""

    fallen_from_kwh: float | None = None
    """What it said before it fell; None: it has not just fallen."""

    is_charging: bool = False
    at: float | None = None

    def on_car(self, clock_s: float, *, has_left: bool) -> None:
        """Begin a session when the car has left; `clock_s` is the time of day, in UTC.

        Until the next car is there it is kept empty: chargers measure some tenths of an ampere.
        """
        if has_left:
            if not self.has_left:
                self.session_at = clock_s
            self.session_kwh = self.charging_s = self.limited_s = 0.0
            self.cost = self.unpriced_kwh = 0.0
        self.has_left = has_left

    def on_price(self, price: Price | None) -> None:
        """Follow the price; in another currency the session is counted anew."""
        self.price = price
        if price is None:
            return
        if price.currency != self.currency:
            self.currency, self.cost, self.unpriced_kwh = price.currency, 0.0, self.session_kwh
        self.cost += self.unpriced_kwh * price.per_kwh
        self.unpriced_kwh = 0.0

    def on_time(self, now: float, *, is_limited: bool) -> None:
        """Add up what has flowed since the last time."""
        elapsed_s = 0.0 if self.at is None else now - self.at
        self.at = now
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
        if self.price is None:
            self.unpriced_kwh += given_kwh
        else:
            self.cost += given_kwh * self.price.per_kwh

    def on_reading(
        self, car: CarReading, wired: Sequence[int], used: Sequence[int], voltage_v: VoltageOf
    ) -> None:
        """Follow what is drawn from now on; of its phases the car may use some alone."""
        self.power_w = power_w(car, wired, used, voltage_v)
        self.is_charging = (car.current_a or 0.0) >= CHARGING_A

    def to_json(self) -> dict[str, float | str | None]:
        """Return what must survive a restart."""
        return {
            "counter_kwh": self.counter_kwh,
            "fallen_from_kwh": self.fallen_from_kwh,
            "energy_kwh": self.energy_kwh,
            "session_kwh": self.session_kwh,
            "charging_s": self.charging_s,
            "limited_s": self.limited_s,
            "session_at": self.session_at,
            "has_left": self.has_left,
            "cost": self.cost,
            "currency": self.currency,
            "unpriced_kwh": self.unpriced_kwh,
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
