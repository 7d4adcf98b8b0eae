"""Meter unavailable: what counts as that, and what the chargers do meanwhile."""

from math import inf, nan

import pytest

from custom_components.ev_lb.balancing.intervals import Offer
from custom_components.ev_lb.balancing.meter_loss import FIRST_READING_WAIT_S
from custom_components.ev_lb.balancing.model import (
    Command,
    LimitedBy,
    MeterStatus,
    News,
    NewsType,
    SetCurrent,
    StartCharging,
    State,
    StopCharging,
)
from custom_components.ev_lb.balancing.settings import UnavailableBehavior

from .builders import Run, a_charger, a_state, charging, settings

STOP, IGNORE, SET_CURRENT = UnavailableBehavior


@pytest.mark.parametrize(
    ("fallback_a", "maximum_a", "had_a", "commands"),
    [
        pytest.param(
            50, 32, 20, (SetCurrent(charger_id="a", current_a=32),), id="capped at the maximum"
        ),
        pytest.param(6, 32, 20, (SetCurrent(charger_id="a", current_a=6),), id="lower at once"),
        pytest.param(16, 32, 6, (SetCurrent(charger_id="a", current_a=16),), id="higher"),
        pytest.param(16, 32, 0, (StartCharging(charger_id="a", current_a=16),), id="from stopped"),
        pytest.param(5, 32, 20, (StopCharging(charger_id="a"),), id="below the minimum"),
        pytest.param(0, 32, 20, (StopCharging(charger_id="a"),), id="none"),
        pytest.param(20, 32, 20, (), id="what it has"),
        pytest.param(16, 5, 0, (), id="a charger that may not run"),
    ],
)
def test_fallback_current_without_a_meter(
    fallback_a: int, maximum_a: int, had_a: int, commands: tuple[Command, ...]
) -> None:
    """With `set_current` each charger gets its own fallback current, capped at its maximum."""
    of = settings(
        a_charger(fallback_a=fallback_a, max_a=maximum_a), unavailable_behavior=SET_CURRENT
    )
    run = Run(of, a_state(of, house_a=12, a=had_a), now=1)
    assert run.lose_meter().commands == commands


def test_fallbacks_are_shared_within_the_service_current() -> None:
    """Several fallback currents together never exceed the breaker."""
    of = settings(
        a_charger("a", fallback_a=20),
        a_charger("b", fallback_a=20),
        unavailable_behavior=SET_CURRENT,
    )
    run = Run(of, a_state(of, a=16, b=16), now=1)
    run.lose_meter()
    assert run.targets == {"a": 16, "b": 16}
    of = settings(
        a_charger("a", fallback_a=10),
        a_charger("b", fallback_a=30),
        rated_a=32,
        unavailable_behavior=SET_CURRENT,
    )
    run = Run(of, a_state(of, a=16, b=16), now=1)
    run.lose_meter()
    assert run.sleep(30) == [(13, SetCurrent(charger_id="b", current_a=22))]
    assert run.targets == {"a": 10, "b": 22}


def test_higher_fallback_waits_for_the_hold() -> None:
    """No car is raised before its ramp-up time is over, meter or not."""
    of = settings(a_charger(fallback_a=16), unavailable_behavior=SET_CURRENT)
    run = Run(of, a_state(of, house_a=2, a=charging(6, hold_until=25.0)), now=1)
    assert run.lose_meter().commands == ()
    assert run.sleep(60) == [(25, SetCurrent(charger_id="a", current_a=16))]


def test_stop_mode_stops_all_at_once() -> None:
    """With `stop` nobody charges while nobody knows what the house draws."""
    of = settings(a_charger("a"), a_charger("b"))
    run = Run(of, a_state(of, a=16, b=16), now=1)
    assert run.lose_meter().commands == (
        StopCharging(charger_id="a"),
        StopCharging(charger_id="b"),
    )
    assert run["a"].limited_by is LimitedBy.METER_UNAVAILABLE
    assert run.sleep(3600) == []


def test_ignore_mode_keeps_the_last_target() -> None:
    """With `ignore` the cars go on as they are; nobody starts."""
    of = settings(
        a_charger("a"), a_charger("b", phases=(1,)), phase_count=2, unavailable_behavior=IGNORE
    )
    run = Run(of, a_state(of, house_a=(12, 40), a=10), now=1)
    assert run.lose_meter().commands == ()
    assert run.sleep(3600) == []
    assert run.targets == {"a": 10, "b": 0}


def test_ignore_mode_lets_the_users_numbers_cut_but_not_raise() -> None:
    """The user may still take away; what was taken does not come back without a meter."""
    of = settings(unavailable_behavior=IGNORE)
    run = Run(of, a_state(of, a=20), now=1)
    run.lose_meter()
    assert run.change_charger("a", max_charger_current_a=10).commands == (
        SetCurrent(charger_id="a", current_a=10),
    )
    assert run.change_charger("a", max_charger_current_a=32).commands == ()


