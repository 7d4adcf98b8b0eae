"""A charger that is controlled by its own entities: a number and a switch, or 0 A."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

from homeassistant.core import Context

from ..charger_entities import ChargerEntities
from ..conftest import entity_control
from .house import Charger, House


@dataclass
class EntityCharger(Charger):
    """A charger whose entities show at once what they were told, or what a poll says."""

    pause: str = "switch"
    lowest_a: float = 6
    highest_a: float = 32
    """The range of its number."""

    poll_s: int | None = None
    """How often it is asked what it is set to; None: what was written is shown at once."""

    ceiling_a: float = 99.0
    """What it takes of a current that it is told."""

    scripts: ClassVar[tuple[str, ...]] = ()
    entities: ChargerEntities = field(init=False)
    _house: House = field(init=False)
    _is_here: bool = True

    @property
    def number_id(self) -> str:
        """The number that its current is written to."""
        return self.entities.number.entity_id

    @property
    def switch_id(self) -> str:
        """The switch that pauses it."""
        return self.entities.switch.entity_id

    def control(self) -> dict[str, Any]:
        """Return what its dialog stores of the entities that control it."""
        return entity_control(self.name, pause=self.pause)

    async def async_join(self, house: House) -> None:
        """Come to Home Assistant, as its integration brings it."""
        self._house = house
        self.entities = ChargerEntities(
            house.hass, self._async_hear, name=self.name, ends=(self.lowest_a, self.highest_a)
        )
        is_shown = self.poll_s is None
        self.entities.number.is_shown = self.entities.switch.is_shown = is_shown
        await self.entities.async_add()
        self.entities.number.show(self.limit_a)
        self.entities.switch.show(is_on=self.is_on)

    async def _async_hear(self, key: str, value: float | bool | str) -> None:
        """Take what was done to an entity."""
        if key == "number":
            await self._house.async_tell(self, "set_current", float(value))
        elif key == "switch":
            action = "start_charging" if value else "stop_charging"
            await self._house.async_tell(self, action, 0)

    def take(self, second: int, action: str, current_a: float) -> None:
        """Take what it is told, as far as it goes along."""
        super().take(second, action, min(current_a, self.ceiling_a))

    def step(self, second: int) -> None:
        """Go on by a second, and say how it is set when it is asked."""
        super().step(second)
        is_polled = self.poll_s is not None and second % self.poll_s == 0
        if is_polled and self._is_here:
            self.show()

    def show(self) -> None:
        """Say how it is set."""
        self.entities.number.show(self.limit_a)
        self.entities.switch.show(is_on=self.is_on)

    def vanish(self) -> None:
        """Be gone from Home Assistant."""
        self._is_here = False
        for entity in self.entities.by_key.values():
            self._house.hass.states.async_remove(entity.entity_id)

    def appear(self) -> None:
        """Be in Home Assistant again, with what it is set to."""
        self._is_here = True
        for entity in self.entities.by_key.values():
            entity.async_set_context(Context())
        self.entities.write()
        self.show()

    async def async_set_by_hand(self, current_a: float) -> None:
        """Let a user set its number in the browser."""
        user = await self._house.hass.auth.async_create_user("Owner", group_ids=["system-admin"])
        await self._house.hass.services.async_call(
            "number",
            "set_value",
            {"entity_id": self.number_id, "value": current_a},
            blocking=True,
            context=Context(user_id=user.id),
        )
        await self._house.async_settle()
