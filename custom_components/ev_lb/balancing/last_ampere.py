"""The last ampere waits: what had to be taken back again and again is not given at once.

Readings flicker and are rounded, so where the house leaves a whole number of amperes, one of
them would come and go for ever, and each time hold the larger increases. From the third time in
a row that an increase of just 1 A had to be taken back at once, that ampere must be free for 40 s
before the next try, and twice as long with each further time, 11 min at most.
"""

from dataclasses import replace

from .model import ChargerState, LastAmpere

WAIT_S = 5.0
FREE_TRIES = 2
"""So often it may be taken back before there is a wait."""

MOST_TRIES = 7
LASTING_S = 30.0
"""An ampere that stays for longer than this and two periods of the meter was no flicker."""


def note_room(known: ChargerState, wish_a: int, now: float) -> ChargerState:
    """Return the charger with since when there has been room for more than it has."""
    is_free = 0 < known.target_a < wish_a
    if is_free == (known.last_ampere.free_since is not None):
        return known
    free_since = now if is_free else None
    return replace(known, last_ampere=replace(known.last_ampere, free_since=free_since))


def last_ampere_at(known: ChargerState) -> float:
    """Return from when on the charger may be raised by a single ampere."""
    last = known.last_ampere
    if last.free_since is None or last.taken_back <= FREE_TRIES:
        return float("-inf")
    return last.free_since + WAIT_S * 2.0**last.taken_back


def note_taken_back(
    known: ChargerState, cut_a: int, period_s: float | None, now: float
) -> LastAmpere:
    """Return how often the last ampere was taken back, after a cut that the house forced."""
    taken_back, lasting_s = 0, LASTING_S + 2 * (period_s or 0.0)
    if cut_a == 1 and known.raised_at is not None and now - known.raised_at <= lasting_s:
        taken_back = min(known.last_ampere.taken_back + 1, MOST_TRIES)
    return LastAmpere(taken_back=taken_back)
