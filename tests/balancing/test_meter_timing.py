"""How the meter reports: its rhythm, its timeout, and how late it shows what the cars do."""

from dataclasses import replace
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from custom_components.ev_lb.balancing.meter_timing import (
    IRREGULAR_S,
    KEPT_ANSWERS,
    LONGEST_DELAY_S,
    LONGEST_PERIOD_S,
    NEEDED_GAPS,
    ON_CHANGE_TIMEOUT_S,
    PROBATION_S,
    fresh_until,
    is_regular,
    meter_timeout_s,
    note_answer,
    note_falls,
    note_report,
    note_silence,
    with_learned_delay,
)
from custom_components.ev_lb.balancing.model import (
    Fall,
    LimitedBy,
    MeterTiming,
    Reading,
    SetCurrent,
    State,
    StopCharging,
)

from .builders import Run, a_charger, a_state, charging, settings

MANY = 40


def heard(*gaps_s: float, begin: float = 0.0) -> MeterTiming:
    """Return what is learned of a meter whose reports came so long after one another."""
    timing, before = MeterTiming(), None
    for at in accumulate(gaps_s, initial=begin):
        reading = Reading(current_a=(0.0,), at=at)
        timing, before = note_report(timing, before, reading), reading
    return timing


def regular(period_s: float = 10.0, irregular_at: float | None = None) -> MeterTiming:
    """Return what is known of a meter that has kept its rhythm since time began."""
    return MeterTiming(period_s=period_s, heard_since=-1e6, irregular_at=irregular_at)


def test_usual_period_is_the_middle_one() -> None:
    """One late and one early report do not move the period."""
    assert heard(10, 10, 12, 10, 3, 10).period_s == 10


@pytest.mark.parametrize(("gaps", "period_s"), [(NEEDED_GAPS - 1, None), (NEEDED_GAPS, 10)])
def test_few_reports_are_no_rhythm(gaps: int, period_s: float | None) -> None:
    """Before some reports have come nothing is known."""
    assert heard(*[10] * gaps).period_s == period_s


def test_new_rhythm_is_learned() -> None:
    """A meter that the user lets report faster is known as a faster one soon."""
    assert heard(*[30] * MANY, *[5] * 9).period_s == 5


@pytest.mark.parametrize("first_s", [0.05, 9.95])
def test_report_that_is_said_twice_is_one(first_s: float) -> None:
    """Some meters push a value, and are polled for it just after."""
    timing = heard(*[first_s, 10 - first_s] * MANY)
    assert timing.period_s == pytest.approx(9.95)
    assert is_regular(timing, MANY * 10)


def test_meter_that_is_quicker_than_an_echo_has_its_period() -> None:
    """Four reports a second are a rhythm, too."""
    assert heard(*[0.25] * MANY).period_s == 0.25


def test_late_or_repeated_report_is_no_gap() -> None:
    """What comes out of order, or twice for one moment, says nothing of the rhythm."""
    timing = heard(*[10] * MANY)
    last = Reading(current_a=(0.0,), at=MANY * 10)
    for at in (MANY * 10, MANY * 10 - 5):
        assert note_report(timing, last, Reading(current_a=(1.0,), at=at)) == timing


@pytest.mark.parametrize(
    ("period_s", "heard_s", "is_so"),
    [
        pytest.param(1, PROBATION_S - 1, False, id="not heard for long"),
        pytest.param(1, PROBATION_S, True, id="heard for long enough"),
        pytest.param(LONGEST_PERIOD_S, 3000, True, id="rare"),
        pytest.param(LONGEST_PERIOD_S + 1, 3010, False, id="too rare"),
    ],
)
def test_steady_meter_is_regular_after_its_probation(
    period_s: float, heard_s: float, *, is_so: bool
) -> None:
    """A rhythm counts when it has been heard for some minutes, and is not too slow."""
    timing = heard(*[period_s] * int(heard_s / period_s))
    assert is_regular(timing, heard_s) is is_so


@pytest.mark.parametrize(
    ("gap_s", "is_so"),
    [pytest.param(2 * 10 + 3, True, id="a hiccup"), pytest.param(2 * 10 + 3.1, False, id="more")],
)
def test_long_gap_makes_a_meter_irregular_for_an_hour(gap_s: float, *, is_so: bool) -> None:
    """Who was silent once without a fault may be so again."""
    timing = heard(*[10] * MANY, gap_s)
    at = MANY * 10 + gap_s
    assert is_regular(timing, at) is is_so
    assert is_regular(timing, at + IRREGULAR_S - 1) is is_so
    assert is_regular(timing, at + IRREGULAR_S)


