"""Switches: whether the balancer controls the site, and each charger, and whom it listens to."""

# Home Assistant's own entity classes break this rule, and so does every entity made of them.
# pyright: reportIncompatibleVariableOverride=false

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.components.switch.const import DOMAIN as SWITCH_DOMAIN
from homeassistant.const import STATE_OFF, STATE_ON, EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.restore_state import RestoreEntity

from .configuration import charger_subentries, has_own_number, is_observing, unobservable
from .const import CONF_FOLLOW_MANUAL_LIMIT, CONF_OBSERVE_ONLY, DOMAIN
from .coordinator import EvLbConfigEntry, EvLbCoordinator
from .entity import EvLbEntity, add_entities, forget

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class EvLbSwitchDescription(SwitchEntityDescription):
    """A switch, where its position is kept, and how it is put in force."""

    is_on: Callable[[EvLbCoordinator, str], bool]
    """Takes the owner's id."""

    put: Callable[[EvLbCoordinator, str, bool], None]
    """Takes the owner's id and the position."""

    check: Callable[[EvLbCoordinator], None] | None = None
    """Raises ServiceValidationError where it cannot be switched on; None: it always can."""


def check_observable(coordinator: EvLbCoordinator) -> None:
    """Raise ServiceValidationError where nobody knows what a charger draws."""
    unknown = unobservable(coordinator.config_entry)
    if unknown:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="not_observable",
            translation_placeholders={"chargers": ", ".join(each.title for each in unknown)},
        )


ENABLED = EvLbSwitchDescription(
    key="enabled",
    translation_key="enabled",
    is_on=lambda coordinator, owner_id: coordinator.store.is_enabled(owner_id),
    put=lambda coordinator, owner_id, is_on: coordinator.set_enabled(owner_id, is_enabled=is_on),
)

OBSERVE_ONLY = EvLbSwitchDescription(
    key=CONF_OBSERVE_ONLY,
    translation_key="observe_only",
    entity_category=EntityCategory.CONFIG,
    is_on=lambda coordinator, _site_id: is_observing(coordinator.config_entry, coordinator.store),
    put=lambda coordinator, _site_id, is_on: coordinator.set_observing(is_on=is_on),
    check=check_observable,
)

FOLLOW_MANUAL_LIMIT = EvLbSwitchDescription(
    key=CONF_FOLLOW_MANUAL_LIMIT,
    translation_key="follow_manual_limit",
    entity_category=EntityCategory.CONFIG,
    is_on=lambda coordinator, charger_id: coordinator.store.follows_manual_limit(charger_id),
    put=lambda coordinator, charger_id, is_on: coordinator.set_follows_manual_limit(
        charger_id, is_followed=is_on
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: EvLbConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the switches of the site and its chargers."""
    add_entities(entry, async_add_entities, EvLbSwitch, (ENABLED, OBSERVE_ONLY), (ENABLED,))
    for charger in charger_subentries(entry):
        charger_id = charger.subentry_id
        if has_own_number(charger.data):
            switch = EvLbSwitch(entry.runtime_data, FOLLOW_MANUAL_LIMIT, charger_id)
            async_add_entities([switch], config_subentry_id=charger_id)
        else:
            forget(hass, SWITCH_DOMAIN, charger_id, [FOLLOW_MANUAL_LIMIT])


class EvLbSwitch(EvLbEntity, SwitchEntity, RestoreEntity):
    """A switch; the store keeps it, Home Assistant's own memory steps in where that is lost."""

    entity_description: EvLbSwitchDescription

    @override
    async def async_added_to_hass(self) -> None:
        """Take up the last position that Home Assistant kept, where the store is lost."""
        await super().async_added_to_hass()
        if not self.coordinator.store.is_lost:
            return
        last = await self.async_get_last_state()
        if last is not None and last.state in (STATE_ON, STATE_OFF):
            self._put(is_on=last.state == STATE_ON)

    @property
    @override
    def is_on(self) -> bool:
        """The position."""
        return self.entity_description.is_on(self.coordinator, self.owner_id)

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Put it on, in this turn."""
        if self.entity_description.check is not None:
            self.entity_description.check(self.coordinator)
        self._put(is_on=True)
        self.async_write_ha_state()

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Put it off, in this turn."""
        self._put(is_on=False)
        self.async_write_ha_state()

    def _put(self, *, is_on: bool) -> None:
        self.entity_description.put(self.coordinator, self.owner_id, is_on)

    @override
    def shown(self) -> tuple[object, bool]:
        """Return the position and whether there is one."""
        return self.is_on, self.available
