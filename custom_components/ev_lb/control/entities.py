"""Control by the charger's own entities: a number for its current, and what pauses it.

A current is floored to what the number takes. One below the number's range pauses the charger. A
charger that is paused by 0 A, of a number that begins higher, cannot be stopped: it is set to the
lowest it takes, once for each command, and the command has failed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, override

from homeassistant.components.button.const import SERVICE_PRESS
from homeassistant.components.number.const import ATTR_VALUE, SERVICE_SET_VALUE
from homeassistant.components.select.const import ATTR_OPTIONS
from homeassistant.const import (
    ATTR_ENTITY_ID,
    ATTR_OPTION,
    SERVICE_SELECT_OPTION,
    SERVICE_TURN_OFF,
    SERVICE_TURN_ON,
    STATE_OFF,
    STATE_ON,
)
from homeassistant.core import Context, HomeAssistant, split_entity_id

from ..balancing.model import Command, StartCharging, StopCharging
from ..const import (
    CONF_CHARGING_OPTION,
    CONF_CURRENT_NUMBER,
    CONF_PAUSE,
    CONF_PAUSE_SELECT,
    CONF_PAUSE_SWITCH,
    CONF_PAUSED_OPTION,
    CONF_START_BUTTON,
    CONF_START_ORDER,
    CONF_STOP_BUTTON,
)
from .calls import CallControl
from .current_number import CurrentNumber, current_number
from .protocol import Action, Call, CallFailedError, Misfit, Unusable
from .reach import has_lost_device, unreachable


class PauseKind(StrEnum):
    """How a charger is paused."""

    ZERO = "zero"
    """0 A goes to its number."""
    SWITCH = "switch"
    """On is charging."""
    INVERTED_SWITCH = "inverted_switch"
    """On is paused."""
    BUTTONS = "buttons"
    SELECT = "select"


class StartOrder(StrEnum):
    """What is done first when a charger starts."""

    START_FIRST = "start_first"
    SET_FIRST = "set_first"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What is done to an entity."""

    entity_id: str
    service: str
    data: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerEntities:
    """The entities that control a charger."""

    current_number: str
    start: Deed | None = None
    stop: Deed | None = None
    """None, and no start: the number's 0 A pauses it."""

    start_order: StartOrder = StartOrder.START_FIRST
    pause_entity: str | None = None
    """What shows whether it is paused; None: nothing, or the number."""

    is_paused_in: Mapping[str, bool] = field(default_factory=dict[str, bool])
    """The states of the pause entity that tell."""

    @property
    def uses(self) -> frozenset[str]:
        """Return them all."""
        deeds = (self.start, self.stop)
        return frozenset({self.current_number, *(deed.entity_id for deed in deeds if deed)})


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityCall(Call):
    """A call that does something to an entity."""

    deed: Deed


