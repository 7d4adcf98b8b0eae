"""The judge of the demo sees what was kept and what was broken."""

import pytest

from demo.check import (
    ALLOWED_OVERLOAD_S,
    Amperes,
    ChargerRecord,
    Finding,
    Record,
    judge,
)


def course(*currents: tuple[float, float]) -> list[Amperes]:
    """Return a course from (time, current) pairs."""
    return [Amperes(at=at, current_a=current_a) for at, current_a in currents]


def a_charger(
    drawn: list[Amperes] | None = None,
    commanded: list[Amperes] | None = None,
    balancer_states: tuple[str, ...] = ("active", "ramp_up_hold", "active"),
    phases: tuple[str, ...] = ("L1",),
    phases_seen: str | None = None,
) -> ChargerRecord:
    """Return a charger that was cut at 10 s and raised at 20 s."""
    return ChargerRecord(
        drawn=drawn or course((0, 16)),
        commanded=commanded or course((0, 16), (10, 8), (20, 16)),
        balancer_states=balancer_states,
        phases=phases,
        phases_seen=phases_seen,
    )


def judged(
    total: list[Amperes] | None = None, chargers: tuple[ChargerRecord, ...] = (a_charger(),)
) -> tuple[Finding, ...]:
    """Return the findings of a minute behind a 35 A breaker."""
    totals = {"L1": total or course((0, 30))}
    return judge(Record(until=60, breaker_a=35, totals=totals, chargers=chargers))


def judged_phases(
    charger: ChargerRecord, totals: dict[str, list[Amperes]] | None = None
) -> tuple[Finding, ...]:
    """Return the findings of a minute behind a 3 x 35 A breaker, with an overload on L3 at 30 s."""
    of_phase = {"L1": course((0, 30)), "L2": course((0, 30))}
    of_phase |= {"L3": course((0, 30), (30, 40), (34, 30))} | (totals or {})
    return judge(Record(until=60, breaker_a=35, totals=of_phase, chargers=(charger,)))


def broken(findings: tuple[Finding, ...]) -> list[str]:
    """Return what was not kept."""
    return [finding.words for finding in findings if not finding.is_kept]


def test_lively_minute_keeps_every_promise() -> None:
    """A short overload, a cut, a hold and an increase are what the demo is for."""
    findings = judged(course((0, 30), (10, 45.7), (13.5, 34)), (a_charger(), a_charger()))
    assert broken(findings) == []
    assert findings[0].words.startswith(
        "times above 35 A: 1, the longest 3.5 s, the highest 45.7 A"
    )


def test_overload_that_lasts_is_broken() -> None:
    """Longer over the breaker than the meter and a charger need is a broken promise."""
    [words] = broken(judged(course((0, 30), (10, 40), (11 + ALLOWED_OVERLOAD_S, 34))))
    assert words.startswith("times above 35 A: 1, the longest 6.0 s, the highest 40.0 A")


def test_overload_at_the_end_counts() -> None:
    """An overload that nobody ended is not forgotten."""
    [words] = broken(judged(course((0, 30), (40, 40))))
    assert words.startswith("times above 35 A: 1, the longest 20.0 s")


def test_demo_in_which_nothing_happened_fails() -> None:
    """Silence is no proof: each thing must have been seen."""
    idle = a_charger(course((0, 0)), course((0, 0)), ("stopped",))
    assert broken(judged(chargers=(a_charger(), idle))) == [
        "all chargers drew at the same time for 0 s"
    ]
    assert broken(judged(chargers=(idle,))) == [
        "cuts: 0",
        "increases held back (ramp_up_hold): 0",
        "increases after a cut: 0",
        "all chargers drew at the same time for 0 s",
    ]


def test_first_start_is_no_increase() -> None:
    """Only what rises again after a cut shows that the balancer gives back."""
    started = a_charger(commanded=course((0, 0), (5, 16), (30, 8)))
    assert broken(judged(chargers=(started,))) == ["increases after a cut: 0"]


# A car on some of the phases


def test_car_on_one_phase_that_is_left_alone_keeps_every_promise() -> None:
    """What overloads L3 does not touch it."""
    findings = judged_phases(a_charger(phases_seen="L1"))
    assert broken(findings) == []
    assert [finding.words for finding in findings[-2:]] == [
        "the car on L1 is seen on L1",
        "overloads on other phases alone: 1, that cut it: 0",
    ]
    assert findings[2].words.startswith("times above 35 A on L3: 1, the longest 4.0 s")


def test_car_that_another_phase_cuts_is_broken() -> None:
    """That is what the phases are for."""
    charger = a_charger(commanded=course((0, 16), (10, 8), (20, 16), (31, 10)), phases_seen="L1")
    assert broken(judged_phases(charger)) == ["overloads on other phases alone: 1, that cut it: 1"]


def test_overload_on_its_own_phase_as_well_says_nothing() -> None:
    """Then its own phase cuts it; and there must be one that does not."""
    totals = {"L1": course((0, 30), (33, 40), (36, 30))}
    findings = judged_phases(a_charger(phases_seen="L1"), totals)
    assert broken(findings) == ["overloads on other phases alone: 0, that cut it: 0"]


@pytest.mark.parametrize(
    ("phases_seen", "said"), [(None, "none"), ("L1, L2, L3", "L1, L2, L3")], ids=["none", "all"]
)
def test_car_whose_phase_was_not_found_out_is_broken(phases_seen: str | None, said: str) -> None:
    """The balancer must have seen which phase it uses."""
    findings = judged_phases(a_charger(phases_seen=phases_seen))
    assert broken(findings) == [f"the car on L1 is seen on {said}"]
