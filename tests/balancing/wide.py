"""What hypothesis may think of where nobody behaves: cars, chargers, sensors, meters, houses.

All of it was seen in public reports. A household is plain values: a counterexample can be pasted.
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace

from hypothesis import strategies as st

from custom_components.ev_lb.balancing.model import ReadBack
from custom_components.ev_lb.balancing.settings import (
    ChargerSettings,
    Settings,
    SiteSettings,
    UnavailableBehavior,
)

from .plant import (
    CAR_MINIMUM_A,
    FOREVER,
    NEVER,
    BadSample,
    Charger,
    Load,
    Meter,
    Number,
    Plant,
    Reset,
    Sensor,
    Span,
    Steps,
    steady,
    steps,
)

IDS = "abcd"
AT_FULL_A = 32.0
"""What a charger is set to by a power cut if not to 0: no charger can do more."""

RAMP_UP_S = 30
RESPONSE_S = 10
"""The usual charger's response time: default settings throughout."""


@dataclass(frozen=True, kw_only=True)
class Household:
    """A house of one phase with its chargers and its meter, before anything has happened."""

    house: Load
    chargers: tuple[Charger, ...]
    meter: Meter = field(default_factory=Meter)
    rated_a: int = 25

    @property
    def settings(self) -> Settings:
        """What its owner has set: defaults throughout."""
        return Settings(
            site=SiteSettings(
                rated_current_a=self.rated_a,
                service_current_a=self.rated_a,
                ramp_up_time_s=RAMP_UP_S,
                unavailable_behavior=UnavailableBehavior.STOP,
            ),
            chargers=tuple(
                ChargerSettings(
                    charger_id=charger_id,
                    rated_current_a=int(charger.full_a),
                    max_charger_current_a=int(charger.full_a),
                    min_ev_current_a=CAR_MINIMUM_A,
                )
                for charger_id, charger in zip(IDS, self.chargers, strict=False)
            ),
        )

    @property
    def settles_at(self) -> int:
        """When what it was given has happened: the last car has come, the last fault is over."""
        house_at = self.house.last_change if isinstance(self.house, Steps) else 0
        return max([house_at, *(over_at(charger) for charger in self.chargers)])

    def plant(self) -> Plant:
        """Return it as it begins, again and again."""
        return Plant(
            settings=self.settings,
            house=self.house,
            chargers=deepcopy(self.chargers),
            meter=deepcopy(self.meter),
        )


def over_at(charger: Charger) -> int:
    """Return when a charger's car has come, its faults are over, and those that stay are there."""
    ends = [charger.car_wants.begins, *(reset.at for reset in charger.resets)]
    ends += [
        span.ends
        for span in (charger.deaf, charger.offline, charger.failing)
        if span.ends < FOREVER
    ]
    if charger.sensor is not None and charger.sensor.stuck != NEVER:
        ends.append(charger.sensor.stuck.begins)
    return max(ends)


# Houses


def steady_houses(least_a: float = 0.0, most_a: float = 24.0) -> st.SearchStrategy[Steps]:
    """Return houses that never change, at tenths of an ampere."""
    return st.integers(round(10 * least_a), round(10 * most_a)).map(
        lambda tenths: steady(tenths / 10)
    )


@st.composite
def busy_houses(draw: st.DrawFn, seconds: int, most_a: float = 40.0) -> Steps:
    """Return houses in which something is switched now and then."""
    changes, at = list[tuple[int, float]](), 0
    while at < seconds and len(changes) < 30:
        changes.append((at, draw(st.integers(0, round(most_a)))))
        at += draw(st.sampled_from((7, 31, 45, 90, 150, 400, 1200)))
    return steps(*changes)


@st.composite
def pulsing_houses(draw: st.DrawFn, seconds: int) -> Steps:
    """Return houses around the least with which a car can charge: a hob, a heater on a timer."""
    low_a, rise_a = draw(st.integers(8, 22)), draw(st.integers(1, 20))
    on_s, off_s = draw(st.integers(5, 240)), draw(st.integers(5, 240))
    changes = [(0, low_a)]
    for at in range(60, seconds, on_s + off_s):
        changes += [(at, low_a + rise_a), (at + on_s, low_a)]
    return steps(*changes)


# Sensors


def spans(first: int, last: int, longest_s: int) -> st.SearchStrategy[Span]:
    """Return times that begin and end."""
    return st.builds(
        lambda begins, seconds: Span(begins=begins, ends=begins + seconds),
        st.integers(first, last),
        st.integers(1, longest_s),
    )


true_sensors: st.SearchStrategy[Sensor] = st.builds(
    Sensor,
    lag_s=st.sampled_from((0, 0, 2, 5)),
    has_current=st.booleans(),
    has_status=st.just(True),
    every_s=st.sampled_from((0, 0, 5, 10)),
)
"""Sensors that tell the truth soon."""

