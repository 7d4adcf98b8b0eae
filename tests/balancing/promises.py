"""What is promised of the breaker and of the chargers, judged from what the plant did.

Second by second, and by nothing that the core believes.
"""

from dataclasses import dataclass, field
from itertools import combinations

from custom_components.ev_lb.balancing.model import EventType, Reading, StartCharging

from .plant import Plant, Second, promised_s

NOTHING_A = 1e-6

REPEAT_S = 60
"""How often a charger that draws on through an overload is told again, at the least."""

SLOWEST_S = 90
"""How long a sensor that says nothing new may take to show a command."""

HIDDEN_OF_ONE_A, HIDDEN_A = 2, 3
"""What the house can hide of one car without a sensor, and of several: a probe cuts by no more."""

PROBED_FROM_A = 2
"""A probe cuts by so much at the least, and nobody below the minimum."""

RAISED_UNASKED_A = 2
"""Nor is one that was raised by no more than that since it was seen."""

WITH_A_START_S, SHOWS_A_START_S, SHOWN_OF_A_START_A = 25, 90, 2.5
"""What rises by so much while a start may begin to show may be the start: until it is told again.

It rises from what the house drew so long before it.
"""

CONFUSED_A = 2.0
"""Two chargers whose currents differ by no more are not told apart: houses move by as much."""

ASSUMED_DELAY_S = 2
"""How late a meter is taken to be before anything is learned of it."""


def flicker_a(service_a: float) -> float:
    """Return by how much a phase may be over for two response times: 1 %, 0.25 A at most."""
    return min(0.01 * service_a, 0.25)


def is_told_apart(deaf_a: float, others_a: list[float]) -> bool:
    """Return whether a charger that draws on cannot be taken for others, by the meter alone."""
    explanations = [
        sum(some) for count in range(len(others_a) + 1) for some in combinations(others_a, count)
    ]
    return all(abs(each_a - deaf_a) > CONFUSED_A for each_a in explanations)


