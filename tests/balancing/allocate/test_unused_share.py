"""A car that takes less than its share leaves the rest to others."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_components.ev_lb.balancing.allocate.claim import Claim
from custom_components.ev_lb.balancing.allocate.sharing import share_current
from custom_components.ev_lb.balancing.allocate.unused_share import (
    LEAST_A,
    SPARE_A,
    WAIT_S,
    UnusedShare,
    known_draw_a,
    moments,
    without_unused,
)
from custom_components.ev_lb.balancing.estimate.charger_sensor import ChargerSensor, Sample
from custom_components.ev_lb.balancing.increases.start_budget import StartBudget
from custom_components.ev_lb.balancing.model import (
    CarStatus,
    LimitedBy,
    SetCurrent,
    StartCharging,
    StopCharging,
)
from custom_components.ev_lb.balancing.state import ChargerState
from custom_components.ev_lb.balancing.supervise.evidence import Evidence, Raise
from custom_components.ev_lb.balancing.supervise.probes import Probe
from custom_components.ev_lb.balancing.supervise.telling_again import TellingAgain
from tests.balancing.builders import LONG_AGO, Run, a_charger, a_claim, a_state, charging, settings
from tests.balancing.plant import Charger, Plant, Sensor, steady, steps
from tests.explore import examples

TWO = settings(a_charger("a"), a_charger("b"))


def taking(
    draw_a: float | None, current_a: int = 16, status: CarStatus | None = None, **records: Any
) -> ChargerState:
    """Return a charger whose own sensor has shown this draw for long."""
    sample = Sample(at=LONG_AGO, drawn_a=draw_a, sensed_a=draw_a)
    sensor = ChargerSensor(samples=[sample], heard_at=LONG_AGO, status=status)
    return charging(current_a, sensor=sensor, **records)


def unseen(*, low_a: float = 0, times: int, asked_at: float = -100) -> ChargerState:
    """Return a charger without a sensor that was told again after a raise nobody saw."""
    return charging(
        16,
        evidence=Evidence(raise_=Raise(low_a=low_a, sent_at=-200)),
        probe=Probe(asked_at=asked_at, asked_from_a=16, wait_s=60),
        telling=TellingAgain(times=times, due_at=1000),
    )


def two(a: ChargerState, b: ChargerState | int = 16) -> Run:
    """Return a site without a house, whose two chargers share 32 A."""
    return Run(TWO, a_state(TWO, a=a, b=b), now=0)


def test_car_that_takes_less_gives_the_rest_to_others() -> None:
    """After half a minute it is capped a little above its draw, and the other gets the rest."""
    run = two(taking(6))
    assert run.read(22).commands == ()
    assert run.sleep(WAIT_S - 0.1) == []
    assert run.sleep(0.1) == [(WAIT_S, SetCurrent(charger_id="a", current_a=6 + SPARE_A))]
    assert run.listen(20, 22) == [(WAIT_S + 12, SetCurrent(charger_id="b", current_a=24))]


def test_car_that_leaves_something_is_raised_no_more() -> None:
    """It is told nothing new each time that the other one wants more, and then does not."""
    of = settings(a_charger("a", max_a=16), a_charger("b", max_a=16))
    run = Run(of, a_state(of, a=taking(3, unused=UnusedShare(since=-99, draw_a=3)), b=16), now=0)
    for second in range(1, 200):
        run.now = second
        run.read((second // 60) % 2 * 2 + 3 + run["b"].target_a)
    told = [command for _, command in run.sent if isinstance(command, SetCurrent)]
    assert [command for command in told if command.charger_id == "a"] == [
        SetCurrent(charger_id="a", current_a=6)
    ]


def test_stop_of_a_charger_without_a_car_is_no_overload_stop() -> None:
    """Nobody is told of it, and the next car finds the whole start budget."""
    run = two(taking(0, status=CarStatus.ABSENT))
    run.read(40)
    run.now = 12
    run.read(32)
    assert run.targets == {"a": 0, "b": 8}
    assert run["a"].budget == StartBudget(free_since=run["a"].budget.free_since)
    assert run.events == []


def test_nobodys_increase_is_held_for_it() -> None:
    """What one leaves is no overload."""
    run = two(taking(6))
    run.read(22)
    run.sleep(60)
    assert (run["a"].hold.until, run["b"].hold.until) == (None, None)


def test_lone_charger_keeps_its_full_share() -> None:
    """There is nobody to leave it to, and the car may want it at any time."""
    of = settings()
    run = Run(of, a_state(of, a=taking(6, 32)), now=0)
    run.read(6)
    assert run.sleep(600) == []
    assert run["a"].unused == UnusedShare()


def test_share_is_kept_while_nobody_else_wants_more() -> None:
    """A car is not cut for a charger that has all it may have."""
    of = settings(a_charger("a"), a_charger("b", max_a=16))
    run = Run(of, a_state(of, a=taking(6), b=16), now=0)
    run.read(22)
    assert run.listen(120, 22) == []
    assert run["a"].unused.draw_a == 6
    assert run.change_charger("b", rated_current_a=32, max_charger_current_a=32).commands == (
        SetCurrent(charger_id="a", current_a=8),
    )


def test_two_that_both_leave_something_keep_their_shares() -> None:
    """Neither wants what the other leaves."""
    run = two(taking(6), taking(7))
    run.read(13)
    assert run.listen(120, 13) == []


def test_cap_is_lifted_when_the_car_takes_all_it_may() -> None:
    """A car that wants more has its share back, as soon as the other has let go of it."""
    run = two(taking(6))
    run.read(22)
    run.listen(44, 22)
    run.listen(16, 30)
    assert run.targets == {"a": 8, "b": 24}
    assert run.see("a", 7).commands == (SetCurrent(charger_id="b", current_a=16),)
    assert run.listen(12, 23) == [(72, SetCurrent(charger_id="a", current_a=16))]


def test_car_that_wiggles_at_its_cap_moves_nothing() -> None:
    """A draw around a whole ampere is not a reason to tell both chargers again and again."""
    run = two(taking(7.02))
    run.read(23)
    run.listen(60, 23)
    before = run.targets
    for _ in range(60):
        for draw_a in (6.97, 7.03):
            run.now += 1
            run.see("a", draw_a)
            run.now += 4
            run.read(draw_a + run["b"].target_a)
    assert run.targets == before == {"a": 10, "b": 22}
    assert len(run.sent) == 2


@pytest.mark.parametrize(("status", "b"), [(CarStatus.CHARGING, 16), (CarStatus.IDLE, 24)])
def test_new_status_lifts_the_cap(status: CarStatus, b: int) -> None:
    """A new session, or a car that has changed its mind, has its share back.

    One that draws nothing is told again first, and nobody is cut for it before it answers.
    """
    left = UnusedShare(since=-60, draw_a=6, status=CarStatus.ABSENT)
    run = two(taking(6, 8, CarStatus.ABSENT, unused=left), charging(24))
    run.is_delivering = False
    run.see("a", 6, status)
    assert run.targets == {"a": 8, "b": b}
    assert run["a"].unused.draw_a is None


def test_charger_without_a_car_gives_up_everything() -> None:
    """At once, and even its minimum; the car that comes has its share back."""
    run = two(taking(0))
    run.read(16)
    run.now = 1
    assert run.see("a", 0, CarStatus.ABSENT).commands == (StopCharging(charger_id="a"),)
    assert run["a"].allocation.limited_by is not LimitedBy.BELOW_MINIMUM
    assert run.listen(20, 16)[-1][1] == SetCurrent(charger_id="b", current_a=32)
    assert run.listen(60, 32) == []
    assert run.see("a", 0, CarStatus.IDLE).commands == (SetCurrent(charger_id="b", current_a=16),)
    assert run.listen(20, 16)[-1][1] == StartCharging(charger_id="a", current_a=16)


def test_lone_charger_without_a_car_is_ready_for_one() -> None:
    """Nobody else wants its current, so a car that comes finds it."""
    of = settings()
    run = Run(of, a_state(of, a=taking(0, 32)), now=0)
    assert run.see("a", 0, CarStatus.ABSENT).commands == ()
    assert run.targets == {"a": 32}


def test_car_that_the_meter_has_never_seen_leaves_all_but_its_minimum() -> None:
    """Without a sensor: a start that was told again and stayed unseen."""
    run = two(unseen(times=1))
    run.read(16)
    assert (WAIT_S, SetCurrent(charger_id="a", current_a=6)) in run.listen(60, 16)
    assert run.targets == {"a": 6, "b": 26}


@pytest.mark.parametrize(
    ("known", "draw_a"),
    [
        pytest.param(taking(7), 7, id="by its sensor"),
        pytest.param(taking(None), None, id="by a sensor that says nothing"),
        pytest.param(charging(16), None, id="no sensor"),
        pytest.param(unseen(times=1), 0, id="told again, and never seen"),
        pytest.param(unseen(low_a=6, times=1), None, id="told again, and seen with less"),
        pytest.param(unseen(times=0), None, id="not told again"),
        pytest.param(unseen(times=1, asked_at=-300), None, id="told again, not asked since"),
    ],
)
def test_draw_is_known_from_a_sensor_or_by_telling_again(
    known: ChargerState, draw_a: float | None
) -> None:
    """Otherwise the car may take all of its setpoint."""
    run = two(known)
    assert known_draw_a(run.state, run["a"]) == draw_a


@pytest.mark.parametrize(
    ("draw_a", "target_a", "since"),
    [
        pytest.param(14, 16, 5, id="2 A"),
        pytest.param(14.1, 16, None, id="less than 2 A"),
        pytest.param(28.8, 32, 5, id="a tenth"),
        pytest.param(28.9, 32, None, id="less than a tenth"),
        pytest.param(0, 16, 5, id="all"),
    ],
)
def test_car_leaves_something_well_below_its_setpoint(
    draw_a: float, target_a: int, since: float | None
) -> None:
    """At least 2 A and a tenth: sensors are not exact."""
    unused = UnusedShare()
    unused.on_draw(draw_a, target_a, None, 5)
    assert unused == UnusedShare(since=since)


@pytest.mark.parametrize(
    ("before", "draw_a", "target_a", "after"),
    [
        pytest.param((0, None), 6, 16, (0, 6), id="for long enough"),
        pytest.param((1, None), 6, 16, (1, None), id="not for long enough"),
        pytest.param((0, None), 15, 16, (None, None), id="not any more"),
        pytest.param((0, 6.0), 6, 8, (0, 6.0), id="at its cap"),
        pytest.param((0, 6.0), 6.6, 8, (None, None), id="nearly all of its cap"),
        pytest.param((0, 6.0), 6.4, 7, (0, 6.0), id="its share was cut to its draw"),
        pytest.param((0, 6.0), 6.5, 7, (None, None), id="and it takes more of that"),
        pytest.param((0, 6.0), 5.1, 8, (0, 6.0), id="a little less"),
        pytest.param((0, 6.0), 5, 8, (0, 5), id="even less"),
        pytest.param((0, 6.0), 0, 0, (None, None), id="stopped"),
        pytest.param((0, 6.0), None, 16, (None, None), id="not known any more"),
    ],
)
def test_what_a_car_leaves(
    before: tuple[float | None, float | None],
    draw_a: float | None,
    target_a: int,
    after: tuple[float | None, float | None],
) -> None:
    """It lasts while the car draws less, and follows what it draws."""
    unused = UnusedShare(since=before[0], draw_a=before[1])
    unused.on_draw(draw_a, target_a, None, WAIT_S)
    assert (unused.since, unused.draw_a) == after


def test_charger_without_a_car_leaves_all_for_as_long_as_that_lasts() -> None:
    """Even while it is stopped for it, when there is no setpoint to draw less than."""
    unused = UnusedShare()
    unused.on_draw(0, 16, CarStatus.ABSENT, 7)
    unused.on_draw(None, 0, CarStatus.ABSENT, 90)
    assert unused == UnusedShare(since=7, draw_a=0, status=CarStatus.ABSENT)


def test_end_of_the_wait_is_a_decision() -> None:
    """Nothing need come from outside."""
    waiting, capped = UnusedShare(since=7), UnusedShare(since=1, draw_a=6)
    state = a_state(TWO, a=taking(6, unused=waiting), b=taking(6, unused=capped))
    assert list(moments(state)) == [7 + WAIT_S]


@pytest.mark.parametrize(
    ("draw_a", "min_a", "max_a", "cap_a"),
    [
        pytest.param(7, 6, 32, 9, id="a little above"),
        pytest.param(7.1, 6, 32, 10, id="rounded up"),
        pytest.param(0, 6, 32, 6, id="never below the minimum"),
        pytest.param(15, 6, 16, 16, id="never above its own maximum"),
    ],
)
def test_cap(draw_a: float, min_a: int, max_a: int, cap_a: int) -> None:
    """High enough to see that the car takes more."""
    claims = (a_claim("a", min_a=min_a, max_a=max_a), a_claim("b"))
    state = a_state(TWO, a=taking(draw_a, unused=UnusedShare(since=0, draw_a=draw_a)), b=16)
    assert without_unused(claims, {"a": 16, "b": 16}, state) == (
        claims[0].at_most(cap_a),
        claims[1],
    )


def test_nothing_unused_is_nothing_changed() -> None:
    """Where every car takes its share, nothing is shared twice."""
    claims = (a_claim("a"), a_claim("b"))
    assert without_unused(claims, {"a": 16, "b": 16}, a_state(TWO, a=16, b=16)) is claims


def test_least_that_is_left_is_no_less_than_the_spare() -> None:
    """Otherwise a cap would be as high as the setpoint."""
    assert LEAST_A >= SPARE_A


# Whatever they draw


@given(
    draws_a=st.tuples(*[st.one_of(st.none(), st.floats(0, 32))] * 3),
    room_a=st.floats(0, 96),
    min_a=st.sampled_from((1, 6, 10)),
)
@examples(200)
def test_capped_car_never_gets_less_than_it_draws_nor_the_others_less(
    draws_a: tuple[float | None, ...], room_a: float, min_a: int
) -> None:
    """Who leaves something keeps its draw or its share, and nobody is worse off for it."""
    claims = tuple(Claim(charger_id=key, min_a=min_a, max_a=32) for key in "abc")
    three = settings(*(a_charger(key, min_a=min_a) for key in "abc"))
    a, b, c = (taking(draw_a, 32, unused=UnusedShare(since=0, draw_a=draw_a)) for draw_a in draws_a)
    state = a_state(three, a=a, b=b, c=c)
    before = share_current((room_a,), claims)
    after = share_current((room_a,), without_unused(claims, before, state))
    for key, draw_a in zip("abc", draws_a, strict=True):
        if draw_a is None:
            assert after[key] >= before[key]
        else:
            assert after[key] >= min(before[key], draw_a)
            assert (after[key] == 0) == (before[key] == 0)


@given(cap_a=st.floats(0, 16), house_a=st.floats(0, 16), lag_s=st.integers(0, 5))
@examples(15)
def test_two_cars_use_all_but_what_is_spare(cap_a: float, house_a: float, lag_s: int) -> None:
    """In a steady house nothing is lost but the spare amperes, and nothing moves any more."""
    plant = Plant(
        settings=TWO,
        house=steady(house_a),
        chargers=[
            Charger(car_a=cap_a, sensor=Sensor(lag_s=lag_s)),
            Charger(sensor=Sensor(lag_s=lag_s)),
        ],
    )
    plant.run(1200)
    drawn_a = plant.drawn_a()
    room_a = 32 - house_a
    assert plant.seconds_over() == []
    assert sum(drawn_a) > room_a - 1 - max(6 - drawn_a[0], SPARE_A + 1) or drawn_a[1] == 32
    assert plant.commands(since=900) == []


def test_car_that_wants_its_share_back_has_it_without_an_overload() -> None:
    """It took 7 of 16 A for half an hour, and then all."""
    plant = Plant(
        settings=TWO,
        house=steady(0),
        chargers=[
            Charger(car_a=steps((0, 7), (1800, 80)), sensor=Sensor(lag_s=1)),
            Charger(sensor=Sensor(lag_s=1)),
        ],
    )
    plant.run(1900)
    assert plant.drawn_a(1700) == (7, 32 - 7 - SPARE_A)
    assert plant.drawn_a() == (16, 16)
    assert plant.seconds_over() == []