draw_sensors: st.SearchStrategy[Sensor] = st.builds(
    Sensor,
    lag_s=st.sampled_from((0, 0, 2, 5)),
    has_status=st.booleans(),
    every_s=st.sampled_from((0, 0, 5, 10)),
)
"""Sensors that tell soon what is drawn."""

late_sensors: st.SearchStrategy[Sensor] = st.builds(
    Sensor,
    lag_s=st.integers(0, 90),
    has_current=st.booleans(),
    has_status=st.booleans(),
    every_s=st.sampled_from((0, 1, 5, 30, 60)),
)

stuck_sensors: st.SearchStrategy[Sensor] = st.builds(
    Sensor,
    has_status=st.booleans(),
    every_s=st.sampled_from((0, 5)),
    stuck=st.builds(Span, begins=st.sampled_from((0, 1, 100, 600))),
    stuck_a=st.sampled_from((None, 0.0)),
)
"""Draw sensors that stay at 0 or at the old value; a status tells the truth."""

any_sensors = st.one_of(st.none(), true_sensors, late_sensors, stuck_sensors)
good_sensors = st.one_of(st.none(), true_sensors)


# Numbers

true_numbers: st.SearchStrategy[Number] = st.builds(
    Number,
    lag_s=st.sampled_from((0, 0, 2, 30, 60, 90)),
    every_s=st.sampled_from((0, 0, 5, 30, 60, 90)),
    has_pause=st.booleans(),
)
"""Numbers that tell the truth some time."""

optimistic_numbers: st.SearchStrategy[Number] = st.builds(
    Number, every_s=st.sampled_from((0, 5, 30, 60)), is_optimistic=st.just(True)
)
"""Numbers that repeat what is written, for ever or until they are polled."""


def lying_numbers(by_hand: st.SearchStrategy[bool]) -> st.SearchStrategy[Number]:
    """Return numbers that say anything, whatever is so."""
    words = st.builds(
        ReadBack,
        at=st.just(0),
        current_a=st.one_of(st.none(), st.sampled_from((0, 3, 6, 10, 13, 16, 20, 32, 63))),
        is_paused=st.sampled_from((None, False, False, True)),
        is_by_hand=by_hand,
    )
    return st.builds(
        Number,
        every_s=st.sampled_from((1, 3, 12, 30, 100)),
        says=st.lists(words, min_size=1, max_size=6).map(tuple),
    )


any_numbers = st.one_of(true_numbers, optimistic_numbers, lying_numbers(st.booleans()))


# Chargers


def chargers_with(**others: st.SearchStrategy[object]) -> st.SearchStrategy[Charger]:
    """Return chargers that follow within their response time, and what else is said of them."""
    return st.builds(
        Charger,
        **{
            "delay_s": st.integers(0, RESPONSE_S),
            "call_s": st.sampled_from((0, 0, 1, 3)),
            "full_a": st.sampled_from((32, 16, 20)),
        }
        | others,
    )


type Fault = Mapping[str, st.SearchStrategy[object]]


def at_most_one(*faults: Fault) -> st.SearchStrategy[Charger]:
    """Return chargers with none of these faults or with one."""
    return st.one_of(chargers_with(), *(chargers_with(**fault) for fault in faults))


RAMPING: Fault = {"ramp_a": st.sampled_from((0.2, 0.4, 0.77, 1.3, 3.0)), "sensor": any_sensors}
COARSE: Fault = {"step_a": st.integers(1, 4), "sensor": any_sensors}
SLOW_TO_STOP: Fault = {"stop_s": st.just(46), "sensor": any_sensors}
LOSING: Fault = {"loses": st.tuples(st.integers(0, 4)), "sensor": any_sensors}
SENSED: Fault = {"sensor": any_sensors}
THRIFTY: Fault = {"car_a": st.sampled_from((6.0, 7.0, 10.0, 13.0)), "sensor": any_sensors}
LATE_CARS: Fault = {
    "car_wants": st.builds(Span, begins=st.integers(0, 1200)),
    "contactor_s": st.sampled_from((0, 5, 20)),
    "sensor": any_sensors,
}
DEAF: Fault = {"deaf": spans(0, 900, 900), "sensor": good_sensors}
OFFLINE: Fault = {"offline": spans(0, 900, 300), "sensor": good_sensors}
FAILING: Fault = {
    "failing": spans(0, 900, 900),
    "is_only_start_failing": st.booleans(),
    "sensor": good_sensors,
}
POWER_CUTS = st.builds(Reset, at=st.integers(30, 900), current_a=st.sampled_from((0.0, AT_FULL_A)))
CUT_OFF: Fault = {"resets": st.tuples(POWER_CUTS), "sensor": good_sensors}
SWALLOWING: Fault = {"loses": st.tuples(st.integers(0, 6)), "sensor": good_sensors}
ALWAYS_DEAF: Fault = {"deaf": st.builds(Span, begins=st.integers(0, 600)), "sensor": any_sensors}
FULL_AT_STARTS: Fault = {"full_after_start_s": st.integers(20, 120)}
IGNORING: Fault = {
    "ignored_a": st.sets(st.integers(7, 20), min_size=1, max_size=6).map(sorted).map(tuple)
}

