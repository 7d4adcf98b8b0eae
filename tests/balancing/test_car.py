"""The car as its charger's own sensors see it."""

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from custom_components.ev_lb.balancing.background import drawn, take_reading
from custom_components.ev_lb.balancing.balancer import note_delivered
from custom_components.ev_lb.balancing.car import (
    APART_S,
    CLEAR_FALL_A,
    KEPT_S,
    SLOWEST_S,
    exceeds_command,
    fall_of,
    is_frozen,
    kept_since,
    measured,
    most_obedient_a,
    note_cars,
    with_measurement,
)
from custom_components.ev_lb.balancing.intervals import Interval
from custom_components.ev_lb.balancing.model import (
    CarReading,
    CarStatus,
    Fall,
    Inputs,
    Left,
    Measurement,
    Reading,
    StartCharging,
    State,
    Unshown,
)

from .builders import LONG_AGO, Run, a_charger, a_state, an_offer, charging, settings
from .plant import Charger, Load, Meter, Plant, Sensor, steps

OF = settings()
CHARGER = OF.chargers[0]
LOOKS_BACK_S = OF.meter_delay_s + APART_S


def seen(*said: tuple[float, float | None]) -> tuple[Measurement, ...]:
    """Return what a sensor has shown: at which moment, how many amperes."""
    return tuple(Measurement(at=at, current_a=current_a) for at, current_a in said)


def steady_at(current_a: float) -> tuple[Measurement, ...]:
    """Return a sensor that has shown the same for long."""
    return seen((LONG_AGO, current_a))


# What is remembered


@pytest.mark.parametrize("status", [CarStatus.IDLE, CarStatus.ABSENT])
def test_car_that_does_not_charge_draws_nothing(status: CarStatus) -> None:
    """The status alone tells it, and wins over a current that lags behind, which is kept."""
    said = CarReading(at=5, current_a=10, status=status)
    known = note_cars(a_state(OF, a=10), {"a": said}, now=5).chargers["a"]
    assert known.status is status
    assert known.measurements == (Measurement(at=5, current_a=0, sensed_a=10),)


def test_draw_that_is_still_there_beside_an_idle_status_is_news() -> None:
    """The sensor that falls after its status shows that the current has gone."""
    state = note_cars(a_state(OF, a=10), {"a": idle(at=5, current_a=10)}, now=5)
    state = note_cars(state, {"a": idle(at=8, current_a=0)}, now=8)
    assert [item.sensed_a for item in state.chargers["a"].measurements] == [10, 0]


def idle(*, at: float, current_a: float) -> CarReading:
    """Return what is said of a charger that is paused."""
    return CarReading(at=at, current_a=current_a, status=CarStatus.IDLE)


def test_stale_draw_after_a_raise_hides_no_house() -> None:
    """What the meter has not shown of a raise does not count, whatever an old sensor says."""
    unshown = Unshown(low_a=0, reading_a=(20,), since=100.0)
    known = charging(
        12,
        offers=(an_offer(12, sent_at=100),),
        unshown=unshown,
        measurements=(Measurement(at=100, current_a=12),),
    )
    state = take_reading(OF, a_state(OF, house_a=20, a=known), Reading(current_a=(20,), at=130))
    assert state.background_a == (20,)


def test_status_that_charges_says_nothing_of_how_much() -> None:
    """Without a sensor of the current it is not known from then on."""
    state = note_cars(a_state(OF, a=10), {"a": CarReading(at=5, status=CarStatus.IDLE)}, now=5)
    state = note_cars(state, {"a": CarReading(at=9, status=CarStatus.CHARGING)}, now=9)
    assert state.chargers["a"].measurements == seen((5, 0), (9, None))


def test_sensor_of_a_charger_that_is_gone_is_ignored() -> None:
    """A charger that was just removed does no harm."""
    state = a_state(OF, a=10)
    assert note_cars(state, {"gone": CarReading(at=5, current_a=10)}, now=5) == state


def test_charger_without_sensors_has_no_measurements() -> None:
    """Nothing that was never said is remembered."""
    assert with_measurement((), Measurement(at=5, current_a=None), now=5) == ()


def test_only_changes_are_remembered() -> None:
    """A sensor that says the same again does not make its word younger."""
    before = seen((5, 10))
    assert with_measurement(before, Measurement(at=9, current_a=10), now=9) is before
    assert with_measurement(before, Measurement(at=9, current_a=6), now=9) == seen((5, 10), (9, 6))


