"""The card's subscription: what was decided, at most once a second, for who may read the states.

Nothing of it goes into the recorder, and nothing is computed while nobody looks.
"""

from asyncio import TimerHandle
from typing import Any

import voluptuous as vol
from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.components.websocket_api import async_register_command
from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.components.websocket_api.const import ERR_NOT_FOUND
from homeassistant.components.websocket_api.decorators import async_response, websocket_command
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import Unauthorized
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from .card_data import NOT_LOADED, card_data
from .const import DOMAIN
from .coordinator import EvLbConfigEntry
from .sentences import Texts
from .services import site_of
from .snapshot import shown_signal

LEAST_S = 1.0
"""From one message to the next: nobody reads faster."""

LANGUAGE = vol.All(cv.string, vol.Match(r"^[\w-]+$"))
"""It becomes the name of a file."""


@callback
def async_register_commands(hass: HomeAssistant) -> None:
    """Register the subscription."""
    async_register_command(hass, async_subscribe)


@websocket_command(
    {
        vol.Required("type"): f"{DOMAIN}/subscribe",
        vol.Exclusive("entry_id", "site"): cv.string,
        vol.Exclusive("device_id", "site"): cv.string,
        vol.Optional("language"): LANGUAGE,
    }
)
@async_response
async def async_subscribe(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> None:
    """Tell of a site until the card is closed: the one that is named, or the only or first one.

    A device is the site's or one of its chargers'.
    """
    texts = await Texts.async_of(hass, msg.get("language", hass.config.language))
    entry = named_site(hass, msg)
    if entry is None:
        connection.send_error(msg["id"], ERR_NOT_FOUND, "There is no such site")
        return
    check_may_read(hass, connection, entry)
    subscription = Subscription(hass, connection, msg["id"], entry, texts)
    connection.subscriptions[msg["id"]] = subscription.close
    connection.send_result(msg["id"])
    subscription.send()


def named_site(hass: HomeAssistant, msg: dict[str, Any]) -> EvLbConfigEntry | None:
    """Return the site that a message names."""
    if "device_id" in msg:
        return site_of(hass, dr.async_get(hass).async_get(msg["device_id"]))
    entries: list[EvLbConfigEntry] = hass.config_entries.async_entries(
        DOMAIN, include_ignore=False, include_disabled=False
    )
    return next((each for each in entries if msg.get("entry_id") in (None, each.entry_id)), None)


def check_may_read(
    hass: HomeAssistant, connection: ActiveConnection, entry: EvLbConfigEntry
) -> None:
    """Raise Unauthorized where a user may not read one of the states that the card shows."""
    permissions = connection.user.permissions
    if permissions.access_all_entities(POLICY_READ):
        return
    for entity in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id):
        if not permissions.check_entity(entity.entity_id, POLICY_READ):
            raise Unauthorized(entity_id=entity.entity_id, permission=POLICY_READ)


class Subscription:
    """One card that follows a site."""

    def __init__(
        self,
        hass: HomeAssistant,
        connection: ActiveConnection,
        message_id: int,
        entry: EvLbConfigEntry,
        texts: Texts,
    ) -> None:
        """Follow the site, also over a reload."""
        self._hass, self._connection, self._message_id = hass, connection, message_id
        self._entry, self._texts = entry, texts
        self._sent_at = 0.0
        self._due: TimerHandle | None = None
        signal = shown_signal(entry.entry_id)
        self._unsubscribe = async_dispatcher_connect(hass, signal, self._on_shown)

    @callback
    def send(self) -> None:
        """Tell what is so now."""
        self._due, self._sent_at = None, self._hass.loop.time()
        self._connection.send_event(self._message_id, self._message())

    @callback
    def close(self) -> None:
        """Tell nothing more."""
        self._unsubscribe()
        if self._due is not None:
            self._due.cancel()

    @callback
    def _on_shown(self) -> None:
        """Tell it, now or when the second is over."""
        if self._due is None:
            self._due = self._hass.loop.call_at(self._sent_at + LEAST_S, self.send)

    def _message(self) -> dict[str, Any]:
        is_up = self._entry.state in (ConfigEntryState.LOADED, ConfigEntryState.SETUP_IN_PROGRESS)
        if not is_up or not hasattr(self._entry, "runtime_data"):
            return NOT_LOADED
        return card_data(self._hass, self._entry, self._texts)
