"""What a charger says it was told: what reaches the decision, when, and who has changed it."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import Context, HomeAssistant
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_lb.balancing.model import ReadBack
from custom_components.ev_lb.inputs.read_back import ReadBacks

from ..charger_entities import ChargerEntities
from ..conftest import charger_subentry, entity_control, site_data

NUMBER, SWITCH, SELECT = "number.car_number", "switch.car_switch", "select.car_select"


@dataclass
class Listener:
    """Keeps what the charger says."""

    read_backs: ReadBacks
    heard: int = 0
    unsubscribe: list[Any] = field(default_factory=list[Any])

    def take(self) -> ReadBack | None:
        """Return what the charger has said; None: nothing new."""
        said = self.read_backs.take().get("ID_CAR")
        return None if said is None else replace(said, at=round(said.at, 3))


def listen(hass: HomeAssistant, **control: Any) -> Listener:
    """Listen to a charger that these entities control, and to one that scripts control."""
    entry = MockConfigEntry(
        domain="ev_lb",
        title="Home",
        data=site_data(),
        subentries_data=[
            charger_subentry("ID_CAR", "Car", **entity_control(**control)),
            charger_subentry("ID_DRIVE", "Drive"),
        ],
    )
    listener = Listener(ReadBacks(hass, entry))

    def hear() -> None:
        listener.heard += 1

    listener.unsubscribe = listener.read_backs.listen(hear)
    return listener


@pytest.fixture
async def wallbox(hass: HomeAssistant) -> ChargerEntities:
    """Return a charger that takes everything and shows nothing by itself."""

    async def take(key: str, value: float | bool | str) -> None:
        pass

    wallbox = ChargerEntities(hass, take)
    await wallbox.async_add()
    wallbox.number.is_shown = wallbox.switch.is_shown = False
    return wallbox


async def test_what_stands_at_the_start_is_said_once(
    hass: HomeAssistant, wallbox: ChargerEntities, freezer: FrozenDateTimeFactory
) -> None:
    """With the moment when it was said, and only by chargers that entities control."""
    wallbox.number.show(16)
    wallbox.switch.show(is_on=True)
    said_at = round(hass.loop.time(), 3)
    freezer.tick(20)
    listener = listen(hass)

    assert listener.take() == ReadBack(at=said_at, current_a=16, is_paused=False, most_a=32)
    assert listener.read_backs.take() == {}
    assert listener.heard == 1


async def test_everything_that_is_said_is_heard(
    hass: HomeAssistant, wallbox: ChargerEntities, freezer: FrozenDateTimeFactory
) -> None:
    """A change, and the same again: that is how a poll tells that nothing has changed."""
    wallbox.number.show(16)
    listener = listen(hass)
    listener.take()

    for value in (16, 10):
        freezer.tick(5)
        wallbox.number.show(value)
        said = ReadBack(at=round(hass.loop.time(), 3), current_a=value, is_paused=True, most_a=32)
        await hass.async_block_till_done()
        assert listener.take() == said

    for unsubscribe in listener.unsubscribe:
        unsubscribe()
    wallbox.number.show(6)
    await hass.async_block_till_done()
    assert listener.take() is None


@pytest.mark.parametrize(
    ("unit", "value", "current_a"),
    [
        pytest.param("A", 13.5, 13.5, id="A"),
        pytest.param("mA", 13500, 13.5, id="mA"),
        pytest.param(None, 13.5, 13.5, id="no unit"),
        pytest.param("%", 50, None, id="no current"),
        pytest.param("A", None, None, id="unknown"),
    ],
)
async def test_current_is_in_amperes(
    hass: HomeAssistant, unit: str | None, value: float | None, current_a: float | None
) -> None:
    """Whatever the number's own unit is."""

    async def take(key: str, value: float | bool | str) -> None:
        pass

    wallbox = ChargerEntities(hass, take, unit=unit, ends=(0, 40000))
    await wallbox.async_add()
    wallbox.number.show(value)
    said = listen(hass).take()
    assert said is not None
    assert said.current_a == current_a


@pytest.mark.parametrize(
    ("control", "key", "state", "is_paused"),
    [
        pytest.param({}, "switch", True, False, id="switch on"),
        pytest.param({}, "switch", False, True, id="switch off"),
        pytest.param({"pause": "inverted_switch"}, "switch", True, True, id="inverted on"),
        pytest.param({"pause": "inverted_switch"}, "switch", False, False, id="inverted off"),
        pytest.param({"pause": "select"}, "select", "charging", False, id="charging"),
        pytest.param({"pause": "select"}, "select", "paused", True, id="paused"),
        pytest.param({"pause": "select"}, "select", "auto", None, id="another option"),
        pytest.param({"pause": "buttons"}, "switch", True, None, id="buttons"),
        pytest.param({"pause": "zero"}, "number", 0, True, id="0 A"),
        pytest.param({"pause": "zero"}, "number", 6, False, id="more than 0 A"),
    ],
)
async def test_pause_is_read_where_it_is_made(
    hass: HomeAssistant,
    wallbox: ChargerEntities,
    control: dict[str, str],
    key: str,
    state: float | bool | str,
    is_paused: bool | None,
) -> None:
    """Each kind of pause is seen in its own entity; buttons show nothing."""
    wallbox.number.show(10)
    if key == "switch":
        wallbox.switch.show(is_on=bool(state))
    elif key == "select":
        await wallbox.select.async_select_option(str(state))
    else:
        wallbox.number.show(float(state))
    said = listen(hass, **control).take()
    assert said is not None
    assert said.is_paused is is_paused
    assert said.current_a == (state if key == "number" else 10)


