"""Current is shared fairly, minimums first, in whole amperes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from custom_components.ev_lb.balancing.sharing import (
    TOLERANCE_A,
    Claim,
    admit,
    fair_shares,
    fits,
    share_current,
)

from .builders import a_claim
from .strategies import claims, rooms

many = examples(max_examples=300, deadline=None)
one_phase = claims()
three_phases = claims(phases=3)
three_rooms = st.tuples(rooms, rooms, rooms)

A, B, C = (a_claim(charger_id) for charger_id in "abc")


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


def test_first_added_runs_when_only_one_fits() -> None:
    """Of two equal chargers with room for one, the first one charges, with all there is."""
    assert share_current((10,), (A, B)) == {"a": 10, "b": 0}


def test_priority_weighs_the_shares() -> None:
    """A charger of three times the priority gets three times the current."""
    shares = share_current((32,), (a_claim("a", weight=75), a_claim("b", weight=25)))
    assert shares == {"a": 24, "b": 8}


def test_lowest_priority_is_stopped_first() -> None:
    """When not all minimums fit, the least important charger gives way, wherever it stands."""
    wanted = (a_claim("a", weight=10), a_claim("b", weight=90), a_claim("c", weight=50))
    assert share_current((13,), wanted) == {"a": 0, "b": 7, "c": 6}


def test_last_added_is_stopped_among_equals() -> None:
    """Of equal chargers, the one that was added last gives way."""
    assert share_current((13,), (A, B, C)) == {"a": 7, "b": 6, "c": 0}


@given(room_a=three_rooms, wanted=three_phases)
@many
def test_car_alone_gets_what_it_gets_beside_one_that_cannot_run(
    room_a: tuple[float, ...], wanted: tuple[Claim, ...]
) -> None:
    """The short way for a site with one charger comes to the same."""
    alone = wanted[:1]
    beside = share_current(room_a, (*alone, a_claim("stopped", max_a=0)))
    assert beside == {**share_current(room_a, alone), "stopped": 0}


def test_running_charger_is_not_swapped_for_an_equal_one() -> None:
    """A car that charges is not stopped to start another one that is no more important."""
    running = replace(B, current_a=10)
    assert share_current((10,), (A, running)) == {"a": 0, "b": 10}


def test_more_important_charger_takes_a_running_ones_place() -> None:
    """A car that charges gives way to one of higher priority."""
    wanted = (a_claim("a", weight=60), a_claim("b", current_a=10))
    assert share_current((10,), wanted) == {"a": 10, "b": 0}


def test_one_large_minimum_does_not_push_out_two_small_ones() -> None:
    """Never more chargers stand still than need be, even for an important one (accident 19)."""
    wanted = (a_claim("a", min_a=12, weight=90), B, C)
    assert share_current((12,), wanted) == {"a": 0, "b": 6, "c": 6}


def test_who_is_let_in_for_another_needs_room_on_its_own_phase() -> None:
    """After two small minimums took a large one's place, a car on a full phase stands still."""
    wanted = (a_claim("a", min_a=12, weight=90), B, C, a_claim("d", phases=(1,)))
    assert share_current((12, 0), wanted) == {"a": 0, "b": 6, "c": 6, "d": 0}


def test_only_so_many_on_two_phases_run_as_cost_nobody_a_place() -> None:
    """One of high priority runs where another would have, a second one would stop two."""
    wanted = (
        a_claim("a", phases=(0, 1), weight=90),
        a_claim("b", phases=(0, 1), weight=90),
        a_claim("c"),
        a_claim("d"),
        a_claim("e", phases=(1,)),
    )
    assert share_current((12, 12), wanted) == {"a": 6, "b": 0, "c": 6, "d": 0, "e": 6}


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


def test_no_room_stops_all() -> None:
    """In an overload of the house alone no charger runs."""
    assert share_current((-5,), (A, B)) == {"a": 0, "b": 0}


def test_one_phase_car_is_not_stopped_by_another_phase() -> None:
    """A car on L1 charges on although L3 is full (accident 20)."""
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
    return sum(shares[claim.charger_id] for claim in wanted if phase in claim.phases)


