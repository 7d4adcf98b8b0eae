"""Increases wait for the ramp-up time after the house has forced a reduction."""

from dataclasses import replace

import pytest

from custom_components.ev_lb.balancing.model import (
    BalancerState,
    LimitedBy,
    MeterStatus,
    SetCurrent,
    StartCharging,
    StartWait,
    State,
    StopCharging,
)
from custom_components.ev_lb.balancing.ramp_up import CYCLE_A, CYCLE_S, overload_a

from .builders import Run, a_charger, a_state, charging, settings


def test_increase_waits_for_ramp_up_time() -> None:
    """After a cut the car keeps its lower current for the ramp-up time, whatever is free."""
    of = settings(ramp_up_time_s=30.0)
    run = Run(of, a_state(of, house_a=2, a=30), now=0)
    assert run.read(42).commands == (SetCurrent(charger_id="a", current_a=20),)
    run.now = 15
    assert run.read(22).commands == ()
    assert run["a"].limited_by is LimitedBy.RAMP_UP_HOLD
    run.now = 29.9
    assert run.read(22).commands == ()
    run.now = 30
    assert run.read(22).commands == (SetCurrent(charger_id="a", current_a=30),)


def test_end_of_the_hold_raises_without_a_new_reading() -> None:
    """A steady meter says nothing new, and the car gets its current all the same (accident 8)."""
    of = settings(ramp_up_time_s=30.0)
    run = Run(of, a_state(of, house_a=2, a=30), now=0)
    run.read(42)
    run.now = 15
    run.read(22)
    assert run.wake_at == 30
    assert run.sleep(30) == [(30, SetCurrent(charger_id="a", current_a=30))]
    assert run.listen(60, 32) == []


@pytest.mark.parametrize(
    ("after_s", "over_a", "hold_s"),
    [
        pytest.param(CYCLE_S, CYCLE_A, 60, id="all of it, at once"),
        pytest.param(CYCLE_S + 1, CYCLE_A, 30, id="it had lasted"),
        pytest.param(CYCLE_S, CYCLE_A - 1, 30, id="little"),
    ],
)
def test_load_that_cycles_holds_for_longer(after_s: float, over_a: float, hold_s: float) -> None:
    """What the house takes back at once, it will give up and take back again."""
    of = settings(ramp_up_time_s=30.0)
    run = Run(of, a_state(of, house_a=2, a=charging(30, raised_at=0.0)), now=after_s)
    run.read(32 + over_a)
    assert run["a"].hold_until == after_s + hold_s


def test_small_cut_does_not_shorten_the_hold() -> None:
    """The longer of two holds stays."""
    of = settings(ramp_up_time_s=30.0)
    run = Run(of, a_state(of, house_a=2, a=charging(30, raised_at=0.0)), now=10)
    run.read(42)
    run.now = 20
    run.read(35)
    assert run["a"].hold_until == 70


def test_each_reduction_begins_the_hold_anew() -> None:
    """The ramp-up time counts from the last cut."""
    of = settings(ramp_up_time_s=30.0)
    run = Run(of, a_state(of, house_a=2, a=30), now=0)
    run.read(42)
    run.now = 20
    run.read(37)
    assert run["a"].target_a == 15
    run.now = 45
    assert run.read(17).commands == ()
    assert run.sleep(10) == [(50, SetCurrent(charger_id="a", current_a=30))]


def test_reduction_does_not_wait() -> None:
    """A hold never keeps a car from being cut."""
    of = settings()
    run = Run(of, a_state(of, house_a=2, a=charging(30, hold_until=100.0)), now=10)
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
    assert run["a"].hold_until is None
    assert run["b"].hold_until is None


def test_lowered_service_current_starts_no_hold() -> None:
    """A lowered service current cuts at once, and gives back at once when it is raised again."""
    of = settings()
    run = Run(of, a_state(of, house_a=2, a=30), now=1)
    assert run.change(service_current_a=20).commands == (SetCurrent(charger_id="a", current_a=18),)
    assert run["a"].hold_until is None
    run.now = 60
    run.read(20)
    assert run.change(service_current_a=32).commands == (SetCurrent(charger_id="a", current_a=30),)


def test_cut_for_another_charger_starts_no_hold() -> None:
    """Making room for a second car is no overload."""
    of = settings(a_charger("a"), a_charger("b"))
    run = Run(of, a_state(of, a=32), now=1)
    assert run.read(32).commands == (SetCurrent(charger_id="a", current_a=16),)
    assert run["a"].hold_until is None


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
    assert run["a"].hold_until == 35
    assert run["b"].hold_until == 35
    assert run["c"].hold_until is None


def test_held_charger_does_not_take_what_a_waiting_one_leaves() -> None:
    """Not even the share of a car that may not start yet breaks a hold."""
    of = settings(a_charger("a"), a_charger("b"))
    waiting = charging(0, start_wait=StartWait(stops=1, last_stop_at=0.0))
    run = Run(of, a_state(of, house_a=12, a=waiting, b=charging(10, hold_until=100.0)), now=10)
    assert run.read(22).commands == ()
    assert run.targets == {"a": 0, "b": 10}


def test_command_interval_keeps_increases_apart() -> None:
    """A charger that keeps its limit in flash is raised no more often than it may (accident 21)."""
    of = settings(a_charger(command_interval_s=60.0))
    run = Run(of, a_state(of, house_a=20), now=0)
    assert run.read(20).commands == (StartCharging(charger_id="a", current_a=12),)
    run.now = 20
    run.read(32)
    run.now = 40
    assert run.read(27).commands == ()
    assert run["a"].limited_by is LimitedBy.COMMAND_INTERVAL
    assert run.sleep(30) == [(60, SetCurrent(charger_id="a", current_a=17))]


def test_command_interval_does_not_put_off_a_cut() -> None:
    """A reduction is sent at once, however short ago the last increase was."""
    of = settings(a_charger(command_interval_s=900.0))
    run = Run(of, a_state(of, a=charging(30, raised_at=0.0), house_a=2), now=1)
    assert run.read(42).commands == (SetCurrent(charger_id="a", current_a=20),)


def test_house_over_its_limit_holds_nobody_that_stands_still() -> None:
    """With all cars stopped, an overload is the house's own."""
    of = settings()
    state = a_state(of, house_a=40)
    assert overload_a(of, state) == [0]


def test_nothing_is_overloaded_while_the_house_is_unseen() -> None:
    """Without a meter, or before its first reading, there is no telling."""
    of = settings()
    over = a_state(of, house_a=30, a=20)
    assert overload_a(of, over) == [18]
    assert overload_a(of, replace(over, meter_status=MeterStatus.UNAVAILABLE)) == [0]
    assert overload_a(of, State()) == [0]


def test_charger_switched_off_is_not_held() -> None:
    """The user's own charger is none of our business."""
    of = settings(a_charger("a"), a_charger("b", is_enabled=False))
    run = Run(of, a_state(of, house_a=22, a=10, b=0), now=1)
    run.read(42)
    assert run["a"].hold_until == 31
    assert run["b"].hold_until is None
    assert run["b"].balancer_state is BalancerState.DISABLED


def test_stopped_charger_shows_as_stopped_during_its_hold() -> None:
    """A car that the house has stopped waits, and shows so."""
    of = settings()
    run = Run(of, a_state(of, house_a=20, a=12), now=0)
    assert run.read(40).commands == (StopCharging(charger_id="a"),)
    run.now = 20
    run.read(12)
    assert run["a"].balancer_state is BalancerState.STOPPED
    assert run["a"].limited_by is LimitedBy.RAMP_UP_HOLD
