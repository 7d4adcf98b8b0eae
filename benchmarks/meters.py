"""Meters: what the house's meter says of the house, and when it is heard."""

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, inf
from random import Random
from statistics import fmean

from .agenda import Agenda
from .houses import NOMINAL_V
from .spans import ALWAYS, NEVER, Spans, is_within

type Sample = tuple[float, ...]
"""Watts per phase."""

AVERAGED_EACH_S = 1.0
"""How often a meter that averages takes what it averages over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterModel:
    """How a meter behaves."""

    period_s: float = 1.0
    """Between two reports."""

    phase_s: float = 0.0
    """The moment of its first report."""

    source_s: float = 0.0
    """How often it measures, where it repeats old samples in between; 0: for each report."""

    on_change_w: float | None = None
    """It reports only when a phase has changed by this much since the last report."""

    latency_s: float = 0.0
    """From its measurement until it is heard."""

    mean_s: float = 0.0
    """It reports the mean over so long a time; its period is in whole seconds then."""

    noise_w: float = 0.0
    step_w: float = 0.0
    """It rounds to multiples of this."""

    step_a: float = 0.0
    """It is heard in multiples of this."""

    odd_share: float = 0.0
    """How many of its reports are not what it measured, but that times a factor."""

    odd_factor: float = 0.0
    odd: Spans = ALWAYS
    """When such reports come."""

    gone: Spans = NEVER
    """When its entity is unavailable."""

    frozen: Spans = NEVER
    """When it says nothing, though its last value stands."""

    repeating: Spans = NEVER
    """When it says its last value again and again, whatever flows."""

    is_total: bool = False
    """It measures all phases together."""

    apart_s: float = 0.0
    """How much later than the phase before it each phase is heard."""

    is_nominal: bool = False
    """Its watts become amperes by the nominal volts, whatever the true ones are."""


class Meter:
    """Measures on its own clock."""

    def __init__(
        self,
        model: MeterModel,
        agenda: Agenda,
        sample_w: Callable[[int], Sample],
        volts: Sequence[float],
        house_moves: Sequence[int],
        *,
        seed: int,
        on_heard: Callable[[float, tuple[float, ...] | None, tuple[float, ...]], None],
    ) -> None:
        """Note where it measures, and who hears it: amperes and since when, or None if it goes."""
        self.model, self._agenda = model, agenda
        self._sample_w, self._volts, self._on_heard = sample_w, volts, on_heard
        self._house_moves = house_moves
        self._random, self._odd_random = Random(seed), Random(seed)
        self._averaged = deque[Sample](maxlen=max(int(model.mean_s / AVERAGED_EACH_S), 1))
        self._period_s = AVERAGED_EACH_S if model.mean_s else model.period_s
        self._measured: Sample | None = None
        self._measured_at = -inf
        self._reported: Sample | None = None
        self._goings = 0
        self._phases: dict[int, tuple[float, float]] = {}
        """What each phase was heard to be last, and when, where they come one by one."""

        self._phase_count = 0
        self._turns = 0
        """How many occasions to measure have passed."""

        self.next_at = model.phase_s
        for span in model.gone:
            agenda.add(span.begins, self._go, span.begins)

    def look(self, now: float) -> None:
        """Measure at the next occasion: something has changed."""
        phase_s, period_s = self.model.phase_s, self._period_s
        turns = max(ceil((now - phase_s) / period_s), self._turns)
        self.next_at = min(self.next_at, phase_s + turns * period_s)

    def greet(self, now: float) -> None:
        """Report at the next occasion: somebody new listens."""
        self._reported = None
        self.look(now)

    def _go(self, now: float) -> None:
        self._goings += 1
        self._phases.clear()
        self.greet(now)
        self._on_heard(now, None, ())

    def measure(self, now: float) -> None:
        """Take a sample, and let it be heard in due time."""
        model = self.model
        turn = round((now - model.phase_s) / self._period_s)
        self._turns = turn + 1
        self.next_at = model.phase_s + self._turns * self._period_s
        if model.mean_s:
            self._averaged.append(self._sample_w(int(now)))
            if turn % round(model.period_s / self._period_s):
                return
        if (model.gone or model.frozen) and is_within(now, model.gone + model.frozen):
            return
        second = int(now)
        is_repeating = bool(model.repeating) and is_within(now, model.repeating)
        is_new = now >= self._measured_at + model.source_s and not is_repeating
        if self._measured is None or is_new:
            self._measured, self._measured_at = self._measurement_w(second), now
        sample_w = self._measured
        if model.odd_share and self._is_odd(now):
            sample_w = tuple([watts * model.odd_factor for watts in sample_w])
        if model.on_change_w is not None:
            if not (model.noise_w or model.source_s or model.mean_s or model.odd_share):
                self._rest_until_house_moves(second)
            if not self._is_changed(sample_w):
                return
        self._reported = sample_w
        volts = NOMINAL_V if model.is_nominal else self._volts[second]
        amperes = tuple([watts / volts for watts in sample_w])
        if model.step_a:
            amperes = tuple([round(value / model.step_a) * model.step_a for value in amperes])
        if model.apart_s:
            self._phase_count = len(amperes)
            for phase, each_a in enumerate(amperes):
                at = now + model.latency_s + phase * model.apart_s
                self._agenda.add(at, self._hear_phase, at, phase, each_a, self._goings)
        elif model.latency_s:
            at = now + model.latency_s
            self._agenda.add(at, self._hear, at, amperes, self._goings)
        else:
            self._on_heard(now, amperes, ())

    def _rest_until_house_moves(self, second: int) -> None:
        """Skip the moments in which there can be nothing new."""
        index = bisect_right(self._house_moves, second)
        self.next_at = inf
        if index < len(self._house_moves):
            self.look(self._house_moves[index])

    def _measurement_w(self, second: int) -> Sample:
        noise_w, step_w = self.model.noise_w, self.model.step_w
        if self._averaged:
            sample_w = tuple([fmean(phase) for phase in zip(*self._averaged, strict=True)])
        else:
            sample_w = self._sample_w(second)
        if self.model.is_total:
            sample_w = (sum(sample_w),)
        if noise_w:
            gauss = self._random.gauss
            sample_w = tuple([watts + gauss(0.0, noise_w) for watts in sample_w])
        if step_w:
            sample_w = tuple([round(watts / step_w) * step_w for watts in sample_w])
        return sample_w

    def _is_odd(self, now: float) -> bool:
        return self._odd_random.random() < self.model.odd_share and is_within(now, self.model.odd)

    def _is_changed(self, sample_w: Sample) -> bool:
        before, least_w = self._reported, self.model.on_change_w or 0.0
        return before is None or any(
            abs(watts - past) >= least_w for watts, past in zip(sample_w, before, strict=True)
        )

    def _hear(self, now: float, amperes: tuple[float, ...], goings: int) -> None:
        if goings == self._goings:
            self._on_heard(now, amperes, ())

    def _hear_phase(self, now: float, phase: int, current_a: float, goings: int) -> None:
        """Let one phase be heard beside what the others said last, when all have said something."""
        if goings != self._goings:
            return
        self._phases[phase] = (current_a, now)
        if len(self._phases) == self._phase_count:
            in_order = [self._phases[each] for each in sorted(self._phases)]
            self._on_heard(
                now,
                tuple([each_a for each_a, _ in in_order]),
                tuple([at for _, at in in_order]),
            )
