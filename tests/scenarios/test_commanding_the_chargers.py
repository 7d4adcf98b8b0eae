"""A command reaches its charger: scripts that fail, hang, are missing, slow or in the way."""

import asyncio

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir

from .house import PROMISE_S, Charger, House


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (HomeAssistantError("cloud dead"), "cloud dead"),
        (ValueError("bad"), "ValueError('bad')"),
        (TimeoutError("no answer"), "no answer"),
    ],
    ids=["refused", "bare error", "own timeout"],
)
async def test_a_failing_script_is_no_success(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, error: Exception, text: str
) -> None:
    """A cut whose script fails is not believed, is told once, and tried until it works.

    Accidents 3 and 23. Stands on `ScriptControl` in `control/scripts.py`.
    """
    house = House(hass, freezer)
    await house.async_settle_in(2)
    house.charger.fail(error=error)

    await house.async_run(8, 12)

    assert house.state("sensor.car_current_set") == "30"
    assert house.state("sensor.car_last_command") == "rejected"
    assert house.event_types() == ["action_failed"]
    assert house.events[0].data["error"] == text
    assert [second for second, _, _ in house.charger.calls] == [31, 32, 34, 38]

    # The overload stands: after the window the next step takes the place of the next try.
    house.charger.mend()
    await house.async_run(20)
    assert house.charger.calls[4:] == [(43, "set_current", 6)]
    assert house.state("sensor.car_last_command") == "delivered"
    assert house.state("sensor.car_current_set") == "6"
    assert house.over_s() <= PROMISE_S

    await house.async_run(20)
    assert house.charger.calls[5:] == [(73, "set_current", 20)]
    assert house.total_a[-1] == 32
    assert house.event_types() == ["action_failed"]


