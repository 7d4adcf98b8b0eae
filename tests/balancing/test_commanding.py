"""A plan becomes a command: the first is always sent, after that only what changes."""

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_components.ev_lb.balancing.commanding import (
    Allocation,
    balancer_state,
    command_for,
    switch_off,
)
from custom_components.ev_lb.balancing.estimate.setpoints import Setpoint, Setpoints
from custom_components.ev_lb.balancing.increases.back_off import BackOff
from custom_components.ev_lb.balancing.increases.gates import Blocker
from custom_components.ev_lb.balancing.increases.hold import Hold
from custom_components.ev_lb.balancing.increases.start_budget import BUCKET, StartBudget
from custom_components.ev_lb.balancing.model import (
    BalancerEvent,
    BalancerState,
    CarStatus,
    Command,
    EventType,
    LimitedBy,
    Reading,
    SetCurrent,
    StartCharging,
    StopCharging,
    TemporaryLimit,
)
from custom_components.ev_lb.balancing.planning import Plan
from custom_components.ev_lb.balancing.settings import UnavailableBehavior
from custom_components.ev_lb.balancing.state import ChargerState
from custom_components.ev_lb.balancing.supervise.compliance import Compliance
from custom_components.ev_lb.balancing.supervise.evidence import Cut, Evidence, Raise
from custom_components.ev_lb.balancing.supervise.telling_again import TellingAgain

from ..explore import examples
from .builders import Run, a_charger, a_setpoint, a_state, charging, settings

OURS = settings(a_charger(max_a=16))
STOP = StopCharging(charger_id="a")


def a_run(current_a: int = 16, house_a: float = 8) -> Run:
    """Return a car that charges with this current beside the house, on 32 A."""
    return Run(OURS, a_state(OURS, house_a=house_a, a=current_a), now=1.0)


def set_a(current_a: int) -> SetCurrent:
    """Return the command to change the car's current."""
    return SetCurrent(charger_id="a", current_a=current_a)


def start_a(current_a: int) -> StartCharging:
    """Return the command to start the car with this current."""
    return StartCharging(charger_id="a", current_a=current_a)


def told(had_a: int, target_a: int, **records: Any) -> ChargerState:
    """Return a charger that has had a current, and is to have another."""
    known = charging(had_a, **records)
    known.allocation.target_a = target_a
    return known


def first(had_a: int) -> Setpoints:
    """Return what is known of a charger at the beginning of a run."""
    return Setpoints.known((had_a,), had_a, resume_a=had_a)


@pytest.mark.parametrize(
    ("known", "command", "is_reduction"),
    [
        pytest.param(told(0, 10), start_a(10), False, id="stopped, to charge"),
        pytest.param(told(16, 10), set_a(10), True, id="charging, to charge with less"),
        pytest.param(told(6, 10), set_a(10), False, id="charging, to charge with more"),
        pytest.param(told(10, 10), set_a(10), True, id="charging, to be told so again"),
        pytest.param(told(16, 0), STOP, True, id="charging, to stop"),
        pytest.param(told(0, 0), STOP, True, id="stopped, to be told so again"),
        pytest.param(
            told(10, 10, setpoints=first(10)), start_a(10), True, id="the first command of a run"
        ),
    ],
)
def test_command_brings_the_charger_to_its_target(
    known: ChargerState, command: Command, *, is_reduction: bool
) -> None:
    """A start is a start only from stopped, or where the charger's real state is not known."""
    before_a = known.setpoints.current_a
    sent = command_for(known, before_a, is_short=False)
    assert (sent, sent.is_reduction) == (command, is_reduction)


@pytest.mark.parametrize(
    ("low_a", "target_a", "command"),
    [
        pytest.param(0, 12, start_a(12), id="a start that was not seen, raised"),
        pytest.param(0, 8, set_a(8), id="cut: it may be charging"),
        pytest.param(6, 12, set_a(12), id="a raise that was not seen: it charges"),
    ],
)
def test_start_of_which_nothing_was_seen_is_said_again(
    low_a: int, target_a: int, command: Command
) -> None:
    """It may have been lost, or the charger has started anew meanwhile."""
    evidence = Evidence(raise_=Raise(low_a=low_a, sent_at=0.0))
    known = told(10, target_a, evidence=evidence)
    assert command_for(known, 10, is_short=False) == command


