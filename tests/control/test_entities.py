"""Control by entities: what is done to them for each command, and what counts as failed."""

from typing import Any

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.number import NumberDeviceClass
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import async_capture_events

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
    Misfit,
    Unusable,
)
from custom_components.ev_lb.control.ways import control_of

from ..charger_entities import ChargerEntities
from ..conftest import entity_control

SET_10 = SetCurrent(charger_id="ID_CAR", current_a=10)
START_10 = StartCharging(charger_id="ID_CAR", current_a=10)
STOP = StopCharging(charger_id="ID_CAR")

type Deeds = list[tuple[str, float | bool | str]]


class Wallbox(ChargerEntities):
    """A charger that keeps what was done to its entities, and may refuse it."""

    def __init__(self, hass: HomeAssistant, **number: Any) -> None:
        """Begin with a charger that takes everything."""
        super().__init__(hass, self._hear, **number)
        self.deeds: Deeds = []
        self.refused: set[str] = set()
        self.lost_with: str | None = None
        """With what of it its number goes away: it boots anew, or loses its connection."""

    async def _hear(self, key: str, value: float | bool | str) -> None:
        self.deeds.append((key, value))
        if key in self.refused:
            raise HomeAssistantError("cloud dead")

        if key == self.lost_with:
            self.lose("number")

    def taken(self) -> Deeds:
        """Return what was done since this was asked last."""
        taken, self.deeds = self.deeds, []
        return taken


def control(hass: HomeAssistant, pause: str = "switch", **data: Any) -> Control:
    """Return the way to the charger; what its dialog does not ask for is not stored."""
    stored = entity_control(pause=pause, **data)
    if pause == "zero":
        del stored["start_order"]
    subentry = ConfigSubentry(
        subentry_id="ID_CAR",
        subentry_type="charger",
        title="Car",
        unique_id=None,
        data=stored,  # pyright: ignore[reportArgumentType]
    )
    return control_of(hass, subentry, 230)


@pytest.fixture
async def wallbox(hass: HomeAssistant) -> Wallbox:
    """Return a charger that can be paused in every way."""
    wallbox = Wallbox(hass)
    await wallbox.async_add()
    return wallbox


async def async_failed(way: Control, command: Command) -> tuple[str, str, str]:
    """Return how a command has failed: in which action, at which entity, and why."""
    with pytest.raises(CallFailedError) as failed:
        await way.async_carry_out(command)
    return failed.value.action, failed.value.entity_id, failed.value.error


# What is done


@pytest.mark.parametrize(
    ("pause", "start", "stop"),
    [
        pytest.param("switch", [("switch", True)], [("switch", False)], id="switch"),
        pytest.param("inverted_switch", [("switch", False)], [("switch", True)], id="inverted"),
        pytest.param("buttons", [("start_button", True)], [("stop_button", True)], id="buttons"),
        pytest.param("select", [("select", "charging")], [("select", "paused")], id="select"),
    ],
)
async def test_charger_is_started_set_and_stopped(
    hass: HomeAssistant, wallbox: Wallbox, pause: str, start: Deeds, stop: Deeds
) -> None:
    """Each way to pause has its deeds; a charger that runs only gets another current."""
    set_first = control(hass, pause, start_order="set_first")
    start_first = control(hass, pause)

    await start_first.async_carry_out(START_10)
    assert wallbox.taken() == [*start, ("number", 10)]
    await start_first.async_carry_out(SET_10)
    assert wallbox.taken() == [("number", 10)]
    await start_first.async_carry_out(STOP)
    assert wallbox.taken() == stop

    await set_first.async_carry_out(START_10)
    assert wallbox.taken() == [("number", 10), *start]


async def test_charger_without_anything_that_pauses_is_paused_by_0_a(hass: HomeAssistant) -> None:
    """Its number goes to 0, and a current starts it."""
    wallbox = Wallbox(hass, ends=(0, 32))
    await wallbox.async_add()
    way = control(hass, "zero")

    for command in (START_10, SET_10, STOP):
        await way.async_carry_out(command)

    assert wallbox.taken() == [("number", 10), ("number", 10), ("number", 0)]


