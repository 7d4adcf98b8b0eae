"""Generated houses: appliances that switch by the second, in styles of living, each day by a seed.

Heights and times are round figures for European households, not measurements.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .houses import DAY_S, NOMINAL_V, Array, House


@dataclass(kw_only=True)
class Day:
    """A day that is being filled."""

    rng: np.random.Generator
    watts: Array

    def span(self, low: float, high: float) -> float:
        """Return something between two numbers."""
        return float(self.rng.uniform(low, high))

    def happens(self, share: float) -> bool:
        """Return whether something happens that happens on so many days."""
        return float(self.rng.random()) < share

    def run(self, begin_s: float, length_s: float, watts: float, phase: int = 0) -> None:
        """Have something on for a while."""
        begin = max(int(begin_s), 0)
        self.watts[begin : max(int(begin_s + length_s), begin), phase % self.phases] += watts

    @property
    def phases(self) -> int:
        """How many phases the house has."""
        return self.watts.shape[1]

    def cycle(
        self,
        begin_s: float,
        length_s: float,
        watts: float,
        *,
        on_s: tuple[float, float],
        off_s: tuple[float, float],
        phase: int = 0,
    ) -> None:
        """Have something on and off by turns: a thermostat, or a hob's setting."""
        at, end_s = begin_s, begin_s + length_s
        while at < end_s:
            on = min(self.span(*on_s), end_s - at)
            self.run(at, on, watts, phase)
            at += on + self.span(*off_s)


type Habit = Callable[[Day], None]


def base_load(day: Day) -> None:
    """Add what is always on, and lights and screens that come and go."""
    for phase in range(day.phases):
        day.watts[:, phase] += day.span(60, 160)
        for _ in range(int(day.span(60, 140))):
            length_s = float(day.rng.exponential(1200))
            day.run(day.span(0, DAY_S), length_s, day.span(10, 180), phase)
    day.cycle(
        day.span(0, 1800), DAY_S, day.span(70, 130), on_s=(500, 900), off_s=(1200, 2400), phase=1
    )


def kettle(day: Day) -> None:
    """Boil water now and then."""
    for hour in (6.7, 7.4, 10.1, 13.2, 16.4, 19.8, 21.3):
        if day.happens(0.7):
            at = (hour + day.span(-0.5, 0.5)) * 3600
            day.run(at, day.span(70, 220), day.span(1900, 2900), 0)


def oven(day: Day) -> None:
    """Heat an oven for a meal, then keep it hot."""
    at, watts = day.span(17.2, 18.8) * 3600, day.span(2200, 3300)
    heating_s = day.span(420, 720)
    day.run(at, heating_s, watts, 1)
    day.cycle(at + heating_s, day.span(1500, 3300), watts, on_s=(20, 50), off_s=(40, 110), phase=1)


def hob(day: Day) -> None:
    """Cook on two or three plates, each with its own duty."""
    for meal_h in (12.2, 18.4):
        at = (meal_h + day.span(-0.4, 0.6)) * 3600
        for plate in range(int(day.rng.integers(2, 4))):
            watts, begin_s = day.span(1200, 2300), at + day.span(0, 600)
            day.run(begin_s, day.span(120, 420), watts * 1.3, plate)
            on_s = day.span(3, 14)
            day.cycle(
                begin_s + 420,
                day.span(600, 1800),
                watts,
                on_s=(on_s, on_s * 1.4),
                off_s=(day.span(4, 9), day.span(12, 30)),
                phase=plate,
            )


def heat_pump(day: Day) -> None:
    """Heat with a compressor that starts hard; at night the backup element helps."""
    at = day.span(0, 1500)
    while at < DAY_S:
        watts, on_s = day.span(1700, 2600), day.span(600, 2400)
        day.run(at, 1, watts * 2.2, 2)
        day.run(at, on_s, watts, 2)
        if day.happens(0.12):
            day.run(at + 300, day.span(300, 1200), 3000, 2)
        at += on_s + day.span(400, 1800)


def showers(day: Day) -> None:
    """Shower with an instant heater: the largest load there is, for minutes."""
    for hour in (6.5, 6.9, 7.3, 20.6, 21.4):
        if day.happens(0.75):
            at = (hour + day.span(-0.3, 0.3)) * 3600
            day.run(at, day.span(180, 520), day.span(4200, 5600), 0)


def laundry(day: Day) -> None:
    """Wash, then dry."""
    at = day.span(8.5, 16) * 3600
    day.run(at + 240, day.span(700, 1100), 2050, 0)
    day.cycle(at + 1500, 2600, 420, on_s=(5, 14), off_s=(4, 9))
    drying_s = at + 4500
    day.cycle(drying_s, day.span(2700, 4500), 2300, on_s=(180, 420), off_s=(30, 90), phase=2)


def dishes(day: Day) -> None:
    """Run the dishwasher, which heats twice."""
    at = day.span(19.2, 21.2) * 3600
    day.run(at + 120, day.span(600, 1000), 2000, 1)
    day.run(at + 3000, day.span(500, 900), 2000, 1)


def hair_dryer(day: Day) -> None:
    """Dry hair, with pauses."""
    at = day.span(6.7, 7.8) * 3600
    day.cycle(at, day.span(240, 600), day.span(1200, 2100), on_s=(15, 60), off_s=(5, 20))


