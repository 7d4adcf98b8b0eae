"""Handover: one car's share goes to another only after the first has let go of it.

An increase is granted only while the highest that every charger may still be following stays
within the headroom. So is the first command to a charger that we know nothing of; what such
chargers draw already is in the house load. And where others have let go of something, the last
reading must leave as much: the estimate of the house may have kept what they seemed to draw. And it
must be one that can show what they have given up: a rise and a fall by as much hide each other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

from ..allocate.limits import TOLERANCE_A
from ..model import LimitedBy
from ..supervise.evidence import has_been_read
from .gates import Blocker

if TYPE_CHECKING:
    from ..state import ChargerState, State


@dataclass(slots=True, kw_only=True)
class HighestSetpoints:
    """The most that chargers may still be following."""

    possible_a: float = 0.0
    """With what a charger may be doing that we know nothing of."""

    told_a: float = 0.0
    """Only what we told them."""

    def add(self, other: HighestSetpoints, weight: int) -> None:
        """Count another charger's, too, as it loads the limit."""
        self.possible_a += weight * other.possible_a
        self.told_a += weight * other.told_a

    def needed_for(self, share_a: int) -> HighestSetpoints:
        """Return what a charger's setpoints grow by when it is given this share."""
        return HighestSetpoints(
            possible_a=max(share_a - self.possible_a, 0.0), told_a=max(share_a - self.told_a, 0.0)
        )

    def of(self, *, is_first: bool) -> float:
        """Return what bounds a raise: the first command to an unknown charger is no raise."""
        return self.told_a if is_first else self.possible_a


def granted_raises(
    state: State, room_a: Sequence[float], shares: Mapping[str, int], now: float
) -> tuple[Mapping[str, int], Mapping[str, Blocker]]:
    """Return the shares without the increases for which others have not let go yet."""
    rising = [each for each in state.balanced if shares[each.charger_id] > each.target_a]
    if not rising:
        return shares, {}
    granted, blockers = dict(shares), dict[str, Blocker]()
    room_a = [min(each) for each in zip(room_a, shown_room_a(state), strict=True)]
    highest = {each.charger_id: highest_setpoints(state, each, now) for each in state.balanced}
    used = [HighestSetpoints() for _ in room_a]
    for charger in state.balanced:
        for load in charger.loads:
            used[load.index].add(highest[charger.charger_id], load.weight)
    until: float | None = None
    for charger in rising:
        more = highest[charger.charger_id].needed_for(shares[charger.charger_id])
        is_first = charger.setpoints.resume_a is not None
        has_room = all(
            used[load.index].of(is_first=is_first) + load.weight * more.of(is_first=is_first)
            <= room_a[load.index] + TOLERANCE_A
            for load in charger.loads
        )
        if has_room and not is_hidden(state, charger, now):
            for load in charger.loads:
                used[load.index].add(more, load.weight)
            continue
        until = until or next_let_go_at(state, now)
        has_minimum = charger.target_a >= charger.settings.min_ev_current_a
        granted[charger.charger_id] = charger.target_a if has_minimum else 0
        blockers[charger.charger_id] = Blocker(limited_by=LimitedBy.OTHER_CHARGER, until=until)
    return granted, blockers


def is_hidden(state: State, charger: ChargerState, now: float) -> bool:
    """Return whether a raise would hide what another gives up, which the meter alone can tell.

    A cut that has not got through gives up nothing.
    """
    return any(
        other.evidence.cut is not None
        and other.sensor.drawn_a is None
        and other is not charger
        and other.is_seen_with(charger)
        and other.setpoints.delivered_since(other.evidence.cut.sent_at) is not None
        and not has_been_read(state, other, now)
        for other in state.balanced
    )


def shown_room_a(state: State) -> Sequence[float]:
    """Return what the last reading leaves for all chargers, each at the most it drew then.

    Who has had its response time has followed, however late the meter is believed to be.
    """
    reading = state.meter.reading
    if reading is None or not state.meter.is_available:
        return [inf] * len(state.limits)
    gain = state.gain.value
    room_a = [
        limit.in_force_a - current_a
        for limit, current_a in zip(state.limits, reading.current_a, strict=True)
    ]
    for charger in state.balanced:
        items = charger.setpoints.in_force(reading.at, charger.settings.response_time_s)
        told_a = gain * max([item.current_a for item in items if not item.is_assumed], default=0)
        for load in charger.loads:
            room_a[load.index] += load.weight * told_a
    return [each_a / gain for each_a in room_a]


def highest_setpoints(state: State, charger: ChargerState, now: float) -> HighestSetpoints:
    """Return the most that the charger may still be following."""
    items = charger.setpoints.in_force(now, state.window_s(charger))
    ours_a = [item.current_a for item in items if not item.is_assumed]
    return HighestSetpoints(
        possible_a=max([item.current_a for item in items], default=0),
        told_a=max(ours_a, default=0),
    )


def next_let_go_at(state: State, now: float) -> float | None:
    """Return when the next command settles, and with it an older one is out of force."""
    moments = [
        charger.setpoints.settles_at(state.window_s(charger))
        for charger in state.balanced
        if len(charger.setpoints.items) > 1
    ]
    return min((at for at in moments if at is not None and at > now), default=None)