CAPPED: Fault = {"takes_a": st.integers(6, 20), "number": true_numbers | optimistic_numbers}
NUMBERED: Fault = {"number": true_numbers | optimistic_numbers}
COARSELY_NUMBERED: Fault = {"step_a": st.integers(1, 4), "number": true_numbers}
RESET: Fault = {
    "resets": st.tuples(
        st.builds(
            Reset,
            at=st.integers(600, 3000),
            current_a=st.sampled_from((0.0, 0.0, AT_FULL_A)),
            is_off=st.booleans(),
        )
    ),
    "number": true_numbers.map(lambda number: replace(number, has_pause=True)),
}
"""A power cut that its number and its switch show."""

humble_chargers = at_most_one(SENSED, RAMPING, COARSE, SLOW_TO_STOP, LOSING, THRIFTY, LATE_CARS)
"""Chargers that never let more flow than they were told, once they have followed."""


def several(
    chargers: st.SearchStrategy[Charger], least: int = 1, most: int = 4
) -> st.SearchStrategy[tuple[Charger, ...]]:
    """Return one to four chargers."""
    return st.lists(chargers, min_size=least, max_size=most).map(tuple)


# Meters

LATEST_S = 120
"""How much later than it happens the slowest meter of which anything is promised shows it all."""

periods_s = st.sampled_from((1, 1, 2, 5, 10, 30, 60))

usual_meters: st.SearchStrategy[Meter] = st.one_of(
    st.builds(Meter, period_s=periods_s, latency_s=st.integers(0, 2)),
    st.builds(Meter, is_on_change=st.just(True), step_a=st.sampled_from((0.1, 0.5))),
)
"""Meters that tell the truth soon."""


def is_in_time(meter: Meter) -> bool:
    """Return whether it has shown all of a change within the two minutes that are promised."""
    return meter.latency_s + meter.mean_s <= LATEST_S


late_meters: st.SearchStrategy[Meter] = st.builds(
    Meter,
    period_s=periods_s,
    latency_s=st.integers(0, 120),
    mean_s=st.sampled_from((0, 0, 10, 30, 60, 120)),
    step_a=st.sampled_from((0.0, 0.1, 1.0)),
).filter(is_in_time)

on_change_meters: st.SearchStrategy[Meter] = st.builds(
    Meter,
    latency_s=st.integers(0, 120),
    mean_s=st.sampled_from((0, 0, 10, 30, 60, 120)),
    step_a=st.sampled_from((0.1, 0.5, 1.0)),
    is_on_change=st.just(True),
).filter(is_in_time)

true_meters = st.one_of(usual_meters, late_meters, on_change_meters)
"""Meters that are late, slow, average or round, and never lie."""

prompt_meters: st.SearchStrategy[Meter] = st.builds(
    Meter,
    period_s=st.sampled_from((1, 1, 2, 5, 10)),
    latency_s=st.integers(0, 20),
    step_a=st.sampled_from((0.0, 0.1, 1.0)),
    is_on_change=st.booleans(),
)
"""Meters by which a command can be judged within a minute."""


@st.composite
def with_bad_samples(
    draw: st.DrawFn, meters: st.SearchStrategy[Meter], current_a: st.SearchStrategy[float | None]
) -> Meter:
    """Return meters that say something wrong between good samples, once or again and again."""
    meter = draw(meters)
    period_s = 1 if meter.is_on_change else meter.period_s
    bad = BadSample(
        nth=draw(st.integers(1, 900 // period_s)),
        current_a=draw(current_a),
        every=draw(st.sampled_from((0, 0, 2, 3, 20, 120))),
    )
    return replace(meter, bad=(bad,))


GONE_EACH_150_S = Span(begins=400, ends=408, every_s=150)

rebooting_meters: st.SearchStrategy[Meter] = st.builds(
    Meter, period_s=st.sampled_from((1, 5, 10)), gone=st.just(GONE_EACH_150_S)
)

ratings_a = st.sampled_from((20, 25, 32, 40))


def households(
    house: st.SearchStrategy[Load],
    chargers: st.SearchStrategy[tuple[Charger, ...]],
    meter: st.SearchStrategy[Meter] = usual_meters,
    rated_a: st.SearchStrategy[int] = ratings_a,
) -> st.SearchStrategy[Household]:
    """Return households of these parts."""
    return st.builds(Household, house=house, chargers=chargers, meter=meter, rated_a=rated_a)
