"""Diagnostics: the settings, what is shown, what the core knows, and what it decided of late."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from .coordinator import EvLbConfigEntry
from .record.codec import encoded
from .record.tape import state_told, tape_told


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: EvLbConfigEntry
) -> dict[str, Any]:
    """Return what a bug report needs. There are no secrets: only entity ids and amperes."""
    coordinator = entry.runtime_data
    data, now = coordinator.data, hass.loop.time()
    told = {
        "entry": entry.as_dict(),
        "now": now,
        "line_voltage_v": coordinator.line_voltage_v(),
        "settings": data.settings,
        "view": data.view,
        "controls": {
            key: {"uses": sorted(control.uses), "is_reachable": control.is_reachable}
            for key, control in coordinator.controls.items()
        },
        "deliveries": data.deliveries,
        "is_observing": data.is_observing,
        "observed": data.observed,
        "decisions": coordinator.journal.entries(),
    }
    return {
        **{key: encoded(value) for key, value in told.items()},
        "state": state_told(coordinator.state),
        # It is long: meanwhile more may be decided.
        "tape": await hass.async_add_executor_job(
            tape_told, coordinator.tape.pieces(), now, dt_util.utcnow()
        ),
    }