def test_old_measurements_are_forgotten_but_for_the_one_in_force() -> None:
    """What was in force so long ago may still be asked for, what was before it not."""
    now = 1000.0
    old = seen((10, 1), (20, 2), (now - KEPT_S, 3), (now - KEPT_S + 1, 4))
    latest = Measurement(at=now, current_a=5)
    assert with_measurement(old, latest, now) == (*old[2:], latest)
    assert with_measurement(seen((10, 1), (20, 2)), latest, now) == (*seen((20, 2)), latest)


def test_new_status_ends_what_the_car_left() -> None:
    """Another session, or another mood: the car is offered its share again."""
    left = Left(since=0, draw_a=6)
    state = a_state(OF, a=charging(16, left=left, status=CarStatus.CHARGING))
    same = note_cars(state, {"a": CarReading(at=5, status=CarStatus.CHARGING)}, now=5)
    assert same.chargers["a"].left == left
    other = note_cars(state, {"a": CarReading(at=5, status=CarStatus.IDLE)}, now=5)
    assert other.chargers["a"].left == Left()


# What was measured


@pytest.mark.parametrize(
    ("said", "range_a"),
    [
        pytest.param((), None, id="there is no sensor"),
        pytest.param(((101, 10),), None, id="it has said nothing yet"),
        pytest.param(((100, 10),), (10, 10), id="just now"),
        pytest.param(((LONG_AGO, 16), (100 - LOOKS_BACK_S, 10)), (10, 10), id="settled"),
        pytest.param(((LONG_AGO, 16), (100.1 - LOOKS_BACK_S, 10)), (10, 16), id="just moved"),
        pytest.param(((98, 16), (99, 2), (100, 10)), (2, 16), id="restless"),
        pytest.param(((98, 16), (101, 2)), (16, 16), id="what comes later does not count"),
        pytest.param(((98, 16), (99, None)), None, id="lost"),
        pytest.param(((98, None), (99, 10)), None, id="lost a moment ago"),
        pytest.param(((LONG_AGO, None), (90, 10)), (10, 10), id="found again long ago"),
    ],
)
def test_range_of_the_last_seconds_counts(
    said: tuple[tuple[float, float | None], ...], range_a: tuple[float, float] | None
) -> None:
    """Meter and sensor do not show the same moment, so a moving car may be anywhere between."""
    expected = Interval(low_a=range_a[0], high_a=range_a[1]) if range_a else None
    assert measured(OF, seen(*said), 100) == expected


def test_learned_delay_of_the_meter_is_looked_back_for() -> None:
    """A meter that is 20 s late still shows what the sensor saw 20 s ago."""
    late = replace(OF, meter_delay_s=20.0)
    assert measured(late, seen((0, 16), (80, 10)), 100) == Interval(low_a=10, high_a=16)


def test_cars_own_draw_is_taken_off_the_reading() -> None:
    """A car that takes 7 of its 20 A does not look like a smaller house."""
    known = charging(20, measurements=steady_at(7))
    run = Run(OF, a_state(OF, house_a=12, a=known), now=1)
    assert run.read(12 + 7).commands == ()
    assert run.state.background_a == (12,)


def test_car_that_draws_less_by_itself_is_not_the_house() -> None:
    """A car that is nearly full takes ever less; its offer does not grow for it (accident 11)."""
    of = settings(a_charger(max_a=20))
    run = Run(of, a_state(of, house_a=12, a=charging(20, measurements=steady_at(20))), now=0)
    run.read(32)
    for taken_a in (15, 10, 5, 0):
        run.now += 30
        run.see("a", taken_a)
        run.now += 10
        assert run.read(12 + taken_a).commands == ()
        assert run.state.background_a == (12,)


def test_status_of_an_idle_car_tells_the_house_from_the_start() -> None:
    """A house that rises is not taken for a car that the charger says is idle."""
    run = Run(OF, a_state(OF, house_a=12), now=0)
    start = StartCharging(charger_id="a", current_a=20)
    assert run.see("a", status=CarStatus.IDLE).commands == (start,)
    run.listen(120, 12)
    run.now += 1
    run.read(25)
    assert run["a"].unshown is not None
    assert run.state.background_a == (25,)


