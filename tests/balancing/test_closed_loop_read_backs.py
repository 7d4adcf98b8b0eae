"""Chargers whose own numbers say what they have taken: late, wrong, turned by a person, reset."""

from dataclasses import replace

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from custom_components.ev_lb.balancing.model import EventType, LimitedBy, ReadBack
from tests.explore import examples

from .builders import a_charger, settings
from .evenings import evenings, one_car
from .plant import (
    Charger,
    Meter,
    Number,
    Plant,
    Reset,
    Turn,
    promised_s,
    steady,
    steps,
)
from .promises import overstayed
from .wide import (
    ALWAYS_DEAF,
    CAPPED,
    COARSELY_NUMBERED,
    DEAF,
    FAILING,
    LOSING,
    NUMBERED,
    RESET,
    SENSED,
    SLOW_TO_STOP,
    Household,
    any_numbers,
    at_most_one,
    busy_houses,
    chargers_with,
    households,
    lying_numbers,
    prompt_meters,
    several,
    steady_houses,
    true_numbers,
    usual_meters,
)
from .wide_promises import accused, besides_probes, busiest_hour, unanswered

pytestmark = pytest.mark.timeout(900)  # a counterexample is made small for five minutes

SETTLED_S = 1200
HOUR_S = 3600
MORE_COMMANDS = 6
MOST_TOLD, MOST_LIMITS = 4, 4
"""In an hour."""


# Whatever they say


def test_person_who_goes_up_and_down_each_second_is_kept_down() -> None:
    """A car that is never seen at one current hides the house, and wears its contactor out."""
    says = tuple(ReadBack(at=0, current_a=each_a, is_by_hand=True) for each_a in (0, 10))
    plant = one_car(
        steps((0, 0), (42, 19)), Charger(number=Number(every_s=1, says=says)), Meter(period_s=30)
    )
    plant.run(1200)
    assert [over for over in plant.seconds_over() if over > 42 + 30 + 30] == []
    assert len(plant.sent) < 20


@given(site=evenings(numbers=any_numbers))
@examples(60)
def test_cars_hold_the_breaker_over_no_longer_than_promised(site: tuple[Plant, int]) -> None:
    """At most one meter period and three response times, whatever the numbers say."""
    plant, last_change = site
    plant.run(last_change + 600)
    assert overstayed(plant, promised_s(plant.settings, plant.meter)) == []


@given(
    home=households(
        busy_houses(1500),
        several(
            st.one_of(
                chargers_with(number=any_numbers),
                *(
                    chargers_with(**{**fault, "number": any_numbers})
                    for fault in (SENSED, DEAF, ALWAYS_DEAF, LOSING, SLOW_TO_STOP, FAILING)
                ),
            ),
            most=3,
        ),
        prompt_meters,
    )
)
@examples(12)
def test_no_overload_is_unanswered(home: Household) -> None:
    """While a phase is over, each charger that draws on it is told again once a minute.

    Whatever its number says of it.
    """
    plant = home.plant()
    plant.run(1500)
    assert unanswered(plant) == []


def more_commands(home: Household) -> int:
    """Return how many more commands the busiest hour has than without numbers."""
    counts = list[int]()
    for chargers in (home.chargers, tuple(replace(each, number=None) for each in home.chargers)):
        plant = replace(home, chargers=chargers).plant()
        plant.run_until(SETTLED_S + HOUR_S)
        is_lost = any(event.type is EventType.METER_UNAVAILABLE for _, event in plant.events)
        assume(not (is_lost and home.meter.is_on_change))
        counts.append(busiest_hour(besides_probes(plant, SETTLED_S)))
    return counts[0] - counts[1]


@example(  # what a charger that showed its reset did not draw passed for room
    home=Household(
        house=steady(9),
        chargers=(
            Charger(delay_s=0),
            Charger(
                delay_s=6,
                resets=(Reset(at=1186, current_a=0.0),),
                number=Number(every_s=5, has_pause=True),
            ),
        ),
        meter=Meter(period_s=5, latency_s=1),
        rated_a=25,
    )
)
@given(
    home=households(
        steady_houses(), several(at_most_one(CAPPED, COARSELY_NUMBERED, NUMBERED, RESET), most=2)
    )
)
@examples(6)
def test_steady_house_is_left_in_peace(home: Household) -> None:
    """Read-backs cost six commands an hour at the most, from twenty minutes on.

    A meter of changes that has none to report is lost while nobody is above the minimum.
    """
    assert more_commands(home) <= MORE_COMMANDS


