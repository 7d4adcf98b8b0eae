"""Increases wait: none within `ramp_up_time_s` of a reduction forced by the house or the meter.

The hold runs for every charger on the limit that was over. A cut by the user's own number, switch
or limit, or to make room for another charger, starts none.
"""

from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class Hold:
    """The time in which a charger is not raised."""

    until: float | None = None

    def on_forced_cut(self, ramp_up_time_s: float, now: float) -> None:
        """Begin it anew; one that lasts longer goes on."""
        self.until = max(self.until or now, now + ramp_up_time_s)

    def is_running(self, now: float) -> bool:
        """Return whether an increase must wait."""
        return self.until is not None and now < self.until
