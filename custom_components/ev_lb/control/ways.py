"""Which way leads to a charger: the one that the user has picked."""

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant

from ..const import CONF_CONTROL
from .actions import ActionControl
from .entities import EntityControl, charger_entities
from .protocol import Control, ControlKind
from .scripts import ScriptControl


def control_of(hass: HomeAssistant, charger: ConfigSubentry, voltage_v: float) -> Control:
    """Return the way to a charger."""
    match ControlKind(charger.data[CONF_CONTROL]):
        case ControlKind.SCRIPTS:
            return ScriptControl(hass, charger, voltage_v)
        case ControlKind.ENTITIES:
            return EntityControl(hass, charger_entities(charger.data))
        case ControlKind.ACTIONS:
            return ActionControl(hass, charger, voltage_v)
