"""What all entities share: a device, an English entity id, and writing only what changed."""

from abc import abstractmethod
from collections.abc import Callable, Iterable
from typing import override

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .balancing.model import MeterStatus
from .configuration import charger_subentries, wired_phases
from .const import CONF_MAX_CHARGER_CURRENT_A, CONF_PHASES, DOMAIN, MANUFACTURER
from .coordinator import EvLbConfigEntry, EvLbCoordinator
from .sentences import Texts


class EvLbEntity(CoordinatorEntity[EvLbCoordinator]):
    """An entity of a site or of one of its chargers, the owner."""

    _attr_has_entity_name = True
    _written: object = None
    _revision = -1
    is_read = False
    """Whether each reading may change what is shown."""

    def __init__(
        self, coordinator: EvLbCoordinator, description: EntityDescription, owner_id: str
    ) -> None:
        """Put the entity on its owner's device."""
        super().__init__(coordinator)
        self.entity_description = description
        self.owner_id = owner_id
        self._attr_unique_id = f"{owner_id}_{description.key}"
        self._attr_device_info = device_info(coordinator, owner_id)

    @property
    @override
    def suggested_object_id(self) -> str:
        """The key in every language: people write automations on entity ids."""
        return self.entity_description.key

    @property
    def is_deciding(self) -> bool:
        """Whether there was a decision yet; before, the last run's values are shown."""
        return self.coordinator.data.view.meter_status is not MeterStatus.AWAITED

    @abstractmethod
    def shown(self) -> tuple[StateType | object, bool]:
        """Return what the entity shows now; it is written only when this has changed."""

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Write the state if it is another."""
        revision = self.coordinator.data.revision
        if revision == self._revision and not self.is_read:
            return
        self._revision = revision
        if (shown := self.shown()) != self._written:
            self._written = shown
            self.async_write_ha_state()


def device_info(coordinator: EvLbCoordinator, owner_id: str) -> DeviceInfo:
    """Return the site's device, or a charger's that hangs on it."""
    entry = coordinator.config_entry
    if owner_id == entry.entry_id:
        return DeviceInfo(identifiers={(DOMAIN, owner_id)})
    charger = entry.subentries[owner_id]
    wired = wired_phases(charger.data, entry.data[CONF_PHASES])
    return DeviceInfo(
        identifiers={(DOMAIN, owner_id)},
        name=charger.title,
        manufacturer=MANUFACTURER,
        model=Texts.of_the_home(coordinator.hass).say(
            "device_charger",
            phases=len(wired),
            current=charger.data[CONF_MAX_CHARGER_CURRENT_A],
        ),
        via_device_id=dr.async_get_device_id_by_identifier(
            coordinator.hass, (DOMAIN, entry.entry_id), config_entry_id=entry.entry_id
        ),
    )


def add_entities[DescriptionT: EntityDescription](
    entry: EvLbConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    entity_class: Callable[[EvLbCoordinator, DescriptionT, str], Entity],
    site: Iterable[DescriptionT],
    charger: Iterable[DescriptionT],
) -> None:
    """Add one entity for each description, to the site and to each of its chargers."""
    coordinator = entry.runtime_data
    async_add_entities(entity_class(coordinator, item, entry.entry_id) for item in site)
    charger = tuple(charger)
    for subentry in charger_subentries(entry):
        async_add_entities(
            [entity_class(coordinator, item, subentry.subentry_id) for item in charger],
            config_subentry_id=subentry.subentry_id,
        )


def forget(
    hass: HomeAssistant, domain: str, owner_id: str, descriptions: Iterable[EntityDescription]
) -> None:
    """Remove entities that a site or a charger had when it was set up in another way."""
    registry = er.async_get(hass)
    for description in descriptions:
        unique_id = f"{owner_id}_{description.key}"
        if entity_id := registry.async_get_entity_id(domain, DOMAIN, unique_id):
            registry.async_remove(entity_id)