@example(  # 0, its most and a limit in turn
    home=Household(
        house=steady(0),
        chargers=(
            Charger(
                delay_s=0,
                full_a=16,
                number=Number(
                    every_s=100, says=tuple(ReadBack(at=0, current_a=each) for each in (0, 16, 10))
                ),
            ),
        ),
        meter=Meter(is_on_change=True, step_a=0.1),
        rated_a=20,
    )
)
@example(  # a ceiling, a reset and a limit in turn: told again, and let go, as often as can be
    home=Household(
        house=steady(0),
        chargers=(
            Charger(
                delay_s=0,
                full_a=32,
                number=Number(
                    every_s=100, says=tuple(ReadBack(at=0, current_a=each) for each in (10, 0, 6))
                ),
            ),
        ),
        meter=Meter(is_on_change=True, step_a=0.1),
        rated_a=20,
    )
)
@given(
    home=households(
        steady_houses(0, 14),
        several(chargers_with(number=lying_numbers(st.just(False))), most=2),
    )
)
@examples(6)
def test_lies_cost_few_commands(home: Household) -> None:
    """Who says now this, now that, though nobody has set it, is not written each second.

    It is told again four times an hour. And each limit that it seems to set and to let go is a cut,
    a raise, and a cut to what it then takes: after 5, 10 and 20 minutes.
    """
    assert more_commands(home) <= (MOST_TOLD + 3 * MOST_LIMITS) * len(home.chargers)


# A charger that takes no more


def capped(takes_a: float = 10, *, number: Number | None = None) -> Charger:
    """Return a charger that takes no more than this, as its number shows."""
    return Charger(takes_a=takes_a, number=number or Number(every_s=10))


def test_capped_charger_is_tried_again_each_hour() -> None:
    """More often it would disturb the others, who get its share meanwhile."""
    plant = Plant(
        settings=settings(a_charger("a"), a_charger("b")),
        house=steady(0),
        chargers=[capped(), Charger()],
    )
    plant.run(4 * HOUR_S)
    told = [(at, command.current_a) for at, command in plant.sent if command.charger_id == "a"]
    found = [at for at, current_a in told if current_a == 10]
    tried = [
        min(at for at, current_a in told if at > each and current_a > 10) for each in found[:3]
    ]
    waits_s = [tried_at - found_at for tried_at, found_at in zip(tried, found, strict=False)]
    assert waits_s == pytest.approx([3600, 3600, 3600], abs=60)
    assert plant.drawn_a() == (10, 22)
    assert plant.view.chargers["a"].limited_by is LimitedBy.CHARGER_CEILING


@pytest.mark.parametrize("takes_a", [6, 8, 10, 13])
@pytest.mark.parametrize(
    "number",
    [
        pytest.param(Number(every_s=10), id="each 10 s"),
        pytest.param(Number(every_s=90, lag_s=60), id="a slow cloud"),
        pytest.param(Number(every_s=30, is_optimistic=True), id="optimistic at first"),
    ],
)
def test_capped_charger_is_found_out(takes_a: int, number: Number) -> None:
    """However its number says it."""
    plant = one_car(steady(10), replace(capped(takes_a), number=replace(number)))
    plant.run(300)
    assert plant.view.chargers["a"].charger_ceiling_a == takes_a
    assert plant.view.chargers["a"].manual_limit_a is None


# A power cut


@given(
    home=households(
        steady_houses(0, 14),
        several(chargers_with(**RESET), most=2),
        usual_meters,
        st.sampled_from((32, 40)),
    )
)
@examples(10)
def test_car_charges_again_within_20_minutes_of_a_reset(home: Household) -> None:
    """Whatever the charger was reset to, and however late its number says so."""
    plant = home.plant()
    plant.run_until(home.settles_at + SETTLED_S)
    assert all(drawn_a > 0 for drawn_a in plant.drawn_a())


@pytest.mark.parametrize(
    "reset",
    [
        pytest.param(Reset(at=600, current_a=0), id="to 0 A"),
        pytest.param(Reset(at=600, current_a=16, is_off=True), id="off"),
    ],
)
def test_reset_charger_is_started_within_seconds(reset: Reset) -> None:
    """Its number says it before the meter has shown it."""
    charger = Charger(resets=(reset,), number=Number())
    plant = one_car(steady(10), charger, Meter(period_s=30))
    plant.run(610)
    assert plant.drawn_a() == (22,)


