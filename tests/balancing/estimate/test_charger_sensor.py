"""The charger's own sensors: what its car draws, and how far that can be believed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_components.ev_lb.balancing.estimate.charger_sensor import (
    APART_S,
    CLOSE_A,
    KEPT_S,
    NOTHING_A,
    RISING_A,
    RISING_S,
    SLOWEST_S,
    ChargerSensor,
    Sample,
    Sense,
    classify,
    most_compliant_a,
)
from custom_components.ev_lb.balancing.estimate.setpoints import Interval, Setpoint, Setpoints
from custom_components.ev_lb.balancing.meter.timing import LATEST_S, LONGEST_DELAY_S
from custom_components.ev_lb.balancing.model import CarReading, CarStatus
from tests.balancing.builders import (
    LONG_AGO,
    WINDOW_S,
    Run,
    a_charger,
    a_setpoint,
    a_state,
    settings,
)
from tests.explore import examples

DELAY_S = 2.0
LOOKS_BACK_S = DELAY_S + APART_S
CHARGING, IDLE, ABSENT = CarStatus


def seen(
    *said: tuple[float, float | None],
    status: CarStatus | None = None,
    is_contradicted: bool = False,
) -> ChargerSensor:
    """Return a draw sensor that has shown so many amperes at these moments."""
    samples = [Sample(at=at, drawn_a=drawn_a, sensed_a=drawn_a) for at, drawn_a in said]
    return ChargerSensor(
        samples=samples,
        heard_at=said[-1][0] if said else None,
        status=status,
        is_contradicted=is_contradicted,
    )


def after(*said: CarReading) -> ChargerSensor:
    """Return what is known when the sensors have said so, each as soon as it is so."""
    sensor = ChargerSensor()
    for each in said:
        sensor.on_report(each, each.at)
    return sensor


# What is remembered


@pytest.mark.parametrize("status", [IDLE, ABSENT])
def test_car_that_does_not_charge_draws_nothing(status: CarStatus) -> None:
    """The status alone tells it, and wins over a current that lags behind, which is kept."""
    assert after(CarReading(at=5, current_a=10, status=status)) == ChargerSensor(
        samples=[Sample(at=5, drawn_a=0, sensed_a=10)], heard_at=5, status=status
    )


def test_draw_that_falls_behind_an_idle_status_is_news() -> None:
    """The sensor that falls after its status shows that the current has gone."""
    sensor = after(
        CarReading(at=5, current_a=10, status=IDLE), CarReading(at=8, current_a=0, status=IDLE)
    )
    assert sensor.samples == [
        Sample(at=5, drawn_a=0, sensed_a=10),
        Sample(at=8, drawn_a=0, sensed_a=0),
    ]


def test_status_that_charges_says_nothing_of_how_much() -> None:
    """Without a sensor of the current it is not known from then on."""
    sensor = after(CarReading(at=5, status=IDLE), CarReading(at=9, status=CHARGING))
    assert sensor.samples == [Sample(at=5, drawn_a=0), Sample(at=9, drawn_a=None)]
    assert sensor.drawn_a is None


def test_sensor_of_a_charger_that_is_gone_is_ignored() -> None:
    """A charger that was just removed does no harm."""
    of = settings(a_charger(max_a=10))
    run = Run(of, a_state(of, a=10), now=1)
    assert run.see("gone", 5).commands == ()
    assert [*run.state.chargers] == ["a"]


def test_charger_without_a_draw_sensor_has_no_samples() -> None:
    """A status that charges is kept, and nothing that was never said."""
    expected = ChargerSensor(heard_at=5, status=CHARGING)
    assert after(CarReading(at=5, status=CHARGING)) == expected
    assert expected.drawn_a is None


def test_only_changes_are_remembered() -> None:
    """A sensor that says the same again is alive, but its word is no younger."""
    sensor = after(CarReading(at=5, current_a=10), CarReading(at=9, current_a=10))
    assert sensor == ChargerSensor(samples=[Sample(at=5, drawn_a=10, sensed_a=10)], heard_at=9)


def test_old_samples_are_forgotten_but_for_the_one_in_force() -> None:
    """What was in force so long ago may still be asked for, what was before it not."""
    now = 1000.0
    sensor = seen((10, 1), (20, 2), (now - KEPT_S, 3), (now - KEPT_S + 1, 4))
    sensor.on_report(CarReading(at=now, current_a=5), now)
    assert [item.drawn_a for item in sensor.samples] == [3, 4, 5]
    sensor = seen((10, 1), (20, 2))
    sensor.on_report(CarReading(at=now, current_a=5), now)
    assert [item.drawn_a for item in sensor.samples] == [2, 5]


def test_sensor_that_moves_is_believed_again() -> None:
    """The meter has contradicted it; it counts from its next other word on, not for the same."""
    sensor = seen((5, 0))
    sensor.on_contradicted()
    assert sensor.drawn_a is None
    sensor.on_report(CarReading(at=9, current_a=0), 9)
    assert sensor.drawn_a is None
    sensor.on_report(CarReading(at=12, current_a=16), 12)
    assert sensor.drawn_a == 16


# What it says now


@pytest.mark.parametrize(
    ("sensor", "is_zero"),
    [
        pytest.param(seen((5, 0)), False, id="its sensor alone"),
        pytest.param(
            after(CarReading(at=5, current_a=NOTHING_A, status=IDLE)), False, id="something"
        ),
        pytest.param(ChargerSensor(), False, id="no sensor"),
        pytest.param(
            seen((5, 0), status=IDLE, is_contradicted=True), False, id="the meter knows better"
        ),
        pytest.param(
            after(CarReading(at=5, current_a=0, status=CHARGING)), False, id="it says it charges"
        ),
        pytest.param(
            after(CarReading(at=5, current_a=0, status=IDLE)), True, id="sensor and status"
        ),
        pytest.param(after(CarReading(at=5, status=IDLE)), False, id="its status alone"),
        pytest.param(
            after(CarReading(at=5, current_a=10, status=IDLE)), False, id="the sensor not yet"
        ),
    ],
)
def test_nothing_flows_when_sensor_and_status_show_it(
    sensor: ChargerSensor, *, is_zero: bool
) -> None:
    """One alone does not prove it: a sensor may be stuck, a status says what is meant."""
    assert sensor.is_live_zero is is_zero


@pytest.mark.parametrize(
    ("sensor", "is_so"),
    [
        pytest.param(ChargerSensor(), False, id="no sensor"),
        pytest.param(after(CarReading(at=5, status=CHARGING)), True, id="its status"),
        pytest.param(after(CarReading(at=5, status=IDLE)), False, id="its status, paused"),
        pytest.param(seen((5, NOTHING_A)), True, id="its draw"),
        pytest.param(seen((5, 0.4)), False, id="nothing"),
        pytest.param(seen((5, None)), False, id="not known"),
    ],
)
def test_current_flows_when_a_sensor_says_so(sensor: ChargerSensor, *, is_so: bool) -> None:
    """Be it status or draw."""
    assert sensor.is_charging is is_so


@pytest.mark.parametrize(
    ("said", "at", "is_so"),
    [
        pytest.param((), 10, False, id="no sensor"),
        pytest.param(((5, 10),), 10, False, id="one word alone"),
        pytest.param(((5, 10), (8, 10 + RISING_A)), 10, True, id="up"),
        pytest.param(((5, 10), (8, 9.9 + RISING_A)), 10, False, id="hardly"),
        pytest.param(((5, 10), (8, 2)), 10, False, id="down"),
        pytest.param(((5, 10), (8, 20)), 8 + RISING_S, True, id="just now"),
        pytest.param(((5, 10), (8, 20)), 8.1 + RISING_S, False, id="a while ago"),
        pytest.param(((5, None), (8, 20)), 10, False, id="from what is not known"),
        pytest.param(((5, 10), (8, None)), 10, False, id="to what is not known"),
    ],
)
def test_draw_that_rose_lately_is_on_its_way(
    said: tuple[tuple[float, float | None], ...], at: float, *, is_so: bool
) -> None:
    """The next raise waits until the car has stopped climbing."""
    assert seen(*said).is_rising(at) is is_so


def test_sensor_has_changed_since_its_last_other_word() -> None:
    """What it said before a command is no answer to it."""
    assert seen((5, 0), (8, 10)).has_changed_since(7.9)
    assert not seen((5, 0), (8, 10)).has_changed_since(8)
    assert not ChargerSensor().has_changed_since(0)


@pytest.mark.parametrize(
    ("said", "range_a"),
    [
        pytest.param((), None, id="there is no sensor"),
        pytest.param(((101, 10),), None, id="it has said nothing yet"),
        pytest.param(((100, 10),), (10, 10), id="just now"),
        pytest.param(((LONG_AGO, 16), (100 - LOOKS_BACK_S, 10)), (10, 10), id="settled"),
        pytest.param(((LONG_AGO, 16), (100.1 - LOOKS_BACK_S, 10)), (10, 16), id="just moved"),
        pytest.param(((98, 16), (99, 2), (100, 10)), (2, 16), id="restless"),
        pytest.param(((98, 16), (101, 2)), (16, 16), id="what comes later does not count"),
        pytest.param(((98, 16), (99, None)), None, id="lost"),
        pytest.param(((98, None), (99, 10)), None, id="lost a moment ago"),
        pytest.param(((LONG_AGO, None), (90, 10)), (10, 10), id="found again long ago"),
    ],
)
def test_range_of_the_last_seconds_counts(
    said: tuple[tuple[float, float | None], ...], range_a: tuple[float, float] | None
) -> None:
    """Meter and sensor do not show the same moment, so a moving car may be anywhere between."""
    expected = Interval(low_a=range_a[0], high_a=range_a[1]) if range_a else None
    assert seen(*said).range_a(100, DELAY_S) == expected


def test_learned_delay_of_the_meter_is_looked_back_for() -> None:
    """A meter that is 20 s late still shows what the sensor saw 20 s ago."""
    moved = seen((0, 16), (80, 10))
    assert moved.range_a(100, 20) == Interval(low_a=10, high_a=16)
    assert moved.range_a(100, DELAY_S) == Interval(low_a=10, high_a=10)


def test_sample_is_kept_for_the_latest_of_all_meters() -> None:
    """A meter that is two and a half minutes late shows the draw of then, not of now."""
    sensor = seen((LONG_AGO, 16))
    for at in range(int(LONGEST_DELAY_S + APART_S) + 1):
        sensor.on_report(CarReading(at=at, current_a=at % 2), at)
    assert sensor.range_a(LONGEST_DELAY_S, LONGEST_DELAY_S) == Interval(low_a=0, high_a=16)


# Whether it keeps to what it was told


@pytest.mark.parametrize(("told_a", "most_a"), [(0, 1), (10, 12), (32, 36.2)])
def test_a_tenth_and_an_ampere_above_the_command_is_still_compliant(
    told_a: int, most_a: float
) -> None:
    """Sensors are not exact, nor are chargers."""
    assert most_compliant_a(told_a) == pytest.approx(most_a)


@pytest.mark.parametrize(
    ("sensor", "since"),
    [
        pytest.param(seen((0, 12)), 0, id="within"),
        pytest.param(seen((0, 12.1)), None, id="above"),
        pytest.param(seen((0, 30), (5, 12), (9, 8)), 5, id="since it came down"),
        pytest.param(seen((0, 12), (5, 30)), None, id="it is the last word that counts"),
        pytest.param(seen((0, 12), (5, None)), None, id="not known"),
        pytest.param(ChargerSensor(), None, id="no sensor"),
        pytest.param(after(CarReading(at=3, status=IDLE)), 3, id="its status alone"),
        pytest.param(
            after(CarReading(at=3, current_a=30, status=IDLE)), None, id="the sensor not yet"
        ),
    ],
)
def test_sensor_shows_since_when_a_charger_keeps_to_its_command(
    sensor: ChargerSensor, since: float | None
) -> None:
    """Without status and sensor that show it nobody is cleared."""
    assert sensor.kept_since(10) == since


@pytest.mark.parametrize(
    ("sensor", "has_come_down"),
    [
        pytest.param(seen((0, 16), (5, 0)), True, id="it has moved"),
        pytest.param(seen((0, 16), (4, 0)), False, id="not since"),
        pytest.param(ChargerSensor(status=ABSENT), False, id="no sensor, no car"),
        pytest.param(after(CarReading(at=5, status=IDLE)), False, id="a status that is paused"),
        pytest.param(after(CarReading(at=3, status=ABSENT)), True, id="the car has left"),
    ],
)
def test_current_has_gone_when_the_sensor_moved_or_the_car_left(
    sensor: ChargerSensor, *, has_come_down: bool
) -> None:
    """A charger says "paused" as soon as it has heard of the stop: that proves nothing."""
    assert sensor.has_come_down_since(4) is has_come_down


# What it can be used for


def use(
    sensor: ChargerSensor,
    *items: Setpoint,
    at: float = 100.0,
    unconfirmed_low_a: float | None = None,
    is_waking: bool = False,
) -> tuple[Sense, tuple[float, float] | None]:
    """Return what a sensor can be used for, and its range."""
    sense, range_a = classify(
        sensor,
        Setpoints(items=list(items)),
        unconfirmed_low_a=unconfirmed_low_a,
        is_waking=is_waking,
        at=at,
        window_s=WINDOW_S,
        delay_s=DELAY_S,
    )
    return sense, None if range_a is None else (range_a.low_a, range_a.high_a)


SINCE_LONG = (a_setpoint(16),)


@pytest.mark.parametrize(
    ("sensor", "expected"),
    [
        pytest.param(ChargerSensor(), (Sense.NONE, None), id="none"),
        pytest.param(seen((LONG_AGO, None)), (Sense.NONE, None), id="it says nothing"),
        pytest.param(seen((LONG_AGO, 7)), (Sense.FOLLOWING, (7, 7)), id="less than told"),
        pytest.param(seen((LONG_AGO, 18.6)), (Sense.FOLLOWING, (18.6, 18.6)), id="a little more"),
        pytest.param(seen((LONG_AGO, 18.7)), (Sense.ABOVE, (18.7, 18.7)), id="far more"),
        pytest.param(
            seen((LONG_AGO, 20), (99, 7)), (Sense.ABOVE, (7, 20)), id="far more a moment ago"
        ),
        pytest.param(
            seen((LONG_AGO, 7), is_contradicted=True), (Sense.STUCK, (7, 7)), id="contradicted"
        ),
        pytest.param(
            seen((LONG_AGO, 7), (101, None)), (Sense.BEHIND, (7, 7)), id="lost since the reading"
        ),
    ],
)
def test_sensor_of_a_charger_that_was_told_nothing_new(
    sensor: ChargerSensor, expected: tuple[Sense, tuple[float, float] | None]
) -> None:
    """It counts where it fits what the charger was told; what is far above hides no house."""
    assert use(sensor, *SINCE_LONG) == expected


def test_sensor_of_a_charger_that_was_never_told_anything_is_not_used() -> None:
    """Nobody knows what it should show."""
    assert use(seen((LONG_AGO, 7))) == (Sense.NONE, None)


RAISED = (a_setpoint(6), a_setpoint(16, sent_at=90))


def test_sensor_is_behind_until_the_newest_command_has_settled() -> None:
    """What it shows may be from before the command, or the charger's way there."""
    sensor = seen((LONG_AGO, 6))
    assert use(sensor, *RAISED, at=101.9) == (Sense.BEHIND, (6, 6))
    assert use(sensor, *RAISED, at=102) == (Sense.FOLLOWING, (6, 6))


