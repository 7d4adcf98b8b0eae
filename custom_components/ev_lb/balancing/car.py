"""The car as its charger's own sensors see it: what it draws, and whether it charges.

A sensor may be later or earlier than the meter by some seconds, so not the last measurement
counts, but the range of the last seconds'. Until a sensor has moved after a command it may
simply be slow, so what was offered counts as well.
"""

from collections.abc import Mapping
from dataclasses import replace

from .intervals import Interval, Offer, hull, since_seen, told_since
from .model import (
    NOTHING_LEFT,
    CarReading,
    CarStatus,
    ChargerState,
    Fall,
    Measurement,
    Reading,
    State,
)
from .settings import ChargerSettings, Settings

APART_S = 3.0
"""How much later than its delay the meter may be, compared with the car's sensor."""

SLOWEST_S = 90.0
"""How long a sensor may stay behind a command: the slowest poll, and the slowest car's start."""

CLOSE_A = 1.5
"""A car that draws its offer but for this takes all of it."""

RISE_A, RISING_S = 0.5, 10.0
"""A draw that rose by so much in so many seconds is on its way."""

NEWS_S = 30.0
"""What a sensor says so long after a command is no late word on the one before."""

CLEAR_FALL_A = 3.0
"""A fall that a house does not often hide."""

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
        measurement = Measurement(
            at=said.at,
            current_a=0.0 if is_idle else said.current_a,
            sensed_a=said.current_a,
        )
        measurements = with_measurement(known.measurements, measurement, now)
        if measurements is not known.measurements:
            fall = known.fall or fall_of(known, measurement, state.reading)
            known = replace(known, fall=fall)
        if said.status is not known.status:
            known = replace(known, status=said.status, left=NOTHING_LEFT)
        chargers[charger_id] = replace(known, measurements=measurements)
    return replace(state, chargers=chargers)


def with_measurement(
    measurements: tuple[Measurement, ...], latest: Measurement, now: float
) -> tuple[Measurement, ...]:
    """Return the measurements with one more, without those that are too old to matter."""
    if measurements and replace(measurements[-1], at=latest.at) == latest:
        return measurements
    if not measurements and latest.current_a is None:
        return ()
    later = [index for index, item in enumerate(measurements) if item.at > now - KEPT_S]
    first = max(later[0] - 1, 0) if later else max(len(measurements) - 1, 0)
    return (*measurements[first:], latest)


def fall_of(known: ChargerState, latest: Measurement, reading: Reading | None) -> Fall | None:
    """Return how far the car's draw has just fallen, if that should stand out at the meter."""
    before_a = known.measurements[-1].current_a if known.measurements else None
    if before_a is None or latest.current_a is None or reading is None:
        return None
    by_a = before_a - latest.current_a
    if by_a < CLEAR_FALL_A:
        return None
    return Fall(at=latest.at, by_a=by_a, reading_a=reading.current_a)


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


def is_settled(known: ChargerState, offers: tuple[Offer, ...], at: float) -> bool:
    """Return whether the sensor shows what became of the newest command, not of one before.

    After a raise the car does not take it, or the sensor is slow. A car that took less than it was
    offered before takes no more now.
    """
    latest, newest, unshown = known.measurements[-1], offers[-1], known.unshown
    if latest.current_a is None or is_rising(known.measurements, newest, at):
        return False
    if unshown is not None and latest.current_a >= unshown.low_a - CLOSE_A:
        raised_at = unshown.since if newest.delivered_at is None else newest.delivered_at
        return at >= raised_at + SLOWEST_S
    if len(offers) == 1:
        return True
    # What it showed before the last raise says nothing of a cut behind that.
    is_live = known.raised_at is None or latest.at > known.raised_at
    return is_live and latest.current_a <= most_obedient_a(newest.current_a)


def is_rising(measurements: tuple[Measurement, ...], newest: Offer, at: float) -> bool:
    """Return whether the car is still on its way up to what it was offered."""
    if len(measurements) == 1:
        return False
    before_a, latest = measurements[-2].current_a, measurements[-1]
    if before_a is None or latest.current_a is None or latest.at < at - RISING_S:
        return False
    return before_a + RISE_A <= latest.current_a < newest.current_a - CLOSE_A


