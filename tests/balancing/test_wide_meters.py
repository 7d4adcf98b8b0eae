"""W4 and W6: one bad sample moves nobody, and a meter that lies is found out."""

from dataclasses import replace

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from custom_components.ev_lb.balancing.model import EventType, StopCharging
from tests.explore import examples

from .plant import (
    CAR_MINIMUM_A,
    NEVER,
    BadSample,
    Charger,
    Meter,
    Plant,
    Restless,
    Sensor,
    Span,
    steady,
    steps,
)
from .promises import beyond_asking_a, hideable_a
from .wide import (
    Household,
    chargers_with,
    draw_sensors,
    good_sensors,
    households,
    humble_chargers,
    ratings_a,
    several,
    steady_houses,
    true_meters,
    true_sensors,
    usual_meters,
    with_bad_samples,
)
from .wide_promises import besides_probes, highest_told_a

pytestmark = pytest.mark.timeout(900)  # a counterexample is made small for five minutes


LOST_S = 900
"""A meter that lies is lost within 15 minutes."""

REVERSED_S, TRIED_S = 900, 150
MOST_PROBES = 4
NOISE_A = 0.4

quick_chargers = chargers_with(sensor=good_sensors)


def without_bad_samples(home: Household) -> Plant:
    """Return the same house with a meter that always tells the truth."""
    return replace(home, meter=replace(home.meter, bad=())).plant()


# One bad sample


@given(
    home=households(
        steady_houses(),
        several(quick_chargers, most=3),
        with_bad_samples(
            usual_meters, st.one_of(st.just(0.0), st.none(), st.integers(-90, 90).map(float))
        ),
        st.sampled_from((25, 32, 40)),
    )
)
@example(  # a 0 passed for a small cut, and confirmed the raise before it
    home=Household(
        house=steady(31 / 10),
        chargers=(
            Charger(delay_s=10, call_s=0, full_a=16, sensor=None),
            Charger(delay_s=0, call_s=0, full_a=20, sensor=None),
        ),
        meter=Meter(
            period_s=1,
            latency_s=0,
            step_a=0.1,
            is_on_change=True,
            bad=(BadSample(nth=1, current_a=0.0, every=2),),
        ),
        rated_a=32,
    )
)
@examples(15)
def test_bad_sample_raises_nobody(home: Household) -> None:
    """A 0, a dip or a peak between good samples raises nobody by more than 2 A.

    At any period and on change, also in the first minutes. All together: one that was stopped by a
    peak may have what another has not got back yet. And each of them where each second sample is
    bad, for the next one comes before what the last one gave has shown.
    """
    plant, truth = home.plant(), without_bad_samples(home)
    for each in (plant, truth):
        each.run(1200)
    each_a = 2 * len(home.chargers)
    most_a = each_a if any(bad.every for bad in home.meter.bad) else 2
    assert highest_told_a(plant) <= highest_told_a(truth) + most_a


@given(
    home=households(
        steady_houses(0, 14),
        several(quick_chargers, most=3),
        with_bad_samples(
            usual_meters,
            st.builds(
                lambda times, sign: 40.0 * times * sign,
                st.sampled_from((5, 10, 100, 1000)),
                st.sampled_from((1, 1, -1)),
            ),
        ),
    )
)
@examples(15)
def test_sample_that_no_house_can_draw_is_no_reading(home: Household) -> None:
    """Five times the rating and more, either sign: no stop, no event, no longer wait.

    Where a meter of changes has nothing to say for a quarter of an hour it is lost by its silence.
    """
    plant, truth = home.plant(), without_bad_samples(home)
    for each in (plant, truth):
        each.run(1200)
    assume(lost_at(truth) == [])
    stops = [
        (at, command)
        for at, command in besides_probes(plant, 0)
        if isinstance(command, StopCharging)
        and plant.log[at].told_a[plant.ids.index(command.charger_id)] > 0
    ]
    assert stops == []
    assert [event for _, event in plant.events] == [event for _, event in truth.events]
    hidden_a = 0
    if len(plant.chargers) > 1:
        hidden_a = hideable_a(plant) + beyond_asking_a(plant)
    pairs = zip(settled_a(plant), settled_a(truth), strict=True)
    assert all(abs(with_a - without_a) <= hidden_a for with_a, without_a in pairs)