def test_charger_that_offers_its_most_after_a_power_cut_is_told_at_once() -> None:
    """Before the meter has shown it."""
    charger = Charger(resets=(Reset(at=630, current_a=32),), number=Number())
    plant = one_car(steady(20), charger, Meter(period_s=60))
    plant.run(640)
    assert plant.drawn_a() == (12,)


# A person


@given(
    at=st.integers(600, 900),
    current_a=st.integers(6, 14),
    number=true_numbers,
    house=st.lists(st.tuples(st.integers(901, 2000), st.integers(0, 14)), max_size=4),
    meter=usual_meters,
)
@examples(15)
def test_current_of_a_person_is_never_exceeded(
    at: int, current_a: int, number: Number, house: list[tuple[int, int]], meter: Meter
) -> None:
    """From the moment it is known on, while the car is there."""
    charger = Charger(turns=(Turn(at=at, current_a=current_a, is_by_hand=True),), number=number)
    plant = one_car(steps((0, 5), *sorted(house)), charger, meter)
    plant.run(at + 30)
    before_a = plant.log[at - 1].told_a[0]
    assume(before_a > current_a)
    plant.run(1500)
    assert plant.view.chargers["a"].manual_limit_a == current_a
    assert max(second.told_a[0] for second in plant.log[at + 1 :]) <= current_a
    assert max(second.drawn_a[0] for second in plant.log[at + 30 :]) <= current_a


@given(
    at=st.integers(600, 900),
    again_s=st.integers(60, 600),
    current_a=st.sampled_from((20.0, 24.0, 32.0)),
    is_by_hand=st.booleans(),
    every_s=st.sampled_from((0, 5)),
    house_a=st.integers(15, 24),
)
@examples(15)
def test_person_who_turns_it_up_overloads_nothing_for_long(
    at: int, again_s: int, current_a: float, every_s: int, house_a: int, *, is_by_hand: bool
) -> None:
    """The charger is told ours before the meter has shown it, and nobody is blamed."""
    turns = tuple(
        Turn(at=each, current_a=current_a, is_by_hand=is_by_hand) for each in (at, at + again_s)
    )
    plant = one_car(
        steady(house_a), Charger(turns=turns, number=Number(every_s=every_s)), Meter(period_s=60)
    )
    plant.run(at + again_s + 300)
    for over_at in plant.seconds_over(since=600):
        assert any(turn.at <= over_at <= turn.at + 10 + 2 * every_s for turn in turns)
    assert accused(plant) == []


def test_paused_car_stays_paused_until_it_leaves() -> None:
    """A person has pulled the plug, so to say."""
    charger = Charger(
        turns=(Turn(at=600, is_paused=True, is_by_hand=True),),
        number=Number(every_s=10),
    )
    plant = one_car(steady(5), charger)
    plant.run(2000)
    assert plant.drawn_a() == (0,)
    assert plant.view.chargers["a"].limited_by is LimitedBy.MANUAL_LIMIT


def test_person_who_lets_the_car_go_on_gets_all_there_is() -> None:
    """After a while with 8 A."""
    charger = Charger(
        turns=(
            Turn(at=600, current_a=8, is_by_hand=True),
            Turn(at=2000, current_a=32, is_by_hand=True),
        ),
        number=Number(every_s=10),
    )
    plant = one_car(steady(5), charger)
    plant.run(1990)
    assert plant.drawn_a() == (8,)
    plant.run(300)
    assert plant.drawn_a() == (27,)


def test_restart_keeps_a_persons_current_and_no_other() -> None:
    """A car that the house had brought down gets more again (accident 14)."""
    house = steps((0, 5), (500, 22), (700, 5))
    by_house = one_car(house, Charger(number=Number(every_s=30)))
    by_hand = one_car(
        steady(5),
        Charger(turns=(Turn(at=500, current_a=10, is_by_hand=True),), number=Number(every_s=30)),
    )
    for plant in (by_house, by_hand):
        plant.run(690)
        plant.restart(20)
        plant.run(600)
    assert (by_house.drawn_a(), by_hand.drawn_a()) == ((27,), (10,))
