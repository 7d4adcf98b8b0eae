"""The core around chargers with sensors of their own: early, late, restless, frozen or wrong."""

from functools import cache

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from custom_components.ev_lb.balancing.model import (
    Command,
    EventType,
    SetCurrent,
    StopCharging,
)
from tests.explore import examples

from .builders import a_charger, settings
from .evenings import SETTLED_S, evenings, one_car
from .plant import (
    FOREVER,
    Charger,
    Load,
    Meter,
    Plant,
    Reset,
    Sensor,
    Span,
    promised_s,
    starts,
    steady,
    steps,
)
from .promises import overstayed

LATEST_S = 30
"""The slowest sensor that a car may have without harm."""

sensors = st.builds(Sensor, lag_s=st.integers(0, LATEST_S), has_status=st.booleans())

RESPONSE_S = 10
"""The usual charger's."""


def lively(seed: int) -> Load:
    """Return a house whose loads come and go, each time the same for a seed."""
    moments = [(0, 4.0)]
    for step in range(1, 40):
        gap_s = (20, 60, 120, 300)[(step * 7 + seed) % 4]
        load_a = (1, 4, 8, 12, 16, 20, 24)[(step * 5 + 3 * seed) % 7] + 0.1 * seed
        moments.append((moments[-1][0] + gap_s, load_a))
    return steps(*moments)


def energy_ah(plant: Plant) -> float:
    """Return what the first car got."""
    return sum(second.drawn_a[0] for second in plant.log) / 3600


def told(plant: Plant) -> list[EventType]:
    """Return what was told of the chargers' obedience."""
    types = (EventType.CHARGER_UNRESPONSIVE, EventType.CHARGER_RECOVERED)
    return [event.type for _, event in plant.events if event.type in types]


# The promise


def risen_after_the_first_start() -> tuple[Plant, int]:
    """Return two cars at their first start of a run, one sensor of them late, and a house."""
    return Plant(
        settings=settings(
            a_charger("a", min_a=10, response_time_s=3.0),
            a_charger("b", priority=80, response_time_s=3.0),
        ),
        house=steps((0, 0), (4, 14.25), (5, 15)),
        chargers=[
            Charger(delay_s=0, sensor=Sensor(lag_s=lag_s, has_status=False)) for lag_s in (10, 0)
        ],
        meter=Meter(period_s=1),
    ), 5


@example(evening=risen_after_the_first_start())  # what was assumed of the other hid the house
@given(evening=evenings(sensors=sensors))
@examples(100)
def test_sensors_keep_the_promise(evening: tuple[Plant, int]) -> None:
    """However late the cars' sensors are: a meter period and three response times at most."""
    plant, last_change = evening
    plant.run(last_change + 300)
    assert overstayed(plant, promised_s(plant.settings, plant.meter)) == []


def both_stopped_of_which_one_drew_less_than_told() -> tuple[Plant, int]:
    """Return a car of 7 A told 13 beside one with a late sensor, both stopped by the house."""
    return Plant(
        settings=settings(
            a_charger("a", response_time_s=3.0),
            a_charger("b", priority=80, response_time_s=3.0),
            rated_current_a=20,
            service_current_a=20,
            meter_delay_s=0.0,
        ),
        house=steps((0, 0), (2, 21)),
        chargers=[
            Charger(delay_s=0, sensor=Sensor(lag_s=8, has_status=False)),
            Charger(delay_s=0, car_a=7.0, sensor=Sensor(has_status=False)),
        ],
        meter=Meter(),
    ), 2


@example(evening=both_stopped_of_which_one_drew_less_than_told())  # 13 of the fall were its
@given(evening=evenings(sensors=sensors, cars_a=(80.0, 16.0, 10.0, 7.0)))
@examples(60)
def test_sensors_accuse_nobody_that_obeys(evening: tuple[Plant, int]) -> None:
    """A late sensor is no disobedience, nor is a car that takes less."""
    plant, last_change = evening
    plant.run(last_change + 600)
    assert told(plant) == []


def risen_with_a_raise_that_the_car_does_not_take() -> tuple[Plant, int]:
    """Return a car of 16 A that its sensor shows, and a house that rises beside its raise."""
    return Plant(
        settings=settings(a_charger(response_time_s=3.0)),
        house=steps((0, 5), (1, 0), (16, 2)),
        chargers=[Charger(delay_s=0, car_a=16.0, sensor=Sensor(has_status=False))],
        meter=Meter(),
    ), 16


@example(evening=risen_with_a_raise_that_the_car_does_not_take())
@given(evening=evenings(sensors=sensors, cars_a=(80.0, 16.0, 10.0, 7.0)))
@examples(30)
def test_steady_house_with_sensors_settles(evening: tuple[Plant, int]) -> None:
    """While the house stays as it is, no charger is disturbed for ever.

    Where the house alone is over its limit, stops are repeated: they disturb nobody.
    """
    plant, last_change = evening
    plant.run(last_change + SETTLED_S + 600)
    assert plant.changes_sent(since=last_change + SETTLED_S) == []
    assert plant.seconds_over(since=last_change + SETTLED_S) == []


# Late and restless ones