async def test_charger_is_controlled_by_helpers(hass: HomeAssistant) -> None:
    """Helpers of the user's stand for entities, where an automation does the rest."""
    assert await async_setup_component(
        hass,
        "input_number",
        {"input_number": {"amps": {"min": 0, "max": 32, "initial": 0, "unit_of_measurement": "A"}}},
    )
    assert await async_setup_component(hass, "input_boolean", {"input_boolean": {"pause": {}}})
    assert await async_setup_component(
        hass, "input_select", {"input_select": {"mode": {"options": ["charging", "paused"]}}}
    )
    assert await async_setup_component(
        hass, "input_button", {"input_button": {"go": {}, "halt": {}}}
    )
    calls = async_capture_events(hass, "call_service")

    for pause, data in (
        ("inverted_switch", {"pause_switch": "input_boolean.pause"}),
        ("select", {"pause_select": "input_select.mode"}),
        ("buttons", {"start_button": "input_button.go", "stop_button": "input_button.halt"}),
    ):
        way = control(hass, pause, current_number="input_number.amps", **data)
        await way.async_carry_out(START_10)
        await way.async_carry_out(STOP)

    done = [(call.data["domain"], call.data["service"]) for call in calls]
    assert done == [
        ("input_boolean", "turn_off"),
        ("input_number", "set_value"),
        ("input_boolean", "turn_on"),
        ("input_select", "select_option"),
        ("input_number", "set_value"),
        ("input_select", "select_option"),
        ("input_button", "press"),
        ("input_number", "set_value"),
        ("input_button", "press"),
    ]
    amps, mode = hass.states.get("input_number.amps"), hass.states.get("input_select.mode")
    assert amps is not None
    assert mode is not None
    assert (amps.state, mode.state) == ("10.0", "paused")


# The range of the number


@pytest.mark.parametrize(
    ("number", "current_a", "value"),
    [
        pytest.param({}, 10, 10, id="as it is"),
        pytest.param({}, 40, 32, id="above the range"),
        pytest.param({}, 6, 6, id="the lowest"),
        pytest.param({"unit": "mA", "ends": (6000, 32000), "step": 1000}, 10, 10000, id="mA"),
        pytest.param({"unit": "mA", "ends": (6000, 32000), "step": 4000}, 13, 10000, id="steps"),
        pytest.param({"step": 0.1}, 13, 13, id="steps that are not exact"),
        pytest.param({"step": 5}, 15, 11, id="steps from the lowest"),
        pytest.param({"ends": (6, 25.5), "step": 1}, 30, 25, id="highest between steps"),
        pytest.param({"unit": None}, 10, 10, id="no unit"),
        pytest.param({"ends": (-32, 32)}, 7, 7, id="range below zero"),
    ],
)
async def test_current_is_floored_to_what_the_number_takes(
    hass: HomeAssistant, number: dict[str, Any], current_a: int, value: float
) -> None:
    """In its own unit and steps, within its range, and never more than was meant."""
    wallbox = Wallbox(hass, **number)
    await wallbox.async_add()

    await control(hass).async_carry_out(SetCurrent(charger_id="ID_CAR", current_a=current_a))

    assert wallbox.taken() == [("number", value)]


async def test_unit_that_the_user_has_chosen_is_the_one_that_counts(
    hass: HomeAssistant, entity_registry: er.EntityRegistry
) -> None:
    """Home Assistant shows the range in the user's unit and the step in the device's."""
    current = NumberDeviceClass.CURRENT
    wallbox = Wallbox(hass, unit="mA", ends=(6000, 32000), step=1000, device_class=current)
    await wallbox.async_add()
    entity_registry.async_update_entity_options(
        "number.car_number", "number", {"unit_of_measurement": "A"}
    )
    await hass.async_block_till_done()

    await control(hass).async_carry_out(SET_10)

    assert wallbox.taken() == [("number", 10000)]


async def test_current_below_the_range_pauses_until_there_is_more(
    hass: HomeAssistant, wallbox: Wallbox
) -> None:
    """A number that begins at 6 A is not told 5 A: the charger is paused, and started again."""
    way = control(hass)
    await way.async_carry_out(START_10)
    wallbox.taken()

    await way.async_carry_out(SetCurrent(charger_id="ID_CAR", current_a=5))
    assert wallbox.taken() == [("switch", False)]
    await way.async_carry_out(SET_10)
    assert wallbox.taken() == [("switch", True), ("number", 10)]
    await way.async_carry_out(SET_10)
    assert wallbox.taken() == [("number", 10)]

    await way.async_carry_out(StartCharging(charger_id="ID_CAR", current_a=5))
    assert wallbox.taken() == [("switch", False)]
    await way.async_carry_out(STOP)
    await way.async_carry_out(START_10)
    assert wallbox.taken() == [("switch", False), ("switch", True), ("number", 10)]


async def test_number_that_0_a_cannot_be_written_to_is_set_to_the_lowest_once(
    hass: HomeAssistant, wallbox: Wallbox
) -> None:
    """It draws as little as it can, and nobody is told that it has stopped."""
    way = control(hass, "zero")
    failed = (
        "set_current",
        "number.car_number",
        "cannot be set to 0 A to pause the charger: its range begins at 6 A",
    )

    for _ in range(5):
        assert await async_failed(way, STOP) == failed
    assert wallbox.taken() == [("number", 6)]

    another = StopCharging(charger_id="ID_CAR")
    assert await async_failed(way, another) == failed
    assert wallbox.taken() == [("number", 6)]
    below = SetCurrent(charger_id="ID_CAR", current_a=4)
    assert await async_failed(way, below) == failed
    assert wallbox.taken() == [("number", 6)]

    await way.async_carry_out(SET_10)
    assert wallbox.taken() == [("number", 10)]