# What is no evidence


@pytest.mark.parametrize("loss", ["lose", "disconnect"])
async def test_what_cannot_be_reached_says_nothing(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, wallbox: ChargerEntities, loss: str
) -> None:
    """What it showed before it was lost is not what it shows now."""
    wallbox.number.show(16)
    wallbox.switch.show(is_on=True)
    listener = listen(hass)
    listener.take()
    getattr(wallbox, loss)("number")
    wallbox.switch.show(is_on=True)
    await hass.async_block_till_done()
    said = listener.take()
    assert said is not None
    assert (said.current_a, said.is_paused) == (None, False)

    getattr(wallbox, loss)("switch")
    assert listen(hass).take() == ReadBack(at=round(hass.loop.time(), 3))


async def test_device_that_measures_nothing_any_more_says_nothing(
    hass: HomeAssistant, wallbox: ChargerEntities
) -> None:
    """Its number and its switch are as they were when it was lost."""
    wallbox.number.show(16)
    wallbox.lose("sensor")
    said = listen(hass).take()
    assert said is not None
    assert (said.current_a, said.is_paused) == (None, None)


async def test_what_only_repeats_what_was_written_says_nothing(
    hass: HomeAssistant, wallbox: ChargerEntities
) -> None:
    """An assumed state and a helper are what was written, by whomever."""
    wallbox.number.show(16)
    for entity in (wallbox.number, wallbox.switch):
        state = hass.states.get(entity.entity_id)
        assert state is not None
        hass.states.async_set(
            entity.entity_id, state.state, {**state.attributes, "assumed_state": True}
        )
    said = listen(hass).take()
    assert said is not None
    assert (said.current_a, said.is_paused) == (None, None)

    helpers = {
        "input_number": {"amps": {"min": 0, "max": 32, "initial": 16}},
        "input_boolean": {"pause": {}},
    }
    for domain, config in helpers.items():
        assert await async_setup_component(hass, domain, {domain: config})
    said = listen(
        hass, current_number="input_number.amps", pause_switch="input_boolean.pause"
    ).take()
    assert said is not None
    assert (said.current_a, said.is_paused) == (None, None)


