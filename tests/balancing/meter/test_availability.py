"""Meter unavailable: what counts as that, and what does not."""

from math import inf, nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_components.ev_lb.balancing.estimate.setpoints import Setpoints
from custom_components.ev_lb.balancing.meter.availability import (
    DISTRUSTED_S,
    FIRST_READING_WAIT_S,
    STUCK_REPORTS,
    STUCK_S,
    TOGETHER_S,
    VARIED_TIMES,
    Meter,
    meter_events,
)
from custom_components.ev_lb.balancing.meter.timing import BURST_S, MeterTiming
from custom_components.ev_lb.balancing.model import (
    BalancerEvent,
    EventType,
    Inputs,
    LimitedBy,
    MeterFault,
    MeterStatus,
    Reading,
    SetCurrent,
    StartCharging,
    StopCharging,
)
from custom_components.ev_lb.balancing.settings import UnavailableBehavior
from custom_components.ev_lb.balancing.state import State
from tests.balancing.builders import LONG_AGO, Run, a_charger, a_state, charging, settings
from tests.explore import examples

STOP, IGNORE, SET_CURRENT = UnavailableBehavior
RATED_A = 32.0

LOST, RECOVERED = EventType.METER_UNAVAILABLE, EventType.METER_RECOVERED


def charging_site(now: float = 1.0, **site: Any) -> Run:
    """Return a site whose house takes 12 A and whose car the rest."""
    of = settings(**site)
    return Run(of, a_state(of, house_a=12, a=20), now=now)


def hear(meter: Meter, at: float, *current_a: float, is_calm: bool = True) -> Reading | None:
    """Let a meter say so many amperes, and return what is made of it."""
    said = Inputs(reading=Reading(current_a=current_a, at=at))
    of = settings(meter_timeout_s=0.0, phase_count=len(current_a))
    return meter.on_inputs(of, (MeterTiming(),), said, at, is_calm=is_calm)


# Missing


def test_missing_entity_is_a_lost_meter() -> None:
    """With nobody to say what the house draws the car stops at once, and the user is told why."""
    run = charging_site()
    decision = run.lose_meter()
    assert decision.commands == (StopCharging(charger_id="a"),)
    assert decision.view.meter_status is MeterStatus.UNAVAILABLE
    assert decision.view.meter_fault is MeterFault.MISSING
    assert decision.events == (BalancerEvent(type=LOST, data={"reason": "missing"}),)
    assert run["a"].allocation.limited_by is LimitedBy.METER_UNAVAILABLE


def test_entity_that_is_back_without_a_word_is_still_lost() -> None:
    """It is the next good reading that ends it, not the entity."""
    run = charging_site()
    run.lose_meter()
    assert run.decide().view.meter_status is MeterStatus.UNAVAILABLE
    assert run.read(12).view.meter_status is MeterStatus.AVAILABLE
    assert run.state.meter.fault is None


@pytest.mark.parametrize(
    "current_a",
    [
        pytest.param((nan,), id="not a number"),
        pytest.param((inf,), id="infinite"),
        pytest.param((-inf,), id="minus infinite"),
        pytest.param((), id="no phase"),
        pytest.param((1.0, 1.0), id="a phase too many"),
    ],
)
def test_reading_that_is_no_number_is_no_meter(current_a: tuple[float, ...]) -> None:
    """What no meter can mean is never taken for a load (accident 17)."""
    run = charging_site()
    assert run.read(*current_a).commands == (StopCharging(charger_id="a"),)
    assert run.state.meter.fault is MeterFault.IMPLAUSIBLE


def test_one_bad_phase_is_enough() -> None:
    """A meter of which one phase fails is unavailable."""
    run = charging_site(phase_count=3)
    run.read(20, nan, 0)
    assert run.state.meter.status is MeterStatus.UNAVAILABLE


# Since when


