"""An evening with chargers that are controlled by their own entities."""

import math
from itertools import pairwise
from typing import Any

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from .entity_charger import EntityCharger
from .house import PROMISE_S, House


async def async_charging(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, house_a: float = 2, **charger: Any
) -> tuple[House, EntityCharger]:
    """Return a house whose only charger takes all that there is, and that charger."""
    car = EntityCharger("car", **charger)
    house = House(hass, freezer, car)
    await house.async_settle_in(house_a)
    return house, car


async def test_an_evening_by_entities(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """Started, cut, raised, stopped and started again, like by scripts."""
    car = EntityCharger("car")
    house = House(hass, freezer, car)
    await house.async_set_up(10)
    await house.async_run(30)
    assert car.commands == [("start_charging", 0), ("set_current", 22)]
    assert (house.state("number.car_number"), house.state("switch.car_switch")) == ("22.0", "on")

    house.forget_past()
    await house.async_run(40, 20)
    assert car.commands == [("set_current", 12)]
    await house.async_run(60, 5)
    assert car.commands[1:] == [("set_current", 27)]
    await house.async_run(30, 28)
    assert car.commands[2:] == [("stop_charging", 0)]
    assert house.state("switch.car_switch") == "off"
    await house.async_run(60, 5)
    assert car.commands[3:] == [("start_charging", 0), ("set_current", 27)]
    assert house.total_a[-1] == 32
    assert house.over_s() <= PROMISE_S
    assert house.event_types() == ["overload_stop", "charging_resumed"]


async def test_two_chargers_by_entities_and_by_0_a(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Each has entities of its own; one is paused by its number alone."""
    first, second = EntityCharger("a"), EntityCharger("b", pause="zero", lowest_a=0)
    second.is_on = True
    house = House(hass, freezer, first, second)
    await house.async_settle_in(2)
    assert (first.drawn_a, second.drawn_a) == (15, 15)

    await house.async_run(20, 24)
    assert (first.commands[-1], second.commands[-1]) == (("set_current", 8), ("set_current", 0))
    assert house.total_a[-1] == 32


# What is not written


async def test_a_fast_meter_does_not_wear_out_a_charger(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A house that wavers each second, and a number that is polled each second, write nothing.

    Accident 21.
    """
    house, car = await async_charging(hass, freezer, poll_s=1)
    for second in range(300):
        await house.async_run(1, 2 + 0.2 * math.sin(second))
    assert car.commands == []
    assert house.event_types() == []


async def test_a_charger_that_must_not_be_written_often_is_not(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Raises keep the command interval; cuts do not wait for it.

    Accident 21.
    """
    house, car = await async_charging(hass, freezer, 10, settings={"command_interval_s": 300})
    for _ in range(4):
        await house.async_run(70, 12)
        await house.async_run(80, 2)
    raises = [second for second, _, amperes in car.calls if amperes > 20]
    assert [later - sooner for sooner, later in pairwise(raises)] == [300]
    cuts = [amperes for _, _, amperes in car.calls if amperes == 20]
    assert len(cuts) == len(raises)


# What fails


async def test_an_entity_that_refuses_is_told_once_and_tried_again(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A cloud that is dead is no success, and the cut comes when it is back.

    Accident 23.
    """
    house, car = await async_charging(hass, freezer)
    car.fail("set_current")
    await house.async_run(6, 12)

    assert house.state("sensor.car_last_command") == "rejected"
    assert house.state("sensor.car_current_set") == "30"
    assert house.event_types() == ["action_failed"]
    data = house.events[0].data
    assert (data["action"], data["entity_id"], data["error"]) == (
        "set_current",
        "number.car_number",
        "cloud dead",
    )

    car.mend()
    await house.async_run(20)
    assert house.state("sensor.car_last_command") == "delivered"
    assert house.over_s() <= PROMISE_S


@pytest.mark.parametrize("loss", ["lose", "disconnect"])
async def test_a_charger_that_is_gone_is_no_success(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, loss: str
) -> None:
    """Whether its entities say so, or show what was before: nobody believes that it was cut.

    Accident 23.
    """
    house, car = await async_charging(hass, freezer)
    await house.async_run(40)  # what is missing right after a start is waited for
    getattr(car.entities, loss)()
    await house.async_run(20, 12)

    assert car.commands == []
    assert house.state("sensor.car_last_command") == "rejected"
    assert house.state("sensor.car_current_set") == "30"
    assert house.event_types()[0] == "action_failed"
    assert "is unavailable" in house.events[0].data["error"]

    car.entities.reconnect()
    await house.async_run(20)
    assert house.state("sensor.car_last_command") == "delivered"
    assert house.total_a[-1] <= 32


async def test_a_call_that_hangs_is_given_up(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Ten seconds are what a call may take."""
    house, car = await async_charging(hass, freezer)
    car.script_s = 60
    await house.async_run(11, 12)
    assert house.state("sensor.car_last_command") == "timed_out"
    assert house.event_types() == ["action_failed"]
    assert house.events[0].data["error"] == "did not return within 10 s"
    car.mend()
    await house.async_run(20)
    assert house.total_a[-1] <= 32


async def test_a_number_that_cannot_pause_is_set_to_its_lowest_and_reported(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, issue_registry: ir.IssueRegistry
) -> None:
    """A charger without anything that pauses it, and a range that begins at 6 A.

    It is not written to each 10 s, nobody is told that it has stopped, and it stays there: who
    cannot be stopped gets no more.
    """
    house, car = await async_charging(hass, freezer, pause="zero", is_on=True)
    issue = issue_registry.async_get_issue(
        "ev_lb", "control_unusable_zero_ID_CAR_number.car_number"
    )
    assert issue is not None
    assert issue.severity is ir.IssueSeverity.ERROR
    assert issue.translation_placeholders == {
        "charger": "Car",
        "entity_id": "number.car_number",
        "detail": "6 A",
    }

    await house.async_run(8, 27)
    assert car.commands == [("set_current", 6)]
    assert house.state("sensor.car_last_command") == "rejected"
    assert house.event_types() == ["action_failed", "overload_stop"]
    error = "cannot be set to 0 A to pause the charger: its range begins at 6 A"
    assert house.events[0].data["error"] == error

    await house.async_run(120, 2)
    assert car.commands == [("set_current", 6)]
    assert house.event_types() == ["action_failed", "overload_stop"]

    car.entities.number.begin_at(0)
    await house.async_run(15)
    assert car.commands[1:2] == [("set_current", 0)]
    assert house.state("sensor.car_last_command") == "delivered"
    assert issue_registry.issues == {}


# Restarts


async def test_entities_that_come_late_are_waited_for(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, hass_storage: dict[str, Any]
) -> None:
    """Home Assistant starts before the charger's integration: nothing has failed, nothing is lost.

    Accident 24.
    """
    house, car = await async_charging(hass, freezer)
    await house.async_kill(hass_storage)
    car.entities.disconnect()
    house.forget_past()
    await house.async_boot()
    await house.async_run(30)
    assert house.state("sensor.car_last_command") == "waiting"
    assert (car.commands, house.event_types()) == ([], [])

    car.entities.reconnect()
    await house.async_run(5)
    assert car.commands == [("start_charging", 0), ("set_current", 30)]


@pytest.mark.parametrize("poll_s", [None, 30], ids=["at once", "polled"])
async def test_a_restart_in_a_reduced_state_leaves_nobody_low(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    hass_storage: dict[str, Any],
    poll_s: int | None,
) -> None:
    """The current that we had cut it to is not taken for the wish of anybody.

    Accident 14.
    """
    house, car = await async_charging(hass, freezer, 22, poll_s=poll_s)
    assert car.drawn_a == 10
    await house.async_kill(hass_storage)
    await house.async_run(20, 5)
    await house.async_boot()
    await house.async_run(120)

    assert car.drawn_a == 27
    assert house.state("sensor.car_current_set") == "27"
    assert house.state("sensor.car_limited_by") == "headroom"


# What it shows


@pytest.mark.parametrize("poll_s", [10, 30, 90])
async def test_a_slow_read_back_is_nobodys_wish(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, poll_s: int
) -> None:
    """A number that shows the old current for a while neither holds the car nor is fought.

    Accident 15.
    """
    house, car = await async_charging(hass, freezer, poll_s=poll_s)
    for house_a, current_a in ((22, 10), (15, 17), (4, 28)):
        house.forget_past()
        await house.async_run(200, house_a)
        assert car.commands == [("set_current", current_a)]
        assert house.state("sensor.car_limited_by") == "headroom"
        assert house.total_a[-1] == 32


async def test_what_the_charger_shows_reaches_the_decision_and_the_diagnostics(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A decision is kept with what led to it: also what the charger said."""
    house, car = await async_charging(hass, freezer, poll_s=1)
    car.entities.number.show(30)
    house.report(12)
    await house.async_settle()
    last = house.entry.runtime_data.journal.entries()[-1]
    assert last["read_backs"] == {
        "ID_CAR": {
            "at": pytest.approx(hass.loop.time()),
            "current_a": 30.0,
            "is_paused": False,
            "is_by_hand": False,
            "most_a": 32,
        }
    }


async def test_a_charger_that_takes_less_is_bounded_and_not_fought(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A car or a fuse behind the charger allows 20 A: that is accepted and shown."""
    house, car = await async_charging(hass, freezer, ceiling_a=20, poll_s=5)
    await house.async_run(240)
    assert house.state("sensor.car_limited_by") == "charger_ceiling"
    assert car.drawn_a == 20
    assert house.event_types() == []

    house.forget_past()
    await house.async_run(900)
    assert len(car.commands) <= 4  # it is tried whether it takes more by now
    assert car.drawn_a == 20
    await house.async_run(60, 20)
    assert car.commands[-1] == ("set_current", 12)
    assert house.total_a[-1] == 32


@pytest.mark.parametrize("poll_s", [None, 5], ids=["at once", "polled"])
async def test_what_a_user_has_set_lower_is_a_limit_until_more_is_set(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, poll_s: int | None
) -> None:
    """Who turns the charger down in Home Assistant is respected, and balanced again by more."""
    house, car = await async_charging(hass, freezer, poll_s=poll_s)
    await car.async_set_by_hand(12)
    await house.async_run(150)
    assert house.state("sensor.car_limited_by") == "manual_limit"
    assert car.commands[-1] == ("set_current", 12)
    assert car.drawn_a == 12

    house.forget_past()
    await house.async_run(30, 24)
    assert car.drawn_a == 8
    await house.async_run(60, 2)
    assert car.drawn_a == 12

    await car.async_set_by_hand(32)
    await house.async_run(120)
    assert car.drawn_a == 30
    assert house.state("sensor.car_limited_by") == "headroom"
    assert house.over_s() <= PROMISE_S


async def test_what_a_user_has_set_lower_is_told_again_where_it_is_not_to_be_followed(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """With the switch off the charger is the balancer's alone."""
    house, car = await async_charging(hass, freezer, poll_s=5)
    await house.async_switch("switch.car_follow_manual_limit", is_on=False)
    await car.async_set_by_hand(12)
    await house.async_run(60)
    assert car.drawn_a == 30
    assert house.state("sensor.car_limited_by") == "headroom"


async def test_what_a_user_has_set_higher_is_not_followed(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """The breaker does not carry it: it is told again at once."""
    house, car = await async_charging(hass, freezer, 22)
    await car.async_set_by_hand(32)
    await house.async_run(10)
    assert car.commands == [("set_current", 32), ("set_current", 10)]
    await house.async_run(20)
    assert house.total_a[-1] == 32
    assert house.over_s() <= PROMISE_S


async def test_a_manual_limit_is_known_after_a_reload(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A changed setting does not make the balancer forget what the user has set."""
    house, car = await async_charging(hass, freezer, poll_s=5)
    await car.async_set_by_hand(12)
    await house.async_run(30)
    await house.async_reload()
    await house.async_run(120)
    assert car.drawn_a == 12
    assert house.state("sensor.car_limited_by") == "manual_limit"


async def test_charger_whose_number_ends_below_its_maximum_is_bounded_to_what_it_takes(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """The card and the sharing reckoned with 16 A where the number took 13 A."""
    house, car = await async_charging(hass, freezer, highest_a=13)
    await house.async_run(60)
    assert car.drawn_a == 13
    assert house.state("sensor.car_current_set") == "13"
    assert house.state("sensor.car_limited_by") == "charger_ceiling"


@pytest.mark.parametrize("is_reloaded", [False, True])
async def test_limit_that_was_set_while_no_car_is_there_outlives_a_reload(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, *, is_reloaded: bool
) -> None:
    """The first word of the status sensor was taken for a car that leaves."""
    status = "sensor.car_status"
    car = EntityCharger("car", poll_s=5, settings={"status_sensor": status}, car_a=0.0)
    hass.states.async_set(status, "available")
    house = House(hass, freezer, car)
    await house.async_settle_in(2)
    await car.async_set_by_hand(12)
    await house.async_run(30)
    if is_reloaded:
        await house.async_reload()
        hass.states.async_set(status, "available", force_update=True)
        await house.async_run(60)
    hass.states.async_set(status, "charging")
    car.car_a = 32.0
    await house.async_run(90)
    assert house.state("sensor.car_limited_by") == "manual_limit"
    assert car.drawn_a == 12