def test_quick_reports_after_a_long_silence_are_no_rhythm() -> None:
    """A meter that reports changes is not called regular for a few quick ones.

    Its answers to our own questions are such, and a car would be stopped in a quiet house.
    """
    timing = heard(400, 1, 1, 1, 1, 1)
    assert timing.period_s == 1
    assert not is_regular(timing, 405)
    assert meter_timeout_s(settings(), timing, 405) == ON_CHANGE_TIMEOUT_S


def test_hour_counts_from_the_last_report_beside_a_long_gap() -> None:
    """As long as the gap is among the last ones, the rhythm is not a new one yet."""
    timing = heard(*[10] * MANY, 100, *[10] * 3)
    assert timing.irregular_at == MANY * 10 + 130


def test_meter_that_was_silent_may_be_one_that_does_not_mind() -> None:
    """After a loss by silence the meter is not regular for an hour."""
    timing = note_silence(regular(), Reading(current_a=(0.0,), at=1000))
    assert timing.irregular_at == 1000
    assert note_silence(regular(), None) == regular()


@pytest.mark.parametrize(
    ("configured_s", "timing", "timeout_s"),
    [
        pytest.param(None, MeterTiming(), ON_CHANGE_TIMEOUT_S, id="not known yet"),
        pytest.param(None, regular(1), 3 * 1 + 5, id="quick"),
        pytest.param(None, regular(60), 3 * 60 + 5, id="slow"),
        pytest.param(None, regular(60, irregular_at=900), ON_CHANGE_TIMEOUT_S, id="irregular"),
        pytest.param(20.0, regular(60), 20, id="the user's own"),
        pytest.param(20.0, MeterTiming(), 20, id="the user's own from the start"),
        pytest.param(0.0, regular(), None, id="0 is never"),
    ],
)
def test_meter_timeout(
    configured_s: float | None, timing: MeterTiming, timeout_s: float | None
) -> None:
    """Empty is automatic: 3 periods and 5 s, or 15 min; a number is exactly that, 0 is never."""
    assert meter_timeout_s(settings(meter_timeout_s=configured_s), timing, 1000) == timeout_s


@pytest.mark.parametrize(
    ("configured_s", "timing", "fresh_s"),
    [
        pytest.param(None, regular(), 20, id="two periods"),
        pytest.param(None, MeterTiming(), ON_CHANGE_TIMEOUT_S, id="on change: its timeout"),
        pytest.param(15.0, regular(), 15, id="never more than the timeout"),
        pytest.param(0.0, regular(), 20, id="two periods though it never times out"),
        pytest.param(0.0, MeterTiming(), float("inf"), id="on change, never out of time"),
    ],
)
def test_reading_is_fresh_for_two_periods(
    configured_s: float | None, timing: MeterTiming, fresh_s: float
) -> None:
    """On an older one nobody is raised."""
    of = settings(meter_timeout_s=configured_s)
    state = replace(a_state(of, read_at=1000), meter_timing=timing)
    assert fresh_until(of, state) == 1000 + fresh_s


def test_nothing_is_stale_before_anything_was_read() -> None:
    """Without a reading it is the rules of a lost meter that decide."""
    assert fresh_until(settings(), State()) == float("inf")


def test_end_of_a_hold_raises_nobody_on_a_frozen_meter() -> None:
    """The increase waits for a new reading (44 A on 32 A for as long as the meter is frozen)."""
    of = settings()
    held = charging(10, hold_until=1030.0)
    state = replace(a_state(of, house_a=2, read_at=1000, a=held), meter_timing=regular())
    run = Run(of, state, now=1000)
    assert run.read(12).commands == ()
    assert run.sleep(31) == []
    assert run["a"].limited_by is LimitedBy.STALE_READING
    assert run.read(12).commands == (SetCurrent(charger_id="a", current_a=30),)


def test_old_reading_does_not_keep_a_car_from_being_cut() -> None:
    """A reduction may act on any reading."""
    of = settings()
    state = replace(a_state(of, house_a=2, read_at=1000, a=30), meter_timing=regular())
    run = Run(of, state, now=1030)
    assert run.limit("a", 10, 600).commands == (SetCurrent(charger_id="a", current_a=10),)