@cache
def without_sensor_ah(seed: int, period_s: int) -> float:
    """Return what the car gets by the meter alone."""
    plant = one_car(lively(seed), Charger(contactor_s=3), Meter(period_s=period_s))
    plant.run(3600)
    return energy_ah(plant)


@pytest.mark.parametrize("period_s", [1, 10])
@pytest.mark.parametrize("has_status", [True, False], ids=["status", "current"])
@pytest.mark.parametrize("lag_s", [0, 1, 2, 5, 10, 15, 20, 30])
def test_late_sensor_costs_no_energy(lag_s: int, period_s: int, *, has_status: bool) -> None:
    """A car whose sensor is late gets nearly all that it gets without one."""
    seed = lag_s % 2
    sensor = Sensor(lag_s=lag_s, has_status=has_status)
    plant = one_car(lively(seed), Charger(contactor_s=3, sensor=sensor), Meter(period_s=period_s))
    plant.run(3600)
    assert energy_ah(plant) > 0.9 * without_sensor_ah(seed, period_s)
    assert told(plant) == []


@pytest.mark.parametrize("lag_s", [0, 3, 10, 30])
def test_status_alone_costs_no_energy(lag_s: int) -> None:
    """A charger that only says whether it charges is balanced as one without a sensor."""
    sensor = Sensor(lag_s=lag_s, has_current=False)
    plant = one_car(lively(0), Charger(contactor_s=3, sensor=sensor))
    plant.run(3600)
    assert energy_ah(plant) > 0.9 * without_sensor_ah(0, 1)


@pytest.mark.parametrize("latency_s", [3, 8, 10, 15, 20])
@pytest.mark.parametrize("lag_s", [0, 1, 5])
def test_late_meter_beside_a_quick_sensor_does_not_swing(latency_s: int, lag_s: int) -> None:
    """What the meter shows late is learned from the first cuts; nothing is cut twice then."""
    plant = one_car(
        steps(*((300 * step, (2, 12)[step % 2]) for step in range(13))),
        Charger(sensor=Sensor(lag_s=lag_s)),
        Meter(latency_s=latency_s),
    )
    plant.run(3900)
    late: list[Command] = [
        SetCurrent(charger_id="a", current_a=20),
        SetCurrent(charger_id="a", current_a=30),
    ]
    assert plant.commands(since=2700) == late * 2
    seen_after_s = RESPONSE_S + plant.view.meter_delay_s
    assert seen_after_s == pytest.approx(max(3 + latency_s, RESPONSE_S + 2), abs=2)


@pytest.mark.parametrize("lag_s", [0, 2, 10])
def test_restless_sensor_is_no_reason_to_command(lag_s: int) -> None:
    """A draw that wiggles by some hundredths moves nothing."""

    def wiggling(second: int) -> float:
        return 16 + 0.1 * (second * 7 % 5 - 2)

    plant = one_car(
        steps((0, 2), (600, 14), (900, 2)),
        Charger(car_a=wiggling, sensor=Sensor(lag_s=lag_s, has_status=False)),
    )
    plant.run(3600)
    assert len(plant.sent) <= 12
    assert plant.drawn_a()[0] > 15
    assert plant.seconds_over() == []


@pytest.mark.parametrize("ramp_a", [2, 4])
@pytest.mark.parametrize("lag_s", [0, 1, 5])
def test_sensor_of_a_car_that_ramps_up_does_not_cut_it(ramp_a: int, lag_s: int) -> None:
    """Meter and sensor never show the same moment of it."""
    plant = one_car(steady(10), Charger(delay_s=0, ramp_a=ramp_a, sensor=Sensor(lag_s=lag_s)))
    plant.run(120)
    assert starts(plant.commands()) == 1
    assert plant.drawn_a() == (22,)
    assert len(plant.sent) == 1


# Broken ones


@pytest.mark.parametrize("begins", [0, 100, 505])
def test_frozen_sensor_does_no_harm(begins: int) -> None:
    """One that says nothing new for hours costs at most some energy: no overload, no swinging."""
    house = steps((0, 5), (500, 15), (1000, 5), (2000, 15), (3000, 5))
    plant = one_car(house, Charger(sensor=Sensor(frozen=Span(begins=begins))))
    plant.run(4000)
    assert overstayed(plant, promised_s(plant.settings, plant.meter)) == []
    assert len(plant.sent) <= 40
    assert energy_ah(plant) > 0.6 * 4000 * 22 / 3600


@pytest.mark.parametrize("factor", [0.001, 0.33, 3.0, 230.0])
def test_sensor_in_the_wrong_unit_does_not_overload(factor: float) -> None:
    """Three phases added up, a third of them, watts or kilowatts: no house is hidden by it."""
    plant = one_car(
        steps((0, 5), (500, 20), (1000, 5)), Charger(sensor=Sensor(factor=factor, has_status=False))
    )
    plant.run(2000)
    assert overstayed(plant, promised_s(plant.settings, plant.meter)) == []


# Disobedience