def test_lost_meter_tells_since_when() -> None:
    """From its last good word on nobody knows what the house draws; a recovery ends it."""
    run = charging_site()
    assert run.read(32).view.meter_lost_at is None
    run.now = 5
    assert run.lose_meter().view.meter_lost_at == 1
    run.now = 9
    run.read(1e6)
    run.now = 12
    assert run.read(1e6).view.meter_lost_at == 1
    run.now = 20
    assert run.read(12).view.meter_lost_at is None


def test_silent_meter_tells_since_when_it_is_silent() -> None:
    """The first phase that fell silent: what the others say is no meter of it."""
    of = settings(phase_count=2, meter_timeout_s=20.0)
    run = Run(of, a_state(of, a=0))
    for run.now in range(30):
        run.decide(
            reading=Reading(current_a=(2, 2), at=run.now, said_at=(min(run.now, 4), run.now))
        )
    view = run.decide().view
    assert (view.meter_fault, view.meter_lost_at) == (MeterFault.SILENT, 4)
    assert view.meter_lost == (0,)


def test_frozen_meter_tells_since_when_it_repeats_itself() -> None:
    """From then on it was the same value, whatever the house did."""
    run = charging_site()
    run.read(30)
    run.now = 40
    run.read(30)
    run.state.meter.on_found_out(MeterFault.FROZEN)
    assert run.decide().view.meter_lost_at == 1


def test_meter_that_never_came_was_not_lost() -> None:
    """There is no moment to tell."""
    run = Run(settings())
    run.decide()
    run.sleep(FIRST_READING_WAIT_S)
    view = run.decide().view
    assert (view.meter_fault, view.meter_lost_at) == (MeterFault.NEVER_CAME, None)


# What no house can draw


@pytest.mark.parametrize("current_a", [5 * RATED_A, -5 * RATED_A, 1e6, -1e6])
def test_single_implausible_sample_is_no_reading(current_a: float) -> None:
    """One bad sample moves nobody: the car goes on, and the house is what it was."""
    run = charging_site()
    before = run.read(RATED_A).view
    run.now = 2
    decision = run.read(current_a)
    assert (decision.commands, decision.events, decision.view) == ((), (), before)
    assert run.state.meter.reading == Reading(current_a=(RATED_A,), at=1)
    run.now = 3
    assert run.read(RATED_A).view == before


@pytest.mark.parametrize("current_a", [5 * RATED_A, -5 * RATED_A])
def test_second_implausible_sample_in_a_row_is_a_lost_meter(current_a: float) -> None:
    """A meter that talks nonsense is no better than a silent one."""
    run = charging_site()
    run.read(5 * RATED_A)
    run.now = 11
    decision = run.read(current_a)
    assert decision.commands == (StopCharging(charger_id="a"),)
    assert decision.events == (BalancerEvent(type=LOST, data={"reason": "implausible"}),)


@pytest.mark.parametrize(
    ("gaps_s", "period_s", "is_lost"),
    [
        pytest.param((0,), None, False, id="twice for one moment"),
        pytest.param((BURST_S - 0.1,), None, False, id="the same telegram"),
        pytest.param((BURST_S,), None, True, id="another telegram"),
        pytest.param((0.3, 0.3), None, True, id="another behind the same"),
        pytest.param((TOGETHER_S,), None, True, id="a minute"),
        pytest.param((TOGETHER_S + 0.1,), None, False, id="longer ago"),
        pytest.param((TOGETHER_S + 0.1,) * 5, None, False, id="now and then"),
        pytest.param((TOGETHER_S + 0.1, 10), None, True, id="soon after a later one"),
        pytest.param((TOGETHER_S,), 1.0, True, id="a minute of a quick meter"),
        pytest.param((150,), 60.0, True, id="two and a half periods"),
        pytest.param((150.1,), 60.0, False, id="more of them"),
    ],
)
def test_implausible_samples_are_a_fault_when_they_come_together(
    gaps_s: tuple[float, ...], period_s: float | None, *, is_lost: bool
) -> None:
    """A telegram that is pushed and polled is one bad sample, and so is one of each hour's."""
    run = charging_site()
    run.state.timing = MeterTiming(period_s=period_s)
    run.read(RATED_A)
    run.now += 10
    run.read(1e6)
    for gap_s in gaps_s:
        assert run.state.meter.status is MeterStatus.AVAILABLE
        run.now += gap_s
        run.read(1e6)
    assert run.state.meter.fault is (MeterFault.IMPLAUSIBLE if is_lost else None)
    assert run.targets == {"a": 0 if is_lost else 20}