def settled_a(plant: Plant) -> list[float]:
    """Return what the chargers have had in the last minutes, but for what only asks something."""
    by_charger = zip(*(each.told_a for each in plant.log[-120:]), strict=True)
    return sorted(max(told_a) for told_a in by_charger)


# Meters that lie


def lost_at(plant: Plant) -> list[int]:
    """Return when the meter was called unavailable."""
    return [at for at, event in plant.events if event.type is EventType.METER_UNAVAILABLE]


@given(
    car=chargers_with(sensor=good_sensors),
    period_s=st.sampled_from((1, 5, 10, 30)),
    step_a=st.sampled_from((0.0, 0.1)),
    house_a=st.integers(0, 10),
    rise_a=st.integers(0, 20),
)
@examples(8)
def test_meter_that_freezes_and_repeats_itself_is_lost(
    car: Charger, period_s: int, step_a: float, house_a: int, rise_a: int
) -> None:
    """A meter that used to vary and says exactly the same for minutes is asked by a small cut."""

    def house(second: int) -> float:
        return Restless(around_a=house_a, by_a=NOISE_A)(second) + (rise_a if second > 1000 else 0)

    meter = Meter(period_s=period_s, step_a=step_a, repeating=Span(begins=900))
    plant = Household(house=house, chargers=(car,), meter=meter).plant()
    plant.run(900 + LOST_S + 60)
    assert lost_at(plant)
    assert 900 < lost_at(plant)[0] <= 900 + LOST_S
    assert plant.drawn_a() == (0,)


@given(
    car=chargers_with(sensor=draw_sensors),
    period_s=st.sampled_from((1, 5, 10, 30)),
    house_a=st.integers(0, 10),
)
@examples(8)
def test_meter_that_says_0_beside_a_car_that_draws_is_lost(
    car: Charger, period_s: int, house_a: int
) -> None:
    """A meter that says 0 for ever does not see our chargers: their own sensor shows it."""
    meter = Meter(period_s=period_s, zero=Span(begins=0))
    plant = Household(house=steady(house_a), chargers=(car,), meter=meter).plant()
    plant.run(LOST_S + 60)
    assert lost_at(plant)[:1] != []
    assert plant.drawn_a() == (0,)


@given(
    car=chargers_with(sensor=true_sensors),
    period_s=st.sampled_from((1, 5, 10, 30)),
    house_a=st.integers(1, 10),
)
@examples(8)
def test_meter_that_says_0_from_a_moment_on_is_lost(
    car: Charger, period_s: int, house_a: int
) -> None:
    """It has shown the car before, and the charger says that it charges on.

    Without a word of the charger it may as well be a car that has left a house that draws nothing.
    """
    meter = Meter(period_s=period_s, zero=Span(begins=900))
    house = Restless(around_a=house_a, by_a=NOISE_A)
    plant = Household(house=house, chargers=(car,), meter=meter).plant()
    plant.run(900 + LOST_S + 60)
    assert [at for at in lost_at(plant) if 900 < at <= 900 + LOST_S] != []
    assert plant.drawn_a() == (0,)


@given(
    car=chargers_with(sensor=good_sensors),
    period_s=st.sampled_from((1, 5, 10, 30, 60)),
    away_s=st.integers(20, 600),
    house_a=st.integers(0, 10),
)
@examples(8)
def test_value_replayed_after_an_outage_is_not_believed_for_long(
    car: Charger, period_s: int, away_s: int, house_a: int
) -> None:
    """The broker is back and says the last value once: the meter itself is still away."""
    back = 900 + away_s
    meter = Meter(
        period_s=period_s,
        gone=Span(begins=900, ends=back),
        is_replaying=True,
        frozen=Span(begins=900),
    )
    house = Restless(around_a=house_a, by_a=NOISE_A)
    plant = Household(house=house, chargers=(car,), meter=meter).plant()
    plant.run(back + LOST_S + 60)
    assert len([at for at in lost_at(plant) if at >= 900]) == 2
    assert lost_at(plant)[-1] <= back + LOST_S
    assert plant.drawn_a() == (0,)


