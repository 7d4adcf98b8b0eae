"""One site that is only observed: the core is given what would be, and nobody hears its commands.

A reading becomes what the meters would say: without what the real cars draw, with what their
shadows do. A charger whose draw is not known at the moment is its own shadow: nothing is claimed.
"""

from collections.abc import Mapping
from dataclasses import replace
from math import inf

from ..balancing.model import CarReading, Decision, Delivered, Inputs, Reading, View
from ..balancing.settings import ChargerSettings, Settings
from ..what_if.obedient import ObedientChargers
from .shadow import Shadow
from .tally import Flow, Observed, Tally

MOVED_A = 0.5
"""A smaller change of what would flow is worth no reading of its own."""

SAID_AFTER_PERIODS = 1.5
"""A meter with a period says by itself what has changed; after so many of them it would have."""

SAID_AFTER_S = 1.0
"""A meter that reports only changes would have said it by then."""


class Observer:
    """The shadows of a site's chargers, and what they have shown."""

    def __init__(self, measured: Mapping[str, bool], observed: Observed) -> None:
        """Begin with shadows that do what the real chargers do.

        `measured`: the chargers of which it is known what they draw, and whether a sensor tells it.
        """
        self._shadows = {key: Shadow(is_measured=each) for key, each in measured.items()}
        self._chargers, self._tally = ObedientChargers(), Tally(observed=observed)
        self._view = View()
        self._reading: Reading | None = None
        """What the meters said last; None: nothing, or they are lost."""

        self._said: Reading | None = None
        """What the core was told of it last."""

        self._moved_at: float | None = None
        """Since when it would say something else; None: it would not."""

        self._drawn_a: dict[str, tuple[float, ...]] = {}
        """What each shadow was told to the core to draw."""

        self.has_avoided = False
        """Whether another overload has just been avoided: worth writing down."""

    def seen(self, settings: Settings, inputs: Inputs, now: float) -> Inputs:
        """Return what has come as it would have come, had the chargers followed."""
        self.has_avoided = self._tally.on_time(settings, self._view.meter_period_s, now)
        ours = {each.charger_id: each for each in settings.chargers if settings.is_balanced(each)}
        self._chargers.forget_all_but(ours)
        self._chargers.follow(now)
        for charger_id, shadow in self._shadows.items():
            shadow.car = inputs.cars.get(charger_id, shadow.car)
            shadow.told = inputs.read_backs.get(charger_id, shadow.told)
        if not inputs.is_meter_available:
            self._reading = self._said = self._moved_at = None
        elif inputs.reading is not None:
            self._reading = inputs.reading
        flow, cars = None, dict(inputs.cars)
        if self._reading is not None:
            flow = self._flow(settings, self._reading)
        for charger_id, shadow in self._shadows.items():
            charger = ours.get(charger_id)
            if charger is not None and (car := self._car(shadow, charger, inputs, now)) is not None:
                cars[charger_id] = car
        self._tally.on_flow(settings, flow, now)
        reading = None if flow is None else self._would_say(flow, inputs, now)
        return replace(inputs, reading=reading, cars=cars, read_backs={})

    def follow(self, settings: Settings, decision: Decision, now: float) -> tuple[Delivered, ...]:
        """Let the shadows follow what was decided; each call returns at once."""
        self._view = decision.view
        responses = {each.charger_id: each.response_time_s for each in settings.chargers}
        for command in decision.commands:
            delay_s = responses[command.charger_id] + (settings.site.meter_delay_s or 0.0)
            self._chargers.tell(command, now + delay_s)
        return tuple(
            Delivered(charger_id=command.charger_id, sent_at=now, at=now)
            for command in decision.commands
        )

    def wake_at(self, settings: Settings, now: float) -> float | None:
        """Return when anything would happen by itself, later than now; None: nothing would."""
        moments = [self._chargers.next_at, self._said_at()]
        due_at = self._tally.due_at(settings, self._view.meter_period_s)
        if due_at is not None:
            moments.append(due_at)
        return min((at for at in moments if now < at < inf), default=None)

    def _currents_a(
        self, charger: ChargerSettings
    ) -> tuple[tuple[float, ...], tuple[float, ...]] | None:
        """Return what a charger draws on each of its phases, and what its shadow does."""
        shadow = self._shadows.get(charger.charger_id)
        if shadow is None:
            return None
        shown = self._view.chargers.get(charger.charger_id)
        real_a = shadow.real_a(charger, None if shown is None else shown.phases_used)
        if real_a is None:
            return None
        return real_a, shadow.shadow_a(real_a, self._chargers.given_a(charger.charger_id))

    def _flow(self, settings: Settings, reading: Reading) -> Flow:
        """Return what flows by a reading, and what would."""
        cars_a, moved_a = [0.0] * len(settings.limits), [0.0] * len(settings.limits)
        for charger in settings.chargers:
            currents_a = self._currents_a(charger)
            if currents_a is None:
                continue
            for phase, real_a, shadow_a in zip(charger.phases, *currents_a, strict=True):
                for load in settings.loads_on(charger, (phase,)):
                    cars_a[load.index] += load.weight * real_a
                    moved_a[load.index] += load.weight * (shadow_a - real_a)
        metered = [index for source in settings.sources for index in source]
        said_a = zip(reading.current_a, metered, strict=True)
        return Flow(
            real_a=reading.current_a,
            shadow_a=tuple(current_a + moved_a[index] for current_a, index in said_a),
            cars_a=tuple(cars_a[index] for index in metered),
        )

    def _car(
        self, shadow: Shadow, charger: ChargerSettings, inputs: Inputs, now: float
    ) -> CarReading | None:
        """Return what a charger's sensors would say; None: nothing new."""
        charger_id = charger.charger_id
        currents_a, car = self._currents_a(charger), shadow.car
        has_said = charger_id in inputs.cars
        if currents_a is None or car is None:
            return None
        given_a, shadow_a = self._chargers.given_a(charger_id), currents_a[1]
        if not has_said and shadow_a == self._drawn_a.get(charger_id):
            return None
        self._drawn_a[charger_id] = shadow_a
        return shadow.reading(car, shadow_a, given_a, at=car.at if has_said else now)

    def _would_say(self, flow: Flow, inputs: Inputs, now: float) -> Reading | None:
        """Return what the meters would say now, once; None: nothing new.

        They say it when the real ones say something. What would change alone is said for them when
        they would have by now.
        """
        said, real = self._said, inputs.reading
        if real is None and said is not None:
            pairs = list(zip(flow.shadow_a, said.current_a, strict=True))
            if all(abs(would_a - said_a) < MOVED_A for would_a, said_a in pairs):
                self._moved_at = None
                return None
            if self._moved_at is None:
                self._moved_at = now
            if now < self._said_at():
                return None
            real = self._reading_again(said, pairs, now)
        self._moved_at = None
        self._said = None if real is None else replace(real, current_a=flow.shadow_a)
        return self._said

    def _reading_again(
        self, said: Reading, pairs: list[tuple[float, float]], now: float
    ) -> Reading:
        """Return what was said last as it is said again, with the time of what would change."""
        moments = tuple(
            now if abs(would_a - said_a) >= MOVED_A else said.moment_of(index)
            for index, (would_a, said_a) in enumerate(pairs)
        )
        return replace(said, at=now, said_at=moments if len(moments) > 1 else ())

    def _said_at(self) -> float:
        """Return when the meters would have said what has changed; infinite: nothing has."""
        if self._moved_at is None:
            return inf
        period_s = self._view.meter_period_s
        return self._moved_at + (SAID_AFTER_PERIODS * period_s if period_s else SAID_AFTER_S)