def test_good_reading_between_forgives_an_implausible_one() -> None:
    """Now and then a bad sample is normal for some meters; only two in a row are a fault."""
    run = charging_site()
    for _ in range(10):
        run.now += 10
        assert run.read(1e6).commands == ()
        run.now += 10
        assert run.read(RATED_A).commands == ()
    assert run.events == []


@pytest.mark.parametrize("current_a", [5 * RATED_A - 0.1, -5 * RATED_A + 0.1])
def test_huge_load_is_still_a_load(current_a: float) -> None:
    """Below five times the breaker a reading counts: it stops the cars as an overload."""
    run = charging_site()
    run.read(current_a)
    assert run.state.meter.reading == Reading(current_a=(current_a,), at=1)
    assert run.targets == {"a": 0 if current_a > 0 else 20}


def test_the_breaker_says_what_is_implausible_not_the_lowered_number() -> None:
    """A service current lowered to 6 A does not make 30 A of house a bad sample."""
    run = charging_site(rated_a=32, service_a=6)
    run.read(30)
    assert run.state.meter.reading == Reading(current_a=(30,), at=1)
    assert run.targets == {"a": 0}


def test_one_implausible_phase_is_enough() -> None:
    """What one phase cannot draw spoils the reading of all."""
    run = charging_site(phase_count=3)
    run.read(32, 12, 12)
    run.now = 2
    run.read(32, 12, -5 * RATED_A)
    assert run.state.meter.reading == Reading(current_a=(32, 12, 12), at=1)


def test_implausible_sample_is_no_sign_of_life() -> None:
    """The silence counts from the last good reading."""
    of = settings(a_charger(max_a=6), meter_timeout_s=20.0)
    run = Run(of, a_state(of, house_a=12, a=6), now=0)
    run.read(18)
    run.now = 15
    run.read(1e6)
    assert run.sleep(60) == [(20, StopCharging(charger_id="a"))]
    assert run.state.meter.fault is MeterFault.SILENT


def test_implausible_samples_are_the_worst_fault() -> None:
    """Where `ignore` has left a car what it had without a meter, nonsense stops it."""
    run = charging_site(unavailable_behavior=IGNORE)
    assert run.lose_meter().commands == ()
    assert run.read(1e6).commands == ()
    assert run.state.meter.fault is MeterFault.MISSING
    run.now += BURST_S
    assert run.read(1e6).commands == (StopCharging(charger_id="a"),)
    assert run.state.meter.fault is MeterFault.IMPLAUSIBLE
    run.lose_meter()
    assert run.state.meter.fault is MeterFault.IMPLAUSIBLE


@given(
    bad_a=st.floats(5 * RATED_A, 1e9),
    sign=st.sampled_from((1, -1)),
    house_a=st.floats(0, 100),
)
@examples(100)
def test_single_bad_sample_never_moves_anybody(bad_a: float, sign: int, house_a: float) -> None:
    """Whatever it says, and whatever the house draws: all goes on as without it."""
    runs = [charging_site(now=0) for _ in range(2)]
    for run in runs:
        run.read(house_a)
        run.now = 5
    runs[0].read(sign * bad_a)
    runs[1].decide()  # a deadband that ends just then is looked at in both
    for run in runs:
        run.now = 10
        run.read(house_a)
    assert runs[0].sent == runs[1].sent
    assert runs[0].state == runs[1].state