@pytest.mark.parametrize("lag_s", [0, 5, 20])
@pytest.mark.parametrize(
    ("told_a", "house", "command"),
    [
        pytest.param(0, steps((0, 10), (200, 28)), StopCharging(charger_id="a"), id="told to stop"),
        pytest.param(9, steady(2), SetCurrent(charger_id="a", current_a=9), id="told 9 A"),
    ],
)
def test_charger_that_reboots_to_its_full_current_is_told_again(
    told_a: int, house: Load, command: Command, lag_s: int
) -> None:
    """It is told as soon as meter or sensor show it, though nothing was changed.

    By its sensor it is reported; one that stops when it is told again over the limit need not be.
    """
    maximum_a = told_a or 32
    plant = Plant(
        settings=settings(a_charger(max_a=maximum_a, rated_a=32)),
        house=house,
        chargers=[Charger(resets=(Reset(at=600, current_a=20.0),), sensor=Sensor(lag_s=lag_s))],
    )
    plant.run(599)
    assert plant.drawn_a() == (told_a,)
    plant.run(301)
    assert command in plant.commands(since=600)
    assert plant.drawn_a() == (told_a,)
    both = [EventType.CHARGER_UNRESPONSIVE, EventType.CHARGER_RECOVERED]
    assert told(plant) == both or (told_a == 0 and told(plant) == [])
    assert len(plant.commands(since=600)) <= 3


def test_deaf_charger_does_not_hide_behind_one_whose_sensor_is_quicker_than_the_meter() -> None:
    """Two cars are stopped, one obeys at once: the other one is told (accident 23)."""
    plant = Plant(
        settings=settings(a_charger("a"), a_charger("b"), rated_a=25),
        house=steps((0, 12.2), (400, 28.2)),
        chargers=[
            Charger(delay_s=0, sensor=Sensor()),
            Charger(delay_s=10, deaf=Span(begins=400), sensor=Sensor()),
        ],
        meter=Meter(latency_s=2),
    )
    plant.run(600)
    assert EventType.CHARGER_UNRESPONSIVE in told(plant)


def test_deaf_charger_is_noticed_by_its_sensor_within_the_limit() -> None:
    """A charger that ignores the user's number is reported though nothing is over."""
    plant = one_car(steady(2), Charger(deaf=Span(begins=200), sensor=Sensor()))
    plant.run(300)
    plant.settings = settings(a_charger(max_a=10, rated_a=32))
    plant.run(600)
    assert told(plant) == [EventType.CHARGER_UNRESPONSIVE]
    assert len(plant.commands(since=300)) <= 16


def test_charger_without_a_car_is_not_called_unresponsive_by_its_own_status() -> None:
    """A house that rises is not taken for a car that the charger says is not charging."""
    plant = one_car(
        steps((0, 0), (300, 20), (600, 40)),
        Charger(car_wants=Span(begins=FOREVER), sensor=Sensor(has_current=False)),
    )
    plant.run(900)
    assert told(plant) == []
    assert plant.drawn_a() == (0,)


def test_car_that_fills_up_does_not_wind_up_its_offer() -> None:
    """What it leaves is not given to it again: when it wants all, nothing is over (accident 11)."""
    taper = steps(*((600 + 60 * step, max(20 - step, 0)) for step in range(25)), (2700, 80))
    plant = one_car(steady(12), Charger(car_a=taper, sensor=Sensor()))
    plant.run(3600)
    assert max(command.current_a for command in plant.commands()) == 20
    assert starts(plant.commands()) <= 5  # told again while it draws nothing
    assert plant.drawn_a() == (20,)


@pytest.mark.parametrize("lag_s", [1, 2, 5])
def test_car_that_fills_up_behind_a_late_sensor_winds_up_by_an_ampere(lag_s: int) -> None:
    """A draw that nobody has commanded shows at the meter first, as a house that draws less."""
    taper = steps(*((600 + 60 * step, max(20 - step, 0)) for step in range(25)), (2700, 80))
    plant = one_car(steady(12), Charger(car_a=taper, sensor=Sensor(lag_s=lag_s)))
    plant.run(3600)
    assert max(second.total_a[0] for second in plant.log) <= 33
    assert len(plant.seconds_over()) <= 15
    assert plant.drawn_a() == (20,)


def test_raise_hidden_from_a_status_sensor_is_found() -> None:
    """Where only the status is known the meter is asked whether the car draws its raise."""
    plant = one_car(
        steps((0, 18), (3, 6)),
        Charger(delay_s=5, sensor=Sensor(has_current=False)),
        Meter(period_s=30),
    )
    plant.run(600)
    assert plant.drawn_a() == (26,)


def test_start_that_one_reading_allows_fits_beside_what_the_others_keep() -> None:
    """Two readings left 10 A for the third car only if another one had given up an ampere."""
    names = ("a", "b", "c")
    of = settings(
        *(a_charger(name, min_a=10 if name == "c" else 6, response_time_s=3.0) for name in names),
        rated_a=25,
    )
    plant = Plant(
        settings=of,
        house=steps((0, 0), (1, 4), (2, 1)),
        chargers=[Charger(delay_s=0, sensor=Sensor(has_status=False)) for _ in names],
    )
    plant.run(120)
    assert plant.seconds_over() == []