def induction_hob(day: Day) -> None:
    """Cook a long meal on induction: a plate boils at full power, then pulses on and off."""
    at = day.span(17.0, 18.2) * 3600
    for plate in range(3):
        begin_s = at + day.span(0, 2400)
        boiling_s, watts = day.span(180, 420), day.span(1400, 2200)
        day.run(begin_s, boiling_s, day.span(2400, 3400), plate)
        day.cycle(
            begin_s + boiling_s,
            day.span(1200, 3000),
            watts,
            on_s=(8, 90),
            off_s=(5, 70),
            phase=plate,
        )


def baking(day: Day) -> None:
    """Have the oven hot for most of an evening, one thing after the other."""
    at = day.span(16.4, 17.4) * 3600
    for _ in range(3):
        watts, heating_s = day.span(2000, 2800), day.span(360, 600)
        day.run(at, heating_s, watts, 1)
        length_s = day.span(1500, 2700)
        day.cycle(at + heating_s, length_s, watts, on_s=(30, 90), off_s=(40, 120), phase=1)
        at += heating_s + length_s + day.span(0, 900)


def evening_dryer(day: Day) -> None:
    """Dry two loads after work: the heater pauses for as long as it pleases."""
    at = day.span(16.2, 17.2) * 3600
    for _ in range(2):
        length_s = day.span(3000, 4800)
        day.cycle(at, length_s, day.span(1900, 2500), on_s=(150, 420), off_s=(40, 200), phase=0)
        at += length_s + day.span(300, 1500)


def cold_heat_pump(day: Day) -> None:
    """Heat on a cold evening: a small compressor runs for long and pauses for short."""
    at = day.span(0, 900)
    while at < DAY_S:
        on_s, watts = day.span(600, 1800), day.span(1100, 1900)
        day.run(at, 1, watts * 2.0, 2)
        day.run(at, on_s, watts, 2)
        at += on_s + day.span(200, 700)


def workshop(day: Day) -> None:
    """Saw, weld and press air for an afternoon: short, high, and never the same."""
    at = day.span(13, 14.5) * 3600
    for _ in range(int(day.span(60, 140))):
        watts, begin_s = day.span(800, 3200), at + day.span(0, 4 * 3600)
        day.run(begin_s, 1, watts * 1.5, int(day.rng.integers(0, 3)))
        day.run(begin_s, day.span(3, 60), watts, int(day.rng.integers(0, 3)))


def sauna(day: Day) -> None:
    """Heat a sauna on all phases, then keep it hot."""
    at, watts = day.span(8, 10) * 3600, day.span(5400, 8000) / day.phases
    heating_s = day.span(1500, 2700)
    for phase in range(day.phases):
        day.run(at, heating_s, watts, phase)
        on_s = day.span(40, 120)
        day.cycle(at + heating_s, 5400, watts, on_s=(on_s, on_s * 2), off_s=(60, 200), phase=phase)


def solar(day: Day) -> None:
    """Make power around noon, with clouds; what is left over flows out."""
    second = np.arange(DAY_S)
    sun = np.clip(np.sin((second - 7 * 3600) / (10 * 3600) * np.pi), 0.0, None)
    sun[(second < 7 * 3600) | (second > 17 * 3600)] = 0.0
    clouds = np.ones(DAY_S)
    for _ in range(int(day.span(10, 40))):
        begin = int(day.span(7, 17) * 3600)
        clouds[begin : begin + int(day.span(30, 900))] *= day.span(0.25, 0.9)
    day.watts -= (day.span(2500, 6000) / day.phases) * (sun * clouds)[:, None]


STYLES: dict[str, tuple[Habit, ...]] = {
    "flat": (base_load, kettle, hob, laundry, hair_dryer),
    "family": (base_load, kettle, oven, hob, laundry, dishes, hair_dryer),
    "electric": (base_load, kettle, oven, hob, heat_pump, showers, dishes),
    "workshop": (base_load, kettle, workshop, heat_pump, oven),
    "sauna": (base_load, kettle, hob, oven, sauna, laundry),
    "solar": (base_load, kettle, oven, hob, laundry, dishes, solar),
    "cooking": (base_load, kettle, induction_hob, baking, dishes),
    "drying": (base_load, kettle, induction_hob, baking, evening_dryer),
    "heating": (base_load, kettle, induction_hob, evening_dryer, cold_heat_pump, dishes),
}
"""The last three are for small breakers: of an evening the least current is free now and then."""


def generated_house(style: str, seed: int, *, phases: int = 1) -> House:
    """Return a day of a house."""
    rng = np.random.default_rng([seed, *style.encode()])
    day = Day(rng=rng, watts=np.zeros((DAY_S, phases)))
    for habit in STYLES[style]:
        habit(day)
    watts = day.watts if style == "solar" else np.maximum(day.watts, 0.0)
    return House(watts=np.round(watts), volts=mains_volts(day))


def mains_volts(day: Day) -> Array:
    """Return volts that wander over the day and sag with the house's own load, as they do."""
    second = np.arange(DAY_S)
    middle_v, swing_v = day.span(229, 242), day.span(2, 6)
    wander = np.repeat(np.cumsum(day.rng.normal(0, 0.25, DAY_S // 60)), 60)
    wander = np.clip(wander - wander.mean(), -6, 6)
    daily = swing_v * np.cos((second / 3600 - day.span(1, 5)) / 24 * 2 * np.pi)
    sag = day.watts.sum(axis=1) / NOMINAL_V / day.phases * 0.12
    return np.round(np.clip(middle_v + daily + wander - sag, 214, 253), 1)
