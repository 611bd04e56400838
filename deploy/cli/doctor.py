"""``drawbridge doctor``: what is unsafe or missing here, and how to mend it."""

import asyncio
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import typer

from deploy.cli.output import Exit, Json, notes, print_json
from deploy.cli.place import WHERE_TO_LOOK

if TYPE_CHECKING:
    import psycopg

    from projectors.standing import ReadSide
    from runtime.settings import Settings

LAG_EVENTS_MAX = 1_000
_POSTGRES_MIN = 150_000
_STATES = {
    "other": "another version is live than this release's: its projectors let it rest",
    "absent": "it is not there yet",
    "unknown": "another release made it, and this one does not fill it",
}
_DURABILITY = ("fsync", "synchronous_commit", "full_page_writes")


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look found.

    Attributes:
        what: was looked at.
        well: whether it is as it must be.
        found: in a few words.
        mend: what to do, if it is not well.
    """

    what: str
    well: bool
    found: str
    mend: str = ""


def doctor(as_json: Json = False) -> None:
    """Name what is unsafe or missing, and how to mend it; exit code 1 when something is wrong."""
    from deploy.cli.place import load_settings

    findings = list(_examine(load_settings()))
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            mark = "[green]ok[/]   " if finding.well else "[red]wrong[/]"
            notes.print(f"{mark} {finding.what}: {finding.found}")
            if not finding.well:
                notes.print(f"      → {finding.mend}")
                print(f"{finding.what}\t{finding.found}\t{finding.mend}")
    if not all(finding.well for finding in findings):
        raise typer.Exit(Exit.WRONG)


def _examine(settings: "Settings") -> Iterator[Finding]:
    import psycopg

    yield _token_keys(settings)
    yield _cors(settings)
    store_partitions = None
    try:
        with psycopg.connect(
            settings.database_url, connect_timeout=3, autocommit=True
        ) as connection:
            yield Finding("database", True, f"PostgreSQL {connection.info.server_version // 10000}")
            yield from _database(settings, connection)
            store_partitions = _store_partitions(connection)
    except psycopg.OperationalError as error:
        first_line = str(error).strip().splitlines()[0]
        yield Finding(
            "database",
            False,
            first_line,
            WHERE_TO_LOOK,
        )
    if settings.kafka_bootstrap is not None:
        yield _encryption(settings)
    yield _broker(settings, store_partitions)


def _token_keys(settings: "Settings") -> Finding:
    from runtime.settings import DEVELOPMENT_TOKEN_KEY, Environment

    secrets = [key.get_secret_value() for key in settings.token_keys.values()]
    development = settings.environment is Environment.DEVELOPMENT
    remedy = 'set DRAWBRIDGE_TOKEN_KEYS to {"<kid>": "<at least 32 random bytes>"}'
    if DEVELOPMENT_TOKEN_KEY in secrets:
        found = f"the default key, in {settings.environment.value}"
        return Finding("token keys", development, found, remedy)
    short = [kid for kid, key in settings.token_keys.items() if len(key.get_secret_value()) < 32]
    if short:
        return Finding("token keys", False, f"{', '.join(short)} is short", remedy)
    return Finding("token keys", True, f"{len(secrets)} of our own")


def _cors(settings: "Settings") -> Finding:
    from runtime.settings import Environment

    anyone = "*" in settings.cors_origins
    return Finding(
        "CORS origins",
        not anyone or settings.environment is Environment.DEVELOPMENT,
        "every origin" if anyone else ", ".join(settings.cors_origins) or "none",
        "list the origins in DRAWBRIDGE_CORS_ORIGINS",
    )


def _database(settings: "Settings", connection: "psycopg.Connection[Any]") -> Iterator[Finding]:
    import migrations

    if connection.info.server_version < _POSTGRES_MIN:
        version = str(connection.info.server_version)
        yield Finding("PostgreSQL version", False, version, "upgrade to 15 or later")
    for parameter in _DURABILITY:
        value = _value(connection, f"SHOW {parameter}")
        yield Finding(
            parameter, value != "off", value, f"ALTER SYSTEM SET {parameter} = on, and restart"
        )
    at, newest = migrations.current(settings.database_url), migrations.head()
    if at != newest:
        found = f"at {at or 'nothing'}, newest is {newest}"
        yield Finding("migrations", False, found, "drawbridge db upgrade")
        return
    yield Finding("migrations", True, f"at {at}")
    yield _rights(connection)
    yield _archive(settings, connection)
    yield _epoch(connection)
    yield from _lag(connection)
    if settings.kafka_bootstrap is not None:
        yield _relay(settings, connection)


def _rights(connection: "psycopg.Connection[Any]") -> Finding:
    """The processes' roles may add events through the append function, and do nothing else to them."""
    rows = connection.execute(
        "SELECT rolname, privilege FROM pg_roles,"
        " unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS privilege"
        " WHERE rolname IN ('drawbridge_command', 'drawbridge_projector', 'drawbridge_query')"
        " AND has_table_privilege(rolname, 'ledger.events', privilege)"
    ).fetchall()
    found = ", ".join(f"{role} may {privilege}" for role, privilege in rows)
    return Finding(
        "rights on events",
        not rows,
        found or "no process may change what is recorded",
        "REVOKE them ON ledger.events",
    )


