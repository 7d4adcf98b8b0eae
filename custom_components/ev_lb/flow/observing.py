"""What a site that is only observed must know of its chargers."""

from homeassistant.config_entries import ConfigEntry, ConfigEntryState

from ..configuration import is_observable
from ..const import CONF_OBSERVE_ONLY
from .fields import Values, Warnings


def observing_warning(values: Values, site: ConfigEntry) -> Warnings:
    """Return what is missing of a charger that is to be observed."""
    return {} if is_observable(values) or not is_observed(site) else {"not_observable": {}}


def is_observed(site: ConfigEntry) -> bool:
    """Return whether a site is only observed; as it was set up where it is not loaded."""
    if site.state is ConfigEntryState.LOADED:
        return site.runtime_data.data.is_observing
    return site.data.get(CONF_OBSERVE_ONLY, False)
