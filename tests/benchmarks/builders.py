"""A charger, a house and a log with defaults: a test shows only what matters."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.agenda import Agenda
from benchmarks.chargers import Charger, ChargerModel
from benchmarks.figures import Figures, figures_of
from benchmarks.houses import NOMINAL_V, House
from benchmarks.meters import Meter, MeterModel
from benchmarks.scenario import Scenario
from benchmarks.simulation import Log, Sent, Simulation


def a_house(*current_a: float | tuple[float, ...], seconds_each: int = 1) -> House:
    """Return a house that draws these currents, each for so many seconds."""
    rows = [value if isinstance(value, tuple) else (value,) for value in current_a]
    watts = np.repeat(np.array(rows) * NOMINAL_V, seconds_each, axis=0)
    return House(watts=watts, volts=np.full(len(watts), NOMINAL_V))


def steps(*lengths_and_currents: tuple[int, float]) -> House:
    """Return a house that draws each current for its time."""
    current_a = np.concatenate([np.full(length, value) for length, value in lengths_and_currents])
    return House(watts=current_a[:, None] * NOMINAL_V, volts=np.full(len(current_a), NOMINAL_V))


def a_log(house_a: Sequence[float], *drawn_a: Sequence[float], sent: Sequence[Sent] = ()) -> Log:
    """Return what happened on one phase: the house, and what each car drew."""
    drawn = np.array(drawn_a, dtype=float).T
    return Log(
        house_a=np.array(house_a, dtype=float)[:, None],
        volts=np.full(len(house_a), NOMINAL_V),
        drawn_a=drawn,
        offered_a=drawn,
        sent=list(sent),
    )


def judged(log: Log, *, breaker_a: float = 20.0, **model: Any) -> Figures:
    """Return the figures of a log, of chargers that need no time."""
    at_once: dict[str, Any] = {"contactor_s": 0.0, "delay_s": 0.0} | model
    chargers = [ChargerModel(**at_once) for _ in log.drawn_a.T]
    return figures_of(log, chargers, breaker_a, window_s=5.0, promised_s=30.0)


@dataclass
class Bench:
    """A charger by itself, and what it drew."""

    model: ChargerModel
    moves: list[tuple[float, float]] = field(default_factory=list)
    said: list[tuple[float, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Build it."""
        self.agenda = Agenda()
        self.charger = Charger(
            self.model,
            self.agenda,
            lambda begin, end: (end - begin) * NOMINAL_V / 3.6e6,
            seed=1,
            on_moved=lambda now, charger: self.moves.append((now, charger.drawn_a)),
            on_sensed=lambda now, charger: self.said.append((now, charger.said)),
        )

    def start(self, current_a: int, at: float = 0.0) -> None:
        """Switch it on and set a current."""
        self.agenda.run_until(at)
        self.charger.call(None, at, is_on=True)
        self.charger.call(current_a, at, is_on=None)

    def drawn_a(self, at: float) -> float:
        """Return what the car draws at a moment to come."""
        self.agenda.run_until(at)
        return self.charger.drawn_a


def heard(model: MeterModel, *watts: float, volts: float = NOMINAL_V) -> list[tuple[float, Any]]:
    """Return when and what amperes a meter is heard to say of watts by second."""
    agenda, said = Agenda(), list[tuple[float, Any]]()
    moves = [at for at in range(1, len(watts)) if watts[at] != watts[at - 1]]
    meter = Meter(
        model,
        agenda,
        lambda second: (watts[second],),
        [volts] * len(watts),
        moves,
        seed=1,
        on_heard=lambda at, amperes, _said_at: said.append((at, amperes and round(amperes[0], 3))),
    )
    while min(agenda.next_at, meter.next_at) < len(watts):
        now = min(agenda.next_at, meter.next_at)
        agenda.run_until(now)
        if meter.next_at <= now:
            meter.measure(now)
    return said


def simulated(house: House, *models: ChargerModel, breaker_a: float = 25.0, **others: Any) -> Log:
    """Return what happened in a house with these chargers, balanced unless said otherwise."""
    set_by_user = {key: others.pop(key) for key in ("is_enabled",) if key in others}
    site = Scenario(name="", house=lambda: house, breaker_a=breaker_a, chargers=models)
    return Simulation(
        site.settings(set_by_user),
        house,
        models,
        others.pop("meter", MeterModel()),
        **others,
    ).run()
