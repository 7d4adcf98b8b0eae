"""What the house draws without the chargers, though the meter shows both and the cars lag."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_components.ev_lb.balancing.estimate.charger_sensor import (
    SLOWEST_S,
    ChargerSensor,
    Sample,
)
from custom_components.ev_lb.balancing.estimate.house_load import (
    HISTORY_S,
    WAKING_A,
    HouseLoad,
    clamped,
    drawn,
    moments,
    on_reading,
    on_standing_overload,
    on_time,
    standing_at,
)
from custom_components.ev_lb.balancing.estimate.setpoints import Interval, Setpoint, Setpoints
from custom_components.ev_lb.balancing.meter.timing import MeterTiming
from custom_components.ev_lb.balancing.model import (
    CarStatus,
    LimitedBy,
    Reading,
    SetCurrent,
    StartCharging,
    StopCharging,
)
from custom_components.ev_lb.balancing.state import ChargerState, State
from custom_components.ev_lb.balancing.supervise.evidence import Evidence, Raise
from tests.balancing.builders import (
    LONG_AGO,
    WINDOW_S,
    Run,
    a_charger,
    a_setpoint,
    a_state,
    a_wiring,
    charging,
    settings,
)
from tests.explore import examples

OF = settings()
RESPONSE_S = 10.0
REGULAR = MeterTiming(period_s=10.0, heard_since=LONG_AGO)


def a_reading(at: float, *current_a: float) -> Reading:
    """Return a reading of so many amperes per phase."""
    return Reading(current_a=current_a, at=at)


def told(*items: Setpoint) -> Setpoints:
    """Return a charger that was told so."""
    return Setpoints(items=list(items), current_a=items[-1].current_a)


def seen(*said: tuple[float, float | None]) -> ChargerSensor:
    """Return a draw sensor that has shown so many amperes at these moments."""
    samples = [Sample(at=at, drawn_a=drawn_a, sensed_a=drawn_a) for at, drawn_a in said]
    return ChargerSensor(samples=samples, heard_at=said[-1][0])


def read(state: State, at: float, *current_a: float, is_new: bool = True) -> None:
    """Let the meter say so many amperes, or say them again in the same telegram."""
    on_reading(state, a_reading(at, *current_a), is_new=is_new)


def load_after(state: State, at: float, *current_a: float) -> list[float] | None:
    """Return the house load after a reading."""
    read(state, at, *current_a)
    return state.house.load_a


# Nothing under way


def test_house_is_seen_at_once_when_nothing_is_under_way() -> None:
    """With all cars steady, every change of the reading is the house's."""
    state = a_state(OF, house_a=12, a=20)
    assert load_after(state, 1, 27) == [7]
    assert load_after(state, 2, 20 - 30) == [-30]


def test_reading_reported_again_is_not_subtracted_again() -> None:
    """The same value once more means the same house."""
    run = Run(OF, a_state(OF, house_a=12, a=20), now=1)
    assert run.listen(150, 32) == []
    assert run.state.house.load_a == [12]


def test_decision_without_a_reading_uses_the_stored_house_load() -> None:
    """A changed number does not read the meter's old value a second time."""
    run = Run(OF, a_state(OF, house_a=12, a=20), now=1)
    run.read(26)
    assert run.state.house.load_a == [6]
    run.change(ramp_up_time_s=31.0)
    assert run.state.house.load_a == [6]


def test_first_reading_counts_all_that_a_charger_may_not_draw_as_house() -> None:
    """Before there is an estimate, the house may draw all that the meter shows."""
    state = a_state(OF, a=16)
    state.house = HouseLoad()
    assert load_after(state, 1, 20) == [4]
    state = a_state(OF, a=charging(10, setpoints=told(a_setpoint(16), a_setpoint(10, sent_at=0))))
    state.house = HouseLoad()
    assert load_after(state, 1, 20) == [10]


def test_each_phase_has_its_own_house_load() -> None:
    """A car on one phase is taken off that phase alone."""
    of = settings(a_charger("a", phases=(1,)), phase_count=3)
    assert load_after(a_state(of, house_a=(5, 6, 7), a=10), 1, 8, 18, 9) == [8, 8, 9]


def test_charger_that_is_not_ours_is_part_of_the_house() -> None:
    """Whatever it draws, nobody may be given it."""
    of = settings(a_charger(is_enabled=False))
    assert load_after(a_state(of, house_a=12, a=16), 1, 28) == [28]


# A command on its way


