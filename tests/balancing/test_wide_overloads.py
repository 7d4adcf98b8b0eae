"""W3 and W7: no overload is unanswered, and the right one is blamed."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from custom_components.ev_lb.balancing.model import EventType, StartCharging, StopCharging
from tests.explore import examples

from .plant import NEVER, Charger, Meter, Reset, Sensor, Span, starts, steady, steps
from .promises import is_told_apart
from .wide import (
    ALWAYS_DEAF,
    CUT_OFF,
    DEAF,
    FAILING,
    FULL_AT_STARTS,
    IGNORING,
    LOSING,
    OFFLINE,
    RESPONSE_S,
    SENSED,
    SLOW_TO_STOP,
    Household,
    at_most_one,
    busy_houses,
    chargers_with,
    draw_sensors,
    good_sensors,
    households,
    prompt_meters,
    several,
    true_sensors,
)
from .wide_promises import (
    accusations,
    accused,
    blamed_in_vain,
    exceeding_starts,
    stopped,
    unanswered,
)

pytestmark = pytest.mark.timeout(900)  # a counterexample is made small for five minutes


bad_chargers = at_most_one(
    SENSED, DEAF, ALWAYS_DEAF, OFFLINE, FAILING, CUT_OFF, LOSING, SLOW_TO_STOP, FULL_AT_STARTS,
    IGNORING,
)  # fmt: skip


@example(  # its draw sensor alone was believed, stuck at 0: it was told each quarter of an hour
    home=Household(
        house=steps((0, 0), (400, 1)),
        chargers=(
            Charger(
                delay_s=0,
                deaf=Span(begins=2),
                sensor=Sensor(has_status=False, stuck=Span(begins=100), stuck_a=0.0),
            ),
        ),
        meter=Meter(),
        rated_a=20,
    )
)
@given(home=households(busy_houses(1500), several(bad_chargers), prompt_meters))
@examples(15)
def test_no_overload_is_unanswered(home: Household) -> None:
    """While a phase is over, each charger that draws on it is told again once a minute.

    Whatever is believed of it: deaf, failing, after a power cut, with a sensor that is stuck.
    The overload is the one that the meter shows: a late meter's own lateness is not counted.
    """
    plant = home.plant()
    plant.run(1500)
    assert unanswered(plant) == []


# The accidents of which this promise was made


def test_deaf_charger_with_a_sensor_of_changes_has_no_other_blamed() -> None:
    """39.7 A stood on 35 A for 6 minutes and on: the fall of the other acquitted the deaf one."""
    plant = Household(
        house=steps((0, 0), (600, 18.7)),
        chargers=(
            Charger(deaf=Span(begins=500, ends=1000), sensor=Sensor(has_status=False)),
            Charger(sensor=Sensor(has_status=False)),
        ),
        rated_a=35,
    ).plant()
    plant.run(1300)
    assert unanswered(plant) == []
    assert set(accused(plant)) == {"a"}
    assert plant.seconds_over(since=1000 + 60 + RESPONSE_S) == []


def test_deaf_charger_is_told_on_though_the_meter_reports_only_changes() -> None:
    """Told 7 A once and then nothing, 28.4 A stood on 25 A: the meter had no more to say."""
    plant = Household(
        house=steps((0, 3.4), (600, 17.4)),
        chargers=(Charger(full_a=11.0, deaf=Span(begins=300)),),
        meter=Meter(is_on_change=True, step_a=0.1),
    ).plant()
    plant.run(1500)
    assert unanswered(plant) == []
    assert stopped(plant, 600, until=600 + 4 * RESPONSE_S) != []


@pytest.mark.parametrize("sensor", [None, Sensor(has_current=False)], ids=["none", "status"])
@pytest.mark.parametrize("period_s", [1, 5, 30])
def test_charger_that_starts_by_itself_is_stopped(sensor: Sensor | None, period_s: int) -> None:
    """The power is back, or a car was plugged in: 38 A stood on 25 A for 15 minutes."""
    plant = Household(
        house=steady(22),
        chargers=(Charger(full_a=16.0, resets=(Reset(at=600, current_a=16.0),), sensor=sensor),),
        meter=Meter(period_s=period_s),
    ).plant()
    plant.run(1500)
    assert unanswered(plant) == []
    assert plant.seconds_over(since=600 + period_s + 3 * RESPONSE_S) == []


@pytest.mark.parametrize("deaf", [Span(begins=0, ends=10), Span(begins=0)], ids=["once", "ever"])
def test_swallowed_first_command_is_repeated(deaf: Span) -> None:
    """The first command of a run, a stop without a sensor, was not repeated for 200 s.

    Nobody is blamed for it: that the charger draws at all was never seen.
    """
    plant = Household(
        house=steady(20),
        chargers=(Charger(begins_a=16.0, full_a=16.0, deaf=deaf),),
    ).plant()
    plant.run(300)
    repeated = [at for at, command in plant.sent if isinstance(command, StopCharging)]
    assert 0 < repeated[1] - repeated[0] <= 2 * RESPONSE_S
    assert unanswered(plant) == []


def test_sensor_that_repeats_its_value_does_not_delay_the_repeated_stop() -> None:
    """A charger that was charging before its first command was told again after 90 s."""
    plant = Household(
        house=steady(20),
        chargers=(Charger(begins_a=16.0, full_a=16.0, loses=(0,), sensor=Sensor(every_s=5)),),
    ).plant()
    plant.run(300)
    repeated = [at for at, command in plant.sent if isinstance(command, StopCharging)]
    assert 0 < repeated[1] - repeated[0] <= 2 * RESPONSE_S
    assert plant.seconds_over(since=repeated[1] + RESPONSE_S) == []


# Who is blamed

obedient_chargers = chargers_with(delay_s=st.integers(0, 8), sensor=good_sensors)


@st.composite
def one_deaf_of_several(draw: st.DrawFn, sensors: st.SearchStrategy[Sensor | None]) -> Household:
    """Return a house that rises once over its breaker beside a charger that is deaf by then."""
    deaf = draw(chargers_with(deaf=st.just(Span(begins=500)), sensor=sensors))
    others = draw(
        several(chargers_with(delay_s=st.integers(0, 8), sensor=sensors), least=0, most=3)
    )
    rated_a = draw(st.sampled_from((25, 32, 40)))
    # So that the deaf one charges, and is over the breaker alone when the others have stopped.
    low_a = draw(st.integers(0, rated_a - 6 * (1 + len(others))))
    return Household(
        house=steps((0, low_a), (600, draw(st.integers(rated_a - 3, rated_a + 5)))),
        chargers=(deaf, *others),
        meter=draw(prompt_meters),
        rated_a=rated_a,
    )


@example(  # the other's status alone does not tell how much of the fall was its
    home=Household(
        house=steps((0, 0), (600, 22)),
        chargers=(
            Charger(delay_s=0, full_a=32, deaf=Span(begins=500), sensor=Sensor(every_s=0)),
            Charger(delay_s=0, full_a=32, sensor=Sensor(has_current=False)),
        ),
        meter=Meter(),
        rated_a=25,
    )
)
@given(home=st.one_of(one_deaf_of_several(true_sensors), one_deaf_of_several(st.none())))
@examples(10)
def test_the_right_one_is_blamed(home: Household) -> None:
    """A deaf charger is reported within 5 minutes, and none that obeys: its draw was seen.

    Without sensors only where no others draw as much: the meter cannot tell them apart.
    """
    plant = home.plant()
    plant.run(600)
    deaf_a, *others_a = plant.drawn_a()
    has_sensors = home.chargers[0].sensor is not None
    is_reported = deaf_a > 0 and (has_sensors or is_told_apart(deaf_a, others_a))
    plant.run(300)
    assert set(accused(plant)) <= {"a"}
    if is_reported:
        assert accused(plant) == ["a"]


@example(  # it rose beside two starts, and fell beside their stops
    home=Household(
        house=steps((0, 0), (7, 15), (14, 0), (45, 14), (52, 1), (1252, 0)),
        chargers=(Charger(delay_s=0),),
        meter=Meter(latency_s=4),
        rated_a=20,
    )
)
@given(home=households(busy_houses(1800), several(obedient_chargers), prompt_meters))
@examples(10)
def test_nobody_that_obeys_is_blamed(home: Household) -> None:
    """A house over its limit is nobody's fault, and no charger is called unresponsive for it.

    Unless it rises in the very moment in which a stop should show, by about as much.
    """
    plant = home.plant()
    plant.run(1800)
    assert blamed_in_vain(plant) == []


@example(  # it had come down to its command before it was stopped
    car=Charger(delay_s=0, full_after_start_s=20), meter=Meter(latency_s=20), house_a=10
)
@given(
    car=st.one_of(
        chargers_with(
            **FULL_AT_STARTS, full_a=st.just(32), sensor=st.one_of(st.none(), draw_sensors)
        ),
        chargers_with(
            ignored_a=st.just(tuple(range(7, 30))),
            full_a=st.just(32),
            sensor=st.one_of(st.none(), draw_sensors),
        ),
    ),
    meter=prompt_meters,
    house_a=st.integers(10, 17),
)
@examples(10)
def test_charger_that_exceeds_its_command_at_each_start_is_reported(
    car: Charger, meter: Meter, house_a: int
) -> None:
    """The second time it is reported, and after that it is tried at its minimum.

    Its evidence needs its window: the command must have had its time, and the meter.
    """
    plant = Household(house=steady(house_a), chargers=(car,), meter=meter).plant()
    plant.run(3600)
    exceeded = exceeding_starts(plant)
    if len(exceeded) < 2:
        return
    reported_at = [at for at, _ in accusations(plant)]
    assert reported_at
    assert reported_at[0] <= exceeded[1] + 20 + 3 * RESPONSE_S + 3 * meter.late_s
    tried_a = [
        command.current_a
        for at, command in plant.sent
        if at > reported_at[0] and isinstance(command, StartCharging)
    ]
    assert tried_a[:1] in ([], [6])


@pytest.mark.parametrize("killed_after_s", [1, 2, 4])
@pytest.mark.parametrize("sensor", [None, Sensor()], ids=["none", "sensor"])
def test_stop_that_is_followed_while_nobody_is_there_is_no_disobedience(
    sensor: Sensor | None, killed_after_s: int
) -> None:
    """Home Assistant was killed just after the stop: the meter fell meanwhile."""
    plant = Household(
        house=steps((0, 5), (1000, 28)),
        chargers=(Charger(delay_s=4, full_a=16.0, sensor=sensor),),
        meter=Meter(period_s=1),
    ).plant()
    plant.run(1000 + killed_after_s)
    plant.restart(30)
    plant.run(300)
    assert accusations(plant) == []


@pytest.mark.parametrize("on_s", [40, 60])
def test_hob_that_cycles_is_not_taken_for_a_start_that_exceeds(on_s: int) -> None:
    """It came on 20 s after each start, and went off soon after each stop."""
    changes = [(0, 2.8)]
    for at in range(600, 3000, 110):
        changes += [(at, 14.1), (at + on_s, 2.8)]
    plant = Household(
        house=steps(*changes), chargers=(Charger(),), meter=Meter(period_s=10), rated_a=20
    ).plant()
    plant.run(3600)
    assert accusations(plant) == []
    assert starts(plant.commands()) > 3


@pytest.mark.parametrize("every_s", [0, 10])
def test_charger_whose_sensor_and_status_show_no_car_is_never_blamed(every_s: int) -> None:
    """The house rose by what it was told just after it was told so."""
    plant = Household(
        house=steps((0, 17.5), (20, 45), (58, 3), (100, 42.6)),
        chargers=(Charger(car_wants=NEVER, full_a=16, sensor=Sensor(every_s=every_s)),),
        meter=Meter(),
        rated_a=40,
    ).plant()
    plant.run(600)
    kinds = {event.type for _, event in plant.events}
    assert EventType.CHARGER_UNRESPONSIVE not in kinds