async def test_lowering_that_failed_is_tried_again(hass: HomeAssistant, wallbox: Wallbox) -> None:
    """Only what was written is not written twice."""
    way = control(hass, "zero")
    wallbox.refused = {"number"}
    assert await async_failed(way, STOP) == ("set_current", "number.car_number", "cloud dead")
    wallbox.refused = set()
    _, _, error = await async_failed(way, STOP)
    assert "its range begins at 6 A" in error
    assert wallbox.taken() == [("number", 6), ("number", 6)]


# What counts as failed


@pytest.mark.parametrize(
    ("command", "key", "action"),
    [
        pytest.param(SET_10, "number", "set_current", id="set"),
        pytest.param(STOP, "switch", "stop_charging", id="stop"),
        pytest.param(START_10, "switch", "start_charging", id="start"),
    ],
)
async def test_command_that_an_entity_refuses_has_failed(
    hass: HomeAssistant, wallbox: Wallbox, command: Command, key: str, action: str
) -> None:
    """What an integration raises is told with its words.

    Accident 23.
    """
    wallbox.refused = {key}
    failed = await async_failed(control(hass), command)
    assert failed == (action, wallbox.id_of(key), "cloud dead")


@pytest.mark.parametrize("pause", ["switch", "inverted_switch", "buttons", "select"])
async def test_start_without_its_current_is_stopped(
    hass: HomeAssistant, wallbox: Wallbox, pause: str
) -> None:
    """A charger that has started with nobody knows what is stopped until the next try."""
    way = control(hass, pause)
    await way.async_carry_out(STOP)
    (stop,) = wallbox.taken()
    wallbox.refused = {"number"}

    failed = await async_failed(way, START_10)

    assert failed == ("set_current", "number.car_number", "cloud dead")
    assert wallbox.taken()[1:] == [("number", 10), stop]


async def test_start_that_fails_after_its_current_was_set_stops_nothing(
    hass: HomeAssistant, wallbox: Wallbox
) -> None:
    """Nothing has started: it is only told again."""
    way = control(hass, start_order="set_first")
    wallbox.refused = {"switch"}
    await async_failed(way, START_10)
    assert wallbox.taken() == [("number", 10), ("switch", True)]

    wallbox.refused = {"number"}
    await async_failed(way, START_10)
    assert wallbox.taken() == [("number", 10)]


async def test_number_that_goes_away_while_the_charger_starts_has_failed(
    hass: HomeAssistant, wallbox: Wallbox
) -> None:
    """Home Assistant would skip it with a warning, and the car draw its old 30 A."""
    way = control(hass)
    await way.async_carry_out(STOP)
    wallbox.taken()
    wallbox.lost_with = "switch"

    failed = await async_failed(way, START_10)

    assert failed == ("set_current", "number.car_number", "is unavailable")
    assert wallbox.taken() == [("switch", True), ("switch", False)]


@pytest.mark.parametrize("key", ["number", "switch"])
@pytest.mark.parametrize(
    ("loss", "error"),
    [
        pytest.param("lose", "is unavailable", id="unavailable"),
        pytest.param("disconnect", "is unavailable", id="old state"),
        pytest.param("remove", "does not exist", id="removed"),
        pytest.param("leave", "is unavailable", id="state of nobody's"),
    ],
)
async def test_nothing_is_done_to_what_cannot_be_reached(
    hass: HomeAssistant, wallbox: Wallbox, key: str, loss: str, error: str
) -> None:
    """Home Assistant would skip it with a warning, and the command would count as carried out.

    Also where the entity shows what was before it was lost, as lbbrhzn/ocpp does. Accident 23.
    """
    entity = wallbox.by_key[key]
    way = control(hass)
    assert way.is_reachable
    if loss in ("lose", "disconnect"):
        getattr(wallbox, loss)(key)
    else:
        await entity.async_remove(force_remove=True)
        if loss == "leave":
            hass.states.async_set(entity.entity_id, "16", {"unit_of_measurement": "A"})

    assert not way.is_reachable
    action = "set_current" if key == "number" else "start_charging"
    assert await async_failed(way, START_10) == (action, entity.entity_id, error)
    assert wallbox.taken() == []
    stopping = key == "number"
    if stopping:
        await way.async_carry_out(STOP)
    else:
        assert await async_failed(way, STOP) == ("stop_charging", entity.entity_id, error)
    assert wallbox.taken() == ([("switch", False)] if stopping else [])


