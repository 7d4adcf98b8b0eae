"""Whether what is done to an entity arrives: Home Assistant skips the others with a warning only.

Connectivity sensors are not asked: those of chargers tell of a cable, a cloud or a broker as often
as of the charger, and one that is off beside a charger that works would leave it without a stop.
"""

from homeassistant.components.binary_sensor.const import DOMAIN as BINARY_SENSOR_DOMAIN
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.components.sensor.const import DOMAIN as SENSOR_DOMAIN
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant, split_entity_id
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_component import DATA_INSTANCES, EntityComponent

MEASURING_DOMAINS = (SENSOR_DOMAIN, BINARY_SENSOR_DOMAIN)


def unreachable(hass: HomeAssistant, entity_id: str) -> str | None:
    """Return why nothing can be done to an entity now; None: it can.

    The entity itself is asked, as Home Assistant does: the state of one whose device was lost may
    be what it was before, for as long as nobody writes another (lbbrhzn/ocpp).
    """
    state = hass.states.get(entity_id)
    if state is None:
        return "does not exist"
    components = hass.data.get(DATA_INSTANCES, dict[str, EntityComponent]())
    component = components.get(split_entity_id(entity_id)[0])
    entity = component.get_entity(entity_id) if component is not None else None
    if state.state == STATE_UNAVAILABLE or entity is None or not entity.available:
        return "is unavailable"
    return None


def has_lost_device(hass: HomeAssistant, entity_id: str) -> bool:
    """Return whether all that the device of an entity measures is unavailable.

    Then the entity lives on without it, as one of MQTT that is always available.
    """
    registry = er.async_get(hass)
    entity = registry.async_get(entity_id)
    if entity is None or entity.device_id is None:
        return False
    states = [
        state
        for each in er.async_entries_for_device(registry, entity.device_id)
        if each.platform == entity.platform and is_measured(each)
        if (state := hass.states.get(each.entity_id)) is not None
    ]
    return bool(states) and all(state.state == STATE_UNAVAILABLE for state in states)


def is_measured(entity: er.RegistryEntry) -> bool:
    """Return whether an entity tells of its device, and not of how it is reached."""
    device_class = entity.device_class or entity.original_device_class
    return (
        entity.domain in MEASURING_DOMAINS and device_class != BinarySensorDeviceClass.CONNECTIVITY
    )
