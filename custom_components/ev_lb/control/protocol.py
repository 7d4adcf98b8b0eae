"""What every way to a charger can do, and how it fails."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from ..balancing.model import Command


class ControlKind(StrEnum):
    """The ways to a charger."""

    SCRIPTS = "scripts"
    ENTITIES = "entities"
    ACTIONS = "actions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One step of a command: something of the user's is called."""

    action: str
    entity_id: str
    current_a: int


class CallFailedError(Exception):
    """A call that did not do what it was asked."""

    def __init__(self, call: Call, error: str, *, is_timeout: bool = False) -> None:
        """Say which call failed, and how."""
        super().__init__(error)
        self.action, self.entity_id, self.error = call.action, call.entity_id, error
        self.is_timeout = is_timeout


class ControlAwaitedError(Exception):
    """Something is missing that may still come: Home Assistant has just started."""


class Control(Protocol):
    """The way to one charger."""

    def await_until(self, moment: float) -> None:
        """Wait until then for what is missing, as it may be after a start."""
        ...

    async def async_carry_out(self, command: Command) -> None:
        """Carry out a command, all its steps in their order.

        A call that returns means only that; whether the charger follows is watched at the meter.
        Raises CallFailedError: when a step is missing, fails, does not return, or is not run.
        Raises ControlAwaitedError: when one is missing that may still come; none was called.
        """
        ...
