"""Subscribe, read the clock, decide, send, publish. What to do is decided in `balancing/`.

Everything that comes in one turn of the event loop is decided once, at the end of that turn.
"""

import asyncio
import logging
from asyncio import Handle, TimerHandle
from collections.abc import Mapping
from dataclasses import dataclass
from typing import override

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    HomeAssistant,
    callback,
)
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator

from .balancing.balancer import decide, note_delivered
from .balancing.memory import Memory, has_news_for_memory, recall, remember
from .balancing.meter_loss import FIRST_READING_WAIT_S
from .balancing.meter_timing import with_learned_delay
from .balancing.model import (
    BalancerState,
    Delivered,
    Inputs,
    Limit,
    News,
    NewsType,
    State,
)
from .balancing.settings import Settings
from .car import Cars
from .charger import ChargerWorker, Delivery, Order
from .configuration import charger_subentries, settings_in_force
from .const import (
    CONF_POWER_METER,
    CONF_RESPONSE_TIME_S,
    CONF_SERVICE_VOLTAGE_V,
    CONF_VOLTAGE_SENSOR,
)
from .control import CallFailedError, script_control
from .journal import Journal
from .meter import Meter
from .news import async_tell
from .repairs import async_note_unresponsive
from .store import SiteStore

_LOGGER = logging.getLogger(__name__)

