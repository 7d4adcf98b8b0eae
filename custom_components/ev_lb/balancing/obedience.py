"""Obedience: a call that returned is not a command that took effect.

Once the response time and the meter delay have passed, the meter must have fallen by half of
what a charger was told to give up, from the highest that it has shown since (the house may have
risen meanwhile), or be within the limit. Of several that were cut each must show its own part.
If not, the charger is cut to its minimum, then stopped, each after another response time. The
stop is repeated each response time at first, then once a minute. The charger is called
unresponsive when its draw had been seen and a stop did not end it.

A charger's own sensor knows better: once it has come down to the command, or shows no more while
the house is within its limit, that is obedience. What it shows well above the command is not, even
if nothing was cut and the house is within its limit.
A house over its limit with its chargers stopped is the house's own affair.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from .car import exceeds_command, has_come_down, is_frozen, kept_since, sensed_a, still_exceeds
from .flicker import flicker_a
from .intervals import Offer
from .model import ChargerState, News, NewsType, Reading, Watch, WatchStep
from .settings import ChargerSettings, Settings

OBEYED_SHARE = 0.5
SEEN_SHARE, SEEN_BUT_A = 0.8, 1.0
"""From so much of a cut on, and all but so much, the charger is where it was told to be."""

REPEAT_S = 60.0
SOON_REPEATS = 5
"""How often a command is repeated without this pause: most deafness is over within a minute."""


@dataclass(slots=True, kw_only=True)
class Verdict:
    """What a reading says of a charger's obedience."""

    state: ChargerState
    is_repeat_due: bool = False
    """The last command must be sent again, though it has not changed."""

    news: tuple[News, ...] = ()


def watch_reduction(
    state: ChargerState, cut_a: int, reading: Reading | None, now: float
) -> ChargerState:
    """Return the charger with the reduction sent now under watch."""
    if reading is None:
        return replace(state, watch=None)
    earlier = state.watch
    was_shown = state.unshown is None or state.unshown.low_a > 0
    has_drawn = was_shown or (earlier is not None and earlier.has_drawn)
    if earlier is not None and earlier.step is WatchStep.CUT:
        # One cut after another must not put the judgement off.
        more = replace(earlier, cut_a=earlier.cut_a + cut_a, has_drawn=has_drawn)
        return replace(state, watch=more)
    watch = Watch(
        step=earlier.step if earlier else WatchStep.CUT,
        sent_at=now,
        cut_a=cut_a,
        highest_a=reading.current_a,
        has_drawn=has_drawn,
    )
    return replace(state, watch=watch)


def repeat_reduction(state: ChargerState, now: float) -> ChargerState:
    """Return the charger with its last reduction sent again now."""
    watch = state.watch and replace(state.watch, sent_at=now, repeats=state.watch.repeats + 1)
    return replace(state, watch=watch)


def obedience_ceiling_a(charger: ChargerSettings, state: ChargerState) -> int | None:
    """Return the most a charger that did not obey may be given; None: no such bound."""
    if state.watch is None:
        return None
    match state.watch.step:
        case WatchStep.CUT:
            return None
        case WatchStep.MINIMUM:
            return charger.min_ev_current_a
        case WatchStep.STOP:
            return 0


def judge(
    settings: Settings,
    charger: ChargerSettings,
    chargers: Mapping[str, ChargerState],
    reading: Reading,
) -> Verdict:
    """Return what the reading, and the charger's own sensor, say of the last command."""
    state = chargers[charger.charger_id]
    is_above = exceeds_command(settings, charger, state, reading.at)
    if state.watch is None and is_above:
        return begin_again(charger, state, reading)
    limit_a = settings.site.service_current_a + flicker_a(settings.site)
    is_over = any(reading.current_a[phase] > limit_a for phase in charger.phases)
    if is_acquitted(settings, state, reading, is_over=is_over):
        return obeyed(charger, state)
    if state.watch is None:
        return Verdict(state=state)
    watch = with_highest(state.watch, reading)
    fallen_a = max(watch.highest_a[phase] - reading.current_a[phase] for phase in charger.phases)
    fallen_a -= others_cut_a(settings, charger, chargers)
    if fallen_a >= OBEYED_SHARE * watch.cut_a and not still_exceeds(charger, state):
        return obeyed(charger, seen(state, fallen_a, watch))
    state = replace(state, watch=watch)
    due_at = judged_at(settings, charger, state.offers, watch)
    if due_at is None or reading.at < due_at:
        return Verdict(state=state)
    if is_over:
        return escalate(charger, state, watch, reading, is_above=is_above)
    if is_above:
        return repeat(charger, state, watch, reading)
    is_doubted = sensed_a(state) is not None and not is_frozen(state, state.offers)
    return Verdict(state=state) if is_doubted else obeyed(charger, state)


def is_acquitted(
    settings: Settings, state: ChargerState, reading: Reading, *, is_over: bool
) -> bool:
    """Return whether a suspected charger's own sensors say that it keeps to its command.

    Not before the meter can show it as well: it would take the fall for another charger's.
    """
    if state.watch is None and not state.is_unresponsive:
        return False
    since = kept_since(state)
    if since is None or reading.at < since + settings.meter_delay_s:
        return False
    sent_at = float("-inf") if state.watch is None else state.watch.sent_at
    return not is_over or has_come_down(state, sent_at)


