"""Increases wait for the ramp-up time after the house has forced a reduction."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_components.ev_lb.balancing.increases.hold import Hold
from custom_components.ev_lb.balancing.increases.start_budget import StartBudget
from custom_components.ev_lb.balancing.model import (
    BalancerState,
    LimitedBy,
    SetCurrent,
    StartCharging,
    StopCharging,
)
from tests.balancing.builders import Run, a_charger, a_state, charging, settings
from tests.explore import examples


def test_increase_waits_for_ramp_up_time() -> None:
    """After a cut the car keeps its lower current for the ramp-up time, whatever is free."""
    of = settings(ramp_up_time_s=30.0)
    run = Run(of, a_state(of, house_a=2, a=30), now=0)
    assert run.read(42).commands == (SetCurrent(charger_id="a", current_a=20),)
    run.now = 15
    assert run.read(22).commands == ()
    assert run["a"].allocation.limited_by is LimitedBy.RAMP_UP_HOLD
    assert run["a"].allocation.balancer_state is BalancerState.RAMP_UP_HOLD
    run.now = 29.9
    assert run.read(22).commands == ()
    run.now = 30
    assert run.read(22).commands == (SetCurrent(charger_id="a", current_a=30),)


def test_end_of_the_hold_raises_without_a_new_reading() -> None:
    """A steady meter says nothing new, and the car gets its current all the same."""
    of = settings(ramp_up_time_s=30.0)
    run = Run(of, a_state(of, house_a=2, a=30), now=0)
    run.read(42)
    run.listen(15, 22)
    assert run.sleep(20) == [(30, SetCurrent(charger_id="a", current_a=30))]


def test_each_reduction_begins_the_hold_anew() -> None:
    """The ramp-up time counts from the last cut."""
    of = settings(ramp_up_time_s=30.0)
    run = Run(of, a_state(of, house_a=2, a=30), now=0)
    run.read(42)
    run.now = 13
    run.read(22)
    run.now = 20
    run.read(37)
    assert run["a"].hold == Hold(until=50)


def test_longer_hold_stays() -> None:
    """A lowered ramp-up time does not shorten a hold that runs."""
    hold = Hold()
    hold.on_forced_cut(60, 0)
    hold.on_forced_cut(30, 10)
    assert hold == Hold(until=60)
    hold.on_forced_cut(30, 31)
    assert hold == Hold(until=61)


@given(
    cuts=st.lists(st.tuples(st.floats(0, 100), st.floats(0, 60)), min_size=1, max_size=5),
    now=st.floats(0, 200),
)
@examples(100)
def test_hold_runs_for_the_ramp_up_time_of_every_cut(
    cuts: list[tuple[float, float]], now: float
) -> None:
    """Whatever follows a cut, no increase comes within its ramp-up time, and any may after all."""
    hold = Hold()
    for at, ramp_up_time_s in sorted(cuts):
        hold.on_forced_cut(ramp_up_time_s, at)
    assert hold.is_running(now) == any(now < at + ramp_up_s for at, ramp_up_s in cuts)


def test_reduction_does_not_wait() -> None:
    """A hold never keeps a car from being cut."""
    of = settings()
    run = Run(of, a_state(of, house_a=2, a=charging(30, hold=Hold(until=100.0))), now=10)
    assert run.read(37).commands == (SetCurrent(charger_id="a", current_a=25),)


def test_first_start_has_no_hold() -> None:
    """A car that has not been cut starts at once."""
    of = settings()
    run = Run(of, a_state(of, house_a=12), now=1)
    assert run.read(12).commands == (StartCharging(charger_id="a", current_a=20),)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"max_charger_current_a": 10}, id="maximum lowered"),
        pytest.param({"min_ev_current_a": 31}, id="minimum raised"),
        pytest.param({"priority": 10}, id="priority lowered"),
    ],
)
def test_cut_by_the_users_number_starts_no_hold(change: dict[str, int]) -> None:
    """What the user took away, the user gets back at once."""
    of = settings(a_charger("a"), a_charger("b"))
    run = Run(of, a_state(of, a=16, b=16), now=1)
    before = run.targets["a"]
    run.change_charger("a", **change)
    assert run.targets["a"] < before
    assert (run["a"].hold, run["b"].hold) == (Hold(), Hold())


def test_lowered_service_current_starts_no_hold() -> None:
    """A lowered service current cuts at once, and gives back at once when it is raised again."""
    of = settings()
    run = Run(of, a_state(of, house_a=2, a=30), now=1)
    assert run.change(service_current_a=20).commands == (SetCurrent(charger_id="a", current_a=18),)
    assert run["a"].hold == Hold()
    run.now = 60
    run.read(20)
    assert run.change(service_current_a=32).commands == (SetCurrent(charger_id="a", current_a=30),)


def test_cut_for_another_charger_starts_no_hold() -> None:
    """Making room for a second car is no overload."""
    of = settings(a_charger("a"), a_charger("b"))
    run = Run(of, a_state(of, a=32), now=1)
    assert run.read(32).commands == (SetCurrent(charger_id="a", current_a=16),)
    assert run["a"].hold == Hold()


def test_overload_holds_every_charger_on_its_phase_and_no_other() -> None:
    """All chargers on the phase that was over wait; one on another phase does not."""
    of = settings(
        a_charger("a", phases=(0,)),
        a_charger("b", phases=(0, 1)),
        a_charger("c", phases=(2,)),
        phase_count=3,
    )
    run = Run(of, a_state(of, a=20, b=12, c=32), now=5)
    run.read(40, 12, 32)
    assert [run[key].hold.until for key in "abc"] == [35, 35, None]


def test_held_charger_does_not_take_what_a_waiting_one_leaves() -> None:
    """Not even the share of a car that may not start yet breaks a hold."""
    of = settings(a_charger("a"), a_charger("b"))
    waiting = charging(0, budget=StartBudget(is_stopped=True))
    held = charging(10, hold=Hold(until=100.0))
    run = Run(of, a_state(of, house_a=12, a=waiting, b=held), now=10)
    assert run.read(22).commands == ()
    assert run.targets == {"a": 0, "b": 10}


def test_charger_switched_off_is_not_held() -> None:
    """The user's own charger is none of our business."""
    of = settings(a_charger("a"), a_charger("b", is_enabled=False))
    run = Run(of, a_state(of, house_a=22, a=10, b=0), now=1)
    run.read(42)
    assert (run["a"].hold, run["b"].hold) == (Hold(until=31), Hold())
    assert run["b"].allocation.balancer_state is BalancerState.DISABLED


def test_stopped_charger_shows_as_stopped_during_its_hold() -> None:
    """A car that the house has stopped waits, and shows so."""
    of = settings()
    run = Run(of, a_state(of, house_a=20, a=12), now=0)
    assert run.read(40).commands == (StopCharging(charger_id="a"),)
    run.now = 20
    run.read(12)
    assert run["a"].allocation.balancer_state is BalancerState.STOPPED
    assert run["a"].allocation.limited_by is LimitedBy.RAMP_UP_HOLD


def test_reduction_for_want_of_a_meter_holds_too() -> None:
    """After a stop without a meter the start waits for the ramp-up time."""
    of = settings(ramp_up_time_s=30.0)
    run = Run(of, a_state(of, house_a=12, a=20), now=0)
    run.lose_meter()
    assert run["a"].hold == Hold(until=30)
