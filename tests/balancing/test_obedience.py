"""A call that returned is not a command that took effect."""

from dataclasses import replace

import pytest

from custom_components.ev_lb.balancing.model import (
    CarReading,
    LimitedBy,
    News,
    NewsType,
    Reading,
    SetCurrent,
    StartCharging,
    StopCharging,
    WatchStep,
)
from custom_components.ev_lb.balancing.obedience import Verdict, judge, obedience_ceiling_a

from .builders import Run, a_charger, a_state, a_watch, an_offer, charging, settings
from .plant import Charger, Plant, steps

OVER_A = 34
"""A house of 14 A, and a car that draws 20 A whatever it is told: 2 A over."""


def deaf_run() -> Run:
    """Return a site whose car does not listen, just cut."""
    of = settings()
    run = Run(of, a_state(of, house_a=12, a=20), now=0)
    assert run.read(OVER_A).commands == (SetCurrent(charger_id="a", current_a=18),)
    return run


def test_car_far_below_its_offer_is_over_for_12_s() -> None:
    """A car at 10 A under an offer of 32 A: over for one window, not for 82 s (accident 12)."""
    plant = Plant(
        settings=settings(),
        house=steps((0, 0), (300, 25)),
        chargers=[Charger(delay_s=1, car_a=10)],
    )
    plant.run(600)
    assert plant.commands(since=300)[:2] == [
        SetCurrent(charger_id="a", current_a=29),
        SetCurrent(charger_id="a", current_a=6),
    ]
    assert len(plant.seconds_over()) == 13
    assert plant.seconds_over() == list(range(300, 313))


def test_reduction_is_judged_when_its_window_is_over_not_before() -> None:
    """The response time and the meter delay are the charger's to use."""
    run = deaf_run()
    assert run.listen(11, OVER_A) == []
    assert run.listen(1, OVER_A) == [(12, SetCurrent(charger_id="a", current_a=6))]
    assert run["a"].limited_by is LimitedBy.DISOBEDIENCE


def test_charger_that_ignores_all_is_cut_stopped_and_called_unresponsive() -> None:
    """Minimum, then stop, each after another window; the stop again each window, then each minute.

    Most deafness is over within a minute, so the first repeats come quickly.
    """
    run = deaf_run()
    sent = run.listen(250, OVER_A)
    assert sent == [
        (12, SetCurrent(charger_id="a", current_a=6)),
        (24, StopCharging(charger_id="a")),
        *[(at, StopCharging(charger_id="a")) for at in (36, 48, 60, 72, 84)],
        *[(at, StopCharging(charger_id="a")) for at in (144, 204)],
    ]
    assert run["a"].is_unresponsive
    assert [news.type for news in run.news] == [
        NewsType.OVERLOAD_STOP,
        NewsType.CHARGER_UNRESPONSIVE,
    ]


def test_charger_that_obeys_at_last_is_told_and_free_again() -> None:
    """The accusation is withdrawn at the first step that is obeyed."""
    run = deaf_run()
    run.listen(60, OVER_A)
    run.news.clear()
    run.now += 1
    run.read(14)
    assert run.news == [News(type=NewsType.CHARGER_RECOVERED, charger_id="a")]
    assert not run["a"].is_unresponsive
    assert run.listen(300, 14)[0][1] == StartCharging(charger_id="a", current_a=18)


def test_fall_by_half_of_the_cut_is_obedience() -> None:
    """A car that takes less than it was offered cannot fall by all of the cut."""
    run = deaf_run()
    run.now = 3
    run.read(OVER_A - 1)
    assert run["a"].watch is None
    assert run.listen(8, OVER_A - 1) == []


def test_fall_shows_though_the_house_has_risen() -> None:
    """A house that rises in two steps does not make an obedient charger a deaf one."""
    of = settings()
    run = Run(of, a_state(of, house_a=22, a=10), now=1)
    assert run.read(37).commands == (StopCharging(charger_id="a"),)
    run.now = 2
    run.read(44)
    run.now = 5
    run.read(34)
    assert run.listen(300, 34) == []
    assert not run["a"].is_unresponsive