# Silence


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
    assert run.events == [BalancerEvent(type=LOST, data={"reason": "silent"})]


def test_every_report_is_a_sign_of_life() -> None:
    """A steady meter that repeats its value is not silent."""
    of = settings(meter_timeout_s=20.0)
    run = Run(of, a_state(of, house_a=12, a=20), now=0)
    assert run.listen(150, 32, every_s=15) == []
    assert run.events == []


def test_timeout_0_is_never() -> None:
    """Who switches the timeout off keeps the last reading for ever."""
    run = charging_site(now=0, meter_timeout_s=0.0)
    run.sleep(60)
    assert run.decide().wake_at is None
    assert run.sleep(10**6) == []


def test_reading_that_comes_too_late_is_no_sign_of_life() -> None:
    """A value that is older than the timeout when it comes leaves the meter silent."""
    run = charging_site(now=25, meter_timeout_s=20.0)
    assert run.read(32, at=4).commands == (StopCharging(charger_id="a"),)
    run.now = 60
    assert run.read(12, at=40).state.meter.status is MeterStatus.UNAVAILABLE
    assert run.read(12, at=40.1).state.meter.status is MeterStatus.AVAILABLE


def test_reading_older_than_the_last_one_is_ignored() -> None:
    """What comes out of order says nothing of now."""
    run = charging_site(now=10)
    before = run.read(RATED_A).view
    assert run.read(60, at=9).view == before
    assert run.read(60, at=10).view != before


# Start


def test_meter_is_waited_for_a_minute_after_the_start() -> None:
    """A meter whose integration comes later is not missed before (accident 24)."""
    known = charging(20, setpoints=Setpoints.known((20,), 20, 20))
    run = Run(settings(), State(chargers={"a": known}), now=0)
    assert run.decide(is_meter_available=False, is_started=False).wake_at is None
    run.now = 500
    run.decide(is_meter_available=False)
    assert run.wake_at == 500 + FIRST_READING_WAIT_S
    assert run["a"].allocation.limited_by is LimitedBy.WAITING_FOR_METER
    assert run.sleep(59.9) == []
    assert run.sleep(1) == [(560, StopCharging(charger_id="a"))]
    assert run.events[0] == BalancerEvent(type=LOST, data={"reason": "never_came"})


def test_meter_that_comes_in_time_is_used() -> None:
    """Nothing is told, and the car goes on with what it had."""
    known = charging(20, setpoints=Setpoints.known((20,), 20, 20))
    run = Run(settings(), State(chargers={"a": known}), now=0)
    run.decide(is_meter_available=False)
    run.now = 59
    assert run.read(32).commands == (StartCharging(charger_id="a", current_a=20),)
    assert run.events == []


def test_meter_that_comes_late_is_used_all_the_same() -> None:
    """The balancer is not dead after a meter that came too late (accident 24)."""
    run = Run(settings(), now=0)
    run.decide(is_meter_available=False)
    run.sleep(3600)
    assert run.targets == {"a": 0}
    run.read(12)
    run.now += 10
    assert run.read(12).commands == (StartCharging(charger_id="a", current_a=20),)


@pytest.mark.parametrize("current_a", [1e6, nan], ids=["no house draws it", "not a number"])
def test_meter_that_is_awaited_cannot_be_lost_by_what_it_says(current_a: float) -> None:
    """An integration that begins with nonsense is waited for: the car goes on for that minute."""
    known = charging(20, setpoints=Setpoints.known((20,), 20, 20))
    run = Run(settings(), State(chargers={"a": known}), now=0)
    for second in range(0, 60, 10):
        run.now = second
        assert run.read(current_a).commands == ()
        assert (run.state.meter.status, run.state.meter.fault) == (MeterStatus.AWAITED, None)
    assert run.sleep(10) == [(60, StopCharging(charger_id="a"))]
    assert run.state.meter.fault is MeterFault.NEVER_CAME