def _archive(settings: "Settings", connection: "psycopg.Connection[Any]") -> Finding:
    """Without its log, a lost database is restored to its last backup, and to no moment after it."""
    from runtime.settings import Environment

    row = connection.execute(
        "SELECT current_setting('archive_mode') <> 'off' OR to_regproc('aurora_version') IS NOT NULL,"
        " last_archived_wal, last_failed_wal, coalesce(last_failed_time > last_archived_time,"
        " last_failed_time IS NOT NULL) FROM pg_stat_archiver"
    ).fetchone()
    archives, last, failed, is_failing = row or (False, None, None, False)
    if is_failing:
        mend = "see PostgreSQL's log: the archive may be full, or another server's"
        return Finding("log archive", False, f"{failed} could not be archived", mend)
    return Finding(
        "log archive",
        archives or settings.environment is Environment.DEVELOPMENT,
        f"on, {f'last {last}' if last else 'nothing archived yet'}"
        if archives
        else "off: what is lost stays lost",
        "archive its log (archive_mode, or point-in-time recovery of a managed one); "
        "see deploy/backup/README.md",
    )


def _epoch(connection: "psycopg.Connection[Any]") -> Finding:
    from runtime.eventstore.epoch import unnoticed_timeline

    unnoticed = unnoticed_timeline(connection)
    if unnoticed is None:
        return Finding("epoch", True, "begun on the timeline that the server is on")
    found = f"begun on timeline {unnoticed[0]}, and the server is on {unnoticed[1]}"
    mend = "it was restored or failed over since: drawbridge db epoch --begin --reason …"
    return Finding("epoch", False, found, mend)


def _lag(connection: "psycopg.Connection[Any]") -> Iterator[Finding]:
    from projectors.registry import READ_MODELS
    from projectors.standing import ReadSide

    side = ReadSide.read(connection)
    declared = {model.name: model.definition.print for model in READ_MODELS}
    if side.head and all(each.position == 0 for each in side.models.values()):
        yield Finding("read side", False, "never ran", "start `drawbridge project`")
    for name in sorted(declared.keys() | side.models.keys()):
        yield _read_model(side, name, declared.get(name))


