"""What scripts and action sequences share: up to three of them, and what each is told."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, override

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant

from ..balancing.model import Command, StartCharging, StopCharging
from .calls import CallControl
from .protocol import Action, Call


class RoutineControl[RoutineT](CallControl[Call]):
    """Carries out one charger's commands by what the user has written for it.

    Without a routine that stops, 0 A goes to the one that sets the current; without one that
    starts, only the current is set.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        charger: ConfigSubentry,
        voltage_v: float,
        routines: Mapping[Action, RoutineT],
    ) -> None:
        """Keep the routines and what they are told: the charger, and volts for the power."""
        super().__init__(hass)
        self._charger_id, self._charger_name = charger.subentry_id, charger.title
        self._voltage_v = voltage_v
        self._routines = routines

    @override
    def _calls(self, command: Command) -> Sequence[Call]:
        if isinstance(command, StopCharging):
            return [self._stop_call()]
        actions = [Action.SET_CURRENT]
        if isinstance(command, StartCharging) and Action.START_CHARGING in self._routines:
            actions.insert(0, Action.START_CHARGING)
        return [self._call(action, command.current_a) for action in actions]

    @override
    def _stop_call(self) -> Call:
        has_stop = Action.STOP_CHARGING in self._routines
        return self._call(Action.STOP_CHARGING if has_stop else Action.SET_CURRENT, 0)

    def _call(self, action: Action, current_a: int) -> Call:
        entity_id = self._entity_of(self._routines[action], action)
        return Call(action=action, entity_id=entity_id, current_a=current_a)

    @abstractmethod
    def _entity_of(self, routine: RoutineT, action: Action) -> str:
        """Return what an event names a routine by."""

    def _variables(self, current_a: int) -> dict[str, Any]:
        return {
            "current_a": current_a,
            "current_w": round(current_a * self._voltage_v),
            "charger_id": self._charger_id,
            "charger_name": self._charger_name,
        }
