"""A charger's own sensors become a reading of its car."""

import logging
from collections.abc import Callable, Mapping, Sequence
from math import isfinite

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, State, callback

from ..balancing.model import CarReading, CarStatus
from ..balancing.settings import ChargerSettings, Settings
from ..const import (
    CONF_ABSENT_WORDS,
    CONF_CHARGING_WORDS,
    CONF_DRAW_SENSOR,
    CONF_DRAW_SENSOR_L2,
    CONF_DRAW_SENSOR_L3,
    CONF_ENERGY_SENSOR,
    CONF_IDLE_WORDS,
    CONF_STATUS_SENSOR,
)
from .state_reports import StateReport, age_s, async_follow_from_start
from .status_words import Words, car_status, explained
from .units import CURRENT_UNITS, current_a, energy_kwh, unit_of

DRAW_SENSORS = (CONF_DRAW_SENSOR, CONF_DRAW_SENSOR_L2, CONF_DRAW_SENSOR_L3)
"""Where the dialog keeps a charger's draw sensors: one of all its phases, or one of each."""

MEASURING_SENSORS = frozenset({*DRAW_SENSORS, CONF_ENERGY_SENSOR})
"""Any of them tells what the charger gives."""

_LOGGER = logging.getLogger(__name__)

MEASURED_NOTHING_A = 0.5
"""A sensor that shows up to this much below zero shows nothing; more is wired the wrong way."""

WORD_LISTS: Mapping[CarStatus, str] = {
    CarStatus.CHARGING: CONF_CHARGING_WORDS,
    CarStatus.IDLE: CONF_IDLE_WORDS,
    CarStatus.ABSENT: CONF_ABSENT_WORDS,
}
"""Where the dialog keeps the user's words."""


type VoltageOf = Callable[[int], float]
"""Tells the volts of a phase of the site."""


class Cars:
    """What the chargers of a site that have sensors of their own say of their cars."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, settings: Settings) -> None:
        """Find them."""
        cars = {
            charger.charger_id: car_of(hass, entry.subentries[charger.charger_id], charger)
            for charger in settings.chargers
        }
        self._cars = {charger_id: car for charger_id, car in cars.items() if car is not None}
        self._hass = hass
        self._counters = {
            charger.charger_id: entry.subentries[charger.charger_id].data.get(CONF_ENERGY_SENSOR)
            for charger in settings.chargers
        }

    @callback
    def listen(self, on_report: Callable[[], None]) -> list[CALLBACK_TYPE]:
        """Tell of all that they say, until unsubscribed."""
        return [car.listen(on_report) for car in self._cars.values()]

    def take_readings(self, voltage_v: VoltageOf) -> dict[str, CarReading]:
        """Return what they said last, once, by charger: those that said anything new."""
        return {
            charger_id: car.take_reading(voltage_v)
            for charger_id, car in self._cars.items()
            if car.has_report
        }

    def counter_kwh(self, charger_id: str) -> float | None:
        """Return what a charger's own counter of energy says; None: nothing, or it has none."""
        entity_id = self._counters[charger_id]
        return None if entity_id is None else energy_kwh(self._hass.states.get(entity_id))


