"""What every charger is to have, and the reason that is shown."""

import pytest

from custom_components.ev_lb.balancing.allocate.ceiling import Ceiling, UserLimit
from custom_components.ev_lb.balancing.estimate.charger_sensor import ChargerSensor
from custom_components.ev_lb.balancing.increases.hold import Hold
from custom_components.ev_lb.balancing.increases.start_budget import StartBudget
from custom_components.ev_lb.balancing.model import (
    CarStatus,
    LimitedBy,
    MeterStatus,
    Reading,
    SetCurrent,
    StartCharging,
    TemporaryLimit,
)
from custom_components.ev_lb.balancing.planning import keep_within, kept_charging
from custom_components.ev_lb.balancing.settings import Settings
from custom_components.ev_lb.balancing.state import ChargerState
from custom_components.ev_lb.balancing.supervise.evidence import Cut, Evidence
from custom_components.ev_lb.balancing.switching import unknown_charger

from .builders import Run, a_charger, a_claim, a_site, a_state, charging, settings


def limited(has_a: int, limit_a: int) -> ChargerState:
    """Return a charger with a temporary limit."""
    limit = TemporaryLimit(current_a=limit_a, until=1000.0)
    return charging(has_a, limit=UserLimit(in_force=limit))


def stopped_by_overload() -> ChargerState:
    """Return a charger whose next start is one of its budget."""
    return charging(0, budget=StartBudget(is_stopped=True, counted_at=0.0))


@pytest.mark.parametrize(
    ("house_a", "charger", "limited_by"),
    [
        pytest.param(12, charging(20), LimitedBy.HEADROOM, id="the house"),
        pytest.param(0, charging(32), LimitedBy.CHARGER_MAXIMUM, id="its maximum"),
        pytest.param(4, limited(20, 20), LimitedBy.LIMIT, id="a limit"),
        pytest.param(4, limited(0, 5), LimitedBy.BELOW_MINIMUM, id="a limit below the minimum"),
        pytest.param(27, charging(0), LimitedBy.HEADROOM, id="no room for the minimum"),
        pytest.param(4, charging(10, hold=Hold(until=90.0)), LimitedBy.RAMP_UP_HOLD, id="a hold"),
        pytest.param(4, stopped_by_overload(), LimitedBy.START_WAIT, id="the wait before a start"),
    ],
)
def test_reason_for_the_current_is_shown(
    house_a: float, charger: ChargerState, limited_by: LimitedBy
) -> None:
    """The user sees why a car gets what it gets."""
    of = settings()
    run = Run(of, a_state(of, house_a=house_a, a=charger), now=1)
    run.read(house_a + charger.target_a)
    assert run["a"].allocation.limited_by is limited_by
    assert run.sent == []


def test_share_of_another_car_is_shown_as_sharing() -> None:
    """A car that gets less for another's sake shows so."""
    of = settings(a_charger("a"), a_charger("b"))
    run = Run(of, a_state(of, a=16, b=16), now=1)
    run.read(32)
    assert run["a"].allocation.limited_by is LimitedBy.SHARING


def test_nobody_is_cut_for_a_share_that_cannot_be_taken_yet() -> None:
    """While a stopped car must wait before its start, the other keeps all there is."""
    of = settings(a_charger("a"), a_charger("b"))
    run = Run(of, a_state(of, house_a=12, a=20, b=stopped_by_overload()), now=1)
    assert run.read(32).commands == ()
    assert run.sleep(30) == [(31, SetCurrent(charger_id="a", current_a=10))]


def test_room_comes_back_to_the_one_that_may_take_it() -> None:
    """What a held car must not take goes to one that may."""
    of = settings(a_charger("a"), a_charger("b"))
    run = Run(of, a_state(of, house_a=8, a=charging(6, hold=Hold(until=30.0)), b=6), now=1)
    assert run.read(20).commands == (SetCurrent(charger_id="b", current_a=18),)


def test_house_alone_over_its_limit_leaves_the_chargers_stopped() -> None:
    """They are told to stop again, and nothing is told of it: it is nobody's fault."""
    of = settings()
    run = Run(of, a_state(of, house_a=40), now=1)
    run.listen(100, 40)
    assert (run.targets, run.events) == ({"a": 0}, [])
    assert run["a"].allocation.limited_by is LimitedBy.HEADROOM


def test_site_without_chargers_decides() -> None:
    """A site whose first charger is still to come has nothing to send."""
    of = Settings(site=a_site())
    run = Run(of, now=0)
    decision = run.read(50)
    assert decision.commands == ()
    assert decision.view.house_load_a == (50,)


# One low reading raises nobody by much


@pytest.mark.parametrize(
    ("has_a", "reading_a", "given_a"),
    [
        pytest.param(20, 30, 22, id="two amperes more"),
        pytest.param(20, 29, 20, id="three"),
        pytest.param(0, 0, 0, id="a start"),
        pytest.param(20, 0, 20, id="a reading of nothing"),
    ],
)
def test_one_reading_raises_by_two_amperes_at_most(
    has_a: int, reading_a: float, given_a: int
) -> None:
    """A single dip or zero between good samples moves nobody."""
    of = settings()
    run = Run(of, a_state(of, house_a=32 - has_a, a=has_a), now=1)
    run.read(reading_a)
    assert run.targets == {"a": given_a}


def test_one_reading_raises_all_together_by_two_amperes_at_most() -> None:
    """Each second sample of 0 took two cars to the whole of the breaker, again and again."""
    of = settings(a_charger("a"), a_charger("b"))
    run = Run(of, a_state(of, house_a=10, a=11, b=11), now=1)
    run.read(0)
    assert sum(run.targets.values()) <= 22 + 2


