"""What YAML says becomes an entry: only entities of an entry can belong to a device."""

from typing import Any

from homeassistant.config_entries import ConfigFlow, ConfigFlowResult

from . import DOMAIN


class DemoHouseholdFlow(ConfigFlow, domain=DOMAIN):
    """Takes the household from YAML."""

    async def async_step_import(self, _: dict[str, Any]) -> ConfigFlowResult:
        """Add the household, once."""
        return self.async_create_entry(title="Demo household", data={})
