"""A charger whose commands fail does not hold the others."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_components.ev_lb.balancing.estimate.charger_sensor import ChargerSensor, Sample
from custom_components.ev_lb.balancing.estimate.setpoints import Setpoint, Setpoints
from custom_components.ev_lb.balancing.model import Command, LimitedBy, SetCurrent, StartCharging
from custom_components.ev_lb.balancing.supervise.failing import Failing, follow_failures

from ...explore import examples
from ..builders import LONG_AGO, Run, a_charger, a_setpoint, a_state, charging, settings

TWO = settings(a_charger("a"), a_charger("b"), meter_timeout_s=0.0)


def failing_run() -> tuple[Run, Command]:
    """Return two stopped cars beside a quiet house, told to start; the call of `a` fails once."""
    run = Run(TWO, a_state(TWO, house_a=2), now=0, is_delivering=False)
    start, other = run.read(2).commands
    run.deliver(other, sent_at=0)
    run.now = 1
    run.fail(start, sent_at=0)
    return run, start


def test_one_failure_changes_nothing() -> None:
    """A call may fail once: it is tried again."""
    run, _ = failing_run()
    assert run.targets == {"a": 15, "b": 15}
    assert run["a"].failing == Failing()


def test_increase_that_failed_twice_is_given_up() -> None:
    """After the retry its share goes to the other car, which does not wait for it any longer."""
    run, start = failing_run()
    run.now = 3
    run.fail(start, sent_at=0)
    assert (run["a"].target_a, run["a"].allocation.limited_by) == (0, LimitedBy.SCRIPT_FAILING)
    assert run["a"].failing == Failing(wait_s=60.0, until=63.0, most_a=0)
    run.is_delivering = True
    run.listen(40, 17)
    assert run.targets == {"a": 0, "b": 30}


def failing_raise() -> tuple[Run, SetCurrent]:
    """Return a car at 10 A beside an idle one, raised to 20 A by a call that fails twice."""
    run = Run(TWO, a_state(TWO, house_a=22, a=10, read_at=-5), now=-1, is_delivering=False)
    run.change_charger("b", max_charger_current_a=0)
    run.read(22)
    run.now = 0
    run.read(22)
    raised = SetCurrent(charger_id="a", current_a=20)
    assert run.sent == [(0, raised)]
    for _ in range(2):
        run.now += 1
        run.fail(raised, sent_at=0)
    return run, raised


def test_charging_car_keeps_what_it_was_told_with_success() -> None:
    """A raise that fails is not a reason to stop a car."""
    run, _ = failing_raise()
    assert run.targets == {"a": 10, "b": 0}
    assert run["a"].allocation.limited_by is LimitedBy.SCRIPT_FAILING


def test_lone_charger_gives_nothing_up() -> None:
    """Nobody else wants its share: the shell goes on trying."""
    of = settings()
    run = Run(of, a_state(of, house_a=2), now=0, is_delivering=False)
    (start,) = run.read(2).commands
    for _ in range(5):
        run.now += 1
        run.fail(start, sent_at=0)
    assert (run.targets, run["a"].failing) == ({"a": 30}, Failing())


def test_reduction_that_fails_is_never_given_up() -> None:
    """The shell repeats it without end; what we want stays what the house leaves."""
    run = Run(TWO, a_state(TWO, house_a=12, a=20), now=0, is_delivering=False)
    cut = run.read(40).commands[0]
    for second in (1, 3, 7, 11):
        run.now = second
        run.fail(cut, sent_at=0)
    assert run.targets == {"a": 12, "b": 0}
    assert run["a"].failing == Failing()


def test_failed_increase_is_tried_anew_after_ever_longer_waits() -> None:
    """After one minute, then after twice as long each time, ten minutes at most."""
    run, _ = failing_raise()
    tried = SetCurrent(charger_id="a", current_a=11)
    tried_at = [0.0]
    for _ in range(6):
        sent_at, command = run.sleep(700)[0]
        assert command == tried
        tried_at.append(sent_at)
        run.now = sent_at
        for _ in range(2):
            run.fail(tried, sent_at=sent_at)
    waits_s = [later - before for before, later in pairwise(tried_at)]
    assert waits_s == [62, 120, 240, 480, 600, 600]


def test_increase_that_gets_through_is_trusted_again() -> None:
    """The next failure is the first one again."""
    run, start = failing_run()
    run.now = 3
    run.fail(start, sent_at=0)
    run.is_delivering = True
    run.listen(100, 2)
    assert run["a"].target_a > 0
    assert run["a"].failing == Failing()


def test_stop_that_gets_through_meanwhile_is_no_proof() -> None:
    """The wait goes on being longer: it is increases that fail."""
    known = charging(0, failing=Failing(wait_s=120.0, until=200.0, most_a=0))
    run = Run(TWO, a_state(TWO, house_a=10, a=known), now=0)
    run.read(40)
    assert run["a"].failing == Failing(wait_s=120.0, until=200.0, most_a=0)


@pytest.mark.parametrize(
    ("at", "sensor", "items_a"),
    [
        pytest.param(22.9, ChargerSensor(), [6, 16, 6], id="it may still take effect"),
        pytest.param(23.0, ChargerSensor(), [6, 6], id="its window is over"),
        pytest.param(
            23.0,
            ChargerSensor(samples=[Sample(at=12.0, drawn_a=15.0, sensed_a=15.0)]),
            [6, 16, 6],
            id="its sensor shows that it took effect",
        ),
    ],
)
def test_failed_raise_that_was_taken_back_leaves_the_others_their_room(
    at: float, sensor: ChargerSensor, items_a: list[int]
) -> None:
    """A call that failed may have arrived: it counts for one window, unless it is seen."""
    failed = Setpoint(current_a=16, sent_at=10.0, failed_at=11.0, failures=2)
    items = [a_setpoint(6, sent_at=LONG_AGO), failed, Setpoint(current_a=6, sent_at=11.0)]
    known = charging(6, setpoints=Setpoints(items=items, current_a=6), sensor=sensor)
    state = a_state(TWO, house_a=2, a=known)
    follow_failures(state, at)
    assert [item.current_a for item in known.setpoints.items] == items_a


def test_next_try_comes_by_itself() -> None:
    """A meter that reports only changes need not say anything for it.

    It is as small as can be: others make room for it, and it may fail again.
    """
    run, raised = failing_raise()
    run.is_delivering = True
    assert run.sleep(70)[0] == (62, replace(raised, current_a=11))
    run.listen(60, 23)
    assert run.targets == {"a": 20, "b": 0}


@given(waits=st.lists(st.floats(0, 1000), min_size=1, max_size=8))
@examples(50)
def test_wait_is_from_one_minute_to_ten(waits: list[float]) -> None:
    """Whatever happened before: a cloud is neither hammered nor forgotten."""
    failing, now = Failing(), 0.0
    for wait_s in waits:
        before_s = failing.wait_s
        failing.on_given_up(6, now)
        assert failing.until == now + failing.wait_s
        assert failing.wait_s == min(max(2 * before_s, 60.0), 600.0)
        now += wait_s
        failing.on_time(now)
        assert (failing.until is None) is (wait_s >= failing.wait_s)


def test_start_told_again_after_the_wait_is_a_start() -> None:
    """The charger stands: it needs the whole pair of commands."""
    run, start = failing_run()
    run.now = 3
    run.fail(start, sent_at=0)
    assert start == StartCharging(charger_id="a", current_a=15)
    run.is_delivering = True
    run.listen(100, 2)
    again = [command for at, command in run.sent if command.charger_id == "a" and at > 3]
    assert isinstance(again[0], StartCharging)
