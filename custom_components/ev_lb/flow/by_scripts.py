"""Control by scripts: which of the user's scripts set, stop and start a charger."""

from typing import Any

import voluptuous as vol
from homeassistant.components.script.const import DOMAIN as SCRIPT_DOMAIN
from homeassistant.core import HomeAssistant

from ..const import CONF_SET_CURRENT_SCRIPT
from ..control.scripts import SCRIPT_KEYS
from .entities import drops_calls, has_script
from .fields import Errors, Values, Warnings, entity_of

SCRIPTS = tuple(SCRIPT_KEYS.values())

SCRIPT = entity_of([SCRIPT_DOMAIN])


def script_fields() -> dict[vol.Marker, Any]:
    """Return the fields for the scripts."""
    is_asked = dict.fromkeys(SCRIPTS, vol.Optional) | {CONF_SET_CURRENT_SCRIPT: vol.Required}
    return {asked(key): SCRIPT for key, asked in is_asked.items()}


def script_errors(hass: HomeAssistant, values: Values) -> Errors:
    """Return which scripts do not exist."""
    return {
        key: "script_missing"
        for key in SCRIPTS
        if key in values and not has_script(hass, values[key])
    }


def script_warnings(hass: HomeAssistant, values: Values) -> Warnings:
    """Return a warning for scripts that can lose a cut."""
    picked = dict.fromkeys(values[key] for key in SCRIPTS if key in values)
    dropping = [script for script in picked if drops_calls(hass, script)]
    return {"script_single": {"scripts": ", ".join(dropping)}} if dropping else {}
