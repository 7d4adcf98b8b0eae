"""W1 and W2: nothing hunts, and contactors are spared, whatever the plant."""

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from custom_components.ev_lb.balancing.model import EventType, StartCharging, StopCharging
from tests.explore import examples

from .plant import Charger, Meter, Sensor, Span, steady, steps
from .wide import (
    RAMP_UP_S,
    RESPONSE_S,
    Household,
    busy_houses,
    chargers_with,
    good_sensors,
    households,
    humble_chargers,
    pulsing_houses,
    rebooting_meters,
    several,
    steady_houses,
    true_meters,
    usual_meters,
)
from .wide_promises import besides_probes, busiest_hour, over_beyond_rounding, overspent, stopped

pytestmark = pytest.mark.timeout(900)  # a counterexample is made small for five minutes


SETTLED_S = 1200
HOUR_S = 3600
MOST_COMMANDS = 6
MOST_PROBES = 4


@example(  # the sensor was a minute and a half ahead of the meter
    home=Household(
        house=steady(7.3),
        chargers=(Charger(delay_s=0, sensor=Sensor()),),
        meter=Meter(latency_s=90),
        rated_a=20,
    )
)
@example(  # it was some seconds ahead of it while a slow car climbed
    home=Household(
        house=steady(2.3),
        chargers=(Charger(delay_s=0, ramp_a=0.2, sensor=Sensor()),),
        meter=Meter(latency_s=7),
        rated_a=20,
    )
)
@example(  # two cars were asked by a silent meter together
    home=Household(
        house=steady(0),
        chargers=(Charger(delay_s=0), Charger(delay_s=2)),
        meter=Meter(latency_s=11, step_a=0.1, is_on_change=True),
        rated_a=20,
    )
)
@example(  # one that rounds down drew less when it was asked, and the other took that
    home=Household(
        house=steady(0.1),
        chargers=(Charger(delay_s=0, step_a=2), Charger(delay_s=0)),
        meter=Meter(step_a=0.1, is_on_change=True),
        rated_a=20,
    )
)
@example(  # an ampere given back taught that the meter averages over nothing
    home=Household(
        house=steady(0),
        chargers=(Charger(delay_s=0),),
        meter=Meter(mean_s=30, step_a=0.1, is_on_change=True),
        rated_a=20,
    )
)
@example(  # what a probe took was given back in two steps
    home=Household(
        house=steady(0),
        chargers=(Charger(delay_s=0),),
        meter=Meter(mean_s=10, step_a=0.5, is_on_change=True),
        rated_a=20,
    )
)
@example(  # a charger in steps of 4 A passed for one that draws what its probe had shown
    home=Household(
        house=steady(11.3), chargers=(Charger(delay_s=0, step_a=4),), meter=Meter(), rated_a=25
    )
)
@example(  # small cuts taught nothing of a late meter: each was taken for one without effect
    home=Household(
        house=steady(175 / 10),
        chargers=(Charger(delay_s=0, full_a=32, ramp_a=0.2, sensor=Sensor()),),
        meter=Meter(latency_s=34, step_a=1.0),
        rated_a=25,
    )
)
@example(  # not quite half of a cut had shown when the meter was taken to have had its time
    home=Household(
        house=steady(0),
        chargers=(Charger(delay_s=0),),
        meter=Meter(latency_s=14, mean_s=10, step_a=0.1, is_on_change=True),
        rated_a=20,
    )
)
@example(  # a sensor stuck at 0, cuts of an ampere that told nothing, and waits as of a quick meter
    home=Household(
        house=steady(0.1),
        chargers=(
            Charger(
                delay_s=0,
                call_s=3,
                full_a=20,
                sensor=Sensor(every_s=5, stuck=Span(begins=600), stuck_a=0.0),
            ),
        ),
        meter=Meter(latency_s=12, mean_s=60, step_a=0.1),
        rated_a=40,
    )
)
@example(  # a raise "confirmed" before its call was delivered taught that the meter is not late
    home=Household(
        house=steady(5.1),
        chargers=(
            Charger(delay_s=0),
            Charger(delay_s=4, sensor=Sensor(lag_s=28, has_current=False)),
        ),
        meter=Meter(latency_s=29, step_a=0.1, is_on_change=True),
        rated_a=20,
    )
)
@given(home=households(steady_houses(), several(humble_chargers, most=3), true_meters))
@examples(6)
def test_steady_house_is_left_in_peace(home: Household) -> None:
    """Nothing hunts: after 20 minutes at most 6 commands an hour, and no overload of our doing.

    However late, slow or round the meter is, whatever the sensors say, however the cars ramp up.
    What only asks something is not counted here: it is four times an hour for each charger at
    most: a cut, a deeper one where a silent meter does not answer, and what takes them back.
    Nor is a stop that is said again while the house alone is over its limit. A meter of changes
    that has none to report is lost while nobody is above the minimum: it cannot be asked. And where
    a charger rounds to several amperes, or such a meter averages, each question to it may lead to a
    raise too many, its cut and the raise to what fits.
    """
    plant = home.plant()
    since = home.settles_at + SETTLED_S
    plant.run_until(since + HOUR_S)
    is_lost = any(event.type is EventType.METER_UNAVAILABLE for _, event in plant.events)
    assume(not (is_lost and home.meter.is_on_change))
    assert over_beyond_rounding(plant, since) == []
    sent = besides_probes(plant, since)
    if plant.log[-1].house_a[0] > home.rated_a:
        sent = [each for each in sent if not isinstance(each[1], StopCharging)]
    is_vague = home.meter.mean_s > 0 or any(each.step_a > 1 for each in home.chargers)
    more = 1 if home.meter.is_on_change and is_vague else 0
    assert busiest_hour(sent) <= MOST_COMMANDS + 3 * MOST_PROBES * more
    probes = [each for each in plant.probes if each[0] >= since]
    assert busiest_hour(probes) <= (3 + more) * MOST_PROBES * len(home.chargers)


