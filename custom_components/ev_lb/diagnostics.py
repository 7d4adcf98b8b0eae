"""Diagnostics: the settings, what is shown, what the core knows, and what it decided of late."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from .control.actions import ACTION_KEYS
from .coordinator import EvLbConfigEntry
from .record.codec import encoded
from .record.tape import state_told, tape_told


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: EvLbConfigEntry
) -> dict[str, Any]:
    """Return what a bug report needs; of actions only what they call, for users write secrets."""
    coordinator = entry.runtime_data
    data, now = coordinator.data, hass.loop.time()
    told = {
        "entry": without_secrets(entry.as_dict()),
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


def without_secrets(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry without what its users wrote into their actions."""
    return {key: withheld(key, value) for key, value in stored.items()}


def withheld(key: str, value: object) -> object:
    """Return a stored value; of a sequence of actions their names."""
    if key in ACTION_KEYS.values() and isinstance(value, Sequence):
        steps = cast("Sequence[Mapping[str, Any]]", value)
        return [step.get("action", "**REDACTED**") for step in steps]
    if isinstance(value, Mapping):
        return without_secrets(cast("Mapping[str, Any]", value))
    if isinstance(value, list | tuple):
        return [withheld("", each) for each in cast("Sequence[object]", value)]
    return value