@given(
    home=households(
        steady_houses(0, 14),
        several(quick_chargers, most=2),
        st.builds(Meter, period_s=st.sampled_from((5, 10, 30)), step_a=st.sampled_from((0.5, 1.0))),
        ratings_a,
    )
)
@examples(4)
def test_steady_house_behind_a_meter_that_rounds_is_left_in_peace(home: Household) -> None:
    """It answers what it is asked: it is never lost, and asked more and more rarely."""
    plant = home.plant()
    plant.run(4 * 3600)
    assert lost_at(plant) == []
    by_hour = [
        len([at for at, _ in plant.probes if 3600 * hour <= at < 3600 * (hour + 1)])
        for hour in range(4)
    ]
    assert max(by_hour) <= 2 * MOST_PROBES * len(home.chargers)
    assert by_hour[3] <= max(by_hour[1], 2 * len(home.chargers))


@given(
    car=chargers_with(
        sensor=good_sensors,
        begins_a=st.sampled_from((6.0, 7.0, 16.0, 32.0)),
        car_a=st.sampled_from((6.0, 7.0, 10.0, 80.0)),
    ),
    meter=usual_meters,
    house_a=st.integers(0, 20),
    rated_a=ratings_a,
)
@examples(15)
def test_meter_that_sees_a_car_from_the_first_is_not_called_blind(
    car: Charger, meter: Meter, house_a: int, rated_a: int
) -> None:
    """One that charges already when it is commanded first is in the reading, and shows no start."""
    plant = Household(house=steady(house_a), chargers=(car,), meter=meter, rated_a=rated_a).plant()
    plant.run(600)
    assert not any("blind" in event.data.values() for _, event in plant.events)


# Meters that count the other way round


@example(  # the car came minutes after its start, and the meter had said nothing for as long
    home=Household(
        house=steady(0),
        chargers=(Charger(delay_s=0, full_a=32, car_wants=Span(begins=300)),),
        meter=Meter(is_on_change=True, step_a=0.1, reverses=(0,)),
        rated_a=20,
    )
)
@example(  # its own sensor showed it, and the noise before it passed for a slow climb
    home=Household(
        house=Restless(around_a=0, by_a=0.4),
        chargers=(
            Charger(delay_s=0, full_a=16, sensor=Sensor(every_s=0), car_wants=Span(begins=300)),
        ),
        meter=Meter(reverses=(0,)),
        rated_a=20,
    )
)
@example(  # the second began as the first was stopped to ask
    home=Household(
        house=steady(0),
        chargers=(Charger(delay_s=0, call_s=1, full_a=32), Charger(delay_s=9, full_a=32)),
        meter=Meter(period_s=5, latency_s=2, reverses=(0,)),
        rated_a=20,
    )
)
@given(
    home=households(
        st.one_of(
            steady_houses(),
            st.builds(Restless, around_a=st.integers(0, 20), by_a=st.just(NOISE_A)),
        ),
        st.one_of(
            several(quick_chargers, most=3),
            st.tuples(
                chargers_with(
                    sensor=good_sensors,
                    car_wants=st.builds(Span, begins=st.sampled_from((60, 300))),
                )
            ),
        ),
        st.one_of(
            st.builds(
                Meter,
                period_s=st.sampled_from((1, 2, 5, 10, 30)),
                latency_s=st.integers(0, 2),
                reverses=st.just((0,)),
            ),
            st.builds(
                Meter, is_on_change=st.just(True), step_a=st.just(0.1), reverses=st.just((0,))
            ),
        ),
        ratings_a,
    )
)
@examples(15)
def test_meter_that_counts_the_other_way_round_is_lost(home: Household) -> None:
    """Where nothing else moves, the first car that draws tells: it is lost within minutes.

    From then on nobody has more than a minimum, and that for some minutes in an hour.
    """
    plant = home.plant()
    plant.run(REVERSED_S + 3600)
    assert lost_at(plant) != []
    assert lost_at(plant)[0] <= REVERSED_S
    later = [max(each.told_a) for each in plant.log[REVERSED_S:]]
    assert max(later) <= CAR_MINIMUM_A
    # Of several one is asked after the other.
    assert sum(told_a > 0 for told_a in later) <= TRIED_S * len(home.chargers)


