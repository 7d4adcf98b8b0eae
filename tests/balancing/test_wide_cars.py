"""W5, W8 and W9: nothing is forgotten, late cars start, one broken charger holds no other."""

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from custom_components.ev_lb.balancing.model import EventType, StopCharging
from tests.explore import examples

from .plant import NEVER, Charger, Meter, Reset, Sensor, Span, steady, steps
from .wide import (
    CUT_OFF,
    DEAF,
    FAILING,
    OFFLINE,
    RAMP_UP_S,
    RESPONSE_S,
    SWALLOWING,
    Household,
    at_most_one,
    busy_houses,
    chargers_with,
    good_sensors,
    households,
    ratings_a,
    several,
    steady_houses,
    usual_meters,
)
from .wide_promises import besides_probes, longest_silence_s, short_of_share

pytestmark = pytest.mark.timeout(900)  # a counterexample is made small for five minutes


SETTLED_S = 1200
"""Within 20 minutes each car is at its fair share."""

HOUR_S = 3600

struck_chargers = at_most_one(DEAF, OFFLINE, FAILING, CUT_OFF, SWALLOWING)


@example(  # the house rose with the lost start and fell again, both for the charger's
    home=Household(
        house=steps((0, 0), (7, 7), (14, 21), (21, 0)),
        chargers=(Charger(delay_s=0, loses=(0,)),),
        rated_a=20,
    )
)
@example(  # and so at a meter that never showed a cut
    home=Household(
        house=steps((0, 0), (7, 7), (14, 20), (21, 0)),
        chargers=(Charger(delay_s=0, loses=(0,)),),
        meter=Meter(period_s=10),
        rated_a=20,
    )
)
@example(  # a house that had fed in rose, at a meter that never showed a cut
    home=Household(
        house=steps((0, -3), (7, 8)), chargers=(Charger(delay_s=0, loses=(0,)),), rated_a=20
    )
)
@example(  # it rose by as little as a charger can offer
    home=Household(
        house=steps((0, 0), (7, 6)), chargers=(Charger(delay_s=0, loses=(0,)),), rated_a=20
    )
)
@example(  # it rose once and for all, at a meter that then has nothing more to report
    home=Household(
        house=steps((0, 0), (31, 8)),
        chargers=(Charger(delay_s=0, loses=(0,)),),
        meter=Meter(is_on_change=True, step_a=0.1),
        rated_a=20,
    )
)
@given(
    home=households(
        st.one_of(steady_houses(), busy_houses(600, most_a=24)),
        several(struck_chargers, most=3),
        usual_meters,
        ratings_a,
    )
)
@examples(12)
def test_nothing_is_forgotten(home: Household) -> None:
    """After faults that end each car charges at its fair share within 20 minutes.

    Deaf, offline, failing, set to 0 or to its most by a power cut, one command swallowed. A charger
    that nobody tells anything for a while notices nothing of it: a swallowed command, too, is
    found out from then on.
    """
    plant = home.plant()
    plant.run_until(max(home.settles_at, 900) + SETTLED_S)
    assert short_of_share(plant, slack_a=home.meter.step_a / 2) == []


@pytest.mark.parametrize(
    "charger",
    [
        pytest.param(Charger(car_wants=NEVER), id="no car"),
        pytest.param(Charger(car_wants=NEVER, sensor=Sensor()), id="an idle car"),
        pytest.param(Charger(deaf=Span(begins=0)), id="deaf"),
        pytest.param(Charger(deaf=Span(begins=0), sensor=Sensor(every_s=5)), id="deaf, sensor"),
    ],
)
@pytest.mark.parametrize("period_s", [10, 60])
def test_charger_without_draw_is_told_again_each_hour(charger: Charger, period_s: int) -> None:
    """While nothing flows and a car may be there it is told again, once an hour at the least."""
    home = Household(house=steady(5), chargers=(charger,), meter=Meter(period_s=period_s))
    plant = home.plant()
    plant.run(4 * HOUR_S)
    assert longest_silence_s(plant, "a", since=0) <= HOUR_S + 60


# Late cars

sampling_sensors = st.one_of(
    st.none(),
    st.builds(
        Sensor,
        lag_s=st.sampled_from((0, 0, 1, 5, 30)),
        every_s=st.sampled_from((0, 1, 3, 5, 10, 30, 60)),
        has_status=st.booleans(),
    ),
)