def test_regular_meter_is_missed_soon_one_that_reports_changes_late() -> None:
    """A frozen meter of 10 s is noticed after 35 s; after its silence it is given 15 min."""
    of = settings(a_charger(max_a=6))
    run = Run(of, a_state(of, house_a=2, a=6), now=0)
    run.read(8)
    run.listen(400, 8, every_s=10)
    assert run.sleep(60) == [(435, StopCharging(charger_id="a"))]
    run.listen(300, 8, every_s=10)
    begin = run.now
    assert run.targets == {"a": 6}
    assert run.sleep(1000) == [(begin + ON_CHANGE_TIMEOUT_S, StopCharging(charger_id="a"))]


def test_loss_of_the_entity_says_nothing_of_the_rhythm() -> None:
    """A meter that says itself that it is gone does not become one that may be silent."""
    of = settings()
    state = replace(a_state(of, read_at=1000), meter_timing=regular())
    run = Run(of, state, now=1001)
    run.lose_meter()
    assert run.state.meter_timing == regular()


def test_time_without_a_meter_is_no_gap() -> None:
    """After a loss the rhythm is heard anew."""
    of = settings()
    state = replace(a_state(of, read_at=1000), meter_timing=replace(regular(), gaps_s=(10.0,) * 9))
    run = Run(of, state, now=1001)
    run.lose_meter()
    run.now = 5000
    run.read(0)
    assert run.state.meter_timing == replace(regular(), gaps_s=(10.0,) * 9, heard_since=5000)


# How late it shows what the cars do


def fallen(of_a: float = 10.0, *, at: float = 100.0, reading_a: float = 40.0) -> Fall:
    """Return a fall that a car's sensor has seen."""
    return Fall(at=at, by_a=of_a, reading_a=(reading_a,))


def delay_after(fall: Fall, *readings: tuple[float, float]) -> tuple[float, ...]:
    """Return the answers that are known after readings of so many amperes at these moments."""
    of = settings()
    state = a_state(of, a=charging(10, fall=fall))
    for at, current_a in readings:
        state = note_falls(of, state, Reading(current_a=(current_a,), at=at))
    return state.meter_timing.answers_s


def test_delay_is_what_lies_between_the_cars_sensor_and_the_meter() -> None:
    """A car that has gone down by 10 A shows at the meter 7 s later."""
    assert delay_after(fallen(), (103, 40), (107, 30), (120, 20)) == (7,)


def test_first_reading_after_a_fall_is_not_late() -> None:
    """A meter that reports each half minute is no slower for that."""
    assert delay_after(fallen(), (127, 30)) == (0,)


@pytest.mark.parametrize(("current_a", "answers_s"), [(35.1, ()), (35, (7,))])
def test_half_of_the_fall_is_an_answer(current_a: float, answers_s: tuple[float, ...]) -> None:
    """Less may be the house."""
    assert delay_after(fallen(), (103, 40), (107, current_a)) == answers_s


def test_fall_that_a_house_hides_is_forgotten() -> None:
    """After a minute it is not known any more what the meter shows."""
    at = 100 + LONGEST_DELAY_S
    assert delay_after(fallen(), (101, 40), (at, 40), (at + 1, 40), (at + 2, 20)) == ()
    assert delay_after(fallen(), (101, 40), (at, 30)) == (LONGEST_DELAY_S,)


def test_fall_must_show_on_every_phase_that_the_car_loads() -> None:
    """What falls on one phase alone is something else."""
    of = settings(a_charger(phases=(0, 1)), phase_count=3)
    fall = Fall(at=100, by_a=10, reading_a=(40, 40, 40))
    state = a_state(of, a=charging(10, fall=fall))
    state = note_falls(of, state, Reading(current_a=(40, 40, 0), at=101))
    state = note_falls(of, state, Reading(current_a=(30, 40, 30), at=102))
    assert state.meter_timing.answers_s == ()
    state = note_falls(of, state, Reading(current_a=(30, 30, 40), at=103))
    assert state.meter_timing.answers_s == (3,)


def test_charger_that_is_not_ours_teaches_nothing() -> None:
    """Its falls are the user's."""
    of = settings(a_charger(is_enabled=False))
    state = a_state(of, a=charging(10, fall=fallen()))
    after = note_falls(of, state, Reading(current_a=(0.0,), at=103))
    assert after.meter_timing == state.meter_timing


