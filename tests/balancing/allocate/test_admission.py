"""As few chargers as possible stand still, the least important ones."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_components.ev_lb.balancing.allocate.admission import MOST_TRIED, admit, fits
from custom_components.ev_lb.balancing.allocate.claim import Claim
from custom_components.ev_lb.balancing.allocate.sharing import share_current
from tests.balancing.builders import a_claim, crowd_of, phases_of
from tests.explore import examples

from .claims import claims, rooms, three_rooms

one_phase = claims(numbers=st.integers(1, MOST_TRIED))
three_phases = claims(phases=3, numbers=st.integers(1, MOST_TRIED))

A, B, C = (a_claim(charger_id) for charger_id in "abc")


def test_first_added_runs_when_only_one_fits() -> None:
    """Of two equal chargers with room for one, the first one charges, with all there is."""
    assert share_current((10,), (A, B)) == {"a": 10, "b": 0}


def test_lowest_priority_is_stopped_first() -> None:
    """When not all minimums fit, the least important charger gives way, wherever it stands."""
    wanted = (a_claim("a", weight=10), a_claim("b", weight=90), a_claim("c", weight=50))
    assert share_current((13,), wanted) == {"a": 0, "b": 7, "c": 6}


def test_last_added_is_stopped_among_equals() -> None:
    """Of equal chargers, the one that was added last gives way."""
    assert share_current((13,), (A, B, C)) == {"a": 7, "b": 6, "c": 0}


def test_running_charger_is_not_swapped_for_an_equal_one() -> None:
    """A car that charges is not stopped to start another one that is no more important."""
    running = replace(B, current_a=10)
    assert share_current((10,), (A, running)) == {"a": 0, "b": 10}


def test_more_important_charger_takes_a_running_ones_place() -> None:
    """A car that charges gives way to one of higher priority."""
    wanted = (a_claim("a", weight=60), a_claim("b", current_a=10))
    assert share_current((10,), wanted) == {"a": 10, "b": 0}


def test_one_large_minimum_does_not_push_out_two_small_ones() -> None:
    """Never more chargers stand still than need be, even for an important one."""
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


def test_two_three_phase_cars_run_rather_than_one_with_a_large_minimum() -> None:
    """Never more are stopped than needed, even where the smallest minimums do not fit together."""
    wanted = (
        a_claim("a", min_a=10, phases=(2,)),
        a_claim("b", min_a=8, phases=(0, 1, 2)),
        a_claim("c", min_a=6, phases=(0, 1, 2)),
    )
    assert [claim.charger_id for claim in run_of((26, 20, 14), wanted)] == ["b", "c"]


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param(a_claim("a", max_a=5), id="maximum below its minimum"),
        pytest.param(a_claim("a", min_a=0, max_a=0), id="no minimum and no maximum"),
        pytest.param(a_claim("a", min_a=25), id="minimum above the room"),
        pytest.param(a_claim("a", phases=(0, 1)), id="a phase without room"),
    ],
)
def test_charger_that_cannot_run_takes_no_place(odd: Claim) -> None:
    """The others run as if it were not there, be it the most important one."""
    important = replace(odd, weight=100)
    assert run_of((12, 0), (important, B, C)) == (B, C)


def test_minimum_that_fits_but_for_a_rounding_error_runs() -> None:
    """Amperes are sums of measured numbers: 0.1 + 0.2 is not less than 0.3."""
    assert run_of((6 - 1e-9,), (A,)) == (A,)
    assert run_of((6 - 1e-3,), (A,)) == ()


def run_of(room_a: Sequence[float], wanted: Sequence[Claim]) -> tuple[Claim, ...]:
    """Return who runs, in the order of the claims."""
    running = {claim.charger_id for claim in admit(room_a, wanted)}
    return tuple(claim for claim in wanted if claim.charger_id in running)


def best_subset(room_a: Sequence[float], wanted: Sequence[Claim]) -> tuple[Claim, ...]:
    """Return who should run, by trying everything: as many as fit, the most important first."""
    able = [claim for claim in wanted if claim.min_a <= claim.max_a]
    ranked = sorted(able, key=lambda claim: (-claim.weight, claim.current_a <= 0))
    for count in range(len(ranked), -1, -1):
        for chosen in combinations(ranked, count):
            if all(
                sum(claim.min_a for claim in chosen if phase in phases_of(claim))
                <= max(room, 0) + 1e-6
                for phase, room in enumerate(room_a)
            ):
                return tuple(claim for claim in wanted if claim in chosen)
    raise AssertionError("nobody always fits")


@given(room_a=rooms, wanted=one_phase)
@examples(200)
def test_as_few_as_possible_stand_still_the_least_important_ones(
    room_a: float, wanted: tuple[Claim, ...]
) -> None:
    """Never more are stopped than needed; by priority, then who runs, then the order."""
    assert run_of((room_a,), wanted) == best_subset((room_a,), wanted)


@given(room_a=three_rooms, wanted=three_phases)
@examples(300)
def test_as_few_as_possible_stand_still_on_several_phases(
    room_a: tuple[float, ...], wanted: tuple[Claim, ...]
) -> None:
    """The same holds whatever phases and minimums the cars have."""
    assert run_of(room_a, wanted) == best_subset(room_a, wanted)


@given(
    room_a=st.tuples(*[st.integers(0, 24)] * 3),
    minimums=st.sampled_from(((6,), (6, 8))),
    phase_sets=st.sampled_from(
        (((0,), (1,), (0, 1)), ((0, 1), (0, 2), (1, 2)), ((0,), (1,), (1, 2), (0, 1, 2)))
    ),
    choices=st.lists(st.integers(0, 47), min_size=6, max_size=MOST_TRIED),
)
@examples(200)
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
    assert run_of(room_a, wanted) == best_subset(room_a, wanted)


# More than eight

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


def test_those_that_load_least_run_first_in_a_crowd() -> None:
    """A large mixed crowd stays quickly decided: small ones first, whatever their priority."""
    running = run_of((40, 40, 40), EVERYWHERE)
    assert [claim.charger_id[0] for claim in running].count("e") == 6
    assert {phases_of(claim) for claim in running} == {(0,), (1,), (2,)}


def test_crowd_is_admitted_by_priority_among_those_that_load_alike() -> None:
    """Of a row of equal wallboxes the important ones run, then those that run already."""
    wanted = [
        a_claim(f"{number}", weight=90 if number == 8 else 50, current_a=6 * (number == 7))
        for number in range(MOST_TRIED + 1)
    ]
    assert [claim.charger_id for claim in run_of((18,), wanted)] == ["0", "7", "8"]


def test_crowd_of_which_only_eight_can_run_at_all_is_tried_through() -> None:
    """Chargers on a full phase do not spoil the choice of the others."""
    unable = [a_claim(f"unable {number}", phases=(2,)) for number in range(MOST_TRIED)]
    wanted = (a_claim("a", weight=90, phases=(0, 1)), a_claim("b", phases=(0,)))
    assert run_of((6, 6, 5), (*unable, *wanted)) == wanted[:1]


def most_that_fit(room_a: Sequence[float], wanted: Sequence[Claim]) -> int:
    """Return how many can run at most, by trying everything."""
    able = [claim for claim in wanted if claim.min_a <= claim.max_a and fits(room_a, (claim,))]
    for count in range(len(able), 0, -1):
        if any(fits(room_a, chosen) for chosen in combinations(able, count)):
            return count
    return 0


crowd = st.integers(MOST_TRIED + 1, 11)


@given(room_a=st.tuples(*[st.floats(-5, 45)] * 3), wanted=claims(phases=3, numbers=crowd))
@examples(60)
def test_at_least_a_third_of_those_run_that_could_in_a_crowd(
    room_a: tuple[float, ...], wanted: tuple[Claim, ...]
) -> None:
    """What is lost by not trying everything is bounded, whatever phases and minimums there are."""
    assert 3 * len(admit(room_a, wanted)) >= most_that_fit(room_a, wanted)


@given(
    room_a=st.tuples(*[st.floats(0, 36)] * 3),
    phase_sets=st.lists(
        st.sampled_from(((0,), (1,), (2,), (0, 1, 2))), min_size=MOST_TRIED + 1, max_size=11
    ),
    weights=st.lists(st.integers(1, 100), min_size=11, max_size=11),
)
@examples(60)
def test_usual_crowd_has_as_many_running_as_can(
    room_a: tuple[float, ...], phase_sets: list[tuple[int, ...]], weights: list[int]
) -> None:
    """With 6 A for each, on one phase or on three, nothing is lost at all."""
    wanted = [
        a_claim(f"{number}", phases=phases, weight=weight)
        for number, (phases, weight) in enumerate(zip(phase_sets, weights, strict=False))
    ]
    assert len(admit(room_a, wanted)) == most_that_fit(room_a, wanted)


@given(room_a=three_rooms, running_a=st.lists(st.sampled_from((0, 6)), min_size=70, max_size=70))
@examples(50)
def test_crowd_on_any_phases_fills_the_room_and_stays(
    room_a: tuple[float, ...], running_a: list[int]
) -> None:
    """There too nobody stands still who would fit, and nobody is swapped."""
    wanted = [
        replace(claim, current_a=current_a)
        for claim, current_a in zip(EVERYWHERE, running_a, strict=True)
    ]
    running = run_of(room_a, wanted)
    assert fits(room_a, running)
    stopped = [claim for claim in wanted if claim not in running]
    assert not any(fits(room_a, (*running, claim)) for claim in stopped)
    shares = share_current(room_a, wanted)
    settled = [replace(claim, current_a=shares[claim.charger_id]) for claim in wanted]
    assert share_current(room_a, settled) == shares