@given(
    home=households(
        st.one_of(busy_houses(7200), pulsing_houses(7200)),
        several(chargers_with(sensor=good_sensors), most=2),
        st.one_of(usual_meters, rebooting_meters),
    )
)
@examples(3)
def test_contactors_are_spared(home: Household) -> None:
    """Six starts, then four an hour, whatever the house and the meter do."""
    plant = home.plant()
    plant.run(7200)
    assert [found for charger_id in plant.ids for found in overspent(plant, charger_id)] == []


@given(
    car=chargers_with(sensor=good_sensors),
    meter=usual_meters,
    low_a=st.integers(0, 14),
    pauses_s=st.lists(st.integers(5, 300), min_size=1, max_size=5),
)
@examples(10)
def test_start_within_the_budget_waits_for_the_ramp_up_time_alone(
    car: Charger, meter: Meter, low_a: int, pauses_s: list[int]
) -> None:
    """After each of up to five overloads the car charges again when the ramp-up time is over.

    It begins when the minimum is seen to be free: when the house has fallen and the stop is
    shown. A start asks for two readings, or for one that has stood for 10 s.
    """
    at, changes = 300, [(0, low_a)]
    for pause_s in pauses_s:
        changes += [(at, 30), (at + pause_s, low_a)]
        at += pause_s + 300
    home = Household(house=steps(*changes), chargers=(car,), meter=meter)
    plant = home.plant()
    plant.run_until(at)
    confirmed_s = 10 if meter.is_on_change else meter.period_s
    for fall, _ in changes[2::2]:
        told = [command for told_at, command in plant.sent if told_at < fall + RESPONSE_S]
        if not isinstance(told[-1], StopCharging):
            continue  # the peak fell between two samples
        free_at = max(fall, *stopped(plant, 0, until=fall + RESPONSE_S)) + RESPONSE_S
        due = free_at + meter.late_s + RAMP_UP_S + confirmed_s
        started = [
            at
            for at, command in plant.sent
            if isinstance(command, StartCharging) and fall < at <= due
        ]
        assert started, f"{fall} s: not started until {due} s"


@pytest.mark.parametrize("count", [2, 4])
def test_cars_that_were_asked_by_a_silent_meter_are_not_told_again_each_time(count: int) -> None:
    """Eight commands an hour and more came after the questions to a meter of changes."""
    plant = Household(
        house=steps((0, 2)),
        chargers=tuple(Charger() for _ in range(count)),
        meter=Meter(is_on_change=True, step_a=0.5),
        rated_a=40,
    ).plant()
    plant.run(SETTLED_S + HOUR_S)
    assert busiest_hour(besides_probes(plant, SETTLED_S)) <= MOST_COMMANDS