@dataclass(kw_only=True)
class Witness:
    """Who has seen all that happened on a site of one phase, and knows what was promised."""

    plant: Plant
    readings: dict[int, Reading] = field(default_factory=dict[int, Reading])
    """What the core was told, by second."""

    touched: set[int] = field(default_factory=set[int])
    """The seconds in which the user changed a number: a cut then need not be the house's."""

    back_at: int = 0
    """When Home Assistant was started last."""

    _seen: int = 0
    _told: int = 0
    _sent: int = 0
    _risen_at: int = 0
    _changed_at: int = 0
    _climbed_at: int = 0
    """When a car followed a raise last that was sent before the house rose."""

    _over_since: int | None = None
    _highest_a: float = 0.0
    _fallen_a: float = 0.0
    """How far the house has fallen while a lost command should have shown."""

    _most_a: tuple[float, ...] = ()
    """The most that each charger has drawn since no command was lost."""

    _lost_until: int = 0
    _hears_since: int = 0
    _blind_until: int = 0
    """Until when there was no meter: whether a charger obeys is judged by readings alone."""

    _accused: set[str | None] = field(default_factory=set[str | None])
    _last_a: dict[str, int] = field(default_factory=dict[str, int])
    _held_until: float = 0.0
    _sent_at: int = 0
    _calm_at: int = 0
    """When something was sent last after a time in which nothing was."""

    @property
    def window_s(self) -> float:
        """How long after its delivery a command may not show in a reading yet.

        The core may not know yet that its meter is quicker than it takes every meter for.
        """
        slowest_s = max(charger.response_time_s for charger in self.plant.settings.chargers)
        return slowest_s + max(self.plant.meter.latency_s, ASSUMED_DELAY_S)

    def broken(self) -> list[str]:
        """Return which promises were broken since it was asked last."""
        found = list[str]()
        for second in self.plant.log[self._seen :]:
            found += self._judge(second)
        self._seen = len(self.plant.log)
        return found + self._raised_in_a_hold()

    def _judge(self, second: Second) -> list[str]:
        self._note(second)
        house_a, total_a, at = second.house_a[0], second.total_a[0], second.at
        if total_a <= max(self.plant.settings.site.rated_current_a, house_a) + NOTHING_A:
            self._over_since = None
            return []
        self._over_since = at if self._over_since is None else self._over_since
        step_s = self.window_s + self.plant.meter.period_s
        if any(second.has_lost_cut):
            rated_a = self.plant.settings.site.rated_current_a
            if total_a <= max(rated_a, house_a) + flicker_a(rated_a) + NOTHING_A:
                return []  # the rule goes on for what is over by more than the deadband
            since = max(self._over_since, self._changed_at, self.back_at, self._blind_until)
            found = list[str]()
            # Its own sensor is heard for 90 s before it is believed to be stuck.
            has_sensor = any(charger.sensor is not None for charger in self.plant.chargers)
            told_s = max(5 * step_s, SLOWEST_S + step_s) if has_sensor else 5 * step_s
            if at - since > told_s and not self._accused and not self._is_hidden(second):
                found.append(f"{at}: a charger does not obey, and nobody was told")
            if at - max(since, self._hears_since) > REPEAT_S + 2 * step_s:
                found.append(f"{at}: a charger that listens again was not told again")
            return found
        since = max(self._risen_at, self._climbed_at, self._lost_until, self.back_at)
        if at - since > promised_s(self.plant.settings, self.plant.meter):
            return [f"{at}: over the breaker for longer than promised"]
        return []

    def _is_hidden(self, second: Second) -> bool:
        """Return whether the meter alone cannot tell that a charger is deaf, or which of them.

        The house has fallen by half of what it draws, or nearly: that looks like its own fall. Or
        others that were stopped with it drew as much.
        """
        unmeasured = {
            index for index, charger in enumerate(self.plant.chargers) if charger.sensor is None
        }
        return any(
            self._fallen_a >= second.drawn_a[index] / 2 - 2
            or not is_told_apart(
                second.drawn_a[index], [self._most_a[other] for other in unmeasured - {index}]
            )
            for index in unmeasured
            if second.has_lost_cut[index]
        )

    def _note_fall(self, second: Second) -> None:
        """Note how far the house has fallen since a command was lost."""
        house_a = second.house_a[0]
        if not any(second.has_lost_cut):
            self._highest_a, self._fallen_a, self._most_a = house_a, 0.0, second.drawn_a
        self._most_a = tuple(map(max, self._most_a or second.drawn_a, second.drawn_a, strict=True))
        self._highest_a = max(self._highest_a, house_a)
        self._fallen_a = max(self._fallen_a, self._highest_a - house_a)

    def _is_on_its_way(self, second: Second) -> bool:
        """Return whether those who draw more now were raised last before the house rose last.

        A raise that got lost and is said again: before the meter could tell of it.
        """
        at, meter, has_a = second.at, self.plant.meter, dict[str, int]()
        raised: dict[str, tuple[int, bool]] = dict.fromkeys(self.plant.ids, (0, False))
        for sent_at, command in self.plant.sent:
            charger_id = command.charger_id
            before_a = has_a.get(charger_id, 0)
            if sent_at <= at and command.current_a >= before_a > 0:
                raised[charger_id] = (raised[charger_id][0], command.current_a == before_a)
            if sent_at <= at and command.current_a > before_a:
                raised[charger_id] = (sent_at, False)
            has_a[charger_id] = command.current_a
        before = self.plant.log[at - 1].drawn_a
        climbing = [
            raised[charger_id]
            for charger_id, drawn_a, drew_a in zip(
                self.plant.ids, second.drawn_a, before, strict=True
            )
            if drawn_a > drew_a
        ]
        return all(
            raised_at <= self._risen_at + (meter.period_s + meter.latency_s if is_again else 0)
            for raised_at, is_again in climbing
        )

    def _note(self, second: Second) -> None:
        """Note what may be the reason of an overload, and who was accused until now."""
        self._note_fall(second)
        at, log = second.at, self.plant.log
        if at == 0 or second.house_a > log[at - 1].house_a:
            self._risen_at = at
        elif sum(second.drawn_a) > sum(log[at - 1].drawn_a) and self._is_on_its_way(second):
            self._climbed_at = at
        if at == 0 or second.house_a != log[at - 1].house_a:
            self._changed_at = at
        if at in self.plant.meter.gone:
            self._blind_until = at
        if any(second.has_lost_cut):
            self._lost_until = at
        if any(
            at in charger.deaf and is_lost
            for charger, is_lost in zip(self.plant.chargers, second.has_lost_cut, strict=True)
        ):
            self._hears_since = at
        for told_at, event in self.plant.events[self._told :]:
            if told_at > at:
                break
            self._told += 1
            if event.type is EventType.CHARGER_UNRESPONSIVE:
                self._accused.add(event.charger_id)
            elif event.type is EventType.CHARGER_RECOVERED:
                self._accused.discard(event.charger_id)

    def _raised_in_a_hold(self) -> list[str]:
        """Return the increases within the ramp-up time of a cut that the house forced.

        While another command may not show in the reading yet, a cut may have other reasons.
        """
        found, site = list[str](), self.plant.settings.site
        limit_a = site.service_current_a + flicker_a(site.service_current_a) + NOTHING_A
        for at, command in self.plant.sent[self._sent :]:
            before_a = self._last_a.get(command.charger_id, 0)
            self._last_a[command.charger_id] = command.current_a
            reading = self.readings.get(at)
            if command.current_a > before_a and at < self._held_until:
                found.append(f"{at}: {command} while increases are held")
            is_over = reading is not None and reading.current_a[0] > limit_a
            if at > self._sent_at + self.window_s:
                self._calm_at = at
            self._sent_at = at
            is_forced = is_over and at == self._calm_at and at not in self.touched
            if command.current_a < before_a and is_forced:
                self._held_until = at + site.ramp_up_time_s
        self._sent = len(self.plant.sent)
        return found