@pytest.mark.parametrize(
    ("newest", "until"),
    [
        pytest.param(a_setpoint(16, sent_at=90), 90 + SLOWEST_S, id="delivered"),
        pytest.param(
            Setpoint(current_a=16, sent_at=90, delivered_at=92), 92 + SLOWEST_S, id="later"
        ),
        pytest.param(Setpoint(current_a=16), LONG_AGO, id="before this run"),
    ],
)
def test_unconfirmed_raise_is_waited_for_by_the_slowest_sensor(
    newest: Setpoint, until: float
) -> None:
    """A car that charges already is not taken for the house because its sensor is slow."""
    sensor, items = seen((2 * LONG_AGO, 6)), (newest,)
    late = max(until, 200)
    assert use(sensor, *items, at=late, unconfirmed_low_a=6)[0] is Sense.FOLLOWING
    if until > 0:
        assert use(sensor, *items, at=until - 0.1, unconfirmed_low_a=6)[0] is Sense.BEHIND


@pytest.mark.parametrize(
    ("shown_a", "until"),
    [(16, 80 + LATEST_S), (6 + CLOSE_A, 80 + SLOWEST_S)],
    ids=["what it was raised to", "no more than before"],
)
def test_raise_that_the_sensor_alone_shows_is_waited_for_by_the_latest_meter(
    shown_a: float, until: float
) -> None:
    """A meter a minute and a half late made the house look as if it fed in: 82 commands an hour."""
    sensor, items = seen((LONG_AGO, shown_a)), (a_setpoint(16, sent_at=80),)
    assert use(sensor, *items, at=until - 0.1, unconfirmed_low_a=6)[0] is Sense.BEHIND
    assert use(sensor, *items, at=until, unconfirmed_low_a=6)[0] is Sense.FOLLOWING


