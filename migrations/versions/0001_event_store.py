"""The event store: an append-only log with gapless positions, and the one function that writes it.

Revision ID: 0001
Revises:
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Roles belong to the cluster, not to a database, so they are made if missing and never dropped.
# Whoever migrates may step down into them. A superuser may anyway; who is none must be granted it,
# even of roles it made itself, and where it may not grant it an administrator has done so before.
_ROLES = """
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['drawbridge_command', 'drawbridge_projector', 'drawbridge_query'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', name);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;  -- A migration of another database made it a moment ago.
            END;
        END IF;
        IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
            BEGIN
                EXECUTE format('GRANT %I TO CURRENT_USER', name);
            EXCEPTION WHEN insufficient_privilege THEN
                NULL;
            END;
        END IF;
    END LOOP;
END
$$;
"""

_TABLES = """
CREATE SCHEMA ledger;

-- A store has one identity; after a restore it gets another, so that readers notice.
CREATE TABLE ledger.store (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    epoch uuid NOT NULL DEFAULT gen_random_uuid(),
    partition_count integer NOT NULL DEFAULT 16 CHECK (partition_count BETWEEN 1 AND 1024)
);
INSERT INTO ledger.store DEFAULT VALUES;

-- Whoever appends holds this row's lock until the commit, so positions follow the commits. The
-- clock is kept beside it, so that it never runs backwards along the log, whatever the machine's does.
CREATE TABLE ledger.head (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    position bigint NOT NULL,
    recorded_at timestamptz NOT NULL
) WITH (fillfactor = 10);
INSERT INTO ledger.head (position, recorded_at) VALUES (0, '-infinity');

CREATE TABLE ledger.events (
    position bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    stream_id uuid NOT NULL,
    partition_key uuid NOT NULL,
    command_id uuid NOT NULL,
    correlation_id uuid NOT NULL,
    causation_id uuid,
    stream_version integer NOT NULL CHECK (stream_version >= 0),
    schema_version integer NOT NULL CHECK (schema_version > 0),
    effective_on date NOT NULL,
    partition smallint NOT NULL,
    type text NOT NULL,
    actor text NOT NULL,
    leaf_hash bytea NOT NULL CHECK (length(leaf_hash) = 32),
    payload bytea NOT NULL,
    PRIMARY KEY (stream_id, stream_version)
) WITH (toast_tuple_target = 8160);
CREATE UNIQUE INDEX events_position ON ledger.events (position);
CREATE INDEX events_partition ON ledger.events (partition, position);
CREATE INDEX events_partition_key ON ledger.events (partition_key, position);
-- Compressing costs more than the bytes: what fits a page stays in it, as it was hashed.
ALTER TABLE ledger.events ALTER COLUMN payload SET STORAGE EXTERNAL;

-- The answer of every command, for whoever sends it again within thirty days.
CREATE TABLE ledger.command_log (
    command_id uuid PRIMARY KEY,
    recorded_at timestamptz NOT NULL,
    first_position bigint,
    last_position bigint,
    status smallint NOT NULL,
    version integer NOT NULL,
    payload_hash bytea NOT NULL,
    body bytea NOT NULL
) WITH (toast_tuple_target = 8160);
ALTER TABLE ledger.command_log ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE INDEX command_log_recorded_at ON ledger.command_log USING brin (recorded_at);

CREATE TABLE ledger.relay_checkpoint (
    topic text NOT NULL,
    epoch uuid NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (topic, epoch)
);

CREATE SEQUENCE ledger.loan_number INCREMENT BY 50;
"""

_REFUSAL = """
CREATE FUNCTION ledger.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only: % on %.% is refused',
        TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.events
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse();
ALTER TABLE ledger.events ENABLE ALWAYS TRIGGER append_only;
"""

# Arrays are parallel: r_* one element a request, s_* one a stream that a request touches,
# e_* one an event, in the order of the requests. Numbers of requests count from 1. A stream is
# expected at the version before its first event: at 0 when it is new. Our streams count from 1; one
# that counts from 0, as in other systems built on the library, is expected at -1.
#
# Plans are kept for a connection's life, and on an empty store the planner would keep a scan of the
# whole log; what is asked here is always a few keys, for which an index is never wrong.
_APPEND = """
CREATE FUNCTION ledger.append(
    r_command_id uuid[], r_payload_hash bytea[], r_events integer[], r_status integer[],
    r_version integer[], r_body bytea[],
    s_request integer[], s_stream_id uuid[], s_expected integer[],
    e_request integer[], e_stream_id uuid[], e_stream_version integer[], e_partition integer[],
    e_partition_key uuid[], e_type text[], e_schema_version integer[], e_actor text[],
    e_command_id uuid[], e_correlation_id uuid[], e_causation_id uuid[], e_effective_on date[],
    e_leaf_hash bytea[], e_payload bytea[]
) RETURNS TABLE (
    request integer, outcome text, first_position bigint, last_position bigint,
    recorded_at timestamptz, status integer, version integer, body bytea
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE
    head bigint;
    appended bigint;
    moment timestamptz;
    known integer[];
    refused integer[];
BEGIN
    SELECT h.position, greatest(clock_timestamp(), h.recorded_at) INTO head, moment
    FROM ledger.head AS h FOR UPDATE;

    SELECT coalesce(array_agg(r.n::integer), '{}') INTO known
    FROM unnest(r_command_id) WITH ORDINALITY AS r (id, n)
    JOIN ledger.command_log AS c ON c.command_id = r.id;

    SELECT known || coalesce(array_agg(DISTINCT s.request), '{}') INTO refused
    FROM unnest(s_request, s_stream_id, s_expected) AS s (request, stream_id, expected)
    WHERE s.request <> ALL (known) AND s.expected <> coalesce((
        SELECT e.stream_version FROM ledger.events AS e
        WHERE e.stream_id = s.stream_id ORDER BY e.stream_version DESC LIMIT 1),
        least(s.expected, 0));

    IF cardinality(refused) = 0 THEN
        INSERT INTO ledger.events (
            position, recorded_at, stream_id, partition_key, command_id, correlation_id,
            causation_id, stream_version, schema_version, effective_on, partition, type, actor,
            leaf_hash, payload)
        SELECT head + e.n, moment, e.stream_id, e.partition_key, e.command_id, e.correlation_id,
            e.causation_id, e.stream_version, e.schema_version, e.effective_on, e.partition,
            e.type, e.actor, e.leaf_hash, e.payload
        FROM unnest(e_stream_id, e_stream_version, e_partition, e_partition_key, e_type,
            e_schema_version, e_actor, e_command_id, e_correlation_id, e_causation_id,
            e_effective_on, e_leaf_hash, e_payload) WITH ORDINALITY
            AS e (stream_id, stream_version, partition, partition_key, type, schema_version,
                actor, command_id, correlation_id, causation_id, effective_on, leaf_hash,
                payload, n);
    ELSE
        INSERT INTO ledger.events (
            position, recorded_at, stream_id, partition_key, command_id, correlation_id,
            causation_id, stream_version, schema_version, effective_on, partition, type, actor,
            leaf_hash, payload)
        SELECT head + row_number() OVER (ORDER BY e.n), moment, e.stream_id, e.partition_key,
            e.command_id, e.correlation_id, e.causation_id, e.stream_version, e.schema_version,
            e.effective_on, e.partition, e.type, e.actor, e.leaf_hash, e.payload
        FROM unnest(e_request, e_stream_id, e_stream_version, e_partition, e_partition_key,
            e_type, e_schema_version, e_actor, e_command_id, e_correlation_id, e_causation_id,
            e_effective_on, e_leaf_hash, e_payload) WITH ORDINALITY
            AS e (request, stream_id, stream_version, partition, partition_key, type,
                schema_version, actor, command_id, correlation_id, causation_id, effective_on,
                leaf_hash, payload, n)
        WHERE e.request <> ALL (refused);
    END IF;
    GET DIAGNOSTICS appended = ROW_COUNT;
    IF appended > 0 THEN
        UPDATE ledger.head AS h SET position = head + appended, recorded_at = moment;
    END IF;

    RETURN QUERY
    WITH winners AS (
        SELECT r.n::integer AS request, r.command_id, r.payload_hash, r.status, r.version, r.body,
            r.events, head + sum(r.events) OVER (ORDER BY r.n)::bigint AS last
        FROM unnest(r_command_id, r_payload_hash, r_events, r_status, r_version, r_body)
            WITH ORDINALITY AS r (command_id, payload_hash, events, status, version, body, n)
        WHERE r.n::integer <> ALL (refused)
    ), logged AS (
        INSERT INTO ledger.command_log (command_id, recorded_at, first_position, last_position,
            status, version, payload_hash, body)
        SELECT w.command_id, moment, CASE WHEN w.events > 0 THEN w.last - w.events + 1 END,
            CASE WHEN w.events > 0 THEN w.last END, w.status, w.version, w.payload_hash, w.body
        FROM winners AS w
    )
    SELECT w.request, 'appended', CASE WHEN w.events > 0 THEN w.last - w.events + 1 END,
        CASE WHEN w.events > 0 THEN w.last END, moment, w.status, w.version, NULL::bytea
    FROM winners AS w;

    IF cardinality(refused) = 0 THEN
        RETURN;
    END IF;
    RETURN QUERY
    SELECT r.n::integer,
        CASE WHEN c.command_id IS NULL THEN 'conflict'
             WHEN c.payload_hash = r.payload_hash THEN 'replayed'
             ELSE 'mismatch' END,
        c.first_position, c.last_position, c.recorded_at, c.status::integer, c.version, c.body
    FROM unnest(r_command_id, r_payload_hash) WITH ORDINALITY AS r (command_id, payload_hash, n)
    LEFT JOIN ledger.command_log AS c ON c.command_id = r.command_id
    WHERE r.n::integer = ANY (refused);
END
$$;
"""

_GRANTS = """
REVOKE ALL ON FUNCTION ledger.append FROM PUBLIC;
GRANT USAGE ON SCHEMA ledger TO drawbridge_command, drawbridge_projector, drawbridge_query;
GRANT EXECUTE ON FUNCTION ledger.append TO drawbridge_command;
GRANT SELECT ON ledger.events, ledger.store, ledger.head
    TO drawbridge_command, drawbridge_projector, drawbridge_query;
GRANT SELECT, DELETE ON ledger.command_log TO drawbridge_command;
GRANT SELECT, INSERT, UPDATE ON ledger.relay_checkpoint TO drawbridge_command;
GRANT SELECT ON ledger.relay_checkpoint TO drawbridge_projector, drawbridge_query;
GRANT USAGE ON SEQUENCE ledger.loan_number TO drawbridge_command;
"""


def upgrade() -> None:
    """Make the roles, the tables, the append function, and what may be done with them."""
    for step in (_ROLES, _TABLES, _REFUSAL, _APPEND, _GRANTS):
        # Sent as it stands: SQLAlchemy would read colons as parameters.
        op.get_bind().exec_driver_sql(step.replace("%", "%%"))


def downgrade() -> None:
    """Drop the ledger with all it holds; the roles stay, other databases may use them."""
    op.get_bind().exec_driver_sql("DROP SCHEMA ledger CASCADE")
