"""Chargers and cars behave as their models say."""

import pytest

from benchmarks.chargers import Car, ChargerModel
from benchmarks.spans import Span
from custom_components.ev_lb.balancing.model import CarStatus

from .builders import Bench


def test_charger_follows_after_its_delay_and_its_contactor() -> None:
    """Two seconds until it hears, ten until current flows; later commands need no contactor."""
    bench = Bench(ChargerModel(delay_s=2, contactor_s=10))
    bench.start(16)
    assert (bench.drawn_a(11.9), bench.drawn_a(12)) == (0, 16)
    bench.charger.call(10, 20.0, is_on=None)
    assert (bench.drawn_a(21.9), bench.drawn_a(22)) == (16, 10)


def test_charger_stops_at_once() -> None:
    """Off is off after the delay, and so is less than the least current."""
    for stop in ({"current_a": None, "is_on": False}, {"current_a": 5, "is_on": None}):
        bench = Bench(ChargerModel())
        bench.start(16)
        bench.agenda.run_until(20)
        bench.charger.call(stop["current_a"], 20.0, is_on=stop["is_on"])
        assert (bench.drawn_a(21.9), bench.drawn_a(22)) == (16, 0)


def test_ramp_moves_in_a_straight_line() -> None:
    """At 2 A a second from the least current, up and down, and to the number that was set."""
    bench = Bench(ChargerModel(delay_s=0, contactor_s=0, ramp_a_per_s=2))
    bench.start(11)
    assert [bench.drawn_a(at) for at in range(5)] == [6, 8, 10, 11, 11]
    bench.charger.call(8, 10.0, is_on=None)
    assert [bench.drawn_a(at) for at in (10, 11, 12, 13)] == [11, 9, 8, 8]


def test_steps_are_rounded_down() -> None:
    """A charger that knows steps of 2 A offers 14 of 15."""
    bench = Bench(ChargerModel(step_a=2))
    bench.start(15)
    assert bench.drawn_a(20) == 14


def test_steps_are_counted_from_the_least_current() -> None:
    """One that knows 6, 10, 14 … takes 6 for 6, and 14 for 16."""
    bench = Bench(ChargerModel(step_a=4))
    bench.start(16)
    assert bench.drawn_a(20) == 14
    bench.charger.call(6, 20.0, is_on=None)
    assert bench.drawn_a(30) == 6


def test_ignored_current_changes_nothing() -> None:
    """It stays at what it was set to; the next other current is taken."""
    bench = Bench(ChargerModel(ignored_a=(11,)))
    bench.start(16)
    bench.agenda.run_until(20)
    bench.charger.call(11, 20.0, is_on=None)
    assert bench.drawn_a(30) == 16
    bench.charger.call(10, 30.0, is_on=None)
    assert bench.drawn_a(40) == 10


def test_full_after_a_start() -> None:
    """For a minute after each start it offers its most, then what it was told."""
    bench = Bench(ChargerModel(delay_s=0, contactor_s=0, full_s=60, most_a=20))
    bench.start(8)
    assert [bench.drawn_a(at) for at in (0, 59, 60)] == [20, 20, 8]
    bench.charger.call(10, 60.0, is_on=None)
    assert bench.drawn_a(61) == 10
    bench.charger.call(None, 70.0, is_on=False)
    bench.start(8, at=80.0)
    assert [bench.drawn_a(at) for at in (81, 139, 141)] == [20, 20, 8]


def test_slow_stop_lets_current_flow() -> None:
    """A stop takes its time; a start that comes meanwhile goes on without the contactor."""
    bench = Bench(ChargerModel(delay_s=0, contactor_s=5, stop_s=46))
    bench.start(8)
    bench.agenda.run_until(20)
    bench.charger.call(None, 20.0, is_on=False)
    assert [bench.drawn_a(at) for at in (21, 65, 66)] == [8, 8, 0]
    bench.start(8, at=70.0)
    bench.agenda.run_until(80)
    bench.charger.call(None, 80.0, is_on=False)
    bench.start(10, at=90.0)
    assert [bench.drawn_a(at) for at in (91, 130)] == [10, 10]


def test_car_rises_slowly_and_falls_at_once() -> None:
    """Two amperes a second from nothing; no slower down."""
    bench = Bench(ChargerModel(delay_s=0, contactor_s=0, car=Car(rises_a_per_s=2)))
    bench.start(9)
    assert [bench.drawn_a(at) for at in range(7)] == [0, 2, 4, 6, 8, 9, 9]
    bench.charger.call(6, 10.0, is_on=None)
    assert bench.drawn_a(10) == 6
    bench.charger.call(9, 20.0, is_on=None)
    assert [bench.drawn_a(at) for at in (20, 21, 22)] == [6, 8, 9]


def test_deaf_charger_does_nothing_though_calls_return() -> None:
    """Only the window counts, and the call looks like any other."""
    bench = Bench(ChargerModel(deaf=(Span(begins=0, ends=5),)))
    assert bench.charger.call(16, 4.0, is_on=None).is_ok
    bench.start(16, at=4.0)
    assert bench.drawn_a(30) == 0
    bench.start(16, at=30.0)
    assert bench.drawn_a(50) == 16


def test_failing_call_does_nothing_and_says_so() -> None:
    """What fails has no effect."""
    bench = Bench(ChargerModel(failing=(Span(),)))
    assert not bench.charger.call(16, 0.0, is_on=True).is_ok
    assert bench.drawn_a(30) == 0