@pytest.mark.parametrize(
    ("shown_a", "sense"),
    [(6 - CLOSE_A, Sense.BEHIND), (5.9 - CLOSE_A, Sense.FOLLOWING)],
    ids=["still what it was", "less than it was"],
)
def test_car_that_draws_less_than_before_a_raise_is_no_slow_sensor(
    shown_a: float, sense: Sense
) -> None:
    """A sensor that has fallen since does not lag behind a raise: the car takes less."""
    items = (a_setpoint(16, sent_at=80),)
    sensor = seen((LONG_AGO, shown_a))
    assert use(sensor, *items, unconfirmed_low_a=6)[0] is sense


@pytest.mark.parametrize(
    ("shown_a", "sense"),
    [(15.9 - CLOSE_A, Sense.BEHIND), (16 - CLOSE_A, Sense.FOLLOWING)],
    ids=["a car that may wake", "a car that takes all"],
)
def test_sensor_is_stale_beside_a_car_that_wakes(shown_a: float, sense: Sense) -> None:
    """A sensor that is polled each minute does not show yet what the meter does.

    A car that takes all that it was given cannot have begun to take more.
    """
    sensor = seen((LONG_AGO, shown_a))
    assert use(sensor, *SINCE_LONG, is_waking=True)[0] is sense
    assert use(sensor, *SINCE_LONG, is_waking=False)[0] is Sense.FOLLOWING


