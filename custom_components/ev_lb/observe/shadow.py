"""A charger as it would be: its shadow follows the commands that the real one never hears.

The shadow's car is the real one. Where that takes less than its charger offers, it takes no more
in the shadow; where the offer is not known, what it is measured to take is the most that it wants.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..balancing.model import CarReading, CarStatus, ReadBack
from ..balancing.settings import ChargerSettings

CHARGING_A = 1.0
"""A phase with less is not one that a car charges on: some tenths of an ampere are measured of
nothing."""

NOT_ALL_A, NOT_ALL_PART = 2.0, 0.1
"""So far below what it is offered a car takes less than all of it, as where shares are unused."""


@dataclass(slots=True, kw_only=True)
class Shadow:
    """What the real charger is known to do, and what it would do instead."""

    is_measured: bool
    """Whether a sensor of its own tells what its car draws; else its number counts as drawn."""

    car: CarReading | None = None
    """What its sensors said last; None: it has none, or they have said nothing."""

    told: ReadBack | None = None
    """What its number and pause said last; None: nothing."""

    def real_a(
        self, charger: ChargerSettings, used: Sequence[int] | None
    ) -> tuple[float, ...] | None:
        """Return what the real one draws on each of its phases; None: that is not known.

        `used`: the site's phases that its car was seen to use; None: not known.
        """
        wired, car = charger.phases, self.car
        if car is not None and car.status in (CarStatus.IDLE, CarStatus.ABSENT):
            return (0.0,) * len(wired)
        if car is not None and len(car.phase_current_a) == len(wired):
            return car.phase_current_a
        phases, drawn_a = used or wired, self._offered_a
        if self.is_measured:
            drawn_a = None if car is None else car.current_a
        if drawn_a is None:
            return None
        if car is not None and car.is_divided:  # by all its phases, whichever the car uses
            drawn_a *= len(wired) / len(phases)
        return tuple(drawn_a if phase in phases else 0.0 for phase in wired)

    def shadow_a(self, real_a: Sequence[float], given_a: int | None) -> tuple[float, ...]:
        """Return what it would draw on each phase; until it is told anything it is the real one."""
        if given_a is None:
            return tuple(real_a)
        takes_all = self._takes_all(max(real_a))
        return tuple(
            float(given_a) if takes_all and each_a >= CHARGING_A else min(each_a, given_a)
            for each_a in real_a
        )

    def reading(
        self, car: CarReading, shadow_a: Sequence[float], given_a: int | None, at: float
    ) -> CarReading:
        """Return what its sensors would say where they have said this."""
        status = car.status
        if given_a == 0 and status is CarStatus.CHARGING:
            status = CarStatus.IDLE
        if car.current_a is None:
            return replace(car, status=status, at=at)
        together_a = sum(shadow_a) / len(shadow_a) if car.is_divided else max(shadow_a)
        return replace(
            car,
            at=at,
            current_a=together_a,
            phase_current_a=tuple(shadow_a) if car.phase_current_a else (),
            status=status,
        )

    @property
    def _offered_a(self) -> float | None:
        """What the real one is set to offer; None: not known."""
        if self.told is None:
            return None
        return 0.0 if self.told.is_paused else self.told.current_a

    def _takes_all(self, drawn_a: float) -> bool:
        """Return whether the real car takes all that it is offered: it might take more."""
        offered_a = self._offered_a
        if offered_a is None:
            return False
        return drawn_a > offered_a - max(NOT_ALL_A, NOT_ALL_PART * offered_a)
