"""How the meter reports: its rhythm, its timeout, and how late it shows what the cars do."""

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_components.ev_lb.balancing.increases.hold import Hold
from custom_components.ev_lb.balancing.meter.timing import (
    BURST_S,
    DEFAULT_METER_DELAY_S,
    HICCUP_EXTRA_S,
    HICCUP_PERIODS,
    IRREGULAR_S,
    KEPT_ANSWERS,
    KEPT_GAPS,
    LONGEST_DELAY_S,
    LONGEST_PERIOD_S,
    LONGEST_STANDING_S,
    NEEDED_GAPS,
    ON_CHANGE_TIMEOUT_S,
    PROBATION_S,
    STANDING_S,
    MeterTiming,
)
from custom_components.ev_lb.balancing.model import (
    LimitedBy,
    MeterFault,
    MeterStatus,
    SetCurrent,
    StopCharging,
)
from tests.balancing.builders import Run, a_charger, a_state, charging, settings
from tests.explore import examples

MANY = 40


def heard_at(*moments: float) -> MeterTiming:
    """Return what is learned of a meter that reported at these moments."""
    timing = MeterTiming()
    for at in moments:
        timing.on_report(at, is_after_outage=False)
    return timing


def heard(*gaps_s: float) -> MeterTiming:
    """Return what is learned of a meter whose reports came so long after one another."""
    return heard_at(*accumulate(gaps_s, initial=0.0))


def regular(period_s: float = 10.0, irregular_at: float | None = None) -> MeterTiming:
    """Return what is known of a meter that has kept its rhythm since time began."""
    return MeterTiming(period_s=period_s, heard_since=-1e6, irregular_at=irregular_at)


# Its rhythm


def test_usual_period_is_the_middle_one() -> None:
    """One late and one early report do not move the period."""
    assert heard(10, 10, 12, 10, 3, 10).period_s == 10


@pytest.mark.parametrize(("gaps", "period_s"), [(NEEDED_GAPS - 1, None), (NEEDED_GAPS, 10)])
def test_few_reports_are_no_rhythm(gaps: int, period_s: float | None) -> None:
    """Before some reports have come nothing is known."""
    assert heard(*[10] * gaps).period_s == period_s


