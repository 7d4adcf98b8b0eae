"""Where the central system listens, and for whom."""

from typing import Any, override

import voluptuous as vol
from homeassistant.config_entries import ConfigFlow, ConfigFlowResult
from homeassistant.helpers.selector import TextSelector, TextSelectorConfig

from .central_system import CONF_CHARGE_POINTS, CONF_PORT, DOMAIN

SCHEMA = vol.Schema(
    {
        vol.Required(CONF_PORT): vol.Coerce(int),
        vol.Required(CONF_CHARGE_POINTS): TextSelector(TextSelectorConfig(multiple=True)),
    }
)


class OcppFlow(ConfigFlow, domain=DOMAIN):
    """Takes the charge points as they are entered."""

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask once."""
        if user_input is None:
            return self.async_show_form(step_id="user", data_schema=SCHEMA)
        return self.async_create_entry(title="Central system", data=user_input)
