"""Meter unavailable: what counts as that.

The meter is unavailable while its entity is missing or not a number, after a silence
(`meter_timeout_s`), when nothing has come 60 s after the start, when what it says twice in a row
no house can draw, and when it was found out: frozen though it repeats itself, on one phase or on
all, blind to chargers that draw, or counting the other way round. A single reading that cannot be
is no reading at all. One that did not see the chargers is believed again only for their minimum,
until it has shown one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import isfinite

from ..model import BalancerEvent, EventType, Inputs, MeterFault, MeterStatus, Reading
from ..settings import Metering, Settings
from .timing import BURST_S, MeterTiming

FIRST_READING_WAIT_S = 60.0
"""How long after the start a meter that has said nothing is waited for."""

IMPLAUSIBLE_FACTOR = 5
"""No house draws or feeds so many times its rating for a second: a breaker would be open."""

HOUSE_FACTOR = 2
"""Where several chargers can draw more than that, a house can draw so much beside them."""

TOGETHER_S, TOGETHER_PERIODS = 60.0, 2.5
"""Two readings that cannot be are a lost meter if they come so soon, or within so many periods."""

DISTRUSTED_S = (15 * 60.0, 60 * 60.0)
"""How long a meter that lives and was found out is not believed; the last one goes on."""

LIVELY_S = 60.0
"""A meter lives of which something has changed so lately."""

VARIED_TIMES = 5
"""A value that has changed so often by the house alone is one that varies."""

STUCK_S, STUCK_REPORTS = 180.0, 6
"""A value that varies and says exactly the same for so long, so often, may be frozen."""


@dataclass(slots=True, kw_only=True)
class Standing:
    """For how long one value of the meter has said exactly the same."""

    since: float
    said_at: float
    """When it was said last."""

    reports: int = 0
    changes: int = 0
    """How often it has changed by the house alone."""

    longest_s: float = 0.0
    """The longest that it has ever stood until it changed."""

    def on_same(self, at: float) -> None:
        """Count it once more, if it was said anew."""
        if at > self.said_at or not self.reports:
            self.said_at, self.reports = at, self.reports + 1

    def on_change(self, at: float, *, is_calm: bool) -> None:
        """Begin anew: it lives."""
        self.longest_s = max(self.longest_s, at - self.since)
        self.since = self.said_at = at
        self.reports = 1
        self.changes += is_calm

    def on_lost(self) -> None:
        """Count anew: what a meter says first after an outage is often replayed."""
        self.reports = 0

    def is_stuck(self, now: float) -> bool:
        """Return whether a value that used to vary has said the same for minutes."""
        is_often = self.reports >= STUCK_REPORTS
        return self.changes >= VARIED_TIMES and is_often and now - self.since >= STUCK_S

    def is_odd(self) -> bool:
        """Return whether a value that used to vary stands longer than it ever did."""
        return self.changes >= VARIED_TIMES and self.said_at - self.since > self.longest_s


@dataclass(slots=True, kw_only=True)
class Meter:
    """What is known of the meter."""

    status: MeterStatus = MeterStatus.AWAITED
    fault: MeterFault | None = None
    first_reading_due: float | None = None
    """A meter that is still silent then counts as unavailable; None: not started yet."""

    reading: Reading | None = None
    """The last good one."""

    lived_at: dict[int, float] = field(default_factory=dict[int, float])
    """When each value that a meter says was last known to live, by its limit."""

    lost_at: float | None = None
    """When it was lost by silence."""

    implausible_at: float | None = None
    """When what came last was no reading; None: it was one."""

    standing: dict[int, Standing] = field(default_factory=dict[int, Standing])
    """For how long each value that it says has been the same, by its limit."""

    found_out: frozenset[int] = frozenset()
    """The values by which it was found out."""

    distrusted_until: float | None = None
    """Until when nothing that it says is believed."""

    distrusted_times: int = 0
    unheard: Reading | None = None
    """What it has said last meanwhile."""

    trial_fault: MeterFault | None = None
    """How it has not shown the chargers as they draw, and since then none of them; None: it has."""

    trial_since: float | None = None
    """When it was believed again for that."""

    silent: frozenset[int] = frozenset()
    """The values of which nothing had come for too long when it was lost by silence."""

    @property
    def is_available(self) -> bool:
        """Return whether the last reading can be used."""
        return self.status is MeterStatus.AVAILABLE

    @property
    def lost_since(self) -> float | None:
        """Return since when it says nothing that can be used; None: it does, or never did."""
        if self.status is not MeterStatus.UNAVAILABLE or self.reading is None:
            return None
        match self.fault:
            case MeterFault.FROZEN:
                values = self.found_out or self.standing
                stood_since = [self.standing[index].since for index in values]
                return max(stood_since, default=self.reading.at)
            case MeterFault.SILENT:
                return self.lived_until(self.lived_at)
            case _:
                return self.reading.at

    @property
    def lost_values(self) -> frozenset[int]:
        """Return the values that it is lost by, by their limits; none: all of it, or nothing."""
        if self.status is not MeterStatus.UNAVAILABLE:
            return frozenset()
        match self.fault:
            case MeterFault.FROZEN | MeterFault.REVERSED:
                return self.found_out
            case MeterFault.SILENT:
                return self.silent
            case _:
                return frozenset()

    @property
    def is_found_out(self) -> bool:
        """Return whether it was lost by evidence: the same value again does not bring it back."""
        return self.fault in (MeterFault.FROZEN, MeterFault.BLIND, MeterFault.REVERSED)

    def on_inputs(
        self,
        settings: Settings,
        timings: Sequence[MeterTiming],
        inputs: Inputs,
        now: float,
        *,
        is_calm: bool,
    ) -> Reading | None:
        """Judge the meter by what came, or by how long nothing came; return a good new reading.

        A reading has a value for each limit here. `is_calm`: whether no command of ours, and no
        car that follows one, can move it.
        """
        if inputs.is_started and self.first_reading_due is None:
            self.first_reading_due = now + FIRST_READING_WAIT_S
        if not inputs.is_meter_available and self.status is not MeterStatus.AWAITED:
            self._lose(MeterFault.MISSING)
            return None
        reading = self._believed(settings, timings[0], self._heard(inputs.reading, now), now)
        self._follow_life(settings, reading, inputs.lived_at)
        if self._is_silent(settings, timings, now) or reading is None:
            self._note_silence(settings, timings, now)
            return None
        self._accept(settings, reading, now, is_calm=is_calm)
        return reading

    def _heard(self, reading: Reading | None, now: float) -> Reading | None:
        """Return what is to be believed or not: nothing for a while after it was found out.

        One that reports only changes has said last what it shows then.
        """
        if self.distrusted_until is None:
            return reading
        reading = self.unheard if reading is None else reading
        if now < self.distrusted_until:
            self.unheard = reading
            return None
        self.unheard = None
        return reading

    def on_understood(self, reading: Reading) -> None:
        """Take the last reading as what it has shown makes of it: a total was divided before."""
        self.reading = reading

    def on_found_out(self, fault: MeterFault, values: frozenset[int] = frozenset()) -> None:
        """Lose a meter that evidence has shown to lie; `values`: on these limits."""
        self.found_out = values
        self._lose(fault)

    @property
    def is_on_trial(self) -> bool:
        """Return whether it must show a charger first before it is believed."""
        return self.trial_fault is not None

    def on_unseeing(self, fault: MeterFault, now: float) -> None:
        """Distrust a meter that does not show the chargers as they draw.

        One that says the same for ever is believed again when it says something else; what is wrong
        with one that lives is not mended in a moment.
        """
        self.trial_fault, self.trial_since, self.unheard = fault, None, None
        if self._is_lively(now):
            last = len(DISTRUSTED_S) - 1
            self.distrusted_until = now + DISTRUSTED_S[min(self.distrusted_times, last)]
            self.distrusted_times += 1

    def on_seeing(self) -> None:
        """Note that it has shown what a charger draws."""
        self.trial_fault = self.trial_since = None
        self.distrusted_times = 0

    def on_tried_again(self, now: float) -> None:
        """Begin the trial anew: it did not tell."""
        self.trial_since = now

    def _is_lively(self, now: float) -> bool:
        return any(
            each.longest_s > 0 and each.since >= now - LIVELY_S for each in self.standing.values()
        )

    def stuck(
        self, sources: Sequence[Sequence[int]], timings: Sequence[MeterTiming], now: float
    ) -> frozenset[int]:
        """Return the limits of which a value that used to vary has said the same for minutes."""
        if self.reading is None or not self.is_available:
            return frozenset()
        return frozenset(
            index
            for source, timing in zip(sources, timings, strict=True)
            if timing.is_regular(self.reading.at)
            for index in source
            if index in self.standing and self.standing[index].is_stuck(now)
        )

    def is_odd(self, index: int, since: float) -> bool:
        """Return whether a value says what it said at a moment, and stands longer than ever."""
        standing = self.standing.get(index)
        return standing is not None and standing.since <= since and standing.is_odd()

    def silent_at(self, settings: Settings, timings: Sequence[MeterTiming]) -> float | None:
        """Return when silence makes the meter unavailable; None: never, or it is so already.

        One value is enough: what the others say tells nothing of its phase.
        """
        if self.status is MeterStatus.AWAITED:
            return self.first_reading_due
        if self.status is MeterStatus.UNAVAILABLE or self.reading is None:
            return None
        return self._silent_from(settings, timings)

    def lived_until(self, indices: Iterable[int]) -> float:
        """Return until when all of some values are known to have lived."""
        return min([self._lived_at(index) for index in indices], default=float("-inf"))

    def _lived_at(self, index: int) -> float:
        said_at = float("-inf") if self.reading is None else self.reading.moment_of(index)
        return max(self.lived_at.get(index, said_at), said_at)

    def _silent_from(self, settings: Settings, timings: Sequence[MeterTiming]) -> float | None:
        """Return from when on a value has been silent for too long; None: never."""
        moments = list[float]()
        for source, timing in zip(settings.sources, timings, strict=True):
            lived_at = self.lived_until(source)
            timeout_s = timing.timeout_s(settings.site.meter_timeout_s, lived_at)
            if timeout_s is not None:
                moments.append(lived_at + timeout_s)
        return min(moments, default=None)

    def _is_silent(self, settings: Settings, timings: Sequence[MeterTiming], now: float) -> bool:
        """Return whether a value is silent; once lost by that, each must have lived since."""
        if self.fault is MeterFault.SILENT and self.lost_at is not None:
            return min(map(self.lived_until, settings.sources)) <= self.lost_at
        silent_from = self._silent_from(settings, timings)
        is_heard = self.reading is not None or bool(self.lived_at)
        return is_heard and silent_from is not None and now >= silent_from

    def _follow_life(
        self, settings: Settings, reading: Reading | None, lived_at: Sequence[float]
    ) -> None:
        """Follow when each value was last known to live."""
        own = [index for source in settings.sources for index in source]
        moments = [] if reading is None else [(index, reading.moment_of(index)) for index in own]
        if len(lived_at) == len(own):
            moments += zip(own, lived_at, strict=True)
        for index, at in moments:
            self.lived_at[index] = max(self.lived_at.get(index, at), at)

    def _believed(
        self, settings: Settings, timing: MeterTiming, reading: Reading | None, now: float
    ) -> Reading | None:
        """Return the reading if it can be meant, is in time, and is not a found-out meter's."""
        if reading is None:
            return None
        if not is_number(settings, reading):
            self._lose_awaited_not(MeterFault.IMPLAUSIBLE)
            return None
        if is_implausible(settings, reading):
            self._note_implausible(timing, reading)
            return None
        self.implausible_at = None
        timeout_s = timing.timeout_s(settings.site.meter_timeout_s, reading.at)
        if timeout_s is not None and now >= reading.at + timeout_s:
            return None
        if self.reading is None:
            return reading
        if reading.at < self.reading.at:
            return None  # older than what is known: it says nothing of now
        return None if self.is_found_out and self._says_again(settings, reading) else reading

    def _says_again(self, settings: Settings, reading: Reading) -> bool:
        """Return whether all is as it was, or something that was found to be frozen is."""
        before, own = self.reading, metered(settings)
        same = [i for i in own if before and before.current_a[i] == reading.current_a[i]]
        return len(same) == len(own) or not self.found_out.isdisjoint(same)

    def _note_implausible(self, timing: MeterTiming, reading: Reading) -> None:
        """Note what no house can draw: a second one, not of the same telegram, is a lost meter."""
        if self.implausible_at is None:
            self.implausible_at = reading.at
            return
        gap_s = reading.at - self.implausible_at
        if gap_s < BURST_S:
            return
        self.implausible_at = reading.at
        if gap_s <= max(TOGETHER_S, TOGETHER_PERIODS * (timing.period_s or 0.0)):
            self._lose_awaited_not(MeterFault.IMPLAUSIBLE)

    def _accept(self, settings: Settings, reading: Reading, now: float, *, is_calm: bool) -> None:
        if self.is_on_trial and self.status is MeterStatus.UNAVAILABLE:
            self.trial_since = now
        for index in metered(settings):
            self._follow_value(index, reading, is_calm=is_calm)
        self.reading, self.status, self.fault = reading, MeterStatus.AVAILABLE, None
        self.distrusted_until = None

    def _follow_value(self, index: int, reading: Reading, *, is_calm: bool) -> None:
        """Follow for how long a value has been the same."""
        at, before = reading.moment_of(index), self.reading
        if before is None or index not in self.standing:
            self.standing[index] = Standing(since=at, said_at=at, reports=1)
        elif reading.current_a[index] == before.current_a[index]:
            self.standing[index].on_same(at)
        else:
            self.standing[index].on_change(at, is_calm=is_calm)

    def _note_silence(self, settings: Settings, timings: Sequence[MeterTiming], now: float) -> None:
        due_at = self.silent_at(settings, timings)
        if due_at is None or now < due_at:
            return
        if self.status is MeterStatus.AWAITED or self.reading is None:
            self._lose(MeterFault.NEVER_CAME)
            return
        silent = set[int]()
        for source, timing in zip(settings.sources, timings, strict=True):
            newest_at = max(map(self._lived_at, source))
            timeout_s = timing.timeout_s(settings.site.meter_timeout_s, newest_at)
            if timeout_s is None:
                continue
            silent |= {index for index in source if now >= self._lived_at(index) + timeout_s}
            # One phase that is gone says nothing of the rhythm of the others.
            if now >= newest_at + timeout_s:
                timing.on_silence(newest_at)
        self.silent = frozenset(silent)
        self._lose(MeterFault.SILENT)
        self.lost_at = now

    def _lose(self, fault: MeterFault) -> None:
        if self.status is not MeterStatus.UNAVAILABLE:
            self.status, self.fault = MeterStatus.UNAVAILABLE, fault
            for standing in self.standing.values():
                standing.on_lost()
        elif fault is MeterFault.IMPLAUSIBLE and not self.is_found_out:
            self.fault = fault  # the worst of them: `ignore` stops for it

    def _lose_awaited_not(self, fault: MeterFault) -> None:
        """Lose the meter, unless it has not come yet: then it is waited for."""
        if self.status is not MeterStatus.AWAITED:
            self._lose(fault)