@pytest.mark.parametrize(
    ("measured_a", "drawn_a"),
    [
        pytest.param(7, (7, 7), id="less than it was told"),
        pytest.param(20, (20, 20), id="what it was told"),
        pytest.param(23, (20, 23), id="a little more: it may be late"),
        pytest.param(24, (20, 20), id="far more: evidence of something else"),
    ],
)
def test_sensor_counts_where_it_fits_what_the_charger_was_told(
    measured_a: float, drawn_a: tuple[float, float]
) -> None:
    """What is far above its command counts as the house's."""
    known = charging(20, measurements=steady_at(measured_a))
    assert drawn_at(a_state(OF, house_a=12, a=known), 100) == drawn_a


@pytest.mark.parametrize(("reading_a", "background_a"), [(22, 12), (18, 8), (37, 27)])
def test_sensor_far_above_the_offer_does_not_hide_the_house(
    reading_a: float, background_a: float
) -> None:
    """A wrong setting (a total of three phases, say) counts as no more than what was offered."""
    known = charging(10, measurements=steady_at(30))
    run = Run(OF, a_state(OF, house_a=12, a=known), now=1)
    run.read(reading_a)
    assert run.state.background_a == (background_a,)


# A raise, and a sensor that may be slow


def raised(*said: tuple[float, float], sent_at: float = 0.0, low_a: int = 0) -> State:
    """Return a car that was raised from its low to 20 A, and what its sensor has said."""
    known = charging(
        20,
        offers=(an_offer(low_a), an_offer(20, sent_at=sent_at)),
        unshown=Unshown(low_a=low_a, reading_a=(12.0 + low_a,), since=sent_at),
        measurements=seen(*said),
    )
    return a_state(OF, house_a=12, a=known)


def drawn_at(state: State, at: float) -> tuple[float, float]:
    """Return the least and the most that the car may draw."""
    interval = drawn(OF, CHARGER, state.chargers["a"], at)
    return (interval.low_a, interval.high_a)


def test_raise_counts_until_a_slow_sensor_would_have_shown_it() -> None:
    """A car that charges already is not taken for the house because its sensor is slow."""
    state = raised((LONG_AGO, 0))
    assert drawn_at(state, 15) == (0, 20)
    assert drawn_at(state, SLOWEST_S - 1) == (0, 20)
    assert drawn_at(state, SLOWEST_S + LOOKS_BACK_S) == (0, 0)


def test_old_value_of_a_restless_sensor_is_no_answer_to_a_raise() -> None:
    """A sensor that is late and never quite still shows the old draw, wiggling, after a raise."""
    state = raised((LONG_AGO, 10), (1, 10.02), (3, 9.98), low_a=10)
    assert drawn_at(state, 8)[1] == 20
    assert drawn_at(state, 13)[1] == 20


def test_sensor_shows_the_raise_before_the_response_time_is_over() -> None:
    """Nothing more is to be waited for."""
    run = Run(OF, a_state(OF, house_a=12, a=charging(0, measurements=steady_at(0))), now=0)
    run.read(12)
    run.now = 3
    run.see("a", 9.9)
    run.read(21.9)
    assert run["a"].unshown is not None
    run.now = 4
    run.see("a", 10)
    run.read(32)
    assert run["a"].unshown is None


def test_house_that_rises_is_not_the_start_that_the_sensor_denies() -> None:
    """Where the car's own sensor shows nothing, a rise is the house's."""
    run = Run(OF, a_state(OF, house_a=12, a=charging(0, measurements=steady_at(0))), now=0)
    run.read(12)
    run.now = 20
    run.read(32)
    assert run["a"].unshown is not None


# A cut


def cut(*said: tuple[float, float], at_a: int = 20, to_a: int = 10) -> State:
    """Return a car that was cut at 0 s, and what its sensor has said."""
    known = charging(
        to_a,
        offers=(an_offer(at_a), an_offer(to_a, sent_at=0)),
        measurements=seen((LONG_AGO, at_a), *said),
    )
    return a_state(OF, house_a=12, a=known)


@pytest.mark.parametrize(
    ("said", "at", "drawn_a"),
    [
        pytest.param((), 3, (10, 20), id="not shown yet"),
        pytest.param(((3, 10),), 4, (10, 20), id="shown, the meter may be later"),
        pytest.param(((3, 10),), 3 + LOOKS_BACK_S, (10, 10), id="shown by both"),
        pytest.param(((3, 8),), 3 + LOOKS_BACK_S, (8, 8), id="and the car takes less"),
        pytest.param(((3, 12.1),), 3 + LOOKS_BACK_S, (10, 20), id="not all the way yet"),
    ],
)
def test_cut_has_happened_when_the_sensor_shows_it(
    said: tuple[tuple[float, float], ...], at: float, drawn_a: tuple[float, float]
) -> None:
    """The response time need not be waited for: the next cut is not too large, nor too small."""
    assert drawn_at(cut(*said), at) == drawn_a


