"""A car that takes less than its share leaves the rest to others."""

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from custom_components.ev_lb.balancing.claim import Claim
from custom_components.ev_lb.balancing.leaving import (
    LEAST_A,
    SPARE_A,
    WAIT_S,
    known_draw_a,
    left_by,
    left_moments,
    note_left,
    without_left,
)
from custom_components.ev_lb.balancing.model import (
    CarStatus,
    ChargerState,
    Left,
    LimitedBy,
    Measurement,
    Probe,
    SetCurrent,
    StartCharging,
    StopCharging,
    Unshown,
)
from custom_components.ev_lb.balancing.sharing import share_current

from .builders import LONG_AGO, Run, a_charger, a_claim, a_state, charging, settings
from .plant import Charger, Plant, Sensor, steady, steps

TWO = settings(a_charger("a"), a_charger("b"))


def taking(draw_a: float | None, current_a: int = 16, **others: object) -> ChargerState:
    """Return a charger whose own sensor has shown this draw for long."""
    shown = (Measurement(at=LONG_AGO, current_a=draw_a),)
    return charging(current_a, **{"measurements": shown} | others)


def two(a: ChargerState, b: ChargerState | int = 16) -> Run:
    """Return a site without a house, whose two chargers share 32 A."""
    return Run(TWO, a_state(TWO, a=a, b=b), now=0)


def test_car_that_takes_less_gives_the_rest_to_others() -> None:
    """After half a minute it is capped a little above its draw, and the other gets the rest."""
    run = two(taking(6))
    assert run.read(22).commands == ()
    assert run.wake_at == WAIT_S
    assert run.sleep(WAIT_S) == [(WAIT_S, SetCurrent(charger_id="a", current_a=6 + SPARE_A))]
    assert run.listen(20, 22) == [(WAIT_S + 12, SetCurrent(charger_id="b", current_a=24))]