def is_frozen(known: ChargerState, offers: tuple[Offer, ...]) -> bool:
    """Return whether the sensor shows more than a command that the meter has seen followed.

    One that came down to the command and rose again shows a charger that was told no more.
    """
    latest, newest = known.measurements[-1], offers[-1]
    if not newest.is_seen or newest.delivered_at is None or latest.current_a is None:
        return False
    most_a = most_obedient_a(newest.current_a)
    has_moved = latest.at > newest.delivered_at + SLOWEST_S or any(
        item.current_a is not None and item.current_a <= most_a
        for item in known.measurements
        if newest.sent_at is not None and item.at > newest.sent_at
    )
    return not has_moved and latest.current_a > most_a


def kept_since(known: ChargerState) -> float | None:
    """Return since when status and sensor say that no more is drawn than was told; None: no."""
    since, most_a = None, most_obedient_a(known.target_a)
    for item in reversed(known.measurements):
        said_a = [each for each in (item.current_a, item.sensed_a) if each is not None]
        if not said_a or max(said_a) > most_a:
            break
        since = item.at
    return since


def has_come_down(known: ChargerState, sent_at: float) -> bool:
    """Return whether what keeps to a command has moved there since, by the draw sensor.

    A status may say "paused" as soon as the charger has heard of the command, and a sensor that
    stands still may be stuck: neither proves that the current has gone. That no car is there does.
    """
    latest = known.measurements[-1]
    has_moved = latest.sensed_a is not None and latest.at > sent_at
    return has_moved or known.status is CarStatus.ABSENT


def exceeds_command(
    settings: Settings, charger: ChargerSettings, known: ChargerState, at: float
) -> bool:
    """Return whether the sensor shows, after all waits, that the charger draws more than told."""
    if not known.measurements or not known.offers or kept_since(known) is not None:
        return False
    newest = known.offers[-1]
    if newest.delivered_at is None or newest.sent_at is None or is_frozen(known, known.offers):
        return False
    spoken_s = known.measurements[-1].at - newest.delivered_at
    has_spoken = spoken_s >= max(charger.response_time_s, NEWS_S)
    wait_s = settings.window_s(charger) + APART_S
    if at < newest.delivered_at + (wait_s if has_spoken else max(wait_s, SLOWEST_S)):
        return False
    measured_a = measured(settings, known.measurements, at)
    return measured_a is not None and measured_a.low_a > most_obedient_a(known.target_a)


def still_exceeds(charger: ChargerSettings, known: ChargerState) -> bool:
    """Return whether the draw sensor has moved since the charger should have followed, in vain.

    What the meter has fallen by meanwhile is then the house's.
    """
    since = told_since(known.offers)
    if since is None or not known.measurements:
        return False
    latest = known.measurements[-1]
    if latest.sensed_a is None or latest.at < since + charger.response_time_s:
        return False
    return latest.sensed_a > most_obedient_a(known.target_a)


def drawn_by_sensor(
    known: ChargerState, measured_a: Interval, offers: tuple[Offer, ...], at: float
) -> Interval:
    """Return what the car may draw by its sensor, where that fits what it was told.

    What is measured far above that is a charger that does not obey, or a wrong setting: what it
    draws beyond its command counts as the house's. A little above may be a sensor that has not
    followed a small cut yet.
    """
    told_a = hull([offer.current_a for offer in since_seen(offers)])
    if measured_a.high_a > most_obedient_a(told_a.high_a) or is_frozen(known, offers):
        return told_a
    if is_settled(known, offers, at):
        low_a = min(measured_a.low_a, offers[-1].current_a)
        return Interval(low_a=low_a, high_a=measured_a.high_a)
    low_a = min(measured_a.low_a, told_a.low_a)
    if known.unshown is not None:
        low_a = min(low_a, known.unshown.low_a)
    return Interval(low_a=low_a, high_a=max(measured_a.high_a, told_a.high_a))


def sensed_a(known: ChargerState) -> float | None:
    """Return what the car's sensor shows now; None: there is none, or it says nothing of use."""
    return known.measurements[-1].current_a if known.measurements else None