def test_fast_meter_does_not_cut_twice() -> None:
    """One overload is one cut, though the meter reports before the car follows (accident 7)."""
    run = Run(OF, a_state(OF, house_a=2, a=30), now=1)
    commands = [run.read(42).commands]
    for _ in range(9):
        run.now += 1
        commands.append(run.read(42).commands)
    assert commands == [(SetCurrent(charger_id="a", current_a=20),)] + [()] * 9


def test_slow_follower_is_not_mistaken_for_the_house() -> None:
    """A car that takes its time to go down is not taken for a house that draws more."""
    run = Run(OF, a_state(OF, house_a=2, a=30), now=1)
    run.read(42)
    run.now = 12
    run.read(42)
    assert run.state.house.load_a == [12]
    run.now = 13
    run.read(32)
    assert run.state.house.load_a == [12]


@pytest.mark.parametrize(
    ("at", "reading_a", "load_a"),
    [
        pytest.param(99, 32, 12, id="before the cut"),
        pytest.param(99, 36, 16, id="a house that rose before it"),
        pytest.param(101, 32, 12, id="it may be followed or not"),
        pytest.param(101, 36, 16, id="more than both explain"),
        pytest.param(101, 20, 10, id="less than both explain"),
        pytest.param(100 + WINDOW_S, 36, 26, id="it must be followed"),
    ],
)
def test_reading_is_read_with_the_commands_of_its_time(
    at: float, reading_a: float, load_a: float
) -> None:
    """The estimate moves no further than what was in force then forces it to."""
    cut = told(a_setpoint(20), a_setpoint(10, sent_at=100))
    state = a_state(OF, house_a=12, read_at=90, a=charging(10, setpoints=cut))
    assert load_after(state, at, reading_a) == [load_a]


def test_what_has_settled_is_forgotten_by_the_reading() -> None:
    """Only what may still be in force is remembered."""
    cut = told(a_setpoint(20), a_setpoint(10, sent_at=100))
    state = a_state(OF, house_a=12, a=charging(10, setpoints=cut))
    read(state, 100 + WINDOW_S, 22)
    assert state.chargers["a"].setpoints.items == [a_setpoint(10, sent_at=100)]


def test_cut_that_the_meter_has_shown_is_what_the_car_draws() -> None:
    """Whatever the meter shows next is the house, though the response time is not over yet."""
    followed = Setpoint(current_a=10, sent_at=100, delivered_at=100, is_confirmed=True)
    state = a_state(OF, house_a=12, a=charging(10, setpoints=told(a_setpoint(20), followed)))
    assert load_after(state, 104, 30) == [20]


# A raise that was not shown yet


def raised(to_a: int, *, sent_at: float = 0.0, low_a: float = 0, **records: Any) -> State:
    """Return a car that was raised from its low, which the meter has not shown yet."""
    known = charging(
        to_a,
        setpoints=told(a_setpoint(int(low_a)), a_setpoint(to_a, sent_at=sent_at)),
        evidence=Evidence(raise_=Raise(low_a=low_a, sent_at=sent_at)),
        **records,
    )
    return a_state(OF, house_a=12, a=known)


def drawn_at(state: State, at: float, reading_a: float = 12.0) -> tuple[float, float]:
    """Return the least and the most that the car may draw in a reading."""
    interval = drawn(state, state.chargers["a"], a_reading(at, reading_a))
    return (interval.low_a, interval.high_a)


def test_start_does_not_count_as_drawn_before_the_meter_shows_it() -> None:
    """A car that has not begun to charge must not look like a house that draws less.

    Otherwise every slow contactor overshoots: 20 A of house, and 44 A on 32 A.
    """
    run = Run(OF, a_state(OF, house_a=20), now=0)
    assert run.read(20).commands == (StartCharging(charger_id="a", current_a=12),)
    assert run.listen(28, 20) == []
    assert run.state.house.load_a == [20]
    assert run.listen(60, 32) == []
    assert run.state.house.load_a == [20]


@pytest.mark.parametrize(
    ("low_a", "at", "drawn_a"),
    [
        pytest.param(0, 5, (0, 16), id="a start"),
        pytest.param(0, 500, (0, 16), id="a start long ago"),
        pytest.param(10, 500, (10, 16), id="a raise"),
    ],
)
def test_raise_counts_only_upwards_until_it_has_shown(
    low_a: float, at: float, drawn_a: tuple[float, float]
) -> None:
    """A car that takes less than it is given must not look like a house that draws less."""
    assert drawn_at(raised(16, low_a=low_a), at) == drawn_a


def test_part_of_a_raise_counts_as_the_meter_has_shown_it() -> None:
    """A car that took 11 A of its 16 A draws at least those."""
    state = a_state(OF, house_a=12, a=charging(16, evidence=Evidence(least_a=11)))
    assert drawn_at(state, 5) == (11, 16)


