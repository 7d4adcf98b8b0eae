"""The car as its charger's own sensors see it: what it draws, and whether it charges.

A sensor may be later or earlier than the meter by some seconds, so not the last measurement
counts, but the range of the last seconds'. Until a sensor has moved after a command it may
simply be slow, so what was offered counts as well.
"""

from collections.abc import Mapping
from dataclasses import replace

from .intervals import Interval, Offer, hull
from .model import CarReading, CarStatus, ChargerState, Measurement, State
from .settings import Settings

APART_S = 3.0
"""How much later than its delay the meter may be, compared with the car's sensor."""

KEPT_S = 90.0
"""How old a reading may be that a measurement is still looked up for."""


def note_cars(state: State, cars: Mapping[str, CarReading], now: float) -> State:
    """Return the state with what the chargers' sensors say."""
    chargers = dict(state.chargers)
    for charger_id, said in cars.items():
        known = chargers.get(charger_id)
        if known is None:
            continue
        is_idle = said.status in (CarStatus.IDLE, CarStatus.ABSENT)
        measurement = Measurement(at=said.at, current_a=0.0 if is_idle else said.current_a)
        chargers[charger_id] = replace(
            known,
            status=said.status,
            measurements=with_measurement(known.measurements, measurement, now),
        )
    return replace(state, chargers=chargers)


def with_measurement(
    measurements: tuple[Measurement, ...], latest: Measurement, now: float
) -> tuple[Measurement, ...]:
    """Return the measurements with one more, without those that are too old to matter."""
    if measurements and measurements[-1].current_a == latest.current_a:
        return measurements
    if not measurements and latest.current_a is None:
        return ()
    later = [index for index, item in enumerate(measurements) if item.at > now - KEPT_S]
    first = max(later[0] - 1, 0) if later else max(len(measurements) - 1, 0)
    return (*measurements[first:], latest)


def measured(
    settings: Settings, measurements: tuple[Measurement, ...], at: float
) -> Interval | None:
    """Return the range of what was measured in the last seconds; None: not known."""
    if not measurements:
        return None
    begin = at - settings.meter_delay_s - APART_S
    seen = list[float]()
    for item in reversed(measurements):
        if item.at > at:
            continue
        if item.current_a is None:
            return None
        seen.append(item.current_a)
        if item.at <= begin:
            break
    return hull(seen) if seen else None


def most_obedient_a(offered_a: float) -> float:
    """Return the most that a sensor may show of a charger that keeps to its command."""
    return 1.1 * offered_a + 1.0


def has_moved(measurements: tuple[Measurement, ...], offers: tuple[Offer, ...]) -> bool:
    """Return whether the sensor has shown what became of the newest command."""
    latest, newest = measurements[-1], offers[-1]
    if latest.current_a is None or latest.current_a > most_obedient_a(newest.current_a):
        return False
    if all(newest.current_a <= offer.current_a for offer in offers):
        return True
    return newest.sent_at is not None and latest.at > newest.sent_at


def drawn_by_sensor(measured_a: Interval, told_a: Interval, *, is_settled: bool) -> Interval:
    """Return what the car may draw by its sensor, where that fits what it was told.

    What is measured far above that is a charger that does not obey, or a wrong setting.
    """
    if is_settled and measured_a.high_a <= most_obedient_a(told_a.high_a):
        return measured_a
    return Interval(
        low_a=min(measured_a.low_a, told_a.low_a), high_a=max(measured_a.high_a, told_a.high_a)
    )
