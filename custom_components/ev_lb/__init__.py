"""EV charger load balancing: keeps the chargers of a site within what the main breaker carries."""

from collections.abc import Callable
from typing import cast

from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.typing import ConfigType

from .card import async_serve_card
from .configuration import charger_subentries, is_observing, meter_id
from .const import (
    CONF_CONTROL,
    CONF_PHASES,
    CONF_SERVICE_CURRENT_A,
    DEFAULT_PHASES,
    DOMAIN,
    ENTRY_MINOR_VERSION,
    ENTRY_VERSION,
    MANUFACTURER,
    PLATFORMS,
)
from .control.protocol import ControlKind
from .coordinator import EvLbConfigEntry, EvLbCoordinator
from .sentences import Texts
from .services import async_register_services
from .sources import async_follow_sources
from .store import SiteStore
from .websocket import async_register_commands

CONFIG_SCHEMA = cast(  # Home Assistant declares bare dicts
    Callable[[ConfigType], ConfigType],
    cv.config_entry_only_config_schema(DOMAIN),  # pyright: ignore[reportUnknownMemberType]
)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register the actions and the card with its subscription."""
    async_register_services(hass)
    async_register_commands(hass)
    await async_serve_card(hass)
    return True


async def async_migrate_entry(hass: HomeAssistant, entry: EvLbConfigEntry) -> bool:
    """Bring a site of an earlier version up to date; one of a later version is not understood."""
    if entry.version > ENTRY_VERSION:
        return False
    if entry.minor_version < ENTRY_MINOR_VERSION:
        # 1.1 knew one phase alone, and 1.2 scripts alone.
        for charger in charger_subentries(entry):
            controlled = {CONF_CONTROL: ControlKind.SCRIPTS, **charger.data}
            hass.config_entries.async_update_subentry(entry, charger, data=controlled)
        data = {CONF_PHASES: DEFAULT_PHASES, **entry.data}
        hass.config_entries.async_update_entry(entry, data=data, minor_version=ENTRY_MINOR_VERSION)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: EvLbConfigEntry) -> bool:
    """Set up a site."""
    store = SiteStore(hass, entry.entry_id)
    await store.async_load()
    store.forget_all_but(
        {entry.entry_id, *(charger.subentry_id for charger in charger_subentries(entry))}
    )
    store.forget_other_meter(meter_id(entry.data))
    store.forget_other_world(is_observing=is_observing(entry, store))
    entry.runtime_data = EvLbCoordinator(hass, entry, store)
    # Before the platforms: the chargers' devices name it as the one they hang on.
    dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={(DOMAIN, entry.entry_id)},
        name=entry.title,
        manufacturer=MANUFACTURER,
        model=Texts.of_the_home(hass).say(
            "device_site",
            phases=entry.data[CONF_PHASES],
            current=entry.data[CONF_SERVICE_CURRENT_A],
        ),
        entry_type=None,  # said, or one that was registered as a service stays one
    )
    # Before the platforms, too: what changes while they are set up is not missed.
    entry.async_on_unload(entry.add_update_listener(async_follow_entry))
    async_follow_sources(hass, entry, entry.runtime_data.controls.values())
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    entry.runtime_data.async_start()
    return True


async def async_follow_entry(hass: HomeAssistant, entry: EvLbConfigEntry) -> None:
    """Reload, once for all that changes in one turn, when the site or a charger was changed."""
    if entry.runtime_data.is_reload_due:
        return
    entry.runtime_data.is_reload_due = True
    hass.config_entries.async_schedule_reload(entry.entry_id)


async def async_unload_entry(hass: HomeAssistant, entry: EvLbConfigEntry) -> bool:
    """Unload a site; its chargers keep their currents."""
    is_unloaded = await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
    if is_unloaded:
        await entry.runtime_data.async_stop()
    return is_unloaded


async def async_remove_entry(hass: HomeAssistant, entry: EvLbConfigEntry) -> None:
    """Delete what was stored of a site."""
    await SiteStore(hass, entry.entry_id).async_remove()
