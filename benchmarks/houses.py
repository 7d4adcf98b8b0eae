"""Houses, and those that were recorded: `data/README.md` says where they are from."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

type Array = NDArray[np.float64]
type Mask = NDArray[np.bool_]

DATA = Path(__file__).parent / "data"
DAY_S = 86400
NOMINAL_V = 230.0

UK_DAYS = ("day10", "day12", "day38")
FRENCH_DAYS = ("2006_12_24", "2007_01_21", "2007_07_25", "2008_06_04")

APPLIANCE_W = 2000.0
"""What a switched appliance is taken to draw where a minute's mean says only its energy."""

STEP_W = 150.0
"""A minute this much above both its neighbours has had something switched on."""


@dataclass(frozen=True, kw_only=True)
class House:
    """What a house draws without its chargers, second by second."""

    watts: Array
    """By second and phase."""

    volts: Array
    """By second."""

    @property
    def seconds(self) -> int:
        """How long it goes on."""
        return len(self.watts)

    @property
    def current_a(self) -> Array:
        """What it draws, by second and phase."""
        return self.watts / self.volts[:, None]


def on_one_phase(watts: Array) -> Array:
    """Return a whole house's watts as those of its only phase."""
    return watts.reshape(len(watts), -1).sum(axis=1, keepdims=True)


@lru_cache(maxsize=4)
def uk_house(day: str) -> House:
    """Return a day of UK-DALE's house 3: a value each 6 s."""
    with np.load(DATA / "ukdale_h3_6s.npz") as days:
        watts = np.repeat(days[f"{day}_w"].astype(float), 6)
    return House(watts=watts[:, None], volts=np.full(len(watts), NOMINAL_V))


@lru_cache(maxsize=4)
def french_house(day: str, *, edges_seed: int | None = None, is_split: bool = False) -> House:
    """Return a day of the house in Sceaux: minute means, and its measured volts.

    With a seed the means become switched appliances. Split, its three metered circuits are three
    phases; the house itself had one.
    """
    with np.load(DATA / "uci_1min.npz") as days:
        minutes = days[f"{day}_w"].astype(float)
        volts = np.repeat(days[f"{day}_dv"] / 10.0, 60)
    if edges_seed is None:
        watts = np.repeat(minutes, 60, axis=0)
    else:
        rng = np.random.default_rng(edges_seed)
        watts = np.stack([switched(circuit, rng) for circuit in minutes.T], axis=1)
    return House(watts=watts if is_split else on_one_phase(watts), volts=volts)


def switched(minutes: Array, rng: np.random.Generator) -> Array:
    """Return minute means as seconds in which something was on or off; each mean is kept.

    What a minute has beyond the calmer of its neighbours was on for a part of it: next to the
    busier neighbour if that is the busier one too, else somewhere in it.
    """
    seconds = np.repeat(minutes, 60).reshape(-1, 60)
    before, after = np.roll(minutes, 1), np.roll(minutes, -1)
    for minute, mean_w in enumerate(minutes):
        calm_w = min(before[minute], after[minute], mean_w)
        extra_w = mean_w - calm_w
        if extra_w < STEP_W:
            continue
        busy_w = max(before[minute], after[minute])
        height_w = max(extra_w, busy_w - calm_w if busy_w > mean_w else APPLIANCE_W)
        on_s = max(1, round(60 * extra_w / height_w))
        if busy_w <= mean_w:
            begin = int(rng.integers(0, 61 - on_s))
        else:
            begin = 0 if before[minute] > after[minute] else 60 - on_s
        seconds[minute] = calm_w
        seconds[minute, begin : begin + on_s] += 60 * extra_w / on_s
    return seconds.reshape(-1)


def between(house: House, begins_h: float, ends_h: float) -> House:
    """Return some hours of a house."""
    hours = slice(round(begins_h * 3600), round(ends_h * 3600))
    return House(watts=house.watts[hours], volts=house.volts[hours])
