"""Fallback currents: whether those of a site fit together."""

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from ..conftest import charger_subentry, set_meter
from .dialogs import (
    async_change_to_meter,
    async_open_charger,
    async_send,
    async_send_charger,
    async_site,
    charger_input,
    fields,
    meter_input,
)


async def test_fallbacks_count_as_they_take_effect(hass: HomeAssistant, scripts: None) -> None:
    """Capped at the maximum, and 0 below the minimum: 16 + 9 + 0 A fit on 25 A."""
    set_meter(hass)
    drive = charger_subentry("ID_DRIVE", "Drive", fallback_current_a=32)
    yard = charger_subentry("ID_YARD", "Yard", fallback_current_a=5)
    result = await async_open_charger(hass, await async_site(hass, drive, yard))
    result = await async_send_charger(hass, result, charger_input(fallback_current_a=9))
    assert result.get("type") is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    ("behavior", "warnings"),
    [
        pytest.param("set_current", ["fallbacks_above_service", "go_back"], id="used"),
        pytest.param("stop", None, id="not used"),
    ],
)
async def test_lower_service_current_is_checked_against_the_fallbacks(
    hass: HomeAssistant, scripts: None, behavior: str, warnings: list[str] | None
) -> None:
    """A smaller breaker may not bear the fallback currents any more."""
    set_meter(hass)
    entry = await async_site(hass, charger_subentry(fallback_current_a=16))
    result = await async_change_to_meter(hass, entry, service_current_a=10)
    result = await async_send(hass, result, meter_input(unavailable_behavior=behavior))
    if warnings is not None:
        assert fields(result) == warnings
        assert result.get("description_placeholders") == {
            "total_a": "16",
            "service_current_a": "10",
        }
        result = await async_send(hass, result, {})
    assert result.get("reason") == "reconfigure_successful"
    assert entry.data["service_current_a"] == 10
