"""A charger in Home Assistant: a number for its current and all that could pause it.

Real entities, so that Home Assistant itself refuses what is out of range, and skips what is
unavailable.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from homeassistant.components.binary_sensor import BinarySensorEntity
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.components.button import ButtonEntity
from homeassistant.components.number import NumberDeviceClass, NumberEntity
from homeassistant.components.select import SelectEntity
from homeassistant.components.sensor import SensorEntity
from homeassistant.components.switch import SwitchEntity
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.entity import Entity
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockEntityPlatform

MAKER = "maker"

type Hear = Callable[[str, float | bool | str], Awaitable[None]]
"""Takes what was done to which entity; what it raises, the entity raises."""


class ChargerEntity(Entity):
    """An entity on the charger's device."""

    _attr_should_poll = False

    def belong_to(self, name: str, key: str) -> None:
        """Put it on the device."""
        self._attr_unique_id = f"{name}_{key}"
        self._attr_device_info = dr.DeviceInfo(identifiers={(MAKER, name)})

    def be_there(self, *, is_there: bool) -> None:
        """Be available or not; what is shown stays until it is written."""
        self._attr_available = is_there


class ChargerNumber(ChargerEntity, NumberEntity):
    """Its current."""

    def __init__(
        self,
        hear: Hear,
        unit: str | None,
        ends: tuple[float, float],
        step: float,
        device_class: NumberDeviceClass | None,
    ) -> None:
        """Begin with nothing set."""
        self._hear = hear
        self._attr_device_class = device_class
        self._attr_native_unit_of_measurement = unit
        self._attr_native_min_value, self._attr_native_max_value = ends
        self._attr_native_step = step
        self.is_shown = True
        """Whether what is written is shown at once; else `show` says what is."""

    async def async_set_native_value(self, value: float) -> None:
        """Take a current."""
        await self._hear("number", value)
        if self.is_shown:
            self._attr_native_value = value
            self.async_write_ha_state()

    def begin_at(self, value: float) -> None:
        """Take less, or no more as little as before."""
        self._attr_native_min_value = value
        self.async_write_ha_state()

    def show(self, value: float | None) -> None:
        """Say what the charger is set to."""
        self._attr_native_value = value
        self.async_write_ha_state()


class ChargerSwitch(ChargerEntity, SwitchEntity):
    """Whether it charges, or is paused."""

    def __init__(self, hear: Hear) -> None:
        """Begin switched off."""
        self._hear = hear
        self._attr_is_on = False
        self.is_shown = True

    async def async_turn_on(self, **kwargs: Any) -> None:
        """Turn it on."""
        await self._async_turn(is_on=True)

    async def async_turn_off(self, **kwargs: Any) -> None:
        """Turn it off."""
        await self._async_turn(is_on=False)

    async def _async_turn(self, *, is_on: bool) -> None:
        await self._hear("switch", is_on)
        if self.is_shown:
            self.show(is_on=is_on)

    def show(self, *, is_on: bool) -> None:
        """Say whether it is on."""
        self._attr_is_on = is_on
        self.async_write_ha_state()


class ChargerButton(ChargerEntity, ButtonEntity):
    """What starts it, or what stops it."""

    def __init__(self, hear: Hear, key: str) -> None:
        """Begin without a press."""
        self._hear, self._key = hear, key

    async def async_press(self) -> None:
        """Press it."""
        await self._hear(self._key, True)


class ChargerSelect(ChargerEntity, SelectEntity):
    """How it charges."""

    def __init__(self, hear: Hear) -> None:
        """Begin with what is neither."""
        self._hear = hear
        self._attr_options = ["auto", "charging", "paused"]
        self._attr_current_option = "auto"

    async def async_select_option(self, option: str) -> None:
        """Pick one."""
        await self._hear("select", option)
        self._attr_current_option = option
        self.async_write_ha_state()


class ChargerSensor(ChargerEntity, SensorEntity):
    """What the device measures."""

    _attr_native_value = 0.0


class ChargerLink(ChargerEntity, BinarySensorEntity):
    """Whether something of the device is connected."""

    _attr_device_class = BinarySensorDeviceClass.CONNECTIVITY
    _attr_is_on = True

    def show(self, *, is_on: bool) -> None:
        """Say whether it is."""
        self._attr_is_on = is_on
        self.async_write_ha_state()


class ChargerEntities:
    """The entities of one charger, on one device."""

    def __init__(
        self,
        hass: HomeAssistant,
        hear: Hear,
        *,
        name: str = "car",
        unit: str | None = "A",
        ends: tuple[float, float] = (6, 32),
        step: float = 1,
        device_class: NumberDeviceClass | None = None,
    ) -> None:
        """Describe them; `async_add` brings them to life."""
        self.hass, self.name = hass, name
        self.number = ChargerNumber(hear, unit, ends, step, device_class)
        self.switch = ChargerSwitch(hear)
        self.start_button = ChargerButton(hear, "start_button")
        self.stop_button = ChargerButton(hear, "stop_button")
        self.select = ChargerSelect(hear)
        self.sensor, self.link = ChargerSensor(), ChargerLink()

    @property
    def by_key(self) -> Mapping[str, ChargerEntity]:
        """Return them by what they are called."""
        return {
            "number": self.number,
            "switch": self.switch,
            "start_button": self.start_button,
            "stop_button": self.stop_button,
            "select": self.select,
            "sensor": self.sensor,
            "link": self.link,
        }

    async def async_add(self) -> None:
        """Add them to Home Assistant, as an integration does."""
        entry = MockConfigEntry(domain=MAKER, title=self.name)
        entry.add_to_hass(self.hass)
        for key, entity in self.by_key.items():
            entity.entity_id = self.id_of(key)
            entity.belong_to(self.name, key)
            domain = entity.entity_id.partition(".")[0]
            assert await async_setup_component(self.hass, domain, {})
            platform = MockEntityPlatform(self.hass, domain=domain, platform_name=MAKER)
            platform.config_entry = entry
            await platform.async_add_entities([entity])

    def id_of(self, key: str) -> str:
        """Return the entity id that an entity begins with."""
        domains = {"start_button": "button", "stop_button": "button", "link": "binary_sensor"}
        return f"{domains.get(key, key)}.{self.name}_{key}"

    def disconnect(self, *keys: str) -> None:
        """Lose the device; what is shown stays, until somebody writes it again."""
        for key in keys or self.by_key:
            self.by_key[key].be_there(is_there=False)

    def lose(self, *keys: str) -> None:
        """Lose the device, and say so."""
        self.disconnect(*keys)
        self.write(*keys)

    def reconnect(self) -> None:
        """Get the device back."""
        for entity in self.by_key.values():
            entity.be_there(is_there=True)
        self.write()

    def write(self, *keys: str) -> None:
        """Say what is."""
        for key in keys or self.by_key:
            self.by_key[key].async_write_ha_state()