def test_ignore_mode_stops_on_an_absurd_reading() -> None:
    """A meter that talks nonsense is worse than a silent one."""
    of = settings(unavailable_behavior=IGNORE)
    run = Run(of, a_state(of, a=20), now=1)
    assert run.read(1e6).commands == (StopCharging(charger_id="a"),)


def test_ignore_mode_forgets_the_nonsense_after_a_good_reading() -> None:
    """The next loss is judged by itself."""
    of = settings(unavailable_behavior=IGNORE)
    run = Run(of, a_state(of, a=20), now=1)
    run.read(nan)
    run.listen(31, 0)
    run.listen(30, 32)
    assert run.targets == {"a": 32}
    assert run.lose_meter().commands == ()


@pytest.mark.parametrize(
    "current_a",
    [
        pytest.param((nan,), id="not a number"),
        pytest.param((inf,), id="infinite"),
        pytest.param((-inf,), id="minus infinite"),
        pytest.param((20 * 32 + 0.1,), id="above 20 times the breaker"),
        pytest.param((-20 * 32 - 0.1,), id="the same in export"),
        pytest.param((), id="no phase"),
        pytest.param((1.0, 1.0), id="a phase too many"),
    ],
)
def test_absurd_reading_is_no_meter(current_a: tuple[float, ...]) -> None:
    """What no meter can mean is never taken for a load (accident 17)."""
    of = settings()
    run = Run(of, a_state(of, a=20), now=1)
    assert run.read(*current_a).commands == (StopCharging(charger_id="a"),)
    assert run.state.meter_status is MeterStatus.UNAVAILABLE


def test_huge_load_is_still_a_load() -> None:
    """Up to 20 times the breaker a reading counts: it stops the cars as an overload."""
    of = settings()
    run = Run(of, a_state(of, a=20), now=1)
    run.read(20 * 32)
    assert run.state.meter_status is MeterStatus.AVAILABLE
    assert run.targets == {"a": 0}


def test_one_absurd_phase_is_enough() -> None:
    """A meter of which one phase fails is unavailable."""
    of = settings(phase_count=3)
    run = Run(of, a_state(of, a=20), now=1)
    run.read(20, nan, 0)
    assert run.state.meter_status is MeterStatus.UNAVAILABLE


@pytest.mark.parametrize(
    ("timeout_s", "heard_s", "lost_after_s"),
    [
        pytest.param(None, 0, 900, id="automatic, not known yet"),
        pytest.param(None, 300, 3 * 10 + 5, id="automatic, regular"),
        pytest.param(20.0, 0, 20, id="the user's own"),
        pytest.param(20.0, 300, 20, id="the user's own, regular"),
    ],
)
def test_silent_meter_is_unavailable(
    timeout_s: float | None, heard_s: int, lost_after_s: float
) -> None:
    """A meter that is frozen on its last value is noticed by itself (accident 9)."""
    of = settings(a_charger(max_a=6), meter_timeout_s=timeout_s)
    run = Run(of, a_state(of, house_a=12, a=6), now=0)
    run.read(18)
    assert run.listen(heard_s, 18, every_s=10) == []
    assert run.sleep(1000) == [(heard_s + lost_after_s, StopCharging(charger_id="a"))]
    assert [news.type for news in run.news] == [NewsType.METER_UNAVAILABLE]


def test_every_report_is_a_sign_of_life() -> None:
    """A steady meter that repeats its value is not silent."""
    of = settings(meter_timeout_s=20.0)
    run = Run(of, a_state(of, house_a=12, a=20), now=0)
    assert run.listen(300, 32, every_s=15) == []
    assert run.news == []


def test_timeout_0_is_never() -> None:
    """Who switches the timeout off keeps the last reading for ever."""
    of = settings(meter_timeout_s=0.0)
    run = Run(of, a_state(of, house_a=12, a=20), now=0)
    assert run.decide().wake_at is None
    assert run.sleep(10**6) == []


def test_reading_that_comes_too_late_is_no_sign_of_life() -> None:
    """A value that is older than the timeout when it comes leaves the meter silent."""
    of = settings(meter_timeout_s=20.0)
    run = Run(of, a_state(of, house_a=12, a=20, read_at=0), now=25)
    assert run.read(32, at=4).commands == (StopCharging(charger_id="a"),)
    run.now = 60
    assert run.read(12, at=39).state.meter_status is MeterStatus.UNAVAILABLE
    assert run.read(12, at=41).state.meter_status is MeterStatus.AVAILABLE


def test_meter_is_waited_for_a_minute_after_the_start() -> None:
    """A meter whose integration comes later is not missed before (accident 24)."""
    known = charging(20, offers=(Offer(current_a=20),), resume_a=20)
    run = Run(settings(), State(chargers={"a": known}), now=0)
    assert run.decide(is_meter_available=False, is_started=False).wake_at is None
    run.now = 500
    run.decide(is_meter_available=False)
    assert run.wake_at == 500 + FIRST_READING_WAIT_S
    assert run["a"].limited_by is LimitedBy.WAITING_FOR_METER
    assert run.sleep(59.9) == []
    assert run.sleep(1) == [(560, StopCharging(charger_id="a"))]


