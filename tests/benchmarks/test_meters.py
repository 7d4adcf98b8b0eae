"""Meters behave as their models say."""

import pytest

from benchmarks.meters import MeterModel
from benchmarks.spans import Span

from .builders import heard


def test_reports_each_period_from_its_phase_on() -> None:
    """Every 2 s, beginning with second 1: 230 W are 1 A."""
    watts = [0, 230, 460, 690, 920, 1150]
    assert heard(MeterModel(period_s=2, phase_s=1), *watts) == [(1, 1), (3, 3), (5, 5)]


def test_latency_makes_old_news() -> None:
    """What was measured in second 1 is heard in second 3."""
    model = MeterModel(latency_s=2)
    assert heard(model, 0, 230, 460, 690) == [(2, 0), (3, 1)]


def test_source_repeats_old_samples() -> None:
    """It reports each second what it measures each 3 s."""
    model = MeterModel(source_s=3)
    assert [amperes for _, amperes in heard(model, 0, 230, 460, 690, 920)] == [0, 0, 0, 3, 3]


def test_on_change_tells_only_of_changes() -> None:
    """Below the threshold nothing is said, however long; creeping adds up."""
    watts = [1000, 1000, 1090, 1099, 1100, 1100, 900]
    heard_at = [at for at, _ in heard(MeterModel(on_change_w=100), *watts)]
    assert heard_at == [0, 4, 6]


def test_rounding() -> None:
    """A meter in tenths of a kilowatt."""
    assert heard(MeterModel(step_w=100), 2349, 2351) == [
        (0, pytest.approx(10, abs=0.001)),
        (1, pytest.approx(2400 / 230, abs=0.001)),
    ]


def test_whole_amperes() -> None:
    """A meter that is heard in amperes: 10.4 are 10, 10.6 are 11, whatever the volts."""
    said = heard(MeterModel(step_a=1), 2392, 2438, volts=230)
    assert [amperes for _, amperes in said] == [10, 11]


def test_mean_lags_behind() -> None:
    """The mean of four seconds, told each second one: it climbs by a quarter of the step."""
    said = heard(MeterModel(mean_s=4, period_s=2), *[0] * 4, *[920] * 6)
    assert said == [(0, 0), (2, 0), (4, 1), (6, 3), (8, 4)]


def test_mean_is_told_though_nothing_moves() -> None:
    """A meter that reports changes has something to say until its mean has caught up."""
    model = MeterModel(mean_s=3, on_change_w=100)
    assert [at for at, _ in heard(model, 0, *[690] * 8)] == [0, 1, 2, 3]


@pytest.mark.parametrize(("factor", "odd_a"), [(0.0, 0), (100.0, 1000), (-1.0, -10)])
def test_odd_reports_come_by_chance_and_always_the_same(factor: float, odd_a: float) -> None:
    """A share of them is nothing, a peak or turned over; the others are true."""
    model = MeterModel(odd_share=0.25, odd_factor=factor, odd=(Span(begins=200),))
    said = [amperes for _, amperes in heard(model, *[2300] * 600)]
    assert said == [amperes for _, amperes in heard(model, *[2300] * 600)]
    assert set(said[:200]) == {10}
    assert set(said[200:]) == {10, odd_a}
    assert 70 < said.count(odd_a) < 130


def test_repeating_meter_speaks_on() -> None:
    """Its last value, each second, until it wakes up; also when it was gone meanwhile."""
    model = MeterModel(gone=(Span(begins=2, ends=3),), repeating=(Span(begins=2, ends=5),))
    said = heard(model, *[230 * second for second in range(7)])
    assert said == [(0, 0), (1, 1), (2, None), (3, 1), (4, 1), (5, 5), (6, 6)]


def test_noise_flickers_around_the_truth() -> None:
    """Different each second, always the same for a seed, and true on the average."""
    said = [amperes for _, amperes in heard(MeterModel(noise_w=23), *[2300] * 400)]
    assert said == [amperes for _, amperes in heard(MeterModel(noise_w=23), *[2300] * 400)]
    assert len(set(said)) > 100
    assert sum(said) / 400 == pytest.approx(10, abs=0.02)


def test_meter_that_is_gone_says_so_once_and_comes_back() -> None:
    """The entity is unavailable; what was on the way is lost."""
    model = MeterModel(latency_s=1, gone=(Span(begins=2, ends=4),))
    assert heard(model, *[230] * 7) == [(1, 1), (2, None), (5, 1), (6, 1)]


def test_meter_that_reports_changes_comes_back_though_nothing_changed() -> None:
    """An entity that is available again has a value again."""
    model = MeterModel(on_change_w=100, gone=(Span(begins=2, ends=4),))
    assert heard(model, *[230] * 7) == [(0, 1), (2, None), (4, 1)]


def test_frozen_meter_says_nothing() -> None:
    """Its last value stands."""
    model = MeterModel(frozen=(Span(begins=1, ends=4),))
    assert [at for at, _ in heard(model, *[230] * 6)] == [0, 4, 5]


def test_nominal_volts_waste_or_hide() -> None:
    """At 240 V a meter in watts shows 4 % more than flows where 230 V are assumed."""
    assert heard(MeterModel(is_nominal=True), 2400, volts=240) == [(0, 10.435)]
    assert heard(MeterModel(), 2400, volts=240) == [(0, 10)]
