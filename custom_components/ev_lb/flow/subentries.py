"""What the dialogs of a site's chargers and circuits share: the values known, and saving them."""

from typing import Any, ClassVar

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigSubentry,
    ConfigSubentryFlow,
    SubentryFlowResult,
)
from homeassistant.const import CONF_NAME
from homeassistant.core import HomeAssistant

from .fields import Values


class PartFlow(ConfigSubentryFlow):
    """Add or change a part of a site."""

    kind: ClassVar[str]
    """The type of its subentries."""

    @property
    def _subentry(self) -> ConfigSubentry | None:
        """What is being changed; None for something new."""
        return self._get_reconfigure_subentry() if self.source == SOURCE_RECONFIGURE else None

    def _known(self) -> dict[str, Any]:
        """Return what is stored of it."""
        subentry = self._subentry
        return {} if subentry is None else {CONF_NAME: subentry.title, **subentry.data}

    def _others(self) -> list[ConfigSubentry]:
        """Return the other parts of its kind."""
        parts = self._get_entry().get_subentries_of_type(self.kind)
        return [part for part in parts if part is not self._subentry]

    def _save(self, values: Values) -> SubentryFlowResult:
        """Store it; what was left empty is forgotten."""
        data = {key: value for key, value in values.items() if value != []}
        title = data.pop(CONF_NAME).strip()
        entry, subentry = self._get_entry(), self._subentry
        if subentry is None:
            return self.async_create_entry(title=title, data=data)
        result = self.async_update_and_abort(entry, subentry, title=title, data=data)
        reload_unless_followed(self.hass, entry)
        return result


def reload_unless_followed(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Load an entry that failed to load: nothing else sees that it was changed."""
    if not entry.update_listeners:
        hass.config_entries.async_schedule_reload(entry.entry_id)