type EvLbConfigEntry = ConfigEntry[EvLbCoordinator]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What the entities show."""

    settings: Settings
    state: State
    deliveries: Mapping[str, Delivery]
    service_voltage_v: float
    revision: int
    """Another one when anything may have changed that is not in each reading."""

    @property
    def settings_in_force(self) -> Settings:
        """The settings with the meter delay that decisions count with, set or learned."""
        return with_learned_delay(self.settings, self.state)


class EvLbCoordinator(DataUpdateCoordinator[Snapshot]):
    """One site: its meter in, its chargers out."""

    config_entry: EvLbConfigEntry

    def __init__(self, hass: HomeAssistant, entry: EvLbConfigEntry, store: SiteStore) -> None:
        """Take up where the last run ended; nothing is sent yet."""
        super().__init__(hass, _LOGGER, config_entry=entry, name=entry.title, update_interval=None)
        self.store = store
        self.journal = Journal()
        self.is_reload_due = False
        self._meter = Meter(
            hass,
            entity_id=entry.data[CONF_POWER_METER],
            service_voltage_v=entry.data[CONF_SERVICE_VOLTAGE_V],
            voltage_sensor=entry.data.get(CONF_VOLTAGE_SENSOR),
        )
        self._settings = settings_in_force(entry, store)
        self._state = recall(self._settings, store.memory, hass.loop.time())
        self._workers = {
            charger.subentry_id: self._worker(charger) for charger in charger_subentries(entry)
        }
        self._cars = Cars(hass, entry, self._settings)
        self._is_started = False
        self._is_stopped = False
        self._revision = 0
        self._delivered: list[Delivered] = []
        self._limits: dict[str, Limit | None] = {}
        self._unsubscribe: list[CALLBACK_TYPE] = []
        self._due: Handle | None = None
        self._wake: TimerHandle | None = None
        self.data = self._snapshot()

    @callback
    def async_start(self) -> None:
        """Watch the meter and the cars; act once Home Assistant has started."""
        self._unsubscribe = [
            self._meter.listen(self.decide_soon),
            *self._cars.listen(self.decide_soon),
            async_at_started(self.hass, self._handle_started),
            self.hass.bus.async_listen(EVENT_HOMEASSISTANT_STOP, self._handle_stop),
        ]
        for charger_id, known in self._state.chargers.items():
            async_note_unresponsive(
                self.hass, self.config_entry, charger_id, is_unresponsive=known.is_unresponsive
            )
        self._save_soon()
        self.decide_soon()

    async def async_stop(self) -> None:
        """Decide no more, finish the reductions that are under way, and keep what is known."""
        self._stop_deciding()
        # Together: each may take as long as an unload may.
        await asyncio.gather(*(worker.async_close() for worker in self._workers.values()))
        self._state = note_delivered(self._state, tuple(self._delivered))
        await self.store.async_save(self._memory())
        for charger_id in self._workers:
            async_note_unresponsive(self.hass, self.config_entry, charger_id, is_unresponsive=False)

    @callback
    def _handle_stop(self, _event: Event) -> None:
        """Keep the chargers as they are: a meter that goes down with Home Assistant is not lost."""
        self._stop_deciding()

    def _stop_deciding(self) -> None:
        self._is_stopped = True
        self._cancel_timers()
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        self._unsubscribe.clear()

    def _cancel_timers(self) -> None:
        for handle in (self._due, self._wake):
            if handle is not None:
                handle.cancel()
        self._due = self._wake = None

    @callback
    def _handle_started(self, _hass: HomeAssistant) -> None:
        self._is_started = True
        until = self.hass.loop.time() + FIRST_READING_WAIT_S
        for worker in self._workers.values():
            worker.control.await_scripts_until(until)
        self.decide_soon()

    def line_voltage_v(self) -> float:
        """Return the volts that watts are divided by now."""
        return self._meter.line_voltage_v()

    def set_number(self, owner_id: str, key: str, value: int, configured: int) -> None:
        """Put a number of the site or a charger in force."""
        self.store.set_number(owner_id, key, value, configured)
        self._follow_settings()

    def set_enabled(self, owner_id: str, *, is_enabled: bool) -> None:
        """Put a switch of the site or a charger in force."""
        self.store.set_enabled(owner_id, is_enabled=is_enabled)
        self._follow_settings()

    def _follow_settings(self) -> None:
        self._settings = settings_in_force(self.config_entry, self.store)
        self._save_soon()
        self.decide_soon()

    def set_limit(self, charger_id: str, current_a: int, duration_s: float) -> None:
        """Begin or replace a charger's temporary limit."""
        until = self.hass.loop.time() + duration_s
        self._limits[charger_id] = Limit(current_a=current_a, until=until)
        self.decide_soon()

    def clear_limit(self, charger_id: str) -> None:
        """End a charger's temporary limit."""
        self._limits[charger_id] = None
        self.decide_soon()

    def _note_delivered(self, order: Order) -> None:
        self._delivered.append(
            Delivered(
                charger_id=order.command.charger_id,
                sent_at=order.sent_at,
                at=self.hass.loop.time(),
            )
        )
        self.decide_soon()

    @callback
    def decide_soon(self) -> None:
        """Decide at the end of this turn of the event loop, with all that comes in it."""
        if self._due is None and not self._is_stopped:
            self._due = self.hass.loop.call_soon(self._decide)

    @callback
    def _decide(self) -> None:
        self._cancel_timers()
        now = self.hass.loop.time()
        inputs = Inputs(
            reading=self._meter.take_reading(),
            is_meter_available=self._meter.is_available,
            is_started=self._is_started,
            cars=self._cars.take_readings(self.line_voltage_v),
            delivered=tuple(self._delivered),
            limits=dict(self._limits),
        )
        before = self._state
        decision = decide(self._settings, before, inputs, now)
        self._state = decision.state
        self._delivered.clear()
        self._limits.clear()
        for charger_id in switched_off(before, decision.state):
            self._workers[charger_id].drop_increases()
        for command in decision.commands:
            _LOGGER.debug("%s", command)
            self._workers[command.charger_id].send(command, now)
        self.journal.keep(inputs, decision)
        for news in decision.news:
            async_tell(self.hass, self.config_entry, news)
        self._report_unresponsive(before)
        if decision.wake_at is not None:
            self._wake = self.hass.loop.call_at(decision.wake_at, self.decide_soon)
        if has_news_for_memory(before, self._state):
            self._save_soon()
        if not is_only_read(before, self._state):
            self._revision += 1
        self.async_set_updated_data(self._snapshot())

    def _report_unresponsive(self, before: State) -> None:
        """Raise and withdraw repair issues; a charger that is switched off needs none."""
        for charger_id, known in self._state.chargers.items():
            is_unresponsive = known.is_unresponsive
            if is_unresponsive is not before.chargers[charger_id].is_unresponsive:
                async_note_unresponsive(
                    self.hass, self.config_entry, charger_id, is_unresponsive=is_unresponsive
                )

    def _note_failed(self, charger_id: str, failure: CallFailedError) -> None:
        data = {"action": failure.action, "entity_id": failure.entity_id, "error": failure.error}
        news = News(type=NewsType.ACTION_FAILED, charger_id=charger_id, data=data)
        async_tell(self.hass, self.config_entry, news)

    @callback
    def _publish_delivery(self) -> None:
        self._revision += 1
        self.async_set_updated_data(self._snapshot())

    def _snapshot(self) -> Snapshot:
        return Snapshot(
            settings=self._settings,
            state=self._state,
            deliveries={key: worker.delivery for key, worker in self._workers.items()},
            service_voltage_v=self._meter.service_voltage_v,
            revision=self._revision,
        )

    def _memory(self) -> Memory:
        return remember(self._settings, self._state, self.hass.loop.time())

    def _save_soon(self) -> None:
        self.store.save_soon(self._memory)

    def _worker(self, charger: ConfigSubentry) -> ChargerWorker:
        control = script_control(self.hass, charger, self._meter.service_voltage_v)
        return ChargerWorker(
            self.hass,
            self.config_entry,
            control,
            name=charger.title,
            response_time_s=charger.data[CONF_RESPONSE_TIME_S],
            on_delivered=self._note_delivered,
            on_failed=lambda failure: self._note_failed(charger.subentry_id, failure),
            on_change=self._publish_delivery,
        )

    @override
    async def _async_update_data(self) -> Snapshot:
        """Return what is known: everything is pushed, nothing is polled."""
        return self._snapshot()


def is_only_read(before: State, after: State) -> bool:
    """Return whether nothing but the reading, and what follows from it, is another."""
    return (
        before.chargers is after.chargers
        and before.settings is after.settings
        and before.meter_status is after.meter_status
        and shown_s(before.meter_timing.period_s) == shown_s(after.meter_timing.period_s)
        and shown_s(before.meter_timing.delay_s) == shown_s(after.meter_timing.delay_s)
    )


def shown_s(time_s: float | None) -> float | None:
    """Return a learned time as far as it is shown: what changes less is not written."""
    return None if time_s is None else round(time_s, 1)


def switched_off(before: State, after: State) -> list[str]:
    """Return the chargers that were ours until this decision."""
    return [
        charger_id
        for charger_id, known in after.chargers.items()
        if known.balancer_state is BalancerState.DISABLED
        and before.chargers[charger_id].balancer_state is not BalancerState.DISABLED
    ]
