"""The meter's states become a reading."""

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum

from homeassistant.const import ATTR_RESTORED, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import CALLBACK_TYPE, CoreState, HomeAssistant, State, callback

from ..balancing.model import SITE_EVENTS, BalancerEvent, MeterFault, Reading
from ..balancing.voltage import line_voltage_v
from .state_reports import StateReport, age_s, async_follow_reports
from .units import current_a, number, volts


class Unusable(StrEnum):
    """What the state of a meter is that is no reading."""

    UNAVAILABLE = STATE_UNAVAILABLE
    UNKNOWN = STATE_UNKNOWN
    REMOVED = "removed"
    NOT_A_NUMBER = "not_a_number"
    UNIT = "unit"


class Meter:
    """The site's meter, and what tells its volts."""

    def __init__(
        self,
        hass: HomeAssistant,
        *,
        entity_id: str,
        service_voltage_v: float,
        voltage_sensor: str | None = None,
    ) -> None:
        """Keep the entities, and the nominal volts."""
        self.hass, self.entity_id = hass, entity_id
        self.service_voltage_v, self.voltage_sensor = service_voltage_v, voltage_sensor
        self.unusable: Unusable | None = None
        """Why what was said last is no reading; None: it is one, or nothing was said yet."""

        self._report: StateReport | None = None

    @property
    def is_available(self) -> bool:
        """Whether what was read last could be used."""
        return self.unusable is None

    @callback
    def listen(self, on_report: Callable[[], None]) -> CALLBACK_TYPE:
        """Tell of all that the meter says once Home Assistant has started, until unsubscribed.

        What stands already is a report after a reload; not before a start, nor if it was restored.
        """

        def take(report: StateReport) -> None:
            self._report = report
            on_report()

        standing = self.hass.states.get(self.entity_id)
        is_read = self.hass.state is CoreState.running
        if is_read and standing is not None and not standing.attributes.get(ATTR_RESTORED):
            at = standing.last_reported
            take(StateReport(entity_id=self.entity_id, state=standing, at=at))
        return async_follow_reports(self.hass, [self.entity_id], take)

    def take_reading(self) -> Reading | None:
        """Return what the meter said last, once; None if it was nothing new or nothing usable.

        Not read before the end of the turn: a meter writes its volts after its power.
        """
        report, self._report = self._report, None
        if report is None:
            return None
        amperes = current_a(report.state, self.line_voltage_v())
        if amperes is None:
            self.unusable = unusable(report.state)
            return None
        self.unusable = None
        return Reading(current_a=(amperes,), at=self.hass.loop.time() - age_s(report.at))

    def named_in(self, event: BalancerEvent) -> BalancerEvent:
        """Return an event of the meter with its entity, and with what is wrong with its state."""
        if event.type not in SITE_EVENTS:
            return event
        data = {**event.data, "entity_id": self.entity_id}
        if data.get("reason") == MeterFault.MISSING and self.unusable is not None:
            data["state"] = self.unusable.value
        return replace(event, data=data)

    def line_voltage_v(self) -> float:
        """Return the volts of the supply: the measured ones, or the nominal."""
        if self.voltage_sensor is None:
            return self.service_voltage_v
        state = self.hass.states.get(self.voltage_sensor)
        if state is None:
            return self.service_voltage_v
        return line_voltage_v(self.service_voltage_v, volts(state), age_s(state.last_reported))


def unusable(state: State | None) -> Unusable:
    """Return why a state that means no current does not."""
    if state is None:
        return Unusable.REMOVED
    if state.state in (STATE_UNAVAILABLE, STATE_UNKNOWN):
        return Unusable(state.state)
    return Unusable.NOT_A_NUMBER if number(state) is None else Unusable.UNIT
