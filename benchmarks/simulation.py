"""One scenario in a closed loop: the house, its meter, its chargers, and the core that balances.

The simulation goes from event to event: what nobody hears and what changes nothing costs nothing.
The log holds what was true in the plant, and nothing that the core believes.
"""

from dataclasses import dataclass, field
from math import ceil, inf

import numpy as np

from custom_components.ev_lb.balancing.memory import Memory, aged
from custom_components.ev_lb.balancing.model import BalancerEvent, Command
from custom_components.ev_lb.balancing.settings import Settings

from .agenda import Agenda
from .chargers import Charger, ChargerModel
from .houses import Array, House
from .meters import Meter, MeterModel
from .shell import Heard, Shell
from .worker import Order, Worker


@dataclass(frozen=True, slots=True, kw_only=True)
class Restart:
    """A moment at which Home Assistant goes down, and comes back."""

    at: float
    away_s: float = 20.0
    is_killed: bool = True
    """Only what was written down by then is known afterwards."""

    is_forgotten: bool = False
    """Nothing is known afterwards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A command that was decided."""

    at: float
    charger: int
    current_a: int
    is_reduction: bool
    """Whether it lowers what the charger was told before, or tells it the same once more."""


@dataclass(kw_only=True)
class Log:
    """What was true in the plant."""

    house_a: Array
    volts: Array
    drawn_a: Array
    """By second and charger."""

    offered_a: Array
    """What the chargers offered their cars, by second and charger."""

    sent: list[Sent] = field(default_factory=list)
    set_at: list[float] = field(default_factory=list)
    """Each call that set a current."""

    events: list[tuple[float, BalancerEvent]] = field(default_factory=list)
    decisions: int = 0


