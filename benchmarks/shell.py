"""A little shell around the core: collects what comes, decides, remembers, and starts anew."""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, nextafter

from custom_components.ev_lb.balancing.balancer import decide
from custom_components.ev_lb.balancing.memory import Memory, recall, remember, shifted
from custom_components.ev_lb.balancing.model import (
    BalancerEvent,
    CarReading,
    CarStatus,
    Command,
    Decision,
    Delivered,
    Failed,
    Inputs,
    Reading,
)
from custom_components.ev_lb.balancing.settings import Settings

from .agenda import Agenda

SAVE_DELAY_S = 1.0
"""From something worth keeping until it is written down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What came by a moment."""

    inputs: Inputs
    at: float


class Shell:
    """One run of the product's shell; the core's clock begins anew with it."""

    def __init__(
        self,
        settings: Settings,
        agenda: Agenda,
        *,
        memory: Memory,
        began_at: float,
        tape: list[Heard] | None = None,
        on_dropped: Callable[[str], None],
        on_command: Callable[[float, Command], None],
        on_event: Callable[[float, BalancerEvent], None],
    ) -> None:
        """Take up where the last run ended."""
        self._settings, self._agenda = settings, agenda
        self._on_dropped, self._on_command, self._on_event = on_dropped, on_command, on_event
        self._began_at, self._tape = began_at, tape
        self._state = recall(settings, memory, 0.0)
        self._remembered: Memory | None = None
        self._reading: Reading | None = None
        self._is_meter_available = True
        self._delivered: list[Delivered] = []
        self._failed: list[Failed] = []
        self._cars: dict[str, CarReading] = {}
        self._is_save_due = False
        self._is_closed = False
        self.saved = memory
        """What a new run would know, its moments counted from when it was written down."""

        self.saved_at = began_at
        self.decisions = 0
        self.is_due = True
        self.wake_at = inf

    def hear_meter(
        self, now: float, amperes: tuple[float, ...] | None, said_at: tuple[float, ...] = ()
    ) -> None:
        """Take what the meter says, of each phase since when; None: it is gone."""
        self._reading = None
        if amperes is not None:
            self._reading = Reading(
                current_a=amperes,
                at=now - self._began_at,
                said_at=tuple([at - self._began_at for at in said_at]),
            )
        self._is_meter_available = amperes is not None
        self.is_due = True

    def hear_car(self, now: float, charger_id: str, current_a: float, status: CarStatus) -> None:
        """Take what a charger's own sensors say."""
        at = now - self._began_at
        self._cars[charger_id] = CarReading(at=at, current_a=current_a, status=status)
        self.is_due = True

    def hear_delivered(self, now: float, charger_id: str, sent_at: float) -> None:
        """Note that a command got through."""
        self._delivered.append(
            Delivered(
                charger_id=charger_id, sent_at=sent_at - self._began_at, at=now - self._began_at
            )
        )
        self.is_due = True

    def hear_failed(self, now: float, charger_id: str, sent_at: float) -> None:
        """Note that a call of a command failed."""
        began_at = self._began_at
        self._failed.append(
            Failed(charger_id=charger_id, sent_at=sent_at - began_at, at=now - began_at)
        )
        self.is_due = True

    def decide(self, now: float) -> None:
        """Decide on all that has come."""
        inputs = Inputs(
            reading=self._reading,
            is_meter_available=self._is_meter_available,
            cars=self._cars,
            delivered=tuple(self._delivered),
            failed=tuple(self._failed),
        )
        if self._tape is not None:
            self._tape.append(Heard(inputs=inputs, at=now - self._began_at))
        decision = decide(self._settings, self._state, inputs, now - self._began_at)
        self._state, self._reading = decision.state, None
        self._delivered.clear()
        self._failed.clear()
        self._cars = {}
        self.is_due = False
        self.decisions += 1
        self.wake_at = inf
        if decision.wake_at is not None:
            # Later than now, though adding may have rounded it down.
            self.wake_at = max(decision.wake_at + self._began_at, nextafter(now, inf))
        self._carry_out(now, decision)
        if not self._is_save_due and remember(self._settings, self._state) != self._remembered:
            self._is_save_due = True
            self._agenda.add(now + SAVE_DELAY_S, self.save, now + SAVE_DELAY_S)

    def _carry_out(self, now: float, decision: Decision) -> None:
        for charger_id in decision.dropped:
            self._on_dropped(charger_id)
        for command in decision.commands:
            self._on_command(now, command)
        for event in decision.events:
            self._on_event(now, event)

    def save(self, now: float) -> None:
        """Write down what a new run must know."""
        if not self._is_closed:
            self._is_save_due = False
            self._remembered = remember(self._settings, self._state)
            self.saved = shifted(self._remembered, self._began_at - now)
            self.saved_at = now

    def close(self) -> None:
        """Do no more: the process has ended."""
        self._is_closed = True
