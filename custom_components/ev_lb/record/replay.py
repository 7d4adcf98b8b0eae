"""A tape is decided again: what comes of it is what was decided then, or differs somewhere."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from ..balancing.balancer import decide
from ..balancing.model import Decision, Inputs
from ..balancing.settings import Settings
from ..balancing.state import State
from ..balancing.switching import follow_user
from .codec import Told, decoded, encoded
from .tape import decision_told


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """A decision of a tape, decided again."""

    time: str
    at: float
    settings: Settings
    inputs: Inputs
    decision: Decision
    recorded: Told
    """What was decided then, as it is told."""

    @property
    def replayed(self) -> Told:
        """What is decided now, as it is told."""
        return decision_told(self.decision)

    @property
    def differences(self) -> list[Difference]:
        """Where it is not what was decided then."""
        return list(differences("", self.recorded, self.replayed))


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Something that is not as it was then."""

    where: str
    recorded: Told
    replayed: Told


def replay(told: Told) -> Iterator[Replayed]:
    """Yield each decision of a tape, decided again, the oldest first.

    Raises KeyError, TypeError, ValueError: when that is no tape, or one of another version.
    """
    if not told["decisions"]:
        return
    settings = [decoded(Settings, each) for each in told["settings"]]
    began: int | None = told["begins_with"]
    state = state_of(told["state"], settings, None if began is None else settings[began])
    for each in told["decisions"]:
        at, inputs = each["at"], decoded(Inputs, each["inputs"])
        index: int = each["settings"]
        of = settings[index]
        decision = decide(of, state, inputs, at)
        yield Replayed(
            time=each["time"],
            at=at,
            settings=of,
            inputs=inputs,
            decision=decision,
            recorded=each["decided"],
        )


def state_of(told: Told, known: list[Settings], in_force: Settings | None) -> State:
    """Return what the core remembered; the settings in force put in what they say."""
    chargers = {charger.charger_id: charger for charger in (in_force or known[0]).chargers}
    state = decoded(
        State,
        {
            **told,
            "balanced": [],
            "chargers": {
                charger_id: {**charger, "settings": encoded(chargers[charger_id])}
                for charger_id, charger in told["chargers"].items()
            },
        },
    )
    if in_force is not None:
        follow_user(in_force, state, now=0.0)
    return state


def differences(where: str, recorded: Told, replayed: Told) -> Iterator[Difference]:
    """Yield in what two things that were told differ."""
    if isinstance(recorded, Mapping) and isinstance(replayed, Mapping):
        then, now = cast(Mapping[str, Told], recorded), cast(Mapping[str, Told], replayed)
        for key in sorted({*then, *now}):
            yield from differences(f"{where}.{key}".lstrip("."), then.get(key), now.get(key))
    elif recorded != replayed:
        yield Difference(where=where, recorded=recorded, replayed=replayed)
