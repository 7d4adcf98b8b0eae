"""Control by actions: sequences of the dialog are run, and what counts as failed."""

import asyncio
from typing import Any

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.script import DATA_NEW_SCRIPT_RUNS_NOT_ALLOWED
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.ev_lb.balancing.model import (
    Command,
    SetCurrent,
    StartCharging,
    StopCharging,
)
from custom_components.ev_lb.control.protocol import (
    CallFailedError,
    Control,
    ControlAwaitedError,
)
from custom_components.ev_lb.control.ways import control_of
from custom_components.ev_lb.control.worker import ChargerWorker

from ..charger_entities import ChargerEntities

SET_10 = SetCurrent(charger_id="ID_CAR", current_a=10)
START_10 = StartCharging(charger_id="ID_CAR", current_a=10)
STOP = StopCharging(charger_id="ID_CAR")

VARIABLES = ("current_a", "current_w", "charger_id", "charger_name")

type Steps = list[dict[str, Any]]


def noted(name: str, **data: str) -> dict[str, Any]:
    """Return a step that tells the plant what it was told."""
    return {"action": "plant.note", "data": {"name": name, **data}}


def control(hass: HomeAssistant, **sequences: Steps) -> Control:
    """Return the way to a charger that has these action sequences."""
    subentry = ConfigSubentry(
        subentry_id="ID_CAR",
        subentry_type="charger",
        title="Car",
        unique_id=None,
        data={"control": "actions"}  # pyright: ignore[reportArgumentType]
        | {f"{name}_action": steps for name, steps in sequences.items()},
    )
    return control_of(hass, subentry, 230)


class Plant:
    """What the sequences act on: it keeps what it was told, refuses, or takes its time."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Begin with a plant that takes everything at once."""
        self.begun: list[dict[str, Any]] = []
        self.ended: list[str] = []
        self.refused: set[str] = set()
        self.takes_s = 0.0
        hass.services.async_register("plant", "note", self._async_note)

    async def _async_note(self, call: ServiceCall) -> None:
        self.begun.append(dict(call.data))
        name = call.data["name"]
        if name in self.refused:
            raise HomeAssistantError("cloud dead")
        await asyncio.sleep(self.takes_s)
        self.ended.append(name)

    @property
    def names(self) -> list[str]:
        """Return which steps were begun."""
        return [each["name"] for each in self.begun]


@pytest.fixture
def plant(hass: HomeAssistant) -> Plant:
    """Return a plant that takes everything at once."""
    return Plant(hass)


async def async_failed(way: Control, command: Command) -> tuple[str, str, str]:
    """Return how a command has failed: in which action, at which entity, and why."""
    with pytest.raises(CallFailedError) as failed:
        await way.async_carry_out(command)
    return failed.value.action, failed.value.entity_id, failed.value.error


async def test_a_sequence_is_told_what_scripts_are_told(hass: HomeAssistant, plant: Plant) -> None:
    """Amperes, watts, and which charger."""
    told = {name: f"{{{{ {name} }}}}" for name in VARIABLES}
    await control(hass, set_current=[noted("set", **told)]).async_carry_out(SET_10)
    assert plant.begun == [
        {
            "name": "set",
            "current_a": 10,
            "current_w": 2300,
            "charger_id": "ID_CAR",
            "charger_name": "Car",
        }
    ]


async def test_each_command_runs_its_sequences(hass: HomeAssistant, plant: Plant) -> None:
    """A start begins with its own; what was left empty is done by the one that sets a current."""
    amperes = {"a": "{{ current_a }}"}
    way = control(
        hass,
        set_current=[noted("set", **amperes)],
        stop_charging=[noted("stop", **amperes)],
        start_charging=[noted("start", **amperes)],
    )
    for command in (START_10, SET_10, STOP):
        await way.async_carry_out(command)
    lone = control(hass, set_current=[noted("set", **amperes)], stop_charging=[])
    for command in (START_10, STOP):
        await lone.async_carry_out(command)

    told = [(each["name"], each["a"]) for each in plant.begun]
    assert told == [("start", 10), ("set", 10), ("set", 10), ("stop", 0), ("set", 10), ("set", 0)]


async def test_what_a_step_raises_is_a_failed_command(hass: HomeAssistant, plant: Plant) -> None:
    """The charger is stopped where it has started without its current.

    Accident 23.
    """
    plant.refused = {"set"}
    way = control(
        hass,
        set_current=[noted("set")],
        stop_charging=[noted("stop")],
        start_charging=[noted("start")],
    )
    assert await async_failed(way, START_10) == ("set_current", "set_current_action", "cloud dead")
    assert plant.names == ["start", "set", "stop"]


@pytest.mark.parametrize(
    ("step", "error"),
    [
        pytest.param({"action": "plant.missing"}, "plant.missing", id="missing action"),
        pytest.param({"variables": {"x": "{{ 'near' | int }}"}}, "near", id="template"),
        pytest.param({"wait": "for it"}, "the actions cannot be run", id="nonsense"),
        pytest.param(
            {"device_id": "gone", "domain": "switch", "type": "turn_off", "entity_id": "a" * 32},
            "the actions cannot be run",
            id="device that is gone",
        ),
    ],
)
async def test_a_step_that_cannot_be_done_fails_the_command(
    hass: HomeAssistant, plant: Plant, step: dict[str, Any], error: str
) -> None:
    """Whatever is wrong with a sequence, the command has failed, with its reason."""
    _, _, told = await async_failed(control(hass, set_current=[step]), SET_10)
    assert error in told


async def test_a_start_that_could_not_be_set_is_not_begun(
    hass: HomeAssistant, plant: Plant
) -> None:
    """A sequence that makes no sense is found before anything is done."""
    way = control(hass, set_current=[{"wait": "for it"}], start_charging=[noted("start")])
    await async_failed(way, START_10)
    assert plant.begun == []


