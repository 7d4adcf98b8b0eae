"""Observe mode in the dialogs: asked of a new site, and what a charger lacks for it."""

from typing import Any

import pytest
from homeassistant.core import HomeAssistant

from ..conftest import charger_data, charger_subentry, set_meter, site_data
from .dialogs import (
    DRAW,
    SITE_INPUT,
    async_change_site,
    async_open_charger,
    async_open_meter,
    async_pass_device,
    async_send,
    async_send_charger,
    async_site,
    charger_input,
    entities_input,
    fields,
    meter_input,
    only_site,
    set_draw,
    set_number,
)


@pytest.mark.parametrize(
    ("entered", "stored"),
    [
        pytest.param({}, {}, id="left alone"),
        pytest.param({"observe_only": False}, {}, id="off"),
        pytest.param({"observe_only": True}, {"observe_only": True}, id="on"),
    ],
)
async def test_new_site_is_asked_whether_it_is_only_observed(
    hass: HomeAssistant, entered: dict[str, Any], stored: dict[str, Any]
) -> None:
    """It is not, unless the user wants to try it first."""
    set_meter(hass)
    await async_send(hass, await async_open_meter(hass, **entered), meter_input())
    assert dict(only_site(hass).data) == site_data(**stored)
    switch = hass.states.get("switch.home_observe_only")
    assert switch is not None
    assert switch.state == ("on" if stored else "off")


async def test_changed_site_is_not_asked_and_goes_on_being_observed(hass: HomeAssistant) -> None:
    """Its switch says it; a change of the breaker must not send anything."""
    set_meter(hass)
    entry = await async_site(hass, observe_only=True)
    result = await async_change_site(hass, entry)
    assert "observe_only" not in fields(result)
    result = await async_send(hass, result, SITE_INPUT | {"service_current_a": 20})
    await async_send(hass, await async_pass_device(hass, result), meter_input())
    await hass.async_block_till_done()
    assert dict(entry.data) == site_data(service_current_a=20, observe_only=True)


@pytest.mark.parametrize(
    ("is_observed", "charger", "warnings"),
    [
        pytest.param(True, charger_input(), ["not_observable"], id="observed, nothing known"),
        pytest.param(False, charger_input(), [], id="not observed"),
        pytest.param(True, charger_input(draw_sensor=DRAW), [], id="measured"),
        pytest.param(True, entities_input(), [], id="its own number"),
    ],
)
async def test_charger_of_an_observed_site_must_be_known(
    hass: HomeAssistant,
    scripts: None,
    charger: dict[str, Any],
    warnings: list[str],
    *,
    is_observed: bool,
) -> None:
    """What is missing is said before it is stored; it can be accepted: the charger is left out."""
    set_meter(hass)
    set_draw(hass)
    set_number(hass)
    entry = await async_site(hass, observe_only=is_observed)
    way = "by_entities" if "current_number" in charger else "by_scripts"
    result = await async_open_charger(hass, entry, way=way)
    result = await async_send_charger(hass, result, charger)
    if warnings:
        assert result.get("step_id") == "charger_warnings"
        assert [key for key in fields(result) if key != "go_back"] == warnings
        result = await async_send_charger(hass, result, {"go_back": False})
    assert result.get("type") == "create_entry"


async def test_site_that_was_switched_to_observing_asks_too(
    hass: HomeAssistant, scripts: None
) -> None:
    """It is the switch that counts, whatever the site was set up as."""
    set_meter(hass)
    entry = await async_site(hass)
    await hass.services.async_call(
        "switch", "turn_on", {"entity_id": "switch.home_observe_only"}, blocking=True
    )
    await hass.async_block_till_done()
    result = await async_send_charger(hass, await async_open_charger(hass, entry), charger_input())
    assert result.get("step_id") == "charger_warnings"


async def test_helper_is_no_number_of_the_charger(hass: HomeAssistant, scripts: None) -> None:
    """It says what was written to it, and of a charger that nobody commands nothing."""
    set_meter(hass)
    control = {"control": "entities", "current_number": "input_number.car", "pause": "zero"}
    data = {key: value for key, value in charger_data().items() if "script" not in key} | control
    car = {**charger_subentry(), "data": data}
    entry = await async_site(hass, car, observe_only=True)
    assert entry.runtime_data.data.unobserved == ("ID_GARAGE",)
