"""Without a meter: stop, keep, or a fallback current per charger."""

import pytest

from custom_components.ev_lb.balancing.allocate.ceiling import Ceiling
from custom_components.ev_lb.balancing.allocate.fallback import fallback_ceiling, fallback_events
from custom_components.ev_lb.balancing.meter.availability import Meter
from custom_components.ev_lb.balancing.model import (
    BalancerEvent,
    EventType,
    LimitedBy,
    MeterFault,
    MeterStatus,
    SetCurrent,
    StartCharging,
    StopCharging,
)
from custom_components.ev_lb.balancing.settings import UnavailableBehavior
from tests.balancing.builders import Run, a_charger, a_state, settings

STOP, IGNORE = UnavailableBehavior.STOP, UnavailableBehavior.IGNORE
SET_CURRENT = UnavailableBehavior.SET_CURRENT


def lost(fault: MeterFault) -> Meter:
    """Return a meter that is unavailable for this reason."""
    return Meter(status=MeterStatus.UNAVAILABLE, fault=fault)


@pytest.mark.parametrize(
    ("behavior", "fault", "target_a", "most_a"),
    [
        pytest.param(STOP, MeterFault.MISSING, 20, 0, id="stop"),
        pytest.param(IGNORE, MeterFault.MISSING, 20, 20, id="ignore keeps what it has"),
        pytest.param(IGNORE, MeterFault.FROZEN, 20, 20, id="ignore a frozen one"),
        pytest.param(IGNORE, MeterFault.IMPLAUSIBLE, 20, 0, id="no ignoring what cannot be"),
        pytest.param(IGNORE, MeterFault.MISSING, 5, 0, id="below the minimum"),
        pytest.param(SET_CURRENT, MeterFault.MISSING, 20, 10, id="the fallback current"),
        pytest.param(SET_CURRENT, MeterFault.IMPLAUSIBLE, 0, 10, id="whatever it has"),
    ],
)
def test_what_a_charger_may_have_without_a_meter(
    behavior: UnavailableBehavior, fault: MeterFault, target_a: int, most_a: int
) -> None:
    """What the user chose for it, and the reason that shows."""
    charger = a_charger(fallback_a=10, min_a=6)
    of = settings(charger, unavailable_behavior=behavior)
    assert fallback_ceiling(of, charger, lost(fault), target_a) == Ceiling(
        current_a=most_a, limited_by=LimitedBy.METER_UNAVAILABLE
    )


def test_fallback_current_below_the_minimum_is_a_stop() -> None:
    """A car cannot charge with it."""
    charger = a_charger(fallback_a=5, min_a=6)
    of = settings(charger, unavailable_behavior=SET_CURRENT)
    assert fallback_ceiling(of, charger, lost(MeterFault.MISSING), 20).current_a == 0


@pytest.mark.parametrize(
    ("behavior", "commands"),
    [
        pytest.param(STOP, (StopCharging(charger_id="a"),), id="stop"),
        pytest.param(IGNORE, (), id="ignore"),
        pytest.param(SET_CURRENT, (SetCurrent(charger_id="a", current_a=10),), id="set current"),
    ],
)
def test_lost_meter_acts_at_once(
    behavior: UnavailableBehavior, commands: tuple[SetCurrent | StopCharging, ...]
) -> None:
    """Nothing is waited for when less is to be drawn."""
    of = settings(a_charger(fallback_a=10), unavailable_behavior=behavior)
    run = Run(of, a_state(of, house_a=12, a=20), now=1)
    assert run.lose_meter().commands == commands


@pytest.mark.parametrize(
    ("fallback_a", "rated_a", "current_a"),
    [
        pytest.param(50, 63, 32, id="its maximum"),
        pytest.param(50, 20, 20, id="the service current"),
        pytest.param(6, 63, 6, id="as it is"),
    ],
)
def test_fallback_current_is_capped(fallback_a: int, rated_a: int, current_a: int) -> None:
    """By the charger's maximum and the service current, the house unseen."""
    of = settings(
        a_charger(max_a=32, fallback_a=fallback_a),
        rated_a=rated_a,
        unavailable_behavior=SET_CURRENT,
        ramp_up_time_s=0.0,
    )
    run = Run(of, a_state(of, house_a=2, a=0), now=1)
    assert run.lose_meter().commands == (StartCharging(charger_id="a", current_a=current_a),)


def test_fallback_currents_share_the_service_current() -> None:
    """Several chargers are shared down by the normal rules."""
    of = settings(
        a_charger("a", fallback_a=20),
        a_charger("b", fallback_a=20),
        unavailable_behavior=SET_CURRENT,
    )
    run = Run(of, a_state(of, a=20, b=12), now=1)
    assert run.lose_meter().commands == (SetCurrent(charger_id="a", current_a=16),)
    assert run.sleep(60) == [(13, SetCurrent(charger_id="b", current_a=16))]


def test_fallback_above_what_a_charger_has_waits_for_its_hold() -> None:
    """A cut that is still held is not undone by the loss of the meter."""
    of = settings(a_charger(fallback_a=16), unavailable_behavior=SET_CURRENT)
    run = Run(of, a_state(of, house_a=2, a=30), now=0)
    assert run.read(52).commands == (SetCurrent(charger_id="a", current_a=10),)
    run.now = 15
    assert run.lose_meter().commands == ()
    assert run.sleep(60) == [(30, SetCurrent(charger_id="a", current_a=16))]


def test_fallback_is_told_for_each_of_our_chargers() -> None:
    """`fallback_activated` says what a car now charges with, the house unseen."""
    of = settings(
        a_charger("a", fallback_a=10),
        a_charger("b", fallback_a=6, is_enabled=False),
        unavailable_behavior=SET_CURRENT,
    )
    run = Run(of, a_state(of, house_a=12, a=20), now=1)
    assert run.lose_meter().events == (
        BalancerEvent(type=EventType.METER_UNAVAILABLE, data={"reason": "missing"}),
        BalancerEvent(
            type=EventType.FALLBACK_ACTIVATED, charger_id="a", data={"fallback_current_a": 10}
        ),
    )
    assert run.lose_meter().events == ()


@pytest.mark.parametrize("behavior", [STOP, IGNORE])
def test_nothing_is_told_where_no_fallback_current_is_set(behavior: UnavailableBehavior) -> None:
    """Who stops or keeps charges with nothing new."""
    assert fallback_events(settings(unavailable_behavior=behavior), [("a", 20)]) == ()


def test_limit_holds_without_a_meter() -> None:
    """A fallback current never breaks a user's limit."""
    of = settings(a_charger(fallback_a=16), unavailable_behavior=SET_CURRENT)
    run = Run(of, a_state(of, house_a=12, a=20), now=1)
    run.limit("a", 8, 600)
    run.now = 2
    run.lose_meter()
    assert run.targets == {"a": 8}


def test_users_cut_without_a_meter_starts_no_hold() -> None:
    """What the user takes away, the user gets back at once, meter or not."""
    of = settings(a_charger(fallback_a=16), unavailable_behavior=SET_CURRENT)
    run = Run(of, a_state(of, house_a=12, a=16), now=1)
    run.lose_meter()
    assert run.limit("a", 10, 20).commands == (SetCurrent(charger_id="a", current_a=10),)
    assert run["a"].hold.until is None
    assert run.sleep(60) == [(21, SetCurrent(charger_id="a", current_a=16))]
