-- One row per partition. A group of changes is written only when it finds its epoch and the number before its own.
CREATE TABLE task_partition (
    id    integer NOT NULL PRIMARY KEY,
    epoch bigint  NOT NULL,
    seq   bigint  NOT NULL
);

-- A task is one row, updated in place. Half of a page is left free, so that a start stays in its page and out of the indexes; long inputs
-- and outputs are stored apart by PostgreSQL, and not written again by updates that leave them alone.
CREATE TABLE task (
    id               uuid        NOT NULL PRIMARY KEY, -- the task id, most significant byte first: creation order
    part             integer     NOT NULL,
    kind             text        NOT NULL,
    queue            text        NOT NULL,
    queue_key        text,
    priority         integer     NOT NULL,
    owner            bigint,
    tags             text,                             -- JSON array
    format           integer     NOT NULL,
    timeout_ms       bigint      NOT NULL,
    max_attempts     integer     NOT NULL,
    deadline         timestamptz,
    retry_of         uuid,
    idempotency_key  text,
    body_hash        bytea,
    state            integer     NOT NULL,
    due_at           timestamptz NOT NULL,
    grant_number     bigint      NOT NULL,
    executor         text,
    failures         integer     NOT NULL,
    crashes          integer     NOT NULL,
    cancel_requested boolean     NOT NULL,
    started_at       timestamptz,
    finished_at      timestamptz,                      -- set exactly when the task is over
    input_length     integer     NOT NULL,
    input            bytea       NOT NULL,
    error            text,                             -- JSON
    history          text,                             -- JSON array
    output           bytea
) WITH (fillfactor = 50);

CREATE INDEX task_live ON task (part, id) WHERE finished_at IS NULL;
CREATE UNIQUE INDEX task_key ON task (part, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX task_owner ON task (owner, id) WHERE owner IS NOT NULL;

-- Takes a group's turn, or ends its transaction with where the partition stands.
CREATE FUNCTION task_fence(partition_id integer, group_epoch bigint, group_seq bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    found_at record;
BEGIN
    UPDATE task_partition SET seq = group_seq WHERE id = partition_id AND epoch = group_epoch AND seq = group_seq - 1;
    IF NOT FOUND THEN
        SELECT epoch, seq INTO found_at FROM task_partition WHERE id = partition_id;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'no such partition' USING ERRCODE = 'GM003';
        END IF;
        RAISE EXCEPTION '% %', found_at.epoch, found_at.seq USING ERRCODE = 'GM001';
    END IF;
END $$;

-- Ends the transaction of a group that meant to change rows which are not there, or over.
CREATE FUNCTION task_expect(changed bigint, expected bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF changed <> expected THEN
        RAISE EXCEPTION 'a task is not there, or over' USING ERRCODE = 'GM002';
    END IF;
END $$;
