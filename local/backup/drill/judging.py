"""What clients were told, held against what a restored store has.

Knows nothing of how a backup is made: a history of commands, the events that are there, and what
was promised.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Command:
    """A command that a client sent.

    Attributes:
        event: the stored name of the event that it is to leave in the loan's stream.
        sent_at, answered_at: in seconds since 1970, by the machine's clock; ``answered_at`` is
            `None` where no answer said that it was done.
    """

    loan_id: UUID
    event: str
    sent_at: float
    answered_at: float | None = None

    def is_in(self, present: Collection[tuple[UUID, str]]) -> bool:
        """Whether its event is there."""
        return (self.loan_id, self.event) in present


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of the commands.

    Attributes:
        acknowledged: how many a client was told were done.
        survived: how many of those are there.
        rpo_seconds: between the last answer that survived and the disaster.
        faults: every promise that did not hold.
    """

    acknowledged: int
    survived: int
    rpo_seconds: float
    faults: tuple[str, ...]


def after_disaster(
    commands: Sequence[Command],
    present: Collection[tuple[UUID, str]],
    *,
    disaster_at: float,
    promised_seconds: float,
) -> Judged:
    """Everything acknowledged so long before the disaster must be there, and no later one without it."""
    told = [each for each in commands if each.answered_at is not None]
    survived = [each for each in told if each.is_in(present)]
    lost = [each for each in told if not each.is_in(present)]
    last_survivor_sent_at = max(
        (each.sent_at for each in commands if each.is_in(present)), default=0
    )
    faults = []
    for each in lost:
        answered_at = each.answered_at or 0.0
        if answered_at < disaster_at - promised_seconds:
            ago = disaster_at - answered_at
            faults.append(
                f"{each.event} of {each.loan_id}, acknowledged {ago:.1f} s before, is lost"
            )
        elif answered_at < last_survivor_sent_at:
            faults.append(f"{each.event} of {each.loan_id} is lost, and a later command is not")
    last = max((each.answered_at or 0.0 for each in survived), default=0.0)
    return Judged(len(told), len(survived), disaster_at - last, tuple(faults))


def at_moment(
    commands: Sequence[Command], present: Collection[tuple[UUID, str]], *, moment: float
) -> Judged:
    """Everything acknowledged by the moment must be there, and nothing that was sent after it."""
    told = [each for each in commands if each.answered_at is not None and each.answered_at < moment]
    survived = [each for each in told if each.is_in(present)]
    faults = [
        f"{each.event} of {each.loan_id}, acknowledged before the moment, is not there"
        for each in told
        if not each.is_in(present)
    ]
    faults += [
        f"{each.event} of {each.loan_id}, sent after the moment, is there"
        for each in commands
        if each.sent_at > moment and each.is_in(present)
    ]
    last = max((each.answered_at or 0.0 for each in survived), default=0.0)
    return Judged(len(told), len(survived), moment - last, tuple(faults))