@given(room_a=three_rooms, wanted=three_phases)
@many
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
@many
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
                if phase in other.phases
            )
            for phase in claim.phases
        )
        assert fair_a[claim.charger_id] >= claim.max_a - 1e-3 or has_bottleneck


@given(room_a=three_rooms, wanted=three_phases)
@many
def test_whole_amperes_are_within_one_of_the_fair_share(
    room_a: tuple[float, ...], wanted: tuple[Claim, ...]
) -> None:
    """Whole amperes cost nobody a whole ampere, and give nobody more than one."""
    shares = share_current(room_a, wanted)
    for charger_id, fair_a in fair_shares(room_a, admit(room_a, wanted)).items():
        assert fair_a - 1 < shares[charger_id] <= fair_a + 1 + TOLERANCE_A


@given(room_a=rooms, wanted=one_phase)
@many
def test_no_whole_ampere_is_left_that_one_could_take(
    room_a: float, wanted: tuple[Claim, ...]
) -> None:
    """The cars get all that is left."""
    shares = share_current((room_a,), wanted)
    left_a = room_a - sum(shares.values())
    if left_a >= 1 + TOLERANCE_A:
        assert all(
            shares[claim.charger_id] in (0, claim.max_a)
            for claim in wanted
            if claim.min_a <= claim.max_a
        )


def crowd_of(wanted: Sequence[Claim], times: int = 1) -> tuple[Claim, ...]:
    """Return so many chargers of each claim, in turns, each with its own name."""
    return tuple(
        replace(claim, charger_id=f"{claim.charger_id}{index}{turn}")
        for turn in range(times)
        for index, claim in enumerate(wanted)
    )


def best_subset(room_a: Sequence[float], wanted: Sequence[Claim]) -> tuple[Claim, ...]:
    """Return who should run, by trying everything: as many as fit, the most important first."""
    able = [claim for claim in wanted if claim.min_a <= claim.max_a]
    ranked = sorted(able, key=lambda claim: (-claim.weight, claim.current_a <= 0))
    for count in range(len(ranked), -1, -1):
        for chosen in combinations(ranked, count):
            if fits(room_a, chosen):
                return tuple(claim for claim in wanted if claim in chosen)
    raise AssertionError("nobody always fits")


@given(room_a=rooms, wanted=one_phase)
@many
def test_as_few_as_possible_stand_still_the_least_important_ones(
    room_a: float, wanted: tuple[Claim, ...]
) -> None:
    """Never more are stopped than needed; by priority, then who runs, then the order."""
    assert admit((room_a,), wanted) == best_subset((room_a,), wanted)


@given(room_a=three_rooms, wanted=three_phases)
@many
def test_as_few_as_possible_stand_still_on_several_phases(
    room_a: tuple[float, ...], wanted: tuple[Claim, ...]
) -> None:
    """The same holds whatever phases and minimums the cars have."""
    assert admit(room_a, wanted) == best_subset(room_a, wanted)


@given(
    room_a=st.tuples(*[st.integers(0, 24)] * 3),
    minimums=st.sampled_from(((6,), (6, 8))),
    phase_sets=st.sampled_from(
        (((0,), (1,), (0, 1)), ((0, 1), (0, 2), (1, 2)), ((0,), (1,), (1, 2), (0, 1, 2)))
    ),
    choices=st.lists(st.integers(0, 47), min_size=6, max_size=8),
)
@many
def test_as_few_as_possible_stand_still_of_a_crowd(
    room_a: tuple[int, ...],
    minimums: tuple[int, ...],
    phase_sets: tuple[tuple[int, ...], ...],
    choices: list[int],
) -> None:
    """The same holds of many similar cars for few places, where one may cost others two."""
    cars = list(product(phase_sets, minimums, (40, 60), (0, 10)))
    wanted = crowd_of(
        [
            a_claim(min_a=min_a, phases=phases, weight=weight, current_a=current_a)
            for choice in choices
            for phases, min_a, weight, current_a in (cars[choice % len(cars)],)
        ]
    )
    assert admit(room_a, wanted) == best_subset(room_a, wanted)


