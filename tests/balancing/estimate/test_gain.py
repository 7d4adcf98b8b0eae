"""What an ampere of ours shows at the meter, where the volts are higher than set."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_components.ev_lb.balancing.estimate.gain import LEARNED_FROM_A, MOST, NEEDED, Gain
from custom_components.ev_lb.balancing.estimate.house_load import on_reading
from custom_components.ev_lb.balancing.estimate.setpoints import Setpoints
from custom_components.ev_lb.balancing.model import Reading, SetCurrent
from tests.balancing.builders import Run, a_state, charging, settings
from tests.explore import examples


def learned(*shown_a: float, told_a: float = 10) -> float:
    """Return what is learned from changes of 10 A that showed as so many."""
    gain = Gain()
    for at, each_a in enumerate(shown_a):
        gain.on_shown(each_a, told_a, at)
    return gain.value


@pytest.mark.parametrize(
    ("shown_a", "value"),
    [
        pytest.param((10.6,) * (NEEDED - 1), 1.0, id="too few"),
        pytest.param((10.6,) * NEEDED, 1.06, id="enough"),
        pytest.param((10.6, 12, 10.7, 14), 1.06, id="the least: a house adds to most"),
        pytest.param((10.6, 9, 10.6, 10.6), 1.0, id="never less than an ampere"),
        pytest.param((15,) * NEEDED, MOST, id="no supply has such volts"),
        pytest.param((9, *(10.6,) * 6), 1.06, id="the odd one is forgotten"),
        pytest.param((9, *(10.6,) * 5), 1.0, id="not yet"),
    ],
)
def test_least_of_the_last_changes_counts(shown_a: Sequence[float], value: float) -> None:
    """A house that rose with a car does not make an ampere a larger one."""
    assert learned(*shown_a) == pytest.approx(value)


def test_small_change_teaches_nothing() -> None:
    """Of less than 6 A the house hides too much."""
    assert learned(*[5.4] * NEEDED, told_a=LEARNED_FROM_A - 1) == 1.0
    assert learned(*[6.6] * NEEDED, told_a=LEARNED_FROM_A) == pytest.approx(1.1)


def test_changes_that_one_reading_shows_are_one() -> None:
    """A house that rises once with two cars made three of four: 33 A on 32 A for a minute."""
    gain = Gain()
    for at in (1, 1, 2, 2, 3, 3):
        gain.on_shown(10.6, 10, at)
    assert gain.value == 1.0
    gain.on_shown(10.6, 10, 4)
    assert gain.value == pytest.approx(1.06)
    gain.on_shown(10.2, 10, 4)
    assert gain.value == pytest.approx(1.02)


def with_gain(value: float, *, house_a: float, a: int) -> Run:
    """Return a site whose supply shows so much of an ampere."""
    state = a_state(settings(), house_a=house_a, a=a)
    state.gain = Gain(value=value)
    return Run(settings(), state, now=1)


def test_car_counts_with_what_it_shows_at_the_meter() -> None:
    """At 245 V a car of 20 A is 21 A of the reading, and the house what is left."""
    run = with_gain(1.05, house_a=12, a=20)
    on_reading(run.state, Reading(current_a=(30,), at=1), is_new=True)
    assert run.state.house.load_a == [9]


def test_charger_that_was_never_told_anything_counts_so_too() -> None:
    """Of what we told it."""
    setpoints = Setpoints.unknown(32)
    setpoints.on_sent(20, 0)
    run = with_gain(1.05, house_a=5, a=20)
    run.state.chargers["a"].setpoints = setpoints
    on_reading(run.state, Reading(current_a=(31,), at=1), is_new=True)
    assert run.state.house.load_a == [10]


def test_raise_is_smaller_where_an_ampere_shows_as_more() -> None:
    """18 A are free beside the house: 17 told amperes show as them."""
    run = with_gain(1.05, house_a=14, a=10)
    assert run.read(14 + 10 * 1.05).commands == (SetCurrent(charger_id="a", current_a=17),)


@given(
    shown_a=st.lists(st.floats(0, 100), max_size=20),
    told_a=st.floats(LEARNED_FROM_A, 32),
    value=st.floats(1, MOST),
)
@examples(100)
def test_gain_only_ever_makes_shares_smaller(
    shown_a: list[float], told_a: float, value: float
) -> None:
    """Between one and the most that a supply may have, whatever the meter shows."""
    assert 1.0 <= learned(*shown_a, told_a=told_a) <= MOST
    gain = Gain(value=value)
    gain.on_shown(told_a, told_a, 0)
    assert gain.value == value


def test_unmoved_house_keeps_its_load_beside_a_car() -> None:
    """An estimate that is within what the gain allows stays where it is."""
    known = charging(20)
    state = a_state(settings(), house_a=12, a=known)
    state.gain = Gain(value=1.05)
    on_reading(state, Reading(current_a=(33,), at=1), is_new=True)
    assert state.house.load_a == [12]
