"""The loop is closed: what the core sends reaches the cars, and what they draw the meter."""

import numpy as np
import pytest

from benchmarks.appliances import STYLES, generated_house
from benchmarks.chargers import Car, ChargerModel
from benchmarks.figures import figures_of
from benchmarks.houses import FRENCH_DAYS, UK_DAYS, House, between, french_house, uk_house
from benchmarks.meters import MeterModel
from benchmarks.shell import Heard
from benchmarks.simulation import Restart, moves_of
from benchmarks.spans import Span
from custom_components.ev_lb.balancing.model import CarStatus

from .builders import simulated, steps

RISING = steps((120, 2), (180, 14))
"""A house that takes 12 A more after two minutes."""


def test_car_follows_the_house() -> None:
    """25 A: the car has what the house leaves, and gives way within the charger's delay."""
    log = simulated(RISING, ChargerModel())
    drawn_a = log.drawn_a[:, 0]
    assert (drawn_a[12], drawn_a[14], drawn_a[119]) == (0, 23, 23)
    assert drawn_a[121] == 23
    assert (drawn_a[123], drawn_a[299]) == (11, 11)
    cuts = [(sent.at, sent.current_a) for sent in log.sent if sent.is_reduction and sent.at > 0]
    assert (120, 11) in cuts


def test_uncontrolled_car_trips_the_breaker() -> None:
    """The figures can fail: 32 A beside 14 A behind 25 A, and nobody does anything."""
    house, models = steps((120, 2), (480, 14)), [ChargerModel(is_on=True, begins_a=32)]
    log = simulated(house, *models, is_enabled=False)
    figures = figures_of(log, models, 25.0, window_s=12.0, promised_s=31.0)
    assert log.sent == []
    assert figures.over_as == 110 * 9 + 480 * 21
    assert (figures.over_longest_s, figures.late_s) == (590, 480)
    assert figures.unanswered == 1
    assert figures.thermal > 1
    assert figures.energy_pct < 110


def test_same_seed_same_figures() -> None:
    """Noise, lost calls and all: a run can be repeated."""

    def log(seed: int) -> list[float]:
        model = ChargerModel(deaf_share=0.2, failing_share=0.2)
        meter = MeterModel(noise_w=50.0)
        return simulated(RISING, model, meter=meter, seed=seed).drawn_a[:, 0].tolist()

    assert log(1) == log(1)
    assert log(1) != log(2)


@pytest.mark.parametrize("is_killed", [True, False], ids=["killed", "stopped"])
def test_restart_goes_on_where_it_was(is_killed: bool) -> None:
    """Nobody balances for a while; then the car is where it was, and the house is answered."""
    log = simulated(RISING, ChargerModel(), restarts=(Restart(at=110.0, is_killed=is_killed),))
    assert [log.drawn_a[second, 0] for second in (105, 131, 160)] == [23, 23, 11]


def test_forgetful_restart_finds_its_way() -> None:
    """Without memory the first command is cautious, and the car charges on."""
    log = simulated(RISING, ChargerModel(), restarts=(Restart(at=60.0, is_forgotten=True),))
    assert log.drawn_a[-1, 0] == 11
    assert max(log.house_a[:, 0] + log.drawn_a[:, 0]) == 14 + 23


def test_failed_calls_are_tried_again() -> None:
    """A cut that fails for ten seconds gets through in the end."""
    log = simulated(RISING, ChargerModel(failing=(Span(begins=115, ends=126),)))
    assert [log.drawn_a[second, 0] for second in (119, 127, 160)] == [23, 23, 11]
    assert len(log.set_at) > len(log.sent)


def test_core_hears_of_each_failed_call() -> None:
    """A cut that fails for ten seconds is tried three times in vain, then delivered."""
    tape = list[Heard]()
    simulated(RISING, ChargerModel(failing=(Span(begins=115, ends=126),)), tape=tape)
    failed = [failed for heard in tape for failed in heard.inputs.failed]
    assert [round(one.at, 1) for one in failed] == [120.2, 121.4, 123.6]
    assert {(one.charger_id, one.sent_at) for one in failed} == {("charger_0", 120)}


def test_core_hears_the_charger_s_own_sensors() -> None:
    """Only where they are asked for: status and current, when they change."""
    tape = list[Heard]()
    simulated(RISING, ChargerModel(), has_sensors=True, tape=tape)
    told = [
        (heard.at, car.current_a, car.status)
        for heard in tape
        for car in heard.inputs.cars.values()
    ]
    assert told[0] == (0, 0, CarStatus.IDLE)
    assert told[1] == (pytest.approx(13.2), 23, CarStatus.CHARGING)
    assert told[-1][1:] == (11, CarStatus.CHARGING)
    tape.clear()
    simulated(RISING, ChargerModel(), tape=tape)
    assert not any(heard.inputs.cars for heard in tape)


def test_skipping_what_nobody_hears_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A meter that reports changes is not asked while nothing can have changed."""
    house = between(generated_house("family", 5), 18, 20)
    meter = MeterModel(on_change_w=100.0, gone=(Span(begins=3000, ends=3100),))
    model = ChargerModel(car=Car(need_kwh=6.0, taper_kwh=3.0), ramp_a_per_s=3.0)
    skipping = simulated(house, model, meter=meter)
    monkeypatch.setattr("benchmarks.simulation.moves_of", lambda house: range(house.seconds))
    asking = simulated(house, model, meter=meter)
    assert (skipping.drawn_a == asking.drawn_a).all()
    assert (skipping.decisions, skipping.sent) == (asking.decisions, asking.sent)


def test_moves_of_a_house() -> None:
    """Seconds with something new, be it only the volts."""
    house = House(
        watts=np.array([[0.0], [0.0], [5.0], [5.0]]), volts=np.array([230.0, 231.0, 231.0, 231.0])
    )
    assert moves_of(house) == [1, 2]


@pytest.mark.parametrize("style", STYLES)
def test_generated_house_is_a_house(style: str) -> None:
    """Plausible energy, peaks and volts; the same for a seed, another for the next."""
    house = generated_house(style, 4)
    assert house.watts.shape == (86400, 1)
    assert 5 < np.maximum(house.watts, 0.0).sum() / 3.6e6 < 90
    assert 15 < house.current_a.max() < 90
    assert 210 < house.volts.min() < house.volts.max() < 255
    assert (np.abs(np.diff(house.watts[:, 0])) > 500).sum() > 60
    assert (house.watts == generated_house(style, 4).watts).all()
    assert not (house.watts == generated_house(style, 5).watts).all()
    assert generated_house(style, 4, phases=3).watts.shape == (86400, 3)


@pytest.mark.parametrize("day", FRENCH_DAYS)
def test_switched_minutes_keep_their_means(day: str) -> None:
    """What was recorded of a minute stays true; its seconds are sharper."""
    recorded, sharp = french_house(day), french_house(day, edges_seed=7)
    minutes = [house.watts.reshape(1440, 60) for house in (recorded, sharp)]
    assert np.allclose(minutes[0].mean(axis=1), minutes[1].mean(axis=1))
    assert minutes[1].max() > minutes[0].max()
    assert (sharp.watts >= 0).all()


def test_recorded_days_are_whole() -> None:
    """Each has a value for every second, on one phase or on three that add up to it."""
    assert {uk_house(day).watts.shape for day in UK_DAYS} == {(86400, 1)}
    split = french_house(FRENCH_DAYS[0], is_split=True)
    assert np.allclose(split.watts.sum(axis=1), french_house(FRENCH_DAYS[0]).watts[:, 0])