def test_meter_that_begins_with_nonsense_is_used_from_its_first_good_reading() -> None:
    """Nothing is told of it."""
    known = charging(20, setpoints=Setpoints.known((20,), 20, 20))
    run = Run(settings(), State(chargers={"a": known}), now=0)
    for second in (0, 10):
        run.now = second
        run.read(1e6)
    run.now = 20
    assert run.read(32).commands == (StartCharging(charger_id="a", current_a=20),)
    assert run.events == []


# What is told


@pytest.mark.parametrize(
    ("before", "after", "fault", "events"),
    [
        pytest.param(
            MeterStatus.AVAILABLE,
            MeterStatus.UNAVAILABLE,
            MeterFault.FROZEN,
            (BalancerEvent(type=LOST, data={"reason": "frozen"}),),
            id="lost",
        ),
        pytest.param(
            MeterStatus.AWAITED,
            MeterStatus.UNAVAILABLE,
            MeterFault.NEVER_CAME,
            (BalancerEvent(type=LOST, data={"reason": "never_came"}),),
            id="it never came",
        ),
        pytest.param(
            MeterStatus.UNAVAILABLE,
            MeterStatus.AVAILABLE,
            None,
            (BalancerEvent(type=RECOVERED),),
            id="back",
        ),
        pytest.param(MeterStatus.AWAITED, MeterStatus.AVAILABLE, None, (), id="the first reading"),
        pytest.param(MeterStatus.AVAILABLE, MeterStatus.AVAILABLE, None, (), id="still there"),
        pytest.param(
            MeterStatus.UNAVAILABLE,
            MeterStatus.UNAVAILABLE,
            MeterFault.IMPLAUSIBLE,
            (),
            id="still lost",
        ),
    ],
)
def test_loss_and_recovery_are_told_by_their_change(
    before: MeterStatus,
    after: MeterStatus,
    fault: MeterFault | None,
    events: tuple[BalancerEvent, ...],
) -> None:
    """What stays as it is is no news."""
    assert meter_events(before, Meter(status=after, fault=fault)) == events


def test_loss_and_recovery_are_told_once_each() -> None:
    """Two events, however often the meter fails meanwhile."""
    run = charging_site()
    for second in range(2, 8):
        run.now = second
        run.lose_meter()
    run.now = 60
    run.listen(40, 12, every_s=10)
    assert run.events == [
        BalancerEvent(type=LOST, data={"reason": "missing"}),
        BalancerEvent(type=RECOVERED),
        BalancerEvent(type=EventType.CHARGING_RESUMED, charger_id="a", data={"current_a": 20}),
    ]


# A meter that repeats itself


def varied(changes: int = VARIED_TIMES, *, is_calm: bool = True) -> Meter:
    """Return a meter that has changed so often what it says, the last time at 0 s."""
    meter = Meter()
    for index in range(changes + 1):
        hear(meter, 10.0 * (index - changes), 4.0 + index, is_calm=is_calm)
    return meter


def repeat(meter: Meter, times: int, every_s: float) -> float:
    """Let the meter say again what it said last, so often; return when it did last."""
    at = 0.0
    for _ in range(times):
        assert meter.reading is not None
        at += every_s
        hear(meter, at, *meter.reading.current_a)
    return at


REGULAR = MeterTiming(period_s=10.0, heard_since=LONG_AGO)
OFTEN, EVERY_S = STUCK_REPORTS - 1, STUCK_S / (STUCK_REPORTS - 1)
"""Just so often, and just so long, that a meter may be frozen."""


def test_meter_that_used_to_vary_and_repeats_may_be_frozen() -> None:
    """No house draws exactly the same for three minutes: such a meter is asked by a probe."""
    meter = varied()
    assert repeat(meter, OFTEN, EVERY_S) == STUCK_S
    assert meter.stuck(((0,),), (REGULAR,), STUCK_S) == {0}
    assert meter.stuck(((0,),), (REGULAR,), STUCK_S - 0.1) == set()