def _read_model(side: "ReadSide", name: str, declared: str | None) -> Finding:
    from projectors.standing import Presence

    stands, state = side.models.get(name), side.state(name, declared)
    what, behind = f"read model {name}", side.head - side.position([name])
    if state is Presence.UNKNOWN:
        mend = "put that release back, or drop it: drawbridge projections apply --remove " + name
        return Finding(what, False, _STATES[state], mend)
    if stands is None or state is not Presence.LIVE:
        return Finding(what, False, _STATES[state], "drawbridge projections apply")
    found = f"{behind} of {side.head} events behind"
    mend = "see that `drawbridge project` runs, and what its log says"
    if stands.parked_events:
        found += f", {stands.parked_events} parked"
        mend = (
            f"`drawbridge parked list --projection {name}` says why; mend the cause and "
            f"`drawbridge parked retry {name}`"
        )
    return Finding(what, behind <= LAG_EVENTS_MAX and not stands.parked_events, found, mend)


def _relay(settings: "Settings", connection: "psycopg.Connection[Any]") -> Finding:
    from deploy.cli.progress import recorded_events, relayed

    behind = relayed(connection, settings.kafka_topic).lag_events
    found = f"{behind} of {recorded_events(connection)} events behind"
    mend = "see that `drawbridge relay` runs and the broker answers; until then the store is polled"
    return Finding("relay", behind <= LAG_EVENTS_MAX, found, mend)


def _store_partitions(connection: "psycopg.Connection[Any]") -> int | None:
    if _value(connection, "SELECT to_regclass('ledger.store')") == "None":
        return None
    return int(_value(connection, "SELECT partition_count FROM ledger.store") or 0) or None


def _value(connection: "psycopg.Connection[Any]", question: str) -> str:
    row = connection.execute(question.encode()).fetchone()
    return str(row[0]) if row else ""


def _encryption(settings: "Settings") -> Finding:
    from runtime.settings import Environment

    protocol = settings.kafka_security_protocol
    return Finding(
        "connection to the broker",
        protocol.encrypts or settings.environment is Environment.DEVELOPMENT,
        f"{protocol}, in {settings.environment}",
        "anybody on the way can read and change events: "
        "set DRAWBRIDGE_KAFKA_SECURITY_PROTOCOL to SASL_SSL or SSL",
    )


def _broker(settings: "Settings", store_partitions: int | None) -> Finding:
    if settings.kafka_bootstrap is None:
        return Finding("broker", True, "none: the read side polls the store")
    return asyncio.run(_at_the_broker(settings, store_partitions))


async def _at_the_broker(settings: "Settings", store_partitions: int | None) -> Finding:
    """Whether the broker lets us in, and its topic has as many partitions as the store."""
    from aiokafka.errors import KafkaError

    from runtime import kafka

    meanwhile = "; until then the read side polls the store"
    try:
        found = await kafka.topic_partitions(settings)
    except kafka.BrokerRefused as error:
        mend = (
            "see DRAWBRIDGE_KAFKA_SECURITY_PROTOCOL, DRAWBRIDGE_KAFKA_SASL_MECHANISM, "
            "DRAWBRIDGE_KAFKA_USERNAME, DRAWBRIDGE_KAFKA_PASSWORD and DRAWBRIDGE_KAFKA_CA_FILE"
        )
        return Finding("broker", False, f"refused, {error}", mend + meanwhile)
    except (KafkaError, OSError, TimeoutError) as error:
        mend = "start it, or see DRAWBRIDGE_KAFKA_BOOTSTRAP and DRAWBRIDGE_KAFKA_SECURITY_PROTOCOL"
        return Finding("broker", False, str(error), mend + meanwhile)
    at = settings.kafka_bootstrap or ""
    if found == 0:
        return Finding("broker", True, f"{at}: no topic yet, `drawbridge relay` makes it")
    if found == store_partitions or store_partitions is None:
        return Finding("broker", True, at)
    shape = f"{settings.kafka_topic} has {found} partitions, the store {store_partitions}"
    mend = "name another topic in DRAWBRIDGE_KAFKA_TOPIC, or delete this one"
    return Finding("broker", False, f"{at}: {shape}", mend + meanwhile)
