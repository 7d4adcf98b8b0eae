"""How the meter reports: its usual period and its delay are learned from what it says.

A regular meter that is silent for three of its periods and 5 s is gone; one that reports only
what changes may be silent for a quarter of an hour (`meter_timeout_s`). An increase needs a
reading no older than two periods. How late the meter shows what a car does is learned where the
car has a sensor of its own: from each clear fall of its draw until the meter falls, too
(`meter_delay_s`).
"""

from dataclasses import replace
from statistics import median

from .model import MeterTiming, Reading, State
from .settings import DEFAULT_METER_DELAY_S, Settings

KEPT_GAPS = 9
"""The usual period is the median of so many gaps: a single hiccup does not move it."""

NEEDED_GAPS = 5
"""From so many gaps on there is a usual one."""

HICCUP_PERIODS, HICCUP_EXTRA_S = 2, 3.0
"""A gap longer than this is no hiccup: the meter reports when it likes."""

ECHO_S = 0.5
"""Some meters say each value twice within this time."""

IRREGULAR_S = 3600.0
"""One such gap shows that the meter may be silent without a fault, for this long."""

PROBATION_S = 300.0
"""No meter is called regular before it has been heard for so long."""

SILENT_PERIODS, SILENT_EXTRA_S = 3, 5.0
ON_CHANGE_TIMEOUT_S = 15 * 60.0
FRESH_PERIODS = 2

LONGEST_PERIOD_S = 300.0
"""A meter that reports more rarely reports on change, or is useless."""

KEPT_ANSWERS = 8
SHOWN_SHARE = 0.5
LONGEST_DELAY_S = 60.0


def note_report(timing: MeterTiming, before: Reading | None, reading: Reading) -> MeterTiming:
    """Return the timing with one more report; `before` is the one heard last."""
    if timing.is_recalled:
        return replace(timing, is_recalled=False)
    if before is None or timing.heard_since is None:
        return replace(timing, heard_since=reading.at)
    gap_s = reading.at - before.at
    if gap_s <= 0 or is_echo(timing, gap_s):
        return timing
    gaps_s = (*timing.gaps_s[1 - KEPT_GAPS :], gap_s)
    if gaps_s == timing.gaps_s and timing.irregular_at is None:
        return timing
    period_s = median(gaps_s) if len(gaps_s) >= NEEDED_GAPS else timing.period_s
    # Also an older gap may turn out to be odd, when the rhythm becomes known or another.
    is_odd = period_s is not None and max(gaps_s) > longest_gap_s(period_s)
    irregular_at = reading.at if is_odd else timing.irregular_at
    return replace(timing, gaps_s=gaps_s, period_s=period_s, irregular_at=irregular_at)


def is_echo(timing: MeterTiming, gap_s: float) -> bool:
    """Return whether a report only repeats the one just before, as pushed and then polled."""
    return gap_s < ECHO_S and bool(timing.gaps_s) and timing.gaps_s[-1] >= ECHO_S


def longest_gap_s(period_s: float) -> float:
    """Return the longest time between two reports that is no more than a hiccup."""
    return HICCUP_PERIODS * period_s + HICCUP_EXTRA_S


def note_silence(timing: MeterTiming, last: Reading | None) -> MeterTiming:
    """Return the timing of a meter that was lost by silence: it may be one that does not mind."""
    return timing if last is None else replace(timing, irregular_at=last.at)


def note_falls(settings: Settings, state: State, reading: Reading) -> State:
    """Return the state with how late the meter showed what the cars' sensors saw before."""
    chargers, timing = dict(state.chargers), state.meter_timing
    for charger in settings.balanced:
        known = chargers[charger.charger_id]
        if known.fall is None:
            continue
        late_s = max(reading.at - known.fall.at, 0.0)
        is_shown = all(
            known.fall.reading_a[phase] - reading.current_a[phase] >= SHOWN_SHARE * known.fall.by_a
            for phase in charger.phases
        )
        if is_shown:
            timing = note_answer(timing, late_s if known.fall.is_late else 0.0)
        is_over = is_shown or late_s > LONGEST_DELAY_S
        fall = None if is_over else replace(known.fall, is_late=True)
        chargers[charger.charger_id] = replace(known, fall=fall)
    return replace(state, chargers=chargers, meter_timing=timing)


def note_answer(timing: MeterTiming, late_s: float) -> MeterTiming:
    """Return the timing with one more fall shown, so long after the car's sensor saw it.

    A house that rises hides a fall for a while, so the longest answers count for nothing.
    """
    answers_s = (*timing.answers_s[1 - KEPT_ANSWERS :], min(late_s, LONGEST_DELAY_S))
    if answers_s == timing.answers_s:
        return timing
    usual_s = sorted(answers_s)[(len(answers_s) - 1) * 3 // 4]
    return replace(timing, answers_s=answers_s, delay_s=max(DEFAULT_METER_DELAY_S, usual_s))


def is_regular(timing: MeterTiming, at: float) -> bool:
    """Return whether the meter is heard in a steady rhythm."""
    return (
        timing.period_s is not None
        and timing.period_s <= LONGEST_PERIOD_S
        and timing.heard_since is not None
        and at - timing.heard_since >= PROBATION_S
        and (timing.irregular_at is None or at - timing.irregular_at >= IRREGULAR_S)
    )


def meter_timeout_s(settings: Settings, timing: MeterTiming, at: float) -> float | None:
    """Return the silence after a reading that makes the meter unavailable; None: never."""
    configured_s = settings.site.meter_timeout_s
    if configured_s is not None:
        return configured_s or None
    if timing.period_s is not None and is_regular(timing, at):
        return SILENT_PERIODS * timing.period_s + SILENT_EXTRA_S
    return ON_CHANGE_TIMEOUT_S


def fresh_until(settings: Settings, state: State) -> float:
    """Return until when the last reading is new enough for an increase."""
    if state.reading is None:
        return float("inf")  # nothing has been read: the rules of a lost meter decide
    at, timing = state.reading.at, state.meter_timing
    timeout_s = meter_timeout_s(settings, timing, at)
    longest_s = float("inf") if timeout_s is None else timeout_s
    if timing.period_s is not None and is_regular(timing, at):
        longest_s = min(longest_s, FRESH_PERIODS * timing.period_s)
    return at + longest_s


def with_learned_delay(settings: Settings, state: State) -> Settings:
    """Return the settings with the meter delay in force: the user's, or the learned one."""
    delay_s = settings.site.meter_delay_s
    if delay_s is None:
        delay_s = state.meter_timing.delay_s
    if delay_s == settings.meter_delay_s:
        return settings
    known = state.settings
    if known is not None and known.given is settings and known.meter_delay_s == delay_s:
        return known  # the same object as in the last decision: nothing has changed
    return replace(settings, meter_delay_s=delay_s, given=settings)
