"""An overload, and what the meter cannot tell from its own error: that cuts nobody for a moment."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_components.ev_lb.balancing.increases.hold import Hold
from custom_components.ev_lb.balancing.increases.overload import (
    LEAST_S,
    MOST_A,
    deadband_a,
    is_urgent,
    overload_a,
)
from custom_components.ev_lb.balancing.meter.timing import MeterTiming
from custom_components.ev_lb.balancing.model import MeterStatus, SetCurrent
from custom_components.ev_lb.balancing.settings import CircuitSettings
from custom_components.ev_lb.balancing.state import State
from custom_components.ev_lb.balancing.supervise.evidence import Cut, Evidence
from tests.balancing.builders import Run, a_charger, a_state, charging, settings
from tests.balancing.plant import Charger, Load, Meter, Plant, steps
from tests.explore import examples

CIRCUITS = (
    CircuitSettings(circuit_id="garage", rated_current_a=10, phases=(1,)),
    CircuitSettings(circuit_id="barn", rated_current_a=20, phases=(0,), is_metered=True),
)


def one_car(house: Load) -> Plant:
    """Return a car and a quick meter in a house."""
    return Plant(settings=settings(), house=house, chargers=[Charger()], meter=Meter(period_s=1))


def a_run(house_a: float = 12, **charger: Any) -> Run:
    """Return a car that takes all that the house leaves."""
    of = settings(a_charger(**charger))
    return Run(of, a_state(of, house_a=house_a, a=int(32 - house_a)), now=0)


# What is over


def test_overload_is_what_the_chargers_have_beyond_what_the_house_leaves() -> None:
    """Per phase, by what was given, not by what is drawn yet; nothing where there is room."""
    of = settings(a_charger("a", phases=(0,)), a_charger("b", phases=(0, 1)), phase_count=3)
    state = a_state(of, house_a=(10.0, 20.0, 40.0), a=16, b=14)
    assert overload_a(state, of.limits) == [8, 2, 0]


def test_house_over_its_limit_by_itself_is_no_overload() -> None:
    """With all cars stopped there is nothing to give up."""
    of = settings()
    assert overload_a(a_state(of, house_a=40), of.limits) == [0]


def test_nothing_is_overloaded_while_the_house_is_unseen() -> None:
    """Without a meter, or before its first reading, there is no telling."""
    of = settings()
    state = a_state(of, house_a=30, a=20)
    assert overload_a(state, of.limits) == [18]
    state.meter.status = MeterStatus.UNAVAILABLE
    assert overload_a(state, of.limits) == [0]
    assert overload_a(State(), of.limits) == [0]


def test_limit_of_the_decision_before_counts() -> None:
    """What a lowered number takes away is no overload."""
    before, after = settings(rated_a=32), settings(rated_a=32, service_a=20)
    state = a_state(after, house_a=2, a=30)
    assert overload_a(state, before.limits) == [0]
    assert overload_a(state, after.limits) == [12]


@pytest.mark.parametrize(
    ("site", "limits_a"),
    [
        pytest.param({}, (25,), id="one phase"),
        pytest.param(
            {"phase_count": 3, "phase_rated_a": (25, 16, 25), "total_a": 40, "circuits": CIRCUITS},
            (25, 16, 25, 20),
            id="phases, and a circuit with a meter",
        ),
        pytest.param({"phase_count": 3, "is_metered_in_total": True}, (75,), id="total"),
    ],
)
def test_value_over_its_own_limit_is_urgent(
    site: dict[str, Any], limits_a: tuple[float, ...]
) -> None:
    """By its place in what the meters say: what they do not say is no part of it."""
    of = settings(rated_a=25, **site)
    for place, limit_a in enumerate(limits_a):
        assert not is_urgent(of, place, limit_a)
        assert is_urgent(of, place, limit_a + 0.1)


def test_each_limit_tells_since_when_it_is_over() -> None:
    """An owner sees how long it has lasted; within the limit, or without a meter, nothing is."""
    of = settings(a_charger(phases=(0,)), phase_count=3)
    run = Run(of, a_state(of, house_a=(4.0, 20.0, 2.0), a=20), now=1)
    assert run.read(24, 40, 2).view.over_since == (None, 1, None)
    run.now = 4
    assert run.read(39, 41, 32.1).view.over_since == (4, 1, None)
    run.now = 6
    assert run.read(39, 30, 2).view.over_since == (4, None, None)
    assert run.lose_meter().view.over_since == (None, None, None)


# So little


@pytest.mark.parametrize(("service_a", "most_a"), [(10, 0.1), (16, 0.16), (25, 0.25), (63, 0.25)])
def test_deadband_is_a_class_1_meters_error(service_a: int, most_a: float) -> None:
    """One part in a hundred of the service current, a quarter of an ampere at most."""
    (limit,) = settings(rated_a=63, service_a=service_a).limits
    assert deadband_a(limit) == pytest.approx(most_a)


def test_so_little_cuts_nobody_at_once() -> None:
    """A tenth of an ampere too much stands for 5 s, then it is an overload."""
    run = a_run()
    assert run.read(32.1).commands == ()
    assert run["a"].hold == Hold()
    assert run.wake_at == LEAST_S
    assert run.sleep(LEAST_S - 0.1) == []
    assert run.sleep(0.1) == [(LEAST_S, SetCurrent(charger_id="a", current_a=19))]
    assert run["a"].hold == Hold(until=LEAST_S + 30)


def test_so_little_is_over_within_three_response_times() -> None:
    """A quick charger is cut sooner: what is promised is counted in its response times."""
    run = a_run(response_time_s=2.0)
    run.read(32.1)
    assert run.sleep(10) == [(4, SetCurrent(charger_id="a", current_a=19))]


@pytest.mark.parametrize(
    ("period_s", "stands_s"),
    [(1.0, LEAST_S), (10.0, 12.0), (30.0, 20.0)],
    ids=["quick", "waits for a second reading", "two response times at most"],
)
def test_so_little_waits_for_a_second_reading(period_s: float, stands_s: float) -> None:
    """Of a slow meter 5 s would be the first reading alone."""
    run = a_run()
    run.state.timing = MeterTiming(period_s=period_s, heard_since=-1e6)
    run.read(32.1)
    assert run.wake_at == stands_s


def test_phase_that_has_just_been_over_has_no_deadband() -> None:
    """What is left of an overload behind a cut is cut at once."""
    run = a_run()
    run.read(36)
    run.now = 5
    before = run.targets["a"]
    run.read(32.1)
    assert before == 16
    assert run.targets["a"] < before


def test_so_little_that_goes_is_forgotten() -> None:
    """Only what stands without a break is an overload."""
    run = a_run()
    run.read(32.1)
    run.now = LEAST_S - 1
    run.read(31.9)
    run.now = LEAST_S
    assert run.read(32.1).commands == ()
    assert run.state.deadband.until == {0: 2 * LEAST_S}


def test_more_than_the_deadband_cuts_at_once() -> None:
    """Also where it begins as less."""
    run = a_run()
    run.read(32.1)
    run.now = 1
    assert run.read(32 + MOST_A + 0.01).commands == (SetCurrent(charger_id="a", current_a=19),)


def test_increase_uses_no_deadband() -> None:
    """19.9 A are 19 A to a car that is raised, and keep one that has 20 A for a moment only."""
    of = settings()
    run = Run(of, a_state(of, house_a=20, a=12), now=0)
    run.read(24.1)
    run.now = 1
    assert run.read(24.1).commands == (SetCurrent(charger_id="a", current_a=19),)


def test_deadband_raises_no_other_charger() -> None:
    """An ampere that one lets go is not handed on while the phase is over."""
    of = settings(a_charger("a"), a_charger("b", max_a=6))
    run = Run(of, a_state(of, house_a=20, a=6, b=6), now=0)
    run.read(32.1)
    run.change_charger("b", max_charger_current_a=0)
    run.change_charger("a", max_charger_current_a=7)
    assert run.targets["a"] == 6


def test_user_who_lowers_the_limit_is_obeyed_at_once() -> None:
    """What a number takes away is no meter's error."""
    run = a_run()
    run.read(32)
    run.change(service_current_a=31.9)
    assert run.targets == {"a": 19}