CONFIRMED = (
    a_setpoint(20),
    Setpoint(current_a=10, sent_at=90, delivered_at=91, is_confirmed=True),
)


@pytest.mark.parametrize(
    ("said", "sense"),
    [
        pytest.param(((LONG_AGO, 20),), Sense.STUCK, id="it stands still"),
        pytest.param(((LONG_AGO, 20), (95, 19.5)), Sense.STUCK, id="restless, still above"),
        pytest.param(((50, 10), (80, 20)), Sense.STUCK, id="it was low before the command"),
        pytest.param(((LONG_AGO, 12),), Sense.BEHIND, id="it fits the command"),
        pytest.param(((LONG_AGO, 20), (93, 10), (95, 20)), Sense.ABOVE, id="down, and up again"),
        pytest.param(((LONG_AGO, 20), (101, None)), Sense.ABOVE, id="lost since"),
    ],
)
def test_sensor_that_misses_a_cut_that_the_meter_has_shown_is_stuck(
    said: tuple[tuple[float, float | None], ...], sense: Sense
) -> None:
    """It counts for nothing; one that came down and rose again shows a charger that does more."""
    assert use(seen(*said), *CONFIRMED)[0] is sense


def test_sensor_that_moves_long_after_a_cut_is_not_stuck() -> None:
    """No sensor is as slow as that: what it shows is of now."""
    said = ((LONG_AGO, 20), (91 + SLOWEST_S, 19))
    assert use(seen(*said), *CONFIRMED, at=300)[0] is Sense.STUCK
    said = ((LONG_AGO, 20), (91.1 + SLOWEST_S, 19))
    assert use(seen(*said), *CONFIRMED, at=300)[0] is Sense.ABOVE


