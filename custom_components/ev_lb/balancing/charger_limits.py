"""The most a charger may be given, whatever is free, and why.

Its maximum and its temporary limit (`max_charger_current_a`, `ev_lb.set_limit`), what it had
before a restart, and what it is cut to while it does not obey. Below its minimum
(`min_ev_current_a`) it is stopped.
"""

from dataclasses import dataclass

from .model import ChargerState, LimitedBy
from .obedience import obedience_ceiling_a
from .settings import ChargerSettings


@dataclass(slots=True, kw_only=True)
class Ceiling:
    """The most a charger may be given."""

    current_a: int
    limited_by: LimitedBy


def ceiling(charger: ChargerSettings, state: ChargerState, now: float) -> Ceiling:
    """Return the charger's ceiling; 0 A where the minimum does not fit under it."""
    maximum_a = min(charger.max_charger_current_a, charger.rated_current_a)
    lowest = Ceiling(current_a=maximum_a, limited_by=LimitedBy.CHARGER_MAXIMUM)
    if state.limit is not None and now < state.limit.until:
        lowest = lower(lowest, state.limit.current_a, LimitedBy.LIMIT)
    if state.resume_a is not None:
        lowest = lower(lowest, state.resume_a, LimitedBy.CONFIRMATION)
    if state.probe.ceiling_a is not None:
        lowest = lower(lowest, state.probe.ceiling_a, LimitedBy.PROBE)
    obedient_a = obedience_ceiling_a(charger, state)
    if obedient_a is not None:
        lowest = lower(lowest, obedient_a, LimitedBy.DISOBEDIENCE)
    if lowest.current_a >= charger.min_ev_current_a:
        return lowest
    own = lowest.limited_by in (LimitedBy.CHARGER_MAXIMUM, LimitedBy.LIMIT)
    return Ceiling(current_a=0, limited_by=LimitedBy.BELOW_MINIMUM if own else lowest.limited_by)


def lower(known: Ceiling, current_a: int, limited_by: LimitedBy) -> Ceiling:
    """Return the lower of two ceilings, the known one where they are the same."""
    if current_a >= known.current_a:
        return known
    return Ceiling(current_a=current_a, limited_by=limited_by)
