"""A call that returned is not a command that took effect."""

from dataclasses import replace

import pytest

from custom_components.ev_lb.balancing.model import (
    CarStatus,
    LimitedBy,
    Measurement,
    News,
    NewsType,
    Probe,
    Reading,
    SetCurrent,
    StartCharging,
    StopCharging,
    Unshown,
    Watch,
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
    run.see("a", 16)
    run.listen(2, 21)
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


# What the meter has seen


@pytest.mark.parametrize(
    ("cut_a", "fallen_a", "is_obeyed", "is_seen"),
    [
        pytest.param(10, 4.9, False, False, id="less than half"),
        pytest.param(10, 5, True, False, id="half: it obeys"),
        pytest.param(10, 8.9, True, False, id="it may still be on its way"),
        pytest.param(10, 9, True, True, id="all but an ampere: it is where it was told to be"),
        pytest.param(3, 2.3, True, False, id="a small cut"),
        pytest.param(3, 2.5, True, True, id="four fifths of a small cut"),
    ],
)
def test_fall_by_most_of_the_cut_shows_where_the_charger_is(
    cut_a: int, fallen_a: float, *, is_obeyed: bool, is_seen: bool
) -> None:
    """From then on it counts as drawing what it was told, and no more."""
    of = settings()
    watch = a_watch(cut_a=cut_a, highest_a=42)
    known = charging(10, offers=(an_offer(10 + cut_a), an_offer(10, sent_at=0)), watch=watch)
    reading = Reading(current_a=(42 - fallen_a,), at=3)
    after = judge(of, of.chargers[0], {"a": known}, reading).state
    assert (after.watch is None) is is_obeyed
    assert after.offers[-1].is_seen is is_seen


@pytest.mark.parametrize("ramp_a", [2, 4, 8])
@pytest.mark.parametrize("rise_a", [10, 19])
def test_car_that_goes_down_slowly_is_cut_once(ramp_a: int, rise_a: int) -> None:
    """It is not taken for the house, nor stopped, for what it still draws on its way."""
    plant = Plant(
        settings=settings(),
        house=steps((0, 6), (300, 6 + rise_a)),
        chargers=[Charger(delay_s=0, ramp_a=ramp_a)],
    )
    plant.run(600)
    assert plant.commands(since=300) == [SetCurrent(charger_id="a", current_a=26 - rise_a)]


def test_seen_cut_leaves_nothing_to_be_shown_or_asked() -> None:
    """A car that has gone down has drawn what it was told before."""
    of = settings()
    known = charging(
        17,
        offers=(an_offer(20), an_offer(17, sent_at=0)),
        watch=a_watch(cut_a=3, highest_a=32),
        unshown=Unshown(low_a=0, reading_a=(32.0,), since=-60),
        probe=Probe(ceiling_a=17, asked_at=0, wait_s=120),
    )
    reading = Reading(current_a=(29.0,), at=3)
    after = judge(of, of.chargers[0], {"a": known}, reading).state
    assert (after.watch, after.unshown, after.probe.wait_s) == (None, None, 0)


def test_second_rise_right_after_a_seen_cut_is_answered_in_full() -> None:
    """The cut before does not count as still under way: one cut more, not a row of small ones."""
    of = settings(rated_a=40)
    run = Run(of, a_state(of, house_a=8, a=32), now=0)
    assert run.read(45).commands == (SetCurrent(charger_id="a", current_a=27),)
    run.now = 3
    run.read(40)
    run.now = 6
    assert run.read(48).commands == (SetCurrent(charger_id="a", current_a=19),)


# What the charger's own sensor shows


def sensed(current_a: int, draw_a: float, *, house_a: float = 0.0, told_at: float = -500.0) -> Run:
    """Return a charger that was told a current, and whose sensor has shown another for long."""
    of = settings(a_charger(max_a=current_a, rated_a=32))
    known = charging(
        current_a,
        offers=(an_offer(current_a, sent_at=told_at),),
        measurements=(Measurement(at=-900, current_a=draw_a),),
    )
    return Run(of, a_state(of, house_a=house_a, a=known), now=0)


def test_sensor_that_shows_the_command_is_obedience() -> None:
    """A house that rises as far as the car falls does not make it a deaf one."""
    of = settings()
    seen = (Measurement(at=-900, current_a=20),)
    run = Run(of, a_state(of, house_a=12, a=charging(20, measurements=seen)), now=0)
    assert run.read(36).commands == (SetCurrent(charger_id="a", current_a=16),)
    run.now = 3
    run.see("a", 16)
    run.read(36)
    assert run["a"].watch is not None  # the meter cannot show it yet
    run.now = 5
    run.read(36)
    assert run["a"].watch is None
    run.listen(60, 32)
    assert not run["a"].is_unresponsive
    assert [command.current_a for _, command in run.sent] == [16]


def test_charger_above_its_command_is_told_again_though_the_house_is_within_its_limit() -> None:
    """A charger that has rebooted to its full current is noticed before anything is over."""
    run = sensed(9, 20)
    assert run.read(20).commands == (SetCurrent(charger_id="a", current_a=9),)
    assert run.news == [News(type=NewsType.CHARGER_UNRESPONSIVE, charger_id="a")]
    assert run["a"].is_unresponsive
    assert run["a"].target_a == 9


@pytest.mark.parametrize("current_a", [None, 16.0], ids=["status alone", "beside a draw"])
def test_idle_status_does_not_acquit_a_charger_that_the_meter_shows(
    current_a: float | None,
) -> None:
    """Many say "paused" as soon as they have heard of the stop, and go on charging."""
    of = settings()
    run = Run(of, a_state(of, house_a=16, a=16), now=0)
    run.see("a", current_a, CarStatus.CHARGING)
    run.listen(2, 41)
    assert run.targets == {"a": 7}
    run.see("a", current_a, CarStatus.IDLE)
    run.listen(600, 41)
    assert run["a"].is_unresponsive
    assert [command for _, command in run.sent].count(StopCharging(charger_id="a")) >= 10


def test_idle_status_within_the_limit_is_obedience() -> None:
    """Where nothing is over there is nothing to doubt."""
    of = settings()
    run = Run(of, a_state(of, house_a=16, a=16), now=0)
    run.listen(2, 41)
    run.see("a", None, CarStatus.IDLE)
    run.listen(1, 25)
    assert run["a"].watch is None


def test_house_that_falls_does_not_acquit_a_charger_whose_sensor_shows_more() -> None:
    """It draws on, by a sensor that lives: the fall is the house's."""
    of = settings()
    run = Run(of, a_state(of, house_a=18, a=10), now=0)
    for second in range(1, 60):
        run.now = second
        run.see("a", 9.6 + second % 3 / 10, CarStatus.CHARGING)
        run.read(40)
    assert run["a"].is_unresponsive
    for second in range(60, 90):
        run.now = second
        run.see("a", 9.6 + second % 3 / 10, CarStatus.CHARGING)
        run.read(20)
    assert run["a"].is_unresponsive
    run.now = 95
    run.see("a", 0, CarStatus.CHARGING)
    run.listen(5, 10)
    assert not run["a"].is_unresponsive


def test_charger_that_obeyed_and_began_again_by_itself_is_told_again() -> None:
    """One that reboots while it is stopped may charge with all it has; its sensor shows that."""
    of = settings()
    stop = replace(an_offer(0, sent_at=0), is_seen=True)
    seen = (Measurement(at=-100, current_a=16), Measurement(at=2, current_a=0))
    known = charging(0, offers=(stop,), measurements=seen)
    run = Run(of, a_state(of, house_a=29, a=known), now=20)
    run.see("a", 32)
    sent = run.listen(90, 61)
    assert StopCharging(charger_id="a") in [command for _, command in sent]
    assert run["a"].is_unresponsive


def test_frozen_sensor_at_nothing_does_not_acquit() -> None:
    """It must have moved since the command, while the phase is over."""
    run = sensed(16, 0.0, house_a=16)
    run.listen(600, 41)
    assert run["a"].is_unresponsive


def test_charger_that_charges_though_it_was_stopped_is_stopped_again() -> None:
    """The stop again, each window at first and then once a minute."""
    run = sensed(0, 20, house_a=30)
    sent = run.listen(200, 50)
    assert {command for _, command in sent} == {StopCharging(charger_id="a")}
    assert [at for at, _ in sent][:5] == [1, 13, 25, 37, 49]
    assert 61 - 49 < [at for at, _ in sent][6] - [at for at, _ in sent][5] <= 60
    assert run.news == [News(type=NewsType.CHARGER_UNRESPONSIVE, charger_id="a")]


def test_charger_that_keeps_to_its_command_again_is_told() -> None:
    """The sensor withdraws what it has accused of."""
    run = sensed(9, 20)
    run.read(20)
    run.news.clear()
    run.now = 3
    run.see("a", 9)
    run.read(9)
    assert run.news == [News(type=NewsType.CHARGER_RECOVERED, charger_id="a")]
    assert not run["a"].is_unresponsive


def test_unresponsive_charger_that_was_raised_meanwhile_is_forgiven_too() -> None:
    """A raise ends the watch, but not the accusation: the next good word does."""
    of = settings()
    known = charging(20, is_unresponsive=True, measurements=(Measurement(at=-900, current_a=20),))
    run = Run(of, a_state(of, house_a=12, a=known), now=0)
    run.read(32)
    assert run.news == [News(type=NewsType.CHARGER_RECOVERED, charger_id="a")]


def test_sensor_within_a_tenth_and_an_ampere_accuses_nobody() -> None:
    """Sensors are not exact."""
    run = sensed(20, 23)
    run.listen(300, 23)
    assert run.news == []
    assert not run["a"].is_unresponsive


def test_sensor_is_evidence_at_the_first_step() -> None:
    """With it a deaf charger is called so at once, not only after a stop."""
    of = settings()
    seen = (Measurement(at=-900, current_a=20),)
    run = Run(of, a_state(of, house_a=12, a=charging(20, measurements=seen)), now=0)
    assert run.read(42).commands == (SetCurrent(charger_id="a", current_a=10),)
    sent = run.listen(100, 42)
    # What it draws beyond its command is the house's, and leaves nothing for it.
    assert sent[0] == (12, StopCharging(charger_id="a"))
    told = [news.type for news in run.news]
    assert told.count(NewsType.CHARGER_UNRESPONSIVE) == 1


def test_meter_that_shows_the_cut_knows_better_than_a_frozen_sensor() -> None:
    """A sensor that never moves accuses nobody, and costs no commands."""
    of = settings()
    seen = (Measurement(at=-900, current_a=20),)
    run = Run(of, a_state(of, house_a=12, a=charging(20, measurements=seen)), now=0)
    assert run.read(42).commands == (SetCurrent(charger_id="a", current_a=10),)
    assert run.listen(600, 32) == []
    assert run.news == []


def test_charger_told_again_must_fall_from_what_is_read_then() -> None:
    """What fell before it was told again is not its answer."""
    run = sensed(9, 20)
    run.read(30)
    assert run["a"].watch == Watch(
        step=WatchStep.CUT,
        sent_at=0,
        cut_a=11,
        highest_a=(30.0,),
        has_drawn=True,
        repeats=1,
    )