def test_small_increase_is_not_given_up_for_a_large_one_that_must_wait() -> None:
    """What does not fit by two readings is taken back first from those that want most of it."""
    claims = [a_claim("a", current_a=10), a_claim("b", current_a=0)]
    seen = {"a": 12, "b": 16}
    keep_within(seen, claims, (12.0,), {})
    assert seen == {"a": 12, "b": 0}


@pytest.mark.parametrize(
    ("raised", "given_a"),
    [
        pytest.param({}, 10, id="nobody was raised"),
        pytest.param({"a": frozenset({0})}, 10, id="it was itself"),
        pytest.param({"b": frozenset({1})}, 10, id="another, on another phase"),
        pytest.param({"b": frozenset({0})}, 8, id="another, a second ago"),
    ],
)
def test_small_increase_waits_for_two_readings_beside_one_that_has_not_shown(
    raised: dict[str, frozenset[int]], given_a: int
) -> None:
    """Two by 2 A, one second after the other, are 4 A that one reading has left."""
    claims = [a_claim("a", current_a=8), a_claim("b", current_a=13)]
    seen = {"a": 10, "b": 13}
    keep_within(seen, claims, (21.0,), raised)
    assert seen == {"a": given_a, "b": 13}


def test_second_reading_gives_what_both_leave() -> None:
    """The lower of the two is what is known to be free."""
    of = settings()
    run = Run(of, a_state(of, house_a=22, a=10), now=1)
    run.read(20)
    assert run["a"].allocation.limited_by is LimitedBy.CONFIRMATION
    run.now = 2
    assert run.read(26).commands == (SetCurrent(charger_id="a", current_a=16),)


def test_reading_that_stands_for_long_counts_as_two() -> None:
    """A meter that reports only changes says it once: ten seconds later it is believed."""
    of = settings()
    run = Run(of, a_state(of, house_a=22, a=10), now=1)
    run.read(20)
    assert run.sleep(9) == []
    assert run.sleep(1) == [(11, SetCurrent(charger_id="a", current_a=22))]


# A cut behind a cut


def second_cut(cut: Cut | None, reading_a: float = 37) -> Run:
    """Return a car at 20 A beside a house that has just taken 5 A, a cut before still open."""
    of = settings()
    known = charging(20, evidence=Evidence(cut=cut))
    run = Run(of, a_state(of, house_a=12, a=known), now=1)
    run.read(reading_a)
    return run


def open_cut(commands: int) -> Cut:
    """Return a cut of so many commands that the meter has not shown."""
    return Cut(cut_a=2, sent_at=0.0, has_drawn=True, highest_a=[32.0], commands=commands)


@pytest.mark.parametrize(
    ("run", "given_a"),
    [
        pytest.param(second_cut(None), 15, id="the first: what it takes"),
        pytest.param(second_cut(open_cut(1)), 15, id="the second: as much"),
        pytest.param(second_cut(open_cut(2)), 10, id="the third: twice as much"),
        pytest.param(second_cut(open_cut(2), 44), 6, id="no lower than the minimum"),
        pytest.param(second_cut(open_cut(2), 60), 0, id="unless a stop is needed"),
    ],
)
def test_third_cut_in_a_row_is_twice_as_deep(run: Run, given_a: int) -> None:
    """The house climbs, or the meter averages: one deeper cut is over sooner than five."""
    assert run.targets == {"a": given_a}


def test_cut_for_another_car_is_not_deepened() -> None:
    """Nothing is over: what one gives is what the other gets."""
    of = settings(a_charger("a"), a_charger("b"))
    run = Run(of, a_state(of, a=32), now=1)
    run["a"].evidence.cut = open_cut(2)
    run.read(32)
    assert run.targets["a"] == 16


def test_without_a_meter_the_whole_limit_is_shared() -> None:
    """The fallback knows nothing of the house."""
    of = settings(
        a_charger("a", fallback_a=20),
        a_charger("b", fallback_a=20),
        unavailable_behavior="set_current",
    )
    run = Run(of, a_state(of, house_a=20, a=6, b=6), now=1)
    run.lose_meter()
    run.sleep(120)
    assert (run.state.meter.status, run.targets) == (MeterStatus.UNAVAILABLE, {"a": 16, "b": 16})


def test_started_charger_is_told_its_whole_share() -> None:
    """No charger is started with less than it may have."""
    of = settings()
    run = Run(of, a_state(of, house_a=12), now=1)
    assert run.read(12).commands == (StartCharging(charger_id="a", current_a=20),)


def unknown_run(*, readings: int) -> Run:
    """Return a charger of which nothing is known but that its own sensor shows it charging."""
    of = settings()
    run = Run(of, now=0)
    run.see("a", 10, CarStatus.CHARGING)
    run.listen(readings, 31)
    return run


def test_unknown_charger_that_charges_is_not_stopped_within_the_limit() -> None:
    """It is in the reading already: it gets its minimum, and is not switched off and on again."""
    assert unknown_run(readings=3).sent == [(1, StartCharging(charger_id="a", current_a=6))]


@pytest.mark.parametrize(("reading_a", "kept_a"), [(31, 6), (5.9, 0)])
def test_status_alone_keeps_no_charger_whose_draw_the_reading_cannot_hold(
    reading_a: float, kept_a: int
) -> None:
    """It says that it charges; the meter shows less than any car draws."""
    of = settings()
    state = a_state(of, a=unknown_charger(a_charger("a")))
    known = state.chargers["a"]
    known.sensor = ChargerSensor(status=CarStatus.CHARGING)
    state.meter.reading = Reading(current_a=(reading_a,), at=0.0)
    most = Ceiling(current_a=32, limited_by=LimitedBy.CHARGER_MAXIMUM)
    assert kept_charging(of, state, {"a": 0}, {"a": most}) == {"a": kept_a}