# A charger that we know nothing of


def unknown(*sent: tuple[int, float], delivered: bool = True) -> State:
    """Return a charger that was never commanded before these commands."""
    setpoints = Setpoints.unknown(32)
    for current_a, at in sent:
        setpoints.on_sent(current_a, at)
        if delivered:
            setpoints.on_delivered(at, at)
    state = a_state(OF, house_a=20, a=charging(12, setpoints=setpoints))
    state.house = HouseLoad()
    return state


def test_unknown_charger_is_part_of_the_house_at_first() -> None:
    """A charger that was never told anything may draw what it likes: the reading is the house.

    So after a fresh install it gets what is free beside its own draw, not less.
    """
    assert load_after(unknown(), 1, 20) == [20]


def test_unknown_charger_draws_what_it_was_told_at_most_the_rest_is_the_house() -> None:
    """What it may draw beyond our commands is not taken off the reading."""
    assert drawn_at(unknown((12, 0)), 5) == (0, 12)
    assert drawn_at(unknown((12, 0), delivered=False), 500) == (0, 12)
    assert drawn_at(unknown(), 500) == (0, 0)
    state = unknown((12, 0))
    assert load_after(state, 4, 20) == [20]
    assert load_after(state, 5, 40) == [28]


def test_unknown_charger_follows_when_its_first_command_has_settled() -> None:
    """From then on it is one like the others."""
    state = unknown((12, 0))
    read(state, WINDOW_S, 30)
    assert drawn_at(state, WINDOW_S + 1) == (12, 12)


# The charger's own sensor


def test_cars_own_draw_is_taken_off_the_reading() -> None:
    """A car that takes 7 of its 20 A does not look like a smaller house."""
    state = a_state(OF, house_a=12, a=charging(20, sensor=seen((LONG_AGO, 7))))
    assert load_after(state, 1, 12 + 7) == [12]


def test_car_that_draws_less_by_itself_is_not_the_house() -> None:
    """A car that is nearly full takes ever less; it is not raised for it (accident 11)."""
    of = settings(a_charger(max_a=20))
    known = charging(20, sensor=seen((LONG_AGO, 20)))
    run = Run(of, a_state(of, house_a=12, a=known), now=0)
    run.read(32)
    for taken_a in (15, 10, 8):
        run.now += 30
        run.see("a", taken_a)
        run.now += 10
        assert run.read(12 + taken_a).commands == ()
        assert run.state.house.load_a == [12]


@pytest.mark.parametrize(
    ("measured_a", "drawn_a"),
    [
        pytest.param(7, (7, 7), id="less than it was told"),
        pytest.param(20, (20, 20), id="what it was told"),
        pytest.param(23, (20, 23), id="a little more: it may be late"),
        pytest.param(24, (20, 20), id="far more: evidence of something else"),
    ],
)
def test_sensor_counts_where_it_fits_what_the_charger_was_told(
    measured_a: float, drawn_a: tuple[float, float]
) -> None:
    """What is far above its command counts as the house's, and never lowers the house load."""
    state = a_state(OF, house_a=12, a=charging(20, sensor=seen((LONG_AGO, measured_a))))
    assert drawn_at(state, 100) == drawn_a


@pytest.mark.parametrize(("reading_a", "load_a"), [(22, 12), (18, 8), (37, 27)])
def test_sensor_far_above_the_command_does_not_hide_the_house(
    reading_a: float, load_a: float
) -> None:
    """A wrong setting (a total of three phases, say) counts as no more than what was told."""
    state = a_state(OF, house_a=12, a=charging(10, sensor=seen((LONG_AGO, 30))))
    assert load_after(state, 1, reading_a) == [load_a]


def test_sensor_above_an_unconfirmed_raise_counts_as_the_command() -> None:
    """The raise has surely been followed, and more is evidence, not load."""
    assert drawn_at(raised(16, sensor=seen((LONG_AGO, 0), (5, 30))), 20) == (16, 16)


def test_lost_sensor_leaves_the_car_to_the_meter() -> None:
    """From then on the car counts as one without a sensor."""
    known = charging(10, sensor=seen((LONG_AGO, 7), (50, None)))
    assert drawn_at(a_state(OF, a=known), 60) == (10, 10)


@pytest.mark.parametrize(
    ("at", "drawn_a"),
    [
        pytest.param(15, (0, 16), id="soon"),
        pytest.param(SLOWEST_S - 0.1, (0, 16), id="as late as the slowest"),
        pytest.param(SLOWEST_S, (0, 0), id="no sensor is so slow"),
    ],
)
def test_raise_counts_until_a_slow_sensor_would_have_shown_it(
    at: float, drawn_a: tuple[float, float]
) -> None:
    """A car that charges already is not taken for the house because its sensor is slow."""
    assert drawn_at(raised(16, sensor=seen((LONG_AGO, 0))), at) == drawn_a