def test_reading_within_the_limit_is_good_enough() -> None:
    """Who is within the breaker again need not fall by half of a cut that was far too large."""
    watch = a_watch(WatchStep.MINIMUM, cut_a=23, highest_a=35)
    of = settings()
    known = charging(6, watch=watch, offers=(an_offer(6, sent_at=0),))
    run = Run(of, a_state(of, house_a=25, a=known), now=12)
    assert run.read(32).commands == ()
    assert run["a"].watch is None


def test_command_that_did_not_get_through_is_not_disobeyed() -> None:
    """What was never heard cannot be obeyed; the shell repeats it."""
    of = settings()
    run = Run(of, a_state(of, house_a=12, a=20), now=0, is_delivering=False)
    (cut,) = run.read(OVER_A).commands
    assert run.listen(60, OVER_A) == []
    run.deliver(cut, sent_at=0)
    run.is_delivering = True
    assert run.listen(11, OVER_A) == []
    assert run.listen(1, OVER_A) == [(72, SetCurrent(charger_id="a", current_a=6))]


def test_one_cut_after_another_does_not_put_the_judgement_off() -> None:
    """A house that creeps up does not give a deaf charger time without end."""
    run = deaf_run()
    run.now = 6
    assert run.read(OVER_A + 1).commands == (SetCurrent(charger_id="a", current_a=17),)
    run.now = 12
    assert run.read(OVER_A + 1).commands == (SetCurrent(charger_id="a", current_a=6),)


def test_house_over_its_limit_with_all_stopped_never_escalates() -> None:
    """What remains over when the cars stand still is the house's own affair."""
    of = settings()
    run = Run(of, a_state(of, house_a=20, a=12), now=0)
    assert run.read(52).commands == (StopCharging(charger_id="a"),)
    run.now = 3
    run.read(40)
    assert run.listen(600, 40) == []
    assert [news.type for news in run.news] == [NewsType.OVERLOAD_STOP]


def test_car_whose_draw_was_never_seen_is_not_called_unresponsive() -> None:
    """A stop of a car that had not begun to charge makes no meter fall."""
    of = settings()
    run = Run(of, a_state(of, house_a=20), now=0)
    run.read(20)
    run.now = 5
    assert run.read(40).commands == (StopCharging(charger_id="a"),)
    assert run.listen(300, 40) == []
    assert [news.type for news in run.news] == [NewsType.OVERLOAD_STOP]


def test_charger_is_judged_by_its_own_phases_alone() -> None:
    """An overload on L3 is no disobedience of a car on L1 (accident 20)."""
    of = settings(a_charger("a", phases=(0,)), phase_count=3)
    run = Run(of, a_state(of, house_a=(10, 0, 0), a=12), now=0)
    assert run.read(37, 0, 50).commands == (SetCurrent(charger_id="a", current_a=7),)
    assert run.listen(60, 32, 0, 50) == []
    assert run["a"].watch is None


def two_cut(*, b_phases: tuple[int, ...] = (0,)) -> Run:
    """Return a site whose two cars have just been cut from 16 A to 10 A each, 12 A over."""
    of = settings(
        a_charger("a", max_a=16), a_charger("b", max_a=16, phases=b_phases), phase_count=2
    )
    run = Run(of, a_state(of, a=16, b=16), now=0)
    run.read(44 if b_phases == (0,) else 38, 38)
    return run


def test_one_chargers_fall_is_not_anothers() -> None:
    """A deaf charger does not hide behind one that obeys (accident 23)."""
    run = two_cut()
    assert run.targets == {"a": 10, "b": 10}
    run.now = 3
    run.read(38, 0)
    assert run["a"].watch is not None
    assert run["b"].watch is not None
    run.now = 12
    assert run.read(38, 0).commands == (
        SetCurrent(charger_id="a", current_a=6),
        SetCurrent(charger_id="b", current_a=6),
    )