async def test_a_new_reading_does_not_end_a_retry(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Readings that come while a cut waits for its next try do not end it.

    Accident 6. Stands on `ChargerWorker` in `control/worker.py`.
    """
    house = House(hass, freezer)
    await house.async_settle_in(2)
    house.charger.fail()
    await house.async_run(2, 12)
    house.charger.mend()
    house.charger.calls.clear()

    await house.async_run(4, 11.9)

    assert house.charger.commands == [("set_current", 20)]
    assert house.state("sensor.car_last_command") == "delivered"


async def test_a_newer_cut_replaces_one_that_waits(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A deeper cut goes out at once, not after the next try of the one before.

    Accident 6.
    """
    house = House(hass, freezer)
    await house.async_settle_in(2)
    house.charger.fail()
    await house.async_run(9, 12)
    house.charger.mend()
    house.charger.calls.clear()

    await house.async_run(1, 20)

    assert house.charger.commands == [("set_current", 12)]


async def test_a_hanging_script_is_stopped_and_tried_again(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A script that does not return within 10 s is stopped, told as failed and tried again.

    Accident 23.
    """
    house = House(hass, freezer)
    await house.async_settle_in(2)
    house.charger.script_s = 1000

    await house.async_run(12, 12)
    assert house.state("sensor.car_last_command") == "timed_out"
    assert house.event_types() == ["action_failed"]
    assert house.events[0].data["error"] == "did not return within 10 s"

    house.charger.mend()
    await house.async_run(15)
    assert house.charger.commands[-1] == ("set_current", 6)
    assert house.state("sensor.car_last_command") == "delivered"
    assert house.over_s() <= PROMISE_S
    await house.async_run(30)
    assert house.total_a[-1] == 32


async def test_a_missing_script_is_told_and_used_when_it_comes(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A script that is removed while running is a failed command, not a silent one.

    Accident 23.
    """
    house = House(hass, freezer)
    await house.async_settle_in(2)
    await house.async_run(35)
    hass.services.async_remove("script", "car_set_current")

    await house.async_run(3, 30)
    assert house.charger.commands == [("stop_charging", 0)]
    await house.async_run(60, 2)

    assert house.state("sensor.car_last_command") == "rejected"
    failures = [event.data for event in house.events if event.event_type == "ev_lb_action_failed"]
    assert [(data["action"], data["entity_id"], data["error"]) for data in failures] == [
        ("set_current", "script.car_set_current", "the script does not exist")
    ]


@pytest.mark.parametrize(("mode", "first_a"), [("restart", 20), ("queued", 20), ("single", 6)])
async def test_a_cut_during_the_users_own_run_of_a_script_is_not_lost(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, mode: str, first_a: int
) -> None:
    """A cut that comes while somebody runs the script gets through, whatever its mode.

    In mode `single` Home Assistant drops such a call without an error: the cut is late, and the
    overload meanwhile so old that the car goes to its minimum first.

    Accident 4. Stands on `ScriptControl` in `control/scripts.py`.
    """
    house = House(hass, freezer)
    await house.async_settle_in(2, mode=mode)
    house.charger.script_s = 4
    running = asyncio.create_task(
        hass.services.async_call("script", "car_set_current", {"current_a": 30}, blocking=True)
    )
    await house.async_settle()
    assert house.state("script.car_set_current") == "on"

    await house.async_run(25, 12)
    await asyncio.wait([running])

    assert house.state("sensor.car_last_command") == "delivered"
    assert house.charger.drawn_a == first_a
    assert house.over_s() <= PROMISE_S
    await house.async_run(30)
    assert house.state("sensor.car_current_set") == "20"
    assert house.charger.drawn_a == 20


@pytest.mark.parametrize("mode", ["restart", "queued", "single"])
async def test_a_cut_ends_an_increase_that_is_under_way(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, mode: str
) -> None:
    """A cut does not wait until the script of an increase has ended.

    Accident 4.
    """
    house = House(hass, freezer)
    await house.async_settle_in(12, mode=mode)
    house.charger.script_s = 4
    await house.async_run(2, 2)
    assert house.charger.commands == [("set_current", 30)]

    # The script of the increase ends half way: the charger may be at 20 or at 30 A now.
    await house.async_run(1, 20)
    assert house.charger.commands[1:] == [("set_current", 22)]

    # It is not believed for long: the minimum, and what is free when the hold is over.
    await house.async_run(40)
    assert house.charger.drawn_a <= 12
    assert house.over_s() <= PROMISE_S
    await house.async_run(50)
    assert house.charger.drawn_a == 12
    assert house.event_types() == []


async def test_an_increase_that_ended_half_way_does_not_hide_an_overload(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Not knowing whether an increase got through costs no more than three response times."""
    house = House(hass, freezer)
    await house.async_settle_in(12)
    house.charger.script_s = 4
    await house.async_run(2, 2)

    await house.async_run(60, 20)

    assert house.over_s() <= PROMISE_S


async def test_nothing_ends_a_stop_that_is_under_way(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A stop whose script still runs is finished, whatever comes meanwhile.

    Accident 6.
    """
    house = House(hass, freezer)
    await house.async_settle_in(2)
    house.charger.script_s = 6
    await house.async_run(2, 30)
    assert house.charger.commands == [("stop_charging", 0)]

    await house.async_run(1, 0)
    await house.async_set_number("number.car_max_charger_current", 10)
    await house.async_switch("switch.car_enabled", is_on=False)
    await house.async_run(10)

    assert house.charger.commands == [("stop_charging", 0)]
    assert house.charger.is_on is False
    assert house.state("sensor.car_last_command") == "delivered"


async def test_a_charger_that_started_without_its_current_is_stopped(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """If the current cannot be set after a start, the car is stopped at once, then tried again."""
    house = House(hass, freezer)
    house.charger.limit_a = 32
    house.charger.fail("set_current")
    await house.async_set_up(20)
    await house.async_run(1)

    assert house.charger.commands == [
        ("start_charging", 12),
        ("set_current", 12),
        ("stop_charging", 0),
    ]

    house.charger.mend()
    await house.async_run(1)
    assert house.charger.commands[3:] == [("start_charging", 12), ("set_current", 12)]
    await house.async_run(10)
    assert house.charger.drawn_a == 12
    assert max(house.total_a) <= 32


async def test_a_start_that_is_lowered_before_it_got_through_is_still_a_start(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A start that waits for its next try does not become a mere current for a stopped charger."""
    house = House(hass, freezer)
    house.charger.fail("start_charging")
    await house.async_set_up(2)
    await house.async_run(4)
    house.forget_past()

    await house.async_set_number("number.car_max_charger_current", 20)
    house.charger.mend()
    await house.async_run(10)

    assert house.charger.commands[-2:] == [("start_charging", 20), ("set_current", 20)]
    assert house.charger.drawn_a == 20


@pytest.mark.parametrize(
    ("missing", "started", "stopped"),
    [
        ("stop_charging_script", ["start_charging", "set_current"], ("set_current", 0)),
        ("start_charging_script", ["set_current"], ("stop_charging", 0)),
    ],
)
async def test_scripts_that_were_left_empty_are_done_without(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    missing: str,
    started: list[str],
    stopped: tuple[str, int],
) -> None:
    """Without a stop script the current is set to 0; without a start script it is just set."""
    is_on = missing == "start_charging_script"
    house = House(hass, freezer, Charger("car", settings={missing: None}, is_on=is_on))
    await house.async_set_up(2)
    await house.async_run(1)
    assert house.charger.commands == [(action, 30) for action in started]
    await house.async_run(20)
    house.forget_past()

    await house.async_run(1, 30)

    assert house.charger.commands == [stopped]


async def test_a_deaf_charger_is_noticed(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, issue_registry: ir.IssueRegistry
) -> None:
    """A charger whose calls return but that does not follow is cut, stopped, and reported.

    When it follows again all of that is taken back.

    Accident 23. Stands on `judge` in `supervise/compliance.py`.
    """
    house = House(hass, freezer)
    await house.async_settle_in(2)
    house.charger.is_deaf = True

    await house.async_run(60, 12)

    currents = [current_a for _, current_a in house.charger.commands]
    assert currents[:3] == [20, 6, 0]
    assert house.event_types() == ["overload_stop", "charger_unresponsive"]
    assert house.state("binary_sensor.car_unresponsive") == "on"
    assert house.state("sensor.car_limited_by") == "unresponsive"
    issue = issue_registry.async_get_issue("ev_lb", "charger_unresponsive_ID_CAR")
    assert issue is not None
    assert issue.severity is ir.IssueSeverity.ERROR

    # It is told again each response time at first, then once a minute, without end.
    await house.async_run(60)
    stops = house.charger.commands.count(("stop_charging", 0))
    assert stops > 5
    await house.async_run(180)
    assert house.charger.commands.count(("stop_charging", 0)) == stops + 3

    house.charger.mend()
    await house.async_run(65)
    assert house.event_types()[-2:] == ["charger_recovered", "charging_resumed"]
    assert house.state("binary_sensor.car_unresponsive") == "off"
    assert issue_registry.async_get_issue("ev_lb", "charger_unresponsive_ID_CAR") is None


async def test_a_house_over_its_limit_by_itself_blames_no_charger(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A house that draws too much with its cars stopped is the house's own affair.

    The stop is said again all the same, five times soon and then once a minute: who knows.
    """
    house = House(hass, freezer)
    await house.async_settle_in(2)

    await house.async_run(240, 40)

    assert set(house.charger.commands) == {("stop_charging", 0)}
    seconds = [second for second, _, _ in house.charger.calls]
    assert seconds == [31, 43, 55, 67, 79, 91, 151, 211]
    assert house.event_types() == ["overload_stop"]
    assert house.state("binary_sensor.car_unresponsive") == "off"


async def test_a_missing_script_does_not_hold_up_a_stop(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A start that waits for its script after a boot gives way to a stop, at once."""
    house = House(hass, freezer)
    await house.async_add_scripts()
    hass.services.async_remove("script", "car_start_charging")
    house.report(10)
    await house.async_load()
    await house.async_run(5)
    assert house.charger.commands == []

    await house.async_run(1, 40)

    assert house.charger.commands == [("stop_charging", 0)]


async def test_a_car_is_not_started_without_a_script_for_its_current(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """If the set current script is missing, the start script is not called either."""
    house = House(hass, freezer)
    await house.async_add_scripts()
    hass.services.async_remove("script", "car_set_current")
    house.report(10)
    await house.async_load()
    await house.async_run(120)

    assert house.charger.commands == []
    assert house.state("sensor.car_last_command") == "rejected"


async def test_two_failing_chargers_hold_up_an_unload_no_longer_than_one(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """An unload waits for cuts that are under way, but for 10 s at most."""
    house = House(hass, freezer, Charger("a"), Charger("b"), Charger("c"))
    await house.async_settle_in(2)
    for item in house.chargers:
        item.fail()
    await house.async_run(1, 30)

    unloading = asyncio.create_task(hass.config_entries.async_unload(house.entry.entry_id))
    await house.async_run(9)
    assert not unloading.done()
    await house.async_run(2)

    assert unloading.done()
    house.forget_past()
    await house.async_run(20)
    assert [item.commands for item in house.chargers] == [[], [], []]


async def test_the_report_of_a_deaf_charger_ends_when_it_is_switched_off(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, issue_registry: ir.IssueRegistry
) -> None:
    """Who takes a charger that does not follow out of the balancing has nothing to repair."""
    house = House(hass, freezer)
    await house.async_settle_in(2)
    house.charger.is_deaf = True
    await house.async_run(60, 12)
    assert issue_registry.async_get_issue("ev_lb", "charger_unresponsive_ID_CAR") is not None

    await house.async_switch("switch.car_enabled", is_on=False)

    assert issue_registry.async_get_issue("ev_lb", "charger_unresponsive_ID_CAR") is None
    assert house.state("binary_sensor.car_unresponsive") == "off"


async def test_the_report_of_a_deaf_charger_ends_with_the_charger(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, issue_registry: ir.IssueRegistry
) -> None:
    """Nothing is left to repair of a charger that was removed."""
    house = House(hass, freezer)
    await house.async_settle_in(2)
    house.charger.is_deaf = True
    await house.async_run(60, 12)
    assert issue_registry.async_get_issue("ev_lb", "charger_unresponsive_ID_CAR") is not None

    await house.async_remove_charger(house.charger)
    await hass.async_block_till_done()

    assert issue_registry.async_get_issue("ev_lb", "charger_unresponsive_ID_CAR") is None


async def test_a_cut_that_somebody_else_interrupts_is_tried_again(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A run of a script that another call ends half way is no success.

    Accident 3. Stands on `ScriptControl` in `control/scripts.py`.
    """
    house = House(hass, freezer)
    await house.async_settle_in(2)
    house.charger.script_s = 4
    await house.async_run(1, 12)
    await hass.services.async_call("script", "car_set_current", {"current_a": 30})
    await house.async_run(1)

    assert house.state("sensor.car_current_set") == "30"
    assert house.event_types() == ["action_failed"]

    house.charger.script_s = 0
    await house.async_run(20)
    assert house.charger.commands[-1] == ("set_current", 20)
    assert house.charger.drawn_a == 20
