"""Diagnostics: the settings, what is shown, what the core knows, and its last decisions."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from math import isfinite
from typing import Any

from homeassistant.core import HomeAssistant

from .balancing.state import State
from .coordinator import EvLbConfigEntry


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: EvLbConfigEntry
) -> dict[str, Any]:
    """Return what a bug report needs. There are no secrets: only entity ids and amperes."""
    coordinator = entry.runtime_data
    data = coordinator.data
    told = {
        "entry": entry.as_dict(),
        "now": hass.loop.time(),
        "line_voltage_v": coordinator.line_voltage_v(),
        "settings": asdict(data.settings),
        "view": asdict(data.view),
        "state": state_told(coordinator.state),
        "controls": {
            key: {"uses": sorted(control.uses), "is_reachable": control.is_reachable}
            for key, control in coordinator.controls.items()
        },
        "deliveries": {key: asdict(delivery) for key, delivery in data.deliveries.items()},
        "decisions": coordinator.journal.entries(),
    }
    return {key: sayable(value) for key, value in told.items()}


def state_told(state: State) -> dict[str, Any]:
    """Return what the core knows, without the settings and chargers that are in it twice."""
    told = asdict(state)
    del told["settings"]
    told["balanced"] = [charger.charger_id for charger in state.balanced]
    for charger in told["chargers"].values():
        del charger["settings"]
    return told


def sayable(value: object) -> object:
    """Return the value with null for each number that JSON cannot say.

    A time that lies before all others is minus infinity, and a file with that is not readable.
    """
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): sayable(item) for key, item in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [sayable(item) for item in value]
    return value
