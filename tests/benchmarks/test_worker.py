"""The little shell carries commands out as `control/worker.py` does."""

from dataclasses import dataclass, field
from typing import Any

from benchmarks.chargers import CallResult, ChargerModel
from benchmarks.spans import Span
from benchmarks.worker import Worker
from custom_components.ev_lb.balancing.model import (
    Command,
    SetCurrent,
    StartCharging,
    StopCharging,
)

from .builders import Bench


def start(current_a: int) -> Command:
    """Return a start."""
    return StartCharging(charger_id="a", current_a=current_a)


def raised_to(current_a: int) -> Command:
    """Return an increase."""
    return SetCurrent(charger_id="a", current_a=current_a)


def cut_to(current_a: int) -> Command:
    """Return a reduction."""
    return SetCurrent(charger_id="a", current_a=current_a, is_reduction=True)


STOP = StopCharging(charger_id="a")


@dataclass
class Sender:
    """A worker with its charger."""

    bench: Bench
    delivered: list[tuple[float, Command]] = field(default_factory=list)
    failed_at: list[float] = field(default_factory=list)
    calls: list[tuple[float, float | None, bool | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Build it, and listen at its charger."""
        call = self.bench.charger.call

        def listen(current_a: float | None, at: float, *, is_on: bool | None) -> CallResult:
            self.calls.append((round(at, 3), current_a, is_on))
            return call(current_a, at, is_on=is_on)

        self.bench.charger.call = listen
        self.worker = Worker(
            self.bench.charger,
            self.bench.agenda,
            response_time_s=10.0,
            on_delivered=lambda at, order: self.delivered.append((round(at, 3), order.command)),
            on_failed=lambda at, order: self.failed_at.append(round(at, 3)),
            on_set=lambda at: None,
        )

    def send(self, command: Command, at: float) -> None:
        """Send a command at a moment to come."""
        self.bench.agenda.run_until(at)
        self.worker.send(command, at)

    def calls_by(self, at: float) -> list[float]:
        """Return when the charger was called until a moment."""
        self.bench.agenda.run_until(at)
        return [begun for begun, *_ in self.calls]


def a_sender(**model: Any) -> Sender:
    """Return a worker whose charger needs a second for a call."""
    values: dict[str, Any] = {"call_s": 1.0} | model
    return Sender(Bench(ChargerModel(**values)))


def test_start_is_two_calls_one_after_the_other() -> None:
    """Switched on, then set; delivered when both have returned."""
    sender = a_sender()
    sender.send(start(16), 0)
    sender.bench.agenda.run_until(5)
    assert sender.calls == [(0, None, True), (1, 16, None)]
    assert sender.delivered == [(2, start(16))]


def test_newer_command_replaces_a_waiting_one() -> None:
    """One is in flight; of two that wait the last one counts."""
    sender = a_sender()
    sender.send(cut_to(16), 0)
    sender.send(cut_to(10), 0.2)
    sender.send(raised_to(12), 0.4)
    assert sender.calls_by(5) == [0, 1]
    assert [command for _, command in sender.delivered] == [cut_to(16), raised_to(12)]


def test_increase_gives_way_to_what_is_newer() -> None:
    """A cut does not wait for the end of a raise that is under way."""
    sender = a_sender(call_s=5.0)
    sender.send(raised_to(16), 10)
    sender.send(cut_to(8), 12)
    assert sender.calls_by(30) == [10, 12]
    assert [command for _, command in sender.delivered] == [cut_to(8)]


def test_failed_reduction_is_repeated_without_end() -> None:
    """After 1, 2 and 4 s, then after each response time."""
    sender = a_sender(call_s=0.0, failing=(Span(),))
    sender.send(STOP, 0)
    assert sender.calls_by(40) == [0, 1, 3, 7, 17, 27, 37]


def test_failed_increase_is_repeated_with_patience() -> None:
    """After 1, 2 and 4 s, then each 30 s."""
    sender = a_sender(call_s=0.0, failing=(Span(),))
    sender.send(raised_to(16), 10)
    assert sender.calls_by(80) == [10, 11, 13, 17, 47, 77]
    assert sender.failed_at == [10, 11, 13, 17, 47, 77]


def test_increase_that_is_dropped_is_not_tried_again() -> None:
    """Nothing follows its failure; what is sent later is tried at once."""
    sender = a_sender(call_s=0.0, failing=(Span(ends=5),))
    sender.send(raised_to(16), 0)
    sender.worker.drop_increases()
    assert sender.calls_by(40) == [0]
    sender.send(raised_to(10), 40)
    assert sender.calls_by(60) == [0, 40]
    assert sender.delivered == [(40, raised_to(10))]


def test_reduction_is_not_dropped() -> None:
    """It is tried until it gets through, whoever is switched off meanwhile."""
    sender = a_sender(call_s=0.0, failing=(Span(ends=0.5),))
    sender.send(cut_to(8), 0)
    sender.worker.drop_increases()
    assert sender.calls_by(40) == [0, 1]


def test_waiting_increase_is_dropped() -> None:
    """It waited for a cut that is under way, and is never begun."""
    sender = a_sender()
    sender.send(cut_to(8), 0)
    sender.send(raised_to(16), 0.2)
    sender.worker.drop_increases()
    assert sender.calls_by(40) == [0]


def test_newer_command_does_not_wait_for_a_retry() -> None:
    """A command that comes between two tries is tried at once."""
    sender = a_sender(call_s=0.0, failing=(Span(ends=3.5),))
    sender.send(cut_to(10), 0)
    sender.send(cut_to(8), 4)
    assert sender.calls_by(20) == [0, 1, 3, 4]
    assert sender.delivered == [(4, cut_to(8))]


def test_start_whose_current_fails_is_stopped_again() -> None:
    """A charger must not go on with whatever current it had; then the pair again."""
    sender = a_sender(failing=(Span(begins=0.5, ends=1.5),))
    sender.send(start(16), 0)
    sender.bench.agenda.run_until(20)
    assert sender.calls == [
        (0, None, True),
        (1, 16, None),
        (2, None, False),
        (4, None, True),
        (5, 16, None),
    ]


def test_killed_worker_calls_no_more() -> None:
    """What is under way arrives; nothing follows."""
    sender = a_sender(call_s=0.0, failing=(Span(),))
    sender.send(STOP, 0)
    sender.bench.agenda.run_until(2)
    sender.worker.close()
    assert sender.calls_by(60) == [0, 1]
