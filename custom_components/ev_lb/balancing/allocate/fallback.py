"""Without a meter: stop, keep, or a fallback current per charger (`unavailable_behavior`).

One that has not shown the chargers as they draw is on trial when it is back: by their minimum.
"""

from collections.abc import Iterable

from ..meter.availability import Meter
from ..model import BalancerEvent, EventType, LimitedBy, MeterFault
from ..settings import ChargerSettings, Settings, UnavailableBehavior
from .ceiling import Ceiling

NOT_IGNORED = (MeterFault.IMPLAUSIBLE, MeterFault.REVERSED)
"""What was given by such readings cannot stay."""

LEAST_SEEN_A = 6
"""Less does not stand out from what a house does."""


def fallback_ceiling(
    settings: Settings, charger: ChargerSettings, meter: Meter, target_a: int
) -> Ceiling:
    """Return the most a charger may be given while the meter is unavailable."""
    match settings.site.unavailable_behavior:
        case UnavailableBehavior.SET_CURRENT:
            most_a = charger.fallback_current_a
        case UnavailableBehavior.IGNORE if meter.fault not in NOT_IGNORED:
            most_a = target_a
        case _:
            most_a = 0
    is_enough = most_a >= charger.min_ev_current_a
    return Ceiling(current_a=most_a if is_enough else 0, limited_by=LimitedBy.METER_UNAVAILABLE)


def trial_ceiling(charger: ChargerSettings, *, is_tried: bool, target_a: int) -> Ceiling:
    """Return the most a charger may be given while its meter must show first that it sees one.

    `is_tried`: whether it was started since; one that runs from before is stopped for that.
    """
    if target_a > 0 and not is_tried:
        return Ceiling(current_a=0, limited_by=LimitedBy.PROBE)
    least_a = max(charger.min_ev_current_a, LEAST_SEEN_A)
    return Ceiling(current_a=least_a, limited_by=LimitedBy.PROBE)


def fallback_events(
    settings: Settings, targets: Iterable[tuple[str, int]]
) -> tuple[BalancerEvent, ...]:
    """Return what there is to tell of chargers that now charge without knowing the house."""
    if settings.site.unavailable_behavior is not UnavailableBehavior.SET_CURRENT:
        return ()
    return tuple(
        BalancerEvent(
            type=EventType.FALLBACK_ACTIVATED,
            charger_id=charger_id,
            data={"fallback_current_a": target_a},
        )
        for charger_id, target_a in targets
    )