@pytest.mark.parametrize(
    ("meter", "times", "every_s", "timing"),
    [
        pytest.param(varied(VARIED_TIMES - 1), OFTEN, EVERY_S, REGULAR, id="it varied seldom"),
        pytest.param(
            varied(is_calm=False), OFTEN, EVERY_S, REGULAR, id="it was the cars that varied it"
        ),
        pytest.param(varied(), OFTEN - 1, EVERY_S + 10, REGULAR, id="it says little"),
        pytest.param(varied(), OFTEN, EVERY_S, MeterTiming(), id="it reports on change"),
    ],
)
def test_meter_that_repeats_for_a_reason_is_left_in_peace(
    meter: Meter, times: int, every_s: float, timing: MeterTiming
) -> None:
    """A meter that rounds, or a house that stands still, is not probed every quarter of an hour."""
    at = repeat(meter, times, every_s)
    assert at >= STUCK_S
    assert meter.stuck(((0,),), (timing,), at) == set()


def test_any_other_word_shows_that_a_meter_lives() -> None:
    """From there on it is counted anew."""
    meter = varied()
    repeat(meter, OFTEN, EVERY_S)
    hear(meter, 190, 5.0)
    assert meter.stuck(((0,),), (REGULAR,), 190) == set()
    assert (meter.standing[0].since, meter.standing[0].reports) == (190, 1)


def test_value_that_repeats_beside_others_that_vary_may_be_frozen() -> None:
    """Each is counted by itself, from the moment that it was said first."""
    meter = Meter()
    for index in range(VARIED_TIMES + 1):
        hear(meter, 10.0 * index, 4.0 + index, 5.0, 6.0 + index)
    begin = 10.0 * VARIED_TIMES
    for times in range(1, OFTEN + 1):
        hear(meter, begin + times * EVERY_S, 4.0 + times, 5.0, 6.0 + VARIED_TIMES)
    assert meter.stuck(((0, 1, 2),), (REGULAR,), begin + STUCK_S) == {2}


def test_value_that_is_not_said_anew_does_not_repeat_itself() -> None:
    """A phase that reports changes alone is part of each reading, and has said nothing."""
    meter = varied()
    (last_a,) = meter.reading.current_a if meter.reading is not None else (0.0,)
    of = settings(meter_timeout_s=0.0, phase_count=1)
    for times in range(1, STUCK_REPORTS + 3):
        said = Reading(current_a=(last_a,), at=times * EVERY_S, said_at=(0.0,))
        inputs = Inputs(reading=said)
        assert meter.on_inputs(of, (MeterTiming(),), inputs, said.at, is_calm=True) is said
    assert meter.stuck(((0,),), (REGULAR,), 2 * STUCK_S) == set()


def test_value_that_stands_longer_than_ever_is_odd() -> None:
    """It says nothing of what happened meanwhile, from the moment since which it stands."""
    meter = varied()
    hear(meter, 10.0, 9.0)
    assert not meter.is_odd(0, 0.0)
    hear(meter, 10.1, 9.0)
    assert meter.is_odd(0, 0.0)
    assert not meter.is_odd(0, -0.1)
    hear(meter, 20.0, 9.5)
    hear(meter, 30.0, 9.5)
    assert not meter.is_odd(0, 20.0)


def test_meter_that_froze_on_one_phase_is_back_when_that_says_something_else() -> None:
    """What the others say is no news of it."""
    run = charging_site(phase_count=3)
    run.read(32, 12, 12)
    run.state.meter.on_found_out(MeterFault.FROZEN, frozenset({0}))
    run.now = 10
    lost = run.read(32, 13, 14).view
    assert (lost.meter_fault, lost.meter_lost) == (MeterFault.FROZEN, (0,))
    run.now = 20
    back = run.read(31.9, 13, 14).view
    assert (back.meter_status, back.meter_lost) == (MeterStatus.AVAILABLE, ())
    assert run.state.meter.found_out == {0}
    run.now = 30
    assert run.read(31.9, 14, 14).view.meter_status is MeterStatus.AVAILABLE