def metered(settings: Settings) -> Sequence[int]:
    """Return the limits that a meter says itself."""
    return [index for source in settings.sources for index in source]


def is_number(settings: Settings, reading: Reading) -> bool:
    """Return whether the reading is one finite number for each limit."""
    return len(reading.current_a) == len(settings.limits) and all(map(isfinite, reading.current_a))


def is_implausible(settings: Settings, reading: Reading) -> bool:
    """Return whether no house can draw this for a second."""
    suspicious = [
        index
        for index, (current_a, limit) in enumerate(
            zip(reading.current_a, settings.limits, strict=True)
        )
        if limit.metering is Metering.OWN and abs(current_a) >= IMPLAUSIBLE_FACTOR * limit.rated_a
    ]
    return any(
        abs(reading.current_a[index]) >= most_beside_a(settings, index) for index in suspicious
    )


def most_beside_a(settings: Settings, index: int) -> float:
    """Return what a house may draw on a limit beside all the chargers that load it."""
    chargers_a = sum(
        load.weight * charger.rated_current_a
        for charger in settings.chargers
        for load in settings.loads_on(charger, charger.phases)
        if load.index == index
    )
    return HOUSE_FACTOR * settings.limits[index].rated_a + chargers_a


def meter_events(before: MeterStatus, meter: Meter) -> tuple[BalancerEvent, ...]:
    """Return what there is to tell of the meter."""
    if meter.status is before:
        return ()
    if meter.status is MeterStatus.UNAVAILABLE:
        data = {} if meter.fault is None else {"reason": str(meter.fault)}
        return (BalancerEvent(type=EventType.METER_UNAVAILABLE, data=data),)
    if before is MeterStatus.UNAVAILABLE:
        return (BalancerEvent(type=EventType.METER_RECOVERED),)
    return ()