def test_old_value_of_a_restless_sensor_is_no_answer_to_a_raise() -> None:
    """A sensor that is late and never quite still shows the old draw, wiggling, after a raise."""
    restless = seen((LONG_AGO, 10), (1, 10.02), (3, 9.98))
    assert drawn_at(raised(20, low_a=10, sensor=restless), 13)[1] == 20


def test_stale_draw_after_a_raise_hides_no_house() -> None:
    """What the meter has not shown of a raise does not count, whatever an old sensor says."""
    state = raised(12, sent_at=100, sensor=seen((100, 12)))
    assert drawn_at(state, 130) == (0, 12)
    state.house.load_a = [20]
    assert load_after(state, 130, 20) == [20]


@pytest.mark.parametrize(
    ("said", "at", "drawn_a"),
    [
        pytest.param((), 3, (10, 20), id="not shown yet"),
        pytest.param(((3, 12.1),), 8, (10, 20), id="not all the way yet"),
        pytest.param(((3, 8),), 8, (8, 20), id="shown, the window is not over"),
        pytest.param(((3, 8),), WINDOW_S, (8, 8), id="shown, and settled"),
        pytest.param((), WINDOW_S, (10, 10), id="settled, the sensor stands still: it is above"),
    ],
)
def test_cut_is_looked_for_between_old_and_new(
    said: tuple[tuple[float, float], ...], at: float, drawn_a: tuple[float, float]
) -> None:
    """While a command is on its way the car may draw what it was told or what was measured."""
    known = charging(
        10,
        setpoints=told(a_setpoint(20), a_setpoint(10, sent_at=0)),
        sensor=seen((LONG_AGO, 20), *said),
    )
    assert drawn_at(a_state(OF, house_a=12, a=known), at) == drawn_a


def test_sensor_that_missed_a_cut_counts_for_nothing() -> None:
    """Where the meter has shown the cut, a sensor that has not is broken; the meter decides."""
    followed = Setpoint(current_a=10, sent_at=0, delivered_at=0, is_confirmed=True)
    known = charging(10, setpoints=told(a_setpoint(20), followed), sensor=seen((LONG_AGO, 20)))
    assert drawn_at(a_state(OF, house_a=12, a=known), 5) == (10, 10)


@pytest.mark.parametrize(
    ("risen_a", "drawn_a"),
    [(WAKING_A, (0, 16)), (WAKING_A - 0.1, (0, 0))],
    ids=["a rise that may be a car", "less than any car"],
)
def test_car_that_wakes_beside_a_stale_sensor_may_be_the_rise(
    risen_a: float, drawn_a: tuple[float, float]
) -> None:
    """A sensor that is polled each minute says 0 A while the car has begun to charge.

    Were the rise the house's, the car would be cut for its own draw.
    """
    state = a_state(OF, house_a=12, a=charging(16, sensor=seen((LONG_AGO, 0))))
    read(state, 1, 12)
    assert drawn_at(state, 10, 12 + risen_a) == drawn_a


def test_waking_car_with_a_stale_sensor_is_not_cut() -> None:
    """It charges on with what it has, and the house is what it was."""
    of = settings(a_charger(max_a=16))
    known = charging(16, sensor=seen((LONG_AGO, 0)))
    known.sensor.status = CarStatus.IDLE
    run = Run(of, a_state(of, house_a=12, a=known), now=1)
    run.read(12)
    run.now = 10
    assert run.read(28).commands == ()
    assert run.state.house.load_a == [12]


# Two readings


def test_single_low_reading_moves_the_calm_estimate_nowhere() -> None:
    """A fridge that pauses, or a sample that is wrong, raises nobody: it takes two of them."""
    state = a_state(OF, house_a=20, a=6)
    read(state, 1, 10)
    assert (state.house.load_a, state.house.calm_a) == ([4], [20])
    read(state, 2, 26)
    assert (state.house.load_a, state.house.calm_a) == ([20], [20])


def test_second_low_reading_moves_the_calm_estimate() -> None:
    """No lower than the higher of the two allows."""
    state = a_state(OF, house_a=20, a=6)
    read(state, 1, 10)
    read(state, 2, 14)
    assert (state.house.load_a, state.house.calm_a) == ([8], [8])
    read(state, 3, 10)
    assert (state.house.load_a, state.house.calm_a) == ([4], [8])


