"""The demo's house and chargers behave like real ones."""

import pytest

from demo.custom_components.demo_household.homes import HOMES, ONE_PHASE, THREE_PHASES
from demo.custom_components.demo_household.household import (
    LOWEST_CURRENT_A,
    Activity,
    Charger,
    Home,
    Household,
    Wallbox,
    activity_at,
)
from demo.stage import MINIMUM_A


def a_charging_charger(current_a: int) -> Charger:
    """Return a charger that has long been charging at this current."""
    charger = Charger(Wallbox(rated_current_a=32, car_phases=(0,)))
    return charging(charger, current_a)


def charging(charger: Charger, current_a: int) -> Charger:
    """Return the charger, which has long been charging at this current."""
    charger.start(0)
    charger.set_current(current_a, 0)
    return charger


@pytest.mark.parametrize(
    ("now", "drawn_a"),
    [pytest.param(102.9, 16, id="not yet"), pytest.param(103.0, 10, id="after 3 s")],
)
def test_charger_takes_three_seconds_to_follow(now: float, drawn_a: int) -> None:
    """A command shows in what the car draws three seconds later."""
    charger = a_charging_charger(16)
    charger.set_current(10, 100)
    assert charger.drawn_a(now) == drawn_a


def test_each_command_is_followed_in_its_time() -> None:
    """A newer command does not swallow the one before."""
    charger = a_charging_charger(16)
    charger.set_current(10, 100)
    charger.set_current(8, 102)
    assert [charger.drawn_a(now) for now in (102, 103, 104, 105)] == [16, 10, 10, 8]


@pytest.mark.parametrize(
    ("current_a", "drawn_a"),
    [
        pytest.param(5, 0, id="below what a car can charge with"),
        pytest.param(6, 6, id="the least"),
        pytest.param(40, 32, id="above the rating"),
    ],
)
def test_charger_draws_what_it_can(current_a: int, drawn_a: int) -> None:
    """Below 6 A nothing flows, and never more than the charger is built for."""
    assert a_charging_charger(current_a).drawn_a(10) == drawn_a


def test_charger_that_was_not_started_draws_nothing() -> None:
    """A current alone does not start a car."""
    charger = Charger(Wallbox(rated_current_a=32, car_phases=(0,)))
    charger.set_current(16, 0)
    assert charger.drawn_a(10) == 0


def test_charger_stops_and_starts_with_its_last_current() -> None:
    """Stop and start keep the current that was set."""
    charger = a_charging_charger(16)
    charger.stop(10)
    charger.start(20)
    assert [charger.drawn_a(now) for now in (12, 13, 22, 23)] == [16, 0, 0, 16]


def test_routine_repeats() -> None:
    """After the last activity comes the first."""
    routine = (
        Activity(name="Kettle", duration_s=5, current_a=(9,)),
        Activity(name="Quiet", duration_s=10),
    )
    names = [activity_at(elapsed_s, routine).name for elapsed_s in (0, 4.9, 5, 14.9, 15)]
    assert names == ["Kettle", "Kettle", "Quiet", "Quiet", "Kettle"]


def test_household_is_quiet_until_it_is_busy() -> None:
    """The routine begins when somebody switches it on, and ends when it is switched off."""
    household = Household(ONE_PHASE, 0)
    names = [household.activity(12).name]
    household.set_busy(is_busy=True, now=12)
    household.set_busy(is_busy=True, now=15)
    names.append(household.activity(12 + ONE_PHASE.routine[0].duration_s).name)
    household.set_busy(is_busy=False, now=21)
    names.append(household.activity(21).name)
    assert names == ["Quiet", "Kettle", "Quiet"]


def test_breaker_carries_the_house_and_its_chargers() -> None:
    """On each phase flows what the house draws there, and the cars that use it."""
    household = Household(THREE_PHASES, 0)
    charging(household.chargers["garage"], 16)
    charging(household.chargers["drive"], 8)
    household.extra_a[2] = 5
    cars_a = [household.total_a(phase, 10) - household.house_a(phase, 10) for phase in range(3)]
    assert cars_a == pytest.approx([24, 16, 16])
    assert household.house_a(2, 10) == pytest.approx(THREE_PHASES.always_on_a[2] + 5)
    assert household.power_w(2, 10) == pytest.approx(household.total_a(2, 10) * 234)


@pytest.mark.parametrize("home", HOMES.values(), ids=map(str, HOMES))
def test_routine_always_leaves_every_car_its_minimum(home: Home) -> None:
    """Left alone, the demo shows cuts and increases but no car that has to stop."""
    assert MINIMUM_A == LOWEST_CURRENT_A
    household = Household(home, 0)
    household.set_busy(is_busy=True, now=0)
    for phase in home.phases:
        highest_a = max(household.house_a(phase, step / 4) for step in range(4 * 600))
        cars = sum(phase in wallbox.car_phases for wallbox in home.wallboxes.values())
        assert highest_a + LOWEST_CURRENT_A * cars <= home.breaker_a
