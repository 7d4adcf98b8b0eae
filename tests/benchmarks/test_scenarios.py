"""The scenarios try what their names say."""

from itertools import product

import numpy as np
import pytest

from benchmarks.appliances import generated_house
from benchmarks.chargers import LEAST_A
from benchmarks.houses import between
from benchmarks.scenarios import (
    HEAVY_BREAKERS_A,
    HEAVY_HOURS,
    HELD_OUT,
    TUNING,
    Choice,
    all_scenarios,
)
from benchmarks.spans import Span, each

CALM_S = 30
"""As long as the ramp-up time: a start waits for so much calm."""

HEAVY_HOUSES = [
    (style, seed, breaker_a)
    for style, breakers_a in HEAVY_BREAKERS_A.items()
    for seed, breaker_a in product((*TUNING.seeds, *HELD_OUT.seeds), breakers_a)
]


@pytest.mark.parametrize(("style", "seed", "breaker_a"), HEAVY_HOUSES)
def test_heavy_evening_frees_the_least_current_again_and_again(
    style: str, seed: int, breaker_a: float
) -> None:
    """For most of the time, but somebody who always takes it would start 3 to 9 times an hour."""
    house = between(generated_house(style, seed), *HEAVY_HOURS)
    is_free = house.current_a[:, 0] <= breaker_a - LEAST_A
    assert 0.5 < is_free.mean() < 0.95
    edges = np.flatnonzero(np.diff(np.concatenate(([False], is_free, [False]))))
    lasting = np.count_nonzero(edges[1::2] - edges[::2] >= CALM_S)
    assert 3 <= lasting / (HEAVY_HOURS[1] - HEAVY_HOURS[0]) <= 9


@pytest.mark.parametrize("choice", [TUNING, HELD_OUT], ids=["tuning", "held out"])
def test_wide_plant_is_tried_in_each_house(choice: Choice) -> None:
    """Whatever is odd is tried where nothing moves but once, and on an evening."""
    wide = [scenario for scenario in all_scenarios(choice) if scenario.name.startswith("wide-")]
    kinds, houses = zip(*(scenario.name.split("/") for scenario in wide), strict=True)
    assert len(set(houses)) == 2
    assert all(kinds.count(kind) == 2 for kind in kinds)
    step = next(scenario for scenario in wide if scenario.name.endswith("/step")).house()
    assert np.count_nonzero(np.diff(step.watts, axis=0)) == 1


def test_sensors_are_tried_where_the_core_hears_them() -> None:
    """What is wrong with a charger's own sensors is not to be seen at the meter."""
    scenarios = [one for one in all_scenarios(TUNING) if one.name.startswith("wide-sensor-")]
    assert scenarios
    assert {scenario.variants for scenario in scenarios} == {("sensors",)}


def test_stretches_come_again_and_again() -> None:
    """Eight seconds of each 150, from a minute on."""
    assert each(150, 8, begins=60, ends=400) == (
        Span(begins=60, ends=68),
        Span(begins=210, ends=218),
        Span(begins=360, ends=368),
    )
