-- One row per partition. A group of changes is written only when it finds its epoch and the number before its own.
CREATE TABLE task_partition (
    id    INTEGER NOT NULL PRIMARY KEY,
    epoch INTEGER NOT NULL,
    seq   INTEGER NOT NULL
) STRICT;

-- A task is one row, updated in place. Times are Unix milliseconds. Columns that can be long come last, so that reading the others
-- does not touch their pages.
CREATE TABLE task (
    id               BLOB    NOT NULL PRIMARY KEY, -- 16 bytes, most significant first: creation order
    part             INTEGER NOT NULL,
    kind             TEXT    NOT NULL,
    queue            TEXT    NOT NULL,
    queue_key        TEXT,
    priority         INTEGER NOT NULL,
    owner            INTEGER,
    tags             TEXT,                         -- JSON array
    format           INTEGER NOT NULL,
    timeout_ms       INTEGER NOT NULL,
    max_attempts     INTEGER NOT NULL,
    deadline         INTEGER,
    retry_of         BLOB,
    idempotency_key  TEXT,
    body_hash        BLOB,
    state            INTEGER NOT NULL,
    due_at           INTEGER NOT NULL,
    grant_number     INTEGER NOT NULL,
    executor         TEXT,
    failures         INTEGER NOT NULL,
    crashes          INTEGER NOT NULL,
    cancel_requested INTEGER NOT NULL,
    started_at       INTEGER,
    finished_at      INTEGER,                      -- set exactly when the task is over
    input_length     INTEGER NOT NULL,
    input            BLOB,                         -- NULL when it is long: then it is in task_input
    error            TEXT,                         -- JSON
    history          TEXT,                         -- JSON array
    output           BLOB
) STRICT;

-- Long inputs, apart from the row that is written again at every step.
CREATE TABLE task_input (
    id    BLOB NOT NULL PRIMARY KEY,
    bytes BLOB NOT NULL
) STRICT;

CREATE INDEX task_live ON task (part) WHERE finished_at IS NULL;
CREATE UNIQUE INDEX task_key ON task (part, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX task_owner ON task (owner, id) WHERE owner IS NOT NULL;