def test_single_high_reading_moves_both_estimates() -> None:
    """A load that has come counts at once."""
    state = a_state(OF, house_a=4, a=6)
    read(state, 1, 30)
    assert (state.house.load_a, state.house.calm_a) == ([24], [24])


def test_first_reading_of_all_is_not_calm() -> None:
    """After a start two readings are needed."""
    state = a_state(OF, a=6)
    state.house = HouseLoad()
    read(state, 1, 10)
    assert (state.house.load_a, state.house.calm_a) == ([4], None)
    read(state, 2, 12)
    assert (state.house.load_a, state.house.calm_a) == ([6], [6])


def test_outage_forgets_the_readings_before_it() -> None:
    """The first reading after it is a single one again."""
    state = a_state(OF, house_a=4, a=6)
    state.house.on_outage()
    read(state, 1, 10)
    assert (state.house.load_a, state.house.calm_a) == ([4], None)
    read(state, 2, 10)
    assert state.house.calm_a == [4]


def test_outage_forgets_all_that_two_readings_were_taken_from() -> None:
    """What the house draws now is still the best guess there is."""
    house = HouseLoad(load_a=[4], calm_a=[5], highest_a=[6], before_a=[7])
    house.on_outage()
    assert house == HouseLoad(load_a=[4])


def test_telegram_said_twice_is_no_second_reading() -> None:
    """A low value that is pushed, and polled at once, is one word: it raises nobody."""
    state = a_state(OF, house_a=20, a=6)
    read(state, 1, 10)
    for at in (1.0, 1.3, 1.4):
        read(state, at, 10, is_new=False)
        assert (state.house.load_a, state.house.calm_a) == ([4], [20])
    read(state, 2, 14)
    assert (state.house.load_a, state.house.calm_a) == ([8], [8])


def test_last_part_of_a_telegram_is_what_it_says() -> None:
    """A phase that comes behind the others is held against the telegram before, not the others."""
    state = a_state(OF, house_a=20, a=6)
    read(state, 1, 10)
    read(state, 1.3, 14, is_new=False)
    assert (state.house.load_a, state.house.calm_a) == ([8], [20])
    read(state, 2, 10)
    assert (state.house.load_a, state.house.calm_a) == ([4], [8])


def test_load_that_is_said_in_a_telegrams_last_part_counts_at_once() -> None:
    """Only what is low must be said twice."""
    state = a_state(OF, house_a=4, a=6)
    read(state, 1, 10)
    read(state, 1.3, 30, is_new=False)
    assert (state.house.load_a, state.house.calm_a) == ([24], [24])


def test_first_telegram_is_not_calm_though_it_is_said_twice() -> None:
    """Nor is the first one after an outage: both may be a value that is replayed."""
    state = a_state(OF, house_a=4, a=6)
    state.house.on_outage()
    read(state, 1, 10)
    read(state, 1.3, 10, is_new=False)
    assert (state.house.load_a, state.house.calm_a) == ([4], None)
    read(state, 2, 10)
    assert state.house.calm_a == [4]


@pytest.mark.parametrize(
    ("gap_s", "commands"),
    [
        pytest.param(0, (), id="twice for one moment"),
        pytest.param(0.4, (), id="a poll behind a push"),
        pytest.param(0.5, (SetCurrent(charger_id="a", current_a=17),), id="a second telegram"),
    ],
)
def test_large_raise_needs_two_telegrams(gap_s: float, commands: tuple[SetCurrent, ...]) -> None:
    """Else a single wrong sample would raise a car wherever the meter is polled as well."""
    state = a_state(OF, house_a=20, a=12)
    state.timing = REGULAR
    run = Run(OF, state, now=1)
    run.read(32)
    run.now = 11
    assert run.read(27).commands == ()
    run.now += gap_s
    assert run.read(27).commands == commands


@pytest.mark.parametrize("period_s", [1, 10, 60])
def test_large_raise_needs_two_readings_at_every_period(period_s: int) -> None:
    """One low reading moves nobody by 3 A or more, however fast the meter is."""
    state = a_state(OF, house_a=20, a=12)
    state.timing = MeterTiming(period_s=period_s, heard_since=LONG_AGO)
    run = Run(OF, state, now=1)
    run.read(32)
    run.now += period_s
    assert run.read(27).commands == ()
    assert run["a"].allocation.limited_by is LimitedBy.CONFIRMATION
    run.now += period_s
    assert run.read(32).commands == ()
    run.now += period_s
    assert run.read(27).commands == ()
    run.now += period_s
    assert run.read(27).commands == (SetCurrent(charger_id="a", current_a=17),)


