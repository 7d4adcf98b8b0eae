"""The meter's sensors become one reading, each phase with the time of its own.

A reading needs every phase once, and is made of what the phases' own sensors report. A sensor that
reports only changes lives while others of its device do, or the heartbeat does; one that repeats
its value must do so itself. A sign of life makes no reading: it only tells when each phase lived.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from homeassistant.const import ATTR_RESTORED
from homeassistant.core import CALLBACK_TYPE, CoreState, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from ..balancing.model import SITE_EVENTS, BalancerEvent, MeterFault, Reading
from ..balancing.voltage import line_voltage_v
from .metered_phase import MeteredPhase
from .phase_sensors import PhaseSensors, Unread, Unusable, measured
from .state_reports import StateReport, age_s, async_follow_reports
from .telegram import Telegram
from .units import LOAD_UNITS, VOLTAGE_UNITS, is_unit_unusable, volts

SIGN_OF_LIFE_S = 1.0
"""So long after a decision a sign of life is worth another one: volts flicker all the time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterSources:
    """What a site is measured by."""

    phases: tuple[PhaseSensors, ...]
    """Each phase of the site, or the total of all."""

    service_voltage_v: float
    circuits: tuple[PhaseSensors, ...] = ()
    """Each phase of the circuits that have a meter."""

    heartbeat: str | None = None

    @property
    def all(self) -> tuple[PhaseSensors, ...]:
        """What a reading is made of, in its order."""
        return self.phases + self.circuits

    @property
    def measuring(self) -> tuple[str, ...]:
        """The sensors that say how much flows."""
        return tuple(dict.fromkeys(key for phase in self.all for key in phase.measuring))

    @property
    def voltages(self) -> tuple[str, ...]:
        """The sensors that say the volts."""
        return tuple(dict.fromkeys(each.voltage for each in self.all if each.voltage))

    def voltage_of(self, phase: int | None) -> str | None:
        """Return the sensor of the volts of a phase of the site, or of all."""
        of_it = next((each for each in self.phases if each.phase == phase), self.phases[0])
        return of_it.voltage