def test_lost_sensor_leaves_the_car_to_the_meter() -> None:
    """From then on the car counts as one without a sensor."""
    known = charging(10, measurements=seen((LONG_AGO, 10), (50, None)))
    assert drawn_at(a_state(OF, a=known), 60) == (10, 10)


# Obedience


@pytest.mark.parametrize(("told_a", "most_a"), [(0, 1), (10, 12), (32, 36.2)])
def test_a_tenth_and_an_ampere_above_the_command_is_still_obedient(
    told_a: int, most_a: float
) -> None:
    """Sensors are not exact, nor are chargers."""
    assert most_obedient_a(told_a) == pytest.approx(most_a)


@pytest.mark.parametrize(
    ("said", "keeps"),
    [
        pytest.param(seen((0, 12)), True, id="within"),
        pytest.param(seen((0, 12.1)), False, id="above"),
        pytest.param(seen((0, 30), (5, 12)), True, id="it is the last word that counts"),
        pytest.param(seen((0, 12), (5, None)), False, id="not known"),
        pytest.param((), False, id="no sensor"),
    ],
)
def test_sensor_shows_who_keeps_to_the_command(
    said: tuple[Measurement, ...], *, keeps: bool
) -> None:
    """Without a sensor that shows it nobody is cleared."""
    assert (kept_since(charging(10, measurements=said)) is not None) is keeps


@pytest.mark.parametrize(
    ("said", "at", "exceeds"),
    [
        pytest.param(((3, 12),), 100, False, id="it keeps to the command"),
        pytest.param(((10, 13),), 15, False, id="it may be a late word on the command before"),
        pytest.param(((30, 13),), 36, True, id="it does not"),
        pytest.param(((3, 11), (12, 13)), 15, False, id="it did a moment ago"),
        pytest.param(((3, 13), (11, None)), 100, False, id="not known"),
        pytest.param(((9, 13),), SLOWEST_S - 1, False, id="a slow sensor may have been early"),
        pytest.param(((9, 13),), SLOWEST_S, True, id="no sensor is that slow"),
        pytest.param((), SLOWEST_S - 1, False, id="it has not moved at all yet"),
        pytest.param((), SLOWEST_S, True, id="it has not moved at all"),
    ],
)
def test_sensor_shows_who_exceeds_the_command(
    said: tuple[tuple[float, float | None], ...], at: float, *, exceeds: bool
) -> None:
    """Only after all waits, and only if nothing lower was seen in the last seconds."""
    known = cut().chargers["a"]
    known = replace(known, measurements=(*known.measurements, *seen(*said)))
    assert exceeds_command(OF, CHARGER, known, at) is exceeds


def test_frozen_sensor_accuses_nobody() -> None:
    """Where the meter has shown the cut, a sensor that has not is broken; the meter decides."""
    known = cut().chargers["a"]
    seen_cut = replace(known, offers=(known.offers[0], replace(known.offers[1], is_seen=True)))
    assert is_frozen(seen_cut, seen_cut.offers)
    assert not exceeds_command(OF, CHARGER, seen_cut, SLOWEST_S)
    assert drawn_at(a_state(OF, house_a=12, a=seen_cut), 5) == (10, 10)
    assert not is_frozen(known, known.offers)


def test_slow_charger_has_its_response_time() -> None:
    """What its sensor says before that is no answer."""
    of = settings(a_charger(response_time_s=60.0))
    known = cut().chargers["a"]
    known = replace(known, measurements=(*known.measurements, *seen((59, 13))))
    assert not exceeds_command(of, of.chargers[0], known, 80)
    known = replace(known, measurements=(*known.measurements, *seen((60, 13.1))))
    assert exceeds_command(of, of.chargers[0], known, 80)


def test_nobody_is_accused_of_a_command_that_did_not_get_through() -> None:
    """Nor of what the charger was told before this run, or never."""
    known = charging(10, measurements=steady_at(20))
    for offers in (
        (),
        (an_offer(20), an_offer(10, sent_at=0, delivered=False)),
        (replace(an_offer(10), sent_at=None),),
    ):
        assert not exceeds_command(OF, CHARGER, replace(known, offers=offers), 100)


