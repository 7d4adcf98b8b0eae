"""The entities of a charger, as the registries and their states know them."""

from collections.abc import Mapping
from typing import Any

from homeassistant.components.number.const import NumberEntityCapabilityAttribute
from homeassistant.components.select.const import SelectEntityCapabilityAttribute
from homeassistant.const import ATTR_DEVICE_CLASS, ATTR_FRIENDLY_NAME
from homeassistant.core import HomeAssistant, split_entity_id
from homeassistant.helpers import entity_registry as er

from ..const import DOMAIN
from ..control.charger_fits import ChargerEntity
from .entities import known_unit


def entities_of(hass: HomeAssistant, device_id: str) -> list[ChargerEntity]:
    """Return the entities of a device, also the disabled ones; our own control no charger."""
    registered = er.async_entries_for_device(
        er.async_get(hass), device_id, include_disabled_entities=True
    )
    return [
        entity_known(hass, entity.entity_id) for entity in registered if entity.platform != DOMAIN
    ]


def entity_known(hass: HomeAssistant, entity_id: str) -> ChargerEntity:
    """Return what is known of an entity, also while it is unavailable or disabled."""
    registered = er.async_get(hass).async_get(entity_id)
    state = hass.states.get(entity_id)
    attributes: Mapping[str, Any] = state.attributes if state is not None else {}
    if registered is None:  # from YAML, without a unique id
        can, names, device_class = attributes, [], attributes.get(ATTR_DEVICE_CLASS)
    else:
        can = {**(registered.capabilities or {}), **attributes}
        names = [registered.name, registered.original_name]
        device_class = registered.device_class or registered.original_device_class
    names = [*names, attributes.get(ATTR_FRIENDLY_NAME)]
    return ChargerEntity(
        entity_id=entity_id,
        platform=registered.platform if registered is not None else "",
        domain=split_entity_id(entity_id)[0],
        translation_key=registered.translation_key if registered is not None else None,
        unique_id=registered.unique_id if registered is not None else "",
        name=next((name for name in names if name), ""),
        device_class=device_class,
        unit=known_unit(hass, entity_id),
        options=tuple(can.get(SelectEntityCapabilityAttribute.OPTIONS) or ()),
        minimum=can.get(NumberEntityCapabilityAttribute.MIN),
        maximum=can.get(NumberEntityCapabilityAttribute.MAX),
        step=can.get(NumberEntityCapabilityAttribute.STEP),
        is_enabled=registered is None or not (registered.disabled or registered.hidden),
    )