def test_start_that_did_not_get_through_is_said_again_with_every_change() -> None:
    """A current alone wakes no charger."""
    items = [a_setpoint(0), Setpoint(current_a=16, sent_at=5.0)]
    known = told(16, 10, setpoints=Setpoints(items=items))
    assert command_for(known, 16, is_short=False) == start_a(10)


def test_reduction_of_what_never_got_through_may_be_dropped() -> None:
    """The charger still stands: it is no reduction to start it with less."""
    items = [a_setpoint(0), Setpoint(current_a=16, sent_at=5.0)]
    known = told(16, 10, setpoints=Setpoints(items=items))
    assert not command_for(known, 16, is_short=False).is_reduction


def test_charger_that_draws_nothing_is_started_once_more() -> None:
    """What is told again is start and current, which a stop or a switch may end; a cut is none."""
    nothing = TellingAgain(is_nothing=True)
    again = command_for(told(10, 10, telling=nothing), 10, is_short=True)
    less = command_for(told(10, 8, telling=nothing), 10, is_short=True)
    assert (again, again.is_reduction) == (start_a(10), False)
    assert (less, less.is_reduction) == (start_a(8), True)


def test_cut_that_did_not_get_through_stays_a_reduction_when_it_is_said_again() -> None:
    """It was told 16 A with success, and 10 A in vain: nothing may end that."""
    known = told(10, 10, telling=TellingAgain(is_nothing=True))
    known.setpoints.current_a = 16
    assert command_for(known, 10, is_short=True).is_reduction


def test_start_that_was_seen_is_not_said_again() -> None:
    """A car that charges is only told another current."""
    run = a_run(0, 22)
    assert run.read(22.0).commands == (start_a(10),)
    assert run.listen(20, 32.0) == []
    assert run.listen(2, 28.0)[-1][1] == set_a(14)


def test_what_was_cut_before_a_loss_is_not_judged_after_it() -> None:
    """Nobody sees what becomes of it; who was called unresponsive stays so."""
    cut = Cut(cut_a=16, sent_at=0.0, has_drawn=True)
    known = charging(0, evidence=Evidence(cut=cut), compliance=Compliance(is_unresponsive=True))
    run = Run(OURS, a_state(OURS, house_a=30.0, a=known), now=1.0)
    run.lose_meter()
    assert (run["a"].evidence.cut, run["a"].compliance.is_unresponsive) == (None, True)


@pytest.mark.parametrize(
    ("house_a", "command"),
    [
        pytest.param(30.0, STOP, id="stopped, as believed"),
        pytest.param(8.0, start_a(16), id="charging"),
    ],
)
def test_first_command_is_always_sent(house_a: float, command: Command) -> None:
    """The charger's real state after a start is unknown, so it is told whatever we believe."""
    run = Run(OURS, now=0.0)
    run.read(house_a)
    run.now = 1.0
    run.read(house_a)
    assert [told for _, told in run.sent] == [command]
    assert run.listen(300, house_a + command.current_a) == []


def test_first_command_waits_where_a_second_reading_may_let_the_charger_go_on() -> None:
    """It may be charging, and the house has room: it is not stopped for one reading's sake."""
    run = Run(OURS, now=1.0)
    assert run.read(8.0).commands == ()
    assert run["a"].allocation.limited_by is LimitedBy.CONFIRMATION


def test_nothing_is_sent_while_nothing_changes() -> None:
    """A charger is not told again what it has, however often the meter reports."""
    run = a_run()
    assert run.listen(300, 24.0) == []


def test_failed_call_is_not_sent_twice() -> None:
    """What has not been delivered is under way: repeating it is the worker's affair."""
    run = a_run()
    run.is_delivering = False
    assert run.read(40.0).commands == (set_a(8),)
    assert run["a"].setpoints.current_a == 16
    assert run.listen(60, 32.0) == []


