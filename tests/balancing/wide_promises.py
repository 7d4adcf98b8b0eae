"""What is promised wherever nobody behaves, judged from what the plant did.

By currents, calls and events alone.
"""

from itertools import pairwise

from custom_components.ev_lb.balancing.model import Command, EventType, StopCharging

from .plant import CAR_MINIMUM_A, FOREVER, Plant
from .promises import NOTHING_A, REPEAT_S, beyond_asking_a, flicker_a, hideable_a
from .wide import RESPONSE_S

BUDGET, REFILLED_PER_HOUR = 6, 4
"""The start budget and how fast it fills again, as a charger's number has it by default."""


def besides_probes(plant: Plant, since: int) -> list[tuple[int, Command]]:
    """Return what was sent from a second on, without what only asks something."""
    return [each for each in plant.sent if each[0] >= since and each not in plant.probes]


def busiest_hour(sent: list[tuple[int, Command]]) -> int:
    """Return how many commands there were within one hour at the most."""
    moments = [at for at, _ in sent]
    return max((sum(0 <= at - first < 3600 for at in moments) for first in moments), default=0)


def over_beyond_rounding(plant: Plant, since: int) -> list[int]:
    """Return the seconds over the breaker that the meter could show: it may round them away.

    So little as a meter's own error may stand for two response times. And a raise of an ampere may
    be a whole step of a charger that rounds, or one too many at a meter of changes that averages:
    that is taken back as soon as it shows.
    """
    site = plant.settings.site
    beyond_a = max(plant.meter.step_a / 2, flicker_a(site.rated_current_a))
    least_a = site.rated_current_a + beyond_a + NOTHING_A
    over = [at for at in plant.seconds_over(since) if max(plant.log[at].total_a) > least_a]
    is_vague = plant.meter.is_on_change and plant.meter.mean_s > 0
    step_a = max(2 if is_vague else 1, *(charger.step_a for charger in plant.chargers))
    shown_s = RESPONSE_S + plant.meter.late_s

    def is_a_step(at: int) -> bool:
        told_at = max((sent_at for sent_at, _ in plant.sent if sent_at < at), default=-FOREVER)
        is_less = max(plant.log[at].total_a) <= least_a + step_a - 1
        return step_a > 1 and is_less and at <= told_at + shown_s

    return [at for at in over if not is_a_step(at)]


def overspent(plant: Plant, charger_id: str) -> list[str]:
    """Return where a contactor closed more often than its start budget allows.

    The first start of all is free.
    """
    closed_at = plant.closings(charger_id)[1:]
    return [
        f"{charger_id}: {count} starts from {first} s to {last} s"
        for index, first in enumerate(closed_at)
        for count, last in enumerate(closed_at[index:], start=1)
        if count > BUDGET + REFILLED_PER_HOUR * (last - first) / 3600
    ]


def unanswered(plant: Plant) -> list[str]:
    """Return who draws on while the meter shows an overload, and is not told again.

    Beyond the promised time once a minute, each charger that draws on the phase. A lost meter ends
    it: what it said last is not believed any more.
    """
    lost = lost_seconds(plant)
    site, found = plant.settings.site, list[str]()
    promised_s = plant.meter.period_s + 3 * RESPONSE_S
    limit_a = site.service_current_a + flicker_a(site.service_current_a) + NOTHING_A
    told_at = dict.fromkeys(plant.ids, -1)
    drawing_since = dict.fromkeys(plant.ids, 0)
    over_since: int | None = None
    told = sorted([*plant.calls, *plant.sent], key=lambda each: each[0])
    calls = iter([*told, (len(plant.log), None)])
    at, command = next(calls)
    for second in plant.log:
        while at <= second.at and command is not None:
            told_at[command.charger_id] = at
            at, command = next(calls)
        is_heard = second.heard_a is not None and second.at not in lost
        is_over = is_heard and max(second.heard_a or ()) > limit_a
        over_since = (second.at if over_since is None else over_since) if is_over else None
        for known, drawn_a in zip(plant.settings.chargers, second.drawn_a, strict=True):
            charger_id = known.charger_id
            if drawn_a <= NOTHING_A:
                drawing_since[charger_id] = second.at
            if over_since is None:
                continue
            since = max(over_since, drawing_since[charger_id])
            if second.at <= since + promised_s:
                continue
            if second.at - max(told_at[charger_id], since + promised_s - REPEAT_S) > REPEAT_S:
                found.append(f"{second.at}: {charger_id} draws {drawn_a} A and is not told")
    return found


def lost_seconds(plant: Plant) -> set[int]:
    """Return the seconds in which the meter counted as unavailable."""
    lost, since = set[int](), None
    for at, event in plant.events:
        if event.type is EventType.METER_UNAVAILABLE:
            since = at
        elif event.type is EventType.METER_RECOVERED and since is not None:
            lost |= set(range(since, at))
            since = None
    return lost if since is None else lost | set(range(since, len(plant.log)))