class EntityControl(CallControl[EntityCall]):
    """Carries out one charger's commands by its own entities."""

    def __init__(self, hass: HomeAssistant, entities: ChargerEntities) -> None:
        """Keep the entities."""
        super().__init__(hass)
        self._entities = entities
        self._is_paused_below_range = False
        """Whether a current that the number does not take paused it: another one starts it."""

        self._lowered_for: Command | None = None
        """The command that could not stop the charger, and has set it to the lowest."""

    @property
    @override
    def uses(self) -> frozenset[str]:
        """The number and what pauses."""
        return self._entities.uses

    @property
    @override
    def is_reachable(self) -> bool:
        """Whether something can be done to all of them, and their device is there."""
        is_there = all(unreachable(self.hass, entity_id) is None for entity_id in self.uses)
        return is_there and not has_lost_device(self.hass, self._entities.current_number)

    @property
    @override
    def unusable(self) -> Mapping[str, Unusable]:
        """What stands in the way of a command though everything is there."""
        found: dict[str, Unusable] = {}
        for deed in (self._set_deed(None), self._entities.start, self._entities.stop):
            if deed is None or unreachable(self.hass, deed.entity_id) is not None:
                continue
            if misfit := self._misfit(deed):
                found[deed.entity_id] = misfit
        if no_zero := self._no_zero():
            found[self._entities.current_number] = no_zero
        return found

    @override
    async def async_carry_out(self, command: Command) -> None:
        """Make the calls that the command needs."""
        is_below_range = self._is_below_range(command)
        is_stop = is_below_range or isinstance(command, StopCharging)
        no_zero = self._no_zero() if is_stop else None
        if no_zero is None or command is not self._lowered_for:
            await super().async_carry_out(command)
        self._is_paused_below_range = is_below_range
        if no_zero is not None:
            self._lowered_for = command
            raise CallFailedError(self._stop_call(), str(no_zero))
        if has_lost_device(self.hass, self._entities.current_number):
            # Only now: where it is wrong about the device, the command has come through.
            raise CallFailedError(self._calls(command)[-1], "its device is disconnected")

    @override
    def _calls(self, command: Command) -> Sequence[EntityCall]:
        if isinstance(command, StopCharging):
            return [self._stop_call()]
        if self._is_below_range(command):
            self._is_paused_below_range = True  # also where it fails: it may have come through
            return [self._stop_call()]
        calls = [self._set_call(command.current_a)]
        start = self._entities.start
        is_start = isinstance(command, StartCharging) or self._is_paused_below_range
        if is_start and start is not None:
            call = entity_call(Action.START_CHARGING, start, command.current_a)
            is_first = self._entities.start_order is StartOrder.START_FIRST
            calls.insert(0 if is_first else 1, call)
        return calls

    @override
    def _stop_call(self) -> EntityCall:
        stop = self._entities.stop
        if stop is None:
            return self._set_call(0)
        return entity_call(Action.STOP_CHARGING, stop, 0)

    def _set_call(self, current_a: int) -> EntityCall:
        number = self._number()
        value = None if number is None else number.value_of(current_a)
        if value is None and number is not None:
            value = number.minimum  # the least it takes: nothing else stops the charger
        return entity_call(Action.SET_CURRENT, self._set_deed(value), current_a)

    def _set_deed(self, value: float | None) -> Deed:
        return Deed(
            entity_id=self._entities.current_number,
            service=SERVICE_SET_VALUE,
            data={ATTR_VALUE: value},
        )

    def _number(self) -> CurrentNumber | None:
        """Return what the number takes; None: it is gone, or it means no current."""
        number_id = self._entities.current_number
        if unreachable(self.hass, number_id) is not None:
            return None
        return current_number(self.hass.states.get(number_id))

    def _is_below_range(self, command: Command) -> bool:
        """Return whether the command asks for a current that the number does not go down to."""
        number = self._number()
        is_stop = isinstance(command, StopCharging)
        return not is_stop and number is not None and number.value_of(command.current_a) is None

    def _no_zero(self) -> Unusable | None:
        """Return why 0 A does not stop the charger; None: it does, or something else stops it."""
        number = self._number()
        if self._entities.stop is not None or number is None or number.can_be_zero:
            return None
        return Unusable(misfit=Misfit.ZERO, detail=f"{number.minimum:g} {number.unit}")

    def _misfit(self, deed: Deed) -> Unusable | None:
        """Return why an entity that is there does not do what is asked of it."""
        state = self.hass.states.get(deed.entity_id)
        if deed.service == SERVICE_SET_VALUE and current_number(state) is None:
            return Unusable(misfit=Misfit.UNIT)
        option = deed.data.get(ATTR_OPTION)
        options = state.attributes.get(ATTR_OPTIONS, ()) if state is not None else ()
        if option is None or option in options:
            return None
        return Unusable(misfit=Misfit.OPTION, detail=str(option))

    @override
    async def _async_obstacle(self, call: EntityCall) -> str | None:
        misfit = self._misfit(call.deed)
        return unreachable(self.hass, call.entity_id) or (misfit and str(misfit))

    @override
    async def _async_make(self, call: EntityCall) -> None:
        """Do something to an entity and wait until it is done."""
        await self.hass.services.async_call(
            split_entity_id(call.entity_id)[0],
            call.deed.service,
            {ATTR_ENTITY_ID: call.entity_id, **call.deed.data},
            blocking=True,
            context=Context(),
        )


def entity_call(action: Action, deed: Deed, current_a: int) -> EntityCall:
    """Return the call that does something to an entity."""
    return EntityCall(action=action, entity_id=deed.entity_id, current_a=current_a, deed=deed)


def charger_entities(data: Mapping[str, Any]) -> ChargerEntities:
    """Return the entities of a charger that the user has picked."""
    kind = PauseKind(data[CONF_PAUSE])
    start: Deed | None = None
    stop: Deed | None = None
    is_paused_in: dict[str, bool] = {}
    match kind:
        case PauseKind.ZERO:
            pass
        case PauseKind.SWITCH | PauseKind.INVERTED_SWITCH:
            turn_on = Deed(entity_id=data[CONF_PAUSE_SWITCH], service=SERVICE_TURN_ON)
            turn_off = Deed(entity_id=data[CONF_PAUSE_SWITCH], service=SERVICE_TURN_OFF)
            is_inverted = kind is PauseKind.INVERTED_SWITCH
            start, stop = (turn_off, turn_on) if is_inverted else (turn_on, turn_off)
            is_paused_in = {STATE_ON: is_inverted, STATE_OFF: not is_inverted}
        case PauseKind.BUTTONS:
            start = Deed(entity_id=data[CONF_START_BUTTON], service=SERVICE_PRESS)
            stop = Deed(entity_id=data[CONF_STOP_BUTTON], service=SERVICE_PRESS)
        case PauseKind.SELECT:
            start = selected(data[CONF_PAUSE_SELECT], data[CONF_CHARGING_OPTION])
            stop = selected(data[CONF_PAUSE_SELECT], data[CONF_PAUSED_OPTION])
            is_paused_in = {data[CONF_CHARGING_OPTION]: False, data[CONF_PAUSED_OPTION]: True}
    return ChargerEntities(
        current_number=data[CONF_CURRENT_NUMBER],
        start=start,
        stop=stop,
        start_order=StartOrder(data.get(CONF_START_ORDER, StartOrder.START_FIRST)),
        pause_entity=stop.entity_id if stop is not None and is_paused_in else None,
        is_paused_in=is_paused_in,
    )


def selected(entity_id: str, option: str) -> Deed:
    """Return what picks an option of a select."""
    return Deed(entity_id=entity_id, service=SERVICE_SELECT_OPTION, data={ATTR_OPTION: option})
