"""What every way to a charger can do, and how it fails."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, override

from ..balancing.model import Command


class ControlKind(StrEnum):
    """The ways to a charger."""

    SCRIPTS = "scripts"
    ENTITIES = "entities"
    ACTIONS = "actions"


class Action(StrEnum):
    """What a call does to a charger, as the event `ev_lb_action_failed` names it."""

    SET_CURRENT = "set_current"
    STOP_CHARGING = "stop_charging"
    START_CHARGING = "start_charging"


class Misfit(StrEnum):
    """Why an entity that is there cannot be used: what only the user can fix."""

    UNIT = "unit"
    """A number whose unit is none of a current."""
    OPTION = "option"
    """A select that lacks an option; the detail names it."""
    ZERO = "zero"
    """A number that is to pause by 0 A and begins above it; the detail says where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusable:
    """What is wrong with an entity that is there."""

    misfit: Misfit
    detail: str = ""

    @override
    def __str__(self) -> str:
        """Return it in English, as errors are."""
        match self.misfit:
            case Misfit.UNIT:
                return "has a unit that is neither A nor mA"
            case Misfit.OPTION:
                return f"has no option {self.detail}"
            case Misfit.ZERO:
                reason = f"its range begins at {self.detail}"
                return f"cannot be set to 0 A to pause the charger: {reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One step of a command: something of the user's is called."""

    action: Action
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

    @property
    def uses(self) -> frozenset[str]:
        """The entities that it cannot do without."""
        ...

    @property
    def is_reachable(self) -> bool:
        """Whether all that it uses is there now."""
        ...

    @property
    def unusable(self) -> Mapping[str, Unusable]:
        """Why entities that are there cannot be used, by their ids."""
        ...

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
