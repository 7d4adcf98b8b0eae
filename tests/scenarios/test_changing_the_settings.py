"""The user's numbers, switches, limits and dialogs while cars charge."""

from typing import Any

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant

from ..conftest import circuit_subentry
from .house import Charger, House


@pytest.mark.parametrize(
    ("number", "value", "command"),
    [
        ("number.home_service_current", 20, ("set_current", 10)),
        ("number.home_service_current", 12, ("stop_charging", 0)),
        ("number.car_max_charger_current", 10, ("set_current", 10)),
        ("number.car_max_charger_current", 0, ("stop_charging", 0)),
        ("number.car_max_charger_current", 5, ("stop_charging", 0)),
        ("number.car_min_ev_current", 23, ("stop_charging", 0)),
    ],
)
async def test_a_number_acts_in_the_same_turn(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    number: str,
    value: int,
    command: tuple[str, int],
) -> None:
    """A number that takes current away acts at once, without waiting for the meter."""
    house = House(hass, freezer)
    await house.async_settle_in(10)

    await house.async_set_number(number, value)

    assert house.charger.commands == [command]
    assert house.event_types() == []


@pytest.mark.parametrize(
    ("number", "low", "high"),
    [
        ("number.home_service_current", 20, 32),
        ("number.car_max_charger_current", 10, 32),
        ("number.car_min_ev_current", 23, 6),
    ],
)
async def test_what_a_number_took_away_it_gives_back_without_a_hold(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, number: str, low: int, high: int
) -> None:
    """A cut by the user's own number starts no hold and no wait."""
    house = House(hass, freezer)
    await house.async_settle_in(10)
    await house.async_set_number(number, low)
    await house.async_run(15)
    house.forget_past()

    await house.async_set_number(number, high)

    assert house.charger.commands[-1] == ("set_current", 22)