@example(  # a minute late, it showed the raise with the cut that was to ask
    home=Household(
        house=steps((0, 5), (60, 0), (120, -1), (180, 1)),
        chargers=(Charger(delay_s=0, full_a=32),),
        meter=Meter(latency_s=60, step_a=0.1, is_on_change=True),
        rated_a=20,
    )
)
@given(
    home=households(
        st.builds(
            lambda base_a, more_a: steps(
                *((60 * nth, float(base_a + a)) for nth, a in enumerate(more_a))
            ),
            st.integers(-20, 17),
            st.lists(st.integers(0, 3), min_size=1, max_size=30),
        ),
        several(humble_chargers, most=3),
        true_meters,
        ratings_a,
    )
)
@examples(15)
def test_meter_that_tells_the_truth_is_never_said_to_be_reversed(home: Household) -> None:
    """Whatever it feeds in, and whether a car is there or not: while it moves by less than a car.

    One that moves by the commands' size three times in a row cannot be told from it.
    """
    plant = home.plant()
    plant.run(1800)
    assert [event for _, event in plant.events if event.data.get("reason") == "reversed"] == []


@pytest.mark.parametrize("sensor", [None, Sensor()], ids=["no sensor", "sensor"])
@pytest.mark.parametrize("period_s", [1, 30])
def test_meter_that_falls_silent_is_lost(sensor: Sensor | None, period_s: int) -> None:
    """A meter that freezes without a word is lost after three periods and 5 s."""
    meter = Meter(period_s=period_s, frozen=Span(begins=900), gone=NEVER)
    plant = Household(house=steady(5), chargers=(Charger(sensor=sensor),), meter=meter).plant()
    plant.run(1200)
    assert lost_at(plant)[0] <= 900 + 3 * period_s + 5


def test_trial_that_the_house_has_hidden_is_made_again() -> None:
    """The car stood at 6 A for ever, for its start came with a rise of the house.

    And a meter that has shown a raise is not blind, though the house hid the start before it.
    """
    changes = ((0, 26.5), (31, 22.9), (121, 7), (271, 38.1), (671, 7.7), (691, 31.1), (1200, 2.4))
    plant = Household(
        house=steps(*changes),
        chargers=(Charger(delay_s=7, sensor=Sensor(every_s=1)),),
        meter=Meter(period_s=10, latency_s=1),
        rated_a=40,
    ).plant()
    plant.run(1200 + 1200)
    assert plant.drawn_a()[0] >= 29
    assert not [event for _, event in plant.events if event.type is EventType.METER_UNAVAILABLE]


@pytest.mark.parametrize("car_a", [6.0, 7.0])
def test_car_that_can_show_no_cut_asks_no_meter_whether_it_is_frozen(car_a: float) -> None:
    """Told 15 A it draws 6: the cut to 6 A moved nothing, and a living meter was lost for it."""
    changes = ((0, 19.4), (60, 7.4), (210, 8.5), (300, 4.5), (307, 23.1), (457, 4.1))
    plant = Household(
        house=steps(*changes),
        chargers=(Charger(car_a=car_a, delay_s=1, full_a=16, sensor=Sensor(every_s=1)),),
        meter=Meter(period_s=10),
        rated_a=20,
    ).plant()
    plant.run(3 * 3600)
    assert not [event for _, event in plant.events if event.type is EventType.METER_UNAVAILABLE]
