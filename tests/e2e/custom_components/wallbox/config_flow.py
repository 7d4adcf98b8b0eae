"""The charger is there without a question."""

from typing import Any, override

from homeassistant.config_entries import ConfigFlow, ConfigFlowResult

from . import DOMAIN


class WallboxFlow(ConfigFlow, domain=DOMAIN):
    """Adds the charger."""

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask nothing."""
        return self.async_create_entry(title="Wallbox Portal", data={})