@given(
    home=households(
        steady_houses(0, 18),
        several(
            chargers_with(
                car_wants=st.builds(Span, begins=st.integers(100, 2400)),
                contactor_s=st.sampled_from((0, 2, 10)),
                ramp_a=st.sampled_from((0.4, 1.3, 1000.0)),
                sensor=sampling_sensors,
            ),
            most=2,
        ),
        usual_meters,
    )
)
@example(  # another's cut hid that it had begun to draw, and its sensor is late
    home=Household(
        house=steady(143 / 10),
        chargers=(
            Charger(
                delay_s=0,
                call_s=0,
                full_a=32,
                car_wants=Span(begins=100),
                contactor_s=0,
                ramp_a=0.4,
                sensor=None,
            ),
            Charger(
                delay_s=0,
                call_s=0,
                full_a=32,
                car_wants=Span(begins=265),
                contactor_s=0,
                ramp_a=0.4,
                sensor=Sensor(lag_s=30, every_s=0, has_status=False),
            ),
        ),
        meter=Meter(period_s=1, latency_s=0),
        rated_a=32,
    )
)
@examples(10)
def test_car_that_is_plugged_in_late_is_not_stopped(home: Household) -> None:
    """It starts though its charger was told long ago, whatever its sensor's sampling."""
    assume(home.rated_a - home.house(0) >= 6 * len(home.chargers) + 1)
    plant = home.plant()
    plant.run_until(home.settles_at + 600)
    first = min(charger.car_wants.begins for charger in home.chargers)
    stops = [each for each in besides_probes(plant, first) if isinstance(each[1], StopCharging)]
    assert stops == []
    for index, charger in enumerate(home.chargers):
        come_at = charger.car_wants.begins
        if plant.log[come_at].told_a[index] > 0:
            assert plant.drawn_a(come_at + 60)[index] > 0


# One broken charger among others


@example(  # a raise within one period of a cut by as much: neither was seen for twenty minutes
    works_from=976,
    is_only_start_failing=False,
    fails_from=0,
    other=Charger(delay_s=0, full_a=32),
    house_a=5,
    rated_a=40,
    meter=Meter(period_s=60),
    is_last=False,
)
@given(
    works_from=st.integers(900, 1500),
    is_only_start_failing=st.booleans(),
    fails_from=st.sampled_from((0, 300)),
    other=chargers_with(sensor=good_sensors, full_a=st.just(32)),
    house_a=st.integers(0, 12),
    rated_a=ratings_a,
    meter=usual_meters,
    is_last=st.booleans(),
)
@examples(10)
def test_charger_whose_commands_fail_does_not_hold_the_others(
    works_from: int,
    is_only_start_failing: bool,
    fails_from: int,
    other: Charger,
    house_a: int,
    rated_a: int,
    meter: Meter,
    is_last: bool,
) -> None:
    """Others get its share after its window and one retry; it gets it back when it works.

    All but its minimum, which it may begin to draw at any time. Where it failed only after it had
    been charging it keeps what it draws: nobody can take it away. A meter of changes that has none
    to report is lost while nobody is above the minimum: it cannot be asked.
    """
    assume(rated_a - house_a >= 12)
    broken = Charger(
        failing=Span(begins=fails_from, ends=works_from),
        is_only_start_failing=is_only_start_failing,
    )
    chargers = (other, broken) if is_last else (broken, other)
    home = Household(house=steady(house_a), chargers=chargers, meter=meter, rated_a=rated_a)
    plant = home.plant()
    of_broken, of_other = (1, 0) if is_last else (0, 1)
    waits_s = RESPONSE_S + meter.late_s + 1 + RAMP_UP_S + 2 * meter.period_s + 2 * RESPONSE_S
    if fails_from == 0:
        plant.run(waits_s + 60)
        assert plant.drawn_a()[of_broken] == 0
        assert plant.drawn_a()[of_other] >= min(rated_a - house_a - 6 - 1, 32)
    plant.run_until(works_from + SETTLED_S)
    is_lost = any(event.type is EventType.METER_UNAVAILABLE for _, event in plant.events)
    assume(not (is_lost and meter.is_on_change))
    assert short_of_share(plant, slack_a=meter.step_a / 2) == []


@example(  # the meter's period was not known yet: a probe's cut was given up before it was read
    sensor=None,
    other=Charger(delay_s=0, full_a=32),
    house_a=2,
    rated_a=20,
    meter=Meter(period_s=60),
)
@given(
    sensor=good_sensors,
    other=chargers_with(sensor=good_sensors, full_a=st.just(32)),
    house_a=st.integers(0, 12),
    rated_a=ratings_a,
    meter=usual_meters,
)
@examples(10)
def test_charger_that_draws_nothing_does_not_hold_the_others(
    sensor: Sensor | None, other: Charger, house_a: int, rated_a: int, meter: Meter
) -> None:
    """An idle charger keeps its minimum and no more, and its share when the car wants it."""
    assume(rated_a - house_a >= 12)
    idle = Charger(car_wants=Span(begins=1200), sensor=sensor)
    home = Household(house=steady(house_a), chargers=(idle, other), meter=meter, rated_a=rated_a)
    plant = home.plant()
    plant.run(600)
    assert plant.drawn_a()[1] >= min(rated_a - house_a - 6 - 1, 32)
    plant.run_until(1200 + SETTLED_S)
    assert short_of_share(plant, slack_a=meter.step_a / 2) == []


