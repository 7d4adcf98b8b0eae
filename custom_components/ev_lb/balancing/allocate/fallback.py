"""Without a meter: stop, keep, or a fallback current per charger (`unavailable_behavior`)."""

from collections.abc import Iterable

from ..meter.availability import Meter
from ..model import BalancerEvent, EventType, LimitedBy, MeterFault
from ..settings import ChargerSettings, Settings, UnavailableBehavior
from .ceiling import Ceiling


def fallback_ceiling(
    settings: Settings, charger: ChargerSettings, meter: Meter, target_a: int
) -> Ceiling:
    """Return the most a charger may be given while the meter is unavailable."""
    match settings.site.unavailable_behavior:
        case UnavailableBehavior.SET_CURRENT:
            most_a = charger.fallback_current_a
        case UnavailableBehavior.IGNORE if meter.fault is not MeterFault.IMPLAUSIBLE:
            most_a = target_a
        case _:
            most_a = 0
    is_enough = most_a >= charger.min_ev_current_a
    return Ceiling(current_a=most_a if is_enough else 0, limited_by=LimitedBy.METER_UNAVAILABLE)


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
