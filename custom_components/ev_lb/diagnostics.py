"""Diagnostics: the settings, what the core knows, and its last decisions."""

from dataclasses import asdict
from typing import Any

from homeassistant.core import HomeAssistant

from .coordinator import EvLbConfigEntry


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: EvLbConfigEntry
) -> dict[str, Any]:
    """Return what a bug report needs. There are no secrets: only entity ids and amperes."""
    coordinator = entry.runtime_data
    data = coordinator.data
    state = asdict(data.state)
    state.pop("settings")
    return {
        "entry": entry.as_dict(),
        "now": hass.loop.time(),
        "line_voltage_v": coordinator.line_voltage_v(),
        "settings": asdict(data.settings),
        "state": state,
        "deliveries": {key: asdict(delivery) for key, delivery in data.deliveries.items()},
        "decisions": coordinator.journal.entries(),
    }
