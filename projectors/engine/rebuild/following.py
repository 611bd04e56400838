"""Bringing tables beside the live ones on, by the projector's own steps.

What is applied and how far it has come are committed together, so it can be interrupted anywhere.
"""

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection, sql

from domain.events.envelope import Recorded
from projectors.engine import parked
from projectors.engine.apply import apply
from projectors.engine.blame import is_of_the_event, reason_of
from projectors.engine.projection import Projection
from projectors.engine.rebuild.errors import Changed, Poison
from runtime.eventstore.reader import Reader
from runtime.eventstore.records import Store, StoredEvent

PAGE_EVENTS_MAX = 500
ROUNDS_MAX = 20
"""How often to run after the live projector before holding it."""

Positions = dict[int, int]


@dataclass(frozen=True, slots=True)
class Live:
    """Where a live projection stands.

    Attributes:
        positions: by partition; none of a projection that never ran.
        epochs: of the stores its checkpoints belong to.
        parked: positions that wait beside it.
        skipped: those it shall do without, and the partition of each.
    """

    positions: Positions
    epochs: frozenset[UUID]
    parked: frozenset[int]
    skipped: Mapping[int, int]

    @property
    def has_begun(self) -> bool:
        """Whether it has taken anything yet."""
        return any(self.positions.values())

    def is_of(self, epoch: UUID, partition_count: int) -> bool:
        """Whether it has followed this store, in every partition."""
        return self.epochs == {epoch} and len(self.positions) == partition_count


async def live_of(connection: AsyncConnection[Any], name: str) -> Live:
    """Where a live projection stands; consistent only in a snapshot or under its lock."""
    found = await connection.execute(
        "SELECT partition, position, store_epoch FROM read.checkpoints WHERE projection = %s",
        [name],
    )
    rows = await found.fetchall()
    found = await connection.execute(
        "SELECT position, partition FROM read.skipped WHERE projection = %s", [name]
    )
    skipped = dict(await found.fetchall())
    return Live(
        {partition: position for partition, position, _ in rows},
        frozenset(epoch for *_, epoch in rows),
        await parked.parked_positions(connection, name),
        skipped,
    )


LeavesOut = Callable[[Live], Collection[int]]
"""Which events are not applied, as things stand."""


def nothing(_: Live) -> Collection[int]:
    """Everything is applied."""
    return ()


def skipped(live: Live) -> Collection[int]:
    """All is applied but what somebody skipped."""
    return live.skipped.keys()


def skipped_and_parked(live: Live) -> Collection[int]:
    """What the live projection has applied is applied, and no more."""
    return live.skipped.keys() | live.parked