def test_car_that_leaves_something_is_raised_no_more() -> None:
    """It is told nothing new each time that the other one wants more, and then does not."""
    of = settings(a_charger("a", max_a=16), a_charger("b", max_a=16))
    idle = taking(0, left=Left(since=-99, draw_a=0))
    run = Run(of, a_state(of, a=idle, b=16), now=0)
    for second in range(1, 600):
        run.now = second
        run.read((second // 60) % 2 * 3 + run["b"].target_a)
    told = [command for _, command in run.sent if command.charger_id == "a"]
    assert told == [SetCurrent(charger_id="a", current_a=6)]


def test_stop_of_a_charger_without_a_car_is_no_overload_stop() -> None:
    """Nobody is told of it, and the next car waits no longer for it."""
    run = two(taking(0, status=CarStatus.ABSENT))
    run.listen(60, 40)
    assert run.targets["a"] == 0
    assert run["a"].start_wait.stops == 0
    assert [news for news in run.news if news.charger_id == "a"] == []


def test_nobodys_increase_is_held_for_it() -> None:
    """What one leaves is no overload."""
    run = two(taking(6))
    run.read(22)
    run.sleep(60)
    assert (run["a"].hold_until, run["b"].hold_until) == (None, None)


def test_lone_charger_is_offered_its_full_share() -> None:
    """There is nobody to leave it to, and the car may want it at any time."""
    of = settings()
    run = Run(of, a_state(of, a=taking(6, 32)), now=0)
    run.read(6)
    assert run.sleep(600) == []
    assert run["a"].left == Left()


def test_offer_is_kept_while_nobody_else_wants_more() -> None:
    """A car is not cut for a charger that has all it may have."""
    of = settings(a_charger("a"), a_charger("b", max_a=16))
    run = Run(of, a_state(of, a=taking(6), b=16), now=0)
    run.read(22)
    assert run.listen(120, 22) == []
    assert run["a"].left.draw_a == 6
    assert run.change_charger("b", rated_current_a=32, max_charger_current_a=32).commands == (
        SetCurrent(charger_id="a", current_a=8),
    )


def test_two_that_both_leave_something_keep_their_offers() -> None:
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
    assert run.listen(12, 31) == [(72, SetCurrent(charger_id="a", current_a=16))]


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
    assert run.targets == before
    assert len(run.sent) <= 4


@pytest.mark.parametrize("status", [CarStatus.CHARGING, CarStatus.IDLE])
def test_new_status_lifts_the_cap(status: CarStatus) -> None:
    """A new session, or a car that has changed its mind, is offered its share."""
    left = Left(since=-60, draw_a=6)
    run = two(taking(6, 8, left=left, status=CarStatus.ABSENT), charging(24))
    assert run.see("a", 6, status).commands == (SetCurrent(charger_id="b", current_a=16),)
    assert run["a"].left.draw_a is None


def test_charger_without_a_car_gives_up_everything() -> None:
    """At once, and even its minimum; the car that comes has its share back."""
    run = two(taking(0))
    run.read(16)
    run.now = 1
    assert run.see("a", 0, CarStatus.ABSENT).commands == (StopCharging(charger_id="a"),)
    assert run["a"].limited_by is not LimitedBy.BELOW_MINIMUM
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
    """Without a sensor: a start that was asked about and stayed unseen."""
    idle = charging(
        16,
        unshown=Unshown(low_a=0, reading_a=(16.0,), since=-200),
        probe=Probe(asked_at=-100, wait_s=900),
    )
    run = two(idle)
    run.read(16)
    sent = run.listen(60, 16)
    assert sent[0] == (WAIT_S, SetCurrent(charger_id="a", current_a=6))
    assert sent[-1][1] == SetCurrent(charger_id="b", current_a=26)


@pytest.mark.parametrize(
    ("known", "draw_a"),
    [
        pytest.param(taking(7), 7, id="by its sensor"),
        pytest.param(taking(None), None, id="by a sensor that says nothing"),
        pytest.param(charging(16), None, id="no sensor"),
        pytest.param(
            charging(
                16, unshown=Unshown(low_a=0, reading_a=None, since=0), probe=Probe(wait_s=30.0)
            ),
            0,
            id="asked, and never seen",
        ),
        pytest.param(
            charging(
                16, unshown=Unshown(low_a=6, reading_a=None, since=0), probe=Probe(wait_s=30.0)
            ),
            None,
            id="asked, and seen with less",
        ),
        pytest.param(
            charging(16, unshown=Unshown(low_a=0, reading_a=None, since=0)), None, id="not asked"
        ),
    ],
)
def test_draw_is_known_from_a_sensor_or_by_asking(
    known: ChargerState, draw_a: float | None
) -> None:
    """Otherwise the car may take all it is offered."""
    assert known_draw_a(known) == draw_a


@pytest.mark.parametrize(
    ("draw_a", "current_a", "leaves"),
    [
        pytest.param(14, 16, True, id="2 A"),
        pytest.param(14.1, 16, False, id="less than 2 A"),
        pytest.param(28.8, 32, True, id="a tenth"),
        pytest.param(28.9, 32, False, id="less than a tenth"),
        pytest.param(0, 16, True, id="all"),
    ],
)
def test_car_leaves_something_well_below_its_offer(
    draw_a: float, current_a: int, *, leaves: bool
) -> None:
    """At least 2 A and a tenth: sensors are not exact."""
    assert left_by(taking(draw_a, current_a), 5) == (Left(since=5) if leaves else Left())


@pytest.mark.parametrize(
    ("known", "left"),
    [
        pytest.param(taking(6, left=Left(since=0)), Left(since=0, draw_a=6), id="for long enough"),
        pytest.param(taking(6, left=Left(since=1)), Left(since=1), id="not for long enough"),
        pytest.param(taking(15, left=Left(since=0)), Left(), id="not any more"),
        pytest.param(
            taking(6, 8, left=Left(since=0, draw_a=6)), Left(since=0, draw_a=6), id="at its cap"
        ),
        pytest.param(
            taking(6.6, 8, left=Left(since=0, draw_a=6.0)), Left(), id="nearly all of its cap"
        ),
        pytest.param(
            taking(6.4, 7, left=Left(since=0, draw_a=6)),
            Left(since=0, draw_a=6),
            id="its share was cut to its draw",
        ),
        pytest.param(
            taking(6.5, 7, left=Left(since=0, draw_a=6.0)), Left(), id="and it takes more of that"
        ),
        pytest.param(
            taking(2, 8, left=Left(since=0, draw_a=6)), Left(since=0, draw_a=2), id="even less"
        ),
        pytest.param(taking(0, 0, left=Left(since=0, draw_a=6)), Left(), id="stopped"),
        pytest.param(taking(None, left=Left(since=0, draw_a=6)), Left(), id="not known any more"),
        pytest.param(taking(0, status=CarStatus.ABSENT), Left(since=WAIT_S, draw_a=0), id="no car"),
        pytest.param(
            taking(0, 0, status=CarStatus.ABSENT, left=Left(since=1, draw_a=0)),
            Left(since=1, draw_a=0),
            id="no car for long",
        ),
    ],
)
def test_what_a_car_leaves(known: ChargerState, left: Left) -> None:
    """It lasts while the car draws less, and follows what it draws."""
    assert left_by(known, WAIT_S) == left


def test_nothing_new_is_nothing_changed() -> None:
    """What a car leaves is noted once."""
    state = a_state(TWO, a=taking(6, 8, left=Left(since=0, draw_a=6)), b=16)
    assert note_left(TWO, state, 100) is state


def test_end_of_the_wait_is_a_decision() -> None:
    """Nothing need come from outside."""
    state = a_state(TWO, a=taking(6, left=Left(since=7)), b=16)
    assert left_moments(TWO, state) == [7 + WAIT_S]


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
    state = a_state(TWO, a=taking(draw_a, left=Left(since=0, draw_a=draw_a)), b=16)
    assert without_left(claims, {"a": 16, "b": 16}, state)[0].max_a == cap_a


# Whatever they draw


@given(
    draws_a=st.tuples(*[st.one_of(st.none(), st.floats(0, 32))] * 3),
    room_a=st.floats(0, 96),
    min_a=st.sampled_from((1, 6, 10)),
)
@examples(max_examples=200, deadline=None)
def test_capped_car_never_gets_less_than_it_draws_nor_the_others_less(
    draws_a: tuple[float | None, ...], room_a: float, min_a: int
) -> None:
    """Who leaves something keeps its draw or its share, and nobody is worse off for it."""
    claims = tuple(Claim(charger_id=key, min_a=min_a, max_a=32) for key in "abc")
    three = settings(*(a_charger(key, min_a=min_a) for key in "abc"))
    a, b, c = (taking(draw_a, 32, left=Left(since=0, draw_a=draw_a)) for draw_a in draws_a)
    state = a_state(three, a=a, b=b, c=c)
    before = share_current((room_a,), claims)
    after = share_current((room_a,), without_left(claims, before, state))
    for key, draw_a in zip("abc", draws_a, strict=True):
        if draw_a is None:
            assert after[key] >= before[key]
        else:
            assert after[key] >= min(before[key], draw_a)
            assert (after[key] == 0) == (before[key] == 0)


@given(cap_a=st.floats(0, 16), house_a=st.floats(0, 16), lag_s=st.integers(0, 5))
@examples(max_examples=15, deadline=None)
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
    """It took 7 of 16 A for half an hour, and then all (accident 11)."""
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


def test_least_that_is_left_is_more_than_the_spare() -> None:
    """Otherwise a cap would be as high as the offer."""
    assert LEAST_A >= SPARE_A
