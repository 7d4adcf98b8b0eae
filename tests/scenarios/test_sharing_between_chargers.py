"""Several chargers on one breaker: who gets what, who waits, who is stopped."""

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant

from .house import Charger, House


def charger(name: str, **settings: int) -> Charger:
    """Return a charger with these settings."""
    return Charger(name, settings=settings)


def drawn(house: House) -> list[float]:
    """Return what each charger draws."""
    return [item.drawn_a for item in house.chargers]


@pytest.mark.parametrize(
    ("house_a", "max_a", "shares"),
    [
        (0, (10, 32), [10, 22]),
        (12, (10, 32), [10, 10]),
        (2, (32, 32), [15, 15]),
        (3, (32, 32), [15, 14]),
        (20, (32, 32), [6, 6]),
        (22, (32, 32), [10, 0]),
        (27, (32, 32), [0, 0]),
    ],
)
async def test_what_the_house_leaves_is_shared_fairly(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    house_a: float,
    max_a: tuple[int, int],
    shares: list[int],
) -> None:
    """Equal shares, and what one cannot take goes to the other; minimums first.

    Accident 19.
    """
    chargers = [Charger(name, max_a=most) for name, most in zip(("a", "b"), max_a, strict=True)]
    house = House(hass, freezer, *chargers)

    await house.async_settle_in(house_a)
    await house.async_run(20)

    assert drawn(house) == shares
    assert house.over_s() == 0


@pytest.mark.parametrize(
    ("priorities", "shares"),
    [((50, 50, 50), [10, 10, 10]), ((90, 45, 45), [15, 7, 7]), ((10, 10, 100), [6, 6, 18])],
)
async def test_three_chargers_share_by_priority(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    priorities: tuple[int, int, int],
    shares: list[int],
) -> None:
    """A charger with twice the priority gets twice the current, but all get their minimum."""
    names = ("a", "b", "c")
    chargers = [
        charger(name, priority=priority) for name, priority in zip(names, priorities, strict=True)
    ]
    house = House(hass, freezer, *chargers)

    await house.async_settle_in(2)
    await house.async_run(20)

    assert sum(drawn(house)) in (29, 30)
    assert all(got in (want, want + 1) for got, want in zip(drawn(house), shares, strict=True))


async def test_an_overload_stops_the_lowest_priority_only(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """When there is enough for one car, one goes on: the one that matters more.

    Accident 19. Stands on `admit` in `allocate/admission.py`.
    """
    house = House(hass, freezer, charger("a", priority=20), charger("b", priority=80))
    await house.async_settle_in(2)

    await house.async_run(20, 24)

    assert house.chargers[0].commands == [("stop_charging", 0)]
    assert drawn(house) == [0, 8]
    stops = [event.data["charger"] for event in house.events]
    assert stops == ["A"]


async def test_an_overload_stops_the_last_added_of_equals(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Of chargers with the same priority the one that was added last is stopped."""
    house = House(hass, freezer, Charger("a"), Charger("b"), Charger("c"))
    await house.async_settle_in(2)

    await house.async_run(20, 18)

    assert drawn(house) == [7, 7, 0]


async def test_a_stopped_car_comes_back_when_there_is_room(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """The car that was stopped gets its minimum back once it was free for the ramp-up time."""
    house = House(hass, freezer, Charger("a"), Charger("b"))
    await house.async_settle_in(2)
    await house.async_run(10, 24)
    assert drawn(house) == [8, 0]

    await house.async_run(75, 2)

    assert drawn(house) == [15, 15]
    assert house.over_s() <= house.charger.delay_s
    assert house.event_types() == ["overload_stop", "charging_resumed"]


async def test_a_share_is_handed_on_only_after_the_other_let_go(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """What one car gives up, the other gets only when the first has really let go."""
    slow, quick = Charger("a", delay_s=9), Charger("b", delay_s=1)
    house = House(hass, freezer, slow, quick)
    await house.async_settle_in(2)
    await house.async_run(20)
    assert drawn(house) == [15, 15]

    await house.async_set_number("number.a_max_charger_current", 6)
    await house.async_run(30)

    assert drawn(house) == [6, 24]
    assert max(house.total_a) <= 32


async def test_a_second_car_takes_its_share_from_the_first(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A charger that is switched on gets its share, and the breaker bears it all the time."""
    house = House(hass, freezer, Charger("a", delay_s=9), Charger("b", delay_s=1))
    await house.async_set_up(2)
    await house.async_run(1)
    await house.async_set_number("number.b_max_charger_current", 0)
    await house.async_run(60)
    assert drawn(house) == [30, 0]
    house.forget_past()

    await house.async_set_number("number.b_max_charger_current", 32)
    await house.async_run(60)

    assert drawn(house) == [15, 15]
    assert max(house.total_a) <= 32


async def test_a_cut_for_a_new_sharer_starts_no_hold(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A car that made room for another rises at once when that one leaves."""
    house = House(hass, freezer, Charger("a"), Charger("b"))
    await house.async_settle_in(2)
    await house.async_run(20)
    assert drawn(house) == [15, 15]

    await house.async_set_number("number.b_max_charger_current", 0)
    await house.async_run(20)

    assert drawn(house) == [30, 0]


async def test_an_overload_is_cut_from_all_at_once(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Both cars are cut by one decision, and each once.

    Accident 7.
    """
    house = House(hass, freezer, Charger("a"), Charger("b"))
    await house.async_settle_in(2)
    await house.async_run(20)
    house.forget_past()

    await house.async_run(20, 12)

    assert [item.commands for item in house.chargers] == [[("set_current", 10)]] * 2
    assert house.over_s() == house.charger.delay_s


async def test_a_failing_charger_does_not_hold_up_the_other(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """The other car is cut though the first one's script fails.

    Accident 23.
    """
    house = House(hass, freezer, Charger("a"), Charger("b"))
    await house.async_settle_in(2)
    await house.async_run(20)
    house.forget_past()
    house.charger.script_s = 1000

    await house.async_run(5, 12)
    assert house.chargers[1].drawn_a == 10

    house.charger.mend()
    await house.async_run(60)
    assert drawn(house) == [10, 10]


async def test_an_increase_whose_script_fails_is_given_up_for_the_others(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """What a charger with a failing script does not take goes to the other, and is told back later.

    Accident 23. Stands on `follow_failures` in `supervise/failing.py`.
    """
    house = House(hass, freezer, Charger("a"), Charger("b"))
    await house.async_settle_in(12)
    await house.async_run(20)
    assert drawn(house) == [10, 10]
    house.charger.fail("set_current")

    await house.async_run(30, 6)

    assert house.charger.commands[:3] == [
        ("set_current", 13),
        ("set_current", 13),
        ("set_current", 10),
    ]
    assert house.state("sensor.a_limited_by") == "script_failing"
    assert drawn(house) == [10, 16]

    house.charger.mend()
    await house.async_run(150)
    assert drawn(house) == [13, 13]
    assert house.over_s() == 0
