"""A repair issue that the settings can fix opens them."""

from typing import cast

import voluptuous as vol
from homeassistant.components.repairs import RepairsFlow
from homeassistant.components.repairs.const import FlowType
from homeassistant.components.repairs.models import RepairsFlowResult
from homeassistant.config_entries import SOURCE_RECONFIGURE
from homeassistant.helpers import issue_registry as ir

from .const import DOMAIN

OWNER_ID, ENTRY_ID = "owner_id", "entry_id"
"""What an issue keeps: whose settings fix it, an entry's or a subentry's id, and of which site."""


class SettingsRepair(RepairsFlow):
    """Say once more what is wrong, then open the settings that fix it.

    The issue stays until its cause is gone: nobody knows what is changed in them.
    """

    async def async_step_init(self, _user_input: dict[str, str] | None = None) -> RepairsFlowResult:
        """Begin with what is wrong."""
        return await self.async_step_confirm()

    async def async_step_confirm(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Open the settings of a site, or of one of its chargers or circuits."""
        if user_input is None:
            issue = ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id)
            return self.async_show_form(
                step_id="confirm",
                data_schema=vol.Schema({}),
                description_placeholders=issue.translation_placeholders if issue else None,
            )
        data = self.data or {}
        entry_id, owner_id = cast(str, data[ENTRY_ID]), cast(str, data[OWNER_ID])
        entry = self.hass.config_entries.async_get_entry(entry_id)
        if entry is not None and owner_id == entry_id:
            opened = await self.hass.config_entries.flow.async_init(
                DOMAIN, context={"source": SOURCE_RECONFIGURE, "entry_id": entry_id}
            )
            return self.async_abort(
                reason="opened", next_flow=(FlowType.CONFIG_FLOW, opened["flow_id"])
            )
        if entry is None or owner_id not in entry.subentries:
            return self.async_abort(reason="gone")
        shown = await self.hass.config_entries.subentries.async_init(
            (entry_id, entry.subentries[owner_id].subentry_type),
            context={"source": SOURCE_RECONFIGURE, "subentry_id": owner_id},
        )
        return self.async_abort(
            reason="opened", next_flow=(FlowType.CONFIG_SUBENTRIES_FLOW, shown["flow_id"])
        )
