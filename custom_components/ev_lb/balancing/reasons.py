"""Why a charger has what it has, as it is shown: what is so goes before what was decided.

A charger that ignores its command draws what it likes, whatever the house leaves; and one that
cannot be told keeps what it has. To its owner both are the reason, and the plan is none.
"""

from typing import TYPE_CHECKING

from .model import LimitedBy
from .supervise.failing import FAILURES

if TYPE_CHECKING:
    from .state import ChargerState

WITHOUT_COMMANDS = (LimitedBy.DISABLED, LimitedBy.WAITING_FOR_METER)
"""Nothing is told to a charger then, so nothing can be ignored or fail."""


def limited_by(charger: ChargerState) -> LimitedBy:
    """Return the reason to show."""
    planned = charger.allocation.limited_by
    if planned in WITHOUT_COMMANDS:
        return planned
    if cannot_be_told(charger):
        return LimitedBy.SCRIPT_FAILING
    if charger.compliance.is_unresponsive and planned is not LimitedBy.EXCEEDS_COMMAND:
        return LimitedBy.UNRESPONSIVE
    return planned


def cannot_be_told(charger: ChargerState) -> bool:
    """Return whether the last command and its retry have failed."""
    newest = charger.setpoints.newest
    return newest is not None and newest.delivered_at is None and newest.failures >= FAILURES
