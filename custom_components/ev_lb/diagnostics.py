"""Diagnostics: the settings, what the core knows, and its last decisions."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from math import isfinite
from typing import Any

from homeassistant.core import HomeAssistant

from .balancing.settings import Settings
from .coordinator import EvLbConfigEntry


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: EvLbConfigEntry
) -> dict[str, Any]:
    """Return what a bug report needs. There are no secrets: only entity ids and amperes."""
    coordinator = entry.runtime_data
    data = coordinator.data
    state = asdict(replace(data.state, settings=None))
    state.pop("settings")
    told = {
        "entry": entry.as_dict(),
        "now": hass.loop.time(),
        "line_voltage_v": coordinator.line_voltage_v(),
        "settings": settings_told(data.settings_in_force),
        "state": state,
        "deliveries": {key: asdict(delivery) for key, delivery in data.deliveries.items()},
        "decisions": coordinator.journal.entries(),
    }
    return {key: sayable(value) for key, value in told.items()}


def settings_told(settings: Settings) -> dict[str, Any]:
    """Return the settings without what is in them twice."""
    told = asdict(replace(settings, given=None))
    del told["given"], told["balanced"]
    return told


def sayable(value: object) -> object:
    """Return the value with null for each number that JSON cannot say.

    A time that lies before all others is minus infinity, and a file with that is not readable.
    """
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: sayable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [sayable(item) for item in value]
    return value
