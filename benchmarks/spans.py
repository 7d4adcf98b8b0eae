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


def is_within(moment: float, spans: Spans) -> bool:
    """Return whether the moment lies within any of the spans."""
    return any(moment in span for span in spans)
