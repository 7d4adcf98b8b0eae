"""Subscribe, read the clock, decide, send, publish. What to do is decided in `balancing/`.

Everything that comes in one turn of the event loop is decided once, at the end of that turn.
"""

import asyncio
import logging
from asyncio import Handle, TimerHandle
from typing import override

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    HomeAssistant,
    callback,
)
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator

from .balancing.balancer import decide, note_inputs, view_of
from .balancing.increases.overload import is_urgent
from .balancing.memory import Memory, recall, remember, shifted
from .balancing.meter.availability import FIRST_READING_WAIT_S
from .balancing.model import (
    SITE_EVENTS,
    BalancerEvent,
    Decision,
    Delivered,
    EventType,
    Failed,
    Inputs,
    MeterStatus,
    TemporaryLimit,
    View,
)
from .configuration import (
    charger_subentries,
    circuit_subentries,
    dialogs_of,
    is_measured,
    is_observable,
    is_observing,
    meter_sources,
    settings_in_force,
    unobservable,
)
from .const import CONF_PRICE_SENSOR, CONF_RESPONSE_TIME_S
from .control.protocol import CallFailedError
from .control.ways import control_of
from .control.worker import ChargerWorker, Order
from .energies import ChargerEnergies
from .events import async_send_event
from .inputs.charger_sensors import Cars
from .inputs.meter import Meter
from .inputs.price import PriceSensor
from .inputs.read_back import ReadBacks
from .observe.observer import Observer
from .observe.tally import Observed
from .record.journal import Journal
from .record.tape import Decided, Tape
from .repairs import LOST_S, SiteIssues, Troubles
from .snapshot import Snapshot, lasting, shown_s, shown_signal
from .store import SiteStore

_LOGGER = logging.getLogger(__name__)

type EvLbConfigEntry = ConfigEntry[EvLbCoordinator]


