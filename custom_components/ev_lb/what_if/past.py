"""What sensors have said becomes what the house drew: without what its cars were seen to draw.

A car whose charger has no sensor of its draw cannot be told from the house, and counts as such.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import isfinite

from homeassistant.core import State

from ..balancing.settings import ChargerSettings
from ..balancing.voltage import line_voltage_v
from ..inputs.charger_sensors import draws_a, is_divided
from ..inputs.meter import MeterSources
from ..inputs.phase_sensors import TELEGRAM_S, Unread, measured
from ..inputs.units import volts
from .simulation import House
from .site import Site


class PastHouse:
    """Reads the states of a site's sensors, the oldest first."""

    def __init__(
        self, site: Site, sources: MeterSources, draw_sensors: Mapping[str, Sequence[str]]
    ) -> None:
        """Keep what measures the site, and what tells the draw, by charger."""
        self._site, self._sources = site, sources
        self._draw_sensors = {key: sensors for key, sensors in draw_sensors.items() if sensors}
        draws = [each for sensors in self._draw_sensors.values() for each in sensors]
        self._telling = frozenset([*sources.measuring, *draws])
        self._states: dict[str, State] = {}
        self.entity_ids = (*dict.fromkeys([*sources.measuring, *sources.voltages, *draws]),)
        """Whose states are read."""

    def houses(self, states: Iterable[State]) -> Iterator[House]:
        """Yield what the house drew from each telegram on, in seconds since 1970."""
        for telegram in telegrams(states):
            self._states |= {state.entity_id: state for state in telegram}
            if not self._telling.isdisjoint([state.entity_id for state in telegram]):
                at = telegram[-1].last_updated_timestamp
                yield House(at=at, current_a=self._current_a(at))

    def _current_a(self, at: float) -> tuple[float, ...] | None:
        """Return what the house drew, in the order of a reading; None: it cannot be known."""
        said_a = list[float]()
        for sensors in self._sources.all:
            voltage = sensors.voltage or self._sources.voltage_of(sensors.phase)
            now = measured(sensors, self._states.get, self._voltage_v(voltage, at))
            if isinstance(now, Unread) or not isfinite(now.current_a):
                return None
            said_a.append(now.current_a)
        house_a = self._site.house_a(said_a)
        for charger in self._site.settings.chargers:
            for phase, current_a in self._drawn_a(charger, at).items():
                for load in self._site.settings.loads_on(charger, (phase,)):
                    house_a[load.index] -= load.weight * current_a
        return self._site.said_a(house_a)

    def _drawn_a(self, charger: ChargerSettings, at: float) -> Mapping[int, float]:
        """Return what a charger's own sensors said of each phase that its car uses."""
        draws = [self._states.get(key) for key in self._draw_sensors.get(charger.charger_id, ())]
        phases, used = charger.phases, self._site.phases[charger.charger_id]
        amperes = draws_a(
            draws, phases, lambda phase: self._voltage_v(self._sources.voltage_of(phase), at)
        )
        if len(amperes) != 1:
            return dict(zip(phases, amperes, strict=False))
        share = len(phases) / len(used) if is_divided(draws, phases) else 1.0
        return dict.fromkeys(used, share * amperes[0])

    def _voltage_v(self, entity_id: str | None, at: float) -> float:
        nominal_v = self._sources.service_voltage_v
        state = self._states.get(entity_id) if entity_id is not None else None
        if state is None:
            return nominal_v
        age_s = max(at - state.last_reported_timestamp, 0.0)
        return line_voltage_v(nominal_v, volts(state), age_s)


def telegrams(states: Iterable[State]) -> Iterator[list[State]]:
    """Yield the states that one telegram of a meter has written."""
    telegram = list[State]()
    for state in states:
        began_at = telegram[0].last_updated_timestamp if telegram else state.last_updated_timestamp
        if state.last_updated_timestamp - began_at > TELEGRAM_S:
            yield telegram
            telegram = []
        telegram.append(state)
    if telegram:
        yield telegram