async def test_charger_that_is_gone_says_nothing(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Before its integration has come up there is nothing, and no error."""
    assert listen(hass).take() == ReadBack(at=round(hass.loop.time(), 3))


# By hand


async def async_set(hass: HomeAssistant, value: float, context: Context) -> None:
    """Set the number as somebody does."""
    data = {"entity_id": NUMBER, "value": value}
    await hass.services.async_call("number", "set_value", data, blocking=True, context=context)
    await hass.async_block_till_done()


@pytest.fixture
async def by_user(hass: HomeAssistant) -> Context:
    """Return what a user does in the browser is done with."""
    user = await hass.auth.async_create_user("Owner", group_ids=["system-admin"])
    return Context(user_id=user.id)


@pytest.fixture
async def listener(hass: HomeAssistant, wallbox: ChargerEntities) -> Listener:
    """Return what listens to a charger at 16 A that shows at once what it was told."""
    wallbox.number.is_shown = wallbox.switch.is_shown = True
    wallbox.number.show(16)
    wallbox.switch.show(is_on=True)
    listener = listen(hass)
    listener.take()
    return listener


def is_by_hand(listener: Listener) -> bool:
    """Return whether a person has done what the charger says."""
    said = listener.take()
    assert said is not None
    return said.is_by_hand


async def test_user_changes_the_number_by_hand(
    hass: HomeAssistant, wallbox: ChargerEntities, listener: Listener, by_user: Context
) -> None:
    """What was set in the browser is by hand, once: the next poll is not another act."""
    await async_set(hass, 10, by_user)
    assert is_by_hand(listener)
    wallbox.number.show(10)
    await hass.async_block_till_done()
    assert not is_by_hand(listener)


async def test_user_pauses_by_hand(
    hass: HomeAssistant, listener: Listener, by_user: Context
) -> None:
    """A switch is turned by hand like a number."""
    await hass.services.async_call(
        "switch", "turn_off", {"entity_id": SWITCH}, blocking=True, context=by_user
    )
    await hass.async_block_till_done()
    said = listener.take()
    assert said is not None
    assert (said.is_paused, said.is_by_hand) == (True, True)


async def test_our_own_commands_are_nobodys_hand(
    hass: HomeAssistant, wallbox: ChargerEntities, listener: Listener
) -> None:
    """What we write, what the device says, and what an app of its maker's does, are not by hand."""
    await async_set(hass, 10, Context())
    assert not is_by_hand(listener)
    wallbox.number.show(8)
    await hass.async_block_till_done()
    assert not is_by_hand(listener)


@pytest.mark.parametrize("is_person", [True, False])
async def test_automation_acts_for_whoever_has_set_it_off(
    hass: HomeAssistant,
    wallbox: ChargerEntities,
    listener: Listener,
    by_user: Context,
    is_person: bool,
) -> None:
    """A helper on a dashboard that an automation copies to the charger is the person's hand.

    An automation that a device has set off is not, nor one that answers to our own command.
    """
    assert await async_setup_component(
        hass, "input_number", {"input_number": {"wish": {"min": 0, "max": 32, "initial": 16}}}
    )
    copying = {
        "triggers": [{"trigger": "state", "entity_id": "input_number.wish"}],
        "actions": [
            {
                "action": "number.set_value",
                "target": {"entity_id": NUMBER},
                "data": {"value": "{{ trigger.to_state.state }}"},
            }
        ],
    }
    assert await async_setup_component(hass, "automation", {"automation": [copying]})
    await hass.async_block_till_done()
    listener.take()

    await hass.services.async_call(
        "input_number",
        "set_value",
        {"entity_id": "input_number.wish", "value": 10},
        blocking=True,
        context=by_user if is_person else Context(),
    )
    await hass.async_block_till_done()

    said = listener.take()
    assert said is not None
    assert (said.current_a, said.is_by_hand) == (10, is_person)


async def test_device_that_shows_its_old_value_in_between_is_by_hand_again(
    hass: HomeAssistant,
    wallbox: ChargerEntities,
    listener: Listener,
    by_user: Context,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Many entities show what was written, then the device's old value, then the new one.

    The old one is nobody's wish, though Home Assistant still names the user who has just written.
    """
    await async_set(hass, 10, by_user)
    assert is_by_hand(listener)
    wallbox.number.show(16)
    await hass.async_block_till_done()
    assert not is_by_hand(listener)
    freezer.tick(30)
    wallbox.number.show(10)
    await hass.async_block_till_done()
    assert is_by_hand(listener)

    wallbox.number.show(16)
    freezer.tick(120)
    wallbox.number.show(10)
    await hass.async_block_till_done()
    assert not is_by_hand(listener)


@pytest.mark.parametrize(
    ("late_s", "is_seen"),
    [pytest.param(89, True, id="next poll"), pytest.param(121, False, id="much later")],
)
async def test_device_that_shows_late_what_a_user_has_asked_for_is_by_hand(
    hass: HomeAssistant,
    wallbox: ChargerEntities,
    listener: Listener,
    by_user: Context,
    freezer: FrozenDateTimeFactory,
    late_s: int,
    is_seen: bool,
) -> None:
    """A cloud that is polled each 90 s: Home Assistant has forgotten who it was by then."""
    wallbox.number.is_shown = wallbox.switch.is_shown = False
    await async_set(hass, 10, by_user)
    assert listener.take() is None
    freezer.tick(late_s)
    wallbox.number.show(10)
    await hass.async_block_till_done()
    assert is_by_hand(listener) is is_seen

    for service, is_on in (("turn_off", False), ("toggle", False)):
        await hass.services.async_call(
            "switch", service, {"entity_id": [SWITCH]}, blocking=True, context=by_user
        )
        freezer.tick(late_s)
        wallbox.switch.show(is_on=is_on)
        await hass.async_block_till_done()
        assert is_by_hand(listener) is (is_seen and service == "turn_off")
        wallbox.switch.show(is_on=True)
        await hass.async_block_till_done()
        listener.take()


async def test_hand_of_an_earlier_run_is_seen_after_a_reload(
    hass: HomeAssistant, listener: Listener, by_user: Context
) -> None:
    """What a user has put there still stands when only our integration begins anew."""
    await async_set(hass, 10, by_user)
    assert is_by_hand(listen(hass))


async def test_values_of_one_turn_are_one_report(
    hass: HomeAssistant, wallbox: ChargerEntities, listener: Listener, by_user: Context
) -> None:
    """What stands at its end counts: a value that was replaced at once is nobody's wish."""
    await hass.services.async_call(
        "number", "set_value", {"entity_id": NUMBER, "value": 10}, blocking=True, context=by_user
    )
    wallbox.number.show(16)
    await hass.async_block_till_done()
    said = listener.take()
    assert said is not None
    assert (said.current_a, said.is_by_hand) == (16, False)