def test_each_charger_gets_its_own_command() -> None:
    """One decision tells every charger that changes, in the order they were added."""
    of = settings(a_charger(), a_charger("b"))
    run = Run(of, a_state(of, house_a=4, a=14, b=14), now=1.0)
    commands = run.read(40.0).commands
    assert commands == (set_a(10), SetCurrent(charger_id="b", current_a=10))


def test_overload_stop_is_told_with_its_reason() -> None:
    """An owner can see what the car had, and what the house left."""
    assert a_run().read(50.0).events == (
        BalancerEvent(
            type=EventType.OVERLOAD_STOP,
            charger_id="a",
            data={"previous_current_a": 16, "available_current_a": -18.0, "headroom_a": -2.0},
        ),
    )


def test_cut_is_not_news() -> None:
    """Only a stop is worth a message: cuts are the daily work."""
    run = a_run()
    assert run.read(40.0).events == ()
    assert run["a"].hold.until == 31


def test_resumed_charging_is_told_once() -> None:
    """The first start after an overload stop is news; a start by the user's number is not."""
    run = a_run()
    run.read(50.0)
    run.listen(90, 8.0)
    resumed = BalancerEvent(type=EventType.CHARGING_RESUMED, charger_id="a", data={"current_a": 16})
    assert run.events[1:] == [resumed]


@pytest.mark.parametrize("max_a", [10, 0])
def test_users_own_cut_is_neither_news_nor_a_hold(max_a: int) -> None:
    """What the user takes away is given back at once when the user gives it back."""
    run = a_run()
    decision = run.change_charger("a", max_charger_current_a=max_a)
    assert decision.commands == (set_a(10) if max_a else STOP,)
    assert decision.events == ()
    run.listen(14, 8.0 + max_a)
    back = run.change_charger("a", max_charger_current_a=16)
    assert back.commands == (set_a(16) if max_a else start_a(16),)
    assert back.events == ()


def test_limit_below_the_minimum_stops_without_a_word() -> None:
    """A temporary limit is the user's own, and its end is a decision."""
    run = a_run()
    decision = run.limit("a", 5, duration_s=60)
    assert (decision.commands, decision.events) == ((STOP,), ())
    assert run["a"].allocation.limited_by is LimitedBy.BELOW_MINIMUM
    assert run.sleep(60) == [(61.0, start_a(16))]
    assert run.events == []


def test_users_own_stop_in_the_turn_of_an_overload_is_the_users() -> None:
    """Where the user has forbidden charging anyway, the house's overload stops nothing."""
    run = a_run()
    limit = TemporaryLimit(current_a=0, until=100.0)
    reading = Reading(current_a=(50.0,), at=1.0)
    decision = run.decide(reading=reading, limits={"a": limit})
    assert (decision.commands, decision.events) == ((STOP,), ())
    assert run["a"].budget == StartBudget()


def test_charger_left_alone_shows_what_it_was_last_told() -> None:
    """A command that never arrived is not what the charger has; its increase is given up once."""
    known = told(16, 8)
    assert switch_off(known)
    assert known.allocation == Allocation(
        target_a=16, limited_by=LimitedBy.DISABLED, balancer_state=BalancerState.DISABLED
    )
    assert not switch_off(known)


def test_increase_of_a_charger_that_is_switched_off_is_dropped() -> None:
    """Nothing follows it: the charger is the user's own."""
    run = a_run()
    assert run.change_charger("a", is_enabled=False).dropped == {"a"}
    assert run.decide().dropped == frozenset()


@pytest.mark.parametrize(
    ("target_a", "blocker", "is_sent", "shown"),
    [
        (0, None, True, BalancerState.STOPPED),
        (10, None, True, BalancerState.ADJUSTING),
        (10, Blocker(limited_by=LimitedBy.RAMP_UP_HOLD), False, BalancerState.RAMP_UP_HOLD),
        (10, Blocker(limited_by=LimitedBy.BACK_OFF), False, BalancerState.ACTIVE),
        (10, None, False, BalancerState.ACTIVE),
    ],
)
def test_state_to_show(
    target_a: int, blocker: Blocker | None, *, is_sent: bool, shown: BalancerState
) -> None:
    """What the owner reads follows from what was planned and sent."""
    plan = Plan(target_a=target_a, limited_by=LimitedBy.HEADROOM, blocker=blocker)
    assert balancer_state(plan, is_sent=is_sent) is shown


