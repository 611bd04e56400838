"""A restore: a base backup copied, the log replayed, the store given a new epoch, and put in place.

Everything is made beside the present cluster, which is moved aside as the last step but one and
never removed. Interrupted anywhere, it is begun again, and finds all it began with.
"""

import asyncio
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

import psycopg
from psycopg import sql

import migrations
from local.backup.checking import CheckedStore, check
from local.backup.errors import RestoreFailedError
from local.backup.log import SEGMENT_BYTES, Log, segment_number
from local.backup.places import sync_folder
from local.backup.plans import ASIDE, RestorePlan
from local.backup.recovery import Ended, Recovery, Target
from local.embedded import DataFolder
from local.embedded.postgres import USER
from local.embedded.system_user import grant_traversal, hand_over, server_user
from runtime.eventstore.epoch import Begun, begin_epoch
from runtime.settings import Settings

Tell = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, of how much; 0 of 0 where nobody knows."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore came to.

    Attributes:
        base: the backup it began from.
        position: of the last event.
        recorded_at: when that was recorded; `None` of an empty store.
        last_commit_at: of anything, as the log has it.
        epoch: that the store has from now on.
        adopted: read models that went on.
        rebuilt: read models that were made anew.
        lost_events: how many are known to have been recorded after that; more may have been.
        aside: where the cluster is that was there before; `None` where there was none.
        seconds: what the restore took.
    """

    base: str
    position: int
    recorded_at: datetime | None
    last_commit_at: datetime | None
    epoch: str
    adopted: tuple[str, ...]
    rebuilt: tuple[str, ...]
    lost_events: int
    aside: Path | None
    seconds: float


def restore(plan: RestorePlan, folder: DataFolder, step: Tell) -> Restored:
    """Do it.

    Args:
        plan: what to do.
        folder: the entered data folder.
        step: told how it goes.

    Raises:
        RestoreFailedError: it could not be done; the present cluster is as it was.
    """
    folder.demand_held()
    began, wanted = monotonic(), plan.wanted
    if server_user() is not None:
        grant_traversal(folder.path)
        grant_traversal(wanted.backups.path)
    target = Target(time=wanted.to_time)
    lost = 0
    if wanted.to_position is not None:
        target, lost = _before(wanted.to_position, plan, folder, step)
    _lay(plan, step)
    log = folder.logs / "restore.log"
    with Recovery(wanted.unfinished, log, plan.sources, target) as server:
        ended = server.wait(_replaying(plan, step))
        if target == Target():
            _demand_whole(plan, ended)
        found, begun = _put_in_order(server.url, plan, folder, step)
    aside = _put_in_place(plan)
    known = max((base.position for base in wanted.backups.bases()), default=0)
    return Restored(
        base=plan.base.name,
        position=found.position,
        recorded_at=found.recorded_at,
        last_commit_at=ended.last_commit_at,
        epoch=str(begun.epoch.epoch),
        adopted=begun.adopted,
        rebuilt=begun.to_rebuild,
        lost_events=max(lost, known - found.position, 0),
        aside=aside,
        seconds=monotonic() - began,
    )


def _lay(plan: RestorePlan, step: Tell) -> None:
    """Copy the base backup to where the cluster is made, in place of what an earlier try left."""
    to, user, done = plan.wanted.unfinished, server_user(), 0
    if to.exists():
        shutil.rmtree(to)
    to.parent.mkdir(parents=True, exist_ok=True)

    def copied(source: str, target: str) -> str:
        nonlocal done
        shutil.copy2(source, target)
        done += Path(target).stat().st_size
        step("copying the base backup", done, plan.base.bytes)
        return target

    shutil.copytree(plan.wanted.backups.cluster(plan.base), to, copy_function=copied)
    to.chmod(0o700)
    for path in [to, *to.rglob("*")]:
        hand_over(path, user)


def _replaying(plan: RestorePlan, step: Tell) -> Callable[[int], None]:
    start, end = plan.base.start_lsn, plan.base.end_lsn
    if plan.reach.last is not None:
        end = (segment_number(plan.reach.last) + 1) * SEGMENT_BYTES
    return lambda at: step("replaying the log", max(at - start, 0), max(end - start, 1))


def _demand_whole(plan: RestorePlan, ended: Ended) -> None:
    """See that the log was replayed to its end, not only to where a file could not be read.

    Raises:
        RestoreFailedError: there is more.
    """
    last = Log(plan.wanted.backups.wal).reach(plan.base.start_lsn).last
    if last is not None and ended.lsn <= segment_number(last) * SEGMENT_BYTES:
        raise RestoreFailedError(
            f"Replaying ended before {last}, which is in the archive: can PostgreSQL's user read "
            f"{plan.wanted.backups.wal}? Its own words are in logs/restore.log."
        )


def _before(position: int, plan: RestorePlan, folder: DataFolder, step: Tell) -> tuple[Target, int]:
    """Where the log says that the event after a position was committed: it ends just before that.

    The log does not tell positions, so it is replayed once to its end, into a cluster that is then
    thrown away, and the row of that event asked for its transaction.

    Returns:
        The target, and how many events lie behind it.
    """
    _lay(plan, step)
    log = folder.logs / "restore.log"
    with Recovery(plan.wanted.unfinished, log, plan.sources, is_to_stay=False) as server:
        _demand_whole(plan, server.wait(_replaying(plan, step)))
        with psycopg.connect(server.url) as connection:
            rows = connection.execute(
                "SELECT position, xmin::text FROM ledger.events WHERE position IN (%s, %s)"
                " ORDER BY position",
                [position, position + 1],
            ).fetchall()
            head: Any = connection.execute("SELECT position FROM ledger.head").fetchone()
    if head[0] < position:
        raise RestoreFailedError(f"The log ends with position {head[0]}.")
    if head[0] == position:
        return Target(), 0
    xids = [xid for _, xid in rows]
    if position > 0 and xids[0] == xids[-1]:
        raise RestoreFailedError(
            f"Positions {position} and {position + 1} were recorded together, all or none: choose "
            "another that is the last of its command."
        )
    return Target(before_xid=xids[-1]), head[0] - position


def _put_in_order(
    url: str, plan: RestorePlan, folder: DataFolder, step: Tell
) -> tuple[CheckedStore, Begun]:
    """Make the replayed database one to work with, and see that it is whole."""
    from projectors import engine
    from projectors.registry import READ_MODELS, RETIRED, projections

    step("checking the store", 0, 0)
    migrations.upgrade(url)
    with psycopg.connect(url, autocommit=True) as connection:
        found = check(connection)
        if found.faults:
            raise RestoreFailedError(f"What the log holds is not whole: {'; '.join(found.faults)}.")
        begun = begin_epoch(connection, f"restored to {plan.target} from {plan.base.name}")
        _renew_password(connection, folder)
    settings = Settings(database_url=url)
    asyncio.run(engine.apply(settings, READ_MODELS, drop=RETIRED))
    if begun.to_rebuild:
        # Those of other releases are theirs to rebuild.
        chosen = [each for each in READ_MODELS if each.name in begun.to_rebuild]
        asyncio.run(engine.rebuild(settings, chosen, partial(step, "rebuilding read models")))
    if plan.wanted.verify:
        compared = engine.verify(
            settings, projections(None), partial(step, "comparing read models")
        )
        if wrong := sorted({each.table for each in asyncio.run(compared) if not each.agrees}):
            raise RestoreFailedError(f"Not as a replay makes them: {', '.join(wrong)}.")
    return found, begun


def _renew_password(connection: psycopg.Connection[Any], folder: DataFolder) -> None:
    """Let the server know the password that this data folder has; passwords are in no backup."""
    path = folder.path / "postgres.password"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(16) + "\n")
        hand_over(path, server_user())
    given = path.read_text().strip().encode()
    encrypted = connection.pgconn.encrypt_password(given, USER.encode(), b"scram-sha-256")
    connection.execute(
        sql.SQL("ALTER ROLE {} PASSWORD {}").format(
            sql.Identifier(USER), sql.Literal(encrypted.decode())
        )
    )


def _put_in_place(plan: RestorePlan) -> Path | None:
    """Let the restored cluster take the place of the present one, which stays beside it."""
    wanted, aside = plan.wanted, None
    if wanted.cluster.exists():
        aside = wanted.data_dir / f"{ASIDE}{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"
        wanted.cluster.rename(aside)
        sync_folder(wanted.data_dir)
    # Between these two there is no cluster; then `postgres.restoring` keeps one from being made.
    wanted.unfinished.rename(wanted.cluster)
    sync_folder(wanted.data_dir)
    return aside
