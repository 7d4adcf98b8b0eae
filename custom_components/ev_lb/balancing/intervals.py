"""What a charger may have been told, as an interval.

A charger follows a command only after a while, and a command may have arrived although the
call failed. So every command that may be in force counts: it leaves only when a later one has
been delivered and that one's window (response time plus meter delay) has passed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace


@dataclass(slots=True, kw_only=True)
class Interval:
    """From the lowest to the highest current possible, in A."""

    low_a: float
    high_a: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A command that may be in force."""

    current_a: int
    sent_at: float | None = None
    """None: before this run."""

    delivered_at: float | None = None
    is_seen: bool = False
    """Whether the meter has shown that the charger has come down to it."""

    is_assumed: bool = False
    """Not a command of ours: what the charger may be doing, for all we know."""


def hull(currents_a: Sequence[float]) -> Interval:
    """Return the smallest interval with all the currents; nothing at all is 0 A."""
    if len(currents_a) == 1:
        return Interval(low_a=currents_a[0], high_a=currents_a[0])  # as nearly always
    return Interval(low_a=min(currents_a, default=0.0), high_a=max(currents_a, default=0.0))


def offered(offers: tuple[Offer, ...], at: float, window_s: float) -> Interval:
    """Return what the charger may have been offered at a moment."""
    return hull([offer.current_a for offer in in_force(offers, at, window_s)])


def in_force(offers: tuple[Offer, ...], at: float, window_s: float) -> tuple[Offer, ...]:
    """Return the commands that may have been in force at a moment, oldest first."""
    if len(offers) == 1 and (offers[0].sent_at is None or offers[0].sent_at <= at):
        return offers  # as nearly always
    sent = tuple([offer for offer in offers if offer.sent_at is None or offer.sent_at <= at])
    for index in range(len(sent) - 1, 0, -1):
        delivered_at = sent[index].delivered_at
        if delivered_at is not None and delivered_at + window_s <= at:
            return sent[index:]
    return sent


def since_seen(offers: tuple[Offer, ...]) -> tuple[Offer, ...]:
    """Return the commands from the last one that the meter has shown on."""
    for index in range(len(offers) - 1, 0, -1):
        if offers[index].is_seen:
            return offers[index:]
    return offers


def out_of_date_dropped(offers: tuple[Offer, ...], at: float, window_s: float) -> tuple[Offer, ...]:
    """Return the commands without those that were out of force at a moment already."""
    later = tuple([offer for offer in offers if offer.sent_at is not None and offer.sent_at > at])
    return in_force(offers, at, window_s) + later


def is_unknown(offers: tuple[Offer, ...]) -> bool:
    """Return whether the charger may be doing something that it was not told by us."""
    return bool(offers) and offers[0].is_assumed  # it is older than any command of ours


def is_from_before(offers: tuple[Offer, ...]) -> bool:
    """Return whether no command of this run has settled yet."""
    return not offers or offers[0].sent_at is None


def settles_at(offers: tuple[Offer, ...], window_s: float) -> float | None:
    """Return when the newest delivered command will be the oldest in force; None: unknown."""
    delivered = [offer.delivered_at for offer in offers[1:] if offer.delivered_at is not None]
    return delivered[-1] + window_s if delivered else None


def told_since(offers: tuple[Offer, ...]) -> float | None:
    """Return since when the newest command has been told, repeats included; None: not yet."""
    since: float | None = None
    for offer in reversed(offers):
        if offer.current_a != offers[-1].current_a:
            break
        since = since if offer.delivered_at is None else offer.delivered_at
    return since


def mark_delivered(offers: tuple[Offer, ...], sent_at: float, at: float) -> tuple[Offer, ...]:
    """Note that the command sent at a moment got through."""
    return tuple(
        replace(offer, delivered_at=at)
        if offer.sent_at == sent_at and offer.delivered_at is None
        else offer
        for offer in offers
    )
