"""The best that could have been done, against small cases worked out by hand."""

import numpy as np
import pytest

from benchmarks.chargers import Car, ChargerModel
from benchmarks.figures import until_charged_a
from benchmarks.houses import NOMINAL_V
from benchmarks.oracle import best_a, even_shares, groups_of, with_contactor
from benchmarks.spans import Span


def best(house_a: list[float | tuple[float, ...]], *models: ChargerModel) -> list[list[float]]:
    """Return the oracle's currents below a breaker of 20 A, by second and group."""
    rows = [value if isinstance(value, tuple) else (value,) for value in house_a]
    groups = groups_of(models, len(rows))
    return best_a(np.array(rows, dtype=float), 20.0, groups).tolist()


AT_ONCE = ChargerModel(delay_s=0, contactor_s=0)
ONE, ALL = (ChargerModel(delay_s=0, contactor_s=0, phases=phases) for phases in ((0,), (0, 1, 2)))


def test_whole_amps_are_drawn_up_to_the_breaker() -> None:
    """11.2 A are free: 11 are drawn; 5.9 are too few; no more than the breaker beside the sun."""
    assert best([8.8, 14.1, 14.0, -20], AT_ONCE) == [[11], [0], [6], [20]]


def test_start_costs_the_delay_and_the_contactor() -> None:
    """Nothing flows before the first command and the contactor can have acted."""
    slow = ChargerModel(delay_s=1, contactor_s=2)
    assert best([10] * 5, slow) == [[0], [0], [0], [10], [10]]


@pytest.mark.parametrize(
    ("most_a", "chosen_a"),
    [
        pytest.param([9, 9, 0, 8, 8, 9, 9], [9, 9, 0, 0, 0, 9, 9], id="lasts its three seconds"),
        pytest.param([7, 0, 9, 9, 9, 9, 9], [0, 0, 9, 9, 9, 9, 9], id="what is cheaper is given"),
        pytest.param([9, 9, 0, 0, 0, 9, 9], [9, 9, 0, 0, 0, 9, 9], id="a long one costs nothing"),
        pytest.param([9, 9, 0, 6, 0, 9, 9], [9, 9, 0, 0, 0, 9, 9], id="no start between two"),
    ],
)
def test_pause_costs_the_contactor(most_a: list[float], chosen_a: list[float]) -> None:
    """Each start needs its three seconds without current, taken where it costs least."""
    assert with_contactor(np.array(most_a, dtype=float), 3, 0).tolist() == chosen_a


def test_pauses_are_chosen_as_well_as_by_trying_all() -> None:
    """The exact rule finds what trying every on and off finds."""
    rng = np.random.default_rng(3)
    for _ in range(40):
        most_a = rng.choice([0.0, 6.0, 9.0, 20.0], size=9)
        tried = [
            sum(np.where(is_on, most_a, 0.0))
            for is_on in on_and_off(9)
            if not (most_a[is_on] == 0).any() and all(length >= 3 for length in pauses(is_on))
        ]
        assert with_contactor(most_a, 3, 0).sum() == max(tried)


def on_and_off(seconds: int) -> list[np.ndarray]:
    """Return every way of being on and off."""
    return [
        np.array([bool(bits >> second & 1) for second in range(seconds)])
        for bits in range(2**seconds)
    ]


def pauses(is_on: np.ndarray) -> list[int]:
    """Return how long each pause before a start was, but for the one at the beginning."""
    seconds = np.flatnonzero(is_on)
    return [int(gap) - 1 for gap in np.diff(seconds) if gap > 1]


def test_cars_on_other_phases_are_weighed_against_each_other() -> None:
    """A car on all phases counts three times, so it gets the common phase where it can use it."""
    assert best([(0, 0, 0)], ONE, ALL) == [[0, 20]]
    assert best([(0, 12, 12)], ONE, ALL) == [[12, 8]]
    assert best([(0, 15, 0)], ONE, ALL) == [[20, 0]]


def test_even_sharer_gives_each_the_same() -> None:
    """Even shares of 20 A, the odd amp to the first; who takes little leaves the rest."""
    assert even_shares([20, 20, 20], [32, 32], [(0,), (0, 1, 2)]) == [10, 10]
    assert even_shares([21], [32, 32], [(0,), (0,)]) == [11, 10]
    assert even_shares([20], [8, 32], [(0,), (0,)]) == [8, 12]
    assert even_shares([11], [32, 32], [(0,), (0,)]) == [11, 0]


def test_absent_car_leaves_everything() -> None:
    """Nothing is asked of a controller while no car is there, or it does not want anything."""
    away = ChargerModel(delay_s=0, contactor_s=0, car=Car(plugged=(Span(begins=1, ends=2),)))
    assert best([0, 0, 0], away) == [[0], [20], [0]]


def test_car_that_draws_less_than_offered_is_offered_more() -> None:
    """Nine tenths of 22 A are 19.8."""
    frugal = ChargerModel(delay_s=0, contactor_s=0, car=Car(share=0.9))
    assert best([0], frugal) == [[pytest.approx(19.8)]]


def test_full_car_takes_no_more() -> None:
    """The oracle's battery is full at the same energy as the car's."""
    need_kwh = 3 * 10 * NOMINAL_V / 3.6e6
    charger = ChargerModel(car=Car(need_kwh=need_kwh))
    drawn_a = until_charged_a(np.full(5, 10.0), [charger], np.full(5, NOMINAL_V))
    assert drawn_a.tolist() == [10, 10, 10, 0, 0]