def test_so_little_flags_nobody() -> None:
    """A charger that was cut by one ampere while the house rose by half of it has obeyed."""
    of = settings()
    cut = Cut(cut_a=1, sent_at=-1000, has_drawn=True, highest_a=[32.6])
    known = charging(20, evidence=Evidence(cut=cut))
    run = Run(of, a_state(of, house_a=12, a=known), now=100)
    assert run.read(32.1).commands == ()
    assert run["a"].evidence.cut is None
    assert run["a"].compliance.is_unresponsive is False


def test_lost_meter_ends_the_wait() -> None:
    """Without a reading there is nothing to wait for."""
    run = a_run()
    run.read(32.1)
    run.lose_meter()
    assert run.state.deadband.until == {}
    assert run.targets == {"a": 0}


@given(house_a=st.floats(2, 25), more_a=st.floats(0, 3))
@examples(60)
def test_house_that_rises_is_over_for_no_longer_than_promised(
    house_a: float, more_a: float
) -> None:
    """Whatever the fraction, the cars give way within three response times."""
    plant = one_car(steps((0, house_a), (100, house_a + more_a)))
    plant.run(200)
    assert all(second < 100 + 1 + 3 * 10 for second in plant.seconds_over())


def test_house_that_flickers_costs_no_command() -> None:
    """A fridge's light that comes and goes takes no ampere each time."""
    plant = one_car(lambda second: 12 + (0.1 if second % 15 < 5 else -0.02))
    plant.run(1800)
    assert plant.commands(since=60) == []
    assert plant.drawn_a()[0] == 20
