-- What is set for a queue. NULL is no limit; periods are milliseconds.
CREATE TABLE queue (
    name                TEXT    NOT NULL PRIMARY KEY,
    version             INTEGER NOT NULL,
    paused              INTEGER NOT NULL,
    max_concurrency     INTEGER,
    rate_limit          INTEGER,
    rate_period         INTEGER,
    key_max_concurrency INTEGER,
    key_rate_limit      INTEGER,
    key_rate_period     INTEGER
) STRICT;

-- A schedule belongs to a partition, whose groups write it together with the tasks that it makes. Times are Unix milliseconds.
CREATE TABLE schedule (
    id         TEXT    NOT NULL PRIMARY KEY,
    part       INTEGER NOT NULL,
    definition TEXT    NOT NULL, -- JSON
    created_at INTEGER NOT NULL,
    next_at    INTEGER,          -- NULL when it does not fire any more
    last_at    INTEGER,
    last_task  BLOB
) STRICT;

CREATE INDEX schedule_part ON schedule (part);