class Simulation:
    """One run of a scenario."""

    def __init__(
        self,
        settings: Settings,
        house: House,
        chargers: tuple[ChargerModel, ...],
        meter: MeterModel,
        *,
        restarts: tuple[Restart, ...] = (),
        has_sensors: bool = False,
        seed: int = 0,
        tape: list[Heard] | None = None,
    ) -> None:
        """Build the site; chargers in the order of the settings. All that is heard goes to tape."""
        self._tape = tape
        self._settings, self._house = settings, house
        self._has_sensors = has_sensors
        self._agenda = Agenda()
        self._ids = [charger.charger_id for charger in settings.chargers]
        self._rows_w: list[list[float]] = house.watts.tolist()
        self._volts: list[float] = house.volts.tolist()
        self._energy_kwh = np.concatenate(([0.0], np.cumsum(house.volts))) / 3.6e6
        self._drawn_a = [0.0] * house.watts.shape[1]
        self._moves: list[list[tuple[float, float, float]]] = [[(0.0, 0.0, 0.0)] for _ in chargers]
        self._log = Log(
            house_a=house.current_a,
            volts=house.volts,
            drawn_a=np.zeros((house.seconds, len(chargers))),
            offered_a=np.zeros((house.seconds, len(chargers))),
        )
        self._told_a = [inf] * len(chargers)
        self._shell: Shell | None = None
        self._workers: list[Worker] = []
        self._chargers = [
            Charger(
                model,
                self._agenda,
                self._energy_per_a,
                seed=seed + index,
                on_moved=self._note_moved,
                on_sensed=self._hear_car,
            )
            for index, model in enumerate(chargers)
        ]
        self._meter = Meter(
            meter,
            self._agenda,
            self._sample_w,
            self._volts,
            moves_of(house),
            seed=seed,
            on_heard=self._hear_meter,
        )
        for restart in restarts:
            self._agenda.add(restart.at, self._go_down, restart.at, restart)
        self._begin(0.0, Memory())

    def run(self) -> Log:
        """Go to the end, and return what happened."""
        agenda, meter, end = self._agenda, self._meter, self._house.seconds
        while True:
            shell = self._shell
            wake_at = inf if shell is None else shell.wake_at
            now = min(agenda.next_at, meter.next_at, wake_at)
            if now >= end:
                break
            agenda.run_until(now)
            if meter.next_at <= now:
                meter.measure(now)
            shell = self._shell
            if shell is not None and (shell.is_due or shell.wake_at <= now):
                shell.decide(now)
        for index, moves in enumerate(self._moves):
            self._log.offered_a[:, index], self._log.drawn_a[:, index] = by_second(moves, end)
        if self._shell is not None:
            self._log.decisions += self._shell.decisions
        return self._log

    def _energy_per_a(self, begin: float, end: float) -> float:
        last = len(self._energy_kwh) - 1
        kwh = self._energy_kwh
        return float(kwh[min(round(end), last)] - kwh[min(round(begin), last)])

    def _sample_w(self, second: int) -> tuple[float, ...]:
        row, volts, drawn_a = self._rows_w[second], self._volts[second], self._drawn_a
        if len(row) == 1:
            return (row[0] + drawn_a[0] * volts,)
        return tuple([watts + amperes * volts for watts, amperes in zip(row, drawn_a, strict=True)])

    def _note_moved(self, now: float, charger: Charger) -> None:
        index = self._chargers.index(charger)
        self._moves[index].append((now, charger.offered_a, charger.drawn_a))
        drawn_a = [0.0] * len(self._drawn_a)
        for one in self._chargers:
            for phase in one.model.phases:
                drawn_a[phase] += one.drawn_a
        if drawn_a != self._drawn_a:
            self._drawn_a = drawn_a
            self._meter.look(now)

    # What the shell is told

    def _begin(self, now: float, memory: Memory) -> None:
        self._shell = Shell(
            self._settings,
            self._agenda,
            memory=memory,
            began_at=now,
            tape=self._tape,
            on_dropped=lambda charger_id: self._worker(charger_id).drop_increases(),
            on_command=self._send,
            on_event=lambda at, event: self._log.events.append((at, event)),
        )
        self._workers = [
            Worker(
                charger,
                self._agenda,
                response_time_s=settings.response_time_s,
                on_delivered=self._hear_delivered,
                on_failed=self._hear_failed,
                on_set=self._log.set_at.append,
            )
            for charger, settings in zip(self._chargers, self._settings.chargers, strict=True)
        ]
        for charger in self._chargers:
            self._hear_car(now, charger)
        self._meter.greet(now)

    def _go_down(self, now: float, restart: Restart) -> None:
        if self._shell is None:
            return
        if not restart.is_killed:
            self._shell.save(now)
        self._shell.close()
        for worker in self._workers:
            worker.close()
        self._log.decisions += self._shell.decisions
        back_at = now + restart.away_s
        saved = aged(self._shell.saved, back_at - self._shell.saved_at)
        self._shell = None
        self._agenda.add(back_at, self._begin, back_at, Memory() if restart.is_forgotten else saved)

    def _hear_meter(
        self, now: float, amperes: tuple[float, ...] | None, said_at: tuple[float, ...]
    ) -> None:
        if self._shell is not None:
            self._shell.hear_meter(now, amperes, said_at)

    def _hear_car(self, now: float, charger: Charger) -> None:
        if self._shell is not None and self._has_sensors and charger.said is not None:
            charger_id = self._ids[self._chargers.index(charger)]
            self._shell.hear_car(now, charger_id, *charger.said)

    def _hear_delivered(self, now: float, order: Order) -> None:
        if self._shell is not None:
            self._shell.hear_delivered(now, order.command.charger_id, order.sent_at)

    def _hear_failed(self, now: float, order: Order) -> None:
        if self._shell is not None:
            self._shell.hear_failed(now, order.command.charger_id, order.sent_at)

    def _worker(self, charger_id: str) -> Worker:
        return self._workers[self._ids.index(charger_id)]

    def _send(self, now: float, command: Command) -> None:
        index = self._ids.index(command.charger_id)
        is_reduction = command.current_a <= self._told_a[index]
        self._told_a[index] = command.current_a
        self._log.sent.append(
            Sent(at=now, charger=index, current_a=command.current_a, is_reduction=is_reduction)
        )
        self._workers[index].send(command, now)


def by_second(moves: list[tuple[float, float, float]], seconds: int) -> Array:
    """Return offer and draw at the beginning of each second."""
    values = np.array([values for _, *values in moves]).T
    begins = [min(ceil(at), seconds) for at, *_ in moves] + [seconds]
    return np.repeat(values, np.diff(begins), axis=1)


def moves_of(house: House) -> list[int]:
    """Return the seconds in which a house draws something else than in the second before."""
    rows = np.column_stack([house.watts, house.volts])
    return (np.flatnonzero((np.diff(rows, axis=0) != 0).any(axis=1)) + 1).tolist()
