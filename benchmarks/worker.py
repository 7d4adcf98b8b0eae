"""A little shell: carries out a charger's commands as `control/worker.py` does.

One command in flight; a newer one replaces a waiting one and ends an increase that is under way,
never a reduction. What fails is tried again, a reduction without end. Which is which the core says.
"""

from collections.abc import Callable
from dataclasses import dataclass

from custom_components.ev_lb.balancing.model import (
    Command,
    SetCurrent,
    StartCharging,
    StopCharging,
)

from .agenda import Agenda
from .chargers import Charger

FIRST_RETRIES_S = (1.0, 2.0, 4.0)
RETRY_INCREASE_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A command on its way."""

    command: Command
    sent_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a command: a current to set, or on and off."""

    current_a: int | None = None
    is_on: bool | None = None


STOP = Call(is_on=False)


def calls_of(command: Command) -> tuple[Call, ...]:
    """Return the calls that a command needs, in their order."""
    match command:
        case StopCharging():
            return (STOP,)
        case StartCharging():
            return Call(is_on=True), Call(current_a=command.current_a)
        case SetCurrent():
            return (Call(current_a=command.current_a),)


class Worker:
    """Carries out one charger's commands."""

    def __init__(
        self,
        charger: Charger,
        agenda: Agenda,
        *,
        response_time_s: float,
        on_delivered: Callable[[float, Order], None],
        on_failed: Callable[[float, Order], None],
        on_set: Callable[[float], None],
    ) -> None:
        """Note whom to call, and who is told of each set_current, and of how calls ended."""
        self._charger, self._agenda = charger, agenda
        self._response_time_s = response_time_s
        self._on_delivered, self._on_failed, self._on_set = on_delivered, on_failed, on_set
        self._waiting: Order | None = None
        self._running: Order | None = None
        self._is_calling = self._is_given_up = False
        self._failures = 0
        self._turn = 0
        """What was planned in an earlier turn is void."""

    def send(self, command: Command, now: float) -> None:
        """Take a command; it replaces one that waits."""
        self._waiting = Order(command=command, sent_at=now)
        running = self._running
        if running is None or not running.command.is_reduction or not self._is_calling:
            self._take_next(now)

    def drop_increases(self) -> None:
        """Give up an increase that has not got through: a call under way is not tried again."""
        if self._waiting is not None and not self._waiting.command.is_reduction:
            self._waiting = None
        if self._running is not None and not self._running.command.is_reduction:
            self._is_given_up = True

    def close(self) -> None:
        """Do no more: the process is killed."""
        self._turn += 1
        self._waiting = self._running = None

    def _take_next(self, now: float) -> None:
        self._turn += 1
        self._running, self._waiting = self._waiting, None
        self._is_calling = self._is_given_up = False
        self._failures = 0
        if self._running is not None:
            self._try(now, self._turn)

    def _try(self, now: float, turn: int) -> None:
        if turn == self._turn and self._running is not None and not self._is_given_up:
            self._is_calling = True
            self._call(now, turn, calls_of(self._running.command), 0)

    def _call(self, now: float, turn: int, calls: tuple[Call, ...], index: int) -> None:
        """Make the call of this index, and go on when it has returned."""
        if turn != self._turn:
            return
        call = calls[index]
        if call.current_a is not None:
            self._on_set(now)
        result = self._charger.call(call.current_a, now, is_on=call.is_on)
        at = now + result.returns_s
        if not result.is_ok and index > 0:
            # Started with an unknown current: it must not stay so until the next try.
            stopped = self._charger.call(None, at, is_on=False)
            self._agenda.add(at + stopped.returns_s, self._fail, at + stopped.returns_s, turn)
        elif not result.is_ok:
            self._agenda.add(at, self._fail, at, turn)
        elif index + 1 < len(calls):
            self._agenda.add(at, self._call, at, turn, calls, index + 1)
        else:
            self._agenda.add(at, self._succeed, at, turn)

    def _succeed(self, now: float, turn: int) -> None:
        if turn != self._turn or self._running is None:
            return
        order = self._running
        self._take_next(now)
        self._on_delivered(now, order)

    def _fail(self, now: float, turn: int) -> None:
        if turn != self._turn or self._running is None:
            return
        order = self._running
        self._is_calling = False
        self._failures += 1
        if self._waiting is not None or self._is_given_up:
            self._take_next(now)
        else:
            at = now + self._retry_delay_s(order)
            self._agenda.add(at, self._try, at, turn)
        self._on_failed(now, order)

    def _retry_delay_s(self, order: Order) -> float:
        if self._failures <= len(FIRST_RETRIES_S):
            return FIRST_RETRIES_S[self._failures - 1]
        return self._response_time_s if order.command.is_reduction else RETRY_INCREASE_S