class EvLbCoordinator(DataUpdateCoordinator[Snapshot]):
    """One site: its meter in, its chargers out."""

    config_entry: EvLbConfigEntry

    def __init__(self, hass: HomeAssistant, entry: EvLbConfigEntry, store: SiteStore) -> None:
        """Take up where the last run ended; nothing is sent yet."""
        super().__init__(hass, _LOGGER, config_entry=entry, name=entry.title, update_interval=None)
        self.store = store
        self.journal = Journal()
        self.is_reload_due = False
        self._dialogs = dialogs_of(entry)
        self._settings = settings_in_force(self._dialogs, store)
        self._meter = Meter(
            hass,
            meter_sources(entry),
            lambda place, current_a: is_urgent(self._settings, place, current_a),
        )
        self.state = recall(self._settings, store.memory, hass.loop.time())
        """What the core remembers: nobody's but its own, and the diagnostics tell it."""

        self.tape = Tape(self.state)
        self._view = view_of(self._settings, self.state)
        self._memory = remember(self._settings, self.state)
        self.controls = {
            charger.subentry_id: control_of(hass, charger, self._meter.service_voltage_v)
            for charger in charger_subentries(entry)
        }
        """The ways to the chargers."""

        self._workers = {
            charger.subentry_id: self._worker(charger) for charger in charger_subentries(entry)
        }
        self._issues, self._troubles = SiteIssues(hass, entry), Troubles(hass, entry)
        self._names = {charger.subentry_id: charger.title for charger in charger_subentries(entry)}
        self._circuits = {
            circuit.subentry_id: circuit.title for circuit in circuit_subentries(entry)
        }
        self._observer = self._begin_observing() if is_observing(self._dialogs, store) else None
        self._cars = Cars(hass, entry, self._settings)
        self._read_backs = ReadBacks(hass, entry)
        self._prices = PriceSensor(hass, entry.data.get(CONF_PRICE_SENSOR))
        self._energies = ChargerEnergies(entry, store.energies, self._cars, self._prices)
        self._is_started = False
        self._is_stopped = False
        self._revision = 0
        self._delivered: list[Delivered] = []
        self._failed: list[Failed] = []
        self._limits: dict[str, TemporaryLimit | None] = {}
        self._unsubscribe: list[CALLBACK_TYPE] = []
        self._due: Handle | None = None
        self._wake: TimerHandle | None = None
        self._long_loss: TimerHandle | None = None
        self.data = self._snapshot()

    @callback
    def async_start(self) -> None:
        """Watch the meter and the cars; act once Home Assistant has started."""
        self._unsubscribe = [
            self._meter.listen(self.decide_soon),
            *self._cars.listen(self.decide_soon),
            *self._read_backs.listen(self.decide_soon),
            *self._prices.listen(self.decide_soon),
            async_at_started(self.hass, self._handle_started),
            self.hass.bus.async_listen(EVENT_HOMEASSISTANT_STOP, self._handle_stop),
        ]
        self._save_soon()
        self.decide_soon()

    async def async_stop(self) -> None:
        """Decide no more, finish the reductions that are under way, and keep what is known."""
        self._stop_deciding()
        # Together: each may take as long as an unload may.
        await asyncio.gather(*(worker.async_close() for worker in self._workers.values()))
        note_inputs(
            self.state,
            Inputs(delivered=tuple(self._delivered), limits=self._limits),
            self.hass.loop.time(),
        )
        self._memory = remember(self._settings, self.state)
        await self.store.async_save(self._memory_from_now())
        async_dispatcher_send(self.hass, shown_signal(self.config_entry.entry_id))
        self._issues.withdraw()

    @callback
    def _handle_stop(self, _event: Event) -> None:
        """Keep the chargers as they are: a meter that goes down with Home Assistant is not lost."""
        self._stop_deciding()
        self._save_soon()  # Home Assistant writes it before it ends

    def _stop_deciding(self) -> None:
        self._is_stopped = True
        self._cancel_timers()
        if self._long_loss is not None:
            self._long_loss.cancel()
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
        for control in self.controls.values():
            control.await_until(until)
        self.decide_soon()

    def line_voltage_v(self, phase: int | None = None) -> float:
        """Return the volts that the watts of a phase are divided by now."""
        return self._meter.voltage_v(phase)

    def set_number(self, owner_id: str, key: str, value: int, configured: int) -> None:
        """Put a number of the site or a charger in force."""
        self.store.set_number(owner_id, key, value, configured)
        self._follow_settings()

    def set_enabled(self, owner_id: str, *, is_enabled: bool) -> None:
        """Put a switch of the site or a charger in force."""
        self.store.set_enabled(owner_id, is_enabled=is_enabled)
        self._follow_settings()

    def set_follows_manual_limit(self, charger_id: str, *, is_followed: bool) -> None:
        """Follow a limit that was set at a charger, or ignore it."""
        self.store.set_follows_manual_limit(charger_id, is_followed=is_followed)
        self._follow_settings()

    def set_observing(self, *, is_on: bool) -> None:
        """Begin or end observing, as a new run; until it begins nothing more is decided."""
        if is_observing(self._dialogs, self.store) is is_on:
            return
        self.store.set_observing(is_observing=is_on)
        if self._is_stopped:
            return  # the new run is on its way
        if not self._unsubscribe:  # restored before the run begins: it begins so
            self.store.forget_other_world(is_observing=is_on)
            self._observer = self._begin_observing() if is_on else None
            self._settings = settings_in_force(self._dialogs, self.store)
            return
        self._stop_deciding()
        for worker in self._workers.values():
            worker.drop_increases()
        self.is_reload_due = True
        self.hass.config_entries.async_schedule_reload(self.config_entry.entry_id)

    def _begin_observing(self) -> Observer:
        """Return what keeps the chargers' shadows."""
        self.store.observed = self.store.observed or Observed()
        measured = {
            charger.subentry_id: is_measured(charger.data)
            for charger in charger_subentries(self.config_entry)
            if is_observable(charger.data)
        }
        return Observer(measured, self.store.observed)

    def _follow_settings(self) -> None:
        self._settings = settings_in_force(self._dialogs, self.store)
        self._revision += 1
        self._save_soon()
        self.decide_soon()

    def set_limit(self, charger_id: str, current_a: int, duration_s: float) -> None:
        """Begin or replace a charger's temporary limit."""
        until = self.hass.loop.time() + duration_s
        self._limits[charger_id] = TemporaryLimit(current_a=current_a, until=until)
        self.decide_soon()

    def clear_limit(self, charger_id: str) -> None:
        """End a charger's temporary limit."""
        self._limits[charger_id] = None
        self.decide_soon()

    def _on_delivered(self, order: Order) -> None:
        charger_id, now = order.command.charger_id, self.hass.loop.time()
        self._troubles.on_delivered(charger_id)
        self._delivered.append(Delivered(charger_id=charger_id, sent_at=order.sent_at, at=now))
        self.decide_soon()

    def _on_call_failed(self, order: Order) -> None:
        charger_id, now = order.command.charger_id, self.hass.loop.time()
        self._failed.append(Failed(charger_id=charger_id, sent_at=order.sent_at, at=now))
        self.decide_soon()

    def _on_failed(self, charger_id: str, failure: CallFailedError) -> None:
        self._troubles.on_failed(charger_id, failure)
        data = {"action": failure.action, "entity_id": failure.entity_id, "error": failure.error}
        event = BalancerEvent(type=EventType.ACTION_FAILED, charger_id=charger_id, data=data)
        async_send_event(self.hass, self.config_entry, event)

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
            lived_at=self._meter.lived_at,
            is_meter_available=self._meter.is_available,
            is_started=self._is_started,
            cars=self._cars.take_readings(self.line_voltage_v),
            read_backs=self._read_backs.take(),
            delivered=tuple(self._delivered),
            failed=tuple(self._failed),
            limits=dict(self._limits),
        )
        for taken in (self._delivered, self._failed, self._limits):
            taken.clear()
        cars = inputs.cars
        if self._observer is not None:
            inputs = self._observer.seen(self._settings, inputs, now)
        decision = decide(self._settings, self.state, inputs, now)
        if self._observer is None:
            self._send(decision, now)
        else:
            self._observe(self._observer, decision, now)
        if (wake_at := self._wake_at(decision, now)) is not None:
            self._wake = self.hass.loop.call_at(wake_at, self.decide_soon)
        # What is sent and when to decide again come first: nothing that fails here can undo them.
        self._energies.add_up(self._settings, cars, decision.view, self.line_voltage_v, now)
        self.journal.keep(inputs, decision)
        self.tape.keep(Decided(at=now, settings=self._settings, inputs=inputs, decision=decision))
        for said in decision.events:
            if self._observer is not None and said.type not in SITE_EVENTS:
                continue  # it has not happened
            event = self._meter.named_in(said, decision.view.meter_lost)
            self._troubles.on_event(event)
            async_send_event(self.hass, self.config_entry, event)
            if event.type is EventType.METER_UNAVAILABLE:  # nothing else may come until it is told
                self._tell_later()
        self._remember(now)
        self._show(decision.view)

    def _send(self, decision: Decision, now: float) -> None:
        """Let the chargers follow a decision."""
        for charger_id in decision.dropped & self._workers.keys():
            self._workers[charger_id].drop_increases()
        for command in decision.commands:
            _LOGGER.debug("%s", command)
            self._workers[command.charger_id].send(command, now)

    def _observe(self, observer: Observer, decision: Decision, now: float) -> None:
        """Let the chargers' shadows follow a decision; the chargers hear nothing."""
        self._delivered += observer.follow(self._settings, decision, now)
        if self._delivered:
            self.decide_soon()
        if observer.has_avoided:
            self._save_soon()

    def _wake_at(self, decision: Decision, now: float) -> float | None:
        """Return when to decide again though nothing comes; None: nothing is due by itself."""
        observer = self._observer
        of_shadows = None if observer is None else observer.wake_at(self._settings, now)
        moments = [at for at in (decision.wake_at, of_shadows) if at is not None]
        return min(moments, default=None)

    def _tell_later(self) -> None:
        """Look again when a lost meter has been lost for long."""
        if self._long_loss is not None:
            self._long_loss.cancel()
        self._long_loss = self.hass.loop.call_later(LOST_S + 1, self.decide_soon)

    def _show(self, view: View) -> None:
        """Publish what was decided, and raise and withdraw repair issues."""
        before, self._view = self._view, view
        self._issues.update(
            self._settings,
            view,
            self._meter,
            self.controls,
            self._troubles,
            shown_s(view.meter_period_s),
        )
        if lasting(before) != lasting(view):
            self._revision += 1
        self._publish()

    @callback
    def _publish_delivery(self) -> None:
        self._revision += 1
        self._publish()

    def _publish(self) -> None:
        self.async_set_updated_data(self._snapshot())
        async_dispatcher_send(self.hass, shown_signal(self.config_entry.entry_id))

    def _snapshot(self) -> Snapshot:
        return Snapshot(
            settings=self._settings,
            view=self._view,
            deliveries={key: worker.delivery for key, worker in self._workers.items()},
            service_voltage_v=self._meter.service_voltage_v,
            energies=self.store.energies,
            names=self._names,
            circuits=self._circuits,
            lost_sensors=self._meter.sensors_lost_by(self._view.meter_fault, self._view.meter_lost)
            if self._view.meter_status is MeterStatus.UNAVAILABLE
            else (),
            is_observing=self._observer is not None,
            unobserved=tuple(each.subentry_id for each in unobservable(self._dialogs))
            if self._observer is not None
            else (),
            observed=self.store.observed,
            revision=self._revision,
        )

    def _remember(self, now: float) -> None:
        """Save what a new run must know, if that is another, and from time to time the energies."""
        before, self._memory = self._memory, remember(self._settings, self.state)
        if self._memory != before or self._energies.is_save_due(now):
            self._save_soon()

    def _memory_from_now(self) -> Memory:
        return shifted(self._memory, -self.hass.loop.time())

    def _save_soon(self) -> None:
        self.store.save_soon(self._memory_from_now)

    def _worker(self, charger: ConfigSubentry) -> ChargerWorker:
        return ChargerWorker(
            self.hass,
            self.config_entry,
            self.controls[charger.subentry_id],
            name=charger.title,
            response_time_s=charger.data[CONF_RESPONSE_TIME_S],
            on_delivered=self._on_delivered,
            on_call_failed=self._on_call_failed,
            on_failed=lambda failure: self._on_failed(charger.subentry_id, failure),
            on_change=self._publish_delivery,
        )

    @override
    async def _async_update_data(self) -> Snapshot:
        """Return what is known: everything is pushed, nothing is polled."""
        return self._snapshot()