def test_lost_meter_is_not_asked() -> None:
    """After an outage it must repeat itself as often anew: what it says first is often replayed."""
    meter = varied()
    repeat(meter, OFTEN, EVERY_S)
    meter.on_found_out(MeterFault.FROZEN)
    assert meter.stuck(((0,),), (REGULAR,), STUCK_S) == set()
    assert meter.standing[0].reports == 0


@pytest.mark.parametrize("fault", [MeterFault.FROZEN, MeterFault.BLIND])
def test_meter_that_was_found_out_must_say_something_else(fault: MeterFault) -> None:
    """A frozen meter says again and again what it said: it is not believed for that."""
    run = charging_site()
    run.read(32)
    run.state.meter.on_found_out(fault)
    run.now = 10
    assert run.read(32).view.meter_fault is fault
    run.lose_meter()
    run.now = 20
    assert run.read(32).view.meter_fault is fault
    run.now = 30
    assert run.read(12).view.meter_status is MeterStatus.AVAILABLE


@pytest.mark.parametrize("fault", [MeterFault.BLIND, MeterFault.REVERSED])
def test_meter_that_lives_and_does_not_show_the_chargers_is_not_believed_for_a_while(
    fault: MeterFault,
) -> None:
    """What is wrong with it is not mended in a moment; what it said last is looked at then."""
    run = charging_site()
    run.read(32)
    run.now += 1
    run.read(31)
    until = run.now + DISTRUSTED_S[0]
    run.state.meter.on_unseeing(fault, run.now)
    run.state.meter.on_found_out(fault, frozenset({0}))
    run.now += 9
    assert run.read(12).view.meter_fault is fault
    run.sleep(until - run.now - 1)
    assert run.state.meter.status is MeterStatus.UNAVAILABLE
    run.sleep(1)
    assert run.state.meter.status is MeterStatus.AVAILABLE
    assert run.state.meter.is_on_trial
    run.state.meter.on_seeing()
    assert not run.state.meter.is_on_trial


def test_wait_for_a_meter_that_is_found_out_again_grows() -> None:
    """Nobody has mended it yet."""
    run = charging_site()
    run.read(32)
    waits_s = list[float]()
    for _ in range(3):
        run.now += 1
        run.read(run.now % 7)
        run.state.meter.on_unseeing(MeterFault.REVERSED, run.now)
        until = run.state.meter.distrusted_until
        assert until is not None
        waits_s.append(until - run.now)
        run.now = until
        run.read(5)
    assert waits_s == [DISTRUSTED_S[0], DISTRUSTED_S[1], DISTRUSTED_S[1]]


@pytest.mark.parametrize("fault", [MeterFault.FROZEN, MeterFault.BLIND])
@pytest.mark.parametrize("current_a", [1e6, nan], ids=["no house draws it", "not a number"])
def test_nonsense_does_not_make_a_found_out_meter_one_that_is_believed(
    fault: MeterFault, current_a: float
) -> None:
    """Else two bad samples were enough for a frozen meter to come back with its old value."""
    run = charging_site()
    run.read(32)
    run.state.meter.on_found_out(fault)
    for second in (10, 20):
        run.now = second
        assert run.read(current_a).view.meter_fault is fault
    run.now = 30
    assert run.read(32).view.meter_fault is fault
    run.now = 40
    assert run.read(12).view.meter_status is MeterStatus.AVAILABLE


@pytest.mark.parametrize("fault", [MeterFault.MISSING, MeterFault.SILENT, MeterFault.IMPLAUSIBLE])
def test_meter_that_was_away_may_say_the_same_again(fault: MeterFault) -> None:
    """Nothing speaks against a house that draws what it drew before the outage."""
    run = charging_site()
    run.read(32)
    run.state.meter.on_found_out(fault)
    run.now = 10
    assert run.read(32).view.meter_status is MeterStatus.AVAILABLE