def test_small_raise_needs_one_reading() -> None:
    """An ampere or two more are not worth the wait."""
    state = a_state(OF, house_a=20, a=12)
    state.timing = REGULAR
    run = Run(OF, state, now=1)
    assert run.read(30).commands == (SetCurrent(charger_id="a", current_a=14),)


# A reading that stands


@pytest.mark.parametrize(("wait_s", "calm_a"), [(9.9, [20]), (10, [4])])
def test_reading_that_has_stood_for_10_s_is_a_second_one(
    wait_s: float, calm_a: list[float]
) -> None:
    """A meter that reports on change says a low house once, and then nothing more."""
    run = Run(OF, a_state(OF, house_a=20, a=6), now=1)
    run.read(10)
    run.now += wait_s
    on_time(run.state, run.now)
    assert run.state.house.calm_a == calm_a


def test_raise_comes_when_the_reading_has_stood() -> None:
    """The balancer wakes by itself for it."""
    run = Run(OF, a_state(OF, house_a=20, a=12), now=1)
    assert run.read(22).commands == ()
    assert run.sleep(15) == [(11, SetCurrent(charger_id="a", current_a=22))]


def test_regular_meter_must_say_it_twice() -> None:
    """Its next reading comes, or it is lost: what stands is not a second word."""
    state = a_state(OF, house_a=20, a=6)
    state.timing = REGULAR
    read(state, 0, 10)
    on_time(state, 1000)
    assert state.house.calm_a == [20]
    assert standing_at(state) is None


def test_nothing_stands_before_anything_was_read() -> None:
    """Neither without a reading nor without an estimate."""
    assert list(moments(State())) == []
    state = State()
    on_time(state, 1000)
    assert state.house == HouseLoad()


def test_first_reading_that_stands_is_calm() -> None:
    """A meter that says one value after the start need not say another."""
    state = a_state(OF, a=6)
    state.house = HouseLoad()
    read(state, 1, 10)
    state.meter.reading = a_reading(1, 10)
    on_time(state, 1000)
    assert state.house.calm_a == [4]


# An overload that stands


def test_standing_overload_counts_what_chargers_have_let_go_of_as_house() -> None:
    """The meter has said nothing since, so what it showed over is still there, by the house."""
    cut = told(a_setpoint(20), a_setpoint(10, sent_at=0))
    state = a_state(OF, house_a=20, a=charging(10, setpoints=cut))
    read(state, 1, 40)
    state.meter.reading = a_reading(1, 40)
    assert state.house.load_a == [20]
    on_standing_overload(state, RESPONSE_S - 0.1)
    assert state.house.load_a == [20]
    on_standing_overload(state, RESPONSE_S)
    assert (state.house.load_a, state.house.calm_a) == ([30], [30])


def test_standing_overload_never_lowers_the_house_load() -> None:
    """A reading of a while ago says nothing of what is free now."""
    state = a_state(OF, house_a=20, a=charging(20, setpoints=told(a_setpoint(10), a_setpoint(20))))
    state.meter.reading = a_reading(1, 22)
    on_standing_overload(state, 100)
    assert (state.house.load_a, state.house.calm_a) == ([20], [20])


def test_standing_overload_needs_a_reading() -> None:
    """Where nothing was read nothing is over."""
    state = State()
    on_standing_overload(state, 100)
    assert state.house == HouseLoad()
    state.meter.reading = a_reading(1, 40)
    on_standing_overload(state, 100)
    assert state.house == HouseLoad()


# Switches, and what the meter showed lately


def test_switched_off_charger_becomes_house_and_back() -> None:
    """Its draw changes sides without a reading."""
    of = settings(a_charger(phases=(1,)), phase_count=2)
    state = a_state(of, house_a=(4, 8), a=10)
    state.house.before_a = [4, 9]
    state.house.on_switched(a_wiring(1).loads, 10)
    assert state.house == HouseLoad(
        load_a=[4, 18], calm_a=[4, 18], highest_a=[4, 18], before_a=[4, 19]
    )
    state.house.on_switched(a_wiring(1).loads, -10)
    assert state.house == HouseLoad(load_a=[4, 8], calm_a=[4, 8], highest_a=[4, 8], before_a=[4, 9])


def test_switch_before_the_first_reading_is_nothing_to_count() -> None:
    """There is no estimate to change."""
    house = HouseLoad()
    house.on_switched(a_wiring(0).loads, 10)
    assert house == HouseLoad()


