"""The figures of runs that are worked out by hand."""

import numpy as np
import pytest

from benchmarks.figures import most_in_an_hour, over_by_cars_a, stretches_of, thermal_share
from benchmarks.houses import NOMINAL_V
from benchmarks.simulation import Sent

from .builders import a_log, judged


def a_cut(at: float, current_a: int = 6) -> Sent:
    """Return a reduction."""
    return Sent(at=at, charger=0, current_a=current_a, is_reduction=True)


def test_only_what_cars_cause_is_an_overload() -> None:
    """3 A over of which the house has 2: the cars have 1. The house alone has none."""
    house_a = np.array([[22.0], [22.0], [10.0]])
    total_a = np.array([[23.0], [22.0], [20.04]])
    assert over_by_cars_a(house_a, total_a, 20.0).ravel().tolist() == [1, 0, 0]


def test_overload_is_added_up() -> None:
    """4 and 6 A for a second each, in two stretches, are 10 A·s."""
    figures = judged(a_log([10] * 6, [10, 14, 10, 10, 16, 10]))
    assert (figures.over_as, figures.over_most_a, figures.over_longest_s) == (10, 6, 1)


def test_stretches() -> None:
    """A stretch ends where the next second is free, or with the run."""
    mask = np.array([True, False, True, True, False, True])
    assert stretches_of(mask) == [(0, 1), (2, 4), (5, 6)]
    assert stretches_of(np.zeros(3, dtype=bool)) == []


def test_energy_over_the_breaker_does_not_count() -> None:
    """10 A are free for 4 s; of 16 A the 6 A too many earn nothing, and 8 A earn 8."""
    figures = judged(a_log([10] * 4, [16, 16, 8, 8]))
    assert figures.oracle_kwh == pytest.approx(40 * NOMINAL_V / 3.6e6)
    assert figures.energy_kwh == pytest.approx(48 * NOMINAL_V / 3.6e6)
    assert figures.energy_pct == pytest.approx(90)


def test_energy_where_nothing_was_left_does_not_count() -> None:
    """With 5 A free no car could have charged: 5 A drawn there earn nothing."""
    assert judged(a_log([15, 10], [5, 10])).energy_pct == pytest.approx(100)


def test_energy_lost_is_told_by_cause() -> None:
    """Off in the first second, at 6 of 10 A in the second."""
    figures = judged(a_log([10, 10], [0, 6]))
    lost = {cause: round(figures.of_oracle_pct(kwh)) for cause, kwh in figures.lost_kwh.items()}
    assert lost == {"off": 50, "starting": 0, "low": 20, "left": 0}


@pytest.mark.parametrize(
    ("ratio", "seconds", "share"),
    [
        pytest.param(1.13, 3600, 0.0, id="what it holds for ever"),
        pytest.param(1.1301, 3600, 1.0, id="an hour at 1.13"),
        pytest.param(2.55, 1, 1.0, id="a second at 2.55"),
        pytest.param(1.6975, 6, 0.1, id="the middle of the line: a minute"),
    ],
)
def test_thermal_share_follows_the_standard(ratio: float, seconds: int, share: float) -> None:
    """The line goes through both corners of IEC 60898-1, straight where axes are logarithmic.

    1.6975 is the geometric mean of 1.13 and 2.55, where the breaker holds for 60 s.
    """
    cools = 1 if seconds < 60 else (1 - np.exp(-4)) / 4  # while it warms for an hour
    used = thermal_share(np.full(seconds, ratio))
    assert used == pytest.approx(share * cools, rel=0.02, abs=0.001)


def test_thermal_share_fades() -> None:
    """After a quarter of an hour's rest 37 % of it are left."""
    ratio = np.concatenate(([2.0], np.zeros(899), [2.0]))
    once = thermal_share(np.array([2.0]))
    assert thermal_share(ratio) == pytest.approx(once * (1 + np.exp(-1)))


def test_thermal_share_of_the_house_is_its_own() -> None:
    """A house that would trip its breaker by itself is not the cars' fault."""
    assert judged(a_log([60] * 10, [0] * 10)).thermal == 0


def test_starts_are_counted() -> None:
    """Current that begins to flow has closed a contactor."""
    assert judged(a_log([0] * 6, [0, 8, 0, 8, 8, 0], [0, 0, 0, 9, 9, 9])).starts == 3


def test_most_starts_are_counted_within_any_hour() -> None:
    """Three within 59 minutes and three within 61: the hour may begin with any start."""
    assert most_in_an_hour([0, 1800, 3540]) == 3
    assert most_in_an_hour([0, 1800, 3660]) == 2
    assert most_in_an_hour([]) == 0


def test_overload_without_an_answer() -> None:
    """12 s over with no reduction within reach is unanswered; one just before will do."""
    house_a, drawn_a = [10.0] * 30, [10.0] * 10 + [12.0] * 12 + [10.0] * 8
    assert judged(a_log(house_a, drawn_a)).unanswered == 1
    assert judged(a_log(house_a, drawn_a, sent=[a_cut(4.0)])).unanswered == 1
    assert judged(a_log(house_a, drawn_a, sent=[a_cut(6.0)])).unanswered == 0
    assert judged(a_log(house_a, drawn_a, sent=[a_cut(22.0)])).unanswered == 1


def test_late_counts_from_the_last_change() -> None:
    """The house rises in second 2 and 4, the cars let go in second 7: 3 s late."""
    figures = judged(a_log([5, 5, 15, 15, 18, 18, 18, 18], [10] * 7 + [2]))
    assert (figures.over_longest_s, figures.late_s) == (5, 3)
