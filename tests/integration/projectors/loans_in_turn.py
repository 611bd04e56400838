"""Some loans of one partition, their events in turn, and what follows them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import groupby
from uuid import UUID

from domain.loans.commands import ApproveLoan, SubmitLoan
from projectors.engine import checkpoints, retry, verify
from projectors.engine.committing import Pool
from projectors.engine.lane import Lane
from projectors.engine.partition import PartitionFollower
from projectors.registry import READ_MODELS
from runtime.eventstore.partitions import partition_of
from runtime.eventstore.reader import Reader
from runtime.messages import Message, from_store
from runtime.postgres import pool
from runtime.settings import Settings
from tests.office import OPENED_ON, open_office
from tests.poison import Poison, counted, parked
from tests.scenario import CLOSING

NAME = "loan_summary"
BY_NAME = {projection.name: projection for projection in READ_MODELS}


@dataclass
class Bench:
    """Some loans of one partition, their events in turn, and what follows them."""

    settings: Settings
    database: Pool
    reader: Reader
    partition: int
    messages: list[Message]
    epoch: UUID
    poison: Poison
    lanes: list[Lane] = field(default_factory=list)

    def rested(self) -> None:
        """The rest of every lane of the last follower is over."""
        for each in self.lanes:
            each.rests_until = 0.0

    def follower(self, *names: str) -> PartitionFollower:
        """Another process; beside the read models named, the poison works."""
        projections = [
            self.poison.into(each) if each.name in names else each for each in READ_MODELS
        ]
        self.lanes = [Lane(projection, 0, 0) for projection in projections]
        return PartitionFollower(self.partition, self.lanes, self.database, self.reader, self.epoch)

    @property
    def last(self) -> int:
        """The partition's last position."""
        return self.messages[-1].position

    def behind(self, poisoned: Sequence[int]) -> dict[int, bool]:
        """What is to be parked when these messages are poison: position -> whether it blocks."""
        found: dict[int, bool] = {}
        blocked: set[UUID] = set()
        for at, message in enumerate(self.messages):
            if message.partition_key in blocked:
                found[message.position] = False
            elif at in poisoned:
                found[message.position] = True
                blocked.add(message.partition_key)
        return found

    def parked(self, name: str = NAME) -> dict[int, bool]:
        """What is parked: position -> whether it has a reason."""
        found = parked(self.settings.database_url, name)
        assert counted(self.settings.database_url, name) == len(found)
        return {position: reason is not None for position, reason in found.items()}

    async def retry(self, *, dry_run: bool = False) -> int:
        """Retry everything with the poison that is left; how many events were applied."""
        applied = 0
        async with self.database.connection() as connection:
            for each in await retry.blockers(connection):
                sick = self.poison.into(BY_NAME[each.projection])
                done = await retry.retry(connection, sick, each, dry_run=dry_run)
                applied += done.applied
        return applied

    async def disagreeing(self) -> list[str]:
        """The tables that differ from a replay."""
        verdicts = await verify(self.settings, READ_MODELS, lambda _done, _total: None)
        return [verdict.table for verdict in verdicts if not verdict.agrees]


@asynccontextmanager
async def at_the_bench(database_url: str, loans: int = 3) -> AsyncIterator[Bench]:
    """Loans of one partition, all submitted, then all approved, then all closed."""
    settings = Settings(database_url=database_url)
    async with open_office(settings) as office:
        count = (await office.reader.store()).partition_count

        def where(loan_id: UUID) -> int:
            return partition_of(loan_id, count)

        together: list[UUID] = []
        while len(together) < loans:
            await office.originate()
            ordered = sorted(office.loans, key=where)
            groups = [list(group) for _, group in groupby(ordered, key=where)]
            together = max(groups, key=len)
        for command in (SubmitLoan(), ApproveLoan(), CLOSING):
            for loan_id in together:
                await office.on_loan(loan_id, command, getattr(command, "closing_on", OPENED_ON))
    async with pool(settings, "projector") as database:
        reader = Reader(database)
        store = await reader.store()
        async with database.connection() as connection:
            names = [projection.name for projection in READ_MODELS]
            await checkpoints.load(connection, names, store.partition_count, store.epoch)
        partition = where(together[0])
        events = await reader.partition_since(partition, 0, 1000)
        messages = from_store(events, 0)
        yield Bench(settings, database, reader, partition, messages, store.epoch, Poison())