def lately(*said: tuple[float, Sequence[float]]) -> HouseLoad:
    """Return a house whose meter has shown so many amperes at these moments."""
    house = HouseLoad()
    for at, current_a in said:
        limits = settings(phase_count=len(current_a)).limits
        house.on_reading(a_reading(at, *current_a), [], limits, [0.0] * len(limits), is_new=True)
    return house


def test_reading_falls_when_all_phases_do() -> None:
    """A car that leaves is gone from all its phases, in the very reading that shows it."""
    house = lately((0, (20, 20)), (5, (30, 30)), (9, (12, 31)))
    assert house.falls_by(a_reading(9, 12, 31), a_wiring(0)) == 18
    assert house.falls_by(a_reading(9, 12, 31), a_wiring(0, 1, used=(0, 1))) == -1
    assert house.falls_by(a_reading(5, 30, 30), a_wiring(0)) == -10


def test_first_reading_falls_by_nothing() -> None:
    """There is none before it, and one that is said twice is not before itself."""
    assert lately((9, (12,))).falls_by(a_reading(9, 12), a_wiring(0)) == 0
    assert lately((9, (30,)), (9, (12,))).falls_by(a_reading(9, 12), a_wiring(0)) == 0


def test_fall_is_from_the_highest_of_the_last_minute_on_the_phase_that_fell_least() -> None:
    """A car on three phases has left all of them; what was longer ago does not count."""
    house = lately((0, (40, 40)), (1, (30, 20)), (HISTORY_S, (25, 20)), (HISTORY_S + 0.5, (10, 8)))
    now = a_reading(HISTORY_S + 0.5, 10, 8)
    assert house.fallen_a(now, a_wiring(0), since=0) == 20
    assert house.fallen_a(now, a_wiring(0, 1, used=(0, 1)), since=0) == 12
    assert house.fallen_a(now, a_wiring(0), since=HISTORY_S) == 15
    assert house.fallen_a(now, a_wiring(0), since=now.at + 1) == 0
    assert [each.at for each in house.history] == [1, HISTORY_S, HISTORY_S + 0.5]


# Whatever is read


def test_estimate_moves_no_further_than_it_must() -> None:
    """Within what is possible it stays where it was; at first it is the most possible."""
    assert clamped([5, 5, 5], [0, 6, 0], [9, 9, 4]) == [5, 6, 4]
    assert clamped(None, [0, 6], [9, 9]) == [9, 9]


@st.composite
def sites(draw: st.DrawFn) -> State:
    """Return a house of two phases with two chargers, some commands of theirs on the way."""
    of = settings(a_charger("a", phases=(0, 1)), a_charger("b", phases=(1,)), phase_count=2)
    known = {}
    for charger_id in "ab":
        items = [a_setpoint(draw(st.integers(0, 32)))]
        for at in sorted(draw(st.lists(st.integers(0, 60), max_size=3))):
            is_delivered = draw(st.booleans())
            items.append(a_setpoint(draw(st.integers(0, 32)), sent_at=at, delivered=is_delivered))
        records: dict[str, Any] = {"setpoints": told(*items)}
        if draw(st.booleans()):
            low_a = draw(st.integers(0, 32))
            records["evidence"] = Evidence(raise_=Raise(low_a=low_a, sent_at=0))
        if draw(st.booleans()):
            records["sensor"] = seen((LONG_AGO, draw(st.floats(0, 40))))
        known[charger_id] = charging(items[-1].current_a, **records)
    return a_state(of, house_a=(draw(st.integers(-20, 30)), 8), **known)


readings = st.lists(
    st.tuples(st.floats(0.1, 30), st.tuples(st.floats(-40, 80), st.floats(-40, 80))),
    min_size=1,
    max_size=6,
)


@given(state=sites(), said=readings)
@examples(200)
def test_house_load_is_within_what_the_reading_allows_and_moves_no_further(
    state: State, said: list[tuple[float, tuple[float, float]]]
) -> None:
    """The estimate is what the reading leaves beside the cars' least and most, whatever comes.

    Taking the same reading in again changes nothing, and in the same telegram not even what two
    readings allow.
    """
    at = 0.0
    for gap_s, current_a in said:
        at += gap_s
        reading = a_reading(at, *current_a)
        before_a = list(state.house.load_a or [])
        draws = [(charger.phases, drawn(state, charger, reading)) for charger in state.balanced]
        on_reading(state, reading, is_new=True)
        assert state.house.load_a is not None
        for phase, load_a in enumerate(state.house.load_a):
            mine = [interval for phases, interval in draws if phase in phases]
            low_a = current_a[phase] - sum(interval.high_a for interval in mine)
            high_a = current_a[phase] - sum(interval.low_a for interval in mine)
            assert low_a - 1e-6 <= load_a <= high_a + 1e-6
            if low_a <= before_a[phase] <= high_a:
                assert load_a == before_a[phase]
        assert state.house.calm_a is not None
        after_a, calm_a = list(state.house.load_a), list(state.house.calm_a)
        on_reading(state, reading, is_new=False)
        assert state.house.load_a == pytest.approx(after_a)
        assert state.house.calm_a == pytest.approx(calm_a)
        on_reading(state, reading, is_new=True)
        assert state.house.load_a == pytest.approx(after_a)