# What a change means for later increases


def test_forced_cut_holds_and_is_noted_for_the_back_off() -> None:
    """A raise that the house takes back soon is remembered."""
    known = charging(16, back_off=BackOff(raised_a=4, raised_at=0.0, reading_a=28.0))
    run = Run(OURS, a_state(OURS, house_a=16.0, a=known), now=1.0)
    run.read(32.9)
    assert (run["a"].hold, run["a"].back_off.taken_back) == (Hold(until=31.0), 1)


def test_overload_stop_makes_the_next_start_one_of_the_budget() -> None:
    """Contactors are spared."""
    run = a_run()
    run.read(50.0)
    assert run["a"].budget == StartBudget(left=BUCKET, counted_at=1.0, is_stopped=True)
    run.listen(60, 8.0)
    assert (run["a"].budget.left, run["a"].budget.is_stopped) == (pytest.approx(5, abs=0.1), False)


def test_stop_by_a_lost_meter_spends_one_at_once() -> None:
    """A meter that goes away again and again empties the bucket twice as fast."""
    run = a_run()
    run.lose_meter()
    assert run["a"].budget == StartBudget(
        left=BUCKET - 1, counted_at=1.0, is_stopped=True, is_by_loss=True
    )
    assert (run["a"].hold.until, run["a"].allocation.is_start_told) == (31.0, True)


def test_stop_of_a_charger_without_a_car_costs_and_tells_nothing() -> None:
    """There is nothing to be spared, and nobody to be told."""
    run = a_run()
    run.see("a", None, CarStatus.ABSENT)
    run.events.clear()
    run.listen(3, 60.0)
    assert run.targets == {"a": 0}
    assert (run.events, run["a"].budget) == ([], StartBudget())


def test_fallback_that_stops_by_the_users_own_number_spends_nothing() -> None:
    """A maximum of 0 A is the user's stop, with or without a meter."""
    run = a_run()
    run.settings = settings(a_charger(max_a=0, rated_a=16), unavailable_behavior="stop")
    run.decide(is_meter_available=False)
    assert (run.targets, run["a"].budget.left) == ({"a": 0}, BUCKET)


def test_fallback_that_lowers_a_charger_holds_it() -> None:
    """What the meter's loss took is not given back at once."""
    of = settings(a_charger(fallback_a=6), unavailable_behavior=UnavailableBehavior.SET_CURRENT)
    run = Run(of, a_state(of, house_a=8, a=16), now=1.0)
    run.lose_meter()
    assert (run.targets, run["a"].hold.until) == ({"a": 6}, 31.0)
    assert (run["a"].budget.left, run["a"].budget.is_stopped) == (BUCKET, False)


def test_start_is_noted_to_be_judged() -> None:
    """Whether the charger draws more than it was told with it."""
    run = a_run(0, 22.0)
    run.read(22.0)
    assert (run["a"].compliance.started_at, run["a"].compliance.started_a) == (1.0, 10)


@given(
    had_a=st.one_of(st.just(0), st.integers(6, 16)),
    reading_a=st.floats(-50, 100),
    is_lost=st.booleans(),
)
@examples(200)
def test_command_and_state_tell_the_same(had_a: int, reading_a: float, is_lost: bool) -> None:
    """A stop shows as stopped, a start comes from stopped, and what is sent is what is wanted."""
    run = a_run(had_a)
    decision = run.decide(is_meter_available=False) if is_lost else run.read(reading_a)
    known = decision.state.chargers["a"]
    assert (known.allocation.balancer_state is BalancerState.STOPPED) is (known.target_a == 0)
    if known.target_a == 0 and (had_a > 0 or (not is_lost and reading_a > 32.25)):
        assert decision.commands == (STOP,)
    elif known.target_a == had_a:
        assert decision.commands == ()
    else:
        kind = SetCurrent if had_a else StartCharging
        assert decision.commands == (kind(charger_id="a", current_a=known.target_a),)
    assert all(isinstance(each, get_args(Command.__value__)) for each in decision.commands)
