"""What is counted of an observed site: overloads that would have ended, and for how long."""

from custom_components.ev_lb.balancing.settings import CircuitSettings
from custom_components.ev_lb.observe.tally import Flow, Observed, Tally, promise_s
from tests.balancing.builders import a_charger, settings

SITE = settings(a_charger(response_time_s=10.0), rated_a=25)
PROMISE_S = 1 + 3 * 10
CALM = Flow(real_a=(20.0,), shadow_a=(20.0,), cars_a=(16.0,))
OVER = Flow(real_a=(30.0,), shadow_a=(30.0,), cars_a=(16.0,))
ANSWERED = Flow(real_a=(30.0,), shadow_a=(25.0,), cars_a=(16.0,))


def counted(*flows: tuple[int, Flow | None], until: int = 100) -> Observed:
    """Return what is counted of what flows from some moments on, looked at each second."""
    observed = Observed()
    tally = Tally(observed=observed)
    for second in range(until + 1):
        tally.on_time(SITE, 1.0, float(second))
        for at, flow in flows:
            if at == second:
                tally.on_flow(SITE, flow, float(second))
    return observed


def test_overload_that_would_have_ended_is_avoided_once() -> None:
    """It outlasts the promise, and would have been over within it; it counts when that is sure."""
    evening = (0, CALM), (10, OVER), (20, ANSWERED)
    assert counted(*evening, until=10 + PROMISE_S - 1).overloads_avoided == 0
    assert counted(*evening, until=10 + PROMISE_S).overloads_avoided == 1
    assert counted(*evening, until=300) == Observed(overloads_avoided=1, seconds_over=280.0)


def test_short_overload_is_no_overload() -> None:
    """What ends by itself within the promise was not avoided; its seconds count."""
    assert counted((10, OVER), (20, ANSWERED), (35, CALM)) == Observed(seconds_over=15.0)


def test_overload_that_would_have_stood_is_not_avoided() -> None:
    """A house that is over by itself cannot be helped."""
    assert counted((10, OVER)) == Observed()


def test_overload_that_would_have_ended_too_late_is_not_avoided() -> None:
    """The promise is broken; the seconds afterwards are told all the same."""
    assert counted((10, OVER), (50, ANSWERED)) == Observed(seconds_over=50.0)


def test_overload_without_cars_is_the_houses() -> None:
    """A charger's electronics take no part in it."""
    house = Flow(real_a=(30.0,), shadow_a=(30.0,), cars_a=(0.3,))
    assert counted((10, house)) == Observed()


def test_each_overload_counts() -> None:
    """One that comes back is another."""
    flows = (10, ANSWERED), (60, CALM), (70, ANSWERED)
    assert counted(*flows, until=150) == Observed(overloads_avoided=2, seconds_over=50.0 + 80.0)


def test_deadband_is_no_overload() -> None:
    """A meter's own error, 0.25 A at most, is over for nobody."""
    near = Flow(real_a=(25.25,), shadow_a=(20.0,), cars_a=(16.0,))
    assert counted((10, near)) == Observed()


def test_lost_meter_ends_all() -> None:
    """Nobody knows what flows: nothing is counted until it is back."""
    assert counted((10, ANSWERED), (20, None)) == Observed(seconds_over=10.0)


def test_another_limit_that_would_be_over_gives_no_credit() -> None:
    """Seconds count only where the site would have been within all its limits."""
    circuit = CircuitSettings(circuit_id="garage", rated_current_a=16, is_metered=True)
    of = settings(a_charger(circuit_id="garage"), rated_a=25, circuits=(circuit,))
    tally = Tally(observed=Observed())
    tally.on_flow(of, Flow(real_a=(30.0, 20.0), shadow_a=(30.0, 10.0), cars_a=(16.0, 16.0)), 0.0)
    tally.on_time(of, 1.0, 0.0)
    tally.on_time(of, 1.0, 50.0)
    assert tally.observed == Observed(overloads_avoided=1)


def test_promise_is_a_period_and_three_response_times() -> None:
    """Of the slowest charger; a meter that reports only changes says them at once."""
    of = settings(a_charger("a", response_time_s=5.0), a_charger("b", response_time_s=20.0))
    assert (promise_s(of, 10.0), promise_s(of, None)) == (70.0, 61.0)