class Follower:
    """One projection's tables in another schema, and how far they have come."""

    def __init__(
        self,
        reader: Reader,
        shadow: Projection,
        checkpoints: sql.Identifier,
        positions: Positions,
        left_out: Collection[int] = (),
    ) -> None:
        """Go on where somebody stopped.

        Args:
            reader: of the store.
            shadow: over the tables to bring on.
            checkpoints: the table that keeps their positions.
            positions: as kept there.
            left_out: events before them that were not applied.
        """
        self._reader = reader
        self._checkpoints = checkpoints
        self.shadow = shadow
        self.positions = dict(positions)
        self.left_out = frozenset(left_out)

    @classmethod
    async def of(
        cls,
        connection: AsyncConnection[Any],
        reader: Reader,
        shadow: Projection,
        checkpoints: sql.Identifier,
        left_out: Collection[int] = (),
    ) -> "Follower":
        """One that goes on where the tables stand."""
        found = await connection.execute(
            sql.SQL("SELECT partition, position FROM {} WHERE projection = %s").format(checkpoints),
            [shadow.name],
        )
        return cls(reader, shadow, checkpoints, dict(await found.fetchall()), left_out)

    @asynccontextmanager
    async def in_transaction(self, connection: AsyncConnection[Any]) -> AsyncIterator[None]:
        """A transaction around following: where it fails, this stands where it stood before."""
        before = dict(self.positions), self.left_out
        try:
            async with connection.transaction():
                yield
        except BaseException:
            self.positions, self.left_out = before
            raise

    def refuse_late(self, skipped: Mapping[int, int]) -> None:
        """Refuse skips of events that these tables have applied.

        Raises:
            Changed: somebody skipped one too late for us.
        """
        for position, partition in skipped.items():
            is_applied = position <= self.positions.get(partition, 0)
            if is_applied and position not in self.left_out:
                raise Changed(
                    f"event {position} was skipped for {self.shadow.name} meanwhile;"
                    " rebuild again with --restart"
                )

    def behind(self, up_to: Mapping[int, int]) -> bool:
        """Whether there is anything left to apply."""
        return any(self.positions.get(p, 0) < last for p, last in up_to.items())

    async def follow(
        self,
        connection: AsyncConnection[Any],
        up_to: Mapping[int, int],
        left_out: Collection[int] = (),
        without_keys: Collection[UUID] = (),
    ) -> None:
        """Apply what comes up to positions, one a partition.

        Args:
            connection: that may write the tables.
            up_to: the last position in each partition.
            left_out: events not to apply; those that were left out before and are none of them now
                are made up for, in their order: nothing that came later of their loans is applied.
            without_keys: loans of which nothing is applied.

        Raises:
            Poison: an event cannot be applied.
        """
        await self._make_up(connection, self.left_out - frozenset(left_out))
        self.left_out = frozenset(left_out)
        for partition, last in up_to.items():
            while (position := self.positions.get(partition, 0)) < last:
                page = await self._reader.partition_since(
                    partition, position, PAGE_EVENTS_MAX, last
                )
                if not page:
                    break
                wanted = [
                    event
                    for event in page
                    if event.position not in left_out and event.partition_key not in without_keys
                ]
                await self._step(connection, partition, wanted, page[-1].position)

    async def _make_up(self, connection: AsyncConnection[Any], positions: Collection[int]) -> None:
        """Apply events before our positions, and stay there."""
        for position in sorted(positions):
            for event in await self._reader.since(position - 1, 1):
                at = self.positions.get(event.partition, 0)
                if position <= at:
                    await self._step(connection, event.partition, [event], at)

    async def _step(
        self,
        connection: AsyncConnection[Any],
        partition: int,
        events: Sequence[StoredEvent],
        position: int,
    ) -> None:
        batch = [self._decoded(event) for event in events]
        try:
            await self._apply(connection, partition, batch, position)
        except Exception as error:
            if not is_of_the_event(error):
                raise
            await self._find_poison(connection, batch)
            raise
        self.positions[partition] = position

    async def _apply(
        self,
        connection: AsyncConnection[Any],
        partition: int,
        batch: Sequence[Recorded],
        position: int,
    ) -> None:
        async with connection.transaction():
            for part in self.shadow.parts:
                await apply(connection, part, batch)
            await connection.execute(
                sql.SQL(
                    "UPDATE {} SET position = %s WHERE projection = %s AND partition = %s"
                ).format(self._checkpoints),
                [position, self.shadow.name, partition],
            )

    async def _find_poison(
        self, connection: AsyncConnection[Any], batch: Sequence[Recorded]
    ) -> None:
        """Which of a batch's events it was: applied one by one, and nothing of it kept."""
        async with connection.transaction(force_rollback=True):
            for recorded in batch:
                try:
                    async with connection.transaction():
                        for part in self.shadow.parts:
                            await apply(connection, part, [recorded])
                except Exception as error:
                    raise self._poison(recorded.position, recorded.type, error) from error

    def _decoded(self, event: StoredEvent) -> Recorded:
        try:
            return event.decode()
        except Exception as error:
            raise self._poison(event.position, event.type, error) from error

    def _poison(self, position: int, event_type: str, error: Exception) -> Poison:
        return Poison(self.shadow.name, position, event_type, reason_of(error))


async def catch_up(
    connection: AsyncConnection[Any], store: Store, follower: Follower, leaves_out: LeavesOut
) -> None:
    """Run after the live projection without holding it, until there is little left to do."""
    for _ in range(ROUNDS_MAX):
        # One snapshot: what is parked or skipped must be of the same moment as the positions.
        async with connection.transaction():
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            live = await live_of(connection, follower.shadow.name)
        if not live.is_of(store.epoch, store.partition_count) or not follower.behind(
            live.positions
        ):
            return
        await follower.follow(connection, live.positions, leaves_out(live))
