"""The core around a house: what is promised of the breaker, and the known accidents."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from custom_components.ev_lb.balancing.model import (
    LimitedBy,
    NewsType,
    SetCurrent,
    StartCharging,
    StopCharging,
)
from custom_components.ev_lb.balancing.settings import UnavailableBehavior

from .builders import a_charger, settings
from .plant import (
    Charger,
    Load,
    Meter,
    Plant,
    Span,
    changes,
    promised_s,
    starts,
    steady,
    steps,
    stops,
)

SETTLED_S = 1500
"""By then the longest wait before a start, a quarter of an hour, and all that follows is over."""


@st.composite
def loads(draw: st.DrawFn) -> tuple[Load, int]:
    """Return a house that changes a few times, and when it does so last."""
    second, at = 0, []
    for _ in range(draw(st.integers(1, 6))):
        at.append((second, draw(st.one_of(st.just(0.0), st.floats(0, 20), st.floats(0, 45)))))
        second += draw(st.sampled_from((1, 2, 5, 15, 40, 100)))
    return steps(*at), at[-1][0]


@st.composite
def sites(
    draw: st.DrawFn, *, contactors_s: Sequence[int] = (0,), cars_a: Sequence[float] = (80.0,)
) -> tuple[Plant, int]:
    """Return a site of up to three chargers, and when its house changes last.

    The chargers follow within their response time, the meter is heard within its delay.
    """
    response_s, meter_delay_s = draw(st.sampled_from((3, 5, 10, 15))), draw(st.integers(0, 2))
    known, cars = [], []
    for charger_id in "abc"[: draw(st.integers(1, 3))]:
        min_a = draw(st.sampled_from((6, 6, 8, 10)))
        known.append(
            a_charger(
                charger_id,
                min_a=min_a,
                max_a=draw(st.sampled_from((32, 20, 16, min_a))),
                priority=draw(st.sampled_from((50, 50, 10, 80))),
                response_time_s=float(response_s),
            )
        )
        call_s = draw(st.integers(0, 2))
        cars.append(
            Charger(
                call_s=call_s,
                delay_s=draw(st.integers(0, response_s)),
                contactor_s=draw(st.sampled_from(contactors_s)),
                car_a=draw(st.sampled_from(cars_a)),
            )
        )
    load, last_change = draw(loads())
    plant = Plant(
        settings=settings(
            *known,
            rated_a=draw(st.sampled_from((32, 20, 25, 40))),
            ramp_up_time_s=draw(st.sampled_from((30.0, 5.0, 60.0))),
            meter_delay_s=float(meter_delay_s),
        ),
        house=load,
        chargers=cars,
        meter=Meter(
            period_s=draw(st.sampled_from((1, 2, 5, 10, 30))),
            latency_s=draw(st.integers(0, meter_delay_s)),
        ),
    )
    return plant, last_change


@given(site=sites())
@examples(max_examples=150, deadline=None)
def test_cars_hold_the_breaker_over_no_longer_than_promised(site: tuple[Plant, int]) -> None:
    """At most one meter period and three response times after the house's last change."""
    plant, last_change = site
    plant.run(last_change + 300)
    longest_s = promised_s(plant.settings, plant.meter)
    for second in plant.seconds_over():
        assert second - plant.last_change_before(second) <= longest_s


@given(site=sites(contactors_s=(5, 20, 40)))
@examples(max_examples=100, deadline=None)
def test_slow_contactors_hold_the_breaker_over_no_longer_than_promised(
    site: tuple[Plant, int],
) -> None:
    """A car that begins to charge late is answered within the same time from its start on."""
    plant, last_change = site
    plant.run(last_change + 300)
    longest_s = promised_s(plant.settings, plant.meter)
    for second in plant.seconds_over():
        cause = max(plant.last_change_before(second), plant.last_rise_before(second))
        assert second - cause <= longest_s


@given(site=sites(cars_a=(80.0, 16.0, 10.0, 7.0)))
@examples(max_examples=100, deadline=None)
def test_cars_below_their_offers_hold_the_breaker_over_for_a_few_steps(
    site: tuple[Plant, int],
) -> None:
    """A car that takes less than it is offered is brought down in three steps at most.

    Each step is judged by the first reading after the response time and the meter delay, and
    the cars of a site may hide one another's.
    """
    plant, last_change = site
    plant.run(last_change + 600)
    window_s = max(plant.settings.window_s(charger) for charger in plant.settings.chargers)
    step_s = window_s + plant.meter.period_s
    for second in plant.seconds_over():
        cause = max(plant.last_change_before(second), plant.last_rise_before(second))
        assert second - cause <= plant.meter.period_s + 3 * step_s * len(plant.chargers)


@given(site=sites())
@examples(max_examples=40, deadline=None)
def test_steady_house_settles_and_then_nothing_is_sent(site: tuple[Plant, int]) -> None:
    """While the house stays as it is, no charger is disturbed for ever."""
    plant, last_change = site
    plant.run(last_change + SETTLED_S + 400)
    assert plant.commands(since=last_change + SETTLED_S) == []
    assert plant.seconds_over(since=last_change + SETTLED_S) == []


@given(site=sites())
@examples(max_examples=60, deadline=None)
def test_house_alone_is_never_charged_to_the_cars(site: tuple[Plant, int]) -> None:
    """All stand still as long as the house alone is over, once they have had time to."""
    plant, last_change = site
    plant.run(last_change + 120)
    rated_a = plant.settings.site.rated_current_a
    is_over = plant.log[-1].house_a[0] > rated_a
    assert not is_over or plant.drawn_a() == (0.0,) * len(plant.chargers)