def overstayed(plant: Plant, longest_s: float) -> list[int]:
    """Return the seconds in which cars held a phase over for longer than that after a change.

    What is over by the deadband alone may stand for two response times more.
    """
    rated_a = plant.settings.site.rated_current_a
    slowest_s = max(charger.response_time_s for charger in plant.settings.chargers)
    least_a = rated_a + flicker_a(rated_a) + NOTHING_A
    return [
        at
        for at in plant.seconds_over()
        if at - plant.last_change_before(at)
        > longest_s + (0 if max(plant.log[at].total_a) > least_a else 2 * slowest_s)
    ]


def hideable_a(plant: Plant) -> int:
    """Return what the house can hide of the cars, and nobody can ask."""
    if not is_any_unmeasured(plant):
        return 0
    return HIDDEN_A if len(plant.chargers) > 1 else HIDDEN_OF_ONE_A


def beyond_asking(plant: Plant) -> dict[str, int]:
    """Return what unmeasured cars have that are too near their minimum to be asked, of several.

    Or whose start got lost in the moment in which the house rose: it passes for their minimum.
    """
    if len(plant.chargers) == 1:
        return {}
    targets_a = {key: shown.target_a for key, shown in plant.view.chargers.items()}
    return {
        known.charger_id: targets_a[known.charger_id]
        for known, charger in zip(plant.settings.chargers, plant.chargers, strict=True)
        if (
            targets_a[known.charger_id] < known.min_ev_current_a + PROBED_FROM_A + RAISED_UNASKED_A
            or (charger.drawn_a == 0 and has_risen_with_a_start(plant, known.charger_id))
        )
        and (charger.sensor is None or not charger.sensor.has_current)
    }


def has_risen_with_a_start(plant: Plant, charger_id: str) -> bool:
    """Return whether the house has risen by what a start may show while it was to show."""
    began = [
        at
        for at, command in plant.calls
        if command.charger_id == charger_id and isinstance(command, StartCharging)
    ]
    late_s = int(plant.meter.late_s)
    return any(
        max(each.house_a[0] for each in plant.log[at : at + SHOWS_A_START_S + late_s])
        >= plant.log[max(at - WITH_A_START_S - late_s, 0)].house_a[0] + SHOWN_OF_A_START_A
        for at in began
    )


def beyond_asking_a(plant: Plant) -> int:
    """Return how much that is together."""
    return sum(beyond_asking(plant).values())


def is_any_unmeasured(plant: Plant) -> bool:
    """Return whether a charger has no sensor that measures."""
    sensors = [charger.sensor for charger in plant.chargers]
    return any(sensor is None or not sensor.has_current for sensor in sensors)


def unfair(plant: Plant, room_a: float) -> list[str]:
    """Return what is unfair about the chargers' targets, when there is this much for them.

    Told by its marks, not by the rule's own sums: as many run as fit with their minimums, all of
    the room is used, and nobody has more for its priority than another that could take more. But
    for what the house can hide.
    """
    hidden_a = hideable_a(plant) + beyond_asking_a(plant)
    able = {
        charger.charger_id: charger
        for charger in plant.settings.chargers
        if charger.max_charger_current_a >= charger.min_ev_current_a
    }
    drawn_a = dict(zip(plant.ids, plant.drawn_a(), strict=True))
    unasked = {key for key in beyond_asking(plant) if drawn_a[key] == 0}  # their starts were lost
    shares = {
        key: 0 if key in unasked else shown.target_a for key, shown in plant.view.chargers.items()
    }
    running = {key: share_a for key, share_a in shares.items() if share_a > 0}
    found = list[str]()
    if any(
        key not in able
        or not able[key].min_ev_current_a <= share_a <= able[key].max_charger_current_a
        for key, share_a in running.items()
    ):
        found.append("outside of minimum and maximum")
    whole_a = max(int(room_a + NOTHING_A), 0)
    fitting, least_fitting, used_a = 0, 0, 0
    for min_a in sorted(charger.min_ev_current_a for charger in able.values()):
        used_a += min_a
        fitting += used_a <= whole_a
        least_fitting += used_a <= whole_a - beyond_asking_a(plant)
    if not least_fitting - len(unasked) <= len(running) <= fitting:
        found.append(f"{len(running)} run, {fitting} fit")
    if fitting < len(able):
        most_a = whole_a if fitting else 0
    else:
        most_a = min(whole_a, sum(charger.max_charger_current_a for charger in able.values()))
    takers = [key for key in running if running[key] < able[key].max_charger_current_a]
    used_a = sum(running.values())
    if used_a > whole_a or (used_a < most_a - hidden_a and takers):
        found.append(f"{sum(running.values())} A of {most_a} A given")
    # One more than the minimum may be what flooring left: it stays where it was.
    givers = [key for key in running if running[key] > able[key].min_ev_current_a + 1]
    found += [
        f"{rich} has too much beside {poor}"
        for rich in givers
        for poor in takers
        if rich != poor
        and (running[rich] - hidden_a - 1) * able[poor].priority
        >= (running[poor] + 1) * able[rich].priority + NOTHING_A
    ]
    return found if not found else [*found, f"{room_a:.2f} A: {shares}"]