@pytest.mark.parametrize(
    ("answers_s", "delay_s"),
    [
        pytest.param((0.5,), 2, id="never less than is assumed of every meter"),
        pytest.param((7,), 7, id="the only one"),
        pytest.param((7, 7, 7, 50), 7, id="a fall that the house has hidden for a while"),
        pytest.param((4, 5, 6, 7), 6, id="most of them"),
        pytest.param((100,), LONGEST_DELAY_S, id="never more than a minute"),
        pytest.param((30,) * 3 + (3,) * KEPT_ANSWERS, 3, id="the old ones are forgotten"),
    ],
)
def test_most_answers_came_within_the_delay(answers_s: tuple[float, ...], delay_s: float) -> None:
    """A single odd answer does not count."""
    timing = MeterTiming()
    for late_s in answers_s:
        timing = note_answer(timing, late_s)
    assert timing.delay_s == delay_s


@pytest.mark.parametrize(
    ("users_s", "learned_s", "in_force_s"),
    [
        pytest.param(None, 2.0, 2.0, id="what is assumed"),
        pytest.param(None, 9.0, 9.0, id="learned"),
        pytest.param(4.0, 9.0, 4.0, id="the user's own"),
        pytest.param(0.0, 9.0, 0.0, id="the user's own, none"),
    ],
)
def test_delay_in_force(users_s: float | None, learned_s: float, in_force_s: float) -> None:
    """A number is exactly that, empty is learned; it makes the window longer."""
    of = settings(meter_delay_s=users_s)
    state = State(meter_timing=MeterTiming(delay_s=learned_s))
    assert with_learned_delay(of, state).meter_delay_s == in_force_s


def test_learned_delay_is_no_setting_that_the_user_has_changed() -> None:
    """The same settings stay the same object, so that nobody's wait is skipped for it."""
    of = settings(meter_delay_s=None)
    assert with_learned_delay(of, State()) is of
    state = State(meter_timing=MeterTiming(delay_s=9.0))
    first = with_learned_delay(of, state)
    assert with_learned_delay(of, replace(state, settings=first)) is first
    assert first == replace(of, meter_delay_s=9.0)


def test_learned_delay_prolongs_the_window_of_a_cut() -> None:
    """A charger is not called deaf for what the meter shows late."""
    of = settings()
    timing = MeterTiming(delay_s=9.0)
    run = Run(of, replace(a_state(of, house_a=12, a=20), meter_timing=timing), now=0)
    assert run.read(34).commands == (SetCurrent(charger_id="a", current_a=18),)
    assert run.listen(18, 34) == []
    assert run.listen(1, 34) == [(19, SetCurrent(charger_id="a", current_a=6))]


# Whatever comes

gaps = st.lists(st.floats(0.1, 2000), max_size=30)


@given(gaps_s=gaps)
@examples(max_examples=200, deadline=None)
def test_timeout_is_15_min_or_three_of_its_periods(gaps_s: list[float]) -> None:
    """Whatever a meter does, it is missed some time, but not after one of its usual silences."""
    timing, at = heard(*gaps_s), sum(gaps_s)
    timeout_s = meter_timeout_s(settings(), timing, at)
    assert timeout_s is not None
    if timing.period_s is not None and is_regular(timing, at):
        assert timeout_s == 3 * timing.period_s + 5
        assert timeout_s > max(timing.gaps_s)
    else:
        assert timeout_s == ON_CHANGE_TIMEOUT_S


@given(fast_s=st.floats(0.1, LONGEST_PERIOD_S), slow_s=st.floats(0.1, LONGEST_PERIOD_S))
@examples(max_examples=200, deadline=None)
def test_faster_meter_is_missed_earlier(fast_s: float, slow_s: float) -> None:
    """The timeout and the freshness grow with the period."""
    of, state = settings(), a_state(settings(), read_at=1000)
    fast, slow = (regular(period_s) for period_s in sorted((fast_s, slow_s)))
    fast_timeout_s, slow_timeout_s = (meter_timeout_s(of, known, 1000) for known in (fast, slow))
    assert fast_timeout_s is not None
    assert slow_timeout_s is not None
    assert fast_timeout_s <= slow_timeout_s
    until = [fresh_until(of, replace(state, meter_timing=known)) for known in (fast, slow)]
    assert until == sorted(until)
    assert until[0] <= 1000 + fast_timeout_s


@given(late_s=st.lists(st.floats(0, 1000), min_size=1, max_size=20), worse_s=st.floats(0, 100))
@examples(max_examples=200, deadline=None)
def test_later_answers_never_make_the_delay_shorter(late_s: list[float], worse_s: float) -> None:
    """The delay is at most a minute, at least what is assumed, and grows with the answers."""
    timings = [MeterTiming(), MeterTiming()]
    for late in late_s:
        timings = [note_answer(timings[0], late), note_answer(timings[1], late + worse_s)]
    assert 2 <= timings[0].delay_s <= timings[1].delay_s <= LONGEST_DELAY_S