def test_meter_that_comes_in_time_is_used() -> None:
    """Nothing is told, and the car goes on with what it had."""
    known = charging(20, offers=(Offer(current_a=20),), resume_a=20)
    run = Run(settings(), State(chargers={"a": known}), now=0)
    run.decide(is_meter_available=False)
    run.now = 59
    assert run.read(32).commands == (StartCharging(charger_id="a", current_a=20),)
    assert run.news == []


def test_meter_that_comes_late_is_used_all_the_same() -> None:
    """The balancer is not dead after a meter that came too late (accident 24)."""
    run = Run(settings(), now=0)
    run.decide(is_meter_available=False)
    run.sleep(3600)
    assert run.targets == {"a": 0}
    assert run.read(12).commands == (StartCharging(charger_id="a", current_a=20),)


def test_loss_and_recovery_are_told_once_each() -> None:
    """Two events, however often the meter fails meanwhile."""
    of = settings()
    run = Run(of, a_state(of, house_a=12, a=20), now=1)
    for second in range(2, 8):
        run.now = second
        run.lose_meter()
    run.now = 60
    run.read(12)
    assert run.news == [
        News(type=NewsType.METER_UNAVAILABLE),
        News(type=NewsType.METER_RECOVERED),
        News(type=NewsType.CHARGING_RESUMED, charger_id="a", data={"current_a": 20}),
    ]


def test_fallback_is_told_for_each_of_our_chargers() -> None:
    """`fallback_activated` says what a car now charges with, the house unseen."""
    of = settings(
        a_charger("a", fallback_a=10),
        a_charger("b", fallback_a=6, is_enabled=False),
        unavailable_behavior=SET_CURRENT,
    )
    run = Run(of, a_state(of, house_a=12, a=20), now=1)
    assert run.lose_meter().news == (
        News(type=NewsType.METER_UNAVAILABLE),
        News(
            type=NewsType.FALLBACK_ACTIVATED,
            charger_id="a",
            data={"fallback_current_a": 10},
        ),
    )


def test_recovery_waits_for_the_hold_that_the_loss_began() -> None:
    """After a stop for want of a meter the start waits for the ramp-up time."""
    of = settings(ramp_up_time_s=30.0)
    run = Run(of, a_state(of, house_a=12, a=20), now=0)
    run.lose_meter()
    run.now = 10
    assert run.read(12).commands == ()
    assert run.sleep(30) == [(30, StartCharging(charger_id="a", current_a=20))]
    assert run.listen(60, 32) == []


def test_recovery_into_an_overload_cuts_at_once() -> None:
    """The first good reading is an ordinary decision."""
    of = settings(unavailable_behavior=IGNORE)
    run = Run(of, a_state(of, house_a=12, a=20), now=0)
    run.lose_meter()
    run.now = 10
    assert run.read(42).commands == (SetCurrent(charger_id="a", current_a=10),)


def test_users_cut_without_a_meter_starts_no_hold() -> None:
    """What the user takes away, the user gets back at once, meter or not."""
    of = settings(a_charger(fallback_a=16), unavailable_behavior=SET_CURRENT)
    run = Run(of, a_state(of, house_a=12, a=16), now=1)
    run.lose_meter()
    assert run.limit("a", 10, 20).commands == (SetCurrent(charger_id="a", current_a=10),)
    assert run["a"].hold_until is None
    assert run.sleep(60) == [(21, SetCurrent(charger_id="a", current_a=16))]


def test_limit_holds_without_a_meter() -> None:
    """A fallback current never breaks a user's limit."""
    of = settings(a_charger(fallback_a=16), unavailable_behavior=SET_CURRENT)
    run = Run(of, a_state(of, house_a=12, a=20), now=1)
    run.limit("a", 8, 600)
    run.now = 2
    run.lose_meter()
    assert run.targets == {"a": 8}


def test_users_stop_without_a_meter_is_not_told_as_resumed() -> None:
    """A car that the user stopped did not stop for want of a meter."""
    of = settings(a_charger(fallback_a=16), unavailable_behavior=SET_CURRENT)
    run = Run(of, a_state(of, house_a=12, a=16), now=1)
    run.lose_meter()
    run.limit("a", 0, 20)
    run.news.clear()
    run.sleep(60)
    assert run.targets == {"a": 16}
    assert run.news == []


def test_switched_off_charger_is_left_alone_without_a_meter() -> None:
    """Not even the stop goes to a charger that is not ours."""
    of = settings(a_charger(is_enabled=False))
    run = Run(of, a_state(of, house_a=12, a=20), now=1)
    assert run.lose_meter().commands == ()
