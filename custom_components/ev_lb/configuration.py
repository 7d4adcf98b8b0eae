"""The settings in force: what the dialogs hold, lowered by the running numbers and switches."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigSubentry

from .balancing.settings import ChargerSettings, Settings, SiteSettings, UnavailableBehavior
from .const import (
    CONF_COMMAND_INTERVAL_S,
    CONF_FALLBACK_CURRENT_A,
    CONF_MAX_CHARGER_CURRENT_A,
    CONF_MAX_STARTS_PER_HOUR,
    CONF_METER_DELAY_S,
    CONF_METER_TIMEOUT_S,
    CONF_MIN_EV_CURRENT_A,
    CONF_PRIORITY,
    CONF_RAMP_UP_TIME_S,
    CONF_RESPONSE_TIME_S,
    CONF_SERVICE_CURRENT_A,
    CONF_UNAVAILABLE_BEHAVIOR,
    DEFAULT_MAX_STARTS_PER_HOUR,
    SUBENTRY_TYPE_CHARGER,
)
from .store import SiteStore

NUMBERS_WITHOUT_FIELD: Mapping[str, int] = {CONF_MAX_STARTS_PER_HOUR: DEFAULT_MAX_STARTS_PER_HOUR}
"""What only a number changes, and where it begins: too rarely wanted for a field in the dialog."""


def configured(data: Mapping[str, Any], key: str) -> int:
    """Return what the dialog says of a number, or what it begins with where it has no field."""
    return data[key] if key in data else NUMBERS_WITHOUT_FIELD[key]


def charger_subentries(entry: ConfigEntry) -> list[ConfigSubentry]:
    """Return the site's chargers in the order they were added."""
    return list(entry.get_subentries_of_type(SUBENTRY_TYPE_CHARGER))


def settings_in_force(entry: ConfigEntry, store: SiteStore) -> Settings:
    """Return the settings for the next decision."""
    return Settings(
        site=site_settings(entry, store),
        chargers=tuple(charger_settings(charger, store) for charger in charger_subentries(entry)),
    )


def site_settings(entry: ConfigEntry, store: SiteStore) -> SiteSettings:
    """Return the site's settings."""

    def running(key: str) -> int:
        return store.number(entry.entry_id, key, configured(entry.data, key))

    rated_current_a = entry.data[CONF_SERVICE_CURRENT_A]
    return SiteSettings(
        rated_current_a=rated_current_a,
        service_current_a=min(running(CONF_SERVICE_CURRENT_A), rated_current_a),
        ramp_up_time_s=running(CONF_RAMP_UP_TIME_S),
        unavailable_behavior=UnavailableBehavior(entry.data[CONF_UNAVAILABLE_BEHAVIOR]),
        meter_timeout_s=entry.data.get(CONF_METER_TIMEOUT_S),
        meter_delay_s=entry.data.get(CONF_METER_DELAY_S),
        is_enabled=store.is_enabled(entry.entry_id),
    )


def charger_settings(charger: ConfigSubentry, store: SiteStore) -> ChargerSettings:
    """Return a charger's settings."""

    def running(key: str) -> int:
        return store.number(charger.subentry_id, key, configured(charger.data, key))

    rated_current_a = charger.data[CONF_MAX_CHARGER_CURRENT_A]
    return ChargerSettings(
        charger_id=charger.subentry_id,
        rated_current_a=rated_current_a,
        max_charger_current_a=min(running(CONF_MAX_CHARGER_CURRENT_A), rated_current_a),
        min_ev_current_a=running(CONF_MIN_EV_CURRENT_A),
        priority=running(CONF_PRIORITY),
        fallback_current_a=charger.data[CONF_FALLBACK_CURRENT_A],
        response_time_s=charger.data[CONF_RESPONSE_TIME_S],
        command_interval_s=charger.data[CONF_COMMAND_INTERVAL_S],
        max_starts_per_hour=running(CONF_MAX_STARTS_PER_HOUR),
        is_enabled=store.is_enabled(charger.subentry_id),
    )
