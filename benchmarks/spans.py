"""Stretches of time."""

from dataclasses import dataclass
from math import inf


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From one second until another."""

    begins: float = 0.0
    ends: float = inf

    def __contains__(self, moment: float) -> bool:
        """Return whether the moment lies within."""
        return self.begins <= moment < self.ends


type Spans = tuple[Span, ...]

ALWAYS: Spans = (Span(),)
NEVER: Spans = ()


def each(period_s: float, length_s: float, *, begins: float, ends: float) -> Spans:
    """Return stretches of a length that come again and again."""
    turns = int((ends - begins) // period_s) + 1
    moments = [begins + turn * period_s for turn in range(turns)]
    return tuple(Span(begins=moment, ends=moment + length_s) for moment in moments)


def is_within(moment: float, spans: Spans) -> bool:
    """Return whether the moment lies within any of the spans."""
    return any(moment in span for span in spans)
