"""The judge of the demo sees what was kept and what was broken."""

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
) -> ChargerRecord:
    """Return a charger that was cut at 10 s and raised at 20 s."""
    return ChargerRecord(
        drawn=drawn or course((0, 16)),
        commanded=commanded or course((0, 16), (10, 8), (20, 16)),
        balancer_states=balancer_states,
    )


def judged(
    total: list[Amperes] | None = None, chargers: tuple[ChargerRecord, ...] = (a_charger(),)
) -> tuple[Finding, ...]:
    """Return the findings of a minute behind a 35 A breaker."""
    return judge(Record(until=60, breaker_a=35, total=total or course((0, 30)), chargers=chargers))


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