async def test_a_run_that_takes_too_long_is_stopped(
    hass: HomeAssistant, plant: Plant, freezer: FrozenDateTimeFactory
) -> None:
    """Ten seconds are what a call may take; what comes later would meet another command."""
    plant.takes_s = 60
    way = control(hass, set_current=[noted("set")])
    running = asyncio.create_task(async_failed(way, SET_10))
    for _ in range(11):
        for _ in range(10):
            await asyncio.sleep(0)
        freezer.tick(1)
        async_fire_time_changed(hass)
    assert await running == ("set_current", "set_current_action", "did not return within 10 s")
    assert plant.ended == []


async def test_a_newer_command_stops_the_run_of_an_increase(
    hass: HomeAssistant, plant: Plant, freezer: FrozenDateTimeFactory
) -> None:
    """Two runs at once would leave it to chance which current the charger gets."""
    plant.takes_s = 3
    way = control(hass, set_current=[noted("{{ current_a }} A"), noted("{{ current_a }} A, done")])
    worker = ChargerWorker(
        hass,
        MockConfigEntry(),
        way,
        name="Car",
        response_time_s=10,
        on_delivered=lambda _order: None,
        on_call_failed=lambda _order: None,
        on_failed=lambda _failure: None,
        on_change=lambda: None,
    )
    worker.send(SetCurrent(charger_id="ID_CAR", current_a=16), 0.0)
    for second in range(16):
        if second == 2:
            worker.send(SetCurrent(charger_id="ID_CAR", current_a=8, is_reduction=True), 2.0)
        for _ in range(10):
            await asyncio.sleep(0)
        freezer.tick(1)
        async_fire_time_changed(hass)
    assert plant.names == ["16 A", "8 A", "8 A, done"]
    assert plant.ended == ["8 A", "8 A, done"]


async def test_nothing_is_run_when_home_assistant_stops(hass: HomeAssistant, plant: Plant) -> None:
    """It would take a run for done that it has not let begin."""
    way = control(hass, set_current=[noted("set")])
    hass.data[DATA_NEW_SCRIPT_RUNS_NOT_ALLOWED] = None  # as Home Assistant does then
    _, _, error = await async_failed(way, SET_10)
    assert error == "was not run: Home Assistant stops"
    assert plant.begun == []


# The entities that it names


def sets(entity_id: str, **more: Any) -> dict[str, Any]:
    """Return a step that sets a number."""
    return {
        "action": "number.set_value",
        "target": {"entity_id": entity_id},
        "data": {"value": "{{ current_a }}"},
        **more,
    }


def if_on(entity_id: str, then: dict[str, Any]) -> dict[str, Any]:
    """Return a step that depends on another entity."""
    condition = {"condition": "state", "entity_id": entity_id, "state": "on"}
    return {"if": [condition], "then": [then]}


@pytest.fixture
async def wallbox(hass: HomeAssistant) -> ChargerEntities:
    """Return a charger whose number takes what it is told."""

    async def take(key: str, value: float | bool | str) -> None:
        pass

    wallbox = ChargerEntities(hass, take)
    await wallbox.async_add()
    return wallbox


def number(hass: HomeAssistant) -> str:
    """Return what the charger's number says."""
    state = hass.states.get("number.car_number")
    assert state is not None
    return state.state


async def test_entities_are_those_that_its_sequences_name(hass: HomeAssistant) -> None:
    """As automations know theirs: targets and conditions, wherever they stand."""
    way = control(
        hass,
        set_current=[sets("number.one"), if_on("switch.two", sets("number.three"))],
        stop_charging=[{"action": "switch.turn_off", "data": {"entity_id": ["switch.four"]}}],
        start_charging=[{"action": "switch.turn_on", "target": {"entity_id": "all"}}],
    )
    assert way.uses == {"number.one", "switch.two", "number.three", "switch.four"}
    failed = await async_failed(way, STOP)
    assert failed == ("stop_charging", "switch.four", "switch.four does not exist")


@pytest.mark.parametrize("loss", ["lose", "disconnect"])
async def test_a_sure_step_that_home_assistant_would_skip_fails_the_command(
    hass: HomeAssistant, wallbox: ChargerEntities, loss: str
) -> None:
    """Nothing would be set, and no error raised.

    Accident 23.
    """
    way = control(hass, set_current=[sets("number.car_number")])
    await way.async_carry_out(SET_10)
    assert way.is_reachable
    assert number(hass) == "10.0"

    getattr(wallbox, loss)("number")
    assert not way.is_reachable
    failed = await async_failed(way, SET_10)
    assert failed == ("set_current", "number.car_number", "number.car_number is unavailable")


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(if_on("switch.car_switch", sets("number.car_number")), id="behind an if"),
        pytest.param(sets("number.car_number", continue_on_error=True), id="may fail"),
        pytest.param(sets("number.car_number", enabled=False), id="switched off"),
    ],
)
async def test_a_step_that_the_user_provides_for_is_left_to_him(
    hass: HomeAssistant, wallbox: ChargerEntities, plant: Plant, step: dict[str, Any]
) -> None:
    """A sequence may have another way where an entity is unavailable."""
    way = control(hass, set_current=[step, noted("other way")])
    wallbox.lose("number")
    await way.async_carry_out(SET_10)
    assert plant.ended == ["other way"]


async def test_what_is_missing_after_a_start_is_waited_for(
    hass: HomeAssistant, plant: Plant
) -> None:
    """An integration that comes up late has not failed yet."""
    way = control(hass, set_current=[sets("number.car_number")])
    way.await_until(hass.loop.time() + 60)
    with pytest.raises(ControlAwaitedError):
        await way.async_carry_out(SET_10)
