"""Starting again: after an overload stop the minimum must stay free for a while first.

The wait is `ramp_up_time_s`, half as long again with each further overload stop within half an
hour, a quarter of an hour at most, and falls back after half an hour without one. A hob that
cycles must not start the car at every turn. The user's own switches and numbers skip it.
"""

from dataclasses import replace

from .model import ChargerState, StartWait
from .settings import SiteSettings

MEMORY_S = 30 * 60
"""An overload stop counts towards the next one's wait for this long."""

LONGEST_WAIT_S = 15 * 60
GROWTH = 1.5
"""Doubling costs more energy and spares no more starts in the benchmark's houses."""


def note_overload_stop(state: ChargerState, now: float) -> ChargerState:
    """Return the charger with one more overload stop to its name."""
    wait = state.start_wait
    is_recent = wait.stops > 0 and now - wait.last_stop_at < MEMORY_S
    stops = wait.stops + 1 if is_recent else 1
    return replace(state, start_wait=StartWait(stops=stops, last_stop_at=now))


def note_free_minimum(state: ChargerState, is_free: bool, now: float) -> ChargerState:
    """Return the charger with how long its minimum has been free."""
    wait = state.start_wait
    if wait.stops == 0 or is_free == (wait.free_since is not None):
        return state
    return replace(state, start_wait=replace(wait, free_since=now if is_free else None))


def start_due(site: SiteSettings, state: ChargerState) -> float | None:
    """Return when the charger may start: -inf is at once, None while its minimum is not free."""
    wait = state.start_wait
    if wait.stops == 0:
        return float("-inf")
    if wait.free_since is None:
        return None
    forgotten_at = max(wait.last_stop_at + MEMORY_S, wait.free_since + site.ramp_up_time_s)
    return min(wait.free_since + wait_s(site, wait), forgotten_at)


def wait_s(site: SiteSettings, wait: StartWait) -> float:
    """Return how long the minimum must be free before a start."""
    return min(site.ramp_up_time_s * GROWTH ** min(wait.stops - 1, 20), LONGEST_WAIT_S)