@pytest.mark.parametrize(
    "newest",
    [
        pytest.param(Setpoint(current_a=10, sent_at=90, delivered_at=91), id="not confirmed"),
        pytest.param(Setpoint(current_a=10, sent_at=90, is_confirmed=True), id="not delivered"),
        pytest.param(
            Setpoint(current_a=10, delivered_at=91, is_confirmed=True), id="not of this run"
        ),
    ],
)
def test_sensor_is_not_called_stuck_for_a_cut_that_may_not_have_happened(newest: Setpoint) -> None:
    """Its word stands: the charger may draw on."""
    assert use(seen((LONG_AGO, 20)), newest)[0] is Sense.ABOVE


# Whatever it says


@given(
    moves=st.lists(st.tuples(st.floats(0.1, 60), st.floats(0, 40)), min_size=1, max_size=20),
    back_s=st.floats(0, KEPT_S - 40),
    share=st.floats(0, 1),
)
@examples(200)
def test_forgetting_changes_no_range_that_is_still_asked_for(
    moves: list[tuple[float, float]], back_s: float, share: float
) -> None:
    """Readings come late, by as much as the meter's delay: what was in force then is known."""
    delay_s = share * min(LONGEST_DELAY_S, KEPT_S - APART_S - back_s)
    at, every, sensor = 0.0, list[Sample](), ChargerSensor()
    for gap_s, drawn_a in moves:
        at += gap_s
        sensor.on_report(CarReading(at=at, current_a=drawn_a), at)
        every.append(Sample(at=at, drawn_a=drawn_a, sensed_a=drawn_a))
    asked_at = at - back_s
    assert sensor.range_a(asked_at, delay_s) == ChargerSensor(samples=every).range_a(
        asked_at, delay_s
    )
