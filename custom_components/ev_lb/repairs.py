"""Repair issues: what only the user can fix."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import DOMAIN


@callback
def async_report_unresponsive(
    hass: HomeAssistant, entry: ConfigEntry, charger_id: str, *, is_unresponsive: bool
) -> None:
    """Raise or withdraw the issue of a charger that does not follow."""
    issue_id = f"charger_unresponsive_{charger_id}"
    charger = entry.subentries.get(charger_id)
    if charger is None or not is_unresponsive:
        ir.async_delete_issue(hass, DOMAIN, issue_id)
        return
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id,
        is_fixable=False,
        severity=ir.IssueSeverity.ERROR,
        translation_key="charger_unresponsive",
        translation_placeholders={"charger": charger.title},
    )


@callback
def async_report_source(
    hass: HomeAssistant, entry: ConfigEntry, entity_id: str, *, is_missing: bool, is_needed: bool
) -> None:
    """Raise or withdraw the issue of an entity that is gone: the site needs it, or goes on."""
    issue_id = f"source_missing_{entry.entry_id}_{entity_id}"
    if not is_missing:
        ir.async_delete_issue(hass, DOMAIN, issue_id)
        return
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id,
        is_fixable=False,
        severity=ir.IssueSeverity.ERROR if is_needed else ir.IssueSeverity.WARNING,
        translation_key="source_missing" if is_needed else "optional_source_missing",
        translation_placeholders={"entity_id": entity_id, "site": entry.title},
    )