def with_highest(watch: Watch, reading: Reading) -> Watch:
    """Return the watch with the highest that the meter has shown since it began."""
    before_a = watch.highest_a or reading.current_a
    highest_a = tuple(map(max, before_a, reading.current_a, strict=True))
    return replace(watch, highest_a=highest_a)


def begin_again(charger: ChargerSettings, state: ChargerState, reading: Reading) -> Verdict:
    """Return a charger that draws more than it was told, told again and under watch."""
    latest_a = state.measurements[-1].current_a or 0.0
    watch = Watch(
        step=WatchStep.STOP if state.target_a == 0 else WatchStep.CUT,
        sent_at=reading.at,
        cut_a=max(round(latest_a) - state.target_a, 1),
        highest_a=reading.current_a,
        has_drawn=True,
    )
    return repeat(charger, state, watch, reading)


def seen(state: ChargerState, fallen_a: float, watch: Watch) -> ChargerState:
    """Return the charger with its last command marked as followed, if the meter shows that."""
    if fallen_a < max(SEEN_SHARE * watch.cut_a, watch.cut_a - SEEN_BUT_A) or not state.offers:
        return state
    *earlier, last = state.offers
    return replace(
        state,
        offers=(*earlier, replace(last, is_seen=True)),
        unshown=None,
        probe=replace(state.probe, wait_s=0.0),
    )


def others_cut_a(
    settings: Settings, charger: ChargerSettings, chargers: Mapping[str, ChargerState]
) -> int:
    """Return what others on the charger's phases are to give up: their part of a fall."""
    # Few are watched at a time, so that is asked first.
    return sum(
        watch.cut_a
        for other in settings.balanced
        if (watch := chargers[other.charger_id].watch) is not None
        and watch.has_drawn
        and not chargers[other.charger_id].is_unresponsive
        and other is not charger
        and not set(other.phases).isdisjoint(charger.phases)
    )


def fall_spent(
    settings: Settings, before: Mapping[str, ChargerState], chargers: Mapping[str, ChargerState]
) -> Mapping[str, ChargerState]:
    """Return the judged chargers; the fall that has shown one's cut is taken off the others'."""
    after = dict(chargers)
    for charger in settings.balanced:
        shown = before[charger.charger_id].watch
        if shown is None or chargers[charger.charger_id].watch is not None:
            continue
        for other in settings.balanced:
            known = after[other.charger_id]
            if known.watch is None:
                continue
            highest_a = tuple(
                highest - shown.cut_a if phase in charger.phases else highest
                for phase, highest in enumerate(known.watch.highest_a)
            )
            watch = replace(known.watch, highest_a=highest_a)
            after[other.charger_id] = replace(known, watch=watch)
    return after


def judged_at(
    settings: Settings, charger: ChargerSettings, offers: tuple[Offer, ...], watch: Watch
) -> float | None:
    """Return from when on a reading shows whether the reduction took effect; None: not sent yet."""
    for offer in offers:
        is_ours = offer.sent_at is not None and offer.sent_at >= watch.sent_at
        if is_ours and offer.delivered_at is not None:
            return max(offer.delivered_at, watch.sent_at) + settings.window_s(charger)
    return None


def obeyed(charger: ChargerSettings, state: ChargerState) -> Verdict:
    """Return the charger back in good standing."""
    free = replace(state, watch=None, is_unresponsive=False)
    if not state.is_unresponsive:
        return Verdict(state=free)
    news = News(type=NewsType.CHARGER_RECOVERED, charger_id=charger.charger_id)
    return Verdict(state=free, news=(news,))


def escalate(
    charger: ChargerSettings,
    state: ChargerState,
    watch: Watch,
    reading: Reading,
    *,
    is_above: bool,
) -> Verdict:
    """Return the charger one step further down."""
    if state.target_a > 0:
        can_go_lower = watch.step is WatchStep.CUT and state.target_a > charger.min_ev_current_a
        step = WatchStep.MINIMUM if can_go_lower else WatchStep.STOP
        further = replace(state, watch=replace(watch, step=step))
        return accused(charger, further) if is_above else Verdict(state=further)
    if not watch.has_drawn:
        return Verdict(state=replace(state, watch=None))
    return repeat(charger, state, replace(watch, step=WatchStep.STOP), reading)


def repeat(
    charger: ChargerSettings, state: ChargerState, watch: Watch, reading: Reading
) -> Verdict:
    """Return a charger that goes on drawing told again, unless that was done just now."""
    is_soon = watch.repeats >= SOON_REPEATS and reading.at < watch.sent_at + REPEAT_S
    if is_soon:
        return Verdict(state=state)
    # What fell before this command does not show that it is obeyed.
    again = replace(state, watch=replace(watch, highest_a=reading.current_a))
    return replace(accused(charger, again), is_repeat_due=True)


def accused(charger: ChargerSettings, state: ChargerState) -> Verdict:
    """Return the charger called unresponsive, with the news if it was not before."""
    if state.is_unresponsive:
        return Verdict(state=state)
    news = News(type=NewsType.CHARGER_UNRESPONSIVE, charger_id=charger.charger_id)
    return Verdict(state=replace(state, is_unresponsive=True), news=(news,))