def test_answerless_call_acts_but_times_out() -> None:
    """The command got through; the shell learns of a timeout only."""
    bench = Bench(ChargerModel(answerless=(Span(),)))
    result = bench.charger.call(16, 0.0, is_on=True)
    assert (result.is_ok, result.returns_s) == (False, 10)
    assert bench.drawn_a(30) == 16


def test_some_calls_are_lost_by_chance_and_always_the_same() -> None:
    """A share of all calls fails, chosen by the seed."""
    model = ChargerModel(failing_share=0.25)
    outcomes = [
        [Bench(model).charger.call(16, 0.0, is_on=None).is_ok for _ in range(3)] for _ in range(2)
    ]
    bench = Bench(model)
    failures = sum(not bench.charger.call(16, 0.0, is_on=None).is_ok for _ in range(400))
    assert outcomes[0] == outcomes[1]
    assert 70 < failures < 130


def test_charger_that_restarts_offers_its_most() -> None:
    """It forgets what it was told."""
    bench = Bench(ChargerModel(restarts_at=(30.0,), contactor_s=5, most_a=20))
    bench.start(8)
    assert [bench.drawn_a(at) for at in (29, 31, 36)] == [8, 0, 20]


def test_charger_that_restarts_may_offer_nothing() -> None:
    """It stands at 0 A until it is told again."""
    bench = Bench(ChargerModel(restarts_at=(30.0,), restarts_a=0, contactor_s=5))
    bench.start(8)
    assert [bench.drawn_a(at) for at in (29, 31, 60)] == [8, 0, 0]
    bench.charger.call(8, 60.0, is_on=None)
    assert bench.drawn_a(70) == 8


def test_stopped_charger_that_restarts_is_on() -> None:
    """Its power was away: it starts by itself."""
    bench = Bench(ChargerModel(restarts_at=(30.0,), most_a=20))
    assert [bench.drawn_a(at) for at in (29, 41)] == [0, 20]


@pytest.mark.parametrize(
    ("car", "drawn_a"),
    [
        pytest.param(Car(most_a=10), 10, id="limited"),
        pytest.param(Car(share=0.9), 14.4, id="draws nine tenths"),
        pytest.param(Car(wants=(Span(begins=90),)), 0, id="asleep"),
        pytest.param(Car(plugged=(Span(ends=20), Span(begins=90))), 0, id="unplugged"),
    ],
)
def test_car_takes_what_it_likes(car: Car, drawn_a: float) -> None:
    """Of 16 A offered, after a minute."""
    bench = Bench(ChargerModel(car=car))
    bench.start(16)
    assert bench.drawn_a(60) == pytest.approx(drawn_a)


def test_sleeping_car_starts_late_with_its_contactor() -> None:
    """The offer stands; current flows ten seconds after the car wants it."""
    bench = Bench(ChargerModel(car=Car(wants=(Span(begins=100),))))
    bench.start(16)
    assert (bench.drawn_a(109.9), bench.drawn_a(110)) == (0, 16)


def test_nearly_full_car_tapers_and_ends() -> None:
    """Over its last half it goes down in a straight line, then takes nothing."""
    bench = Bench(ChargerModel(contactor_s=0, car=Car(need_kwh=0.2, taper_kwh=0.1)))
    bench.start(32)
    seconds_per_kwh = 3.6e6 / 230 / 32
    assert bench.drawn_a(0.09 * seconds_per_kwh) == 32
    tapering = [bench.drawn_a(at) for at in (0.15 * seconds_per_kwh, 0.2 * seconds_per_kwh)]
    assert 32 > tapering[0] > tapering[1] > 2
    assert bench.drawn_a(0.5 * seconds_per_kwh) == 0


def test_sensors_speak_of_changes() -> None:
    """Status and current, each time one of them is new, and as late as the model says."""
    bench = Bench(ChargerModel(sensor_s=3, car=Car(plugged=(Span(begins=5, ends=40),))))
    bench.start(16)
    bench.agenda.run_until(60)
    assert bench.said == [
        (3, (0, CarStatus.ABSENT)),
        (8, (0, CarStatus.IDLE)),
        (18, (16, CarStatus.CHARGING)),
        (43, (0, CarStatus.ABSENT)),
    ]


def test_sensors_that_are_asked_say_what_is_then() -> None:
    """Each 30 s, and nothing in between."""
    bench = Bench(ChargerModel(sensor_period_s=30))
    bench.start(16)
    bench.agenda.run_until(100)
    assert bench.said == [(0, (0, CarStatus.IDLE)), (30, (16, CarStatus.CHARGING))]


def test_stuck_sensor_shows_what_was() -> None:
    """Its current keeps its value, its status is true."""
    bench = Bench(ChargerModel(draw_stuck=(Span(begins=20),)))
    bench.start(16)
    bench.agenda.run_until(30)
    bench.charger.call(None, 30.0, is_on=False)
    bench.agenda.run_until(60)
    assert bench.said[-1] == (32, (16, CarStatus.IDLE))


def test_sensors_repeat_what_they_said() -> None:
    """Each 10 s, beside their changes."""
    bench = Bench(ChargerModel(delay_s=0, contactor_s=0, sensor_repeats_s=10))
    bench.start(16)
    bench.agenda.run_until(25)
    assert bench.said[-2:] == [(10, (16, CarStatus.CHARGING)), (20, (16, CarStatus.CHARGING))]
