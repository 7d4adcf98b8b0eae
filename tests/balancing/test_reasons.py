"""Why a charger has what it has, and when that may change: what is so, not what was decided."""

import pytest

from custom_components.ev_lb.balancing.allocate.ceiling import UserLimit
from custom_components.ev_lb.balancing.estimate.charger_sensor import ChargerSensor, Sample
from custom_components.ev_lb.balancing.increases.hold import Hold
from custom_components.ev_lb.balancing.model import CarStatus, Decision, LimitedBy, TemporaryLimit
from custom_components.ev_lb.balancing.state import ChargerState
from custom_components.ev_lb.balancing.supervise.compliance import Compliance

from .builders import Run, a_charger, a_state, charging, settings


def a_run(house_a: float, charger: ChargerState) -> Run:
    """Return a charger in a house, in which nothing has changed for long."""
    of = settings()
    return Run(of, a_state(of, house_a=house_a, a=charger), now=1)


def reason(decision: Decision) -> tuple[LimitedBy, float | None]:
    """Return why the charger has what it has, and until when."""
    shown = decision.view.chargers["a"]
    return shown.limited_by, shown.until


# What is so


def test_failing_stop_is_the_reason_not_the_house() -> None:
    """A charger that cannot be told draws on: the house has nothing to do with it."""
    run = a_run(12, charging(20))
    run.is_delivering = False
    cut = run.read(40)
    run.now = 2
    assert reason(run.fail(*cut.commands, sent_at=1))[0] is LimitedBy.HEADROOM
    run.now = 3
    assert reason(run.fail(*cut.commands, sent_at=1)) == (LimitedBy.SCRIPT_FAILING, None)
    run.now = 7
    assert reason(run.deliver(*cut.commands, sent_at=1))[0] is LimitedBy.HEADROOM


def test_first_command_that_fails_is_the_reason_not_the_maximum() -> None:
    """Nobody sees "its maximum" beside a charger that was never told."""
    of = settings(a_charger(max_a=16))
    run = Run(of, is_delivering=False)
    run.read(2)
    run.now = 1
    start = run.read(2)
    assert reason(start)[0] is LimitedBy.CHARGER_MAXIMUM
    for run.now in (2, 3):
        decision = run.fail(*start.commands, sent_at=1)
    assert reason(decision)[0] is LimitedBy.SCRIPT_FAILING


@pytest.mark.parametrize(
    ("compliance", "limited_by"),
    [
        pytest.param(Compliance(is_unresponsive=True), LimitedBy.UNRESPONSIVE, id="ignores it"),
        pytest.param(
            Compliance(is_unresponsive=True, exceeded_starts=2, minimum_until=900.0),
            LimitedBy.EXCEEDS_COMMAND,
            id="exceeds each start",
        ),
    ],
)
def test_charger_that_does_not_follow_is_the_reason_not_the_house(
    compliance: Compliance, limited_by: LimitedBy
) -> None:
    """What it does is nothing that house or meter gave it."""
    run = a_run(26, charging(6, compliance=compliance))
    assert reason(run.read(32))[0] is limited_by


def test_charger_that_is_left_alone_ignores_nothing() -> None:
    """Whose switch is off was told nothing."""
    run = a_run(12, charging(20, compliance=Compliance(is_unresponsive=True)))
    assert reason(run.change_charger("a", is_enabled=False)) == (LimitedBy.DISABLED, None)


# Until when


def test_wait_tells_when_it_may_end() -> None:
    """And what the charger will have then, as the house is now."""
    run = a_run(4, charging(10, hold=Hold(until=31.0)))
    shown = run.read(14).view.chargers["a"]
    assert (shown.limited_by, shown.until) == (LimitedBy.RAMP_UP_HOLD, 31.0)
    assert shown.unconstrained_a == 28


def test_hold_without_room_tells_when_there_may_be_more() -> None:
    """The house leaves no more, and before the hold is over nothing could change that."""
    run = a_run(22, charging(10, hold=Hold(until=31.0)))
    shown = run.read(32).view.chargers["a"]
    assert (shown.limited_by, shown.until) == (LimitedBy.HEADROOM, 31.0)
    assert shown.unconstrained_a is None
    run.now = 31
    assert reason(run.read(32)) == (LimitedBy.HEADROOM, None)


@pytest.mark.parametrize(
    ("limit_a", "limited_by"), [(8, LimitedBy.LIMIT), (3, LimitedBy.BELOW_MINIMUM)]
)
def test_temporary_limit_tells_its_end(limit_a: int, limited_by: LimitedBy) -> None:
    """Also where it stops the charger."""
    limit = UserLimit(in_force=TemporaryLimit(current_a=limit_a, until=600.0))
    run = a_run(2, charging(8, limit=limit))
    assert reason(run.read(10)) == (limited_by, 600.0)


def test_increase_that_failed_tells_when_it_is_tried_again() -> None:
    """Its share is the others' meanwhile."""
    of = settings(a_charger("a"), a_charger("b"))
    run = Run(of, a_state(of, house_a=2, a=10, b=10), now=1, is_delivering=False)
    raised = run.read(22)
    run.now = 2
    run.fail(*raised.commands, sent_at=1)
    run.now = 3
    shown = run.fail(*raised.commands, sent_at=1).view.chargers["a"]
    assert (shown.limited_by, shown.until) == (LimitedBy.SCRIPT_FAILING, 63.0)


def test_charger_at_its_minimum_for_an_hour_tells_when_that_ends() -> None:
    """It exceeded its starts."""
    compliance = Compliance(exceeded_starts=2, minimum_until=900.0)
    run = a_run(2, charging(6, compliance=compliance))
    assert reason(run.read(8)) == (LimitedBy.EXCEEDS_COMMAND, 900.0)


# What is known beside


def test_car_is_shown_as_the_charger_sees_it() -> None:
    """What it draws and whether it is there, or that nobody knows."""
    run = a_run(2, charging(10))
    shown = run.read(12).view.chargers["a"]
    assert (shown.drawn_a, shown.car) == (None, None)
    sensor = ChargerSensor(samples=[Sample(at=0.0, drawn_a=9.5)], status=CarStatus.CHARGING)
    run = a_run(2, charging(10, sensor=sensor))
    shown = run.read(12).view.chargers["a"]
    assert (shown.drawn_a, shown.car) == (9.5, CarStatus.CHARGING)
