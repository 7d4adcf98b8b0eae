"""The core around a house whose meter rounds, is late, slow, or reports only what changes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_components.ev_lb.balancing.model import EventType, StopCharging
from custom_components.ev_lb.balancing.settings import UnavailableBehavior
from tests.explore import examples

from .builders import a_charger, settings
from .evenings import one_car
from .plant import NEVER, Charger, Meter, Plant, Span, promised_s, steady, steps, stops

TENTH_OF_A_KW_A = 100 / 230


def per_hour(plant: Plant, since: int) -> float:
    """Return how many commands there were an hour, from a second on."""
    return len(plant.commands(since=since)) * 3600 / (len(plant.log) - since)


# Rounding


@given(
    house_a=st.floats(0, 20),
    step_a=st.sampled_from((TENTH_OF_A_KW_A, 1.0, 0.1)),
    period_s=st.sampled_from((1, 5, 10, 30, 60)),
    rated_a=st.sampled_from((20, 25, 32)),
)
@examples(30)
def test_rounded_meter_in_a_steady_house_goes_silent(
    house_a: float, step_a: float, period_s: int, rated_a: int
) -> None:
    """Rounding is no reason to tell the car something again and again."""
    plant = one_car(steady(house_a), meter=Meter(period_s=period_s, step_a=step_a), rated_a=rated_a)
    plant.run(5400)
    assert per_hour(plant, since=1800) <= 24
    assert plant.drawn_a()[0] == 0 or plant.drawn_a()[0] >= rated_a - house_a - 2
    assert max(second.total_a[0] for second in plant.log) <= rated_a + 1


# Cars that take less, without sensors


@given(
    house_a=st.floats(0, 12),
    cap_a=st.sampled_from((6.0, 7.0, 10.0, 13.0)),
    period_s=st.sampled_from((1, 10, 30)),
)
@examples(25)
def test_car_that_takes_less_beside_another_costs_few_commands(
    house_a: float, cap_a: float, period_s: int
) -> None:
    """What goes back and forth between two cars comes to rest without a sensor, too."""
    plant = Plant(
        settings=settings(a_charger("a"), a_charger("b")),
        house=steady(house_a),
        chargers=[Charger(car_a=cap_a), Charger()],
        meter=Meter(period_s=period_s),
    )
    plant.run(5400)
    assert per_hour(plant, since=1800) <= 20
    assert plant.seconds_over() == []


@given(
    house_a=st.floats(0, 24),
    cap_a=st.sampled_from((0.0, 6.0, 7.0, 10.0, 13.0, 16.0)),
    period_s=st.sampled_from((1, 10, 30)),
)
@examples(25)
def test_car_that_takes_less_is_asked_rarely(house_a: float, cap_a: float, period_s: int) -> None:
    """Four questions an hour, and as many offers given back."""
    plant = one_car(steady(house_a), Charger(car_a=cap_a), Meter(period_s=period_s))
    plant.run(7200)
    assert per_hour(plant, since=3600) <= 12
    assert plant.seconds_over() == []


# Reports of changes alone


def on_change(frozen: Span = NEVER) -> Meter:
    """Return a meter that says what has changed, in steps of 0.1 kW."""
    return Meter(is_on_change=True, step_a=TENTH_OF_A_KW_A, frozen=frozen)


@pytest.mark.parametrize(
    ("house_a", "car_a", "max_a", "drawn_a"),
    [
        pytest.param(12.1, 80.0, 32, 19, id="a car that takes all"),
        pytest.param(12.1, 10.0, 32, 10, id="a car that takes less"),
        pytest.param(12.1, 7.0, 32, 7, id="a car that takes hardly more than its minimum"),
        pytest.param(12.1, 80.0, 9, 9, id="a charger with little to spare"),
    ],
)
def test_quiet_house_stops_no_car(house_a: float, car_a: float, max_a: int, drawn_a: int) -> None:
    """A meter that has nothing to say for two hours is not taken for a dead one."""
    plant = Plant(
        settings=settings(a_charger(max_a=max_a)),
        house=steady(house_a),
        chargers=[Charger(car_a=car_a)],
        meter=on_change(),
    )
    plant.run(7500)
    assert plant.events == []
    assert stops(plant.commands()) == 0
    assert plant.drawn_a()[0] >= drawn_a
    assert len(plant.sent) <= 48  # 24 questions, each by two commands


def test_car_at_its_minimum_is_stopped_to_ask_a_silent_meter() -> None:
    """It has no ampere to spare for a question; it charges again while it has starts to spend."""
    plant = one_car(steady(25.2), meter=on_change())
    plant.run(7200)
    assert stops(plant.commands()) <= 8
    assert sum(second.drawn_a[0] for second in plant.log) > 0.85 * 7200 * 6


def test_busy_meter_that_falls_silent_is_not_taken_for_dead() -> None:
    """After hours of changes each second it was regular; it stops the car once, not again."""

    def washing(second: int) -> float:
        return 10 + (second * 7 % 5 if second < 7200 else 0)

    plant = one_car(washing, meter=on_change())
    plant.run(7200 + 1800)
    assert stops(plant.commands(since=7190)) <= 1
    assert plant.drawn_a()[0] >= 20


@pytest.mark.parametrize("behavior", [UnavailableBehavior.STOP, UnavailableBehavior.SET_CURRENT])
@pytest.mark.parametrize("car_a", [80.0, 10.0])
def test_frozen_meter_that_reports_changes_is_noticed(
    car_a: float, behavior: UnavailableBehavior
) -> None:
    """A quarter of an hour after its last word, whatever was asked meanwhile."""
    house = steps((0, 2), (20, 3), (300, 2), (340, 4), (700, 2), (1460, 3), (1500, 26))
    plant = one_car(
        house,
        Charger(car_a=car_a),
        on_change(frozen=Span(begins=1495)),
        unavailable_behavior=behavior,
    )
    plant.run(3600)
    lost_at = [at for at, event in plant.events if event.type is EventType.METER_UNAVAILABLE]
    assert len(lost_at) == 1
    assert 1450 + 900 <= lost_at[0] <= 1495 + 900
    assert plant.drawn_a() == ((0,) if behavior is UnavailableBehavior.STOP else (6,))
    assert max(plant.seconds_over(), default=0) <= lost_at[0] + 3


def test_raise_is_seen_though_the_meter_reports_only_changes() -> None:
    """What the house gives up while a car starts is found (accident 8)."""
    plant = one_car(steps((0, 18), (3, 6)), Charger(delay_s=5), on_change())
    plant.run(600)
    assert plant.drawn_a()[0] >= 25


# Rhythm


@pytest.mark.parametrize("period_s", [1, 5, 10, 30, 60])
def test_frozen_meter_with_a_rhythm_is_noticed_soon(period_s: int) -> None:
    """Three periods and 5 s after its last word no car charges any more."""
    plant = one_car(
        steps((0, 2), (1010, 30)), meter=Meter(period_s=period_s, frozen=Span(begins=1000))
    )
    plant.run(1500)
    last = (999 // period_s) * period_s
    stopped_at = [at for at, command in plant.sent if command == StopCharging(charger_id="a")]
    assert stopped_at == [last + 3 * period_s + 5]


@pytest.mark.parametrize("period_s", [1, 10])
def test_hiccups_of_a_meter_stop_no_car(period_s: int) -> None:
    """A meter that misses one report every now and then is not gone."""

    class Hiccuping(Meter):
        """A meter that leaves out each fortieth report."""

        def step(self, second: int, current_a: tuple[float, ...]) -> tuple[float, ...] | None:
            """Take a sample, unless this is the one to miss."""
            is_missed = second // self.period_s % 40 == 39
            return None if is_missed else super().step(second, current_a)

    plant = one_car(steady(2), meter=Hiccuping(period_s=period_s))
    plant.run(7200)
    assert plant.events == []
    assert len(plant.sent) == 1


@pytest.mark.parametrize("period_s", [1, 2, 5])
def test_single_odd_readings_raise_nobody(period_s: int) -> None:
    """A house that falls away for one reading, again and again, costs no increase."""

    def gappy(second: int) -> float:
        return 2.0 if second % 60 == 0 and second > 400 else 14.0

    plant = one_car(gappy, meter=Meter(period_s=period_s))
    plant.run(2400)
    assert plant.commands(since=400) == []
    assert plant.seconds_over() == []


@given(
    period_s=st.sampled_from((1, 2, 5, 10, 30)),
    latency_s=st.integers(0, 2),
    rise_a=st.sampled_from((6, 10, 18)),
    delay_s=st.integers(0, 10),
    learned_s=st.integers(0, 900),
)
@examples(40)
def test_promise_holds_whatever_has_been_learned_of_the_meter(
    period_s: int, latency_s: int, rise_a: int, delay_s: int, learned_s: int
) -> None:
    """A rise is answered in time by a meter just met, and by one known for a quarter of an hour."""
    plant = one_car(
        steps((0, 8), (60 + learned_s, 8 + rise_a)),
        Charger(delay_s=delay_s),
        Meter(period_s=period_s, latency_s=latency_s),
    )
    plant.run(60 + learned_s + 200)
    over = plant.seconds_over(since=60 + learned_s)
    assert len(over) <= promised_s(plant.settings, plant.meter)
    assert plant.log[-1].total_a[0] <= 32
