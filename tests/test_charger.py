"""The worker of a charger: when it tries again, what it gives up, and how long it is waited for."""

import asyncio

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant

from .scenarios.house import Charger, House


def seconds(charger: Charger) -> list[int]:
    """Return when each call came after the first."""
    return [second - charger.calls[0][0] for second, _, _ in charger.calls]


@pytest.mark.parametrize("response_time_s", [5, 10, 20])
async def test_a_cut_is_tried_again_without_end(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, response_time_s: int
) -> None:
    """Tries of a cut come after 1, 2 and 4 s, then once every response time."""
    car = Charger("car", settings={"response_time_s": response_time_s})
    house = House(hass, freezer, car)
    await house.async_set_up(2)
    await house.async_run(40)
    house.forget_past()
    house.charger.fail()

    await house.async_run(8 + 5 * response_time_s, 12)

    assert seconds(car) == [0, 1, 3, 7, *(7 + response_time_s * n for n in range(1, 6))]
    assert set(car.commands) == {("set_current", 20)}
    car.mend()
    await house.async_run(response_time_s)
    assert house.state("sensor.car_last_command") == "delivered"


async def test_an_increase_is_tried_again_every_half_minute(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Tries of an increase come after 1, 2 and 4 s, then every 30 s."""
    house = House(hass, freezer)
    await house.async_settle_in(12)
    house.charger.fail()

    await house.async_run(75, 2)

    assert seconds(house.charger) == [0, 1, 3, 7, 37, 67]
    assert set(house.charger.commands) == {("set_current", 30)}


async def test_a_start_is_tried_again_as_a_pair(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Each try of a start begins with the start, and ends with a stop if the current fails."""
    house = House(hass, freezer)
    await house.async_settle_in(2)
    await house.async_run(10, 30)
    house.charger.fail("set_current")
    house.forget_past()

    await house.async_run(35, 2)

    one_try = [("start_charging", 30), ("set_current", 30), ("stop_charging", 0)]
    assert house.charger.commands == one_try * 3
    assert house.charger.is_on is False


async def test_a_stop_that_fails_too_is_tried_again(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """If neither the current nor the stop after it works, the pair is tried all the same."""
    house = House(hass, freezer)
    house.charger.fail("set_current", "stop_charging")
    await house.async_set_up(10)
    await house.async_run(1)
    house.charger.mend()
    await house.async_run(8)

    assert (
        house.charger.commands[:6]
        == [
            ("start_charging", 22),
            ("set_current", 22),
            ("stop_charging", 0),
        ]
        * 2
    )
    assert house.charger.drawn_a == 22


async def test_a_retry_is_not_counted_as_a_new_failure(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, caplog: pytest.LogCaptureFixture
) -> None:
    """The log has one warning for a command that fails ten times."""
    house = House(hass, freezer)
    await house.async_settle_in(2)
    house.charger.fail()
    await house.async_run(60, 12)
    house.charger.mend()
    await house.async_run(10)

    warnings = [
        record.getMessage()
        for record in caplog.records
        if record.name == "custom_components.ev_lb.charger"
    ]
    assert warnings == [
        "Car: set_current (script.car_set_current) failed, will be tried again: cloud dead"
    ]


async def test_an_unload_waits_ten_seconds_at_most(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A cut that cannot be delivered holds up an unload for 10 s, and is then given up."""
    house = House(hass, freezer)
    await house.async_settle_in(2)
    house.charger.script_s = 1000
    await house.async_run(1, 12)

    unloading = asyncio.create_task(hass.config_entries.async_unload(house.entry.entry_id))
    await house.async_run(9)
    assert not unloading.done()
    await house.async_run(2)
    assert unloading.done()

    house.forget_past()
    await house.async_run(30)
    assert house.charger.commands == []


async def test_an_unload_does_not_wait_for_an_increase(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """An increase that waits for its next try is given up at once."""
    house = House(hass, freezer)
    await house.async_settle_in(12)
    house.charger.fail()
    await house.async_run(9, 2)
    house.forget_past()

    unloading = asyncio.create_task(hass.config_entries.async_unload(house.entry.entry_id))
    await house.async_settle()
    assert unloading.done()

    house.charger.mend()
    await house.async_run(40)
    assert house.charger.commands == []


async def test_an_unload_finishes_a_cut_that_waits_behind_another(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """The newest cut is the one that gets through."""
    house = House(hass, freezer)
    await house.async_settle_in(2)
    house.charger.script_s = 3
    await house.async_run(1, 12)
    await house.async_run(1, 20)
    assert house.charger.commands == [("set_current", 20)]

    unloading = asyncio.create_task(hass.config_entries.async_unload(house.entry.entry_id))
    await house.async_run(8)

    assert unloading.done()
    assert house.charger.commands == [("set_current", 20), ("set_current", 12)]


async def test_switching_off_lets_an_increase_that_runs_come_to_its_end(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A call that is half way is not torn up: the charger would be left in between."""
    house = House(hass, freezer)
    await house.async_settle_in(12)
    house.charger.script_s = 3
    await house.async_run(1, 2)
    await house.async_switch("switch.car_enabled", is_on=False)
    await house.async_run(5)

    assert house.state("sensor.car_last_command") == "delivered"
    assert house.state("sensor.car_current_set") == "30"


async def test_switching_off_drops_an_increase_behind_a_cut(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """An increase that waits for a slow cut to end is given up, the cut is not."""
    house = House(hass, freezer)
    await house.async_settle_in(2)
    house.charger.script_s = 5
    await house.async_set_number("number.car_max_charger_current", 10)
    await house.async_run(1)
    await house.async_set_number("number.car_max_charger_current", 16)
    await house.async_switch("switch.car_enabled", is_on=False)
    await house.async_run(20)

    assert house.charger.commands == [("set_current", 10)]
    assert house.state("sensor.car_last_command") == "delivered"
    assert house.state("sensor.car_current_set") == "10"


async def test_an_increase_that_was_given_up_is_shown_as_none(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """No command waits any more after the charger was switched off."""
    house = House(hass, freezer)
    await house.async_settle_in(12)
    house.charger.fail()
    await house.async_run(3, 2)
    assert house.state("sensor.car_last_command") == "rejected"

    await house.async_switch("switch.car_enabled", is_on=False)

    assert house.state("sensor.car_last_command") == "none"


async def test_a_pair_that_was_begun_is_ended_after_the_unload(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A car that was started is told its current, though the unload waits no longer."""
    house = House(hass, freezer)
    await house.async_settle_in(2)
    await house.async_run(10, 30)
    house.forget_past()
    house.charger.script_s = 8
    house.charger.limit_a = 32
    await house.async_run(32, 10)
    assert house.charger.commands == [("start_charging", 22)]

    unloading = asyncio.create_task(hass.config_entries.async_unload(house.entry.entry_id))
    await house.async_run(11)
    assert unloading.done()
    await house.async_run(10)

    assert house.charger.commands == [("start_charging", 22), ("set_current", 22)]
    assert house.charger.drawn_a == 22


async def test_switching_off_ends_the_tries_of_an_increase_whose_call_runs(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A call that is half way comes to its end; if it fails it is not tried again."""
    house = House(hass, freezer)
    await house.async_settle_in(12)
    house.charger.script_s = 2
    house.charger.fail()
    await house.async_run(1, 2)
    await house.async_switch("switch.car_enabled", is_on=False)
    await house.async_run(4)
    house.charger.mend()
    await house.async_run(40)

    assert house.charger.commands == [("set_current", 30)]
    assert house.charger.drawn_a == 20


async def test_switching_off_ends_the_tries_of_a_first_start(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A start that never got through after a boot is given up with the switch."""
    house = House(hass, freezer)
    house.charger.fail()
    await house.async_set_up(10)
    await house.async_run(5)
    await house.async_switch("switch.car_enabled", is_on=False)
    house.charger.mend()
    house.forget_past()
    await house.async_run(40)

    assert house.charger.commands == []
