"""Current is shared fairly, minimums first, in whole amperes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_components.ev_lb.balancing.allocate.admission import admit
from custom_components.ev_lb.balancing.allocate.claim import Claim
from custom_components.ev_lb.balancing.allocate.limits import TOLERANCE_A
from custom_components.ev_lb.balancing.allocate.sharing import fair_shares, share_current
from tests.balancing.builders import a_claim, crowd_of, phases_of
from tests.explore import examples

from .claims import claims, rooms, three_rooms

one_phase = claims()
three_phases = claims(phases=3)

A, B = (a_claim(charger_id) for charger_id in "ab")


@pytest.mark.parametrize(
    ("pool_a", "shares_a"),
    [
        pytest.param(42, {"a": 10, "b": 32}, id="both get their maximum"),
        pytest.param(30, {"a": 10, "b": 20}, id="what one cannot take goes to the other"),
        pytest.param(20, {"a": 10, "b": 10}, id="equal halves"),
        pytest.param(10, {"a": 10, "b": 0}, id="only one minimum fits"),
    ],
)
def test_pool_is_shared_as_documented(pool_a: int, shares_a: Mapping[str, int]) -> None:
    """The table of the guide: two chargers, one with a maximum of 10 A, one with 32 A."""
    assert share_current((pool_a,), (a_claim("a", max_a=10), a_claim("b", max_a=32))) == shares_a


def test_priority_weighs_the_shares() -> None:
    """A charger of three times the priority gets three times the current."""
    shares = share_current((32,), (a_claim("a", weight=75), a_claim("b", weight=25)))
    assert shares == {"a": 24, "b": 8}


def test_minimum_comes_before_weight() -> None:
    """The least important charger keeps its minimum, and the others share what is left."""
    wanted = (a_claim("a", weight=90), a_claim("b", weight=90), a_claim("c", weight=10))
    assert share_current((30,), wanted) == {"a": 12, "b": 12, "c": 6}


@given(room_a=three_rooms, wanted=three_phases)
@examples(100)
def test_car_alone_gets_what_it_gets_beside_one_that_cannot_run(
    room_a: tuple[float, ...], wanted: tuple[Claim, ...]
) -> None:
    """The short way for a site with one charger comes to the same."""
    alone = wanted[:1]
    beside = share_current(room_a, (*alone, a_claim("stopped", max_a=0)))
    assert beside == {**share_current(room_a, alone), "stopped": 0}


def test_charger_that_cannot_run_leaves_its_share() -> None:
    """A maximum below the minimum means stopped, and the others get all."""
    assert share_current((20,), (a_claim("a", max_a=5), B)) == {"a": 0, "b": 20}


def test_left_over_ampere_stays_where_it_is() -> None:
    """The ampere that cannot be halved is not handed back and forth."""
    assert share_current((21,), (A, replace(B, current_a=11))) == {"a": 10, "b": 11}


def test_left_over_ampere_goes_by_priority_then_order() -> None:
    """A new odd ampere goes to the more important charger, or to the first one."""
    assert share_current((21,), (A, B)) == {"a": 11, "b": 10}
    assert share_current((14,), (a_claim("a", weight=49), a_claim("b", weight=51))) == {
        "a": 6,
        "b": 8,
    }


def test_left_over_ampere_needs_room_on_all_phases_of_its_car() -> None:
    """A three-phase car takes none that one of its phases does not have."""
    wanted = (a_claim("a", phases=(0, 1)), a_claim("b", phases=(1,)))
    assert share_current((10.5, 21), wanted) == {"a": 10, "b": 11}


def test_no_room_stops_all() -> None:
    """In an overload of the house alone no charger runs."""
    assert share_current((-5,), (A, B)) == {"a": 0, "b": 0}


def test_one_phase_car_is_not_stopped_by_another_phase() -> None:
    """A car on L1 charges on although L3 is full."""
    shares = share_current((20, 20, 0), (a_claim("a", phases=(0,)), a_claim("b", phases=(2,))))
    assert shares == {"a": 20, "b": 0}


def test_three_phase_car_takes_what_the_fullest_phase_leaves() -> None:
    """A car on all phases takes the current that each of them has."""
    shares = share_current((20, 9, 30), (a_claim("a", phases=(0, 1, 2)),))
    assert shares == {"a": 9}


def test_car_on_a_free_phase_takes_what_others_cannot() -> None:
    """What a three-phase car cannot use for a full phase, a one-phase car on another does."""
    wanted = (a_claim("a", phases=(0, 1)), a_claim("b", phases=(1,)))
    assert share_current((8, 30), wanted) == {"a": 8, "b": 22}


def used_a(shares: Mapping[str, float], wanted: Sequence[Claim], phase: int) -> float:
    """Return what the shares load a phase with."""
    return sum(shares[claim.charger_id] for claim in wanted if phase in phases_of(claim))


@given(room_a=three_rooms, wanted=three_phases)
@examples(200)
def test_shares_fit_and_keep_to_minimum_and_maximum(
    room_a: tuple[float, ...], wanted: tuple[Claim, ...]
) -> None:
    """No phase is loaded beyond its room, and each share is none or from minimum to maximum."""
    shares = share_current(room_a, wanted)
    for claim in wanted:
        assert shares[claim.charger_id] in (0, *range(claim.min_a, claim.max_a + 1))
    for phase, room in enumerate(room_a):
        assert used_a(shares, wanted, phase) <= max(room, 0.0) + TOLERANCE_A


@given(room_a=three_rooms, wanted=three_phases)
@examples(300)
def test_shares_are_max_min_fair(room_a: tuple[float, ...], wanted: tuple[Claim, ...]) -> None:
    """None can gain without one at or below its level losing.

    Each that is below its maximum loads a full phase, and nobody there who is above the minimum
    stands at a higher level (Bertsekas & Gallager: a bottleneck for each).
    """
    running = admit(room_a, wanted)
    fair_a = fair_shares(room_a, running)
    for claim in running:
        level = fair_a[claim.charger_id] / claim.weight
        has_bottleneck = any(
            used_a(fair_a, running, phase) >= room_a[phase] - 1e-3
            and all(
                fair_a[other.charger_id] <= other.min_a + 1e-3
                or fair_a[other.charger_id] / other.weight <= level + 1e-3
                for other in running
                if phase in phases_of(other)
            )
            for phase in phases_of(claim)
        )
        assert fair_a[claim.charger_id] >= claim.max_a - 1e-3 or has_bottleneck


@st.composite
def few_claims(draw: st.DrawFn) -> tuple[Claim, ...]:
    """Return two or three small chargers of one priority, on any phases."""
    loaded = st.sets(st.integers(0, 2), min_size=1)
    minimums = draw(st.lists(st.integers(2, 4), min_size=2, max_size=3))
    return tuple(
        a_claim(
            f"{number}",
            min_a=min_a,
            max_a=draw(st.integers(min_a, 9)),
            phases=sorted(draw(loaded)),
        )
        for number, min_a in enumerate(minimums)
    )


def fairest_a(room_a: Sequence[int], running: Sequence[Claim]) -> list[int]:
    """Return the fairest whole amperes that fit, least first, by trying everything."""
    every = product(*[range(claim.min_a, claim.max_a + 1) for claim in running])
    return max(
        sorted(given_a)
        for given_a in every
        if all(
            sum(
                each_a
                for each_a, claim in zip(given_a, running, strict=True)
                if phase in phases_of(claim)
            )
            <= room
            for phase, room in enumerate(room_a)
        )
    )


@given(room_a=st.tuples(*[st.integers(2, 16)] * 3), wanted=few_claims())
@examples(200)
def test_whole_amperes_are_as_fair_as_any_on_several_phases(
    room_a: tuple[int, ...], wanted: tuple[Claim, ...]
) -> None:
    """No whole-ampere allocation is fairer, but for the ampere that cannot be halved."""
    shares = share_current(room_a, wanted)
    running = admit(room_a, wanted)
    given_a = sorted(shares[claim.charger_id] for claim in running)
    fairest = fairest_a(room_a, running) if running else []
    assert all(abs(a - b) <= 1 for a, b in zip(given_a, fairest, strict=True))
    assert given_a[:1] == fairest[:1]


@given(room_a=three_rooms, wanted=three_phases)
@examples(200)
def test_whole_amperes_are_within_one_of_the_fair_share(
    room_a: tuple[float, ...], wanted: tuple[Claim, ...]
) -> None:
    """Whole amperes cost nobody a whole ampere, and give nobody more than one."""
    shares = share_current(room_a, wanted)
    for charger_id, fair_a in fair_shares(room_a, admit(room_a, wanted)).items():
        assert fair_a - 1 < shares[charger_id] <= fair_a + 1 + TOLERANCE_A


@given(room_a=three_rooms, wanted=three_phases)
@examples(200)
def test_no_whole_ampere_is_left_that_one_could_take(
    room_a: tuple[float, ...], wanted: tuple[Claim, ...]
) -> None:
    """The cars get all that is left: who was rounded down loads a phase without a whole ampere."""
    shares = share_current(room_a, wanted)
    left_a = [room - used_a(shares, wanted, phase) for phase, room in enumerate(room_a)]
    fair_a = fair_shares(room_a, admit(room_a, wanted))
    for claim in wanted:
        share_a = shares[claim.charger_id]
        if 0 < share_a < claim.max_a and share_a <= fair_a[claim.charger_id]:
            assert min(left_a[phase] for phase in phases_of(claim)) < 1 + TOLERANCE_A


@given(room_a=three_rooms, wanted=three_phases, times=st.integers(2, 20))
@examples(100)
def test_crowd_with_as_many_times_the_room_shares_alike(
    room_a: tuple[float, ...], wanted: tuple[Claim, ...], times: int
) -> None:
    """What a charger gets does not depend on how many there are, if each brings its room."""
    running = admit(room_a, wanted)
    fair_a = fair_shares(room_a, running)
    crowd = crowd_of(running, times)
    assert fair_shares([times * room for room in room_a], crowd) == {
        claim.charger_id: pytest.approx(fair_a[claim.charger_id[0]]) for claim in crowd
    }


@given(room_a=rooms, more_a=st.floats(0, 40), wanted=one_phase)
@examples(200)
def test_more_headroom_never_lowers_total_or_number(
    room_a: float, more_a: float, wanted: tuple[Claim, ...]
) -> None:
    """When the house takes less, no less is charged altogether, and by no fewer cars."""
    less = share_current((room_a,), wanted)
    more = share_current((room_a + more_a,), wanted)
    assert sum(more.values()) >= sum(less.values())
    assert sum(share > 0 for share in more.values()) >= sum(share > 0 for share in less.values())


@given(room_a=three_rooms, wanted=three_phases)
@examples(200)
def test_sharing_again_moves_nothing(room_a: tuple[float, ...], wanted: tuple[Claim, ...]) -> None:
    """While nothing changes, no ampere moves between chargers."""
    shares = share_current(room_a, wanted)
    settled = [replace(claim, current_a=shares[claim.charger_id]) for claim in wanted]
    assert share_current(room_a, settled) == shares


@given(room_a=three_rooms, other_a=rooms, wanted=claims(phases=2))
@examples(50)
def test_phase_that_nobody_loads_matters_to_nobody(
    room_a: tuple[float, ...], other_a: float, wanted: tuple[Claim, ...]
) -> None:
    """A charger binds only the phases it loads: here nobody loads the third."""
    assert share_current((*room_a[:2], other_a), wanted) == share_current(room_a, wanted)