async def test_button_that_was_never_pressed_can_be_pressed(
    hass: HomeAssistant, wallbox: Wallbox
) -> None:
    """Its state is unknown, and nothing is wrong with it."""
    state = hass.states.get("button.car_stop_button")
    assert state is not None
    assert state.state == "unknown"
    way = control(hass, "buttons")
    assert way.is_reachable
    await way.async_carry_out(STOP)
    assert wallbox.taken() == [("stop_button", True)]


async def test_what_is_missing_after_a_start_is_waited_for(
    hass: HomeAssistant, wallbox: Wallbox, freezer: FrozenDateTimeFactory
) -> None:
    """An integration that comes up late has not failed yet; a minute later it has."""
    way = control(hass)
    way.await_until(hass.loop.time() + 60)
    wallbox.lose()
    with pytest.raises(ControlAwaitedError):
        await way.async_carry_out(START_10)
    freezer.tick(61)
    assert await async_failed(way, START_10) == (
        "start_charging",
        "switch.car_switch",
        "is unavailable",
    )


async def test_device_that_measures_nothing_any_more_has_taken_nothing(
    hass: HomeAssistant, wallbox: Wallbox
) -> None:
    """Its entities are there and take all: it is sent, and has failed until the device is back.

    That the device's own link is off is no sign: of many chargers it is that of another thing.
    """
    way = control(hass)
    wallbox.link.show(is_on=False)
    await way.async_carry_out(STOP)
    wallbox.taken()

    wallbox.lose("sensor")
    failed = ("stop_charging", "switch.car_switch", "its device is disconnected")
    assert await async_failed(way, STOP) == failed
    assert wallbox.taken() == [("switch", False)]
    assert not way.is_reachable

    wallbox.reconnect()
    await way.async_carry_out(STOP)
    assert way.is_reachable


@pytest.mark.parametrize(
    ("pause", "number", "unusable"),
    [
        pytest.param("switch", {}, {}, id="nothing"),
        pytest.param(
            "switch",
            {"unit": "%"},
            {"number.car_number": Unusable(misfit=Misfit.UNIT)},
            id="unit",
        ),
        pytest.param(
            "zero",
            {"ends": (6000, 32000), "unit": "mA"},
            {"number.car_number": Unusable(misfit=Misfit.ZERO, detail="6000 mA")},
            id="no zero",
        ),
        pytest.param("zero", {"ends": (0, 32)}, {}, id="zero"),
        pytest.param("select", {}, {}, id="options"),
    ],
)
async def test_what_only_the_user_can_mend_is_named(
    hass: HomeAssistant, pause: str, number: dict[str, Any], unusable: dict[str, Unusable]
) -> None:
    """What is there and cannot be used has a reason."""
    wallbox = Wallbox(hass, **number)
    await wallbox.async_add()
    assert control(hass, pause).unusable == unusable


async def test_number_of_another_unit_is_not_written(hass: HomeAssistant) -> None:
    """16 A are not 16 %; what pauses the charger still does."""
    wallbox = Wallbox(hass, unit="%")
    await wallbox.async_add()
    way = control(hass)
    error = "has a unit that is neither A nor mA"
    assert await async_failed(way, START_10) == ("set_current", "number.car_number", error)
    assert wallbox.taken() == []
    await way.async_carry_out(STOP)
    assert wallbox.taken() == [("switch", False)]


async def test_option_that_is_gone_does_not_keep_the_other_from_working(
    hass: HomeAssistant, wallbox: Wallbox
) -> None:
    """A charger whose charging option was renamed can still be paused."""
    way = control(hass, "select", charging_option="go")
    assert way.unusable == {"select.car_select": Unusable(misfit=Misfit.OPTION, detail="go")}
    assert await async_failed(way, START_10) == (
        "start_charging",
        "select.car_select",
        "has no option go",
    )
    await way.async_carry_out(STOP)
    assert wallbox.taken() == [("select", "paused")]


@pytest.mark.parametrize(
    ("pause", "uses"),
    [
        pytest.param("zero", {"number.car_number"}, id="zero"),
        pytest.param("switch", {"number.car_number", "switch.car_switch"}, id="switch"),
        pytest.param(
            "buttons",
            {"number.car_number", "button.car_start_button", "button.car_stop_button"},
            id="buttons",
        ),
        pytest.param("select", {"number.car_number", "select.car_select"}, id="select"),
    ],
)
def test_only_what_is_needed_is_used(hass: HomeAssistant, pause: str, uses: set[str]) -> None:
    """What the dialog holds for another way to pause is not missed when it is gone."""
    assert control(hass, pause).uses == uses