def test_both_falls_show_that_both_obey() -> None:
    """Two cars that go down one after the other are both believed."""
    run = two_cut()
    run.now = 3
    run.read(38, 0)
    run.now = 6
    run.read(32, 0)
    assert (run["a"].watch, run["b"].watch) == (None, None)


def test_fall_that_has_shown_one_cut_does_not_show_another() -> None:
    """The larger cut is shown by a fall that leaves nothing for the smaller one."""
    of = settings(a_charger("a", priority=10), a_charger("b", priority=100))
    large, small = a_watch(cut_a=10, highest_a=42), a_watch(cut_a=2, highest_a=42)
    a = charging(6, watch=large, offers=(an_offer(6, sent_at=0),))
    b = charging(6, watch=small, offers=(an_offer(6, sent_at=0),))
    run = Run(of, a_state(of, house_a=20, a=a, b=b), now=3)
    run.read(32)
    assert run["a"].watch is None
    assert run["b"].watch == replace(small, highest_a=(32.0,))


def test_car_that_was_never_seen_to_draw_takes_no_part_of_a_fall() -> None:
    """A charger without a car does not make one that obeys look deaf."""
    of = settings(a_charger("a"), a_charger("b"))
    seen = a_watch(cut_a=10, highest_a=42)
    unseen = replace(seen, has_drawn=False)
    a = charging(6, watch=seen, offers=(an_offer(6, sent_at=0),))
    b = charging(6, watch=unseen, offers=(an_offer(6, sent_at=0),))
    run = Run(of, a_state(of, house_a=20, a=a, b=b), now=3)
    run.read(36)
    assert run["a"].watch is None


def test_fall_of_another_phase_shows_what_loads_that_phase() -> None:
    """Cars on different phases are judged apart."""
    run = two_cut(b_phases=(1,))
    run.now = 3
    run.read(32, 38)
    assert run["a"].watch is None
    assert run["b"].watch is not None


def test_charger_that_was_not_cut_is_not_judged() -> None:
    """There is nothing to obey."""
    of = settings()
    known = charging(12)
    reading = Reading(current_a=(60.0,), at=1.0)
    assert judge(of, of.chargers[0], {"a": known}, reading) == Verdict(state=known)


def test_raise_is_not_judged() -> None:
    """Only reductions are: a car may take less than it is offered."""
    of = settings()
    run = Run(of, a_state(of, house_a=20, a=6), now=0)
    assert run.read(10).commands == (SetCurrent(charger_id="a", current_a=28),)
    assert run["a"].watch is None


def test_charger_that_keeps_to_a_raise_is_unresponsive_no_more() -> None:
    """What a car's own sensor accused a charger of is withdrawn by it, whatever came between."""
    of = settings()
    run = Run(of, a_state(of, house_a=5, a=charging(20, is_unresponsive=True)), now=0)
    run.decide(
        reading=Reading(current_a=(21.0,), at=0.0), cars={"a": CarReading(at=0.0, current_a=16.0)}
    )
    assert not run["a"].is_unresponsive
    assert run.news == [News(type=NewsType.CHARGER_RECOVERED, charger_id="a")]


def test_nobody_is_judged_while_the_meter_is_away() -> None:
    """What was cut before or during the loss is not held against the charger afterwards."""
    run = deaf_run()
    run.now = 5
    run.lose_meter()
    assert run["a"].watch is None
    run.now = 100
    run.read(40)
    assert run.listen(300, 40) == []
    assert not run["a"].is_unresponsive


@pytest.mark.parametrize(
    ("step", "ceiling_a"),
    [(None, None), (WatchStep.CUT, None), (WatchStep.MINIMUM, 6), (WatchStep.STOP, 0)],
)
def test_ladder(step: WatchStep | None, ceiling_a: int | None) -> None:
    """First the cut itself, then the minimum, then nothing."""
    watch = step and a_watch(step, cut_a=5)
    assert obedience_ceiling_a(a_charger(min_a=6), charging(6, watch=watch)) == ceiling_a