def accused(plant: Plant) -> list[str]:
    """Return who was called unresponsive, again and again where it was."""
    return [charger_id for _, charger_id in accusations(plant)]


def accusations(plant: Plant) -> list[tuple[int, str]]:
    """Return when each charger was called unresponsive."""
    return [
        (at, event.charger_id or "")
        for at, event in plant.events
        if event.type is EventType.CHARGER_UNRESPONSIVE
    ]


def blamed_in_vain(plant: Plant) -> list[str]:
    """Return who was called unresponsive, but for those whose stop the house has hidden.

    Where it rises by half of what they drew, or nearly, while their stop is to show, nobody can
    tell the one from the other by the meter alone.
    """
    return [
        charger_id
        for at, charger_id in accusations(plant)
        if not is_hidden_by_the_house(plant, charger_id, at)
    ]


def is_hidden_by_the_house(plant: Plant, charger_id: str, until: int) -> bool:
    """Return whether the house rose while the stops since its last start should have shown."""
    index = plant.ids.index(charger_id)
    told = [each for each in plant.sent if each[1].charger_id == charger_id and each[0] <= until]
    started_at = max((at for at, command in told if command.current_a > 0), default=0)
    stops = [at for at, command in told if command.current_a == 0 and at > started_at]
    for at in stops:
        seconds = plant.log[max(at - plant.meter.late_s, 1) - 1 : at + RESPONSE_S + 1]
        drawn_a = max(second.drawn_a[index] for second in seconds)
        houses_a = [second.house_a[0] for second in seconds]
        rise_a = max((later - earlier for earlier, later in pairwise(houses_a)), default=0.0)
        if drawn_a > 0 and rise_a >= max(drawn_a / 2 - 2, 1.0):
            return True
    return False


def exceeding_starts(plant: Plant) -> list[int]:
    """Return when the first charger began to draw, and drew more than told for 20 s and longer."""
    found = list[int]()
    for begun_at in plant.closings(plant.ids[0]):
        seconds = plant.log[begun_at : begun_at + 20]
        if all(second.drawn_a[0] > 1.1 * second.told_a[0] + 1 for second in seconds):
            found.append(begun_at)
    return found


def stopped(plant: Plant, since: int, until: int | None = None) -> list[int]:
    """Return when a charger was told to stop."""
    return [
        at
        for at, command in plant.sent
        if isinstance(command, StopCharging) and since <= at and (until is None or at < until)
    ]


def fair_shares_a(room_a: float, most_a: list[float]) -> list[float]:
    """Return what each charger draws at least where the room is shared: of one priority.

    None of them: as many as fit with their minimums charge at their minimum or more.
    """
    fits = [a if a >= CAR_MINIMUM_A else 0.0 for a in most_a]
    count = sum(a > 0 for a in fits)
    if int(room_a + NOTHING_A) < CAR_MINIMUM_A * count:
        return [0.0] * len(fits)
    level = 0.0
    for _ in range(len(fits) + 1):
        capped = [a for a in fits if a <= level]
        others = count - sum(a > 0 for a in capped)
        level = (room_a - sum(capped)) / others if others else max(fits, default=0.0)
    return [min(a, level) for a in fits]


def short_of_share(plant: Plant, slack_a: float) -> list[str]:
    """Return who draws less than its fair share in the last second, and what is left unused.

    Whole amps are given, so each may have one less; by so much more where the meter rounds, and
    by what the house can hide.
    """
    hidden_a = hideable_a(plant) + beyond_asking_a(plant)
    last, site = plant.log[-1], plant.settings.site
    room_a = max(site.service_current_a - last.house_a[0] - slack_a, 0.0)
    most_a = [
        min(charger.full_a, charger.car_a if isinstance(charger.car_a, float | int) else 0.0)
        for charger in plant.chargers
    ]
    shares_a = fair_shares_a(room_a, most_a)
    found = [
        f"{charger_id} draws {drawn_a} A of its {share_a:.1f} A"
        for charger_id, drawn_a, share_a in zip(plant.ids, last.drawn_a, shares_a, strict=True)
        if drawn_a < share_a - 1 - hidden_a - NOTHING_A
    ]
    askable_a = room_a - beyond_asking_a(plant)
    fitting = min(int(askable_a + NOTHING_A) // CAR_MINIMUM_A, len(plant.chargers))
    running = sum(drawn_a > 0 for drawn_a in last.drawn_a)
    if running < fitting:
        found.append(f"{running} charge, {fitting} fit")
    return found


def highest_told_a(plant: Plant) -> float:
    """Return the most that all chargers were told together at any time."""
    return max(sum(second.told_a) for second in plant.log)


def longest_silence_s(plant: Plant, charger_id: str, since: int) -> int:
    """Return the longest time in which a charger was told nothing."""
    told_at = [at for at, command in plant.calls if command.charger_id == charger_id and at > since]
    return max(later - at for at, later in pairwise([since, *told_at, len(plant.log)]))