@given(
    each_a=st.integers(8, 14),
    fall_a=st.integers(2, 20),
    count=st.integers(2, 3),
    rated_a=ratings_a,
    period_s=st.sampled_from((1, 5, 10)),
)
@examples(15)
def test_fall_of_the_house_is_shared_by_all(
    each_a: int, fall_a: int, count: int, rated_a: int, period_s: int
) -> None:
    """Two cars stayed at 29 A and 6 A for ever: the fall was about as large as one's draw.

    A car within 2 A of its minimum cannot be asked whether it draws.
    """
    assume(8 * count <= rated_a)
    house_a = max(rated_a - each_a * count, 0)
    plant = Household(
        house=steps((0, house_a), (600, max(house_a - fall_a, 0))),
        chargers=tuple(Charger() for _ in range(count)),
        meter=Meter(period_s=period_s),
        rated_a=rated_a,
    ).plant()
    plant.run(600 + SETTLED_S)
    assert short_of_share(plant, slack_a=0) == []


@given(
    draws_a=st.integers(6, 11),
    more_a=st.integers(-1, 1),
    free_a=st.integers(4, 8),
    period_s=st.sampled_from((1, 5)),
    is_lost=st.booleans(),
)
@examples(20)
def test_fall_as_large_as_a_cars_draw_costs_it_no_minute(
    draws_a: int, more_a: int, free_a: int, period_s: int, *, is_lost: bool
) -> None:
    """The house may have fallen, or the car stopped: what fits beside both is given at once.

    A car at its minimum stood there for 90 s, for no cut can ask it.
    """
    rated_a, rose_at, fell_at = 32, 900, 920
    before_a = rated_a - draws_a
    between_a = before_a - free_a
    after_a = between_a - (0 if is_lost else draws_a + more_a)
    plant = Household(
        house=steps((0, 2), (rose_at, before_a), (fell_at - 5, between_a), (fell_at, after_a)),
        chargers=(
            Charger(resets=(Reset(at=fell_at, current_a=draws_a, is_off=True),) if is_lost else ()),
        ),
        meter=Meter(period_s=period_s),
        rated_a=rated_a,
    ).plant()
    plant.run(fell_at + 600)
    assert plant.seconds_over(since=fell_at) == []
    # Once the hold is over: two readings, a probe and its answer, and the raise.
    waits_s = RAMP_UP_S + 3 * period_s + 3 * RESPONSE_S
    drawn_a = plant.log[int(fell_at + waits_s)].drawn_a[0]
    assert drawn_a >= draws_a + free_a - 1 or is_lost


def test_house_that_rose_with_a_lost_start_is_found_out() -> None:
    """The car stood at 0 A for ever: what had risen was the house, and no probe went below it."""
    plant = Household(
        house=steps((0, 2), (300, 30), (400, 9), (445, 17)),
        chargers=(Charger(delay_s=4, deaf=Span(begins=405, ends=480)),),
        meter=Meter(period_s=10),
        rated_a=25,
    ).plant()
    plant.run(445 + SETTLED_S)
    assert plant.drawn_a()[0] > 0


@pytest.mark.parametrize("period_s", [1, 10])
def test_car_that_charged_before_the_first_command_does_not_hold_the_others(period_s: int) -> None:
    """It was house and car at once for three minutes: its sensor said nothing new."""
    plant = Household(
        house=steady(1),
        chargers=(
            Charger(begins_a=6.0, full_a=16, car_a=6.0, sensor=Sensor(every_s=1)),
            Charger(full_a=16, sensor=Sensor(every_s=1)),
        ),
        meter=Meter(period_s=period_s),
        rated_a=16,
    ).plant()
    plant.run(90 + RAMP_UP_S + 30)
    assert plant.drawn_a()[1] >= 6


@example(car_a=6.0, delay_s=0, period_s=1, stands_s=300, over_a=8)
@given(
    car_a=st.sampled_from((6.0, 8.0, 10.0)),
    delay_s=st.integers(0, 5),
    period_s=st.sampled_from((1, 5)),
    stands_s=st.integers(130, 400),
    over_a=st.integers(2, 9),
)
@examples(10)
def test_cut_that_moves_nothing_teaches_no_delay(
    car_a: float, delay_s: int, period_s: int, stands_s: int, over_a: int
) -> None:
    """The house fell minutes later: the meter was taken for as late, and the next overload stood.

    The car's own sensor shows that it draws no more than it is cut to.
    """
    again_at = 60 + stands_s + 200
    plant = Household(
        house=steps((0, 11.5), (60, 25.9), (60 + stands_s, 10), (again_at, 26 + over_a)),
        chargers=(Charger(delay_s=delay_s, car_a=car_a, full_a=16, sensor=Sensor(every_s=1)),),
        meter=Meter(period_s=period_s),
        rated_a=32,
    ).plant()
    plant.run(again_at + 300)
    assert plant.view.meter_delay_s <= delay_s + 2 * period_s + 2
    over = [at for at in plant.seconds_over(since=again_at) if plant.log[at].drawn_a[0] > 0]
    # The steps down that what it was told needs, each with its window.
    assert len(over) <= 4 * (RESPONSE_S + period_s + 2)