def test_two_three_phase_cars_run_rather_than_one_with_a_large_minimum() -> None:
    """Never more are stopped than needed, even where the smallest minimums do not fit together."""
    wanted = (
        a_claim("a", min_a=10, phases=(2,)),
        a_claim("b", min_a=8, phases=(0, 1, 2)),
        a_claim("c", min_a=6, phases=(0, 1, 2)),
    )
    assert [claim.charger_id for claim in admit((26, 20, 14), wanted)] == ["b", "c"]


@given(room_a=three_rooms, wanted=three_phases, times=st.integers(2, 20))
@many
def test_crowd_with_as_many_times_the_room_shares_alike(
    room_a: tuple[float, ...], wanted: tuple[Claim, ...], times: int
) -> None:
    """What a charger gets does not depend on how many there are, if each brings its room."""
    running = admit(room_a, wanted)
    fair_a = fair_shares(room_a, running)
    crowd_a = fair_shares([times * room for room in room_a], crowd_of(running, times))
    assert crowd_a == {
        claim.charger_id: pytest.approx(fair_a[claim.charger_id[0]])
        for claim in crowd_of(running, times)
    }


EVERYWHERE = crowd_of(
    [
        a_claim("a", phases=(0, 1, 2), weight=90),
        a_claim("b", phases=(0, 1), min_a=8),
        a_claim("c", phases=(0, 2), weight=40),
        a_claim("d", phases=(1, 2)),
        a_claim("e", phases=(0,)),
        a_claim("f", phases=(1,), min_a=10),
        a_claim("g", phases=(2,), weight=60),
    ],
    times=10,
)
"""Too many different ones to find out how many can run at most."""


def test_those_that_load_least_run_where_trying_everything_takes_too_long() -> None:
    """A large mixed crowd stays quickly decided: small ones first, then by priority."""
    running = admit((40, 40, 40), EVERYWHERE)
    assert [claim.charger_id[0] for claim in running].count("e") == 6
    assert {claim.phases for claim in running} == {(0,), (1,), (2,)}


@given(room_a=three_rooms, running_a=st.lists(st.sampled_from((0, 6)), min_size=70, max_size=70))
@examples(max_examples=50, deadline=None)
def test_crowd_on_any_phases_fills_the_room_and_stays(
    room_a: tuple[float, ...], running_a: list[int]
) -> None:
    """There too nobody stands still who would fit, and nobody is swapped."""
    wanted = [
        replace(claim, current_a=current_a)
        for claim, current_a in zip(EVERYWHERE, running_a, strict=True)
    ]
    running = admit(room_a, wanted)
    assert fits(room_a, running)
    stopped = [claim for claim in wanted if claim not in running]
    assert not any(fits(room_a, (*running, claim)) for claim in stopped)
    shares = share_current(room_a, wanted)
    settled = [replace(claim, current_a=shares[claim.charger_id]) for claim in wanted]
    assert share_current(room_a, settled) == shares


@given(room_a=rooms, more_a=st.floats(0, 40), wanted=one_phase)
@many
def test_more_headroom_never_lowers_total_or_number(
    room_a: float, more_a: float, wanted: tuple[Claim, ...]
) -> None:
    """When the house takes less, no less is charged altogether, and by no fewer cars."""
    less = share_current((room_a,), wanted)
    more = share_current((room_a + more_a,), wanted)
    assert sum(more.values()) >= sum(less.values())
    assert sum(share > 0 for share in more.values()) >= sum(share > 0 for share in less.values())


@given(room_a=three_rooms, wanted=three_phases)
@many
def test_sharing_again_moves_nothing(room_a: tuple[float, ...], wanted: tuple[Claim, ...]) -> None:
    """While nothing changes, no ampere moves between chargers."""
    shares = share_current(room_a, wanted)
    settled = [replace(claim, current_a=shares[claim.charger_id]) for claim in wanted]
    assert share_current(room_a, settled) == shares


@given(room_a=three_rooms, other_a=rooms, wanted=claims(phases=2))
@many
def test_phase_that_nobody_loads_matters_to_nobody(
    room_a: tuple[float, ...], other_a: float, wanted: tuple[Claim, ...]
) -> None:
    """A charger binds only the phases it loads: here nobody loads the third (accident 20)."""
    assert share_current((*room_a[:2], other_a), wanted) == share_current(room_a, wanted)
