"""What hypothesis may think of around the core: a site with its cars, on an evening."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import strategies as st

from .builders import a_charger, settings
from .plant import Charger, Load, Meter, Number, Plant, Sensor, steps

NO_SENSOR: st.SearchStrategy[Sensor | None] = st.none()
NO_NUMBER: st.SearchStrategy[Number | None] = st.none()

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
def evenings(
    draw: st.DrawFn,
    *,
    most_chargers: int = 3,
    contactors_s: Sequence[int] = (0,),
    cars_a: Sequence[float] = (80.0,),
    sensors: st.SearchStrategy[Sensor | None] = NO_SENSOR,
    numbers: st.SearchStrategy[Number | None] = NO_NUMBER,
) -> tuple[Plant, int]:
    """Return a site of up to three chargers, and when its house changes last.

    The chargers follow within their response time, the meter is heard within its delay.
    """
    response_s, meter_delay_s = draw(st.sampled_from((3, 5, 10, 15))), draw(st.integers(0, 2))
    known, cars = [], []
    for charger_id in "abc"[: draw(st.integers(1, most_chargers))]:
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
                sensor=draw(sensors),
                number=draw(numbers),
            )
        )
    load, last_change = draw(loads())
    plant = Plant(
        settings=settings(
            *known,
            rated_a=draw(st.sampled_from((32, 20, 25, 40))),
            ramp_up_time_s=draw(st.sampled_from((30.0, 5.0, 60.0))),
            meter_delay_s=draw(st.sampled_from((None, float(meter_delay_s)))),
        ),
        house=load,
        chargers=cars,
        meter=Meter(
            period_s=draw(st.sampled_from((1, 2, 5, 10, 30))),
            latency_s=draw(st.integers(0, meter_delay_s)),
        ),
    )
    return plant, last_change


@st.composite
def three_phase_evenings(draw: st.DrawFn, *, sensor: Sensor | None = None) -> tuple[Plant, int]:
    """Return a three-phase site with cars on some of its phases, and its house's last change.

    Its meter says each phase in its own time, or all of them together. `sensor`: each charger's.
    """
    response_s = draw(st.sampled_from((3, 5, 10)))
    known, cars = [], []
    wires = st.sampled_from(((0, 1, 2), (0, 1, 2), (2, 0, 1), (0,), (1,), (1, 2)))
    for charger_id in "abc"[: draw(st.integers(1, 3))]:
        phases = draw(wires)
        places = st.sets(st.integers(0, len(phases) - 1), min_size=1)
        known.append(
            a_charger(
                charger_id,
                max_a=draw(st.sampled_from((32, 16))),
                phases=phases,
                response_time_s=float(response_s),
            )
        )
        cars.append(
            Charger(
                delay_s=draw(st.integers(0, response_s)),
                uses=draw(st.one_of(st.none(), places.map(lambda some: tuple(sorted(some))))),
                sensor=None if sensor is None else replace(sensor),
            )
        )
    houses = [draw(loads()) for _ in range(3)]
    period_s = draw(st.sampled_from((1, 2, 5, 10)))
    offsets = st.tuples(*[st.integers(0, period_s - 1)] * 3)
    plant = Plant(
        settings=settings(
            *known, phase_count=3, rated_a=draw(st.sampled_from((25, 32, 40))), ramp_up_time_s=30.0
        ),
        house=[load for load, _ in houses],
        chargers=cars,
        meter=Meter(
            period_s=period_s,
            offsets_s=draw(st.one_of(st.just(()), offsets)),
        ),
    )
    return plant, max(last for _, last in houses)


def one_car(
    house: Load, charger: Charger | None = None, meter: Meter | None = None, **site: object
) -> Plant:
    """Return a site with one car."""
    return Plant(
        settings=settings(**site),
        house=house,
        chargers=[charger or Charger()],
        meter=meter or Meter(),
    )
