"""The recorder's history of a site, hour by hour, is played to the core.

All of it runs in other threads: the event loop only hands the hours on.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import merge
from typing import Any, cast

from homeassistant.core import HomeAssistant, State
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.recorder import DATA_INSTANCE, get_instance
from homeassistant.util import dt as dt_util

from ..configuration import meter_sources
from ..const import DOMAIN
from ..coordinator import EvLbConfigEntry
from ..inputs.charger_sensors import draw_sensors_of
from .past import PastHouse
from .simulation import Simulation
from .site import Site, with_service_current

_LOGGER = logging.getLogger(__name__)

HOUR = timedelta(hours=1)
"""Read at once: a week of nine sensors, each second, does not fit into a small machine's memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What if: in which time, and with which service current."""

    start: datetime
    end: datetime
    service_current_a: float | None = None
    """None: the one that is in force."""

    @property
    def hours(self) -> list[tuple[datetime, datetime]]:
        """Return the hours that it has, the last one as long as it is."""
        count = -((self.start - self.end) // HOUR)
        begins = [self.start + HOUR * place for place in range(count)]
        return list(zip(begins, [*begins[1:], self.end], strict=True))


async def async_simulate(
    hass: HomeAssistant, entry: EvLbConfigEntry, question: Question
) -> dict[str, Any]:
    """Return what would have been, with the balancer and without it.

    Raises HomeAssistantError: where there is no recorder; ServiceValidationError: where the site
    has no chargers, or the recorder nothing of its meter.
    """
    if DATA_INSTANCE not in hass.data:
        raise HomeAssistantError(translation_domain=DOMAIN, translation_key="no_recorder")
    snapshot = entry.runtime_data.data
    settings = with_service_current(snapshot.settings, question.service_current_a)
    if not settings.chargers:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_chargers")
    site = Site(
        settings,
        phases={
            charger.charger_id: snapshot.view.chargers[charger.charger_id].phases_used
            or charger.phases
            for charger in settings.chargers
        },
    )
    draw_sensors = {
        charger.charger_id: draw_sensors_of(entry.subentries[charger.charger_id], charger)
        for charger in settings.chargers
    }
    in_house = [entry.subentries[key].title for key, of in draw_sensors.items() if not of]
    past = PastHouse(site, meter_sources(entry), draw_sensors)
    simulation = Simulation(site, period_s=snapshot.view.meter_period_s)
    await async_play(hass, entry.title, question, past, simulation)
    if not simulation.seconds:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="no_history",
            translation_placeholders={"entities": ", ".join(past.entity_ids)},
        )
    began_at = round(simulation.began_at or 0.0)
    voltage_v = snapshot.service_voltage_v
    return {
        "site": entry.title,
        "start": dt_util.as_local(dt_util.utc_from_timestamp(began_at)).isoformat(),
        "end": dt_util.as_local(question.end).isoformat(),
        "days": round(simulation.seconds / 86400, 2),
        "service_current_a": settings.site.service_current_a,
        "meter_period_s": round(simulation.period_s, 1),
        "hours_without_meter": round(simulation.lost_s / 3600, 1),
        "cars_in_house": in_house,
        "with_balancer": simulation.balanced.told(simulation.seconds, voltage_v),
        "without_balancer": simulation.unbalanced.told(simulation.seconds, voltage_v),
    }


async def async_play(
    hass: HomeAssistant, name: str, question: Question, past: PastHouse, simulation: Simulation
) -> None:
    """Play the hours one by one, and log each tenth of them."""
    hours = question.hours
    for place, (begin, end) in enumerate(hours):
        states = await get_instance(hass).async_add_executor_job(
            states_between, hass, begin, end, past.entity_ids, place == 0
        )
        await hass.async_add_executor_job(play, past, simulation, states, end.timestamp())
        if (tenth := (place + 1) * 10 // len(hours)) > place * 10 // len(hours):
            _LOGGER.info("%s: simulated %d %%, until %s", name, 10 * tenth, end)


def states_between(
    hass: HomeAssistant,
    begin: datetime,
    end: datetime,
    entity_ids: Sequence[str],
    has_earlier: bool,
) -> list[State]:
    """Return what the recorder has, the oldest first; `has_earlier`: with what stood before."""
    # Where there is no recorder, what it needs need not be installed.
    from homeassistant.components.recorder.history import (  # noqa: PLC0415
        get_significant_states,
    )

    found = cast(
        "Mapping[str, list[State]]",
        get_significant_states(
            hass,
            begin - timedelta(microseconds=1),  # what is said at the very moment is of this hour
            end,
            list(entity_ids),
            include_start_time_state=has_earlier,
            significant_changes_only=False,
        ),
    )
    return list(merge(*found.values(), key=lambda state: state.last_updated_timestamp))


def play(past: PastHouse, simulation: Simulation, states: Sequence[State], end: float) -> None:
    """Let the simulation hear what the sensors have said, and go on until the end."""
    for house in past.houses(states):
        simulation.hear(house)
    simulation.run_until(end)
