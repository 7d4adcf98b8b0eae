"""What a new run must know of the last one: a restart must neither lose a command nor a wait.

Waits are kept as the seconds that were left, so a clock that starts anew does no harm.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from .intervals import in_force, is_unknown
from .model import ChargerState, Limit, StartWait, State, Unshown
from .settings import ChargerSettings, Settings
from .switching import known_charger, unknown_charger


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerMemory:
    """What a new run must know of a charger."""

    is_known: bool
    """False of a charger that may be doing something it was not told by us."""

    offered_a: tuple[int, ...]
    """The commands that may be in force, oldest first."""

    commanded_a: int
    target_a: int
    unshown_low_a: int | None = None
    """What the car was counted as drawing, where the meter had not shown the rest."""

    hold_s: float = 0.0
    limit_a: int | None = None
    limit_s: float = 0.0
    overload_stops: int = 0
    since_overload_stop_s: float = 0.0
    is_stopped_by_loss: bool = False


def remember(settings: Settings, state: State, now: float) -> dict[str, ChargerMemory]:
    """Return what a new run must know, by charger."""
    return {
        charger.charger_id: remember_charger(
            settings, charger, state.chargers[charger.charger_id], now
        )
        for charger in settings.chargers
        if charger.charger_id in state.chargers
    }


def has_news_for_memory(before: State, after: State) -> bool:
    """Return whether a new run must know something that it had not to know before.

    That a wait has run on by some seconds is not worth writing down.
    """
    if before.chargers is after.chargers:
        return False
    return [lasting(known) for known in before.chargers.values()] != [
        lasting(known) for known in after.chargers.values()
    ]


def lasting(known: ChargerState) -> tuple[object, ...]:
    """Return what of a charger's state a new run must know, in moments instead of seconds left."""
    return (
        known.target_a,
        known.commanded_a,
        tuple(offer.current_a for offer in known.offers),
        known.hold_until,
        known.limit,
        known.unshown.low_a if known.unshown is not None else None,
        known.start_wait.stops,
        known.is_stopped_by_loss,
    )


def remember_charger(
    settings: Settings, charger: ChargerSettings, known: ChargerState, now: float
) -> ChargerMemory:
    """Return what a new run must know of a charger."""
    offers = in_force(known.offers, now, settings.window_s(charger))
    limit = known.limit
    return ChargerMemory(
        is_known=not is_unknown(offers),
        offered_a=tuple(offer.current_a for offer in offers),
        commanded_a=known.commanded_a,
        target_a=known.target_a,
        unshown_low_a=known.unshown.low_a if known.unshown is not None else None,
        hold_s=max((known.hold_until or now) - now, 0.0),
        limit_a=limit.current_a if limit is not None else None,
        limit_s=max(limit.until - now, 0.0) if limit is not None else 0.0,
        overload_stops=known.start_wait.stops,
        since_overload_stop_s=now - known.start_wait.last_stop_at,
        is_stopped_by_loss=known.is_stopped_by_loss,
    )


def recall(settings: Settings, memories: Mapping[str, ChargerMemory], now: float) -> State:
    """Return the state that a run begins with."""
    return State(
        chargers={
            charger.charger_id: recall_charger(
                settings, charger, memories.get(charger.charger_id), now
            )
            for charger in settings.chargers
        },
    )


def recall_charger(
    settings: Settings, charger: ChargerSettings, memory: ChargerMemory | None, now: float
) -> ChargerState:
    """Return what is known of a charger when a run begins.

    It goes on with what it had, or with the lower where a change was under way.
    """
    if memory is None:
        return unknown_charger(charger)
    known = unknown_charger(charger)
    if memory.is_known:
        resume_a = min(memory.commanded_a, memory.target_a)
        known = known_charger(memory.offered_a, memory.commanded_a, resume_a)
    hold_s = min(memory.hold_s, settings.site.ramp_up_time_s)
    if memory.is_known and memory.unshown_low_a is not None:
        unshown = Unshown(low_a=memory.unshown_low_a, reading_a=None, since=now)
        known = replace(known, unshown=unshown)
    if memory.limit_a is not None and memory.limit_s > 0:
        limit = Limit(current_a=memory.limit_a, until=now + memory.limit_s)
        known = replace(known, limit=limit)
    return replace(
        known,
        hold_until=now + hold_s if hold_s > 0 else None,
        start_wait=StartWait(
            stops=memory.overload_stops, last_stop_at=now - memory.since_overload_stop_s
        ),
        is_stopped_by_loss=memory.is_stopped_by_loss,
    )
