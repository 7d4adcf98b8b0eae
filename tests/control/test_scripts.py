"""The calls of a charger's scripts: what they are told, and what counts as failed."""

import asyncio
from types import MappingProxyType
from typing import Any

import pytest
from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.ev_lb.balancing.model import StopCharging
from custom_components.ev_lb.control.protocol import CallFailedError
from custom_components.ev_lb.control.scripts import ScriptControl

from ..conftest import charger_subentry, set_meter, site_data


async def async_set_up(hass: HomeAssistant, freezer: FrozenDateTimeFactory, **charger: Any) -> None:
    """Set up a site with one charger, and the two readings that a start needs."""
    set_meter(hass, "0")
    entry = MockConfigEntry(
        domain="ev_lb",
        title="Home",
        entry_id="ID_SITE",
        data=site_data(),
        subentries_data=[charger_subentry(**charger)],
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    freezer.tick(1)
    set_meter(hass, "0")
    await hass.async_block_till_done()


async def async_add(hass: HomeAssistant, sequence: list[dict[str, object]]) -> list[ServiceCall]:
    """Set up the three scripts with the same steps; return the calls of `plant.note`."""
    calls: list[ServiceCall] = []

    @callback
    def note(call: ServiceCall) -> None:
        calls.append(call)

    hass.services.async_register("plant", "note", note)
    names = ("set_current", "stop_charging", "start_charging")
    scripts = {name: {"mode": "restart", "sequence": sequence} for name in names}
    assert await async_setup_component(hass, "script", {"script": scripts})
    return calls


def last_command(hass: HomeAssistant) -> str:
    """Return what became of the last command."""
    state = hass.states.get("sensor.garage_last_command")
    assert state is not None
    return state.state


async def test_a_script_is_told_what_the_guide_promises(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Amperes, watts, and which charger, all of them in each call."""
    variables = ("current_a", "current_w", "charger_id", "charger_name")
    data = {name: f"{{{{ {name} }}}}" for name in variables}
    calls = await async_add(hass, [{"action": "plant.note", "data": data}])
    await async_set_up(hass, freezer)

    told = {
        "current_a": 16,
        "current_w": 3680,
        "charger_id": "ID_GARAGE",
        "charger_name": "Garage",
    }
    assert [call.data for call in calls] == [told, told]
    assert last_command(hass) == "delivered"


@pytest.mark.parametrize(
    ("step", "error"),
    [
        ({"action": "plant.missing"}, "plant.missing"),
        ({"action": "plant.note", "data": {"x": "{{ 'far' | int }}"}}, "far"),
        ({"variables": {"x": "{{ 'near' | int }}"}}, "near"),
    ],
    ids=["missing action", "template", "variables"],
)
async def test_a_step_that_fails_fails_the_command(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    step: dict[str, object],
    error: str,
) -> None:
    """Whatever goes wrong in a user's script is a failed command, with its reason."""
    await async_add(hass, [step])
    failed: list[str] = []
    hass.bus.async_listen("ev_lb_action_failed", lambda event: failed.append(event.data["error"]))
    await async_set_up(hass, freezer)

    assert last_command(hass) == "rejected"
    assert len(failed) == 1
    assert error in failed[0]

    @callback
    def mended(_call: ServiceCall) -> None:
        pass

    for name in ("set_current", "stop_charging", "start_charging"):
        hass.services.async_register("script", name, mended)
    freezer.tick(2)
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert last_command(hass) == "delivered"


async def test_a_renamed_script_is_called_by_the_name_it_was_born_with(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, entity_registry: er.EntityRegistry
) -> None:
    """Home Assistant keeps the action's name when a script's entity is renamed."""
    calls = await async_add(hass, [{"action": "plant.note"}])
    for name in ("set_current", "start_charging"):
        entity_registry.async_update_entity(f"script.{name}", new_entity_id=f"script.new_{name}")
    await hass.async_block_till_done()
    await async_set_up(
        hass,
        freezer,
        set_current_script="script.new_set_current",
        start_charging_script="script.new_start_charging",
    )

    assert len(calls) == 2
    assert last_command(hass) == "delivered"


async def test_two_chargers_are_told_apart(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A script that two chargers share learns which of them is meant."""
    calls = await async_add(hass, [{"action": "plant.note", "data": {"id": "{{ charger_id }}"}}])
    set_meter(hass, "0")
    entry = MockConfigEntry(
        domain="ev_lb",
        title="Home",
        data=site_data(),
        subentries_data=[charger_subentry(), charger_subentry("ID_DRIVE", "Drive")],
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    freezer.tick(1)
    set_meter(hass, "0")
    await hass.async_block_till_done()

    assert {call.data["id"] for call in calls} == {"ID_GARAGE", "ID_DRIVE"}


# Scripts that several chargers share


async def async_share(
    hass: HomeAssistant, mode: str, count: int, **more: Any
) -> tuple[list[str], list[str]]:
    """Let chargers stop by one script in one turn; return whom it was called for, and who failed.

    The script takes a while.
    """
    heard: list[str] = []
    failed: list[str] = []

    async def command(call: ServiceCall) -> None:
        await asyncio.sleep(0.01)
        heard.append(call.data["charger"])

    hass.services.async_register("plant", "command", command)
    step = {"action": "plant.command", "data": {"charger": "{{ charger_id }}"}}
    script = {"mode": mode, "sequence": [step], **more}
    assert await async_setup_component(hass, "script", {"script": {"stop": script}})

    async def stop(charger_id: str) -> None:
        subentry = ConfigSubentry(
            subentry_id=charger_id,
            subentry_type="charger",
            title=charger_id,
            unique_id=None,
            data=MappingProxyType(
                dict.fromkeys(("set_current_script", "stop_charging_script"), "script.stop")
            ),
        )
        try:
            await ScriptControl(hass, subentry, 230.0).async_carry_out(
                StopCharging(charger_id=charger_id)
            )
        except CallFailedError:
            failed.append(charger_id)

    await asyncio.gather(*(stop(f"ID_{number}") for number in range(count)))
    return heard, failed


@pytest.mark.parametrize("mode", ["single", "restart", "queued", "parallel"])
async def test_chargers_that_share_a_script_are_all_told(hass: HomeAssistant, mode: str) -> None:
    """In the mode `restart` the last call would stop the others, which return all the same."""
    heard, failed = await async_share(hass, mode, 3)
    assert sorted(heard) == ["ID_0", "ID_1", "ID_2"]
    assert failed == []


async def test_call_beyond_the_maximum_of_a_script_has_failed(hass: HomeAssistant) -> None:
    """Home Assistant drops it with a warning: it is tried again."""
    heard, failed = await async_share(hass, "parallel", 3, max=2)
    assert sorted(heard + failed) == ["ID_0", "ID_1", "ID_2"]
    assert len(failed) == 1
