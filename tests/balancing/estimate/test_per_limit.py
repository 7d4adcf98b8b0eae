"""What the meters say becomes one value for each limit."""

import pytest

from custom_components.ev_lb.balancing.estimate.per_limit import per_limit
from custom_components.ev_lb.balancing.model import Reading
from custom_components.ev_lb.balancing.settings import CircuitSettings
from tests.balancing.builders import a_charger, a_state, settings

GARAGE = CircuitSettings(circuit_id="garage", rated_current_a=20, phases=(0, 1, 2))


def test_phases_are_their_limits() -> None:
    """A meter that says each phase needs nothing of what we believe."""
    of = settings(a_charger(phases=(0, 1, 2)), phase_count=3)
    reading = Reading(current_a=(8, 9, 10), at=5)
    assert per_limit(of, a_state(of), reading) is reading


@pytest.mark.parametrize("drawn_a", [0, 10])
def test_total_of_three_phase_chargers_is_divided(drawn_a: int) -> None:
    """What all of them draw is on all phases alike: no belief is needed."""
    of = settings(a_charger(phases=(0, 1, 2)), phase_count=3, is_metered_in_total=True)
    state = a_state(of, house_a=(4, 4, 4, 12), a=drawn_a)
    assert per_limit(of, state, Reading(current_a=(60,), at=5)).current_a == (20, 20, 20, 60)


def test_total_is_divided_after_the_chargers_draw() -> None:
    """A one-phase car of 16 A is on its own phase: dividing first shows it as 5.3 A."""
    of = settings(a_charger(phases=(0,)), phase_count=3, is_metered_in_total=True)
    state = a_state(of, house_a=(4, 4, 4, 12), a=16)
    reading = per_limit(of, state, Reading(current_a=(28,), at=5))
    assert reading.current_a == pytest.approx((20, 4, 4, 28))


def test_total_beside_the_phases_is_their_sum() -> None:
    """A limit on all of them together needs no meter of its own."""
    of = settings(a_charger(phases=(0, 1, 2)), phase_count=3, total_a=40)
    said = Reading(current_a=(8, 9, -2), at=7, said_at=(5, 6, 7))
    assert per_limit(of, a_state(of), said) == Reading(
        current_a=(8, 9, -2, 15), at=7, said_at=(5, 6, 7, 5)
    )


def test_circuit_without_a_meter_shows_its_chargers() -> None:
    """Nothing else is known of it."""
    of = settings(
        a_charger(phases=(0, 1, 2), circuit_id="garage"), phase_count=3, circuits=(GARAGE,)
    )
    state = a_state(of, house_a=(0,) * 6, a=10)
    reading = per_limit(of, state, Reading(current_a=(18, 19, 20), at=5))
    assert reading.current_a == (18, 19, 20, 10, 10, 10)


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(Reading(current_a=(8,), at=7), id="too few"),
        pytest.param(Reading(current_a=(8, 9, 10, 11), at=7), id="as many as limits"),
        pytest.param(Reading(current_a=(8, 9, 10), at=7, said_at=(5, 6)), id="moments"),
    ],
)
def test_reading_that_does_not_fit_is_none(said: Reading) -> None:
    """The meter's own judgement refuses it: it is no number of each limit."""
    of = settings(a_charger(phases=(0, 1, 2)), phase_count=3, total_a=40)
    assert per_limit(of, a_state(of), said).current_a == ()