class Meter:
    """The site's meter: its sensors, what they said, and whether they live."""

    def __init__(
        self, hass: HomeAssistant, sources: MeterSources, is_urgent: Callable[[int, float], bool]
    ) -> None:
        """Keep the sensors; `is_urgent` tells of a value, by its place, whether it may not wait."""
        self.hass, self.sources, self._is_value_urgent = hass, sources, is_urgent
        self.service_voltage_v = sources.service_voltage_v
        self.unread: Unread | None = None
        """Which sensor's last word is no reading, and why; None: all are, or have said nothing."""

        self._phases = tuple(MeteredPhase(hass, sensors) for sensors in sources.all)
        self._measuring = frozenset(sources.measuring)
        self._told_at = -SIGN_OF_LIFE_S
        """When a decision was asked for last."""

        self._is_due = self._is_whole = self._has_lived = False

    @property
    def is_available(self) -> bool:
        """Whether what was read last could be used."""
        return self.unread is None

    @property
    def unusable(self) -> Unusable | None:
        """Why what was said last is no reading."""
        return self.unread.why if self.unread is not None else None

    @callback
    def listen(self, on_report: Callable[[], None]) -> CALLBACK_TYPE:
        """Tell of all that the meter says once Home Assistant has started, until unsubscribed.

        What stands already is a report after a reload; not before a start, nor if it was restored.
        """

        def tell() -> None:
            self._told_at, self._has_lived = self.hass.loop.time(), False
            on_report()

        def tell_of_life() -> None:
            if self._has_lived and self.hass.loop.time() - self._told_at >= SIGN_OF_LIFE_S:
                tell()

        @callback
        def ready(*, is_whole: bool) -> None:
            if any(phase.is_new for phase in self._phases):
                self._is_due, self._is_whole = True, is_whole
                tell()
            else:
                tell_of_life()

        telegram = Telegram(self.hass.loop, self._measuring, ready)

        @callback
        def take(report: StateReport) -> None:
            self._note(report)
            if report.entity_id in self._measuring:
                telegram.on_report(report.entity_id, is_urgent=self._is_urgent(report.entity_id))
            else:
                tell_of_life()

        heartbeat = [self.sources.heartbeat] if self.sources.heartbeat is not None else []
        watched = [*dict.fromkeys([*self.sources.measuring, *self.sources.voltages, *heartbeat])]
        self._find_relatives(watched)
        if self.hass.state is CoreState.running:
            self._take_standing()
            ready(is_whole=True)
        stop_following = async_follow_reports(self.hass, watched, take)

        @callback
        def stop() -> None:
            telegram.cancel()
            stop_following()

        return stop

    def take_reading(self) -> Reading | None:
        """Return what the meter said last, once; None if it was nothing new or nothing usable.

        Not read before the end of the turn: a meter writes its volts after its power.
        """
        if not self._is_due:
            return None
        self._is_due = False
        heard = [phase for phase in self._phases if phase.said_at is not None]
        for phase in heard:
            phase.read(self._voltage_at(phase.sensors), is_whole=self._is_whole)
        self.unread = next((each.unread for each in heard if each.unread is not None), None)
        amperes = tuple(phase.current_a for phase in heard if phase.current_a is not None)
        said_at = tuple(phase.said_at for phase in heard if phase.said_at is not None)
        if self.unread is not None or len(amperes) < len(self._phases):
            return None
        return Reading(
            current_a=amperes, at=max(said_at), said_at=said_at if len(said_at) > 1 else ()
        )

    @property
    def lived_at(self) -> tuple[float, ...]:
        """When each value of a reading was last known to live; nothing before all have begun."""
        lived = [phase.lived_at for phase in self._phases]
        known = tuple(at for at in lived if at is not None)
        return known if len(known) == len(lived) else ()

    def named_in(self, event: BalancerEvent, lost: Sequence[int] = ()) -> BalancerEvent:
        """Return an event of the meter with its entities, and with what is wrong with its state.

        `lost`: the places of the values that it is lost by.
        """
        if event.type not in SITE_EVENTS:
            return event
        sensors = self.sensors_lost_by(event.data.get("reason"), lost)
        data = {**event.data, "entity_id": ", ".join(sensors)}
        if data.get("reason") == MeterFault.MISSING and self.unread is not None:
            data["state"] = self.unread.why.value
        return replace(event, data=data)

    def sensors_lost_by(self, fault: object, lost: Sequence[int] = ()) -> tuple[str, ...]:
        """Return the sensors that a fault is about; all where it is about none alone.

        `lost`: the places of the values that the meter is lost by.
        """
        if lost:
            return tuple(self._phases[place].sensors.power for place in lost)
        if fault in (MeterFault.MISSING, MeterFault.NEVER_CAME) and self.unread is not None:
            return (self.unread.entity_id,)
        unheard = tuple(phase.sensors.power for phase in self._phases if phase.said_at is None)
        if fault == MeterFault.NEVER_CAME and unheard:
            return unheard
        return tuple(phase.sensors.power for phase in self._phases)

    def voltage_v(self, phase: int | None = None) -> float:
        """Return the volts of a phase of the site, or of all: measured ones, or the nominal."""
        return self._measured_v(self.sources.voltage_of(phase))

    def contradictions(self) -> list[PhaseSensors]:
        """Return the pairs whose halves have both been well above zero for a while."""
        return [phase.sensors for phase in self._phases if phase.is_contradictory]

    @property
    def unusable_units(self) -> Mapping[str, bool]:
        """The sensors whose number has a unit that cannot be used, and whether each is a power."""
        units = dict.fromkeys(self.sources.measuring, LOAD_UNITS)
        units |= dict.fromkeys(self.sources.voltages, VOLTAGE_UNITS)
        powers = {phase.sensors.power for phase in self._phases}
        return {
            entity_id: entity_id in powers
            for entity_id, usable in units.items()
            if is_unit_unusable(self.hass.states.get(entity_id), usable)
        }

    def _voltage_at(self, sensors: PhaseSensors) -> float:
        return self._measured_v(sensors.voltage or self.sources.voltage_of(sensors.phase))

    def _measured_v(self, entity_id: str | None) -> float:
        state = self.hass.states.get(entity_id) if entity_id is not None else None
        if state is None:
            return self.service_voltage_v
        return line_voltage_v(self.service_voltage_v, volts(state), age_s(state.last_reported))

    def _find_relatives(self, watched: Iterable[str]) -> None:
        """Find whose reports are a sign of life for each phase.

        Those of its device; the heartbeat for the site's phases, unless they are of a device that
        is not the heartbeat's: it says nothing of another meter, a circuit's for example.
        """
        registry = er.async_get(self.hass)

        def device_of(entity_id: str | None) -> str | None:
            entity = registry.async_get(entity_id) if entity_id is not None else None
            return entity.device_id if entity is not None else None

        heartbeat = self.sources.heartbeat
        kept_alive = (None, device_of(heartbeat))
        for index, phase in enumerate(self._phases):
            device = device_of(phase.sensors.power)
            is_of_site = index < len(self.sources.phases)
            phase.relatives = frozenset(
                entity_id
                for entity_id in watched
                if (device is not None and device_of(entity_id) == device)
                or (entity_id == heartbeat and is_of_site and device in kept_alive)
            )

    def _take_standing(self) -> None:
        """Take what stands for reported."""
        for phase in self._phases:
            for entity_id in phase.reports:
                state = self.hass.states.get(entity_id)
                if state is not None and not state.attributes.get(ATTR_RESTORED):
                    phase.on_report(
                        StateReport(entity_id=entity_id, state=state, at=state.last_reported)
                    )

    def _note(self, report: StateReport) -> None:
        """Note what was reported, and who lives by it."""
        is_measuring = report.entity_id in self._measuring
        for phase in self._phases:
            if report.entity_id in phase.reports:
                self._has_lived |= phase.on_report(report)
            if report.entity_id in phase.relatives:
                self._has_lived |= phase.on_sign_of_life(report, is_measuring=is_measuring)

    def _is_urgent(self, entity_id: str) -> bool:
        """Return whether a sensor has just shown an overload, or that it is lost."""
        for place, phase in enumerate(self._phases):
            if entity_id in phase.reports and phase.is_new:
                volts_now = self._voltage_at(phase.sensors)
                now = measured(phase.sensors, self.hass.states.get, volts_now, is_whole=False)
                if isinstance(now, Unread) or self._is_value_urgent(place, now.current_a):
                    return True
        return False