@pytest.mark.parametrize(("quick", "period_s"), [(KEPT_GAPS // 2, 30), (KEPT_GAPS // 2 + 1, 5)])
def test_new_rhythm_is_learned(quick: int, period_s: float) -> None:
    """A meter that the user lets report faster is known as a faster one after five reports."""
    assert heard(*[30] * MANY, *[5] * quick).period_s == period_s


@pytest.mark.parametrize(
    ("parts_s", "period_s"),
    [
        pytest.param((0, 0.2, 0.4), 1.0, id="three phases of each second"),
        pytest.param((0, 0.3), 10.0, id="a push and a poll behind it"),
        pytest.param((0, 0.0), 10.0, id="twice for one moment"),
        pytest.param((0, BURST_S - 0.01), 2.0, id="just one telegram"),
    ],
)
def test_telegram_in_parts_is_one_report(parts_s: tuple[float, ...], period_s: float) -> None:
    """A phase that comes behind the others does not make the meter three times as fast.

    Else two "periods" of it would be over before the next telegram, and no car were ever raised.
    """
    timing = heard_at(*(index * period_s + part_s for index in range(MANY) for part_s in parts_s))
    assert timing.gaps_s == [period_s] * KEPT_GAPS
    assert timing.period_s == period_s
    assert timing.irregular_at is None


@pytest.mark.parametrize(
    ("gap_s", "is_new"),
    [
        pytest.param(0, False, id="twice for one moment"),
        pytest.param(BURST_S - 0.01, False, id="just one telegram"),
        pytest.param(BURST_S, True, id="another"),
        pytest.param(10, True, id="the next one"),
    ],
)
def test_report_in_the_same_half_second_is_no_new_one(gap_s: float, *, is_new: bool) -> None:
    """Who must hear a thing twice does not take the same telegram for both."""
    timing = heard(10)
    assert timing.on_report(10 + gap_s, is_after_outage=False) is is_new


def test_telegram_lasts_half_a_second_from_its_first_part() -> None:
    """Parts that follow one another for ever are not one telegram."""
    timing = MeterTiming()
    moments = (0, 0.25, 0.5, 0.75, 1.0)
    new = [timing.on_report(at, is_after_outage=False) for at in moments]
    assert new == [True, False, True, False, True]


def test_first_report_after_an_outage_is_a_new_one() -> None:
    """However soon the meter is back; what comes with it is the same again."""
    timing = heard(10)
    assert timing.on_report(10.1, is_after_outage=True)
    assert not timing.on_report(10.2, is_after_outage=False)


def test_half_a_second_is_a_report_of_its_own() -> None:
    """No telegram takes that long: a meter that reports four times a second has a rhythm, too."""
    assert heard(*[BURST_S] * MANY).period_s == BURST_S
    assert heard(*[0.25] * MANY).period_s == BURST_S


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
    assert timing.is_regular(heard_s) is is_so


@pytest.mark.parametrize(
    ("gap_s", "is_so"),
    [pytest.param(2 * 10 + 3, True, id="a hiccup"), pytest.param(2 * 10 + 3.1, False, id="more")],
)
def test_long_gap_makes_a_meter_irregular_for_an_hour(gap_s: float, *, is_so: bool) -> None:
    """Who was silent once without a fault may be so again."""
    timing = heard(*[10] * MANY, gap_s)
    at = MANY * 10 + gap_s
    assert timing.is_regular(at) is is_so
    assert timing.is_regular(at + IRREGULAR_S - 1) is is_so
    assert timing.is_regular(at + IRREGULAR_S)


def test_quick_reports_after_a_long_silence_are_no_rhythm() -> None:
    """A meter that reports changes is not called regular for a few quick ones.

    Its answers to our own probes are such, and a car would be stopped in a quiet house.
    """
    timing = heard(400, 1, 1, 1, 1, 1)
    assert timing.period_s == 1
    assert not timing.is_regular(405)
    assert timing.timeout_s(None, 405) == ON_CHANGE_TIMEOUT_S


def test_hour_counts_from_the_last_report_beside_a_long_gap() -> None:
    """As long as the gap is among the last ones, the rhythm is not a new one yet."""
    timing = heard(*[10] * MANY, 100, *[10] * 3)
    assert timing.irregular_at == MANY * 10 + 130


def test_gap_that_was_usual_turns_out_to_be_odd_in_a_new_rhythm() -> None:
    """Minutes of silence stay what they were, though the meter has become quick since."""
    timing = heard(*[100] * KEPT_GAPS, *[10] * 4)
    assert timing.irregular_at is None
    timing.on_report(950, is_after_outage=False)
    assert (timing.period_s, timing.irregular_at) == (10, 950)


# Outages


def test_time_without_a_meter_is_no_gap() -> None:
    """What was learned stands; the next gap counts from the first report after the outage."""
    timing = heard(*[10] * MANY)
    timing.on_report(5000, is_after_outage=True)
    expected = heard(*[10] * MANY)
    expected.reported_at = 5000
    assert timing == expected
    timing.on_report(5010, is_after_outage=False)
    assert (timing.gaps_s, timing.irregular_at) == ([10] * KEPT_GAPS, None)
    assert timing.is_regular(5010)


def test_loss_of_the_entity_says_nothing_of_the_rhythm() -> None:
    """A meter that says itself that it is gone does not become one that may be silent."""
    state = a_state(settings(), read_at=1000)
    state.timing = regular()
    run = Run(settings(), state, now=1001)
    run.lose_meter()
    assert run.state.timing == regular()


def test_value_replayed_after_an_outage_is_noticed_soon() -> None:
    """An integration that comes back with its last value, and nothing else, is not believed long.

    The rhythm is known from before: it need not be heard anew for minutes.
    """
    of = settings(a_charger(max_a=6))
    state = a_state(of, house_a=2, read_at=1000, a=6)
    state.timing = regular()
    run = Run(of, state, now=1001)
    run.lose_meter()
    run.now = 2000
    run.read(2)
    run.sleep(34.9)
    assert run.state.meter.status is MeterStatus.AVAILABLE
    run.sleep(0.1)
    assert run.state.meter.fault is MeterFault.SILENT


def test_meter_that_was_silent_may_be_one_that_does_not_mind() -> None:
    """After a loss by silence the meter is not regular for an hour."""
    timing = regular()
    timing.on_silence(1000)
    assert timing == regular(irregular_at=1000)
    assert not timing.is_regular(1000 + IRREGULAR_S - 1)
    assert timing.is_regular(1000 + IRREGULAR_S)


def test_regular_meter_is_missed_soon_one_that_reports_changes_late() -> None:
    """A frozen meter of 10 s is noticed after 35 s; after its silence it is given 15 min."""
    of = settings(a_charger(max_a=6))
    run = Run(of, a_state(of, house_a=2, a=6), now=0)
    run.read(8)
    run.listen(400, 8, every_s=10)
    assert run.sleep(60) == [(435, StopCharging(charger_id="a"))]
    run.listen(60, 2, every_s=10)
    run.listen(300, 8, every_s=10)
    begin = run.now
    assert run.targets == {"a": 6}
    assert run.sleep(1000) == [(begin + ON_CHANGE_TIMEOUT_S, StopCharging(charger_id="a"))]


# Its timeout, and how long a reading is fresh


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
    assert timing.timeout_s(configured_s, 1000) == timeout_s


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
    assert timing.fresh_s(configured_s, 1000) == fresh_s


def test_end_of_a_hold_raises_nobody_on_a_frozen_meter() -> None:
    """The increase waits for a new reading (44 A on 32 A for as long as the meter is frozen)."""
    of = settings()
    state = a_state(of, house_a=2, read_at=1000, a=charging(10, hold=Hold(until=1030.0)))
    state.timing = regular()
    run = Run(of, state, now=1000)
    assert run.read(12).commands == ()
    assert run.sleep(31) == []
    assert run["a"].allocation.limited_by is LimitedBy.STALE_READING
    assert run.read(12).commands == (SetCurrent(charger_id="a", current_a=30),)


def test_old_reading_does_not_keep_a_car_from_being_cut() -> None:
    """A reduction may act on any reading."""
    of = settings()
    state = a_state(of, house_a=2, read_at=1000, a=30)
    state.timing = regular()
    run = Run(of, state, now=1030)
    assert run.limit("a", 10, 600).commands == (SetCurrent(charger_id="a", current_a=10),)


# A reading that stands


@pytest.mark.parametrize(
    ("timing", "standing_s"),
    [
        pytest.param(regular(), None, id="a regular meter says a second one"),
        pytest.param(MeterTiming(), STANDING_S, id="nothing known"),
        pytest.param(heard(400, 1), STANDING_S, id="it can be quick"),
        pytest.param(heard(400, 20, 30), 30, id="one and a half of its shortest gaps"),
        pytest.param(heard(400, 60), LONGEST_STANDING_S, id="a minute at most"),
    ],
)
def test_reading_that_has_stood_counts_as_a_second_one(
    timing: MeterTiming, standing_s: float | None
) -> None:
    """A meter that reports on change has no second word to say while nothing changes."""
    assert timing.standing_s(1000) == standing_s


# How late it shows what the cars do


def after_cuts(*late_s: float) -> MeterTiming:
    """Return what is known of a meter that has shown cuts so late."""
    timing = MeterTiming()
    for late in late_s:
        timing.on_cut_shown(late, is_clean=True)
    return timing


@pytest.mark.parametrize(
    ("late_s", "delay_s"),
    [
        pytest.param((), DEFAULT_METER_DELAY_S, id="nothing known"),
        pytest.param((0.5,), DEFAULT_METER_DELAY_S, id="never less than of every meter"),
        pytest.param((7,), 7, id="the only one"),
        pytest.param((7, 50, 7, 7), 7, id="a cut that the house has hidden for a while"),
        pytest.param((7, 4, 6, 5), 6, id="of an even number the later half's first"),
        pytest.param((1000,), LONGEST_DELAY_S, id="no answer takes so long"),
        pytest.param((30,) * KEPT_ANSWERS + (3,) * 5, 3, id="five of the last eight"),
        pytest.param((30,) * KEPT_ANSWERS + (3,) * 4, 30, id="four of the last eight"),
    ],
)
def test_half_of_the_last_answers_came_within_the_delay(
    late_s: tuple[float, ...], delay_s: float
) -> None:
    """A single odd answer does not count, and what a slower meter showed is forgotten."""
    assert after_cuts(*late_s).delay_s(None) == delay_s


@pytest.mark.parametrize(
    ("first_s", "second_s", "answers_s"),
    [
        pytest.param(None, 40, [], id="once"),
        pytest.param(40, 44, [44], id="twice much the same"),
        pytest.param(40, 58, [], id="twice, but different"),
        pytest.param(40, 57, [57], id="three tenths of the larger one is the same"),
        pytest.param(2, 7, [7], id="so are 5 s"),
        pytest.param(2, 7.1, [], id="but no more"),
    ],
)
def test_cut_that_was_said_again_must_show_as_late_twice(
    first_s: float | None, second_s: float, answers_s: list[float]
) -> None:
    """A charger that was deaf for a while does not make the meter a slow one.

    Else every later cut would be waited for in vain before the next step down.
    """
    timing = MeterTiming()
    if first_s is not None:
        timing.on_cut_shown(first_s, is_clean=False)
    assert timing.answers_s == []
    timing.on_cut_shown(second_s, is_clean=False)
    assert timing.answers_s == answers_s


def test_cut_that_showed_at_the_first_telling_ends_the_suspicion() -> None:
    """The meter is quick: the next late answer is suspected anew."""
    timing = MeterTiming()
    timing.on_cut_shown(40, is_clean=False)
    timing.on_cut_shown(3, is_clean=True)
    timing.on_cut_shown(40, is_clean=False)
    assert timing.answers_s == [3]


def test_start_that_showed_as_late_confirms_a_late_cut() -> None:
    """Two experiments that agree are enough: the meter is that late."""
    timing = MeterTiming()
    timing.on_start_shown(40, 5)
    timing.on_cut_shown(42, is_clean=False)
    assert (timing.answers_s, timing.delay_s(None)) == ([42], 42)


@pytest.mark.parametrize(
    ("late_s", "configured_s", "slowest_s"),
    [
        pytest.param(None, None, DEFAULT_METER_DELAY_S, id="nothing known"),
        pytest.param(40, None, 40, id="a start was later"),
        pytest.param(40, 60, 60, id="the user's own is longer"),
        pytest.param(-3, None, DEFAULT_METER_DELAY_S, id="a start before its time"),
        pytest.param(1000, None, LONGEST_DELAY_S, id="no answer takes so long"),
    ],
)
def test_meter_is_taken_to_be_as_late_as_any_start_before_a_charger_is_blamed(
    late_s: float | None, configured_s: float | None, slowest_s: float
) -> None:
    """A stop that a late meter has not shown yet is nobody's fault."""
    timing = MeterTiming()
    if late_s is not None:
        timing.on_start_shown(late_s, 0)
    assert timing.slowest_s(configured_s) == slowest_s


@pytest.mark.parametrize(
    ("took_s", "late_s", "delay_s"),
    [
        pytest.param(40, (), 40, id="all that is known"),
        pytest.param(1000, (), LONGEST_DELAY_S, id="no answer takes so long"),
        pytest.param(1, (), DEFAULT_METER_DELAY_S, id="never less than of every meter"),
        pytest.param(40, (5,), 5, id="a slow car is not a slow meter"),
    ],
)
def test_start_that_climbs_is_the_delay_until_the_first_cut(
    took_s: float, late_s: tuple[float, ...], delay_s: float
) -> None:
    """A meter that averages is not known at first: the first cut must not be judged too soon."""
    timing = after_cuts(*late_s)
    timing.on_start_shown(0, took_s)
    assert timing.delay_s(None) == delay_s


def test_learned_delay_survives_a_restart() -> None:
    """It follows from the answers that were stored."""
    assert MeterTiming(answers_s=[9.0, 9.0, 9.0]).delay_s(None) == 9
    assert MeterTiming(climb_s=30.0).delay_s(None) == 30


@pytest.mark.parametrize(
    ("users_s", "in_force_s"),
    [
        pytest.param(None, 9.0, id="learned"),
        pytest.param(4.0, 4.0, id="the user's own"),
        pytest.param(0.0, 0.0, id="the user's own, none"),
    ],
)
def test_delay_in_force(users_s: float | None, in_force_s: float) -> None:
    """A number is exactly that, empty is learned; it makes the window longer."""
    of = settings(meter_delay_s=users_s)
    state = a_state(of, a=20)
    state.timing = after_cuts(9)
    assert state.window_s(state.chargers["a"]) == 10 + in_force_s


def test_learned_delay_is_shown() -> None:
    """The user sees what was learned of the meter."""
    state = a_state(settings(), house_a=12, a=20)
    state.timing = regular()
    state.timing.on_cut_shown(9, is_clean=True)
    run = Run(settings(), state, now=1)
    view = run.read(32).view
    assert (view.meter_period_s, view.meter_delay_s) == (10, 9)


# Whatever comes

gaps = st.lists(st.floats(0.5, 2000), max_size=30)


@given(gaps_s=gaps)
@examples(200)
def test_timeout_is_15_min_or_three_of_its_periods(gaps_s: list[float]) -> None:
    """Whatever a meter does, it is missed some time, but not after one of its usual silences."""
    timing, at = heard(*gaps_s), sum(gaps_s)
    timeout_s = timing.timeout_s(None, at)
    assert timeout_s is not None
    if timing.period_s is not None and timing.is_regular(at):
        assert timeout_s == 3 * timing.period_s + 5
        assert timeout_s > max(timing.gaps_s)
    else:
        assert timeout_s == ON_CHANGE_TIMEOUT_S


@given(fast_s=st.floats(0.1, LONGEST_PERIOD_S), slow_s=st.floats(0.1, LONGEST_PERIOD_S))
@examples(200)
def test_faster_meter_is_missed_earlier(fast_s: float, slow_s: float) -> None:
    """The timeout and the freshness grow with the period."""
    fast, slow = (regular(period_s) for period_s in sorted((fast_s, slow_s)))
    timeouts_s = [timing.timeout_s(None, 1000) or 0.0 for timing in (fast, slow)]
    fresh_s = [timing.fresh_s(None, 1000) for timing in (fast, slow)]
    assert timeouts_s == sorted(timeouts_s)
    assert fresh_s == sorted(fresh_s)
    assert 0 < fresh_s[0] <= timeouts_s[0]


@given(
    period_s=st.integers(1, 60),
    parts_s=st.lists(st.floats(0, BURST_S - 0.01), max_size=4),
    times=st.integers(NEEDED_GAPS + 1, MANY),
)
@examples(200)
def test_parts_of_a_telegram_never_change_the_rhythm(
    period_s: int, parts_s: list[float], times: int
) -> None:
    """However many parts, and however they are spread over half a second."""
    whole = heard_at(*(period_s * index for index in range(times)))
    in_parts = heard_at(
        *(period_s * index + part for index in range(times) for part in (0.0, *sorted(parts_s)))
    )
    assert in_parts == whole


@given(period_s=st.floats(0.5, LONGEST_PERIOD_S), share=st.floats(0, 1))
@examples(100)
def test_a_hiccup_leaves_a_regular_meter_regular(period_s: float, share: float) -> None:
    """Up to two periods and 3 s of silence are none: the meter is missed as soon as before."""
    timing = heard(*[period_s] * MANY)
    before = timing.period_s or 0.0
    at = (timing.reported_at or 0.0) + BURST_S
    at += share * (HICCUP_PERIODS * before + HICCUP_EXTRA_S - BURST_S) * 0.999
    timing.on_report(at, is_after_outage=False)
    assert (timing.period_s, timing.irregular_at) == (pytest.approx(period_s), None)


@given(late_s=st.lists(st.floats(0, 1000), min_size=1, max_size=20), worse_s=st.floats(0, 100))
@examples(200)
def test_later_answers_never_make_the_delay_shorter(late_s: list[float], worse_s: float) -> None:
    """The delay has a least and a most, and grows with the answers."""
    usual_s = after_cuts(*late_s).delay_s(None)
    later_s = after_cuts(*(late + worse_s for late in late_s)).delay_s(None)
    assert DEFAULT_METER_DELAY_S <= usual_s <= later_s <= LONGEST_DELAY_S


@given(gaps_s=gaps)
@examples(200)
def test_reading_must_stand_for_10_s_to_a_minute(gaps_s: list[float]) -> None:
    """A quiet house is not waited for longer, nor does a glitch count sooner."""
    standing_s = heard(*gaps_s).standing_s(sum(gaps_s))
    assert standing_s is None or STANDING_S <= standing_s <= LONGEST_STANDING_S