six_times = st.lists(st.booleans(), min_size=6, max_size=6)


@given(state=sites(), said=readings, stood=six_times, new=six_times)
@examples(200)
def test_calm_estimate_is_never_below_the_house_load(
    state: State,
    said: list[tuple[float, tuple[float, float]]],
    stood: list[bool],
    new: list[bool],
) -> None:
    """What two readings leave is never more than what one does: nobody is raised further by it."""
    at = 0.0
    for (gap_s, current_a), has_stood, is_new in zip(said, stood, [True, *new], strict=False):
        at += gap_s
        read(state, at, *current_a, is_new=is_new)
        if has_stood:
            state.meter.reading = a_reading(at, *current_a)
            on_time(state, at + 1000)
        assert state.house.load_a is not None
        assert state.house.calm_a is not None
        for calm_a, load_a in zip(state.house.calm_a, state.house.load_a, strict=True):
            assert calm_a >= load_a - 1e-6


@given(state=sites(), current_a=st.tuples(st.floats(-40, 80), st.floats(-40, 80)))
@examples(100)
def test_draw_is_an_interval_that_never_exceeds_what_is_in_force_or_measured(
    state: State, current_a: tuple[float, float]
) -> None:
    """No charger is ever taken to draw what it was neither told nor seen to draw."""
    for charger in state.balanced:
        interval = drawn(state, charger, a_reading(70, *current_a))
        told_a = [item.current_a for item in charger.setpoints.items]
        measured_a = [item.drawn_a or 0.0 for item in charger.sensor.samples]
        assert 0 <= interval.low_a <= interval.high_a <= max(*told_a, 0, *measured_a)


def test_interval_without_anything_told_is_nothing() -> None:
    """A charger that was never told anything and is not unknown either draws nothing."""
    state = a_state(OF, a=charging(0, setpoints=Setpoints()))
    assert drawn(state, state.chargers["a"], a_reading(5, 20)) == Interval(low_a=0, high_a=0)


def test_house_alone_over_the_limit_stops_the_car() -> None:
    """The reading beside a steady car is the house, and 40 A leave nothing."""
    run = Run(OF, a_state(OF, house_a=12, a=20), now=1)
    assert run.read(60).commands == (StopCharging(charger_id="a"),)


# A car on several phases


def on_phases(
    *used: int, phases: int = 3, has_exported: bool = False, **site: Any
) -> tuple[State, ChargerState]:
    """Return a site with a car that was told 24 A, and is known to be on these phases."""
    known = a_charger(phases=tuple(range(phases)))
    of = settings(known, phase_count=phases, **site)
    items = [a_setpoint(16), a_setpoint(24, sent_at=0)]
    car = charging(24, known, setpoints=Setpoints(items=items, current_a=24))
    state = a_state(of, house_a=(1.0,) * len(of.limits), a=car)
    state.house.has_exported = has_exported
    state.chargers["a"].wiring.on_shown(used, 0.0, 0.0, is_proven=True)
    return state, state.chargers["a"]


@pytest.mark.parametrize(
    ("used", "has_exported", "expected_a"),
    [
        pytest.param((0, 1, 2), False, 17.25, id="no more than the least that a phase shows"),
        pytest.param((0, 1), False, 18.25, id="of its own phases alone"),
        pytest.param((1,), False, 24, id="one phase says nothing of the car"),
        pytest.param((0, 1, 2), True, 24, id="the sun may hide it"),
    ],
)
def test_what_one_phase_shows_beyond_another_is_the_houses(
    used: tuple[int, ...], has_exported: bool, expected_a: float
) -> None:
    """A car draws the same of each of its phases."""
    state, car = on_phases(*used, has_exported=has_exported)
    reading = a_reading(1, 18, 26, 17)
    assert drawn(state, car, reading).high_a == expected_a


def test_bound_by_another_phase_never_lowers_what_is_known_to_be_drawn() -> None:
    """A reading that shows less than the car drew before is for another rule."""
    state, car = on_phases(0, 1, 2)
    assert drawn(state, car, a_reading(1, 18, 26, 5)) == Interval(low_a=16, high_a=16)