# Recovery


def test_recovery_waits_for_the_hold_that_the_loss_began() -> None:
    """After a stop for want of a meter the car starts when the ramp-up time since it is over."""
    run = charging_site(now=0, ramp_up_time_s=30.0)
    run.lose_meter()
    run.now = 10
    assert run.read(12).commands == ()
    run.now = 20
    assert run.read(12).commands == ()
    assert run.sleep(30) == [(30, StartCharging(charger_id="a", current_a=20))]


def test_recovery_into_an_overload_cuts_at_once() -> None:
    """The first good reading is an ordinary decision."""
    run = charging_site(now=0, unavailable_behavior=IGNORE)
    run.lose_meter()
    run.now = 10
    assert run.read(42).commands == (SetCurrent(charger_id="a", current_a=10),)


def test_first_reading_after_an_outage_raises_nobody() -> None:
    """It may be the last one replayed, or a meter that begins with 0: two must agree."""
    run = charging_site(now=0, unavailable_behavior=IGNORE)
    run.read(32)
    run.lose_meter()
    run.now = 100
    assert run.read(22).commands == ()
    assert run["a"].allocation.limited_by is LimitedBy.CONFIRMATION
    run.now = 110
    assert run.read(22).commands == (SetCurrent(charger_id="a", current_a=30),)


# What the chargers do meanwhile


def test_stopped_cars_stay_stopped_without_a_meter() -> None:
    """With `stop` nobody charges while nobody knows what the house draws."""
    of = settings(a_charger("a"), a_charger("b"))
    run = Run(of, a_state(of, a=16, b=16), now=1)
    assert run.lose_meter().commands == (
        StopCharging(charger_id="a"),
        StopCharging(charger_id="b"),
    )
    assert run.sleep(3600) == []


def test_ignored_loss_starts_nobody() -> None:
    """With `ignore` the cars go on as they are."""
    of = settings(
        a_charger("a"), a_charger("b", phases=(1,)), phase_count=2, unavailable_behavior=IGNORE
    )
    run = Run(of, a_state(of, house_a=(12, 40), a=10), now=1)
    assert run.lose_meter().commands == ()
    assert run.sleep(3600) == []
    assert run.targets == {"a": 10, "b": 0}


def test_ignored_loss_lets_the_users_numbers_cut_but_not_raise() -> None:
    """The user may still take away; what was taken does not come back without a meter."""
    run = charging_site(unavailable_behavior=IGNORE)
    run.lose_meter()
    assert run.change_charger("a", max_charger_current_a=10).commands == (
        SetCurrent(charger_id="a", current_a=10),
    )
    assert run.change_charger("a", max_charger_current_a=32).commands == ()


def test_nonsense_is_forgotten_after_a_good_reading() -> None:
    """The next loss is judged by itself: `ignore` leaves the car what it has."""
    run = charging_site(now=0, unavailable_behavior=IGNORE)
    run.read(nan)
    assert run.targets == {"a": 0}
    run.listen(40, 12, every_s=10)
    run.listen(60, 32, every_s=10)
    assert run.targets == {"a": 20}
    assert run.lose_meter().commands == ()


def test_users_stop_without_a_meter_is_not_told_as_resumed() -> None:
    """A car that the user stopped did not stop for want of a meter."""
    of = settings(a_charger(fallback_a=16), unavailable_behavior=SET_CURRENT)
    run = Run(of, a_state(of, house_a=12, a=16), now=1)
    run.lose_meter()
    run.limit("a", 0, 20)
    run.events.clear()
    run.sleep(60)
    assert run.targets == {"a": 16}
    assert run.events == []


def test_switched_off_charger_is_left_alone_without_a_meter() -> None:
    """Not even the stop goes to a charger that is not ours."""
    of = settings(a_charger(is_enabled=False))
    run = Run(of, a_state(of, house_a=12, a=20), now=1)
    assert run.lose_meter().commands == ()