class Car:
    """What one charger's own sensors say."""

    def __init__(
        self,
        hass: HomeAssistant,
        *,
        name: str,
        draw_sensors: tuple[str, ...],
        status_sensor: str | None,
        user_words: Words,
        phases: tuple[int, ...],
    ) -> None:
        """Keep the entities, and what is needed to understand them."""
        self.hass, self._name = hass, name
        self._draw_sensors, self._status_sensor = draw_sensors, status_sensor
        self._user_words, self._phases = user_words, phases
        self._is_odd = False
        self._was_idle: bool | None = None
        """Whether the status last said that nothing flows; None: it was not looked at yet."""

        self._is_draw_old = False
        """Whether it was told while nothing flowed, and not since: then it says nothing of now."""

        self._heard = set[str]()
        self.has_report = False
        """Whether they have said anything that was not taken yet."""

    @callback
    def listen(self, on_report: Callable[[], None]) -> CALLBACK_TYPE:
        """Tell of all that the sensors say once Home Assistant has started, until unsubscribed."""

        @callback
        def take(said: StateReport | HomeAssistant) -> None:
            self.has_report = True
            if isinstance(said, StateReport):
                self._heard.add(said.entity_id)
            on_report()

        status = [self._status_sensor] if self._status_sensor is not None else []
        return async_follow_from_start(self.hass, [*self._draw_sensors, *status], take)

    def take_reading(self, voltage_v: VoltageOf) -> CarReading:
        """Return what the sensors say now: nothing, where it cannot be read.

        What is odd about one charger's sensor must not cost the site its decision.
        """
        self.has_report = False
        heard, self._heard = self._heard, set[str]()
        try:
            return self._reading(voltage_v, is_draw_new=not heard.isdisjoint(self._draw_sensors))
        except Exception:
            if not self._is_odd:
                _LOGGER.exception("%s: its sensors cannot be read", self._name)
            self._is_odd = True
            return CarReading(at=self.hass.loop.time())

    def _reading(self, voltage_v: VoltageOf, *, is_draw_new: bool) -> CarReading:
        """Return what the sensors say, with the moment of what tells of the draw."""
        states = self.hass.states
        draws = [states.get(key) for key in self._draw_sensors]
        said = states.get(self._status_sensor) if self._status_sensor is not None else None
        told = [draw for draw in draws if draw is not None]
        newest = max(told, key=lambda draw: draw.last_reported, default=None)
        status = car_status(said, self._user_words)
        is_idle = status in (CarStatus.IDLE, CarStatus.ABSENT)
        has_left_idle = not is_idle and self._may_have_been_idle(newest, said)
        self._is_draw_old = not is_draw_new and (self._is_draw_old or has_left_idle)
        self._was_idle = is_idle
        is_told_by_status = is_idle or self._is_draw_old or not self._draw_sensors
        told_by = said if is_told_by_status else newest
        amperes = () if self._is_draw_old else draws_a(draws, self._phases, voltage_v)
        return CarReading(
            at=self.hass.loop.time() - (age_s(told_by.last_reported) if told_by else 0.0),
            current_a=max(amperes, default=None),
            phase_current_a=amperes if len(amperes) > 1 else (),
            is_divided=bool(amperes) and is_divided(draws, self._phases),
            status=status,
        )

    def _may_have_been_idle(self, draw: State | None, said: State | None) -> bool:
        """Return whether the status may have said that nothing flowed when the draw was told."""
        if self._was_idle is not None:
            return self._was_idle
        # The first look: nobody knows what the status said before.
        return draw is not None and said is not None and draw.last_reported < said.last_changed


def draw_sensors_of(subentry: ConfigSubentry, charger: ChargerSettings) -> tuple[str, ...]:
    """Return what tells a charger's draw: one of all its phases, one of each, or nothing."""
    sensors = tuple(subentry.data[key] for key in DRAW_SENSORS if key in subentry.data)
    return sensors[: len(charger.phases)]


def draws_a(
    draws: Sequence[State | None], phases: Sequence[int], voltage_v: VoltageOf
) -> tuple[float, ...]:
    """Return what is drawn: as one current of all phases, or of each; nothing: not known."""
    volts = [voltage_v(phase) for phase in phases]
    if len(draws) == 1:
        volts = [sum(volts)]
    if len(draws) < len(volts):
        return ()
    amperes = [drawn_a(state, its_v) for state, its_v in zip(draws, volts, strict=False)]
    known = tuple(each for each in amperes if each is not None)
    return known if len(known) == len(amperes) else ()


def is_divided(draws: Sequence[State | None], phases: Sequence[int]) -> bool:
    """Return whether one sensor tells the power of all phases: amperes are each phase's."""
    is_one = len(draws) == 1 < len(phases)
    return is_one and unit_of(draws[0]) not in CURRENT_UNITS


def car_of(hass: HomeAssistant, subentry: ConfigSubentry, charger: ChargerSettings) -> Car | None:
    """Return what listens to a charger's own sensors; None where it has none."""
    draw_sensors = draw_sensors_of(subentry, charger)
    status_sensor = subentry.data.get(CONF_STATUS_SENSOR)
    if not draw_sensors and status_sensor is None:
        return None
    return Car(
        hass,
        name=subentry.title,
        draw_sensors=draw_sensors,
        status_sensor=status_sensor,
        user_words=explained(
            {status: subentry.data.get(key, ()) for status, key in WORD_LISTS.items()}
        ),
        phases=charger.phases,
    )


def drawn_a(state: State | None, voltage_v: float) -> float | None:
    """Return the current per phase that a draw sensor says; None: nothing that can be.

    The volts are those of all the phases that it measures together.
    """
    amperes = current_a(state, voltage_v)
    if amperes is None or not isfinite(amperes) or amperes < -MEASURED_NOTHING_A:
        return None
    return max(amperes, 0.0)
