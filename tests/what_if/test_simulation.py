"""The simulated site: what would have been in a house that is known, to the ampere."""

import pytest

from custom_components.ev_lb.balancing.settings import CircuitSettings, Settings
from custom_components.ev_lb.what_if.simulation import House, Simulation
from custom_components.ev_lb.what_if.site import Site
from tests.balancing.builders import a_charger, settings

HOUR_S = 3600
VOLTAGE_V = 230.0
EPOCH = 1_800_000_000.0
"""Histories are in seconds since 1970."""


def simulated(
    of: Settings, *houses: tuple[float, ...] | None, each_s: float = HOUR_S
) -> Simulation:
    """Return what has come of a house that draws each of these for an hour."""
    site = Site(of, phases={charger.charger_id: charger.phases for charger in of.chargers})
    simulation = Simulation(site, period_s=10)
    for place, current_a in enumerate(houses):
        simulation.hear(House(at=EPOCH + place * HOUR_S, current_a=current_a))
    simulation.run_until(EPOCH + len(houses) * HOUR_S)
    return simulation


def told(simulation: Simulation) -> tuple[dict[str, float], dict[str, float]]:
    """Return what is told of both: with the balancer and without it."""
    return (
        simulation.balanced.told(simulation.seconds, VOLTAGE_V),
        simulation.unbalanced.told(simulation.seconds, VOLTAGE_V),
    )


def one_charger(rated_a: float = 25, max_a: int = 16) -> Settings:
    """Return a site of one phase with one charger."""
    return settings(a_charger(max_a=max_a), rated_a=rated_a)


def test_quiet_house_lets_the_car_have_all() -> None:
    """Where there is room for everything the balancer costs next to nothing."""
    balanced, unbalanced = told(simulated(one_charger(), *[(5.0,)] * 24))
    assert unbalanced == {
        "energy_kwh": 88.3,
        "over_breaker_as": 0,
        "over_breaker_s": 0,
        "commands_per_day": 0.0,
        "starts_per_day": 0.0,
        "hours_limited": 0.0,
    }
    assert balanced == unbalanced | {"energy_kwh": 88.3, "commands_per_day": 1, "starts_per_day": 1}


def test_overload_is_answered_within_the_response_time() -> None:
    """An oven of 14 A: 5 A too much until the charger has followed, and for an hour without it."""
    balanced, unbalanced = told(simulated(one_charger(), (5.0,), (14.0,)))
    assert (unbalanced["over_breaker_as"], unbalanced["over_breaker_s"]) == (5 * HOUR_S, HOUR_S)
    assert (balanced["over_breaker_as"], balanced["over_breaker_s"]) == (5 * 10, 10)
    assert balanced["hours_limited"] == 1.0
    assert balanced["energy_kwh"] == pytest.approx((16 + 11) * VOLTAGE_V / 1000, abs=0.1)


def test_stop_and_start_are_counted() -> None:
    """A house that leaves less than the minimum stops the car; it starts again afterwards."""
    balanced, _ = told(simulated(one_charger(), (5.0,), (22.0,), (5.0,)))
    assert balanced["starts_per_day"] == 2 * 24 / 3
    assert balanced["hours_limited"] == pytest.approx(1.0, abs=0.1)


def test_house_that_is_over_by_itself_is_not_the_cars_doing() -> None:
    """What is counted above the breaker is what the cars add."""
    balanced, unbalanced = told(simulated(one_charger(), (30.0,)))
    assert (balanced["over_breaker_as"], balanced["energy_kwh"]) == (0, 0.0)
    assert unbalanced["over_breaker_as"] == 16 * HOUR_S


def test_lost_meter_stops_the_cars_as_it_would_have() -> None:
    """What the meter was lost for is told, and the unavailable behavior is followed."""
    simulation = simulated(one_charger(), (5.0,), None, (5.0,))
    balanced, _ = told(simulation)
    assert simulation.lost_s == HOUR_S
    assert balanced["energy_kwh"] == pytest.approx(2 * 16 * VOLTAGE_V / 1000, abs=0.2)


def test_nothing_is_known_before_the_first_reading() -> None:
    """The time begins with the first that the meter has said."""
    simulation = simulated(one_charger(), None, None, (5.0,))
    assert (simulation.began_at, simulation.seconds) == (EPOCH + 2 * HOUR_S, HOUR_S)
    assert simulation.lost_s == 0


def test_phase_that_is_over_counts_and_binds_alone() -> None:
    """A three-phase car is cut by the fullest phase; what is over is that phase's."""
    of = settings(a_charger(max_a=16, phases=(0, 1, 2)), rated_a=25, phase_count=3)
    balanced, unbalanced = told(simulated(of, (5.0, 5.0, 5.0), (5.0, 5.0, 14.0)))
    assert unbalanced["over_breaker_as"] == 5 * HOUR_S
    assert balanced["over_breaker_as"] == 5 * 10
    assert balanced["energy_kwh"] == pytest.approx(3 * 27 * VOLTAGE_V / 1000, abs=0.2)


def test_car_on_one_phase_of_its_charger_loads_that_one() -> None:
    """A car that was seen to use L2 alone is not held up by L3, once that has shown."""
    of = settings(a_charger(max_a=16, phases=(0, 1, 2)), rated_a=25, phase_count=3)
    site = Site(of, phases={"a": (1,)})
    assert site.with_cars_a(site.house_a((1.0, 2.0, 3.0)), {"a": 16.0}) == [1.0, 18.0, 3.0]


def test_total_is_divided_and_sums_are_built() -> None:
    """A meter of the total fills the phases evenly; a limit on the sum has what the phases have."""
    total = settings(a_charger(phases=(0, 1, 2)), phase_count=3, is_metered_in_total=True)
    site = Site(total, phases={"a": (0, 1, 2)})
    flowing_a = site.with_cars_a(site.house_a((30.0,)), {"a": 6.0})
    assert (flowing_a, site.said_a(flowing_a)) == ([16.0, 16.0, 16.0, 48.0], (48.0,))

    summed = settings(a_charger(phases=(0,)), phase_count=2, total_a=40.0)
    site = Site(summed, phases={"a": (0,)})
    flowing_a = site.with_cars_a(site.house_a((10.0, 5.0)), {"a": 6.0})
    assert (flowing_a, site.said_a(flowing_a)) == ([16.0, 5.0, 21.0], (16.0, 5.0))


def test_circuits_have_their_cars_and_what_their_meter_says() -> None:
    """Behind a breaker without a meter are cars alone."""
    garage = CircuitSettings(circuit_id="garage", rated_current_a=16)
    drive = CircuitSettings(circuit_id="drive", rated_current_a=20, is_metered=True)
    of = settings(
        a_charger("a", circuit_id="garage"),
        a_charger("b", circuit_id="drive"),
        circuits=(garage, drive),
    )
    site = Site(of, phases={"a": (0,), "b": (0,)})
    flowing_a = site.with_cars_a(site.house_a((10.0, 3.0)), {"a": 6.0, "b": 8.0})
    assert [limit.name for limit in of.limits] == ["L1", "drive:L1", "garage:L1"]
    assert (flowing_a, site.said_a(flowing_a)) == ([24.0, 11.0, 6.0], (24.0, 11.0))
