"""The dialog of a circuit."""

from typing import Any

from homeassistant.config_entries import SubentryFlowResult

from ..const import CONF_PHASES, SUBENTRY_TYPE_CIRCUIT
from .circuit import circuit_errors, circuit_schema, circuit_suggestions
from .fields import Errors, flat, nested
from .subentries import PartFlow


class CircuitFlow(PartFlow):
    """Add or change a circuit of a site."""

    kind = SUBENTRY_TYPE_CIRCUIT

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for everything about a circuit."""
        errors: Errors = {}
        site = self._get_entry()
        schema = circuit_schema(site.data[CONF_PHASES])
        values = circuit_suggestions(self._known(), site.data[CONF_PHASES])
        if user_input is not None:
            values = flat(user_input, schema, values)
            errors = circuit_errors(self.hass, values, site, self._others())
            if not errors:
                return self._save(values)
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(schema, nested(values)),
            errors=errors,
        )

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Change a circuit: the same form, filled in."""
        return await self.async_step_user(user_input)
