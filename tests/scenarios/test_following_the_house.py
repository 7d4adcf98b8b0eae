"""The house draws more, or less: one cut, one increase, never too much and never too often."""

from itertools import pairwise

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant

from .house import PROMISE_S, Charger, House

STATUS = "sensor.car_status"
BUCKET, STARTS_PER_HOUR = 6, 4
"""So many starts are in hand, and so many come back in an hour."""


@pytest.mark.parametrize("delay_s", [1, 3, 9])
async def test_one_overload_is_one_cut(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, delay_s: int
) -> None:
    """A meter faster than the charger does not cut 31, 21, 10, stop for one kettle.

    Accident 7. Stands on `clamped` in `estimate/house_load.py`.
    """
    house = House(hass, freezer, Charger("car", delay_s=delay_s))
    await house.async_settle_in(1)
    assert house.charger.drawn_a == 31

    await house.async_run(25, 11)

    assert house.charger.commands == [("set_current", 21)]
    assert house.charger.drawn_a == 21
    assert house.over_s() == delay_s


async def test_a_second_overload_within_the_first_is_answered(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """While a cut is under way, what the house adds is cut as well, and no more.

    Accident 7.
    """
    house = House(hass, freezer, Charger("car", delay_s=5))
    await house.async_settle_in(1)

    await house.async_run(2, 11)
    await house.async_run(20, 16)

    assert house.charger.commands == [("set_current", 21), ("set_current", 16)]
    assert house.total_a[-1] == 32


async def test_a_slow_charger_is_not_overruled(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A charger that takes its time is not taken for one that was set by hand.

    Accident 15. Stands on `Setpoints` in `estimate/setpoints.py`.
    """
    house = House(hass, freezer, Charger("car", delay_s=9))
    await house.async_settle_in(1)
    await house.async_run(15, 11)
    await house.async_run(60, 1)

    assert house.charger.commands == [("set_current", 21), ("set_current", 31)]
    assert house.state("sensor.car_current_set") == "31"
    assert house.state("binary_sensor.car_unresponsive") == "off"
    assert house.event_types() == []


@pytest.mark.parametrize("word", ["Charging", "charging", "C2", "connected_charging"])
async def test_a_charging_car_is_known_by_its_chargers_own_word(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, word: str
) -> None:
    """Whatever word a charger has for it, its car gets all that is left, and is cut once.

    Accident 10. Stands on `car_status` in `inputs/status_words.py`.
    """
    house = House(hass, freezer, Charger("car", car_a=0, settings={"status_sensor": STATUS}))
    hass.states.async_set(STATUS, "SuspendedEV")
    await house.async_settle_in(12)

    hass.states.async_set(STATUS, word)
    house.charger.car_a = 32
    await house.async_run(40)
    await house.async_run(60, 2)
    assert house.charger.drawn_a == 30
    assert house.over_s() == 0

    house.forget_past()
    await house.async_run(25, 12)
    assert house.charger.commands == [("set_current", 20)]


async def test_what_a_car_leaves_is_not_given_away(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A car at 6 A of its 16 A does not make 10 A free for it twice.

    The meter is asked for its draw, by a cut and back; never is it told more.

    Accident 11. Stands on `drawn` in `estimate/house_load.py`.
    """
    house = House(hass, freezer, Charger("car", car_a=6), breaker_a=25)
    await house.async_settle_in(9)

    await house.async_run(200)
    house.charger.car_a = 32
    await house.async_run(60)

    assert max(current_a for _, current_a in house.charger.commands) <= 16
    assert max(house.total_a) == 25


@pytest.mark.parametrize("house_a", [26, 27])
async def test_a_car_below_its_offer_is_cut_by_its_draw(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, house_a: int
) -> None:
    """A car at 10 A of its 32 A is not cut from 32 A down in small steps.

    Accident 12. Stands on `escalate` in `supervise/escalation.py`.
    """
    house = House(hass, freezer, Charger("car", car_a=10))
    await house.async_settle_in(0)
    assert float(house.state("sensor.car_current_set")) >= 29  # 29: the meter is being asked
    house.charger.commands.clear()

    await house.async_run(60, house_a)

    assert house.over_s() <= PROMISE_S
    assert len(house.charger.commands) <= 3
    assert house.total_a[-1] <= 32


async def test_an_idle_charger_is_not_wound_up(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A charger without a car is not offered more and more: it finds what the house leaves.

    Accident 13. Stands on `drawn` in `estimate/house_load.py`.
    """
    house = House(hass, freezer, Charger("car", car_a=0))
    await house.async_settle_in(20)

    await house.async_run(300)
    house.charger.car_a = 32
    await house.async_run(30)

    assert max(current_a for _, current_a in house.charger.commands) <= 12
    assert max(house.total_a) == 32


async def test_a_car_that_comes_late_to_a_loaded_house_is_cut_at_once(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Where the house rose behind an idle charger, the car is cut as soon as it draws.

    Accident 13.
    """
    house = House(hass, freezer, Charger("car", car_a=0))
    await house.async_settle_in(0)
    await house.async_run(100, 20)

    house.charger.car_a = 32
    await house.async_run(30)

    assert house.over_s() == house.charger.delay_s
    assert house.total_a[-1] == 32


@pytest.mark.parametrize("behavior", ["stop", "ignore", "set_current"])
@pytest.mark.parametrize(("house_a", "total_a"), [(12, 32), (28, 28)], ids=["cut", "stop"])
async def test_every_setting_answers_an_overload(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    behavior: str,
    house_a: int,
    total_a: int,
) -> None:
    """There is no setting under which the breaker stays over its rating.

    Accident 18.
    """
    house = House(hass, freezer, unavailable_behavior=behavior)
    await house.async_settle_in(2)

    await house.async_run(20, house_a)

    assert house.over_s() == 3
    assert house.total_a[-1] == total_a


async def test_a_restless_house_does_not_wear_out_the_charger(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A load that switches every few seconds leads to one increase in a ramp-up time at most.

    Some chargers keep their limit in flash memory.

    Accident 21. Stands on `hold` in `balancer.py`.
    """
    house = House(hass, freezer)
    await house.async_settle_in(4)

    for _ in range(30):
        await house.async_run(4, 12)
        await house.async_run(6, 4)

    changes = pairwise(house.charger.calls)
    waits = [later[0] - cut[0] for cut, later in changes if later[2] > cut[2]]
    assert set(house.charger.commands) == {("set_current", 20), ("set_current", 28)}
    assert waits
    assert min(waits) >= 30


async def test_a_steady_house_sends_nothing(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A charger is not told again what it was told, nor what is less than an ampere.

    Accident 21.
    """
    house = House(hass, freezer)
    await house.async_settle_in(4.2)
    for house_a in (4.1, 4.6, 4.9, 4.3) * 12:
        await house.async_run(2, house_a)

    assert house.charger.commands == []


async def test_increases_keep_the_command_interval(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A charger that may be told to rise only every 100 s is told so; cuts never wait.

    Accident 21. Stands on `interval_gate` in `increases/gates.py`.
    """
    settings = {"command_interval_s": 100}
    house = House(hass, freezer, Charger("car", settings=settings))
    await house.async_settle_in(20)
    for house_a in (18, 16, 14, 12, 10, 8):
        await house.async_run(40, house_a)
    # It was started at second 1, with the second reading.
    assert [second for second, _, _ in house.charger.calls] == [101, 201]

    house.forget_past()
    await house.async_run(1, 20)
    assert house.charger.commands == [("set_current", 12)]


async def test_a_plate_that_cycles_does_not_start_the_car_at_every_turn(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A car that is stopped often is started seldom: many do not resume.

    Accident 22. An hour; 30 starts without the rule. Stands on `StartBudget` in
    `increases/start_budget.py`.
    """
    house = House(hass, freezer)
    await house.async_settle_in(10)

    for _ in range(30):
        await house.async_run(50, 30)
        await house.async_run(70, 10)

    starts = [second for second, action, _ in house.charger.calls if action == "start_charging"]
    assert len(starts) <= BUCKET + STARTS_PER_HOUR
    assert len([second for second in starts if second > 1830]) <= 1 + STARTS_PER_HOUR / 2
    assert house.event_types().count("overload_stop") <= BUCKET + STARTS_PER_HOUR


async def test_a_start_waits_for_the_ramp_up_time_alone_while_there_is_budget(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """After each overload stop the minimum must be free for the ramp-up time, and no longer.

    Six in hand; then the next one is waited for. An hour and a half later all are back.

    Accident 22. Stands on `StartBudget.due_at` in `increases/start_budget.py`.
    """
    house = House(hass, freezer)
    await house.async_settle_in(10)
    waits: list[int] = []

    async def async_stop_and_wait() -> None:
        await house.async_run(40, 30)
        began = house.second
        house.forget_past()
        while not house.charger.calls:
            await house.async_run(1, 10)
        waits.append(house.second - began)
        await house.async_run(20)

    for _ in range(7):
        await async_stop_and_wait()
    assert waits[:6] == [31] * 6
    assert 200 <= waits[6] <= 3600 / STARTS_PER_HOUR

    await house.async_run(90 * 60)
    for _ in range(6):
        await async_stop_and_wait()
    assert waits[7:] == [31] * 6


async def test_the_users_own_switch_skips_the_wait(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Switching the charger off and on starts the car without waiting for what came before."""
    house = House(hass, freezer)
    await house.async_settle_in(10)
    for _ in range(6):
        await house.async_run(20, 30)
        await house.async_run(50, 10)
    await house.async_run(20, 30)
    house.forget_past()
    await house.async_run(60, 10)
    assert house.state("sensor.car_limited_by") == "start_wait"

    await house.async_switch("switch.car_enabled", is_on=False)
    await house.async_switch("switch.car_enabled", is_on=True)
    await house.async_run(20)

    assert ("start_charging", 22) in house.charger.commands