# What the meter must show of a fall


@pytest.mark.parametrize(
    ("before", "latest_a", "fall"),
    [
        pytest.param(steady_at(20), 20 - CLEAR_FALL_A, CLEAR_FALL_A, id="clear"),
        pytest.param(steady_at(20), 20.1 - CLEAR_FALL_A, None, id="too little"),
        pytest.param(steady_at(10), 20, None, id="a rise"),
        pytest.param((), 0, None, id="the first word"),
        pytest.param(seen((0, None)), 0, None, id="from what is not known"),
        pytest.param(steady_at(20), None, None, id="to what is not known"),
    ],
)
def test_clear_fall_is_one_that_the_meter_must_show(
    before: tuple[Measurement, ...], latest_a: float | None, fall: float | None
) -> None:
    """From it the meter's delay is learned."""
    reading = Reading(current_a=(32.0,), at=4)
    latest = Measurement(at=5, current_a=latest_a)
    expected = Fall(at=5, by_a=fall, reading_a=(32.0,)) if fall is not None else None
    assert fall_of(charging(20, measurements=before), latest, reading) == expected


def test_fall_before_the_first_reading_is_not_waited_for() -> None:
    """There is nothing that it must fall from."""
    known = charging(20, measurements=steady_at(20))
    assert fall_of(known, Measurement(at=5, current_a=0), None) is None


def test_second_fall_does_not_hide_the_first() -> None:
    """A late meter shows the first one first: it must not be taken for an early second one."""
    state = a_state(OF, house_a=12, a=charging(20, measurements=steady_at(20)))
    run = Run(OF, state, now=0)
    run.read(32)
    for at, current_a in ((3, 15), (8, 10)):
        run.now = at
        run.see("a", current_a)
        run.now = at + 1
        run.read(32)
    run.now = 12
    run.read(27)
    assert run.state.meter_timing.answers_s == (9,)


# Whatever happens


@dataclass(kw_only=True)
class Witnessed(Plant):
    """A plant that holds against each reading what the core makes of the car's draw."""

    missed: list[tuple[int, float, Interval]]
    """When the car's true draw was not in the interval."""

    def before_decision(self, inputs: Inputs, second: int) -> None:
        """Compare with what the car drew when the meter took its sample."""
        state = note_delivered(self.state, inputs.delivered)
        state = note_cars(state, inputs.cars, second)
        if inputs.reading is None or state.settings is None:
            return
        true_a = self.log[second - self.meter.latency_s].drawn_a[0]
        known = state.chargers["a"]
        interval = drawn(state.settings, CHARGER, known, second)
        # A house that falls by as much as a cut under way makes the car look obedient.
        is_seen = any(offer.is_seen for offer in known.offers)
        if true_a < interval.low_a - 1e-6 or (true_a > interval.high_a + 1e-6 and not is_seen):
            self.missed.append((second, true_a, interval))


@st.composite
def houses(draw: st.DrawFn) -> Load:
    """Return a house that changes every now and then, for ten minutes."""
    second, at = 0, [(0, 2.0)]
    for _ in range(draw(st.integers(1, 6))):
        second += draw(st.sampled_from((5, 15, 40, 100)))
        at.append((second, draw(st.sampled_from((2.0, 8.0, 14.0, 20.0, 28.0)))))
    return steps(*at)


@given(
    house=houses(),
    lag_s=st.integers(0, 30),
    delay_s=st.integers(0, 7),
    contactor_s=st.integers(0, 3),
    latency_s=st.integers(0, 2),
    has_status=st.booleans(),
)
@examples(max_examples=60, deadline=None)
def test_draw_is_always_within_what_the_core_takes_it_for(
    house: Load, lag_s: int, delay_s: int, contactor_s: int, latency_s: int, *, has_status: bool
) -> None:
    """Whenever charger and meter keep to their times, however late the car's sensor is."""
    plant = Witnessed(
        settings=OF,
        house=house,
        chargers=[
            Charger(
                delay_s=delay_s,
                contactor_s=contactor_s,
                sensor=Sensor(lag_s=lag_s, has_status=has_status),
            )
        ],
        meter=Meter(latency_s=latency_s),
        missed=[],
    )
    plant.run(700)
    assert plant.missed == []