async def test_a_number_cannot_raise_above_the_rating(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """The breaker's and the charger's rating in the dialogs are the most there is."""
    house = House(hass, freezer, Charger("car", max_a=16), breaker_a=20)
    await house.async_settle_in(0)
    assert house.charger.drawn_a == 16

    for number, most in (("home_service_current", "20"), ("car_max_charger_current", "16")):
        state = hass.states.get(f"number.{number}")
        assert state is not None
        assert str(state.attributes["max"]) == most


async def test_a_switched_off_charger_is_left_alone_and_counted_as_house(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A charger that is switched off keeps its current; the other one makes room for it."""
    house = House(hass, freezer, Charger("a"), Charger("b"))
    await house.async_settle_in(2)
    await house.async_run(20)
    house.forget_past()

    await house.async_switch("switch.a_enabled", is_on=False)
    await house.async_run(20, 10)

    assert house.chargers[0].commands == []
    assert house.chargers[0].drawn_a == 15
    assert house.chargers[1].drawn_a == 7
    assert house.state("sensor.a_balancer_state") == "disabled"
    assert house.over_s() == house.charger.delay_s


async def test_a_charger_switched_on_again_first_gets_what_it_had(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Switched on again, a charger goes on with its current or less, then with its share."""
    house = House(hass, freezer)
    await house.async_settle_in(10)
    await house.async_switch("switch.car_enabled", is_on=False)
    await house.async_run(20, 5)
    assert house.charger.commands == []

    await house.async_switch("switch.car_enabled", is_on=True)
    assert house.charger.commands == [("start_charging", 22), ("set_current", 22)]

    await house.async_run(30)
    assert house.charger.commands[2:] == [("set_current", 27)]
    assert max(house.total_a) <= 32


async def test_a_charger_switched_on_in_an_overload_is_cut_by_its_first_command(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Switched on again while the breaker is over, a charger gets what fits."""
    house = House(hass, freezer)
    await house.async_settle_in(10)
    await house.async_switch("switch.car_enabled", is_on=False)
    await house.async_run(20, 20)
    assert house.total_a[-1] == 42

    await house.async_switch("switch.car_enabled", is_on=True)
    await house.async_run(10)

    assert house.charger.commands == [("start_charging", 12), ("set_current", 12)]
    assert house.total_a[-1] == 32


async def test_the_switch_of_the_site_is_the_switch_of_all(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """With the site switched off nothing is sent; switched on, all is as it was."""
    house = House(hass, freezer, Charger("a"), Charger("b"))
    await house.async_settle_in(2)
    await house.async_run(20)
    house.forget_past()

    await house.async_switch("switch.home_enabled", is_on=False)
    house.lose_meter()
    await house.async_run(5, 20)
    house.mend_meter()
    await house.async_run(15)
    assert [item.commands for item in house.chargers] == [[], []]
    assert house.state("sensor.b_balancer_state") == "disabled"

    await house.async_switch("switch.home_enabled", is_on=True)
    await house.async_run(20)
    assert house.total_a[-1] <= 32


async def test_switching_off_drops_an_increase_and_finishes_a_cut(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """An increase that waits for its next try is given up, a cut is not."""
    house = House(hass, freezer, Charger("a"), Charger("b"))
    await house.async_settle_in(12)
    await house.async_run(20)
    house.forget_past()
    for item in house.chargers:
        item.fail()
    await house.async_run(2, 6)
    assert house.chargers[0].commands == [("set_current", 13)]
    await house.async_set_number("number.b_max_charger_current", 6)

    await house.async_switch("switch.home_enabled", is_on=False)
    for item in house.chargers:
        item.mend()
    house.forget_past()
    await house.async_run(40)

    assert house.chargers[0].commands == []
    assert house.chargers[1].commands == [("set_current", 6)]


async def test_switching_off_drops_a_start_that_was_lowered_before_it_got_through(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A start that waits is given up though it was lowered meanwhile: it is still a start."""
    house = House(hass, freezer)
    await house.async_settle_in(10)
    await house.async_run(10, 30)
    house.charger.fail("start_charging")
    await house.async_run(45, 2)
    assert house.charger.commands[-1] == ("start_charging", 30)
    await house.async_set_number("number.car_max_charger_current", 20)
    await house.async_run(1)
    assert house.charger.commands[-1] == ("start_charging", 20)

    await house.async_switch("switch.car_enabled", is_on=False)
    house.charger.mend()
    house.forget_past()
    await house.async_run(40)

    assert house.charger.commands == []


# Temporary limits


async def test_a_limit_cuts_at_once_and_ends_by_itself(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A limit acts at once, ends by the clock without a reading, and starts no hold."""
    house = House(hass, freezer)
    await house.async_settle_in(10)

    await house.async_set_limit(house.charger, 10, 60)
    assert house.charger.commands == [("set_current", 10)]
    assert house.state("sensor.car_limited_by") == "limit"

    await house.async_run(59)
    assert len(house.charger.commands) == 1
    house.freeze_meter()
    await house.async_run(1)
    assert house.charger.commands[1:] == [("set_current", 22)]


async def test_a_limit_below_the_minimum_stops(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A limit below the minimum means stop; when it is cleared the car starts again."""
    house = House(hass, freezer)
    await house.async_settle_in(10)

    await house.async_set_limit(house.charger, 5, 600)
    assert house.charger.commands == [("stop_charging", 0)]
    assert house.state("sensor.car_limited_by") == "below_minimum"
    await house.async_run(15)

    await house.async_clear_limit(house.charger)
    assert house.charger.commands[1:] == [("start_charging", 22), ("set_current", 22)]
    assert house.event_types() == []


async def test_a_second_limit_replaces_the_first(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """The last call counts, also when it allows more or ends earlier."""
    house = House(hass, freezer)
    await house.async_settle_in(10)
    await house.async_set_limit(house.charger, 8, 600)
    await house.async_run(20)

    await house.async_set_limit(house.charger, 16, 20)
    await house.async_run(35)

    assert house.charger.commands == [
        ("set_current", 8),
        ("set_current", 16),
        ("set_current", 22),
    ]


async def test_a_limit_never_raises_and_never_breaks_a_hold(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A limit above what the house leaves changes nothing."""
    house = House(hass, freezer)
    await house.async_settle_in(10)
    await house.async_run(5, 20)
    await house.async_run(1, 2)
    house.forget_past()

    await house.async_set_limit(house.charger, 32, 600)
    await house.async_run(10)

    assert house.charger.commands == []


@pytest.mark.parametrize("is_killed", [True, False], ids=["killed", "reloaded"])
async def test_a_limit_survives_a_restart_and_ends_by_the_clock(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    hass_storage: dict[str, Any],
    is_killed: bool,
) -> None:
    """A limit of two minutes ends after two minutes, with a restart in between."""
    house = House(hass, freezer)
    await house.async_settle_in(10)
    await house.async_set_limit(house.charger, 10, 120)
    set_at = house.second
    await house.async_run(20)

    if is_killed:
        await house.async_kill(hass_storage)
        await house.async_run(20)
        await house.async_boot()
    else:
        await house.async_reload()
    house.forget_past()
    await house.async_run(set_at + 119 - house.second)
    assert house.charger.drawn_a == 10

    await house.async_run(5)
    assert house.charger.commands[-1] == ("set_current", 22)


async def test_a_limit_is_taken_while_nothing_is_decided(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A limit set while the charger is switched off, or the meter lost, acts afterwards."""
    house = House(hass, freezer)
    await house.async_settle_in(10)
    await house.async_switch("switch.car_enabled", is_on=False)
    await house.async_set_limit(house.charger, 10, 600)
    assert house.charger.commands == []

    await house.async_switch("switch.car_enabled", is_on=True)
    assert house.charger.commands == [("start_charging", 10), ("set_current", 10)]


# The dialogs


async def test_a_charger_is_added_while_another_charges(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A new charger gets its share of what there is; the other goes on meanwhile."""
    first, second = Charger("a"), Charger("b", is_installed=False)
    house = House(hass, freezer, first, second)
    await house.async_settle_in(2)
    assert first.drawn_a == 30

    await house.async_add_charger(second)
    await house.async_run(120)

    assert (first.drawn_a, second.drawn_a) == (15, 15)
    assert ("stop_charging", 0) not in first.commands
    assert max(house.total_a) <= 32


async def test_a_removed_charger_keeps_its_current_and_counts_as_house(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, hass_storage: dict[str, Any]
) -> None:
    """A charger that is removed is told nothing more; the other one lives with it."""
    house = House(hass, freezer, Charger("a"), Charger("b"))
    await house.async_settle_in(2)
    await house.async_run(20)
    house.forget_past()
    gone, kept = house.chargers

    await house.async_remove_charger(gone)
    await house.async_run(40, 8)

    assert gone.commands == []
    assert (gone.drawn_a, kept.drawn_a) == (15, 9)
    assert hass.states.get("sensor.a_current_set") is None
    assert house.over_s() <= kept.delay_s
    assert list(hass_storage["ev_lb.ID_SITE"]["data"]["memory"]["chargers"]) == [kept.charger_id]


@pytest.mark.parametrize("part", ["ID_CIRCUIT", "ID_A"])
async def test_a_number_moved_while_a_part_is_removed(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    part: str,
) -> None:
    """Until the site is loaded again it has the limits and chargers that its reading fits."""
    hass.states.async_set("sensor.garage", "0", {"unit_of_measurement": "A"})
    house = House(
        hass,
        freezer,
        Charger("a"),
        Charger("b"),
        circuits=[circuit_subentry(power_meter="sensor.garage")],
    )
    await house.async_settle_in(10)
    caplog.clear()
    # The reload is late: the set-up of another integration may hold it up.
    monkeypatch.setattr(hass.config_entries, "async_schedule_reload", lambda _entry_id: None)
    hass.config_entries.async_remove_subentry(house.entry, part)
    house.entry.runtime_data.set_number("ID_SITE", "service_current_a", 6, 32)
    await house.async_run(2)
    house.lose_meter()
    await house.async_run(10)
    assert [record for record in caplog.records if record.exc_info] == []
    assert house.event_types() == ["meter_unavailable"]
    assert [charger.drawn_a for charger in house.chargers] == [0, 0]


async def test_the_cut_of_a_charger_that_is_removed_is_finished(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A cut that fails while its charger is removed is tried again all the same."""
    house = House(hass, freezer, Charger("a"), Charger("b"))
    await house.async_settle_in(2)
    await house.async_run(20)
    gone = house.charger
    gone.fail()
    gone.script_s = 2
    await house.async_run(1, 20)

    hass.config_entries.async_remove_subentry(house.entry, gone.charger_id)
    await house.async_run(2)
    gone.mend()
    await house.async_run(20)

    assert gone.drawn_a == 6
    assert hass.states.get("sensor.a_current_set") is None


async def test_a_number_changed_in_the_dialog_replaces_the_running_one(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """What is changed in a dialog is in force; what is left alone stays as it was set."""
    house = House(hass, freezer)
    await house.async_settle_in(0)
    await house.async_set_number("number.car_max_charger_current", 20)
    await house.async_set_number("number.car_priority", 70)
    await house.async_run(2)

    await house.async_change_charger(house.charger, max_charger_current_a=16)
    await hass.async_block_till_done()
    await house.async_run(20)

    assert house.state("number.car_max_charger_current") == "16"
    assert house.state("number.car_priority") == "70"
    assert house.charger.drawn_a == 16


async def test_a_number_never_touched_follows_the_dialog(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A rating raised in the dialog is in force, if its number was never touched."""
    house = House(hass, freezer, Charger("car", max_a=16))
    await house.async_settle_in(0)
    assert house.charger.drawn_a == 16

    await house.async_change_charger(house.charger, max_charger_current_a=20)
    await hass.async_block_till_done()
    await house.async_run(60)

    assert house.state("number.car_max_charger_current") == "20"
    assert house.charger.drawn_a == 20
